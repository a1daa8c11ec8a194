//! Spans of `tracing`: each call that is served, each call that is made and each of its attempts, each event published or handled.
//!
//! Names and fields are those of OpenTelemetry's conventions for RPC and messaging. In a span are names of the contract, ids, addresses
//! and words of closed lists, never an input, an answer or what a fault says. Without a subscriber a span costs a comparison. The
//! feature `otel` makes of it a span of OpenTelemetry; without it, its ids are those of [`Trace`](crate::Trace), for logs to be joined.

/// A span with the fields that all of them have: its name and kind for OpenTelemetry, and what is known of it later.
macro_rules! span {
    ($target:literal, $name:literal, $kind:literal, $title:expr, $($fields:tt)*) => {
        tracing::info_span!(
            target: $target,
            $name,
            otel.name = $crate::spans::of_otel(tracing::field::display($title)),
            otel.kind = $crate::spans::of_otel($kind),
            otel.status_code = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
            trace_id = tracing::field::Empty,
            span_id = tracing::field::Empty,
            $($fields)*
        )
    };
}

mod calls;
#[cfg(feature = "broker")]
mod events;
#[cfg(feature = "otel")]
mod otel;

use tracing::Span;

use crate::context::Context;

pub(crate) use calls::CallSpan;
#[cfg(feature = "broker")]
pub(crate) use events::EventSpan;

/// What only OpenTelemetry wants to know: other subscribers have it in other fields.
fn of_otel<T>(value: T) -> Option<T> {
    cfg!(feature = "otel").then_some(value)
}

/// Makes a context that of what a span stands for: under the span's own ids where OpenTelemetry gave it some, otherwise under such as
/// `own` gives. The span is told of them.
#[inline]
fn enter(cx: &mut Context, span: &Span, own: impl Fn(&mut Context)) {
    #[cfg(feature = "otel")]
    otel::adopt(span, cx, own);
    #[cfg(not(feature = "otel"))]
    own(cx);
    if let Some(trace) = cx.trace().filter(|_| !span.is_disabled()) {
        span.record("trace_id", tracing::field::display(trace.trace_id()));
        span.record("span_id", tracing::field::display(trace.span_id()));
    }
}

/// Tells a span how it failed, by a word of a closed list.
fn failed(span: &Span, error: &'static str) {
    span.record("error.type", error);
    span.record("otel.status_code", of_otel("ERROR"));
}
