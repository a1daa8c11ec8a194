//! The golden output, as modules: what the generators write is compiled with the tests, so it cannot rot.

/// The orders example's contract.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/shop/mod.rs"]
pub mod shop;

/// Every construct of the language.
#[rustfmt::skip]
#[allow(clippy::module_inception, reason = "the module is named like the package in it")]
#[path = "../golden/kitchen/mod.rs"]
pub mod kitchen;
