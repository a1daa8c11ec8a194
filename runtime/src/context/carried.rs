//! What goes on from call to call in metadata, under the same names on every wire: the request's name and the trace.

use http::{HeaderMap, HeaderName};

use super::Context;

/// The name of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many attempts of the same call were made before, on every wire: the name is that of gRPC (gRFC A6).
pub(crate) const PREVIOUS_ATTEMPTS: HeaderName = HeaderName::from_static("grpc-previous-rpc-attempts");

/// W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long a request id of a caller may be; a longer one is not taken.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The bytes of a `traceparent`.
const TRACEPARENT_BYTES: usize = 55;

/// What came with a call.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) request_id: Option<String>,
    pub(crate) traceparent: Option<String>,
}

impl Carried {
    /// Reads what is well formed.
    pub(crate) fn read(headers: &HeaderMap) -> Carried {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = text(REQUEST_ID).filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX);
        let traceparent = text(TRACEPARENT).filter(|value| value.len() == TRACEPARENT_BYTES);
        Carried { request_id: request_id.map(str::to_owned), traceparent: traceparent.map(str::to_owned) }
    }
}

impl Context {
    /// What goes on with a call made under this context.
    pub(crate) fn carried(&self) -> impl Iterator<Item = (HeaderName, &str)> {
        let all = [(REQUEST_ID, self.request_id()), (TRACEPARENT, self.traceparent())];
        all.into_iter().filter_map(|(name, text)| Some((name, text?)))
    }
}
