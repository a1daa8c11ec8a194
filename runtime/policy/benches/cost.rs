//! What policies cost: a pick at ten and at a hundred endpoints, single policies, and a whole call of a client.
//!
//! `cargo bench -p wireloom-policy`: nanoseconds each, the median of batches that take turns.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wireloom_policy::balance::{Ask, P2c, Picker, Rendezvous, RoundRobin};
use wireloom_policy::breaker::{self, Breaker};
use wireloom_policy::budget::Budget;
use wireloom_policy::hedge;
use wireloom_policy::rate::{self, Full, Keyed, Rate};
use wireloom_policy::retry::Repeat;
use wireloom_policy::throttle::Throttle;
use wireloom_policy::{Call, End, Fleet, Method, Moment, Policy, Rng, Step};

const BATCHES: usize = 201;
const CALLS: u32 = 2_000;

/// A way that is measured: its name and one call of it, at a time and with a chance.
type Way = (String, Box<dyn FnMut(Moment, &mut Rng)>);

fn main() {
    let mut ways: Vec<Way> = Vec::new();
    for endpoints in [10, 100] {
        ways.push(pick("better of two", P2c::default(), endpoints));
        ways.push(pick("round robin", RoundRobin::starting_at(0), endpoints));
        ways.push(pick("by key", Rendezvous::default(), endpoints));
    }
    ways.extend(single());
    ways.push(call("call: retries and throttle", 10, Policy::default()));
    ways.push(call("call: the same, 100 endpoints", 100, Policy::default()));
    let all = Policy {
        repeat: Repeat::Freely,
        hedge: Some(hedge::Config::default()),
        breaker: Some(breaker::Config::default()),
        rate: Some(rate::Config { burst: u32::MAX, ..rate::Config::per_second(1_000_000_000) }),
        concurrency: Some(1_000),
        ..Policy::default()
    };
    ways.push(call("call: everything on", 10, all));
    let none = Policy { retry: None, throttle: None, ..Policy::default() };
    ways.push(call("call: everything off", 10, none));
    measure(&mut ways);
}

fn pick(name: &str, picker: impl Picker<usize> + 'static, endpoints: usize) -> Way {
    let fleet = fleet(endpoints);
    let pick = move |now, rng: &mut Rng| {
        let ask = Ask { tried: &[], key: rng.next_u64() };
        let ticket = fleet.pick(&picker, &ask, now, rng).expect("there are endpoints");
        ticket.settle(black_box(End::Answered), false, now + Duration::from_micros(50));
    };
    (format!("pick and settle: {name}, {endpoints} endpoints"), Box::new(pick))
}

fn single() -> Vec<Way> {
    let budget = Budget::new(&Default::default()).expect("right");
    let throttle = Throttle::new(Default::default()).expect("right");
    let breaker = Breaker::new(Default::default()).expect("right");
    let fast = rate::Config { burst: u32::MAX, ..rate::Config::per_second(1_000_000_000) };
    let rate = Rate::new(&fast).expect("right");
    let keyed = Keyed::new(&fast, 10_000, Full::Refuse).expect("right");
    vec![
        ("budget: deposit".to_owned(), Box::new(move |now, _| budget.deposit(now))),
        (
            "throttle: admit and settle".to_owned(),
            Box::new(move |now, rng| {
                black_box(throttle.admits(now, rng));
                throttle.settle(true, now);
            }),
        ),
        (
            "breaker: admit and settle".to_owned(),
            Box::new(move |now, _| {
                let pass = breaker.admit(now).expect("closed");
                breaker.settle(pass, Some(true), now);
            }),
        ),
        ("rate".to_owned(), Box::new(move |now, _| black_box(rate.admit(now)).expect("room"))),
        (
            "rate by key".to_owned(),
            Box::new(move |now, rng| black_box(keyed.admit(&rng.below(1000), now)).expect("room")),
        ),
    ]
}

fn call(name: &str, endpoints: usize, policy: Policy) -> Way {
    let (fleet, picker) = (fleet(endpoints), P2c::default());
    let budget = Arc::new(Budget::new(&Default::default()).expect("right"));
    let method = Method::new(policy, budget).expect("right");
    let call = move |now, rng: &mut Rng| {
        let mut call = Call::start(&method, None, now, rng).expect("nothing speaks against it");
        loop {
            match call.step(&fleet, &picker, 0, now, rng) {
                Step::Send(attempt) => call.ended(attempt.number, End::Answered, now + Duration::from_micros(50), rng),
                Step::Done(verdict) => {
                    black_box(verdict);
                    return;
                }
                Step::Wait(_) | Step::Cancel(_) => unreachable!("it is answered at once"),
            }
        }
    };
    (name.to_owned(), Box::new(call))
}

fn fleet(endpoints: usize) -> Fleet<usize> {
    Fleet::new(0..endpoints, &Default::default(), Moment::ZERO).expect("right")
}

/// Batches of the ways take turns, so that a slow phase of the machine is everybody's.
fn measure(ways: &mut [Way]) {
    let (mut rng, mut now) = (Rng::seeded(1), Moment::ZERO);
    let mut took = vec![Vec::new(); ways.len()];
    for _ in 0..BATCHES {
        for (way, took) in ways.iter_mut().zip(&mut took) {
            let started = Instant::now();
            for _ in 0..CALLS {
                now = now + Duration::from_micros(100);
                (way.1)(now, &mut rng);
            }
            took.push(started.elapsed().as_nanos() as f64 / f64::from(CALLS));
        }
    }
    for (way, took) in ways.iter().zip(&mut took) {
        took.sort_by(f64::total_cmp);
        println!("{:52} {:6.0} ns", way.0, took[took.len() / 2]);
    }
}
