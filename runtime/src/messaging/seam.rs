//! The seam between messaging and its brokers.
//!
//! A broker carries messages to groups and hears what became of each. Everything that is promised alike on all brokers
//! (retry, dead letters, order across retries, validation, drain) stands above this seam, so that a broker cannot get it
//! wrong. The traits are object-safe, since the broker is chosen by a URL when the program starts.

use std::pin::Pin;
use std::time::Duration;

use super::error::BrokerError;
use super::message::Message;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Ready when the broker has stored the message durably.
pub type Confirm = BoxFuture<'static, Result<(), BrokerError>>;

/// Carries messages.
pub trait Broker: std::fmt::Debug + Send + Sync + 'static {
    /// What it is, in traces and metrics: OpenTelemetry's `messaging.system`, such as `nats`.
    fn system(&self) -> &'static str {
        "other"
    }

    /// Hands a message over. The outer future is ready when it is on its way, so that one who publishes many need not wait
    /// for each; the inner one is the broker's confirm. Publishing the same id again must be harmless.
    fn publish(&self, message: Message) -> BoxFuture<'_, Result<Confirm, BrokerError>>;

    /// Joins a group. When this is ready, the group misses no message that is published from now on.
    fn subscribe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<Box<dyn Subscription>, BrokerError>>;

    /// Ready when all that was said to the broker so far has left.
    fn flush(&self) -> BoxFuture<'_, Result<(), BrokerError>>;
}

/// What a subscription is about.
#[derive(Clone, Debug)]
pub struct Interest {
    /// The topic.
    pub topic: String,
    /// The group: each message goes to one member of each group.
    pub group: String,
    /// How many messages may be in hand, that is brought and not settled.
    pub prefetch: usize,
    /// Whether order matters. Then one member of the group reads at a time, the others stand by; messages come in the
    /// order in which they were published, and one that comes again comes before any that is later and was not seen yet.
    pub ordered: bool,
    /// Whether the broker keeps the group when its members are gone, with what is published meanwhile. One that it does not
    /// keep hears only what is published while its one member is there, and nothing of it is left behind.
    pub lasting: bool,
}

/// Brings the messages of one group. Losing and finding the broker again is its own business: it never ends by itself.
pub trait Subscription: Send {
    /// The next message; `None` once it is stopped and has no more. May be dropped and asked again without loss.
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>>;

    /// Fetches no more. What it has fetched and not brought goes back to the broker.
    fn stop(&mut self);
}

/// A message in hand. Dropped without being settled, it comes again, here or at another member of the group.
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// How often it was brought, this time included.
    pub delivered: u32,
    /// Settles it.
    pub settle: Box<dyn Settle>,
}

/// Settles one message.
pub trait Settle: Send + Sync {
    /// It is done with. Where `sure`, waits until the broker knows.
    fn done(self: Box<Self>, sure: bool) -> BoxFuture<'static, Result<(), BrokerError>>;

    /// Bring it again after this time.
    fn again(self: Box<Self>, after: Duration) -> BoxFuture<'static, Result<(), BrokerError>>;
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("message", &self.message)
            .field("delivered", &self.delivered)
            .finish_non_exhaustive()
    }
}
