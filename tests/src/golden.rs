//! The golden output, as modules: what the generators write is compiled with the tests, so it cannot rot.

/// The orders example's contract.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/shop/mod.rs"]
pub mod shop;

/// The same on every wire. Compiled with the tests alone: a second `Orders` in the library would lengthen what rustc says of
/// the first.
#[cfg(test)]
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/shop_wires/mod.rs"]
pub mod shop_wires;

/// The same on native RPC alone, where nothing is read from JSON.
#[cfg(test)]
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/shop_rpc/mod.rs"]
pub mod shop_rpc;

/// Everything that can be said of events and handlers.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/events/mod.rs"]
pub mod events;

/// Every construct of the language.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/kitchen/mod.rs"]
pub mod kitchen;

/// A service that asks who calls, on every wire.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/vault/mod.rs"]
pub mod vault;

/// What every wire is probed with.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/probe/mod.rs"]
pub mod probe;

/// A peer that has a later version of the probe's contract.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/probe_later/mod.rs"]
pub mod probe_later;
