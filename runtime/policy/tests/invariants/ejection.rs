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
