//! What every wire over HTTP carries in headers: request id, trace, metadata.
//!
//! Each wire has a header of its own for the deadline, which it reads and writes itself.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::admission::Head;
use crate::context::{Carried, Context, PREVIOUS_ATTEMPTS, REQUEST_ID};
use crate::metadata::Metadata;
use crate::peer::Peer;

/// The context of a request, without its deadline. One that comes without a name is given one.
pub(crate) fn read(headers: HeaderMap, peer: Peer) -> Context {
    let mut carried = Carried::read(&headers);
    carried.request_id.get_or_insert_with(crate::request_id::new);
    Context::received(peer, carried, Metadata::from(headers))
}

/// Writes what goes on with an outgoing attempt, but not its deadline.
pub(crate) fn write(head: &Head<'_>, headers: &mut HeaderMap) {
    let Head { cx, attempt, .. } = *head;
    headers.extend(cx.outgoing().headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    cx.carry(headers);
    if attempt > 0 {
        headers.insert(PREVIOUS_ATTEMPTS, HeaderValue::from(u16::from(attempt)));
    }
}

/// What a proof beside the next request's token is to have (RFC 9449, 8).
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Tells the request's name to the caller, and what its next proof is to have.
pub(crate) fn named<B>(mut response: http::Response<B>, cx: &Context) -> http::Response<B> {
    if let Some(Ok(mut request_id)) = cx.request_id().map(HeaderValue::try_from) {
        // No two are alike: HTTP/2 shall not look for it among those it has sent, nor keep it in place of what comes again.
        request_id.set_sensitive(true);
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    if let Some(nonce) = cx.next_nonce() {
        response.headers_mut().insert(NONCE, nonce.clone());
        // Whoever was told by a cache would be told what is old.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The text of a header, if it is visible ASCII.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
