//! The attempts of a call: their number, budget, deadline, hedge.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wireloom_policy::balance::P2c;
use wireloom_policy::budget::{self, Budget};
use wireloom_policy::hedge::{self, After};
use wireloom_policy::retry::{self, Repeat};
use wireloom_policy::{
    Call, Deadline, End, Failure, Fleet, Hint, Kind, Method, Moment, Policy, Refused, Rng, Step, Verdict, breaker,
    failfast, fleet, rate, throttle,
};

use crate::{UNAVAILABLE, at, millis};

fn policy() -> Policy {
    Policy { repeat: Repeat::Freely, deadline: millis(1000), throttle: None, ..Policy::default() }
}

fn method(policy: Policy) -> Method {
    Method::new(policy, Arc::new(Budget::new(&budget::Config::default()).unwrap())).unwrap()
}

fn fleet(endpoints: usize) -> Fleet<usize> {
    Fleet::new(0..endpoints, &fleet::Config::default(), Moment::ZERO).unwrap()
}

/// What a call did.
#[derive(Debug, Default)]
struct Story {
    sent: Vec<(usize, Moment)>,
    hedges: usize,
    cancelled: usize,
    verdict: Option<Verdict>,
    gave_up: bool,
    ended: Moment,
}

/// Drives a call to its end; `answers` says of each attempt how it ends and after which time, `None` never.
fn drive(method: &Method, fleet: &Fleet<usize>, now: Moment, answers: impl Fn(u8) -> Option<(End, Duration)>) -> Story {
    let mut rng = Rng::seeded(7);
    let mut story = Story::default();
    let mut now = now;
    let mut call = match Call::start(method, None, now, &mut rng) {
        Ok(call) => call,
        Err(refused) => return Story { verdict: Some(Verdict::Refused(refused)), ..story },
    };
    let mut due: Vec<(Moment, u8, End)> = Vec::new();
    for _ in 0..1000 {
        match call.step(fleet, &P2c::default(), 0, now, &mut rng) {
            Step::Send(attempt) => {
                story.sent.push((*attempt.endpoint.key(), now));
                story.hedges += usize::from(attempt.hedge);
                assert!(attempt.until <= call.deadline().moment());
                due.extend(answers(attempt.number).map(|(end, after)| (now + after, attempt.number, end)));
            }
            Step::Cancel(number) => {
                story.cancelled += 1;
                due.retain(|(_, of, _)| *of != number);
            }
            Step::Wait(until) => match due.iter().copied().min_by_key(|(when, ..)| *when) {
                Some((when, number, end)) if when <= until => {
                    now = when;
                    due.retain(|(_, of, _)| *of != number);
                    call.ended(number, end, now, &mut rng);
                }
                _ => now = until,
            },
            Step::Done(verdict) => {
                (story.verdict, story.gave_up, story.ended) = (Some(verdict), call.gave_up(), now);
                return story;
            }
        }
    }
    panic!("it does not end: {story:?}");
}

fn end(which: u8) -> End {
    let kinds = [Kind::Rejected, Kind::Unavailable, Kind::Overloaded, Kind::TimedOut, Kind::Broken, Kind::Declined];
    match which {
        0 => End::Answered,
        1..=6 => End::Failed(Failure::of(kinds[usize::from(which) - 1])),
        7 => End::Failed(Failure::UNREACHED),
        8 => End::Failed(UNAVAILABLE.with_hint(Hint::After(millis(300)))),
        _ => End::Failed(UNAVAILABLE.with_hint(Hint::Never)),
    }
}

proptest! {
    #[test]
    fn a_call_ends_in_time_with_no_more_attempts_than_allowed(
        retries in 0..=4_u32,
        endpoints in 0..6_usize,
        ends in prop::collection::vec((0..10_u8, 0..1500_u64, any::<bool>()), 12),
        hedged in any::<bool>(),
        each in prop::option::of(1..1000_u64),
    ) {
        let mut policy = policy();
        policy.retry = Some(retry::Config { retries, ..retry::Config::default() });
        policy.hedge = hedged.then_some(hedge::Config { after: After::Time(millis(20)), extra: 1.0 });
        policy.attempt = each.map(millis);
        let (method, fleet) = (method(policy), fleet(endpoints));
        let story = drive(&method, &fleet, at(5), |number| {
            let (which, after, answers) = ends[usize::from(number) % ends.len()];
            answers.then_some((end(which), millis(after)))
        });
        prop_assert!(story.ended <= at(1005), "{story:?}");
        let unreached = 5;
        prop_assert!(story.sent.len() <= 1 + retries as usize + unreached + story.hedges, "{story:?}");
        prop_assert!(story.hedges <= 1);
        prop_assert!(fleet.endpoints().iter().all(|it| it.pending() == 0), "each attempt has freed its place");
    }

    #[test]
    fn the_next_attempt_goes_elsewhere(endpoints in 3..10_usize) {
        let story = drive(&method(policy()), &fleet(endpoints), at(0), |_| Some((End::Failed(UNAVAILABLE), millis(1))));
        let mut places: Vec<usize> = story.sent.iter().map(|it| it.0).collect();
        places.dedup();
        prop_assert_eq!(places.len(), 3);
    }
}

#[test]
fn the_last_failure_is_the_answer() {
    let story = drive(&method(policy()), &fleet(5), at(0), |_| Some((End::Failed(UNAVAILABLE), millis(1))));
    assert_eq!((story.sent.len(), story.verdict), (3, Some(Verdict::Take(2))));
}

#[test]
fn what_lies_with_the_call_is_not_tried_again() {
    let rejected = End::Failed(Failure::of(Kind::Rejected));
    let story = drive(&method(policy()), &fleet(5), at(0), |_| Some((rejected, millis(1))));
    assert_eq!((story.sent.len(), story.verdict), (1, Some(Verdict::Take(0))));
}

#[test]
fn once_is_sent_again_only_when_it_was_never_seen() {
    let once = Policy { repeat: Repeat::Unseen, ..policy() };
    let story = drive(&method(once), &fleet(5), at(0), |_| Some((End::Failed(UNAVAILABLE), millis(1))));
    assert_eq!(story.sent.len(), 1);
    let unreached =
        |number| Some((if number < 2 { End::Failed(Failure::UNREACHED) } else { End::Answered }, millis(1)));
    let story = drive(&method(once), &fleet(5), at(0), unreached);
    assert_eq!((story.sent.len(), story.verdict), (3, Some(Verdict::Take(2))));
}

#[test]
fn without_retries_a_connection_that_did_not_come_about_is_tried_again_all_the_same() {
    let none = Policy { retry: None, repeat: Repeat::Unseen, ..policy() };
    let unreached =
        |number| Some((if number < 1 { End::Failed(Failure::UNREACHED) } else { End::Answered }, millis(1)));
    assert_eq!(drive(&method(none), &fleet(5), at(0), unreached).verdict, Some(Verdict::Take(1)));
}

#[test]
fn an_empty_budget_ends_it() {
    let broke = Arc::new(Budget::new(&budget::Config { ratio: 0.0, reserve: 0.0, bank: 1 }).unwrap());
    let method = Method::new(policy(), Arc::clone(&broke)).unwrap();
    let fleet = fleet(5);
    let fails = |_| Some((End::Failed(UNAVAILABLE), millis(1)));
    assert_eq!(drive(&method, &fleet, at(0), fails).sent.len(), 2, "the one that was saved");
    assert_eq!(drive(&method, &fleet, at(100), fails).sent.len(), 1);
}

#[test]
fn a_hint_past_the_deadline_is_not_waited_for() {
    let later = End::Failed(UNAVAILABLE.with_hint(Hint::After(millis(2000))));
    let story = drive(&method(policy()), &fleet(5), at(0), |_| Some((later, millis(1))));
    assert_eq!((story.sent.len(), story.ended), (1, at(1)), "it fails at once");
}

#[test]
fn a_hint_within_the_deadline_is_obeyed() {
    let later = End::Failed(UNAVAILABLE.with_hint(Hint::After(millis(200))));
    let story = drive(&method(policy()), &fleet(5), at(0), |number| {
        Some((if number == 0 { later } else { End::Answered }, millis(1)))
    });
    assert!(story.sent[1].1 >= at(201), "{story:?}");
}

#[test]
fn attempts_have_their_own_time_within_that_of_the_call() {
    let timed = Policy { attempt: Some(millis(100)), ..policy() };
    let story = drive(&method(timed), &fleet(5), at(0), |number| (number > 0).then_some((End::Answered, millis(1))));
    assert!(story.sent[1].1 >= at(100) && story.sent[1].1 <= at(126), "{story:?}");
    assert_eq!((story.cancelled, story.verdict), (1, Some(Verdict::Take(1))));
}

/// Pitfall: the breaker of a slow caller. Its own short deadline opens nothing.
#[test]
fn a_short_deadline_of_the_caller_opens_no_breaker() {
    let config = breaker::Config { volume: 5, ..breaker::Config::default() };
    let strict = Policy { breaker: Some(config), retry: None, ..policy() };
    let (method, fleet) = (method(strict), fleet(3));
    let mut rng = Rng::seeded(1);
    for call in 0..50 {
        let now = at(call * 20);
        let parent = Some(Deadline::within(millis(10), now));
        let mut call = Call::start(&method, parent, now, &mut rng).expect("it is closed");
        assert!(matches!(call.step(&fleet, &P2c::default(), 0, now, &mut rng), Step::Send(_)));
        assert!(matches!(call.step(&fleet, &P2c::default(), 0, now + millis(10), &mut rng), Step::Cancel(0)));
        let done = call.step(&fleet, &P2c::default(), 0, now + millis(10), &mut rng);
        assert!(matches!(done, Step::Done(Verdict::TimedOut)));
    }
    assert_eq!(fleet.ejected(), 0);
}

#[test]
fn a_child_never_has_longer_than_its_parent() {
    let method = method(policy());
    let parent = Deadline::at(at(300));
    let call = Call::<usize>::start(&method, Some(parent), at(0), &mut Rng::seeded(1)).unwrap();
    assert_eq!(call.deadline(), parent);
    let refused = Call::<usize>::start(&method, Some(parent), at(300), &mut Rng::seeded(1)).unwrap_err();
    assert_eq!(refused, Refused::Expired);
}

#[test]
fn a_hedge_goes_elsewhere_and_the_slower_one_is_cancelled() {
    let hedge = hedge::Config { after: After::Time(millis(20)), extra: 1.0 };
    let hedged = Policy { hedge: Some(hedge), ..policy() };
    let fleet = fleet(5);
    let story = drive(&method(hedged), &fleet, at(0), |number| {
        Some((End::Answered, millis(if number == 0 { 500 } else { 5 })))
    });
    assert_eq!((story.verdict, story.hedges, story.cancelled), (Some(Verdict::Take(1)), 1, 1));
    assert_eq!(story.ended, at(25));
    assert_ne!(story.sent[0].0, story.sent[1].0);
}

#[test]
fn there_is_no_hedge_to_the_only_endpoint() {
    let hedge = hedge::Config { after: After::Time(millis(20)), extra: 1.0 };
    let method = method(Policy { hedge: Some(hedge), ..policy() });
    let before = method.budget().balance(at(0));
    let story = drive(&method, &fleet(1), at(0), |_| Some((End::Answered, millis(100))));
    assert_eq!(story.hedges, 0);
    assert!(method.budget().balance(at(100)) >= before, "what was taken for it is given back");
}

#[test]
fn keyed_operations_are_never_on_their_way_twice() {
    let keyed = Policy { repeat: Repeat::Keyed, hedge: Some(hedge::Config::default()), ..policy() };
    assert_eq!(keyed.check().unwrap_err().place(), "hedge");
}

#[test]
fn hedges_are_bounded_by_their_share_and_by_the_budget() {
    let hedge = hedge::Config { after: After::Time(millis(5)), extra: 0.05 };
    let method = method(Policy { hedge: Some(hedge), ..policy() });
    let fleet = fleet(5);
    let hedges: usize =
        (0..1000).map(|call| drive(&method, &fleet, at(call), |_| Some((End::Answered, millis(50)))).hedges).sum();
    assert!((50..=60).contains(&hedges), "{hedges} of 1000");
}

#[test]
fn a_hedge_takes_over_when_the_first_attempt_fails() {
    let hedge = hedge::Config { after: After::Time(millis(20)), extra: 1.0 };
    let story = drive(&method(Policy { hedge: Some(hedge), ..policy() }), &fleet(5), at(0), |number| {
        Some(if number == 0 { (End::Failed(UNAVAILABLE), millis(30)) } else { (End::Answered, millis(50)) })
    });
    assert_eq!((story.verdict, story.sent.len()), (Some(Verdict::Take(1)), 2), "no retry beside it");
}

/// Complaint: failfast mysteries. A call without an endpoint waits, fails in time, and says why.
#[test]
fn without_an_endpoint_calls_fail_in_time_and_say_why() {
    let waiting =
        Policy { deadline: millis(5000), failfast: failfast::Config { after: millis(100), waiting: 1 }, ..policy() };
    let (method, empty) = (method(waiting), fleet(0));
    let nobody = Some(Verdict::Refused(Refused::NoEndpoint { known: 0, ejected: 0 }));
    let story = drive(&method, &empty, at(0), |_| None);
    assert_eq!((story.verdict, story.ended), (nobody, at(100)));
    let story = drive(&method, &empty, at(200), |_| None);
    assert_eq!((story.verdict, story.ended), (nobody, at(200)), "nothing has been ready for long: at once");
    // As soon as there is one, all is as before.
    let story = drive(&method, &fleet(1), at(300), |_| Some((End::Answered, millis(1))));
    assert_eq!(story.verdict, Some(Verdict::Take(0)));
    assert_eq!(drive(&method, &empty, at(400), |_| None).ended, at(500), "and waiting as well");
    assert_eq!(method.failfast().waiting(), 0);
}

#[test]
fn no_more_wait_than_may() {
    let policy = Policy { failfast: failfast::Config { after: millis(100), waiting: 1 }, ..policy() };
    let (method, empty, mut rng) = (method(policy), fleet(0), Rng::seeded(1));
    let mut first = Call::start(&method, None, at(0), &mut rng).unwrap();
    let mut second = Call::start(&method, None, at(0), &mut rng).unwrap();
    assert!(matches!(first.step(&empty, &P2c::default(), 0, at(0), &mut rng), Step::Wait(_)));
    assert!(matches!(second.step(&empty, &P2c::default(), 0, at(0), &mut rng), Step::Done(Verdict::Refused(_))));
}

#[test]
fn a_call_that_is_dropped_or_refused_gives_back_all_it_has() {
    let config = breaker::Config { volume: 1, open: millis(10), probes: 1, ..breaker::Config::default() };
    let policy = Policy {
        breaker: Some(config),
        concurrency: Some(1),
        rate: Some(rate::Config::per_second(1_000_000)),
        retry: None,
        ..policy()
    };
    let (method, fleet, mut rng) = (method(policy), fleet(2), Rng::seeded(1));
    drive(&method, &fleet, at(0), |_| Some((End::Failed(UNAVAILABLE), millis(1))));
    let refused = Call::<usize>::start(&method, None, at(2), &mut rng).unwrap_err();
    assert!(matches!(refused, Refused::BreakerOpen(_)));
    for round in 0..3 {
        let probe = Call::<usize>::start(&method, None, at(20 + round), &mut rng).expect("its probe and its place");
        let full = Call::<usize>::start(&method, None, at(20 + round), &mut rng);
        assert!(full.is_err());
        drop(probe);
    }
}

#[test]
fn a_dropped_call_is_told_as_cancelled() {
    let (method, fleet, mut rng) = (method(policy()), fleet(1), Rng::seeded(1));
    let mut call = Call::start(&method, None, at(0), &mut rng).unwrap();
    assert!(matches!(call.step(&fleet, &P2c::default(), 0, at(0), &mut rng), Step::Send(_)));
    assert_eq!(fleet.endpoints()[0].pending(), 1);
    call.cancel(at(700));
    assert_eq!(fleet.endpoints()[0].pending(), 0);
    assert!(fleet.endpoints()[0].cost() >= 0.7e9, "it has waited for so long");
}

/// Commit point: once an answer was shown there is no other attempt.
#[test]
fn an_opened_answer_is_the_last_attempt() {
    let (method, fleet, mut rng) = (method(policy()), fleet(2), Rng::seeded(1));
    let mut call = Call::start(&method, None, at(0), &mut rng).unwrap();
    assert!(matches!(call.step(&fleet, &P2c::default(), 0, at(0), &mut rng), Step::Send(_)));
    let stream = call.opened(0, at(5)).expect("it is on its way");
    let done = call.step(&fleet, &P2c::default(), 0, at(6), &mut rng);
    assert!(matches!(done, Step::Done(Verdict::Take(0))));
    let endpoint = Arc::clone(stream.endpoint());
    assert_eq!(endpoint.pending(), 1, "the stream goes on");
    stream.settle(End::Answered, false, at(900));
    assert_eq!(endpoint.pending(), 0);
}

/// Pitfall: double deposit. A call pays in once, however many attempts it has.
#[test]
fn a_call_pays_into_the_budget_once() {
    let shared = Arc::new(Budget::new(&budget::Config { ratio: 1.0, reserve: 0.0, bank: 100 }).unwrap());
    let method = Method::new(policy(), Arc::clone(&shared)).unwrap();
    while shared.withdraw(at(0)) {}
    drive(&method, &fleet(5), at(0), |_| Some((End::Failed(UNAVAILABLE), millis(1))));
    assert_eq!(shared.balance(at(100)), 0, "one in, one out");
}

#[test]
fn the_throttle_counts_calls_not_attempts() {
    let throttled = Policy { throttle: Some(throttle::Config::default()), ..policy() };
    let (method, fleet) = (method(throttled), fleet(5));
    for call in 0..100 {
        let second = |number| Some((if number == 0 { End::Failed(UNAVAILABLE) } else { End::Answered }, millis(1)));
        drive(&method, &fleet, at(call * 100), second);
    }
    assert_eq!(method.throttle().unwrap().drop_share(at(10_000)), 0.0, "each was answered in the end");
}

#[test]
fn what_contradicts_itself_is_refused_with_its_place() {
    let place = |policy: Policy| policy.check().unwrap_err().place().to_owned();
    assert_eq!(place(Policy { deadline: millis(0), ..policy() }), "deadline");
    assert_eq!(place(Policy { attempt: Some(millis(0)), ..policy() }), "attempt");
    assert_eq!(place(Policy { attempt: Some(millis(2000)), ..policy() }), "attempt");
    assert_eq!(place(Policy { margin: millis(1000), ..policy() }), "margin");
    assert_eq!(place(Policy { concurrency: Some(0), ..policy() }), "concurrency");
    let retry = retry::Config { retries: 9, ..retry::Config::default() };
    assert_eq!(place(Policy { retry: Some(retry), ..policy() }), "retry.retries");
    assert_eq!(place(Policy { deadline: millis(20), ..policy() }), "retry.backoff.min");
    let rate = rate::Config { burst: 0, ..rate::Config::per_second(1) };
    assert_eq!(place(Policy { rate: Some(rate), ..policy() }), "rate.burst");
}

/// Every attempt ends so.
fn after(end: End) -> impl Fn(u8) -> Option<(End, Duration)> {
    move |_| Some((end, millis(1)))
}

fn failing(kind: Kind) -> impl Fn(u8) -> Option<(End, Duration)> {
    after(End::Failed(Failure::of(kind)))
}

/// Pitfall: amplification by tiers. Whoever tried again in vain says so; whoever did not leaves it to the tier above.
#[test]
fn only_who_tried_again_has_given_up() {
    let gave_up = |policy, answers: &dyn Fn(u8) -> Option<(End, Duration)>| {
        drive(&method(policy), &fleet(5), Moment::ZERO, answers).gave_up
    };
    assert!(gave_up(policy(), &failing(Kind::Unavailable)), "three attempts");
    assert!(gave_up(policy(), &after(End::Failed(Failure::UNREACHED))), "nor was there a connection to any");
    assert!(!gave_up(policy(), &failing(Kind::Rejected)), "it is an answer");
    assert!(!gave_up(policy(), &|number| failing([Kind::Unavailable, Kind::Rejected][number as usize])(number)));
    assert!(!gave_up(policy(), &|number| Some((
        if number == 0 { End::Failed(UNAVAILABLE) } else { End::Answered },
        millis(1)
    ))));
    // What must not be sent twice, or is not to be, was not: the tier above knows whether its own call may be.
    assert!(!gave_up(Policy { repeat: Repeat::Unseen, ..policy() }, &failing(Kind::Unavailable)));
    assert!(!gave_up(Policy { retry: None, ..policy() }, &failing(Kind::Unavailable)));
    let never = Failure::of(Kind::Unavailable).with_hint(Hint::Never);
    assert!(!gave_up(policy(), &after(End::Failed(never))), "that was said by who did");
}

#[test]
fn for_want_of_a_budget_a_call_is_given_up_too() {
    let spent = Arc::new(Budget::new(&budget::Config { ratio: 0.0, reserve: 0.0, bank: 1 }).unwrap());
    assert!(spent.withdraw(Moment::ZERO));
    let method = Method::new(policy(), spent).unwrap();
    let story = drive(&method, &fleet(5), Moment::ZERO, failing(Kind::Unavailable));
    assert_eq!((story.sent.len(), story.gave_up), (1, true));
}

proptest! {
    /// Whatever befalls calls, what is sent beside one attempt a call is within the budget, and hedges within their own share of it.
    #[test]
    fn extra_attempts_are_within_the_budget_and_hedges_within_their_share(
        ratio in 0.0..0.5_f64,
        bank in 1..20_u32,
        extra in 0.0..0.5_f64,
        ends in prop::collection::vec((0..6_u8, 1..200_u64), 1..60),
        pauses in prop::collection::vec(0..50_u64, 60..200),
    ) {
        let hedge = hedge::Config { after: After::Time(millis(20)), extra };
        let budget = Budget::new(&budget::Config { ratio, reserve: 0.0, bank }).unwrap();
        let method = Method::new(Policy { hedge: Some(hedge), ..policy() }, Arc::new(budget)).unwrap();
        let fleet = fleet(5);
        let (mut now, mut sent, mut hedges) = (at(0), 0, 0);
        let calls = pauses.len();
        for (call, pause) in pauses.into_iter().enumerate() {
            now = now + millis(pause);
            let story = drive(&method, &fleet, now, |number| {
                let (which, after) = ends[(call * 7 + usize::from(number)) % ends.len()];
                Some((end(which), millis(after)))
            });
            now = now.max(story.ended);
            (sent, hedges) = (sent + story.sent.len(), hedges + story.hedges);
            let begun = (call + 1) as f64;
            prop_assert!(hedges as f64 <= extra * begun + 10.0 + 1e-6, "{hedges} hedges of {begun} calls");
        }
        let allowed = ratio * calls as f64 + f64::from(bank) + 1e-6;
        prop_assert!(sent.saturating_sub(calls) as f64 <= allowed, "{sent} sent of {calls} calls, {allowed} more allowed");
    }

    /// Pitfall: the breaker of a slow caller. However short the time of callers is, and how many there are, nothing is opened, ejected
    /// or dropped for it.
    #[test]
    fn callers_in_a_hurry_harm_nobody(hurries in prop::collection::vec((1..90_u64, 0..30_u64), 1..150)) {
        let config = breaker::Config { volume: 3, ..breaker::Config::default() };
        let strict = Policy {
            breaker: Some(config),
            attempt: Some(millis(100)),
            throttle: Some(throttle::Config::default()),
            ..policy()
        };
        let (method, fleet) = (method(strict), fleet(3));
        let mut rng = Rng::seeded(1);
        let mut now = at(0);
        for (time, pause) in hurries {
            now = now + millis(pause);
            let parent = Some(Deadline::within(millis(time), now));
            let call = Call::start(&method, parent, now, &mut rng);
            prop_assert!(call.is_ok(), "{:?}", call.err());
            let mut call = call.unwrap();
            loop {
                match call.step(&fleet, &P2c::default(), 0, now, &mut rng) {
                    Step::Send(_) | Step::Cancel(_) => {}
                    Step::Wait(until) => now = until,
                    Step::Done(verdict) => {
                        prop_assert_eq!(verdict, Verdict::TimedOut);
                        break;
                    }
                }
            }
        }
        prop_assert_eq!((fleet.ejected(), method.breaker().unwrap().state(now)), (0, breaker::State::Closed));
    }
}
