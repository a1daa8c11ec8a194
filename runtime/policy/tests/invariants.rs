//! What must hold whatever happens, policy by policy.

#[path = "invariants/balance.rs"]
mod balance;
#[path = "invariants/calls.rs"]
mod calls;
#[path = "invariants/ejection.rs"]
mod ejection;
#[path = "invariants/late.rs"]
mod late;
#[path = "invariants/limits.rs"]
mod limits;
#[path = "invariants/outages.rs"]
mod outages;
#[path = "invariants/retries.rs"]
mod retries;
#[path = "invariants/server.rs"]
mod server;
#[path = "invariants/settings.rs"]
mod settings;

use std::time::Duration;

use wireloom_policy::{Failure, Kind, Moment};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn at(after: u64) -> Moment {
    Moment::ZERO + millis(after)
}

const UNAVAILABLE: Failure = Failure::of(Kind::Unavailable);
