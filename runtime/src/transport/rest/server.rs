//! The server's side of REST: routes on an axum router.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::MethodFilter;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use http_body_util::BodyExt as _;

use super::answer::{Answer, Answers};
use super::{Binding, Body, Method, Rest, Route, headers, reader::RequestReader, stream};
use crate::context::Context;
use crate::facts::Effect;
use crate::fault::{Code, Fault, OperationFault};
use crate::json::encode;
use crate::limits::Limits;
use crate::metrics::System;
use crate::mount::Mount;
use crate::operation::{Operation, ServerStream, Unary};
use crate::peer::Peer;
use crate::serving::Serving;
use crate::transport::{headers as shared, problem};

/// Collects the REST routes of one service.
pub struct RestMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    answers: Answers,
    router: &'m mut Router,
}

impl<S: Send + Sync + 'static> Mount<S> {
    /// The REST wire.
    pub fn rest(&mut self) -> RestMount<'_, S> {
        let answers = self.mounted.answers;
        let serving = self.serving.comes_over(System::Rest);
        RestMount { serving, limits: self.limits, answers, router: &mut self.mounted.router }
    }
}

impl<S: Send + Sync + 'static> RestMount<'_, S> {
    /// Serves an operation with one message in and one out.
    pub fn unary<O: Operation>(self) -> Self
    where
        S: Unary<O>,
        Rest: Binding<O>,
    {
        self.add::<O, _, _>(|place, mut incoming| async move {
            let cx = incoming.cx.clone();
            let answer = place.serving.unary::<O>(cx.clone(), incoming.input::<O, S>(&place)).await;
            place.finished(place.answer_of::<O>(answer, &cx).await, &cx)
        })
    }

    /// Serves an operation that answers with a stream.
    pub fn server_stream<O: Operation>(self) -> Self
    where
        S: ServerStream<O>,
        Rest: Binding<O>,
    {
        self.add::<O, _, _>(|place, mut incoming| async move {
            let cx = incoming.cx.clone();
            let form = stream::Form::of(place.route.stream, cx.metadata().headers());
            let response = match place.serving.server_stream::<O>(cx.clone(), incoming.input::<O, S>(&place)).await {
                Ok(messages) => stream::respond::<O>(messages, form),
                Err(fault) => fault_of::<O>(&fault, cx.request_id()),
            };
            place.finished(response, &cx)
        })
    }

    /// Adds the route of an operation, if it has one.
    fn add<O, H, R>(self, handle: H) -> Self
    where
        O: Operation,
        Rest: Binding<O>,
        H: Fn(Arc<Place<S>>, Incoming) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response> + Send + 'static,
    {
        let Some(route) = <Rest as Binding<O>>::ROUTE else { return self };
        let filter = MethodFilter::try_from(route.method.clone()).expect("the compiler admits only known verbs");
        let path = route.path;
        let place =
            Arc::new(Place { serving: self.serving.clone(), route, limits: self.limits, answers: self.answers });
        let serve = move |request: Request| handle(Arc::clone(&place), Incoming::new(request));
        *self.router = std::mem::take(self.router).route(path, axum::routing::on(filter, serve));
        self
    }
}

impl<S> std::fmt::Debug for RestMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RestMount").field(&self.router).finish()
    }
}

/// What all requests to one route share.
struct Place<S> {
    serving: Serving<S>,
    route: Route,
    limits: Limits,
    answers: Answers,
}

/// A request whose head is read and whose body is not. Its headers stand in the context.
struct Incoming {
    uri: Uri,
    cx: Context,
    body: axum::body::Body,
    /// What is wrong with its headers; told once the call is admitted.
    refused: Result<(), Fault>,
}

impl Incoming {
    fn new(request: Request) -> Incoming {
        let (mut head, body) = request.into_parts();
        let peer = head.extensions.remove::<Peer>().unwrap_or_default();
        let (cx, refused) = headers::read(head.headers, peer);
        let cx = cx.with_target(&head.method, head.uri.path());
        Incoming { uri: head.uri, cx, body, refused }
    }

    /// Reads the body and takes the input out of the request.
    async fn input<O: Operation, S>(&mut self, place: &Place<S>) -> Result<O::Input, Fault>
    where
        Rest: Binding<O>,
    {
        std::mem::replace(&mut self.refused, Ok(()))?;
        let (uri, headers, limits) = (&self.uri, self.cx.metadata().headers(), &place.limits);
        let body = match place.route.body {
            Body::None => Bytes::new(),
            Body::Json | Body::MergePatch => read_body(headers, &mut self.body, place).await?,
        };
        let mut reader = RequestReader::new(uri.path(), uri.query(), headers, &body, limits.json_depth_max);
        <Rest as Binding<O>>::take(&mut reader).ok_or_else(|| Fault::invalid(reader.into_violations()))
    }
}

/// Reads a JSON body, no longer than allowed.
async fn read_body<S>(headers: &HeaderMap, body: &mut axum::body::Body, place: &Place<S>) -> Result<Bytes, Fault> {
    let bytes_max = place.limits.body_bytes_max;
    if !headers::is_json(headers) {
        return Err(Fault::new(Code::InvalidArgument, "the body must be application/json").with_http_status(415));
    }
    let coding = place.answers.coding(headers)?;
    let too_large = || {
        let message = format!("the body must not be longer than {bytes_max} bytes");
        Fault::new(Code::ResourceExhausted, message).with_http_status(413).with_retry_never()
    };
    let declared = shared::text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    // A body that comes in one piece, as most do, is not copied.
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Fault::new(Code::Cancelled, "the body broke off").with_http_status(400).with_source(error)
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + all.len() + data.len() > bytes_max {
            return Err(too_large());
        }
        match first.is_empty() && all.is_empty() {
            true => first = data,
            false => {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&data);
            }
        }
    }
    let body = if all.is_empty() { first } else { all.freeze() };
    coding.undone(body, bytes_max).await?.ok_or_else(too_large)
}

impl<S> Place<S> {
    /// A response with what every one has.
    fn finished(&self, mut response: Response, cx: &Context) -> Response {
        if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response.headers_mut().insert(header::ACCEPT_ENCODING, self.answers.codings());
        }
        shared::named(response, cx)
    }

    /// The response of an answer or fault.
    async fn answer_of<O: Operation>(&self, answer: Result<O::Output, O::Fault>, cx: &Context) -> Response
    where
        Rest: Binding<O>,
    {
        let answer = match answer {
            Ok(answer) => answer,
            Err(fault) => return fault_of::<O>(&fault, cx.request_id()),
        };
        let status = status_code(self.route.status);
        if std::any::TypeId::of::<O::Output>() == std::any::TypeId::of::<()>() {
            return respond(status, None, Bytes::new());
        }
        let encoded = encode::<O::Output, <Rest as Binding<O>>::Answer>(&answer);
        // It may be large, and is needed no more.
        drop(answer);
        let body = match encoded {
            Ok(body) => body,
            Err(error) => return fault_response(&Fault::internal(error), None, cx.request_id()),
        };
        let is_comparable = O::FACTS.effect == Effect::Safe && self.route.method == Method::GET;
        self.answers.respond(Answer { status, body, is_comparable }, cx.metadata().headers()).await
    }
}

/// The problem document of an operation's fault.
fn fault_of<O: Operation>(fault: &O::Fault, request_id: Option<&str>) -> Response
where
    Rest: Binding<O>,
{
    fault_response(&fault.to_fault(), <Rest as Binding<O>>::fault_status(fault), request_id)
}

fn fault_response(fault: &Fault, status: Option<u16>, request_id: Option<&str>) -> Response {
    problem::respond(fault, status, request_id).map(axum::body::Body::from)
}

pub(super) fn respond(status: StatusCode, media_type: Option<&'static str>, body: Bytes) -> Response {
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = status;
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The problem document of a path at which there is nothing.
pub(crate) fn not_found(uri: &Uri) -> Response {
    // To a typed client the operation is missing, not a thing that it asked for.
    let fault = Fault::new(Code::Unimplemented, format!("there is nothing at {}", uri.path()));
    fault_response(&fault, Some(404), None)
}

/// The problem document of a verb that a path does not know.
pub(crate) fn method_not_allowed(method: &Method) -> Response {
    let message = format!("{method} is not possible here; the header Allow says what is");
    fault_response(&Fault::new(Code::Unimplemented, message), Some(405), None)
}
