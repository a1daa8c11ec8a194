//! What every wire over HTTP carries in headers: request id, trace, metadata.
//!
//! Each wire has a header of its own for the deadline, which it reads and writes itself.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::context::Context;
use crate::metadata::Metadata;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long a request id of a caller may be; a longer one is replaced.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The bytes of a W3C `traceparent`.
const TRACEPARENT_BYTES: usize = 55;

/// The context of a request, without its deadline.
pub(crate) fn read(headers: HeaderMap, peer: Option<SocketAddr>) -> Context {
    let request_id = request_id(&headers);
    let traceparent = text(&headers, &TRACEPARENT).filter(|value| value.len() == TRACEPARENT_BYTES).map(str::to_owned);
    Context::received(peer, Some(request_id), traceparent, Metadata::from(headers))
}

/// Writes what goes on with an outgoing call, but not its deadline.
pub(crate) fn write(cx: &Context, headers: &mut HeaderMap) {
    headers.extend(cx.outgoing().headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    for (name, value) in [(REQUEST_ID, cx.request_id()), (TRACEPARENT, cx.traceparent())] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
}

/// Tells the request's name to the caller.
pub(crate) fn named<B>(mut response: http::Response<B>, cx: &Context) -> http::Response<B> {
    if let Some(Ok(mut request_id)) = cx.request_id().map(HeaderValue::try_from) {
        // No two are alike: HTTP/2 shall not look for it among those it has sent, nor keep it in place of what comes again.
        request_id.set_sensitive(true);
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    response
}

/// The text of a header, if it is visible ASCII.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn request_id(headers: &HeaderMap) -> String {
    match text(headers, &REQUEST_ID) {
        Some(id) if !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX => id.to_owned(),
        _ => crate::request_id::new(),
    }
}
