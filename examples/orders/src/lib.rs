//! The orders example: the contract's modules, and the shop that keeps it.

/// What the compiler made of `contracts/`.
pub mod contract {
    wireloom::contract!();
}

mod arguments;
pub mod load;
pub mod places;
mod settle;
mod shop;
pub mod telemetry;
pub mod tour;

pub use arguments::Arguments;
pub use shop::Shop;
