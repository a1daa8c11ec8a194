//! What is known of a service and its operations before any call: constants that generated code writes.

use std::time::Duration;

pub use wireloom_policy::DEADLINE_DEFAULT;

use crate::policy::Settings;
use crate::policy::retry::Repeat;

/// Facts of one service.
#[derive(Clone, Copy, Debug)]
pub struct ServiceFacts {
    /// `shop.orders`
    pub package: &'static str,
    /// `Orders`
    pub name: &'static str,
    /// Its operations, in the order of the contract.
    pub operations: &'static [&'static OperationFacts],
}

/// Facts of one operation: what policies and transports ask, without a call at hand.
#[derive(Clone, Copy, Debug)]
pub struct OperationFacts {
    /// `shop.orders`
    pub package: &'static str,
    /// `Orders`; empty where the operation is an event to subscribe to.
    pub service: &'static str,
    /// `place`
    pub name: &'static str,
    /// How many messages go each way.
    pub shape: Shape,
    /// What calling it twice does.
    pub effect: Effect,
    /// What the contract says of how its calls are bounded and repeated.
    pub policy: Settings,
}

impl OperationFacts {
    /// The deadline that the contract gives a call; [`DEADLINE_DEFAULT`] where it gives none, for a call always has one.
    pub fn deadline(&self) -> Duration {
        self.policy.deadline.unwrap_or(DEADLINE_DEFAULT)
    }

    /// How far a call of it may be repeated. An input that is a stream is gone once it was sent.
    pub(crate) fn repeat(&self) -> Repeat {
        match self.shape {
            Shape::ClientStream | Shape::Duplex => Repeat::Never,
            Shape::Unary | Shape::Oneway | Shape::ServerStream => self.effect.into(),
        }
    }

    /// Whether these are facts of the same operation: a constant may stand at several addresses.
    pub(crate) fn is_same(&self, other: &OperationFacts) -> bool {
        std::ptr::eq(self, other)
            || (self.name, self.service, self.package) == (other.name, other.service, other.package)
    }
}

impl std::fmt::Display for OperationFacts {
    /// `shop.orders.Orders/place`, or `shop.orders.OrderPlaced` where it is an event.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.service {
            "" => write!(f, "{}.{}", self.package, self.name),
            service => write!(f, "{}.{service}/{}", self.package, self.name),
        }
    }
}

/// How many messages go each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One in, one out (perhaps empty).
    Unary,
    /// One in, nothing awaited.
    Oneway,
    /// One in, many out.
    ServerStream,
    /// Many in, one out.
    ClientStream,
    /// Many in, many out.
    Duplex,
}

/// What calling an operation twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is changed: may be cached, hedged, retried.
    Safe,
    /// The same as calling once: may be retried.
    Idempotent,
    /// The server knows a repeated call by its key: may be retried with the same key.
    Keyed,
    /// Must not be sent twice.
    Once,
}
