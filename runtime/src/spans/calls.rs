//! Spans of calls: on the server's side, on the client's, and of each attempt.

use std::borrow::Cow;
use std::fmt;

use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing::span::Entered;

use super::{enter, failed};
use crate::context::Context;
use crate::endpoint::{Endpoint, unix_path};
use crate::facts::OperationFacts;
use crate::metrics::{Status, System, Word as _};

/// A span with the fields that all those of calls have.
macro_rules! call_span {
    (($target:literal, $name:literal, $kind:literal, $title:expr, $op:expr, $system:expr), $($fields:tt)*) => {
        span!(
            $target,
            $name,
            $kind,
            $title,
            rpc.system.name = $system.as_str(),
            rpc.method = %$op,
            rpc.response.status_code = tracing::field::Empty,
            $($fields)*
        )
    };
}

/// The span of a call or of an attempt, which is told how that ended.
#[derive(Clone, Debug)]
pub(crate) struct CallSpan {
    span: Span,
    side: Side,
}

/// Which side of a call a span is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

impl CallSpan {
    /// The span of a call that came in, where somebody wants it; the context becomes that of it.
    pub(crate) fn served(op: &OperationFacts, system: System, cx: &mut Context) -> Option<Box<CallSpan>> {
        if nobody_listens() {
            cx.begin();
            return None;
        }
        let span = call_span!(
            ("wireloom::server", "call", "server", op, op, system),
            network.peer.address = cx.peer().map(|peer| display(peer.ip())),
            network.peer.port = cx.peer().map(|peer| peer.port()),
            wireloom.attempt = (cx.attempt() > 0).then(|| cx.attempt()),
            request_id = cx.request_id(),
            parent_span_id = cx.trace().map(|caller| display(caller.span_id())),
        );
        #[cfg(feature = "otel")]
        match system {
            System::Local => super::otel::continues(&span, cx),
            _ => super::otel::comes_from(&span, cx),
        }
        enter(cx, &span, Context::begin);
        CallSpan::wanted(span, Side::Server)
    }

    /// The span of a call that goes out, with all its attempts, where somebody wants it, and the context of those.
    #[inline]
    pub(crate) fn called<'c>(
        op: &OperationFacts,
        system: System,
        cx: &'c Context,
    ) -> (Option<Box<CallSpan>>, Cow<'c, Context>) {
        match nobody_listens() {
            true => (None, Cow::Borrowed(cx)),
            false => CallSpan::of_call(op, system, cx),
        }
    }

    fn of_call<'c>(op: &OperationFacts, system: System, cx: &'c Context) -> (Option<Box<CallSpan>>, Cow<'c, Context>) {
        let span = call_span!(("wireloom::client", "client", "client", op, op, system),);
        // Without OpenTelemetry it has no id of its own: attempts are what others see.
        #[cfg(not(feature = "otel"))]
        let cx = Cow::Borrowed(cx);
        #[cfg(feature = "otel")]
        let cx = {
            super::otel::continues(&span, cx);
            let mut cx = cx.clone();
            enter(&mut cx, &span, |_| {});
            Cow::Owned(cx)
        };
        (CallSpan::wanted(span, Side::Client), cx)
    }

    /// The span of an attempt, the first being 0, where somebody wants it; the context becomes that which goes with it.
    #[inline]
    pub(crate) fn attempted(
        op: &OperationFacts,
        system: System,
        to: &Endpoint,
        number: u8,
        cx: &mut Context,
    ) -> Option<Box<CallSpan>> {
        if nobody_listens() {
            cx.attempt_anew();
            return None;
        }
        CallSpan::of_attempt(op, system, to, number, cx)
    }

    fn of_attempt(
        op: &OperationFacts,
        system: System,
        to: &Endpoint,
        number: u8,
        cx: &mut Context,
    ) -> Option<Box<CallSpan>> {
        let title = fmt::from_fn(|f| write!(f, "Attempt.{op}"));
        let span = call_span!(
            ("wireloom::client", "attempt", "client", title, op, system),
            server.address = %address(to),
            server.port = to.uri().port_u16(),
            wireloom.attempt = number,
        );
        enter(cx, &span, Context::attempt_anew);
        CallSpan::wanted(span, Side::Client)
    }

    /// In a box, for most calls have none.
    fn wanted(span: Span, side: Side) -> Option<Box<CallSpan>> {
        (!span.is_disabled()).then(|| Box::new(CallSpan { span, side }))
    }

    /// Within it, until what is returned is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    /// As `tracing` has it.
    pub(crate) fn into_span(self) -> Span {
        self.span
    }

    /// It ended so.
    pub(crate) fn ended(&self, status: Status) {
        // Entered, for OpenTelemetry takes a span to have ended where it was left last.
        let _entered = self.span.enter();
        self.span.record("rpc.response.status_code", status.as_str());
        if self.side.has_failed(status) {
            failed(&self.span, status.as_str());
        }
    }
}

impl Side {
    /// Whether an end is an error of that side. What a caller did wrong is none of the server.
    fn has_failed(self, status: Status) -> bool {
        match self {
            Side::Client => status != Status::Ok,
            Side::Server => matches!(
                status,
                Status::Unknown
                    | Status::DeadlineExceeded
                    | Status::Unimplemented
                    | Status::Internal
                    | Status::Unavailable
                    | Status::DataLoss
            ),
        }
    }
}

/// Whether no subscriber wants spans: known without the fields of one.
#[inline]
fn nobody_listens() -> bool {
    LevelFilter::current() < LevelFilter::INFO
}

/// The host of an endpoint, or the path of its socket.
fn address(to: &Endpoint) -> String {
    let host = || to.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    unix_path(to.uri()).unwrap_or_else(host)
}
