//! Messaging view of a contract: which topics its events go to, and what its handlers listen to.
//!
//! Every service that emits or handles is in it, whether a binding says so or not: what no binding says is derived, and that
//! is told. A binding to a product (`kafka`) is judged by what that product can do, as far as it is written down here; what
//! `broker` stands for, a URL says when the program starts.

mod binder;
mod capabilities;
mod products;
mod requires;
mod settings;
mod vocabulary;

use wireloom_idl::contract::{Backoff, Contract, FieldPath, PackageId, TypeId};

pub(super) use binder::{bind, generated};
pub use capabilities::{Capability, Support};
pub use products::Product;
pub use settings::{Setting, Takes};

use super::clauses::Vocabulary;
use crate::names;

/// All that bindings to `broker` may say, or to a product.
pub fn vocabulary(product: Option<&Product>) -> &'static Vocabulary {
    vocabulary::of(product)
}

/// The contract on brokers.
#[derive(Clone, Debug, Default)]
pub struct MessagesView {
    /// What code is generated for, in the order of the contract.
    pub services: Vec<MessagesService>,
    /// Further brokers of the same services, which are judged and not generated yet.
    pub others: Vec<MessagesService>,
}

impl MessagesView {
    /// A service, if it emits or handles anything.
    pub fn service(&self, package: PackageId, service: usize) -> Option<&MessagesService> {
        let found = self.services.binary_search_by_key(&(package, service), |bound| (bound.package, bound.service));
        found.ok().map(|index| &self.services[index])
    }
}

/// What one service says and hears.
#[derive(Clone, Debug)]
pub struct MessagesService {
    /// Its package.
    pub package: PackageId,
    /// Counts into the package's services.
    pub service: usize,
    /// The product that its binding names; none for `broker`, or where nothing is bound.
    pub product: Option<&'static Product>,
    /// Whether a binding says so.
    pub is_bound: bool,
    /// What it emits: its own, then in the order of its operations.
    pub events: Vec<EmittedEvent>,
    /// What it handles, in the order of the contract.
    pub handlers: Vec<BoundHandler>,
    /// What it does by request and reply, as far as it is named.
    pub requests: Vec<BoundRequest>,
}

impl MessagesService {
    /// The word in its binding.
    pub fn wire(&self) -> &'static str {
        self.product.map_or("broker", |product| product.wire)
    }
}

/// An event on its way out.
#[derive(Clone, Debug)]
pub struct EmittedEvent {
    /// The event.
    pub event: TypeId,
    /// `shop.orders.order_placed` unless the binding says otherwise.
    pub topic: String,
    /// The key that the binding gives it instead of its own.
    pub key: Option<FieldPath>,
    /// What the broker must be able to do.
    pub requires: Vec<&'static Capability>,
}

/// A handler at its topic.
#[derive(Clone, Debug)]
pub struct BoundHandler {
    /// Counts into the service's handlers.
    pub handler: usize,
    /// Where its event goes, unless the binding says otherwise.
    pub topic: String,
    /// The service's name in snake case unless the binding says otherwise.
    pub group: String,
    /// The key that the binding takes instead of the event's own.
    pub key: Option<FieldPath>,
    /// What the binding says of retries.
    pub retry: Option<Retry>,
    /// Where events go that cannot be handled; said by nobody, it is for the runtime to name.
    pub dead: Option<String>,
    /// How many events may be in hand; said by nobody, it is the runtime's own number.
    pub prefetch: Option<u32>,
    /// What the broker must be able to do.
    pub requires: Vec<&'static Capability>,
}

/// An operation over a broker: its request at a topic.
#[derive(Clone, Debug)]
pub struct BoundRequest {
    /// Counts into the service's operations.
    pub operation: usize,
    /// `shop.orders.orders.place` unless the binding says otherwise.
    pub topic: String,
    /// Who shares the requests.
    pub group: String,
    /// How many may be in hand.
    pub prefetch: Option<u32>,
    /// What the broker must be able to do.
    pub requires: Vec<&'static Capability>,
}

/// `retry 5 backoff 200ms..30s`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times after the first.
    pub times: u32,
    /// The waits between.
    pub backoff: Option<Backoff>,
}

/// The topic of an event of which no binding says one.
pub(crate) fn default_topic(contract: &Contract, event: TypeId) -> String {
    let def = contract.type_def(event);
    format!("{}.{}", contract.package(def.package).name, names::snake(&def.name))
}
