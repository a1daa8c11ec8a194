//! What goes on from call to call in metadata, under the same names on every wire: the request's name and the trace.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Context;
use crate::trace::{Trace, TraceState};

/// The name of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many attempts of the same call were made before, on every wire: the name is that of gRPC (gRFC A6).
pub(crate) const PREVIOUS_ATTEMPTS: HeaderName = HeaderName::from_static("grpc-previous-rpc-attempts");

/// W3C Trace Context: the span that calls.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What tracing systems say of it.
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// How long a request id of a caller may be; a longer one is not taken.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// What came with a call.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) request_id: Option<String>,
    pub(crate) trace: Option<Trace>,
    pub(crate) tracestate: Option<TraceState>,
}

impl Carried {
    /// Reads what is well formed.
    pub(crate) fn read(headers: &HeaderMap) -> Carried {
        let request_id = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let request_id = request_id.filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX).map(str::to_owned);
        let trace = trace(headers);
        let tracestate =
            trace.and_then(|_| TraceState::read(headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes)));
        Carried { request_id, trace, tracestate }
    }
}

/// The span that calls. Of two nobody knows which is right.
fn trace(headers: &HeaderMap) -> Option<Trace> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok()?.trim_matches([' ', '\t']).parse().ok(),
        _ => None,
    }
}

impl Context {
    /// Writes what goes on with a call made under this context.
    pub(crate) fn carry(&self, headers: &mut HeaderMap) {
        if let Some(Ok(value)) = self.request_id().map(HeaderValue::from_str) {
            headers.insert(REQUEST_ID, value);
        }
        self.carry_trace(headers);
    }

    /// Writes the trace, over what metadata says of one.
    pub(crate) fn carry_trace(&self, headers: &mut HeaderMap) {
        let Some(trace) = self.trace() else { return };
        if let Ok(mut value) = HeaderValue::from_bytes(&trace.written()) {
            // No two are alike: HTTP/2 shall not keep it in place of what comes again.
            value.set_sensitive(true);
            headers.insert(TRACEPARENT, value);
        }
        match self.tracestate().map(HeaderValue::from_str) {
            Some(Ok(value)) => drop(headers.insert(TRACESTATE, value)),
            _ => drop(headers.remove(TRACESTATE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(headers: &[(&'static str, &'static str)]) -> (Option<String>, Option<String>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let Carried { trace, tracestate, .. } = Carried::read(&map);
        (trace.map(|trace| trace.to_string()), tracestate.map(|state| state.as_str().to_owned()))
    }

    #[test]
    fn a_trace_is_one_traceparent_with_its_state() {
        let (trace, state) = (Some(TRACE.to_owned()), |text: &str| Some(text.to_owned()));
        assert_eq!(read(&[("traceparent", TRACE)]), (trace.clone(), None));
        assert_eq!(read(&[("traceparent", " \t00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\t ")]).0, trace);
        assert_eq!(read(&[("traceparent", TRACE), ("traceparent", TRACE)]), (None, None));
        assert_eq!(
            read(&[("traceparent", TRACE), ("tracestate", "a=1"), ("tracestate", "b=2")]),
            (trace.clone(), state("a=1,b=2"))
        );
        // A state of no trace, and one that cannot be read, are nothing.
        assert_eq!(read(&[("tracestate", "a=1")]), (None, None));
        assert_eq!(read(&[("traceparent", TRACE), ("tracestate", "a=1,A=2")]), (trace, None));
    }

    #[test]
    fn a_trace_goes_on_with_its_state_and_over_metadata() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static("mine"));
        headers.insert("tracestate", HeaderValue::from_static("a=1,b=2"));
        Context::new().carry(&mut headers);
        assert_eq!(headers["traceparent"], "mine");
        let cx = Context::new().with_trace(TRACE.parse().unwrap());
        cx.carry(&mut headers);
        assert_eq!((&headers["traceparent"], headers.get("tracestate")), (&HeaderValue::from_static(TRACE), None));
    }
}
