//! What threads may do to each other, in every interleaving that there is:
//! `RUSTFLAGS="--cfg loom" cargo test -p wireloom-policy --test loom`, or `tests/run loom`.

#![cfg(loom)]

use std::sync::Arc;

use loom::thread;
use wireloom_policy::breaker::{self, Breaker};
use wireloom_policy::budget::{self, Budget};
use wireloom_policy::bulkhead::Bulkhead;
use wireloom_policy::rate::{self, Full, Keyed, Rate};
use wireloom_policy::{Access, End, Failure, Fleet, Kind, Moment, fleet};

/// Runs the same in two threads, and gives what each came to.
fn twice<T: 'static, S: Send + Sync + 'static>(shared: &Arc<S>, what: fn(&S) -> T) -> [T; 2] {
    let other = Arc::clone(shared);
    let thread = thread::spawn(move || what(&other));
    let here = what(shared);
    [here, thread.join().expect("it does not panic")]
}

#[test]
fn two_threads_do_not_spend_the_same_attempt() {
    loom::model(|| {
        let budget = Arc::new(Budget::new(&budget::Config { ratio: 0.5, reserve: 0.0, bank: 1 }).unwrap());
        // One is there, and two deposits make one more: which both fit only when one was taken before.
        let taken = twice(&budget, |budget| {
            let first = budget.withdraw(Moment::ZERO);
            budget.deposit(Moment::ZERO);
            usize::from(first) + usize::from(budget.withdraw(Moment::ZERO))
        });
        assert!(taken.iter().sum::<usize>() <= 2, "{taken:?}");
        assert!(taken.iter().sum::<usize>() >= 1);
    });
}

#[test]
fn a_bulkhead_has_no_more_places_than_it_has_and_loses_none() {
    loom::model(|| {
        let bulkhead = Arc::new(Bulkhead::new(1).unwrap());
        let entered = twice(&bulkhead, |bulkhead| {
            let place = bulkhead.enter();
            assert!(bulkhead.taken() <= 1);
            place.is_some()
        });
        assert!(entered.contains(&true));
        assert_eq!(bulkhead.taken(), 0);
    });
}

#[test]
fn a_rate_lets_no_two_in_for_one() {
    loom::model(|| {
        let rate = Arc::new(Rate::new(&rate::Config::per_second(1)).unwrap());
        let let_in = twice(&rate, |rate| rate.admit(Moment::ZERO).is_ok());
        assert_eq!(let_in.iter().filter(|it| **it).count(), 1);
        let keyed = Arc::new(Keyed::new(&rate::Config::per_second(1), 1, Full::Refuse).unwrap());
        let let_in = twice(&keyed, |keyed| keyed.admit(&7, Moment::ZERO).is_ok());
        assert_eq!(let_in.iter().filter(|it| **it).count(), 1);
    });
}

#[test]
fn a_half_open_breaker_lets_one_probe_through() {
    loom::model(|| {
        let config = breaker::Config { volume: 1, probes: 1, ..breaker::Config::default() };
        let breaker = Arc::new(Breaker::new(config).unwrap());
        let pass = breaker.admit(Moment::ZERO).unwrap();
        breaker.settle(pass, Some(false), Moment::ZERO);
        let passes = twice(&breaker, |breaker| breaker.admit(Moment::ZERO + breaker::OPEN_DEFAULT).ok());
        assert_eq!(passes.iter().flatten().count(), 1);
        for pass in passes.into_iter().flatten() {
            breaker.settle(pass, None, Moment::ZERO + breaker::OPEN_DEFAULT);
        }
        assert!(breaker.admit(Moment::ZERO + breaker::OPEN_DEFAULT).is_ok(), "its place was given back");
    });
}

/// The counts of an endpoint: failures of two threads make one ejection, of one place.
#[test]
fn failures_of_two_threads_eject_once() {
    loom::model(|| {
        let mut config = fleet::Config::default();
        config.ejection.accrual.consecutive = 2;
        let fleet = Arc::new(Fleet::new(0..4, &config, Moment::ZERO).unwrap());
        twice(&fleet, |fleet| {
            let ticket = fleet.endpoints()[0].begin(Moment::ZERO).unwrap();
            ticket.settle(End::Failed(Failure::of(Kind::Unavailable)), false, Moment::ZERO);
        });
        assert_eq!(fleet.ejected(), 1);
        assert_eq!(fleet.endpoints()[0].pending(), 0);
        assert_eq!(fleet.endpoints()[0].access(Moment::ZERO), Access::Shut);
    });
}

#[test]
fn one_of_two_threads_probes() {
    loom::model(|| {
        let mut config = fleet::Config::default();
        config.ejection.accrual.consecutive = 1;
        let fleet = Arc::new(Fleet::new(0..4, &config, Moment::ZERO).unwrap());
        let ticket = fleet.endpoints()[0].begin(Moment::ZERO).unwrap();
        ticket.settle(End::Failed(Failure::of(Kind::Unavailable)), false, Moment::ZERO);
        let after = Moment::ZERO + config.ejection.base;
        let begun = twice(&fleet, |fleet| {
            let after = Moment::ZERO + wireloom_policy::ejection::BASE_DEFAULT;
            fleet.endpoints()[0].begin(after).filter(|ticket| ticket.is_probe())
        });
        assert_eq!(begun.iter().flatten().count(), 1);
        for probe in begun.into_iter().flatten() {
            probe.settle(End::Answered, false, after);
        }
        assert_eq!((fleet.ejected(), fleet.endpoints()[0].access(after)), (0, Access::Open));
    });
}

#[test]
fn two_endpoints_that_fail_at_once_do_not_pass_the_cap() {
    loom::model(|| {
        let mut config = fleet::Config::default();
        config.ejection.accrual.consecutive = 1;
        // Of three, one may be ejected.
        let fleet = Arc::new(Fleet::new(0..3, &config, Moment::ZERO).unwrap());
        let other = Arc::clone(&fleet);
        let fail = |fleet: &Fleet<i32>, which: usize| {
            let ticket = fleet.endpoints()[which].begin(Moment::ZERO).unwrap();
            ticket.settle(End::Failed(Failure::of(Kind::Unavailable)), false, Moment::ZERO);
        };
        let thread = thread::spawn(move || fail(&other, 0));
        fail(&fleet, 1);
        thread.join().unwrap();
        assert_eq!(fleet.ejected(), 1);
    });
}
