//! The upgrade: how a request becomes a session, and why it may not.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::mount::Place;
use super::pipe::{MessagePipe, Messages};
use crate::context::{Carried, Context};
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::mux::{JsonFrames, Native};
use crate::origins::Origins;
use crate::peer::Peer;
use crate::serving::Shared;
use crate::transport::framed::{Operations, Session};
use crate::transport::problem;

/// Headers that are about the connection, not about the calls on it.
const HANDSHAKE: [HeaderName; 8] = [
    header::CONNECTION,
    header::HOST,
    header::UPGRADE,
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_VERSION,
];

/// Puts what is served over WebSocket on a router.
pub(crate) fn route(router: Router, places: Vec<Place>, limits: &Limits, origins: Origins) -> Router {
    let origins = Arc::new(origins);
    places.into_iter().fold(router, |router, place| {
        let path = place.path;
        let door = Arc::new(Door::new(place, limits, Arc::clone(&origins)));
        // Any verb: over HTTP/2 a WebSocket begins with CONNECT.
        let serve = move |request: Request| {
            let door = Arc::clone(&door);
            async move { door.open(request).await }
        };
        router.route(path, axum::routing::any(serve))
    })
}

/// Where sessions of one path begin.
struct Door {
    binary: Arc<Operations<Native>>,
    json: Arc<Operations<JsonFrames>>,
    origins: Arc<Origins>,
    shared: Shared,
    /// Those that ask who calls, in one way or another; where there are none, nobody is asked.
    asking: Vec<&'static OperationFacts>,
}

impl Door {
    fn new(place: Place, limits: &Limits, origins: Arc<Origins>) -> Door {
        Door {
            asking: place.json.iter().map(|call| call.facts()).filter(|op| !op.auth.is_public()).collect(),
            binary: Arc::new(Operations::new(place.binary, limits)),
            json: Arc::new(Operations::new(place.json, limits)),
            origins,
            shared: place.shared,
        }
    }

    /// Begins a session, or says why not.
    async fn open(&self, mut request: Request) -> Response {
        let Wanted { accept, protocol } = match self.wanted(&request) {
            Ok(wanted) => wanted,
            Err(refused) => return refused.into_response(),
        };
        let upgrade = hyper::upgrade::on(&mut request);
        let cx = context(request);
        if let Err(fault) = self.shared.guard.let_connect(&self.asking, &cx).await {
            return problem::respond(&fault, None, None).map(Body::from);
        }
        match protocol {
            Protocol::Binary => self.begin(upgrade, cx, accept, &self.binary),
            Protocol::Json => self.begin(upgrade, cx, accept, &self.json),
        }
    }

    /// What a request wants, if it may have it.
    fn wanted(&self, request: &Request) -> Result<Wanted, Refused> {
        let headers = request.headers();
        if self.shared.stopping.is_cancelled() {
            return Err(Refused::new(503, Code::Unavailable, "the server is stopping"));
        }
        let is_upgrade = request.method() == Method::GET
            && has_token(headers, &header::CONNECTION, "upgrade")
            && has_token(headers, &header::UPGRADE, "websocket");
        let is_known = headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
        if !(is_upgrade && is_known) {
            let message = "there are WebSockets of version 13 here, nothing else";
            return Err(Refused::new(426, Code::FailedPrecondition, message));
        }
        let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY) else {
            return Err(Refused::new(400, Code::InvalidArgument, "the header Sec-WebSocket-Key is missing"));
        };
        if !self.origins.allow(headers, request.uri()) {
            return Err(Refused::new(403, Code::PermissionDenied, "pages of this origin may not connect here"));
        }
        let protocol = tokens(headers, &header::SEC_WEBSOCKET_PROTOCOL).find_map(Protocol::named).ok_or_else(|| {
            let message = "the header Sec-WebSocket-Protocol names neither `loom.v1.json` nor `loom.v1.bin`";
            Refused::new(400, Code::InvalidArgument, message)
        })?;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).expect("base64 is visible ASCII");
        Ok(Wanted { accept, protocol })
    }

    /// Says yes, and runs the session once HTTP has let the connection go.
    fn begin<E: Messages>(
        &self,
        upgrade: OnUpgrade,
        cx: Context,
        accept: HeaderValue,
        operations: &Arc<Operations<E>>,
    ) -> Response {
        let (operations, stop) = (Arc::clone(operations), self.shared.stopping.clone().cancelled_owned());
        self.shared.sessions.spawn(async move {
            let socket = match upgrade.await {
                Ok(upgraded) => TokioIo::new(upgraded),
                Err(error) => return tracing::debug!(%error, "a connection broke while it was upgraded"),
            };
            let (peer, pipe) = (cx.peer(), MessagePipe::<_, E>::server(socket, operations.limits()).await);
            match Session::new(pipe, operations, cx, stop).run().await {
                Ok(Some(close)) => tracing::debug!(%close, ?peer, "a session was ended"),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, ?peer, "a session broke"),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        for (name, value) in [
            (header::CONNECTION, HeaderValue::from_static("upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
            (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(E::PROTOCOL)),
        ] {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// What a request wants.
struct Wanted {
    /// The answer to its key.
    accept: HeaderValue,
    protocol: Protocol,
}

/// The subprotocols.
enum Protocol {
    Binary,
    Json,
}

impl Protocol {
    fn named(name: &str) -> Option<Protocol> {
        match name {
            Native::PROTOCOL => Some(Protocol::Binary),
            JsonFrames::PROTOCOL => Some(Protocol::Json),
            _ => None,
        }
    }
}

/// The context that the calls of a session begin with.
fn context(request: Request) -> Context {
    let (mut head, _) = request.into_parts();
    let peer = head.extensions.remove::<Peer>().unwrap_or_default();
    let mut headers = head.headers;
    for name in HANDSHAKE {
        headers.remove(name);
    }
    Context::received(peer, Carried::default(), Metadata::from(headers))
}

/// Why a request does not become a session.
struct Refused {
    status: u16,
    fault: Fault,
}

impl Refused {
    fn new(status: u16, code: Code, message: &'static str) -> Refused {
        Refused { status, fault: Fault::new(code, message) }
    }

    fn into_response(self) -> Response {
        let mut response = problem::respond(&self.fault, Some(self.status), None).map(Body::from);
        if self.status == 426 {
            response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

/// The entries of a list in a header.
fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',').map(str::trim))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|entry| entry.eq_ignore_ascii_case(token))
}
