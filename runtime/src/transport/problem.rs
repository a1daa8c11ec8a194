//! Problem documents (RFC 9457): faults on HTTP.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault};
use crate::transport::headers::NONCE;
use crate::validate::Violation;

/// The media type of a problem document.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Whether a client may try again; only `false` means something here, for what is tried again a client decides.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What `type` begins with for a fault that a contract declares.
const TYPE_PREFIX: &str = "urn:wireloom:";

/// `type` of every other fault: the status says all.
const TYPE_BLANK: &str = "about:blank";

/// A problem document.
///
/// The fields of a declared fault stand in `fields`, apart from the document's own members, so that no fault has to
/// avoid their names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:wireloom:shop.orders.NotFound` for a declared fault, else `about:blank`.
    #[serde(rename = "type", default = "type_blank")]
    pub kind: String,
    /// The status in words, or the declared fault's name.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What happened this time.
    #[serde(default)]
    pub detail: String,
    /// The canonical code: `not_found`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The declared fault's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<serde_json::Value>,
    /// What is wrong with the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The request's name in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When trying again may help, in milliseconds; in a stream, whose headers have gone by then. Elsewhere the header `Retry-After` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Whether trying again is of no use; in a stream. Elsewhere the header `X-Should-Retry` says it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retry_never: bool,
}

fn type_blank() -> String {
    TYPE_BLANK.to_owned()
}

impl Problem {
    /// The document of a fault that is answered with this status.
    pub fn new(fault: &Fault, status: u16, request_id: Option<&str>) -> Problem {
        let phrase = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let (kind, title) = match fault.kind() {
            "" => (type_blank(), phrase.unwrap_or("Error").to_owned()),
            kind => (format!("{TYPE_PREFIX}{kind}"), kind.rsplit('.').next().unwrap_or(kind).to_owned()),
        };
        Problem {
            kind,
            title,
            status,
            detail: fault.message().to_owned(),
            code: fault.code().as_str().to_owned(),
            fields: fault.fields().map(Cow::into_owned),
            violations: fault.violations().to_vec(),
            request_id: request_id.map(str::to_owned),
            retry_after_ms: None,
            retry_never: false,
        }
    }

    /// The document of a fault that ends a stream.
    pub(crate) fn in_stream(fault: &Fault) -> Problem {
        Problem {
            retry_after_ms: fault.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            retry_never: fault.retry_never(),
            ..Problem::new(fault, status_of(fault), None)
        }
    }

    /// The fault that it tells.
    pub fn into_fault(self) -> Fault {
        let code = Code::named(&self.code).unwrap_or_else(|| Code::from_http_status(self.status));
        let kind = self.kind.strip_prefix(TYPE_PREFIX).unwrap_or_default().to_owned();
        // Only a document that is not ours says in its title alone what happened.
        let message = if self.detail.is_empty() && self.code.is_empty() { self.title } else { self.detail };
        let mut fault = Fault::received(code, kind, message).with_violations(self.violations);
        if let Some(fields) = self.fields {
            fault = fault.with_fields(fields);
        }
        if let Some(wait) = self.retry_after_ms {
            fault = fault.with_retry_after(Duration::from_millis(wait));
        }
        if self.retry_never { fault.with_retry_never() } else { fault }
    }
}

/// The response that tells a fault, with the fault's own status unless said otherwise.
pub(crate) fn respond(fault: &Fault, status: Option<u16>, request_id: Option<&str>) -> http::Response<Bytes> {
    let status = status.unwrap_or_else(|| status_of(fault));
    let document = Problem::new(fault, status, request_id);
    // A document of texts and JSON values cannot fail to be written.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    put_retry(fault, response.headers_mut());
    put_challenge(fault, response.headers_mut());
    if fault.nonce_told().is_some() {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Says how the peer may be known, and what its next proof is to have.
pub(crate) fn put_challenge(fault: &Fault, headers: &mut HeaderMap) {
    if let Some(Ok(challenge)) = fault.challenge_told().map(HeaderValue::try_from) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(Ok(nonce)) = fault.nonce_told().map(HeaderValue::try_from) {
        headers.insert(NONCE, nonce);
    }
}

/// The status that a fault is answered with.
pub(crate) fn status_of(fault: &Fault) -> u16 {
    fault.http_status().unwrap_or(fault.code().http_status())
}

/// `Retry-After` in whole seconds, rounded up: earlier would be too early. HTTP has no word for never; `X-Should-Retry: false` is what
/// client libraries look for.
fn put_retry(fault: &Fault, headers: &mut HeaderMap) {
    if fault.retry_never() {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    if let Some(wait) = fault.retry_after() {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// The fault of a reply whose status is no success.
pub(crate) fn read_fault(status: u16, headers: &HeaderMap, body: &[u8]) -> Fault {
    let is_problem = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with(MEDIA_TYPE));
    let problem = is_problem.then(|| serde_json::from_slice::<Problem>(body).ok()).flatten();
    let fault = match problem {
        Some(problem) => Problem { status, ..problem }.into_fault(),
        // A proxy or another server answered: its words are not for our callers.
        None => Fault::new(Code::from_http_status(status), format!("the server answered with status {status}")),
    };
    let fault = fault.with_challenge_received(challenge(headers));
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let fault = match seconds {
        Some(seconds) => fault.with_retry_after(Duration::from_secs(seconds)),
        None => fault,
    };
    let is_never = headers.get(SHOULD_RETRY).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"false"));
    if is_never { fault.with_retry_never() } else { fault }
}

/// What a server asks for that has not let a call in.
pub(crate) fn challenge(headers: &HeaderMap) -> Option<String> {
    let all: Vec<&str> =
        headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
