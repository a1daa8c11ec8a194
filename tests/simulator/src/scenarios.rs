//! The scenarios: what goes wrong, what is compared, and the goal that the worst seed must meet.

mod herd;
mod limits;
mod pickers;
mod rollouts;
mod storm;

use crate::chart::Chart;

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Seeds of our own policies.
    pub seeds: u64,
    /// Seeds of what they are compared with; without, goals are judged all the same.
    pub peer_seeds: u64,
}

/// What a scenario has come to.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// The peers in the order of [`PEERS`]; empty where a peer has nothing to show.
    pub peers: [String; 4],
    /// The worst of the seeds of our policies.
    pub ours: String,
    /// What had to be met.
    pub goal: &'static str,
    /// Whether it was.
    pub met: bool,
    /// Curves of one seed.
    pub charts: Vec<Chart>,
}

/// What is compared with: pickers, and for each the usual client around it.
pub const PEERS: [&str; 4] = ["random", "round robin", "P2C pending", "probing"];

/// A scenario by its name.
pub type Scenario = (&'static str, fn(Effort) -> Row);

/// All of them.
pub const ALL: &[Scenario] = &[
    ("equal", pickers::equal),
    ("half slow", pickers::half_slow),
    ("slow replica", pickers::slow_replica),
    ("slow replica, hedged", pickers::slow_replica_hedged),
    ("fast failure", pickers::fast_failure),
    ("fast failure, plain", pickers::fast_failure_plain),
    ("gray failure", pickers::gray_failure),
    ("hang", pickers::hang),
    ("retry storm", storm::retry_storm),
    ("rolling restart", rollouts::rolling_restart),
    ("herd", herd::herd),
    ("convergence", limits::convergence),
    ("outage", rollouts::outage),
];
