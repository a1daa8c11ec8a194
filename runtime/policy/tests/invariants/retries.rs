//! Budget, backoff, what is repeated.

use proptest::prelude::*;
use wireloom_policy::budget::{Budget, Config};
use wireloom_policy::retry::{self, Again, Kinds, Repeat};
use wireloom_policy::{Failure, Hint, Kind, Moment, Rng, Sent};

use crate::millis;

proptest! {
    /// Over any window, retries <= ratio * calls + reserve * time + bank: looked at for every window of a run.
    #[test]
    fn no_window_has_more_retries_than_the_budget_allows(
        ratio in 0.0..=1.0_f64,
        reserve in 0.0..20.0_f64,
        bank in 1..40_u32,
        steps in prop::collection::vec((0..2000_u64, 0..30_u32, 0..30_u32), 1..60),
    ) {
        let budget = Budget::new(&Config { ratio, reserve, bank }).unwrap();
        let mut now = Moment::ZERO;
        let mut history = Vec::new();
        for (pause, calls, wanted) in steps {
            now = now + millis(pause);
            (0..calls).for_each(|_| budget.deposit(now));
            let taken = (0..wanted).filter(|_| budget.withdraw(now)).count();
            history.push((now, calls, taken));
        }
        for first in 0..history.len() {
            let (mut calls, mut taken) = (0, 0);
            for (at, more, retries) in &history[first..] {
                (calls, taken) = (calls + more, taken + retries);
                let time = (*at - history[first].0).as_secs_f64();
                let allowed = ratio * f64::from(calls) + reserve * time + f64::from(bank);
                prop_assert!(taken as f64 <= allowed + 1e-6, "{taken} of {allowed}");
            }
        }
    }

    /// Nor does it withhold what was earned, but for what is above the bank and the last fraction.
    #[test]
    fn what_was_earned_can_be_spent(ratio in 0.01..=1.0_f64, calls in 1..1000_u32) {
        let budget = Budget::new(&Config { ratio, reserve: 0.0, bank: 1_000 }).unwrap();
        while budget.withdraw(Moment::ZERO) {}
        (0..calls).for_each(|_| budget.deposit(Moment::ZERO));
        let taken = (0..calls).filter(|_| budget.withdraw(Moment::ZERO)).count();
        prop_assert!(taken as f64 >= (f64::from(calls) * ratio - 1.01).floor(), "{taken}");
    }

    #[test]
    fn a_wait_is_within_its_bound(number in 1..80_u32, seed in any::<u64>()) {
        let config = retry::Config::default();
        let wait = config.wait(number, Hint::None, &mut Rng::seeded(seed));
        prop_assert!(wait <= config.backoff.bound(number));
        prop_assert!(config.backoff.bound(number) <= config.backoff.max);
    }

    #[test]
    fn a_hint_is_obeyed(wait in 0..100_000_u64, seed in any::<u64>()) {
        let waits = retry::Config::default().wait(1, Hint::After(millis(wait)), &mut Rng::seeded(seed));
        prop_assert!(waits >= millis(wait) && waits <= millis(wait) + millis(1000));
    }
}

const KINDS: [Kind; 7] =
    [Kind::Rejected, Kind::Aborted, Kind::Unavailable, Kind::Overloaded, Kind::TimedOut, Kind::Broken, Kind::Declined];

#[test]
fn threads_together_spend_no_more_than_one_would() {
    let budget = Budget::new(&Config { ratio: 0.1, reserve: 0.0, bank: 10 }).unwrap();
    let taken: usize = std::thread::scope(|scope| {
        let spend = || {
            (0..10_000)
                .filter(|_| {
                    budget.deposit(Moment::ZERO);
                    budget.withdraw(Moment::ZERO)
                })
                .count()
        };
        let threads = [(); 4].map(|()| scope.spawn(spend));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(taken <= 4_010, "{taken}");
    assert!(taken >= 3_900, "{taken}: every call that found less than a whole attempt left it for the next");
}

#[test]
fn what_a_server_may_have_seen_is_not_sent_twice_where_that_matters() {
    for kind in KINDS {
        for hint in [Hint::None, Hint::After(millis(1)), Hint::Never] {
            let failure = Failure { kind, sent: Sent::Maybe, hint };
            assert_eq!(retry::Config::default().allows(Repeat::Unseen, failure), Again::No, "{failure:?}");
        }
    }
}

/// Pitfall: breaker open, shed by ourselves, deadline over: none of them is mended by another attempt.
#[test]
fn our_own_refusals_are_never_retried() {
    let mut config = retry::Config { on: Kinds::TRANSIENT, ..retry::Config::default() };
    for repeat in [Repeat::Freely, Repeat::Keyed, Repeat::Unseen] {
        assert_eq!(config.allows(repeat, Failure::of(Kind::Declined)), Again::No);
    }
    config.on = Kinds::TRANSIENT.and(Kind::Declined);
    assert_eq!(config.check().unwrap_err().place(), "on");
}

/// Pitfall: amplification by tiers. Who has tried already says so, and nobody above tries again.
#[test]
fn a_server_that_says_never_is_not_asked_again() {
    for kind in KINDS {
        let failure = Failure::of(kind).with_hint(Hint::Never);
        assert_eq!(retry::Config::default().allows(Repeat::Freely, failure), Again::No);
    }
}

#[test]
fn a_connection_that_did_not_come_about_costs_no_budget() {
    assert_eq!(retry::Config::default().allows(Repeat::Unseen, Failure::UNREACHED), Again::Unreached);
    // A server that answers "not now", unseen as the call is, is paid for: it would be flooded else.
    let refused = Failure { kind: Kind::Overloaded, sent: Sent::No, hint: Hint::None };
    assert_eq!(retry::Config::default().allows(Repeat::Unseen, refused), Again::Paid);
}
