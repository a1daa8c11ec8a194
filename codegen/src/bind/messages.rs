//! Messaging view of a contract: which topics its events go to, and what its handlers listen to.
//!
//! Every service that emits or handles is in it, whether a binding says so or not: what no binding says is derived, and that
//! is told. It knows no product: what a single broker cannot do is that broker's business when the program starts.

mod binder;
mod vocabulary;

use wireloom_idl::contract::{Backoff, Contract, FieldPath, PackageId, TypeId};

pub(super) use binder::bind;
#[cfg(test)]
pub(super) use vocabulary::WORDS;
pub(super) use vocabulary::{FORMS, key_of};

use crate::names;

/// The contract on brokers.
#[derive(Clone, Debug, Default)]
pub struct MessagesView {
    /// In the order of the contract.
    pub services: Vec<MessagesService>,
}

impl MessagesView {
    /// A service, if it emits or handles anything.
    pub fn service(&self, package: PackageId, service: usize) -> Option<&MessagesService> {
        self.services.iter().find(|bound| bound.package == package && bound.service == service)
    }
}

/// What one service says and hears.
#[derive(Clone, Debug)]
pub struct MessagesService {
    /// Its package.
    pub package: PackageId,
    /// Counts into the package's services.
    pub service: usize,
    /// What it emits, in the order of its operations.
    pub events: Vec<EmittedEvent>,
    /// What it handles, in the order of the contract.
    pub handlers: Vec<BoundHandler>,
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
