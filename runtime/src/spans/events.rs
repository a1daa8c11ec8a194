//! Spans of events: publishing one, and each attempt at handling it.

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::{failed, of_otel, within};
use crate::context::Context;
use crate::messaging::HandlerFacts;
use crate::metrics::{Handled, Sent, Word as _};

/// The span of an event that is published or handled.
#[derive(Clone, Debug)]
pub(crate) struct EventSpan(Span);

impl EventSpan {
    /// The span of publishing an event, and the context that goes with it.
    pub(crate) fn publishing(system: &str, topic: &str, id: &str, cx: &Context) -> (EventSpan, Context) {
        let span = info_span!(
            target: "wireloom::messaging",
            "send",
            otel.name = of_otel(display(format_args!("send {topic}"))),
            otel.kind = of_otel("producer"),
            otel.status_code = Empty,
            messaging.system = system,
            messaging.operation.name = "send",
            "messaging.operation.type" = "send",
            messaging.destination.name = topic,
            messaging.message.id = id,
            "error.type" = Empty,
            trace_id = Empty,
            span_id = Empty,
        );
        #[cfg(feature = "otel")]
        super::otel::continues(&span, cx);
        let cx = within(&span, cx.clone(), Context::attempted);
        (EventSpan(span), cx)
    }

    /// The span of an attempt at handling an event, and the context of it.
    pub(crate) fn processed(system: &str, handler: &HandlerFacts, cx: Context) -> (EventSpan, Context) {
        let event = cx.event();
        let span = info_span!(
            target: "wireloom::messaging",
            "process",
            otel.name = of_otel(display(format_args!("process {}", handler.topic))),
            otel.kind = of_otel("consumer"),
            otel.status_code = Empty,
            messaging.system = system,
            messaging.operation.name = "process",
            "messaging.operation.type" = "process",
            messaging.destination.name = handler.topic,
            messaging.consumer.group.name = handler.group,
            messaging.message.id = event.map(|event| event.id.as_str()),
            wireloom.handler = %handler.op,
            wireloom.attempt = event.map(|event| event.attempt),
            wireloom.outcome = Empty,
            "error.type" = Empty,
            trace_id = Empty,
            span_id = Empty,
            parent_span_id = cx.trace().map(|sender| display(sender.span_id())),
        );
        #[cfg(feature = "otel")]
        {
            super::otel::comes_from(&span, &cx);
            super::otel::links(&span, &cx);
        }
        let cx = within(&span, cx, Context::begun);
        (EventSpan(span), cx)
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
