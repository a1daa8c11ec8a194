//! An event of a contract, as a type.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::validate::Validate;

/// A record that a contract declares as `event`: generated.
pub trait Event: Serialize + DeserializeOwned + Validate + Clone + Send + Sync + 'static {
    /// What is known of it without an instance.
    const FACTS: &'static EventFacts;

    /// The text of its key, where the contract gives it one: events of one key keep their order.
    fn key(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Facts of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventFacts {
    /// Its name with its package: `shop.orders.OrderPlaced`.
    pub kind: &'static str,
    /// The version of its package.
    pub version: u32,
    /// Whether it has a key.
    pub keyed: bool,
}
