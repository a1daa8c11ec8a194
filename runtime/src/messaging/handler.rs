//! A handler of a contract, as a type: `on payments.Settled as settle`.

use std::borrow::Cow;
use std::time::Duration;

use crate::context::Context;
use crate::facts::OperationFacts;

use super::event::Event;
use super::outcome::Outcome;

/// One handler of a service: generated, with what its binding says.
pub trait Handler: Send + Sync + 'static {
    /// The event that it handles.
    type Event: Event;
    /// What is known of it without an event.
    const FACTS: &'static HandlerFacts;

    /// The contract's condition (`where …`): events that it is false for are done with at once.
    fn wants(event: &Self::Event) -> bool {
        let _ = event;
        true
    }

    /// The key by which events keep their order: the event's own, unless the binding names another (`key path`).
    fn key(event: &Self::Event) -> Option<Cow<'_, str>> {
        event.key()
    }
}

/// Handles the events of a handler. The generated server implements it by calling the service's own method.
#[diagnostic::on_unimplemented(message = "`{Self}` does not handle `{H}`, which its contract says by `on`")]
pub trait Handles<H: Handler>: Send + Sync + 'static {
    /// Handles one event. Like every handling at least once, it may see an event again.
    fn handle(&self, cx: &Context, event: H::Event) -> impl Future<Output = Outcome> + Send;
}

/// Facts of one handler: its names, and what its binding says.
#[derive(Clone, Copy, Debug)]
pub struct HandlerFacts {
    /// The handler as admission sees it: package, service, name, and the time one attempt may take.
    pub op: OperationFacts,
    /// The topic that it listens to.
    pub topic: &'static str,
    /// Its group; handlers of one group share the events.
    pub group: &'static str,
    /// Whether its events have a key, and with it an order.
    pub keyed: bool,
    /// When and how often a failed event is tried again.
    pub retry: Retry,
    /// Where events go that cannot be handled; `<topic>.dead` where the binding names none.
    pub dead: Option<&'static str>,
    /// How many events may be in hand.
    pub prefetch: usize,
}

impl HandlerFacts {
    /// Events in hand unless the binding says otherwise.
    pub const PREFETCH_DEFAULT: usize = 64;

    /// Where events go that cannot be handled.
    pub fn dead_topic(&self) -> Cow<'static, str> {
        match self.dead {
            Some(named) => Cow::Borrowed(named),
            None => Cow::Owned(format!("{}.dead", self.topic)),
        }
    }
}

/// When and how often a failed event is tried again: `retry 5 backoff 200ms..30s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// How many times after the first.
    pub times: u32,
    /// The wait before the first retry; it doubles with each, less a random part of up to a half.
    pub backoff_min: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
}

impl Retry {
    /// What a handler has whose binding says nothing.
    pub const DEFAULT: Retry =
        Retry { times: 5, backoff_min: Duration::from_millis(200), backoff_max: Duration::from_secs(30) };
}

impl Default for Retry {
    fn default() -> Retry {
        Retry::DEFAULT
    }
}
