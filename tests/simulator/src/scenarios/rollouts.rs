//! Replicas that come and go, and what is said of them.

use std::time::Duration;

use super::{Effort, Row};
use crate::compare::{OURS, brief, most, peers, seeds};
use crate::setups::{REPLICAS, bare, ours};
use crate::world::{Change, Setup};

const LOAD: f64 = 0.6;

/// Each replica is restarted, one after the other, under load.
pub(super) fn rolling_restart(effort: Effort) -> Row {
    let away = Duration::from_millis(1000);
    let rolling = |mut setup: Setup, change: fn(usize, Duration) -> Change| {
        let step = |replica: usize| (Duration::from_millis(2000 + 2500 * replica as u64), change(replica, away));
        setup.plan = (0..REPLICAS).map(step).collect();
        setup
    };
    // The peers' servers end at once, as a process does that nobody has told how.
    let peers = peers(&rolling(bare(LOAD), Change::Kill), effort);
    let outcomes = seeds(&rolling(ours(LOAD).with_intake(), Change::Restart), OURS, effort.seeds);
    let failed = most(&outcomes, |it| it.failed() as f64);
    Row {
        name: "rolling restart",
        peers: peers.each_ref().map(|outcomes| brief(outcomes)),
        ours: format!("{} {failed} failed", brief(&outcomes)),
        goal: "0 failed",
        met: failed == 0.0,
        charts: Vec::new(),
    }
}

/// Discovery says that there is nobody, then that there are two, then what is true.
pub(super) fn outage(effort: Effort) -> Row {
    let confused = |mut setup: Setup| {
        let said = [(8, vec![]), (12, vec![0, 1]), (20, (0..REPLICAS).collect())];
        setup.plan = said.map(|(at, list)| (Duration::from_secs(at), Change::Discovered(list))).into();
        setup
    };
    let believing = Setup { doubts: false, ..confused(bare(LOAD)) };
    let outcomes = seeds(&confused(ours(LOAD)), OURS, effort.seeds);
    let failed = most(&outcomes, |it| it.failed() as f64);
    Row {
        name: "outage",
        peers: peers(&believing, effort).each_ref().map(|outcomes| brief(outcomes)),
        ours: format!("{} {failed} failed", brief(&outcomes)),
        goal: "0 failed",
        met: failed == 0.0,
        charts: Vec::new(),
    }
}
