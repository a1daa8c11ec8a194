//! Replicas that come and go, and what is said of them.

use std::time::Duration;

use wireloom_policy::backoff::Backoff;
use wireloom_policy::balance::{Ask, P2c};
use wireloom_policy::{Fleet, Moment, Rng, fleet};

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

/// Five hundred clients lose their connections at once.
pub(super) fn herd(effort: Effort) -> Row {
    let herds: Vec<(f64, f64)> = (1..=effort.seeds).map(gather).collect();
    let spread = herds.iter().map(|it| it.0).fold(f64::MAX, f64::min);
    let crowd = herds.iter().map(|it| it.1).fold(f64::MIN, f64::max);
    let met = spread >= 0.8 && crowd <= 2.0;
    Row {
        name: "herd",
        peers: Default::default(),
        ours: format!("spread over {:.0} %, most {crowd:.2} x mean", spread * 100.0),
        goal: "spread >= 80 %, no replica above 2 x mean",
        met,
        charts: Vec::new(),
    }
}

/// The share of the window in twentieths of which somebody connects evenly enough, at least half of the mean, and the most that
/// one replica gets over the mean.
fn gather(seed: u64) -> (f64, f64) {
    const CLIENTS: usize = 500;
    const PARTS: usize = 20;
    let backoff = Backoff { min: Duration::from_secs(1), max: Duration::from_secs(30) };
    let (mut parts, mut replicas) = ([0_usize; PARTS], [0_usize; REPLICAS]);
    for client in 0..CLIENTS {
        let mut rng = Rng::seeded(seed * 1_000_003 + client as u64);
        let wait = backoff.wait(1, &mut rng);
        let part = wait.as_secs_f64() / backoff.bound(1).as_secs_f64() * PARTS as f64;
        parts[part as usize] += 1;
        let now = Moment::ZERO + wait;
        let fleet = Fleet::new(0..REPLICAS, &fleet::Config::default(), Moment::ZERO).expect("defaults are right");
        let ticket = fleet.pick(&P2c::default(), &Ask::any(), now, &mut rng).expect("there are replicas");
        replicas[*ticket.endpoint().key()] += 1;
    }
    let even = parts.iter().filter(|count| **count * 2 >= CLIENTS / PARTS).count();
    let most = replicas.iter().max().copied().unwrap_or_default();
    (even as f64 / PARTS as f64, most as f64 * REPLICAS as f64 / CLIENTS as f64)
}
