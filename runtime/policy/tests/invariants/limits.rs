//! Throttle, breaker, rates, bulkhead, rings, deadlines.

use std::time::Duration;

use proptest::prelude::*;
use wireloom_policy::breaker::{Breaker, Config as BreakerConfig, State};
use wireloom_policy::bulkhead::Bulkhead;
use wireloom_policy::rate::{Config as RateConfig, Full, Keyed, Rate};
use wireloom_policy::ring::Ring;
use wireloom_policy::throttle::{Config as ThrottleConfig, Throttle};
use wireloom_policy::{Deadline, Moment, Rng};

use crate::{at, millis};

proptest! {
    /// Over any window, calls <= burst + rate * time.
    #[test]
    fn no_window_has_more_calls_than_the_rate_allows(
        count in 1..50_u32,
        burst in 1..20_u32,
        pauses in prop::collection::vec(0..200_u64, 1..200),
    ) {
        let rate = Rate::new(&RateConfig { count, period: Duration::from_secs(1), burst }).unwrap();
        let mut now = at(3);
        let mut let_in = Vec::new();
        for pause in pauses {
            now = now + millis(pause);
            match rate.admit(now) {
                Ok(()) => let_in.push(now),
                Err(wait) => {
                    prop_assert!(!wait.is_zero());
                    // Not a moment too long: then it is let in.
                    let early = now + wait - (now + Duration::from_nanos(1));
                    prop_assert!(early <= Duration::from_secs(1));
                }
            }
        }
        for first in 0..let_in.len() {
            for last in first..let_in.len() {
                let time = (let_in[last] - let_in[first]).as_secs_f64();
                prop_assert!((last - first + 1) as f64 <= f64::from(burst) + f64::from(count) * time + 1e-6);
            }
        }
    }

    #[test]
    fn who_waits_as_told_is_let_in(count in 1..1000_u32, burst in 1..20_u32) {
        let rate = Rate::new(&RateConfig { count, period: Duration::from_secs(1), burst }).unwrap();
        let mut now = Moment::ZERO;
        for _ in 0..50 {
            if let Err(wait) = rate.admit(now) {
                now = now + wait;
                prop_assert_eq!(rate.admit(now), Ok(()));
            }
        }
    }

    /// However many keys come, none is let in more often than it may, and the table does not grow.
    #[test]
    fn a_flood_of_keys_breaks_no_limit(keys in prop::collection::vec(0..5000_u32, 1..3000)) {
        let keyed = Keyed::new(&RateConfig::per_second(2), 16, Full::Refuse).unwrap();
        let capacity = keyed.capacity();
        let mut let_in = std::collections::BTreeMap::new();
        for key in keys {
            if keyed.admit(&key, Moment::ZERO).is_ok() {
                *let_in.entry(key).or_insert(0) += 1;
            }
        }
        prop_assert!(let_in.values().all(|times| *times <= 2));
        prop_assert!(let_in.len() <= capacity);
        prop_assert_eq!(keyed.capacity(), capacity);
    }

    /// The same as time passes: entries that are over are taken by others, and no key has more than its rate in any window.
    #[test]
    fn a_flood_of_keys_breaks_no_limit_as_time_passes(
        calls in prop::collection::vec((0..400_u64, 0..60_u32), 1..1500),
        burst in 1..4_u32,
    ) {
        let config = RateConfig { count: 2, period: Duration::from_secs(1), burst };
        let keyed = Keyed::new(&config, 16, Full::Refuse).unwrap();
        let mut let_in = std::collections::BTreeMap::<u32, Vec<Moment>>::new();
        let mut now = Moment::ZERO;
        for (pause, key) in calls {
            now = now + millis(pause / 20);
            match keyed.admit(&key, now) {
                Ok(()) => let_in.entry(key).or_default().push(now),
                Err(wait) => prop_assert!(!wait.is_zero() && wait <= millis(500 * u64::from(burst)), "{wait:?}"),
            }
        }
        for times in let_in.values() {
            for first in 0..times.len() {
                for last in first..times.len() {
                    let time = (times[last] - times[first]).as_secs_f64();
                    prop_assert!((last - first + 1) as f64 <= f64::from(burst) + 2.0 * time + 1e-6);
                }
            }
        }
    }

    /// The ring's sums are those of a list of all that happened, at any width.
    #[test]
    fn a_ring_counts_exactly(
        width in prop_oneof![1..5000_u64, Just(u64::from(u32::MAX)), Just(u64::MAX / 1_000_000 / 64)],
        steps in prop::collection::vec((0..40_u64, any::<bool>()), 1..200),
    ) {
        let width = millis(width);
        let mut ring = Ring::<10>::new(width);
        let mut now = Moment::ZERO;
        let mut all: Vec<(u64, bool)> = Vec::new();
        for (quarters, good) in steps {
            now = now + (width / 4).saturating_mul(quarters as u32);
            ring.add(now, good);
            let bucket = |at: Moment| at.as_nanos() / width.as_nanos() as u64;
            all.push((bucket(now), good));
            let recent = || all.iter().filter(|(at, _)| bucket(now) - at < 10);
            let counts = ring.counts(now);
            prop_assert_eq!(counts.good, recent().filter(|(_, good)| *good).count() as u64);
            prop_assert_eq!(counts.bad, recent().filter(|(_, good)| !good).count() as u64);
        }
    }

    #[test]
    fn deadlines_only_shrink(parent in 0..10_000_u64, own in 0..10_000_u64, margin in 0..50_u64, now in 0..10_000_u64) {
        let (parent, now) = (Deadline::at(at(parent)), at(now));
        let child = parent.child(Deadline::within(millis(own), now));
        prop_assert!(child <= parent);
        match child.for_next_hop(millis(margin), now) {
            None => prop_assert!(child.is_over(now)),
            Some(left) => prop_assert!(left <= child.remaining(now) && !left.is_zero()),
        }
        prop_assert!(child.for_attempt(Some(millis(own)), millis(margin), now) <= child.moment().max(now));
    }

    /// The wire carries remaining time, so a clock that is wrong by years changes nothing.
    #[test]
    fn a_deadline_that_travels_needs_no_equal_clocks(left in 100..10_000_u64, here in 0..1_000_000_u64, there in 0..1_000_000_u64) {
        let sent = Deadline::within(millis(left), at(here)).for_next_hop(millis(5), at(here)).unwrap();
        let arrived = Deadline::within(sent, at(there));
        prop_assert!(arrived.remaining(at(there)) < millis(left));
    }
}

#[test]
fn an_unused_limit_costs_no_place() {
    let keyed = Keyed::new(&RateConfig::per_second(1), 8, Full::Refuse).unwrap();
    for key in 0..100_000_u32 {
        // Each comes once, a second after the last: nobody is refused, though there are places for few.
        assert!(keyed.admit(&key, at(u64::from(key) * 1000)).is_ok());
    }
}

#[test]
fn a_full_table_refuses_or_admits_as_told() {
    let admitted = |full| {
        let keyed = Keyed::new(&RateConfig::per_second(1), 8, full).unwrap();
        (0..1000_u32).filter(|key| keyed.admit(key, Moment::ZERO).is_ok()).count()
    };
    assert!(admitted(Full::Refuse) <= 16);
    assert_eq!(admitted(Full::Admit), 1000);
}

#[test]
fn rates_that_cannot_be_are_refused() {
    let place = |config: RateConfig| Rate::new(&config).unwrap_err().place().to_owned();
    assert_eq!(place(RateConfig { burst: 0, ..RateConfig::per_second(1) }), "burst");
    assert_eq!(place(RateConfig { count: 0, ..RateConfig::per_second(1) }), "count");
    assert_eq!(place(RateConfig { period: Duration::ZERO, ..RateConfig::per_second(1) }), "period");
    assert_eq!(Keyed::new(&RateConfig::per_second(1), 0, Full::Refuse).unwrap_err().place(), "keys");
}

#[test]
fn a_bulkhead_never_leaks_also_not_in_a_panic() {
    let bulkhead = Bulkhead::new(2).unwrap();
    for _ in 0..10 {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _place = bulkhead.enter().expect("all were given back");
            std::panic::resume_unwind(Box::new("a handler"));
        }));
        assert!(panicked.is_err());
    }
    assert_eq!(bulkhead.taken(), 0);
    assert_eq!(Bulkhead::new(0).unwrap_err().place(), "concurrency");
}

// Throttle

fn throttle() -> Throttle {
    Throttle::new(ThrottleConfig::default()).unwrap()
}

proptest! {
    #[test]
    fn a_throttle_never_drops_everything(seed in any::<u64>(), calls_per_second in 1..200_u64) {
        let (throttle, mut rng) = (throttle(), Rng::seeded(seed));
        let mut passed_at = Moment::ZERO;
        for call in 0..calls_per_second * 20 {
            let now = at(call * 1000 / calls_per_second);
            if throttle.admits(now, &mut rng) {
                passed_at = now;
                throttle.settle(false, now);
            }
            let pause = millis(1000 / calls_per_second);
            prop_assert!(now - passed_at <= millis(1000) + pause, "nothing was let through since {passed_at}");
        }
    }

    /// What K = 1.5 means: a third of all calls may fail for ever without one being dropped.
    #[test]
    fn what_is_accepted_often_enough_is_not_dropped(seed in any::<u64>()) {
        let (throttle, mut rng) = (throttle(), Rng::seeded(seed));
        for call in 0..3000_u64 {
            prop_assert!(throttle.admits(at(call * 10), &mut rng));
            throttle.settle(call % 4 != 0, at(call * 10));
        }
    }
}

#[test]
fn a_throttle_recovers_without_a_timer() {
    let (throttle, mut rng) = (throttle(), Rng::seeded(1));
    (0..1000).for_each(|call| throttle.settle(false, at(call * 10)));
    assert!(throttle.drop_share(at(10_000)) > 0.9);
    // The service works again: within ten seconds all is forgotten.
    for call in 0..2000_u64 {
        let now = at(10_000 + call * 10);
        if throttle.admits(now, &mut rng) {
            throttle.settle(true, now);
        }
    }
    assert_eq!(throttle.drop_share(at(30_000)), 0.0);
}

#[test]
fn a_few_failures_of_a_quiet_service_drop_nothing() {
    let (throttle, mut rng) = (throttle(), Rng::seeded(1));
    for call in 0..5 {
        assert!(throttle.admits(at(call), &mut rng));
        throttle.settle(false, at(call));
    }
    assert!(throttle.admits(at(10), &mut rng));
}

#[test]
fn throttles_that_cannot_be_are_refused() {
    let place = |config: ThrottleConfig| config.check().unwrap_err().place().to_owned();
    assert_eq!(place(ThrottleConfig { k_min: 0.5, ..ThrottleConfig::default() }), "k_min");
    assert_eq!(place(ThrottleConfig { k: 1.0, ..ThrottleConfig::default() }), "k");
    assert_eq!(place(ThrottleConfig { pass: Duration::ZERO, ..ThrottleConfig::default() }), "pass");
}

// Breaker

fn breaker(probes: u32) -> Breaker {
    let config = BreakerConfig { volume: 4, open: millis(100), probes, ..BreakerConfig::default() };
    Breaker::new(config).unwrap()
}

fn trip(breaker: &Breaker, now: Moment) {
    while breaker.state(now) == State::Closed {
        let pass = breaker.admit(now).unwrap();
        breaker.settle(pass, Some(false), now);
    }
}

proptest! {
    /// Whatever ends how and when, no more probes are on their way than may be.
    #[test]
    fn half_open_lets_through_no_more_than_it_may(
        probes in 1..5_u32,
        steps in prop::collection::vec((0..60_u64, 0..4_u8), 1..200),
    ) {
        let breaker = breaker(probes);
        trip(&breaker, Moment::ZERO);
        let mut now = Moment::ZERO;
        let mut out = Vec::new();
        for (pause, what) in steps {
            now = now + millis(pause);
            let half_open = breaker.state(now) == State::HalfOpen;
            match what {
                0 => out.extend(breaker.admit(now).ok()),
                end => if let Some(pass) = out.pop() {
                    breaker.settle(pass, [Some(true), Some(false), None][usize::from(end) - 1], now);
                },
            }
            if half_open && breaker.state(now) == State::HalfOpen {
                let more = std::iter::from_fn(|| breaker.admit(now).ok()).take(10).collect::<Vec<_>>();
                prop_assert!(more.len() as u32 <= probes);
                more.into_iter().for_each(|pass| breaker.settle(pass, None, now));
            }
        }
    }
}

#[test]
fn a_cancelled_probe_gives_its_place_back() {
    let breaker = breaker(1);
    trip(&breaker, at(0));
    for round in 0..5 {
        let probe = breaker.admit(at(100 + round)).expect("the place of the one before");
        assert!(breaker.admit(at(100 + round)).is_err());
        breaker.settle(probe, None, at(100 + round));
    }
}

#[test]
fn a_probe_that_fails_opens_again_and_those_that_go_well_close() {
    let breaker = breaker(2);
    trip(&breaker, at(0));
    let probe = breaker.admit(at(100)).unwrap();
    breaker.settle(probe, Some(false), at(100));
    assert_eq!(breaker.state(at(150)), State::Open);
    for _ in 0..2 {
        assert_eq!(breaker.state(at(200)), State::HalfOpen);
        let probe = breaker.admit(at(200)).unwrap();
        breaker.settle(probe, Some(true), at(200));
    }
    assert_eq!(breaker.state(at(200)), State::Closed);
}

#[test]
fn ends_of_calls_from_before_mean_nothing() {
    let breaker = breaker(1);
    let old = breaker.admit(at(0)).unwrap();
    trip(&breaker, at(0));
    breaker.settle(old, Some(true), at(150));
    assert_eq!(breaker.state(at(150)), State::HalfOpen, "it was no probe");
}

#[test]
fn below_the_volume_it_stays_closed() {
    let breaker = Breaker::new(BreakerConfig { volume: 10, ..BreakerConfig::default() }).unwrap();
    for call in 0..9 {
        let pass = breaker.admit(at(call)).unwrap();
        breaker.settle(pass, Some(false), at(call));
    }
    assert_eq!(breaker.state(at(10)), State::Closed);
}

#[test]
fn breakers_that_cannot_be_are_refused() {
    let place = |config: BreakerConfig| Breaker::new(config).unwrap_err().place().to_owned();
    assert_eq!(place(BreakerConfig { share: 0.0, ..BreakerConfig::default() }), "share");
    assert_eq!(place(BreakerConfig { volume: 0, ..BreakerConfig::default() }), "volume");
    assert_eq!(place(BreakerConfig { open: Duration::ZERO, ..BreakerConfig::default() }), "open");
    assert_eq!(place(BreakerConfig { probes: 0, ..BreakerConfig::default() }), "probes");
}
