//! Accrual, ejection, panic mode.

use std::sync::Arc;

use proptest::prelude::*;
use wireloom_policy::accrual::{Accrual, Config as AccrualConfig};
use wireloom_policy::balance::{Ask, P2c};
use wireloom_policy::ejection::Config;
use wireloom_policy::{Access, Blame, End, Endpoint, Failure, Fleet, Kind, Moment, Rng, fleet};

use crate::{UNAVAILABLE, at, millis};

fn fleet(endpoints: usize) -> Fleet<usize> {
    Fleet::new(0..endpoints, &fleet::Config::default(), Moment::ZERO).unwrap()
}

fn fail(endpoint: &Arc<Endpoint<usize>>, times: usize, now: Moment) {
    for _ in 0..times {
        endpoint.begin(now).unwrap().settle(End::Failed(UNAVAILABLE), false, now);
    }
}

proptest! {
    #[test]
    fn never_more_are_ejected_than_the_cap_allows(endpoints in 1..40_usize, failing in prop::collection::vec(0..40_usize, 0..200)) {
        let fleet = fleet(endpoints);
        for (step, at_once) in failing.into_iter().enumerate() {
            let endpoint = &fleet.endpoints()[at_once % endpoints];
            let now = at(step as u64 * 200);
            if endpoint.access(now) != Access::Shut {
                fail(endpoint, 1, now);
            }
            let cap = ((endpoints as f64 * 0.3) as usize).max(1);
            prop_assert!(fleet.ejected() <= cap, "{} of {endpoints}", fleet.ejected());
        }
    }

    /// Counts, not averages: the same failures decide the same at any rate.
    #[test]
    fn the_rate_of_calls_does_not_matter(ends in prop::collection::vec(any::<bool>(), 1..300), fast in 1..5_u64) {
        let tripped = |pause: u64| {
            let mut accrual = Accrual::new();
            let config = AccrualConfig::default();
            let at_of = |step: usize| Moment::ZERO + std::time::Duration::from_micros(pause * step as u64);
            ends.iter().enumerate().position(|(step, good)| {
                let blame = if *good { Blame::Good } else { Blame::Bad };
                accrual.add(&config, blame, at_of(step))
            })
        };
        // All of them within the ten seconds.
        prop_assert_eq!(tripped(fast), tripped(fast * 5000));
    }

    #[test]
    fn below_the_volume_no_share_decides(bad in 0..4_usize, good in 0..15_usize) {
        let mut accrual = Accrual::new();
        let config = AccrualConfig::default();
        let blames = (0..good).map(|_| Blame::Good).chain((0..bad).map(|_| Blame::Bad));
        for blame in blames {
            prop_assert!(!accrual.add(&config, blame, Moment::ZERO));
        }
    }

    #[test]
    fn ejections_grow_up_to_the_longest_and_are_forgiven(number in 1..1000_u32) {
        let config = Config::default();
        prop_assert!(config.time(number) <= config.time(number + 1));
        prop_assert!(config.time(number) <= config.max);
        prop_assert_eq!(config.remembered(number, config.forgive * number), 0);
        prop_assert_eq!(config.remembered(number, config.forgive / 2), number);
    }
}

#[test]
fn an_ejected_endpoint_is_left_alone_until_its_time() {
    let (fleet, mut rng) = (fleet(10), Rng::seeded(1));
    let endpoint = &fleet.endpoints()[4];
    fail(endpoint, 5, at(0));
    for call in 0..499 {
        let ticket = fleet.pick(&P2c::default(), &Ask::any(), at(call * 10), &mut rng).unwrap();
        assert_ne!(*ticket.endpoint().key(), 4);
        ticket.settle(End::Answered, false, at(call * 10 + 5));
    }
    assert_eq!(endpoint.access(at(4999)), Access::Shut);
    assert_eq!(endpoint.access(at(5000)), Access::Probe);
}

#[test]
fn exactly_one_call_probes() {
    let fleet = fleet(10);
    let endpoint = &fleet.endpoints()[0];
    fail(endpoint, 5, at(0));
    let probe = endpoint.begin(at(5000)).unwrap();
    assert!(probe.is_probe());
    assert_eq!(endpoint.access(at(6000)), Access::Shut, "one is on its way");
    probe.settle(End::Answered, false, at(6010));
    assert_eq!((endpoint.access(at(6010)), fleet.ejected()), (Access::Open, 0));
}

#[test]
fn a_probe_that_fails_ejects_for_longer() {
    let fleet = fleet(10);
    let endpoint = &fleet.endpoints()[0];
    fail(endpoint, 5, at(0));
    endpoint.begin(at(5000)).unwrap().settle(End::Failed(UNAVAILABLE), false, at(5000));
    assert_eq!(endpoint.access(at(14_999)), Access::Shut);
    assert_eq!(endpoint.access(at(15_000)), Access::Probe);
    assert_eq!(fleet.ejected(), 1);
}

#[test]
fn a_probe_that_is_cancelled_or_dropped_lets_the_next_probe() {
    let fleet = fleet(10);
    let endpoint = &fleet.endpoints()[0];
    fail(endpoint, 5, at(0));
    endpoint.begin(at(5000)).unwrap().settle(End::Cancelled, true, at(5100));
    assert_eq!(endpoint.access(at(5100)), Access::Probe);
    drop(endpoint.begin(at(5200)));
    assert_eq!(endpoint.access(at(5200)), Access::Probe);
}

/// Pitfall: 429 counts for the share of failures and fails a probe, but a busy endpoint is not a broken one.
#[test]
fn busy_counts_for_the_share_and_not_for_the_row() {
    let config = AccrualConfig::default();
    let mut accrual = Accrual::new();
    let tripped = (0..20).position(|_| accrual.add(&config, Blame::Busy, Moment::ZERO));
    assert_eq!(tripped, Some(19), "at the volume, no earlier");

    let fleet = fleet(10);
    let endpoint = &fleet.endpoints()[0];
    fail(endpoint, 5, at(0));
    let busy = End::Failed(Failure::of(Kind::Overloaded));
    endpoint.begin(at(5000)).unwrap().settle(busy, false, at(5000));
    assert_eq!(endpoint.access(at(5001)), Access::Shut);
}

/// Pitfall: faults of the call are no failures of the endpoint (linkerd admits to have counted PERMISSION_DENIED).
#[test]
fn a_rejected_call_is_no_failure_of_the_endpoint() {
    let fleet = fleet(10);
    for _ in 0..100 {
        let ticket = fleet.endpoints()[0].begin(at(0)).unwrap();
        ticket.settle(End::Failed(Failure::of(Kind::Rejected)), false, at(1));
    }
    assert_eq!(fleet.ejected(), 0);
}

/// Pitfall: a caller in a hurry must not have endpoints ejected, nor one whose own policies said no.
#[test]
fn what_was_cut_short_or_declined_says_nothing_of_the_endpoint() {
    let fleet = fleet(10);
    for _ in 0..100 {
        let begin = || fleet.endpoints()[0].begin(at(0)).unwrap();
        begin().settle(End::Failed(Failure::of(Kind::TimedOut)), true, at(1));
        begin().settle(End::Failed(Failure::of(Kind::Declined)), false, at(1));
        begin().settle(End::Cancelled, true, at(1));
    }
    assert_eq!(fleet.ejected(), 0);
    for _ in 0..5 {
        fleet.endpoints()[0].begin(at(0)).unwrap().settle(End::Failed(Failure::of(Kind::TimedOut)), false, at(1000));
    }
    assert_eq!(fleet.ejected(), 1, "its own time was up");
}

#[test]
fn an_idle_window_starts_cold() {
    let config = AccrualConfig::default();
    let mut accrual = Accrual::new();
    for step in 0..19 {
        accrual.add(&config, if step % 2 == 0 { Blame::Bad } else { Blame::Good }, at(step));
    }
    let later = at(60_000);
    assert!(!accrual.add(&config, Blame::Good, later));
    assert!(!accrual.add(&config, Blame::Bad, later), "what was a minute ago is forgotten");
}

#[test]
fn when_most_are_shut_health_is_ignored() {
    let (fleet, mut rng) = (fleet(10), Rng::seeded(1));
    fleet.endpoints()[..6].iter().for_each(|it| it.set_up(false));
    assert!(fleet.panics());
    let picked = (0..200).map(|_| {
        let ticket = fleet.pick(&P2c::default(), &Ask::any(), at(0), &mut rng).unwrap();
        let key = *ticket.endpoint().key();
        ticket.settle(End::Answered, false, at(1));
        key
    });
    assert!(picked.filter(|key| *key < 6).count() > 50, "those that are said to be down have calls as well");
    fleet.endpoints()[..6].iter().for_each(|it| it.set_up(true));
    assert!(!fleet.panics());
}

/// An endpoint that is down as well as ejected is one that cannot be called, not two.
#[test]
fn down_and_ejected_counts_once() {
    let fleet = fleet(10);
    let endpoints = fleet.endpoints();
    let count = || endpoints.iter().filter(|it| it.access(at(1)) == Access::Shut).count();
    // Down first, then ejected, and the other way round; five others can still be called.
    endpoints[0].set_up(false);
    fail(&endpoints[0], 5, at(0));
    fail(&endpoints[1], 5, at(0));
    endpoints[1].set_up(false);
    fail(&endpoints[2], 5, at(0));
    endpoints[3..5].iter().for_each(|it| it.set_up(false));
    assert_eq!((count(), fleet.panics()), (5, false));
    endpoints[5].set_up(false);
    assert!(fleet.panics());
    // Back from ejection it is still down, and is counted for that.
    endpoints[0].begin(at(5000)).unwrap().settle(End::Answered, false, at(5001));
    assert!(fleet.panics());
    endpoints[0].set_up(true);
    assert!(!fleet.panics());
    // Up while it is ejected: nothing is left to take back.
    endpoints[1].set_up(true);
    assert!(!fleet.panics());
    endpoints[1].begin(at(5000)).unwrap().settle(End::Answered, false, at(5001));
    endpoints[2].set_up(false);
    fail(&endpoints[6], 5, at(5001));
    assert!(!fleet.panics(), "2 to 6 are shut");
    endpoints[7].set_up(false);
    assert!(fleet.panics());
}

/// The cap is that of the fleet as it is now.
#[test]
fn a_fleet_that_shrinks_takes_back_what_is_above_its_cap() {
    let fleet = fleet(10);
    (0..3).for_each(|which| fail(&fleet.endpoints()[which], 5, at(which as u64 * 100)));
    assert_eq!(fleet.ejected(), 3);
    let next = fleet.updated((0..6).map(|key| (key, 1)), at(300));
    assert_eq!(next.ejected(), 1);
    let shut: Vec<usize> =
        next.endpoints().iter().filter(|it| it.access(at(300)) == Access::Shut).map(|it| *it.key()).collect();
    assert_eq!(shut, [2], "the one that would have been back last");
    // It begins anew, and may be ejected again once there is room.
    fail(&next.endpoints()[0], 5, at(301));
    assert_eq!(next.ejected(), 1);
}

#[test]
fn a_probe_of_an_endpoint_that_was_taken_back_frees_no_place_twice() {
    let fleet = fleet(10);
    (0..3).for_each(|which| fail(&fleet.endpoints()[which], 5, at(0)));
    let probes = [0, 1, 2].map(|which| fleet.endpoints()[which].begin(at(5000)).unwrap());
    let next = fleet.updated((0..4).map(|key| (key, 1)), at(5001));
    assert_eq!(next.ejected(), 1);
    for (probe, end) in probes.into_iter().zip([End::Answered, End::Failed(UNAVAILABLE), End::Cancelled]) {
        probe.settle(end, false, at(5002));
    }
    let shut = next.endpoints().iter().filter(|it| it.access(at(5002)) != Access::Open).count();
    assert_eq!(shut, next.ejected());
}

#[derive(Clone, Copy, Debug)]
enum Move {
    SetUp(usize, bool),
    Updated(usize),
    Begin(usize),
    Settle(usize, u8),
}

fn moves() -> impl Strategy<Value = Vec<(u64, Move)>> {
    let one = prop_oneof![
        2 => (0..20_usize, any::<bool>()).prop_map(|(which, up)| Move::SetUp(which, up)),
        1 => (1..20_usize).prop_map(Move::Updated),
        6 => (0..20_usize).prop_map(Move::Begin),
        6 => (0..20_usize, 0..6_u8).prop_map(|(which, end)| Move::Settle(which, end)),
    ];
    prop::collection::vec((prop_oneof![0..20_u64, 0..6000_u64], one), 1..300)
}

proptest! {
    /// Whatever is said and found out in any order, at any time: counts are those of the endpoints, and the cap holds.
    #[test]
    fn counts_are_those_of_the_endpoints(first in 1..20_usize, moves in moves()) {
        let mut config = fleet::Config::default();
        config.ejection.accrual.consecutive = 1;
        let mut fleet = Fleet::new(0..first, &config, Moment::ZERO).unwrap();
        let (mut now, mut tickets) = (Moment::ZERO, Vec::new());
        let mut down = std::collections::BTreeSet::new();
        for (pause, step) in moves {
            now = now + millis(pause);
            let all = fleet.endpoints().len();
            match step {
                Move::SetUp(which, up) => {
                    let endpoint = &fleet.endpoints()[which % all];
                    endpoint.set_up(up);
                    if up { down.remove(endpoint.key()) } else { down.insert(*endpoint.key()) };
                }
                Move::Updated(size) => {
                    fleet = fleet.updated((0..size).map(|key| (key, 1)), now);
                    down.retain(|key| *key < size);
                }
                Move::Begin(which) => tickets.extend(fleet.endpoints()[which % all].begin(now)),
                Move::Settle(which, end) if !tickets.is_empty() => {
                    let ticket = tickets.swap_remove(which % tickets.len());
                    match end {
                        0..=2 => ticket.settle(End::Failed(UNAVAILABLE), false, now),
                        3 => ticket.settle(End::Answered, false, now),
                        4 => ticket.settle(End::Cancelled, true, now),
                        _ => drop(ticket),
                    }
                }
                Move::Settle(..) => {}
            }
            let all = fleet.endpoints().len();
            prop_assert!(fleet.ejected() <= ((all as f64 * 0.3) as usize).max(1), "{} of {all}", fleet.ejected());
            // An ejected endpoint whose time is up may be probed; any other is shut, or said to be down.
            let shut = |it: &&Arc<Endpoint<usize>>| it.access(now) != Access::Open;
            let callable = all - fleet.endpoints().iter().filter(shut).count();
            prop_assert_eq!(fleet.panics(), (callable as f64) < 0.5 * all as f64, "{} of {}", callable, all);
            let ejected = |it: &&Arc<Endpoint<usize>>| shut(it) && !down.contains(it.key());
            prop_assert!(fleet.endpoints().iter().filter(ejected).count() <= fleet.ejected());
        }
    }
}

#[test]
fn an_endpoint_that_leaves_takes_no_place_with_it() {
    let fleet = fleet(10);
    fail(&fleet.endpoints()[0], 5, at(0));
    fleet.endpoints()[1].set_up(false);
    let gone = Arc::clone(&fleet.endpoints()[0]);
    let next = fleet.updated((2..10).map(|key| (key, 1)), at(1));
    assert_eq!((next.ejected(), next.panics()), (0, false));
    // What is still on its way there ends without a trace.
    gone.begin(at(6000)).unwrap().settle(End::Answered, false, at(6001));
    assert_eq!(next.ejected(), 0);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let place = |config: Config| config.check().unwrap_err().place().to_owned();
    assert_eq!(place(Config { base: millis(0), ..Config::default() }), "base");
    assert_eq!(place(Config { max: millis(1), ..Config::default() }), "max");
    assert_eq!(place(Config { cap: 0.6, ..Config::default() }), "cap");
    assert_eq!(place(Config { panic: f64::NAN, ..Config::default() }), "panic");
    let accrual = AccrualConfig { volume: 0, ..AccrualConfig::default() };
    assert_eq!(place(Config { accrual, ..Config::default() }), "accrual.volume");
}

/// The cap holds at every moment also where threads fail different endpoints at once, with ends and probes between.
#[test]
fn threads_together_eject_no_more_than_the_cap() {
    let endpoints = 20;
    let fleet = fleet(endpoints);
    let cap = (endpoints as f64 * 0.3) as usize;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let fleet = &fleet;
            scope.spawn(move || {
                let mut rng = Rng::seeded(thread);
                for step in 0..5_000_u64 {
                    let now = at(step * 20);
                    let endpoint = &fleet.endpoints()[(rng.next_u64() % endpoints as u64) as usize];
                    if let Some(ticket) = endpoint.begin(now) {
                        let is_good = rng.next_u64().is_multiple_of(5);
                        let end = if is_good { End::Answered } else { End::Failed(UNAVAILABLE) };
                        ticket.settle(end, false, now);
                    }
                    assert!(fleet.ejected() <= cap, "{}", fleet.ejected());
                }
            });
        }
    });
    assert!(fleet.ejected() >= 1, "most calls have failed");
}
