//! Spans as those of OpenTelemetry: a parent from the wire, ids for the wire.

use opentelemetry::trace::{self as otel, SpanContext, TraceContextExt as _, TraceFlags};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::context::Context;
use crate::trace::{SpanId, Trace, TraceId, TraceState};

/// Makes a span the child of the one in another process that a context came from.
pub(super) fn comes_from(span: &Span, cx: &Context) {
    if let Some(caller) = remote(cx) {
        set_parent(span, caller);
    }
}

/// Makes a span part of the trace that a context is of. Where it has a parent in that trace already, a span that the program has
/// opened around it, that one is nearer.
pub(super) fn continues(span: &Span, cx: &Context) {
    let Some(caller) = remote(cx) else { return };
    let around = Span::current().context().span().span_context().trace_id();
    if around != caller.trace_id() {
        set_parent(span, caller);
    }
}

/// Links a span to the one that a context is of.
#[cfg(feature = "broker")]
pub(super) fn links(span: &Span, cx: &Context) {
    if let Some(other) = remote(cx) {
        span.add_link(other);
    }
}

/// Puts a context under the ids that a span has, or where it is not recorded, the one around it in the same trace. Where nobody records,
/// under such as `own` gives.
pub(super) fn adopt(span: &Span, cx: &mut Context, own: impl Fn(&mut Context)) {
    if let Some((trace, state)) = of(span) {
        return cx.adopt(trace, state);
    }
    let around = of(&Span::current());
    match around.filter(|(around, _)| cx.trace().is_none_or(|trace| trace.trace_id() == around.trace_id())) {
        Some((trace, state)) => cx.adopt(trace, state),
        None => own(cx),
    }
}

fn set_parent(span: &Span, parent: SpanContext) {
    // It fails where nobody records the span.
    let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
}

/// The span of a context, as OpenTelemetry has one of another process.
fn remote(cx: &Context) -> Option<SpanContext> {
    let trace = cx.trace()?;
    let flags = if trace.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let state = cx.tracestate().and_then(|state| state.parse().ok()).unwrap_or_default();
    let (trace_id, span_id) = (*trace.trace_id().as_bytes(), *trace.span_id().as_bytes());
    let (trace_id, span_id) = (otel::TraceId::from_bytes(trace_id), otel::SpanId::from_bytes(span_id));
    Some(SpanContext::new(trace_id, span_id, flags, true, state))
}

/// The ids of a span, where OpenTelemetry has given it some.
fn of(span: &Span) -> Option<(Trace, Option<TraceState>)> {
    let context = span.context();
    let span = context.span();
    let of = span.span_context();
    let trace_id = TraceId::from_bytes(of.trace_id().to_bytes())?;
    let span_id = SpanId::from_bytes(of.span_id().to_bytes())?;
    let state = of.trace_state().header();
    let state = if state.is_empty() { None } else { TraceState::read([state.as_bytes()].into_iter()) };
    Some((Trace::new(trace_id, span_id, of.is_sampled()), state))
}
