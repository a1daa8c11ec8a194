//! The client's side of gRPC: calls over one connection of HTTP/2 to each endpoint, made when it is first needed and whenever
//! it is gone.
//!
//! The connection is hyper's, without tonic's channel around it: it says whether a call that failed was ever sent, a call waits
//! in its own future and not in a buffer of the channel, and a server of REST and gRPC compiles one client less.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::uri::PathAndQuery;
use http::{Method as Verb, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::Incoming;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use super::link::{Body, Http2Link};
use super::messages::{Source, body_of_request, framed};
use super::{Method, headers, status};
use crate::admission::Head;
use crate::channel::Channel;
use crate::context::Context;
use crate::endpoint::{Endpoint, InvalidEndpoint, Unreached};
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::net::{CONNECT_TIME_MAX, Connector};
use crate::transport::peers::Peers;
use crate::transport::{Exchange, Failure, Sent, Transport};
use crate::validate::Violations;
use crate::wire::{self, DEPTH_MAX, Value};

/// gRPC over HTTP/2, with or without TLS.
#[derive(Debug)]
pub struct Grpc {
    peers: Peers<Http2Link>,
    connector: Connector,
    options: GrpcOptions,
}

/// Bounds of a gRPC client.
#[derive(Clone, Copy, Debug)]
pub struct GrpcOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: usize,
    /// After so much silence a server is asked whether it lives, after twice as much its calls fail. 30 seconds unless said
    /// otherwise.
    pub keep_alive: Duration,
    /// How long connecting may take, with TLS. It goes on while the attempts of calls come and go, so it may be longer than they last. 10
    /// seconds unless said otherwise.
    pub connect_time_max: Duration,
}

impl Default for GrpcOptions {
    fn default() -> GrpcOptions {
        GrpcOptions {
            answer_bytes_max: 16 * 1024 * 1024,
            keep_alive: Duration::from_secs(30),
            connect_time_max: CONNECT_TIME_MAX,
        }
    }
}

impl Default for Grpc {
    fn default() -> Grpc {
        Grpc::new(GrpcOptions::default())
    }
}

impl Grpc {
    /// A client with these bounds.
    pub fn new(options: GrpcOptions) -> Grpc {
        Grpc::over(Connector::default(), options)
    }

    /// Trusts and shows what it says, where an endpoint is reached over TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: crate::tls::ClientTls) -> Grpc {
        Grpc::over(self.connector.secured(tls), self.options)
    }

    /// Reaches endpoints by a way of one's own, in place of TCP.
    #[must_use]
    pub fn connector(self, connector: impl crate::Connect) -> Grpc {
        Grpc::over(self.connector.by(connector), self.options)
    }

    fn over(connector: Connector, options: GrpcOptions) -> Grpc {
        Grpc { peers: Peers::new(options.connect_time_max), connector, options }
    }

    /// Sends a request, on another connection where the one at hand takes none any more, and waits for the head of the reply.
    async fn request(&self, to: &Endpoint, cx: &Context, mut request: Request<Body>) -> Result<Answering, Failure> {
        let mut spent = None;
        for _ in 0..2 {
            let connect = || Http2Link::connect(self.connector.clone(), to.clone(), self.options.keep_alive);
            let link = self.peers.link(to, spent.as_ref(), connect).await?;
            let mut failed = match link.send(request).await {
                Ok(response) => {
                    cx.heard(&to.addressed(), response.headers());
                    return Ok(Answering { response, link });
                }
                Err(failed) => failed,
            };
            let Some(unsent) = failed.take_message() else {
                let error = failed.into_error();
                let sent = if was_refused(&error) { Sent::No } else { Sent::Maybe };
                return Err(Failure { fault: Unreached::fault(to, error), sent });
            };
            (request, spent) = (unsent, Some(link));
        }
        let fault = Fault::new(Code::Unavailable, format!("{to} takes no calls"));
        Err(Failure { fault, sent: Sent::No })
    }
}

impl Channel<Grpc> {
    /// A channel to the service at `uri`, over gRPC: what a generated client is made with.
    ///
    /// # Errors
    /// When the text is no URI such as `http://127.0.0.1:8080`, or `https://orders.example` with the feature `tls`, nor
    /// that of a Unix socket, `unix:/run/orders.sock`.
    ///
    /// ```
    /// # let _in_runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let channel = wireloom::Channel::grpc("http://127.0.0.1:8080")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn grpc(uri: &str) -> Result<Channel<Grpc>, InvalidEndpoint> {
        let endpoint = Endpoint::new(uri)?.of_scheme("http", "https")?;
        Ok(Channel::new(Grpc::default(), endpoint))
    }
}

/// Whether a server has said that it did nothing of a call: it refused its stream, or is going away and takes no more than those before it
/// (RFC 9113, 6.8 and 8.7).
fn was_refused(error: &hyper::Error) -> bool {
    let of_http2 = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    of_http2.is_some_and(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (refused || error.is_go_away())
    })
}

/// A reply whose head is read. Dropping it cancels the call.
#[derive(Debug)]
pub struct GrpcReply {
    answering: Answering,
    /// Of a call whose input is a stream.
    feeding: Option<Feeding>,
}

/// An answer, and the connection that it comes over.
#[derive(Debug)]
struct Answering {
    response: Response<Incoming>,
    link: Arc<Http2Link>,
}

/// The input of a call, while it is sent.
#[derive(Debug)]
struct Feeding {
    fault: Arc<OnceLock<Fault>>,
    /// What is not sent when the reply is dropped is not sent any more.
    _stop: DropGuard,
}

impl Feeding {
    /// The fault of a call that broke off: that of its input, if this is what broke it off.
    fn fault(feeding: Option<&Feeding>, fault: Fault) -> Fault {
        feeding.and_then(|feeding| feeding.fault.get().cloned()).unwrap_or(fault)
    }
}

impl Transport for Grpc {
    const NAME: &'static str = "gRPC";
    const SCHEME: &'static str = "http";
    type Reply = GrpcReply;
}

impl<O: Method<Input: Value, Output: Value>> Exchange<O> for Grpc {
    async fn send(&self, to: &Endpoint, head: &Head<'_>, input: &O::Input) -> Result<GrpcReply, Failure> {
        let request = address::<O>(to, head, Either::Left(Full::new(framed(input))))?;
        Ok(GrpcReply { answering: self.request(to, head.cx, request).await?, feeding: None })
    }

    async fn send_stream(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: Inbound<O::Input>,
    ) -> Result<GrpcReply, Failure> {
        let stop = CancellationToken::new();
        let fault = Arc::new(OnceLock::new());
        let body = body_of_request(until_stopped(input, stop.clone(), Arc::clone(&fault)));
        let feeding = Feeding { fault, _stop: stop.drop_guard() };
        let request = address::<O>(to, head, Either::Right(body.boxed_unsync()))?;
        match self.request(to, head.cx, request).await {
            Ok(answering) => Ok(GrpcReply { answering, feeding: Some(feeding) }),
            Err(failure) => Err(Failure { fault: Feeding::fault(Some(&feeding), failure.fault), ..failure }),
        }
    }

    async fn read(&self, reply: GrpcReply) -> Result<O::Output, Fault> {
        let GrpcReply { answering, feeding } = reply;
        let answer = async {
            let mut answers = self.answers(answering)?;
            match (answers.next().await.transpose()?, answers.next().await.transpose()?) {
                (Some(message), None) => decode(&message),
                _ => Err(Fault::new(Code::Internal, "the answer does not keep the contract: it is not one message")),
            }
        };
        answer.await.map_err(|fault| Feeding::fault(feeding.as_ref(), fault))
    }

    async fn read_stream(&self, reply: GrpcReply) -> Result<Inbound<O::Output, O::Fault>, Fault> {
        let GrpcReply { answering, feeding } = reply;
        let answers = self.answers(answering)?;
        // Gone once the stream has ended.
        Ok(Inbound::new(futures_util::stream::unfold(Some((answers, feeding)), |open| async move {
            let (mut answers, feeding) = open?;
            match answers.next().await?.and_then(|message| decode(&message)) {
                Ok(message) => Some((Ok(message), Some((answers, feeding)))),
                Err(fault) => Some((Err(O::Fault::from_fault(Feeding::fault(feeding.as_ref(), fault))), None)),
            }
        })))
    }
}

impl Grpc {
    /// The messages of a reply.
    ///
    /// # Errors
    /// When it has none: it is a fault, or none of gRPC.
    fn answers(&self, answering: Answering) -> Result<Answers, Fault> {
        let (head, body) = answering.response.into_parts();
        let ended = status::read(&head.headers).transpose()?.is_some();
        if !ended && (head.status != StatusCode::OK || !headers::is_grpc(&head.headers)) {
            return Err(status::of_http(head.status));
        }
        let source = Source::new(body, self.options.answer_bytes_max, Code::Unavailable);
        Ok(Answers { source, ended, _link: answering.link })
    }
}

/// The messages of a reply, up to how it ended.
struct Answers {
    source: Source,
    /// Whether it is known that all went well.
    ended: bool,
    /// Not idle for as long as they come.
    _link: Arc<Http2Link>,
}

impl Answers {
    /// The next message, or the fault that it ended with; `None` at a good end.
    async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        if self.ended {
            return None;
        }
        if let Some(message) = self.source.next().await {
            return Some(message);
        }
        self.ended = true;
        match self.source.trailers().await {
            Ok(trailers) => match trailers.as_ref().and_then(status::read) {
                Some(ended) => ended.err().map(Err),
                None => Some(Err(Fault::new(Code::Unavailable, "the answer broke off"))),
            },
            Err(fault) => Some(Err(fault)),
        }
    }
}

/// The request of a call.
fn address<O: Method>(to: &Endpoint, head: &Head<'_>, body: Body) -> Result<Request<Body>, Failure> {
    let uri = uri(to, O::PATH).map_err(|error| Failure { fault: Fault::internal(error), sent: Sent::No })?;
    let mut request = Request::new(body);
    *request.method_mut() = Verb::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = uri;
    headers::write(head, request.headers_mut());
    head.cx.prove(&mut request);
    Ok(request)
}

fn uri(to: &Endpoint, path: &'static str) -> Result<Uri, http::Error> {
    let prefix = to.uri().path().trim_end_matches('/');
    let path = match prefix {
        "" => PathAndQuery::from_static(path),
        prefix => PathAndQuery::try_from(format!("{prefix}{path}"))?,
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(to.http_scheme());
    parts.authority = to.authority().cloned();
    parts.path_and_query = Some(path);
    Ok(Uri::from_parts(parts)?)
}

/// The items of an input. When it fails, or is stopped, an error follows, so that the server takes no part of it for all.
fn until_stopped<T: Send + 'static>(
    mut input: Inbound<T>,
    stop: CancellationToken,
    fault: Arc<OnceLock<Fault>>,
) -> impl futures_core::Stream<Item = Result<T, Status>> + Send + 'static {
    let mut stopped = Box::pin(stop.cancelled_owned());
    futures_util::stream::poll_fn(move |cx| {
        if stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Status::cancelled("the caller went away"))));
        }
        match ready!(input.poll_next_unpin(cx)) {
            Some(Ok(item)) => Poll::Ready(Some(Ok(item))),
            Some(Err(failed)) => {
                // There is one stream, so nobody has set it before.
                let _ = fault.set(failed);
                Poll::Ready(Some(Err(Status::aborted("the input failed"))))
            }
            None => Poll::Ready(None),
        }
    })
}

fn decode<T: Value>(message: &Bytes) -> Result<T, Fault> {
    wire::decode_checked(message, DEPTH_MAX).map_err(broken_contract)
}

// By value, as the decoder hands it over.
#[allow(clippy::needless_pass_by_value)]
fn broken_contract(wrong: Violations) -> Fault {
    Fault::new(Code::Internal, format!("the answer does not keep the contract: {wrong}"))
}
