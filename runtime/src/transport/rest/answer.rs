//! An answer on its way out: named by an entity tag, so that who has it need not get it again, and compressed for who wants that.
//!
//! Both look at the whole answer, which is in one piece; so streams have neither, and what is switched off costs nothing.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::coding::Coding;
#[cfg(feature = "compression")]
use super::gzip::{self, Compression};
use super::tag;
use crate::fault::{Code, Fault};

/// What a server makes of the answers of its safe operations, and of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answers {
    /// Whether answers of safe operations have entity tags.
    pub(crate) tags: bool,
    #[cfg(feature = "compression")]
    pub(crate) compression: Option<Compression>,
}

/// An answer of JSON.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// Whether a later one may be compared with it: it is of a safe operation that was asked for by GET.
    pub(super) is_comparable: bool,
}

impl Answers {
    /// The response to a request with these headers.
    pub(super) async fn respond(&self, answer: Answer, asked: &HeaderMap) -> Response {
        let Answer { status, body, is_comparable } = answer;
        let tag = (self.tags && is_comparable && status == StatusCode::OK).then(|| tag::of(&body));
        if let Some(known) = tag.as_ref().and_then(|tag| tag::known(asked, tag)) {
            return self.not_modified(known);
        }
        let (body, is_compressed) = self.compressed(body, asked).await;
        let mut response = super::server::respond(status, Some("application/json"), body);
        let headers = response.headers_mut();
        if let Some(tag) = tag {
            // The compressed answer is another one, byte for byte, and has a tag of its own.
            headers.insert(header::ETAG, if is_compressed { tag::compressed(&tag) } else { tag });
            headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
        }
        if is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        self.vary(headers);
        response
    }

    /// The response to who has the answer already, under that tag.
    fn not_modified(&self, known: HeaderValue) -> Response {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, known);
        response.headers_mut().insert(header::CACHE_CONTROL, ASK_AGAIN);
        self.vary(response.headers_mut());
        response
    }

    /// The body as it goes out, and whether it is compressed.
    #[cfg(feature = "compression")]
    async fn compressed(&self, body: Bytes, asked: &HeaderMap) -> (Bytes, bool) {
        match self.compression {
            Some(compression) if body.len() >= compression.bytes_min && gzip::is_wanted(asked) => {
                (gzip::compress(body, compression.level).await, true)
            }
            _ => (body, false),
        }
    }

    #[cfg(not(feature = "compression"))]
    async fn compressed(&self, body: Bytes, _: &HeaderMap) -> (Bytes, bool) {
        (body, false)
    }

    /// Says to caches what else may be answered to another request, whether this one was compressed or not.
    fn vary(&self, headers: &mut HeaderMap) {
        if self.takes_gzip() {
            headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
    }
}

impl Answers {
    /// The coding of a request's body, if it is taken here.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn coding(&self, headers: &HeaderMap) -> Result<Coding, Fault> {
        match Coding::of(headers) {
            Coding::Plain => Ok(Coding::Plain),
            Coding::Gzip if self.takes_gzip() => Ok(Coding::Gzip),
            _ => {
                let fault = Fault::new(Code::InvalidArgument, "the body is in a coding that is not taken here");
                Err(fault.with_http_status(415))
            }
        }
    }

    /// What the codings of a body may be, as a header says it.
    pub(super) fn codings(&self) -> HeaderValue {
        HeaderValue::from_static(if self.takes_gzip() { "gzip, identity" } else { "identity" })
    }

    fn takes_gzip(&self) -> bool {
        #[cfg(feature = "compression")]
        return self.compression.is_some();
        #[cfg(not(feature = "compression"))]
        false
    }
}

/// An answer may be for its caller alone, whom caches do not know by every scheme, and hold no longer than until the next.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
