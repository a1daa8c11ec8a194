//! The server's side of gRPC: a route for each operation, on the router of the HTTP port.

use std::sync::Arc;
use std::task::{Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, Version, header};
use tokio::time::Instant;

use super::messages::{Source, body_of_one, body_of_stream};
use super::{Method, ServiceInfo, headers, status};
use crate::context::Context;
use crate::facts::Shape;
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::limits::Limits;
use crate::metrics::System;
use crate::mount::Mount;
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::peer::Peer;
use crate::serving::Serving;
use crate::transport::headers as shared;
use crate::wire::{self, Value};

/// Collects the operations of one service that are served over gRPC.
pub struct GrpcMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    router: &'m mut Router,
}

impl<S: Send + Sync + 'static> Mount<S> {
    /// gRPC, under that service's name; health and reflection tell of it.
    pub fn grpc(&mut self, service: &'static ServiceInfo) -> GrpcMount<'_, S> {
        self.mounted.grpc.push(service);
        GrpcMount::new(self.serving.comes_over(System::Grpc), self.limits, &mut self.mounted.router)
    }
}

impl<'m, S: Send + Sync + 'static> GrpcMount<'m, S> {
    pub(crate) fn new(serving: &'m Serving<S>, limits: Limits, router: &'m mut Router) -> GrpcMount<'m, S> {
        GrpcMount { serving, limits, router }
    }

    /// Serves an operation with one message in and one out, or one that is not awaited: this one is answered once its input
    /// has come.
    pub fn unary<O: Method<Input: Value, Output: Value>>(self) -> Self
    where
        S: Unary<O>,
    {
        if O::FACTS.shape == Shape::Oneway {
            return self.oneway::<O>();
        }
        self.add::<O, _>(|place, call| async move {
            let Call { cx, source } = call;
            let answer = place.serving.unary::<O>(cx, one(source, place.depth_max)).await;
            answer_of::<O>(answer)
        })
    }

    fn oneway<O: Method<Input: Value, Output: Value>>(self) -> Self
    where
        S: Unary<O>,
    {
        self.add::<O, _>(|place, Call { cx, source }| async move {
            // Nobody waits for the call, but its input, and a place for it, have the time that a call has.
            let cx = cx.with_deadline_in(O::FACTS.deadline());
            let deadline = cx.deadline();
            let taken = async {
                let message = message(source).await?;
                let depth_max = place.depth_max;
                place.serving.unawaited::<O>(cx, async move { decode(&message, depth_max) }).await;
                Ok(())
            };
            match before(deadline, taken).await {
                Ok(()) => respond(body_of_one(())),
                Err(fault) => fault_response(&fault),
            }
        })
    }

    /// Serves an operation that answers with a stream.
    pub fn server_stream<O: Method<Input: Value, Output: Value>>(self) -> Self
    where
        S: ServerStream<O>,
    {
        self.add::<O, _>(|place, Call { cx, source }| async move {
            stream_of::<O>(place.serving.server_stream::<O>(cx, one(source, place.depth_max)).await)
        })
    }

    /// Serves an operation that takes a stream.
    pub fn client_stream<O: Method<Input: Value, Output: Value>>(self) -> Self
    where
        S: ClientStream<O>,
    {
        self.add::<O, _>(|place, Call { cx, source }| async move {
            answer_of::<O>(place.serving.client_stream::<O>(cx, all(source, place.depth_max)).await)
        })
    }

    /// Serves an operation that takes a stream and answers with one.
    pub fn duplex<O: Method<Input: Value, Output: Value>>(self) -> Self
    where
        S: Duplex<O>,
    {
        self.add::<O, _>(|place, Call { cx, source }| async move {
            stream_of::<O>(place.serving.duplex::<O>(cx, all(source, place.depth_max)).await)
        })
    }

    /// Adds the route of an operation.
    fn add<O: Method, R>(self, run: fn(Arc<Place<S>>, Call) -> R) -> Self
    where
        R: Future<Output = Response> + Send + 'static,
    {
        let Limits { body_bytes_max, json_depth_max, .. } = self.limits;
        let place = Arc::new(Place { serving: self.serving.clone(), depth_max: json_depth_max });
        let serve = move |request: Request| {
            let place = Arc::clone(&place);
            async move {
                let (cx, call) = match Call::new(request, body_bytes_max) {
                    Ok(call) => (call.cx.clone(), call),
                    Err(response) => return response,
                };
                shared::named(run(place, call).await, &cx)
            }
        };
        *self.router = std::mem::take(self.router).route(O::PATH, axum::routing::post(serve));
        self
    }
}

impl<S> std::fmt::Debug for GrpcMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GrpcMount").field(&self.router).finish()
    }
}

/// What all calls of one operation share.
struct Place<S> {
    serving: Serving<S>,
    depth_max: usize,
}

/// A call whose head is read and whose messages are not.
struct Call {
    cx: Context,
    source: Source,
}

impl Call {
    /// # Errors
    /// The response to what is no call, or one that wants what is not spoken here.
    // A response is large; it is on its way out.
    #[allow(clippy::result_large_err)]
    fn new(request: Request, message_bytes_max: usize) -> Result<Call, Response> {
        let (mut head, body) = request.into_parts();
        // As gRPC says: whoever speaks something else would not understand its status.
        if head.version < Version::HTTP_2 {
            return Err(bare(StatusCode::HTTP_VERSION_NOT_SUPPORTED));
        }
        if !headers::is_protobuf(&head.headers) {
            return Err(bare(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let peer = head.extensions.remove::<Peer>().unwrap_or_default();
        let (cx, refused) = headers::read(head.headers, peer);
        let cx = cx.with_target(&head.method, head.uri.path());
        match refused {
            Ok(()) => Ok(Call { cx, source: Source::new(body, message_bytes_max, Code::Cancelled) }),
            Err(fault) => {
                let mut response = shared::named(fault_response(&fault), &cx);
                response.headers_mut().insert(headers::ACCEPT_ENCODING, headers::IDENTITY);
                Err(response)
            }
        }
    }
}

/// Runs a future until the deadline.
async fn before(deadline: Option<Instant>, run: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    let Some(deadline) = deadline else { return run.await };
    let late = || Err(Fault::new(Code::DeadlineExceeded, "the deadline has passed"));
    tokio::time::timeout_at(deadline, run).await.unwrap_or_else(|_| late())
}

/// The only message of a body, decoded.
async fn one<T: Value>(source: Source, depth_max: usize) -> Result<T, Fault> {
    decode(&message(source).await?, depth_max)
}

/// The only message of a body.
async fn message(mut source: Source) -> Result<bytes::Bytes, Fault> {
    let wrong = |count| Fault::new(Code::Unimplemented, format!("the operation takes one message, not {count}"));
    let message = source.next().await.ok_or_else(|| wrong("none"))??;
    match source.next().await.transpose()? {
        None => Ok(message),
        Some(_) => Err(wrong("several")),
    }
}

/// The messages of a body, decoded one by one.
fn all<T: Value + Send + 'static>(source: Source, depth_max: usize) -> Inbound<T> {
    let mut source = Some(source);
    Inbound::new(futures_util::stream::poll_fn(move |cx| {
        let Some(open) = &mut source else { return Poll::Ready(None) };
        let message = ready!(open.poll_next(cx)).map(|message| decode(&message?, depth_max));
        if !matches!(message, Some(Ok(_))) {
            source = None;
        }
        Poll::Ready(message)
    }))
}

fn decode<T: Value>(message: &bytes::Bytes, depth_max: usize) -> Result<T, Fault> {
    wire::decode(message, depth_max).map_err(Fault::invalid)
}

/// The response of an answer or fault.
fn answer_of<O: Operation<Output: Value>>(answer: Result<O::Output, O::Fault>) -> Response {
    match answer {
        Ok(answer) => respond(body_of_one(answer)),
        Err(fault) => fault_response(&fault.to_fault()),
    }
}

/// The response of a stream or of the fault that it did not open with.
fn stream_of<O: Operation<Output: Value>>(opened: Result<Inbound<O::Output, O::Fault>, O::Fault>) -> Response {
    match opened {
        Ok(messages) => {
            let messages = messages.map(|message| message.map_err(|fault| status::of(&fault.to_fault())));
            respond(body_of_stream(messages))
        }
        Err(fault) => fault_response(&fault.to_fault()),
    }
}

fn respond<B>(body: B) -> Response
where
    B: http_body::Body<Data = bytes::Bytes, Error = tonic::Status> + Send + 'static,
{
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, headers::MEDIA_TYPE);
    response
}

/// A fault in place of an answer: headers and nothing behind them.
fn fault_response(fault: &Fault) -> Response {
    status::of(fault).into_http()
}

fn bare(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        response.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/grpc"));
    }
    response
}

/// Whether a request speaks gRPC, whatever it asks for.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers::is_grpc(headers)
}

/// What is answered where no operation is.
pub(crate) fn nothing_here(uri: &Uri) -> Response {
    fault_response(&Fault::new(Code::Unimplemented, format!("{} is not served at this address", uri.path())))
}
