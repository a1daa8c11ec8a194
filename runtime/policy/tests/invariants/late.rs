//! Calls whose driver comes late, or whose endpoints go while they are under way.

use std::sync::Arc;

use proptest::prelude::*;
use wireloom_policy::balance::P2c;
use wireloom_policy::budget::{self, Budget};
use wireloom_policy::hedge::{self, After};
use wireloom_policy::retry::Repeat;
use wireloom_policy::{
    Call, End, Failure, Fleet, Kind, Method, Moment, Policy, Refused, Rng, Step, Verdict, breaker, fleet, rate,
};

use crate::{UNAVAILABLE, at, millis};

fn policy() -> Policy {
    Policy { repeat: Repeat::Freely, deadline: millis(500), throttle: None, ..Policy::default() }
}

fn method(policy: Policy) -> Method {
    let budget = budget::Config { ratio: 0.0, reserve: 0.0, bank: 5 };
    Method::new(policy, Arc::new(Budget::new(&budget).unwrap())).unwrap()
}

fn fleet(endpoints: usize) -> Fleet<usize> {
    Fleet::new(0..endpoints, &fleet::Config::default(), Moment::ZERO).unwrap()
}

fn step(call: &mut Call<'_, usize>, fleet: &Fleet<usize>, now: Moment) -> Step<usize> {
    call.step(fleet, &P2c::default(), 0, now, &mut Rng::seeded(now.as_nanos()))
}

/// Sends the next attempt, which must be due, and says where to.
fn sends(call: &mut Call<'_, usize>, fleet: &Fleet<usize>, now: Moment) -> usize {
    match step(call, fleet, now) {
        Step::Send(attempt) => *attempt.endpoint.key(),
        other => panic!("{other:?} at {now}"),
    }
}

/// Steps as told until something is sent or done.
fn waits(call: &mut Call<'_, usize>, fleet: &Fleet<usize>, mut now: Moment) -> (Step<usize>, Moment) {
    for _ in 0..10 {
        match step(call, fleet, now) {
            Step::Wait(until) => {
                assert!(until > now, "it is told to wait until {until}, which is over");
                now = until;
            }
            other => return (other, now),
        }
    }
    panic!("it waits for ever");
}

fn start<'m>(method: &'m Method, now: Moment) -> Result<Call<'m, usize>, Refused> {
    Call::start(method, None, now, &mut Rng::seeded(1))
}

fn fails(call: &mut Call<'_, usize>, number: u8, now: Moment) {
    call.ended(number, End::Failed(UNAVAILABLE), now, &mut Rng::seeded(2));
}

/// What happens before a step: endpoints come, go and are said to be up or down, and the driver is late.
#[derive(Clone, Copy, Debug)]
enum Chance {
    Nothing,
    SetUp(usize, bool),
    Updated(usize),
}

fn chances() -> impl Strategy<Value = Vec<(u64, Chance)>> {
    let chance = prop_oneof![
        4 => Just(Chance::Nothing),
        1 => (0..5_usize, any::<bool>()).prop_map(|(which, up)| Chance::SetUp(which, up)),
        2 => (0..6_usize).prop_map(Chance::Updated),
    ];
    prop::collection::vec((prop_oneof![3 => Just(0), 1 => 0..400_u64], chance), 40)
}

/// How an attempt ends, and after which time; never where there is none.
fn ends() -> impl Strategy<Value = Option<(End, u64)>> {
    let failed = [Failure::UNREACHED, UNAVAILABLE, Failure::of(Kind::Overloaded), Failure::of(Kind::Rejected)];
    let end = prop_oneof![
        1 => Just(End::Answered),
        1 => Just(End::Cancelled),
        4 => prop::sample::select(failed.map(End::Failed).to_vec()),
    ];
    prop::option::weighted(0.8, (end, 0..300_u64))
}

proptest! {
    /// However late each step is, and whatever becomes of the endpoints: nothing is sent once the time is up, what
    /// was paid for was sent, nobody is told to wait for what is over, and each call ends and leaves nothing behind.
    #[test]
    fn late_steps_break_nothing(
        calls in prop::collection::vec((chances(), prop::collection::vec(ends(), 12)), 1..4),
        hedges in any::<bool>(),
        each in prop::option::of(50..400_u64),
    ) {
        let policy = Policy { attempt: each.map(millis), concurrency: Some(1), ..hedged() };
        let method = method(if hedges { policy } else { Policy { hedge: None, ..policy } });
        let (mut fleet, mut now) = (fleet(3), at(1));
        for (chances, ends) in calls {
            let before = method.budget().balance(now);
            let mut call = start(&method, now).expect("the call before has given back its place");
            let mut due: Vec<(Moment, u8, End)> = Vec::new();
            let (mut sent, mut free, mut hedged, mut verdict) = (0, 0, 0, None);
            for (late, chance) in chances.into_iter().chain(std::iter::repeat((0, Chance::Nothing))).take(200) {
                now = now + millis(late);
                match chance {
                    Chance::Nothing => {}
                    Chance::SetUp(which, up) => fleet.endpoints().iter().filter(|it| *it.key() == which).for_each(|it| it.set_up(up)),
                    Chance::Updated(size) => fleet = fleet.updated((0..size).map(|key| (key, 1)), now),
                }
                match step(&mut call, &fleet, now) {
                    Step::Send(attempt) => {
                        prop_assert!(!call.deadline().is_over(now), "sent at {now}");
                        prop_assert!(attempt.until > now && attempt.until <= call.deadline().moment());
                        (sent, hedged) = (sent + 1, hedged + usize::from(attempt.hedge));
                        let end = ends[usize::from(attempt.number) % ends.len()];
                        due.extend(end.map(|(end, after)| (now + millis(after), attempt.number, end)));
                    }
                    Step::Cancel(number) => due.retain(|it| it.1 != number),
                    Step::Wait(until) => {
                        prop_assert!(until > now, "it spins at {now}");
                        due.sort_by_key(|it| std::cmp::Reverse(it.0));
                        match due.pop_if(|it| it.0 <= until) {
                            Some((when, number, end)) => {
                                now = now.max(when);
                                call.ended(number, end, now, &mut Rng::seeded(sent));
                                free += u32::from(end == End::Failed(Failure::UNREACHED));
                            }
                            None => now = until,
                        }
                    }
                    Step::Done(told) => {
                        verdict = Some(told);
                        break;
                    }
                }
            }
            let verdict = verdict.expect("it ends");
            prop_assert!(hedged <= 1);
            drop(call);
            let paid = before - method.budget().balance(now);
            prop_assert!(u64::from(paid) <= sent.saturating_sub(1), "{paid} paid of {sent}");
            prop_assert!(u64::from(paid + free) + 1 >= sent, "{paid} paid and {free} free of {sent}");
            if sent > 0 {
                prop_assert!(!matches!(verdict, Verdict::Refused(_)), "it was sent: {verdict:?}");
            }
            prop_assert!(fleet.endpoints().iter().all(|it| it.pending() == 0));
        }
    }
}

#[test]
fn an_endpoint_that_comes_too_late_gets_nothing() {
    let method = method(policy());
    let mut call = start(&method, at(0)).unwrap();
    assert!(matches!(step(&mut call, &fleet(0), at(0)), Step::Wait(_)));
    let done = step(&mut call, &fleet(1), at(600));
    assert!(matches!(done, Step::Done(Verdict::TimedOut)), "{done:?}");
}

#[test]
fn whose_time_is_up_without_an_endpoint_is_told_so() {
    let method = method(policy());
    let mut call = start(&method, at(0)).unwrap();
    let (done, now) = waits(&mut call, &fleet(0), at(0));
    assert!(matches!(done, Step::Done(Verdict::Refused(Refused::NoEndpoint { known: 0, ejected: 0 }))), "{done:?}");
    assert_eq!(now, at(500));
}

#[test]
fn a_retry_whose_timer_is_late_is_not_sent_and_not_paid() {
    let method = method(policy());
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(3), at(0));
    fails(&mut call, 0, at(1));
    assert_eq!(method.budget().balance(at(1)), 4);
    let done = step(&mut call, &fleet(3), at(700));
    assert!(matches!(done, Step::Done(Verdict::Take(0))), "{done:?}");
    assert_eq!(method.budget().balance(at(700)), 5);
}

#[test]
fn a_connection_that_fails_after_the_deadline_is_not_tried_again() {
    let method = method(policy());
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(3), at(0));
    call.ended(0, End::Failed(Failure::UNREACHED), at(800), &mut Rng::seeded(1));
    let done = step(&mut call, &fleet(3), at(800));
    assert!(matches!(done, Step::Done(Verdict::Take(0))), "{done:?}");
}

#[test]
fn an_attempt_that_was_cancelled_below_leaves_no_call_that_waits_for_ever() {
    let method = method(policy());
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(3), at(0));
    call.ended(0, End::Cancelled, at(1), &mut Rng::seeded(1));
    let (done, now) = waits(&mut call, &fleet(3), at(1));
    assert!(matches!(done, Step::Done(Verdict::TimedOut)), "{done:?}");
    assert_eq!(now, at(500));
}

/// What failed last is the answer, also where a retry was paid for and there is nobody left to send it to.
#[test]
fn a_retry_that_finds_nobody_leaves_the_failure_as_the_answer() {
    let config = breaker::Config { volume: 1, ..breaker::Config::default() };
    let method = method(Policy { deadline: millis(5000), breaker: Some(config), ..policy() });
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(3), at(0));
    fails(&mut call, 0, at(1));
    let (done, now) = waits(&mut call, &fleet(0), at(1));
    assert!(matches!(done, Step::Done(Verdict::Take(0))), "{done:?}");
    assert_eq!(method.budget().balance(now), 5, "what was not sent is not paid");
    assert_eq!(method.breaker().unwrap().state(now), breaker::State::Open, "it hears of the failure");
}

#[test]
fn a_call_that_is_cancelled_or_dropped_in_its_backoff_pays_nothing() {
    let method = method(policy());
    for dropped in [false, true] {
        let mut call = start(&method, at(0)).unwrap();
        sends(&mut call, &fleet(3), at(0));
        fails(&mut call, 0, at(1));
        assert_eq!(method.budget().balance(at(1)), 4);
        if dropped {
            drop(call)
        } else {
            call.cancel(at(2))
        }
        assert_eq!(method.budget().balance(at(2)), 5);
    }
}

fn hedged() -> Policy {
    let hedge = hedge::Config { after: After::Time(millis(100)), extra: 1.0 };
    Policy { hedge: Some(hedge), ..policy() }
}

#[test]
fn a_hedge_does_not_go_where_the_call_has_failed() {
    let (method, fleet) = (method(hedged()), fleet(2));
    let mut call = start(&method, at(0)).unwrap();
    let failed = sends(&mut call, &fleet, at(0));
    fails(&mut call, 0, at(1));
    let (retry, now) = waits(&mut call, &fleet, at(1));
    assert!(matches!(retry, Step::Send(attempt) if *attempt.endpoint.key() != failed));
    assert!(matches!(step(&mut call, &fleet, now + millis(100)), Step::Wait(_)), "there is no third");
    assert_eq!(method.budget().balance(now + millis(100)), 4, "the retry alone was paid");
}

#[test]
fn the_time_of_a_hedge_counts_from_the_attempt_that_it_helps() {
    let (method, fleet) = (method(hedged()), fleet(5));
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet, at(0));
    fails(&mut call, 0, at(99));
    let (retry, sent) = waits(&mut call, &fleet, at(99));
    assert!(matches!(retry, Step::Send(_)));
    let (hedge, now) = waits(&mut call, &fleet, sent);
    assert!(matches!(hedge, Step::Send(attempt) if attempt.hedge));
    assert_eq!(now, sent + millis(100));
}

#[test]
fn a_call_has_one_hedge_also_after_a_retry() {
    let (method, fleet) = (method(hedged()), fleet(5));
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet, at(0));
    sends(&mut call, &fleet, at(100));
    fails(&mut call, 0, at(101));
    fails(&mut call, 1, at(102));
    let (retry, sent) = waits(&mut call, &fleet, at(102));
    assert!(matches!(retry, Step::Send(attempt) if !attempt.hedge));
    assert!(matches!(step(&mut call, &fleet, sent + millis(150)), Step::Wait(_)));
}

/// Complaint: a bulkhead of streams that lets in any number of them.
#[test]
fn a_stream_keeps_its_place_in_the_bulkhead_until_it_ends() {
    let method = method(Policy { concurrency: Some(1), ..policy() });
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(1), at(0));
    let stream = call.opened(0, at(1)).expect("it is on its way");
    drop(call);
    assert_eq!(start(&method, at(2)).unwrap_err(), Refused::BulkheadFull);
    stream.settle(End::Answered, false, at(3));
    assert!(start(&method, at(3)).is_ok());
}

#[test]
fn a_full_bulkhead_costs_nothing_of_the_rate() {
    let rate = rate::Config { burst: 2, ..rate::Config::per_second(1) };
    let method = method(Policy { concurrency: Some(1), rate: Some(rate), ..policy() });
    let first = start(&method, at(0)).unwrap();
    (0..5).for_each(|_| assert_eq!(start(&method, at(0)).unwrap_err(), Refused::BulkheadFull));
    drop(first);
    drop(start(&method, at(0)).expect("one of two is left"));
    assert!(matches!(start(&method, at(0)), Err(Refused::RateLimited(_))));
    assert!(matches!(start(&method, at(0)), Err(Refused::RateLimited(_))), "and gives its place back");
}

#[test]
fn a_time_out_that_is_not_followed_is_a_time_out() {
    let method = method(Policy { attempt: Some(millis(50)), deadline: millis(5000), ..policy() });
    let mut call = start(&method, at(0)).unwrap();
    sends(&mut call, &fleet(3), at(0));
    assert!(matches!(step(&mut call, &fleet(3), at(50)), Step::Cancel(0)));
    let (done, _) = waits(&mut call, &fleet(0), at(50));
    assert!(matches!(done, Step::Done(Verdict::TimedOut)), "{done:?}");
}
