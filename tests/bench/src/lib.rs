//! What the benchmarks and the allocation ratchet share.
//!
//! - [`peers`]: the same three operations, served by Wireloom and by hand-written axum.
//! - [`cases`]: the requests, as bytes; [`client`] sends them, lean enough not to be the bottleneck.
//! - [`calls`]: the calls of RPC and their service; [`lean`] sends them.
//! - [`process`] and [`gate`]: servers in processes of their own, their CPU time, and when the machine is fit to measure.
//! - [`allocations`]: what one call allocates, over a warm connection.
//! - [`contract`]: a large contract for the compiler's benchmark; [`languages`]: one in three languages, for its peers, which [`compilers`] runs.

#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

pub mod allocations;
pub mod calls;
pub mod cases;
pub mod client;
pub mod compilers;
pub mod contract;
pub mod gate;
pub mod languages;
pub mod lean;
pub mod peers;
pub mod process;
pub mod statistics;

/// What the compiler made of `contracts/`.
pub mod generated {
    #![allow(missing_docs, reason = "the orders contract leaves some members without")]
    wireloom::contract!();
}
