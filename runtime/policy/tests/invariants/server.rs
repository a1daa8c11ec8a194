//! The door of a server: queue, priorities, expiry, the adaptive limit, draining.

use std::time::Duration;

use proptest::prelude::*;
use wireloom_policy::drain::{self, Drain, Phase};
use wireloom_policy::gradient::{Config as GradientConfig, Gradient};
use wireloom_policy::intake::{Arrived, Concurrency, Config, Intake, Next, Room, Shed};
use wireloom_policy::queue::Priority;
use wireloom_policy::{Deadline, Moment};

use crate::{at, millis};

fn intake(concurrency: u32, queue: u32) -> Intake<u32> {
    Intake::new(&Config { concurrency: Concurrency::Fixed(concurrency), queue: Room::Each(queue) }).unwrap()
}

const PRIORITIES: [Priority; 3] = [Priority::Critical, Priority::Normal, Priority::Background];

proptest! {
    /// Whatever comes and ends: bounds hold, and everybody who came is told exactly once.
    #[test]
    fn bounds_hold_and_everybody_is_told_once(
        concurrency in 1..5_u32,
        queue in 0..4_u32,
        steps in prop::collection::vec((0..30_u64, 0..3_usize, prop::option::of(0..200_u64), any::<bool>()), 1..200),
    ) {
        let mut intake = intake(concurrency, queue);
        let (mut now, mut running, mut waiting) = (Moment::ZERO, Vec::new(), Vec::new());
        for (item, (pause, priority, left, ends)) in steps.into_iter().enumerate() {
            now = now + millis(pause);
            let deadline = left.map(|left| Deadline::within(millis(left), now));
            let item = item as u32;
            let (arrived, evicted) = intake.arrive(item, deadline, PRIORITIES[priority], now);
            match arrived {
                Arrived::Runs => running.push((item, now)),
                Arrived::Waits => waiting.push(item),
                Arrived::Shed(_) => {}
            }
            if let Some(evicted) = evicted {
                let before = waiting.len();
                waiting.retain(|it| *it != evicted);
                prop_assert_eq!(waiting.len() + 1, before, "only one who waits can lose a place");
            }
            if ends && !running.is_empty() {
                let (_, began) = running.remove(0);
                intake.finished(began, true, now);
                while let Some(next) = intake.next(now) {
                    let (Next::Run(item) | Next::Shed(item, _)) = next;
                    let before = waiting.len();
                    waiting.retain(|it| *it != item);
                    prop_assert_eq!(waiting.len() + 1, before);
                    if let Next::Run(item) = next {
                        running.push((item, now));
                    }
                }
            }
            prop_assert_eq!(intake.running() as usize, running.len());
            prop_assert_eq!(intake.waiting(), waiting.len());
            prop_assert!(intake.running() <= concurrency);
            prop_assert!(intake.waiting() as u32 <= concurrency * queue);
        }
    }

    #[test]
    fn what_has_expired_never_runs(left in 0..50_u64, waits in 0..100_u64) {
        let mut intake = intake(1, 4);
        prop_assert_eq!(intake.arrive(0, None, Priority::Normal, at(0)).0, Arrived::Runs);
        let deadline = Deadline::at(at(left));
        let (arrived, _) = intake.arrive(1, Some(deadline), Priority::Normal, at(0));
        intake.finished(at(0), true, at(waits));
        let next = intake.next(at(waits));
        if left == 0 {
            prop_assert_eq!(arrived, Arrived::Shed(Shed::Expired));
        } else if left <= waits {
            prop_assert_eq!(next, Some(Next::Shed(1, Shed::Expired)));
        } else {
            prop_assert_eq!(next, Some(Next::Run(1)));
        }
    }

    /// The limit stays within its bounds on anything.
    #[test]
    fn a_limit_stays_within_its_bounds(samples in prop::collection::vec((0..1_000_000_u64, 0..2000_u32), 1..2000)) {
        let config = GradientConfig { initial: 20, min: 5, max: 50, ..GradientConfig::default() };
        let mut limit = Gradient::new(config).unwrap();
        let mut now = Moment::ZERO;
        for (micros, at_once) in samples {
            now = now + millis(1);
            limit.finished(now, Duration::from_micros(micros), at_once, now);
            prop_assert!((5..=50).contains(&limit.limit()));
        }
    }
}

#[test]
fn the_least_important_are_shed_first() {
    let mut intake = intake(1, 2);
    intake.arrive(0, None, Priority::Normal, at(0));
    assert_eq!(intake.arrive(1, None, Priority::Background, at(0)), (Arrived::Waits, None));
    assert_eq!(intake.arrive(2, None, Priority::Normal, at(0)), (Arrived::Waits, None));
    assert_eq!(intake.arrive(3, None, Priority::Critical, at(0)), (Arrived::Waits, Some(1)));
    let (arrived, evicted) = intake.arrive(4, None, Priority::Background, at(0));
    assert!(matches!((arrived, evicted), (Arrived::Shed(Shed::Full(_)), None)), "it would be the last itself");
    intake.finished(at(0), true, at(1));
    assert_eq!(intake.next(at(1)), Some(Next::Run(3)));
}

#[test]
fn work_that_would_expire_does_not_begin() {
    let mut intake = intake(2, 4);
    for call in 0..20 {
        assert_eq!(intake.arrive(call, None, Priority::Normal, at(0)).0, Arrived::Runs);
        intake.finished(at(0), true, at(100));
    }
    intake.arrive(20, None, Priority::Normal, at(100));
    let soon = Some(Deadline::at(at(150)));
    assert_eq!(intake.arrive(21, soon, Priority::Normal, at(100)).0, Arrived::Shed(Shed::Expired), "calls take 100 ms");
}

/// A server that was slow once must not refuse the very calls that would show that it no longer is.
#[test]
fn a_wrong_estimate_mends_itself() {
    let mut intake = intake(1, 0);
    intake.arrive(0, None, Priority::Normal, at(0));
    intake.finished(at(0), true, at(60_000));
    let mut answered = 0;
    for call in 0..100 {
        let now = at(60_000 + call * 20);
        let deadline = Some(Deadline::within(millis(200), now));
        if intake.arrive(1, deadline, Priority::Normal, now).0 == Arrived::Runs {
            answered += 1;
            intake.finished(now, true, now + millis(5));
        }
    }
    assert_eq!(answered, 100);
    assert!(intake.expected_service() < millis(50));
}

#[test]
fn a_burst_waits_and_a_standing_queue_does_not() {
    let mut intake = intake(10, 4);
    let mut served = (0..10).map(|call| intake.arrive(call, None, Priority::Normal, at(0))).count();
    for _ in 0..10 {
        intake.finished(at(0), true, at(10));
    }
    (0..10).for_each(|call| assert_eq!(intake.arrive(call, None, Priority::Normal, at(10)).0, Arrived::Runs));
    let burst =
        (0..100).filter(|call| intake.arrive(*call, None, Priority::Normal, at(10)).0 == Arrived::Waits).count();
    assert_eq!(burst, 40);
    served += burst;
    let standing = at(200);
    let (arrived, _) = intake.arrive(7, None, Priority::Normal, standing);
    assert!(matches!(arrived, Arrived::Shed(Shed::Full(_))), "{arrived:?} after {served}");
}

/// A queue that stands is full for one more; whose place it costs goes by priority as in any full queue.
#[test]
fn a_standing_queue_sheds_the_least_important_as_well() {
    let mut intake = intake(1, 4);
    intake.arrive(0, None, Priority::Normal, at(0));
    intake.finished(at(0), true, at(20));
    intake.arrive(1, None, Priority::Normal, at(20));
    let arrive = |intake: &mut Intake<u32>, item, priority, now| intake.arrive(item, None, priority, at(now));
    for item in [2, 3, 4] {
        assert_eq!(arrive(&mut intake, item, Priority::Background, 20), (Arrived::Waits, None));
    }
    assert_eq!(arrive(&mut intake, 5, Priority::Critical, 200), (Arrived::Waits, Some(4)));
    assert_eq!(arrive(&mut intake, 6, Priority::Normal, 200), (Arrived::Waits, Some(3)));
    assert!(matches!(arrive(&mut intake, 7, Priority::Background, 200), (Arrived::Shed(Shed::Full(_)), None)));
    assert_eq!(arrive(&mut intake, 8, Priority::Critical, 200), (Arrived::Waits, Some(2)));
    assert_eq!(arrive(&mut intake, 9, Priority::Critical, 200), (Arrived::Waits, Some(6)));
    assert!(matches!(arrive(&mut intake, 10, Priority::Critical, 200), (Arrived::Shed(Shed::Full(_)), None)));
    assert_eq!(intake.waiting(), 3, "it gets no longer");
}

proptest! {
    /// Nobody is refused for want of room while one of less importance waits, in a burst as in an overload that lasts.
    #[test]
    fn nobody_is_shed_for_one_of_less_importance(
        concurrency in 1..4_u32,
        queue in 1..5_u32,
        steps in prop::collection::vec((0..60_u64, 0..3_usize, any::<bool>()), 1..200),
    ) {
        let mut intake = intake(concurrency, queue);
        let (mut now, mut running, mut waiting) = (Moment::ZERO, Vec::new(), Vec::new());
        for (item, (pause, priority, ends)) in steps.into_iter().enumerate() {
            now = now + millis(pause);
            let priority = PRIORITIES[priority];
            let (arrived, evicted) = intake.arrive(item as u32, None, priority, now);
            match arrived {
                Arrived::Runs => running.push(now),
                Arrived::Waits => waiting.push((item as u32, priority)),
                Arrived::Shed(_) => prop_assert!(waiting.iter().all(|it| it.1 <= priority), "{waiting:?} before {priority:?}"),
            }
            if let Some(evicted) = evicted {
                let lowest = waiting.iter().map(|it| it.1).max();
                let place = waiting.iter().position(|it| it.0 == evicted).expect("it waited");
                prop_assert_eq!(Some(waiting.remove(place).1), lowest);
            }
            if ends && !running.is_empty() {
                intake.finished(running.remove(0), true, now);
                while let Some(next) = intake.next(now) {
                    let (Next::Run(item) | Next::Shed(item, _)) = next;
                    waiting.retain(|it| it.0 != item);
                    if let Next::Run(_) = next {
                        running.push(now);
                    }
                }
            }
        }
    }
}

#[test]
fn one_that_has_gone_away_keeps_no_place() {
    let mut intake = intake(1, 1);
    intake.arrive(0, None, Priority::Normal, at(0));
    intake.arrive(1, None, Priority::Normal, at(0));
    assert_eq!(intake.gone(|it| *it == 1, at(1)), Some(1));
    assert_eq!(intake.arrive(2, None, Priority::Normal, at(2)), (Arrived::Waits, None));
}

#[test]
fn a_server_that_drains_refuses_and_finishes() {
    let mut intake = intake(1, 1);
    intake.arrive(0, None, Priority::Normal, at(0));
    intake.arrive(1, None, Priority::Normal, at(0));
    intake.drain();
    assert_eq!(intake.arrive(2, None, Priority::Critical, at(0)).0, Arrived::Shed(Shed::Draining));
    intake.finished(at(0), true, at(1));
    assert_eq!(intake.next(at(1)), Some(Next::Run(1)));
}

/// Runs a limit against a server that bears `capacity`, with callers that use `share` of what they are given.
fn settle(limit: &mut Gradient, from: u64, calls: u64, capacity: f64, base: Duration, share: f64) -> Moment {
    let mut now = at(from);
    for _ in 0..calls {
        let at_once = ((f64::from(limit.limit()) * share) as u32).max(1);
        let took = base.mul_f64((f64::from(at_once) / capacity).max(1.0));
        now = now + took / at_once;
        limit.finished(Moment::ZERO + (now - Moment::ZERO).saturating_sub(took), took, at_once, now);
    }
    now
}

#[test]
fn a_limit_finds_what_a_server_bears_from_far_off() {
    for capacity in [8, 40, 200] {
        for initial in [(capacity / 5).max(4), capacity * 5] {
            let mut limit = Gradient::new(GradientConfig { initial, ..GradientConfig::default() }).unwrap();
            settle(&mut limit, 0, u64::from(capacity) * 1000, f64::from(capacity), millis(10), 1.0);
            let share = f64::from(limit.limit()) / f64::from(capacity);
            assert!((0.75..=1.25).contains(&share), "{} of {capacity} from {initial}", limit.limit());
        }
    }
}

#[test]
fn a_limit_does_not_grow_while_callers_do_not_use_it() {
    let mut limit = Gradient::new(GradientConfig::default()).unwrap();
    settle(&mut limit, 0, 20_000, 100.0, millis(10), 0.3);
    assert_eq!(limit.limit(), 20);
}

#[test]
fn a_limit_recovers_when_calls_take_longer_than_they_did() {
    let mut limit = Gradient::new(GradientConfig::default()).unwrap();
    let then = settle(&mut limit, 0, 100_000, 100.0, millis(10), 1.0);
    let slower = then.as_nanos() / 1_000_000;
    settle(&mut limit, slower, 100_000, 100.0, millis(30), 1.0);
    assert!((75..=125).contains(&limit.limit()), "{}", limit.limit());
}

#[test]
fn a_drain_never_goes_back_and_is_bounded() {
    let mut drain = Drain::new(drain::Config { lag: millis(100), grace: millis(200) }).unwrap();
    assert_eq!(drain.wakes(), None);
    drain.begin(at(10));
    drain.begin(at(9999));
    assert_eq!(
        (drain.phase(0, at(50)), drain.wakes()),
        (Phase::NotReady, Some(at(110))),
        "balancers have to hear of it"
    );
    assert_eq!((drain.phase(3, at(110)), drain.wakes()), (Phase::GoingAway, Some(at(310))));
    assert_eq!(drain.phase(1, at(310)), Phase::Cancelling);
    assert_eq!(drain.phase(1, at(50)), Phase::Cancelling);
    assert_eq!((drain.phase(0, at(311)), drain.wakes()), (Phase::Gone, None));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    for (lag, grace) in [(Duration::MAX, millis(1)), (millis(1), Duration::MAX), (Duration::MAX, Duration::MAX)] {
        assert_eq!(drain::Config { lag, grace }.check().unwrap_err().place(), "grace");
    }
    let fixed = Intake::<u32>::new(&Config { concurrency: Concurrency::Fixed(0), queue: Room::Each(1) });
    assert_eq!(fixed.unwrap_err().place(), "concurrency");
    let adaptive = GradientConfig { min: 10, max: 5, ..GradientConfig::default() };
    let adaptive = Intake::<u32>::new(&Config { concurrency: Concurrency::Adaptive(adaptive), queue: Room::Each(1) });
    assert_eq!(adaptive.unwrap_err().place(), "concurrency.max");
}
