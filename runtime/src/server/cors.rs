//! CORS: which pages of other origins may call, and read what is answered.
//!
//! What a browser asks before such a call, the preflight, is answered from the routes and reaches no admission. Not
//! tower-http's: that one has to be told which verbs there are, knows nothing of the origins of WebSocket, and wraps every
//! route, while here a server without it has one branch more.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tower::Service as _;

use crate::fault::{Code, Fault};
use crate::origins::Origins;
use crate::transport::problem;

/// How long a browser keeps what a preflight was answered; none keeps it longer.
const KEPT: Duration = Duration::from_secs(2 * 60 * 60);

/// What pages may read of an answer beside the few headers that they may read anyway.
const EXPOSED: &str = "dpop-nonce, etag, retry-after, www-authenticate, x-request-id, x-should-retry";

/// Which pages of other origins may call a server, and read what it answers.
///
/// ```
/// use wireloom::{Cors, Server};
///
/// let server = Server::new().cors(Cors::allow(["https://shop.example"]));
/// ```
///
/// The verbs that a page may use are those that the place has, the headers any, since each is metadata of the call. Pages that
/// may call may open WebSockets as well.
#[derive(Clone, Debug)]
#[must_use = "a server has CORS once it is told so"]
pub struct Cors {
    /// `None` where all are allowed.
    origins: Option<Origins>,
    credentials: bool,
    exposed: String,
}

impl Cors {
    /// Lets pages of these origins call: `https://shop.example`.
    pub fn allow(origins: impl IntoIterator<Item = impl Into<String>>) -> Cors {
        let mut named = Origins::default();
        named.extend(origins);
        Cors { origins: Some(named), credentials: false, exposed: EXPOSED.to_owned() }
    }

    /// Lets any page call, but none with the cookies and certificates that a browser has for the server, and none open a
    /// WebSocket, which it would do with these.
    pub fn allow_any() -> Cors {
        Cors { origins: None, credentials: false, exposed: EXPOSED.to_owned() }
    }

    /// Lets the pages that are named call with the cookies and certificates that a browser has for the server. A header such
    /// as `Authorization` that a page sets by itself needs no such leave.
    pub fn with_credentials(mut self) -> Cors {
        self.credentials = true;
        self
    }

    /// Lets pages read these headers of answers, beside `ETag`, `Retry-After`, `X-Request-Id` and `X-Should-Retry`.
    pub fn expose<'h>(mut self, headers: impl IntoIterator<Item = &'h str>) -> Cors {
        for name in headers {
            self.exposed.push_str(", ");
            self.exposed.push_str(name);
        }
        self
    }

    /// The origins that are named.
    pub(super) fn origins(&self) -> Origins {
        self.origins.clone().unwrap_or_default()
    }

    /// What is needed to answer by it.
    ///
    /// # Errors
    /// When it cannot be meant: an origin or a header that is none, or every page with credentials.
    pub(super) fn ready(self) -> io::Result<Ready> {
        let invalid = |message: &str| io::Error::new(io::ErrorKind::InvalidInput, message.to_owned());
        if self.credentials && self.origins.is_none() {
            return Err(invalid("CORS for any page with credentials: name the origins"));
        }
        self.origins.as_ref().map_or(Ok(()), Origins::check)?;
        let exposed = HeaderValue::try_from(&self.exposed).map_err(|_| invalid("a header to expose is no header"))?;
        Ok(Ready { origins: self.origins, credentials: self.credentials, exposed })
    }
}

/// CORS as it is answered by.
#[derive(Debug)]
pub(super) struct Ready {
    origins: Option<Origins>,
    credentials: bool,
    exposed: HeaderValue,
}

impl Ready {
    /// Answers a request by the routes, and says who may read it.
    pub(super) async fn answer(&self, request: Request, mut routes: Router) -> Result<Response, Infallible> {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let preflight = Preflight::of(&request);
        let mut response = routes.call(request).await?;
        // A place that answers OPTIONS by itself is not spoken for.
        if let Some(preflight) = preflight
            && response.status() == StatusCode::METHOD_NOT_ALLOWED
        {
            response = self.answer_preflight(preflight, origin.as_ref(), &response);
        }
        self.mark(origin, response.headers_mut());
        Ok(response)
    }

    /// Says to the browser whose page may read a response.
    fn mark(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.origins.is_some() {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        let Some(allowed) = origin.and_then(|origin| self.allowed(origin)) else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        if self.credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// What is said to allow a page of that origin, if it is allowed.
    fn allowed(&self, origin: HeaderValue) -> Option<HeaderValue> {
        match &self.origins {
            None => Some(HeaderValue::from_static("*")),
            Some(named) => origin.to_str().is_ok_and(|origin| named.name(origin)).then_some(origin),
        }
    }

    /// The answer to a preflight, where the routes would have said which verbs there are.
    fn answer_preflight(&self, asked: Preflight, origin: Option<&HeaderValue>, refused: &Response) -> Response {
        if origin.cloned().and_then(|origin| self.allowed(origin)).is_none() {
            let fault = Fault::new(Code::PermissionDenied, "pages of this origin may not call here");
            return problem::respond(&fault, None, None).map(Body::from);
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        for varies in [header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_REQUEST_HEADERS] {
            headers.append(header::VARY, HeaderValue::from(varies));
        }
        let verbs = refused.headers().get(header::ALLOW).cloned();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, verbs.unwrap_or(HeaderValue::from_static("")));
        if let Some(wanted) = asked.headers {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        }
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(KEPT.as_secs()));
        response
    }
}

/// What a browser asks before a call.
struct Preflight {
    /// The headers that the page would set.
    headers: Option<HeaderValue>,
}

impl Preflight {
    fn of(request: &Request) -> Option<Preflight> {
        let has = |name: HeaderName| request.headers().contains_key(name);
        let asks =
            request.method() == Method::OPTIONS && has(header::ORIGIN) && has(header::ACCESS_CONTROL_REQUEST_METHOD);
        asks.then(|| Preflight { headers: request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned() })
    }
}
