//! Messaging: events that a service emits and handles, alike on every broker.
//!
//! A contract says `emits` and `on`; a binding says which topic and group. Generated code makes a type of every event
//! ([`Event`]) and of every handler ([`Handler`]); this module publishes and handles them over a [`Broker`]. In reading order:
//!
//! - [`Event`], [`Handler`], [`Handles`], [`Emits`]: what generated code implements.
//! - [`Bus`] and [`Publisher`]: a connection to a broker, and the typed way to publish through it.
//! - [`Published`]: the events of a type as an operation, for those who follow them over another wire.
//! - [`Outcome`]: how a handler ends; nobody sees a broker's ack or nack.
//! - `consumer`, `lanes`, `attempts`: what all brokers share of handling: order by key, retry, dead letters, drain.
//! - [`Broker`], [`Subscription`], [`Settle`]: the seam; a broker brings messages and settles them, nothing else.
//!
//! Promised on every broker: `publish` returns behind the broker's confirm; each event reaches each group at least once;
//! events of one key are handled one at a time in their order, also across retries; what fails `retry` times, breaks its
//! contract or is rejected goes to the dead topic with the reason, and only then leaves the queue; a handler never has
//! more than `prefetch` events in hand. On the wire an event is a CloudEvent in binary mode (`envelope`).
//!
//! Not here: exactly-once, total order, replay, delayed publishing. They are capabilities of some brokers.

mod attempts;
mod bus;
mod consumer;
mod consumers;
mod dead;
mod envelope;
mod error;
mod event;
mod following;
mod handler;
mod handling;
mod intake;
mod lanes;
mod message;
mod outcome;
mod published;
mod publisher;
mod seam;

pub use bus::{Bus, BusAddress};
pub use consumers::{Consumers, ConsumersBuilder};
pub use dead::headers as dead_headers;
pub use envelope::EventInfo;
pub use error::{BrokerError, BrokerErrorKind};
pub use event::{Event, EventFacts};
pub(crate) use following::Feed;
pub use handler::{Handler, HandlerFacts, Handles, Retry};
pub use handling::BrokerMount;
pub(crate) use handling::Handling;
pub use message::Message;
pub use outcome::Outcome;
pub use published::Published;
pub use publisher::{Emits, PublishOptions, Publisher, WINDOW_DEFAULT};
pub use seam::{BoxFuture, Broker, Confirm, Delivery, Interest, Settle, Subscription};
