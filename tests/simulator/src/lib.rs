//! Judges the policies of the runtime in virtual time.
//!
//! Scenarios of what goes wrong in production, each with a goal: `cargo run --release -p wireloom-tests --bin simulate` runs
//! them with twenty seeds, beside pickers that others have, and fails where the worst seed misses a goal. Nothing is
//! modelled of the policies: they are those of `wireloom-policy`, driven by events instead of by tokio.

mod chart;
mod compare;
mod events;
mod outcome;
mod pickers;
mod replica;
mod report;
mod scenarios;
mod setups;
mod world;

pub use chart::Chart;
pub use report::{Options, USAGE, command, simulate};
pub use scenarios::{ALL, Effort, PEERS, Row, Scenario};
