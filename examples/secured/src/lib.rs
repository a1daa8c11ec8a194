//! The secured example: the contract's modules, the diary that keeps it, and who may read it.

/// What the compiler made of `contracts/`.
pub mod contract {
    wireloom::contract!();
}

mod desk;
mod diary;
pub mod issuer;
pub mod tour;

pub use desk::Desk;
pub use diary::Pages;
