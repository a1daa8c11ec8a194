//! Spans of events: publishing one, and each attempt at handling it.

use tracing::Span;
use tracing::field::Empty;

use super::{enter, failed};
use crate::context::Context;
use crate::messaging::HandlerFacts;
use crate::metrics::{Handled, Sent, Word as _};

/// The span of an event that is published or handled.
#[derive(Clone, Debug)]
pub(crate) struct EventSpan(Span);

impl EventSpan {
    /// The span of publishing an event, and the context that goes with it.
    pub(crate) fn publishing(system: &str, topic: &str, id: &str, cx: &Context) -> (EventSpan, Context) {
        let span = span!(
            "wireloom::messaging",
            "send",
            "producer",
            format_args!("send {topic}"),
            messaging.system = system,
            messaging.operation.name = "send",
            "messaging.operation.type" = "send",
            messaging.destination.name = topic,
            messaging.message.id = id,
        );
        #[cfg(feature = "otel")]
        super::otel::continues(&span, cx);
        let mut cx = cx.clone();
        enter(&mut cx, &span, Context::attempt_anew);
        (EventSpan(span), cx)
    }

    /// The span of an attempt at handling an event; the context becomes that of it.
    pub(crate) fn processed(system: &str, handler: &HandlerFacts, cx: &mut Context) -> EventSpan {
        let event = cx.event();
        let span = span!(
            "wireloom::messaging",
            "process",
            "consumer",
            format_args!("process {}", handler.topic),
            messaging.system = system,
            messaging.operation.name = "process",
            "messaging.operation.type" = "process",
            messaging.destination.name = handler.topic,
            messaging.consumer.group.name = handler.group,
            messaging.message.id = event.map(|event| event.id.as_str()),
            wireloom.handler = %handler.op,
            wireloom.attempt = event.map(|event| event.attempt),
            wireloom.outcome = Empty,
            parent_span_id = cx.trace().map(|sender| display(sender.span_id())),
        );
        #[cfg(feature = "otel")]
        {
            super::otel::comes_from(&span, cx);
            super::otel::links(&span, cx);
        }
        enter(cx, &span, Context::begin);
        EventSpan(span)
    }

    /// As `tracing` has it.
    pub(crate) fn span(&self) -> &Span {
        &self.0
    }

    /// Publishing it ended so.
    pub(crate) fn sent(&self, sent: Sent) {
        if sent != Sent::Confirmed {
            failed(&self.0, sent.as_str());
        }
    }

    /// Handling it ended so.
    pub(crate) fn handled(&self, outcome: Handled) {
        self.0.record("wireloom.outcome", outcome.as_str());
        if outcome != Handled::Done {
            failed(&self.0, outcome.as_str());
        }
    }
}
