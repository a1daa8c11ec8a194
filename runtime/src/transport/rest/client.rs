//! The client's side of REST: requests through hyper's pool of connections.

use std::time::Duration;

use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode, header, request};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::coding::Coding;
use super::{Binding, Body, RequestWriter, headers, stream};
use crate::admission::Head;
use crate::channel::Channel;
use crate::endpoint::{Endpoint, InvalidEndpoint, Unreached};
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::json::{DEPTH_MAX, decode_checked};
use crate::net::{CONNECT_TIME_MAX, Connector, HttpConnector, PoolTimes, Protocol};
use crate::operation::Operation;
use crate::transport::{Exchange, Failure, Sent, Transport, not_carried, problem};

/// REST with a pool of connections: HTTP/1.1, over TLS also HTTP/2 where the server wants it.
#[derive(Debug)]
pub struct Rest {
    client: Client<HttpConnector, Full<Bytes>>,
    connector: Connector,
    options: RestOptions,
}

/// Bounds of a REST client.
#[derive(Clone, Copy, Debug)]
pub struct RestOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: usize,
    /// How long a connection is kept for the next call. Well below the time after which servers close an idle one, 10
    /// seconds in ours: of a call that crosses the close nobody knows whether it had an effect. 5 seconds unless said
    /// otherwise.
    pub idle_time_max: Duration,
    /// How long connecting may take, with TLS. It goes on while the attempts of calls come and go, so it may be longer than they last. 10
    /// seconds unless said otherwise.
    pub connect_time_max: Duration,
}

impl Default for RestOptions {
    fn default() -> RestOptions {
        RestOptions {
            answer_bytes_max: 16 * 1024 * 1024,
            idle_time_max: Duration::from_secs(5),
            connect_time_max: CONNECT_TIME_MAX,
        }
    }
}

impl Default for Rest {
    fn default() -> Rest {
        Rest::new(RestOptions::default())
    }
}

impl Rest {
    /// A client with these bounds.
    pub fn new(options: RestOptions) -> Rest {
        Rest::over(Connector::default(), options)
    }

    /// Trusts and shows what it says, where an endpoint is reached over TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: crate::tls::ClientTls) -> Rest {
        Rest::over(self.connector.secured(tls), self.options)
    }

    /// Reaches endpoints by a way of one's own, in place of TCP.
    #[must_use]
    pub fn connector(self, connector: impl crate::Connect) -> Rest {
        Rest::over(self.connector.by(connector), self.options)
    }

    fn over(connector: Connector, options: RestOptions) -> Rest {
        let RestOptions { idle_time_max, connect_time_max, .. } = options;
        let times = PoolTimes { connect_max: connect_time_max, idle_max: idle_time_max };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle_time_max)
            .build(HttpConnector::new(connector.clone(), Protocol::Http, times));
        Rest { client, connector, options }
    }
}

impl Channel<Rest> {
    /// A channel to the service at `uri`, over REST: what a generated client is made with.
    ///
    /// # Errors
    /// When the text is no URI such as `http://127.0.0.1:8080`, or `https://orders.example` with the feature `tls`, nor
    /// that of a Unix socket, `unix:/run/orders.sock`.
    ///
    /// ```
    /// # let _in_runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let channel = wireloom::Channel::rest("http://127.0.0.1:8080")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn rest(uri: &str) -> Result<Channel<Rest>, InvalidEndpoint> {
        let endpoint = Endpoint::new(uri)?.of_scheme("http", "https")?;
        Ok(Channel::new(Rest::default(), endpoint))
    }
}

impl Transport for Rest {
    const NAME: &'static str = "REST";
    const SCHEME: &'static str = "http";
    type Reply = Response<Incoming>;
}

/// A request that knows no address yet.
struct RestRequest {
    head: request::Builder,
    target: String,
    body: Vec<u8>,
}

/// The request for an input.
fn put<O: Operation>(input: &O::Input) -> Result<RestRequest, Failure>
where
    Rest: Binding<O>,
{
    let Some(route) = <Rest as Binding<O>>::ROUTE else { return Err(not_carried::<O, Rest>()) };
    let mut writer = RequestWriter::new(route.path);
    <Rest as Binding<O>>::put(input, &mut writer);
    let written = writer.finish().map_err(|fault| Failure { fault, sent: Sent::No })?;
    let mut head = Request::builder().method(route.method);
    if let Some(headers) = head.headers_mut() {
        *headers = written.headers;
        let media_type = match route.body {
            Body::None => None,
            Body::Json => Some("application/json"),
            Body::MergePatch => Some("application/merge-patch+json"),
        };
        if let Some(media_type) = media_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        // A stream comes item by item, which compression may hold back.
        if cfg!(feature = "compression") && O::FACTS.shape == Shape::Unary {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    Ok(RestRequest { head, target: written.target, body: written.body })
}

/// The request with its address and what its head adds.
fn address(to: &Endpoint, head: &Head<'_>, request: RestRequest) -> Result<Request<Full<Bytes>>, Failure> {
    let base = to.uri();
    let prefix = base.path().trim_end_matches('/');
    let (scheme, authority) = (to.http_scheme(), to.authority().map_or("", Authority::as_str));
    let uri = format!("{scheme}://{authority}{prefix}{}", request.target);
    let built = request.head.uri(uri).body(Full::new(Bytes::from(request.body)));
    let mut built = built.map_err(|error| Failure { fault: Fault::internal(error), sent: Sent::No })?;
    headers::write(head, built.headers_mut());
    head.cx.prove(&mut built);
    if to.is_unix() {
        built.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
    } else if to.is_named() {
        let host = HeaderValue::try_from(authority);
        let host = host.map_err(|error| Failure { fault: Fault::internal(error), sent: Sent::No })?;
        built.headers_mut().insert(header::HOST, host);
        *built.uri_mut() = to.pooled(std::mem::take(built.uri_mut()));
    }
    Ok(built)
}

impl<O: Operation> Exchange<O> for Rest
where
    Rest: Binding<O>,
{
    async fn send(&self, to: &Endpoint, head: &Head<'_>, input: &O::Input) -> Result<Self::Reply, Failure> {
        let request = address(to, head, put::<O>(input)?)?;
        let reply = self.client.request(request).await.map_err(|error| {
            let sent = if error.is_connect() { Sent::No } else { Sent::Maybe };
            Failure { fault: Unreached::fault(to, error), sent }
        })?;
        head.cx.heard(&to.addressed(), reply.headers());
        Ok(reply)
    }

    async fn read(&self, reply: Response<Incoming>) -> Result<O::Output, Fault> {
        let (status, body) = self.read_whole(reply).await?;
        // An answer of nothing has no body; its JSON form is null.
        let text: &[u8] = if body.is_empty() { b"null" } else { &body };
        decode_checked::<O::Output, <Rest as Binding<O>>::Answer>(text, DEPTH_MAX, "").map_err(|wrong| {
            let message = format!("the answer with status {status} does not keep the contract: {wrong}");
            Fault::new(Code::Internal, message)
        })
    }

    async fn read_stream(&self, reply: Response<Incoming>) -> Result<Inbound<O::Output, O::Fault>, Fault> {
        if !reply.status().is_success() {
            return match self.read_whole(reply).await {
                Ok(_) => Err(Fault::new(Code::Internal, "the server did not answer with a stream")),
                Err(fault) => Err(fault),
            };
        }
        let (head, body) = reply.into_parts();
        stream::read::<O, _>(&head.headers, body, self.options.answer_bytes_max, DEPTH_MAX)
    }
}

impl Rest {
    /// Reads all of a reply; one that is no success is its fault.
    async fn read_whole(&self, reply: Response<Incoming>) -> Result<(StatusCode, Bytes), Fault> {
        let (head, body) = reply.into_parts();
        let bytes_max = self.options.answer_bytes_max;
        let too_long = || Fault::new(Code::ResourceExhausted, "the answer is too long").with_retry_never();
        let body = match Limited::new(body, bytes_max).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(too_long()),
            Err(error) => return Err(Fault::new(Code::Unavailable, "the answer broke off").with_source(error)),
        };
        let undone = Coding::of(&head.headers).undone(body, bytes_max).await;
        let body = undone
            .map_err(|fault| Fault::new(Code::Unavailable, "the answer cannot be inflated").with_source(fault))?
            .ok_or_else(too_long)?;
        if head.status.is_success() {
            return Ok((head.status, body));
        }
        Err(problem::read_fault(head.status.as_u16(), &head.headers, &body))
    }
}
