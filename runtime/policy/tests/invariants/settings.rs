//! Settings: layers in every order, contradictions, and that nothing that passes the check fails later.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wireloom_policy::backoff::Backoff;
use wireloom_policy::budget::Budget;
use wireloom_policy::hedge::{self, After};
use wireloom_policy::intake::{Concurrency, Intake};
use wireloom_policy::queue::Priority;
use wireloom_policy::rate::{self, Rate};
use wireloom_policy::retry::Repeat;
use wireloom_policy::settings::{Balance, Limit, Per, Retry};
use wireloom_policy::{Call, Fleet, Method, Moment, Rng, Settings, Step, Word, breaker, gradient, throttle};

/// Times that may be and such as never may, also the longest there is.
fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => (1..100_000_u64).prop_map(Duration::from_millis),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::from_nanos(1)),
        1 => Just(Duration::MAX),
        1 => any::<u64>().prop_map(Duration::from_secs),
    ]
}

/// Shares that may be, and numbers that are none.
fn share() -> impl Strategy<Value = f64> {
    prop_oneof![6 => 0.0..=1.0_f64, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0..10_u32, 1 => any::<u32>(), 1 => Just(u32::MAX)]
}

fn word<T: std::fmt::Debug + Clone>(on: impl Strategy<Value = T>) -> impl Strategy<Value = Word<T>> {
    prop_oneof![2 => Just(Word::Unsaid), 1 => Just(Word::Off), 3 => on.prop_map(Word::On)]
}

fn maybe<T: std::fmt::Debug + Clone>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![1 => Just(None), 2 => some.prop_map(Some)]
}

fn retry() -> impl Strategy<Value = Retry> {
    let backoff = (time(), time()).prop_map(|(min, max)| Backoff { min, max });
    (maybe(count()), maybe(backoff), maybe(share())).prop_map(|(retries, backoff, budget)| Retry {
        retries,
        backoff,
        budget,
        anew: false,
    })
}

fn hedge() -> impl Strategy<Value = hedge::Config> {
    let after = prop_oneof![share().prop_map(After::Percentile), time().prop_map(After::Time)];
    (after, share()).prop_map(|(after, extra)| hedge::Config { after, extra })
}

fn breaker() -> impl Strategy<Value = breaker::Config> {
    (share(), count(), time(), time(), count()).prop_map(|(share, volume, over, open, probes)| breaker::Config {
        share,
        volume,
        over,
        open,
        probes,
    })
}

fn throttle() -> impl Strategy<Value = throttle::Config> {
    (prop_oneof![1.0..10.0_f64, any::<f64>()], share(), count(), time())
        .prop_map(|(k, k_min, spared, pass)| throttle::Config { k, k_min: 1.0 + k_min, spared, pass })
}

fn limit() -> impl Strategy<Value = Limit> {
    let per = prop_oneof![Just(Per::All), Just(Per::Principal), Just(Per::Peer), Just(Per::Input)];
    (count(), time(), count(), per)
        .prop_map(|(count, period, burst, per)| Limit { rate: rate::Config { count, period, burst }, per })
}

fn concurrency() -> impl Strategy<Value = Concurrency> {
    let adaptive = (count(), count(), count(), share(), time()).prop_map(|(initial, min, max, smoothing, measure)| {
        let config = gradient::Config { initial, min, max, smoothing, measure, ..gradient::Config::default() };
        Concurrency::Adaptive(config)
    });
    prop_oneof![
        count().prop_map(Concurrency::Fixed),
        Just(Concurrency::Adaptive(gradient::Config::default())),
        adaptive
    ]
}

prop_compose! {
    fn settings()(
        times in (maybe(time()), maybe(time()), maybe(time()), maybe(time()), maybe(time())),
        clients in (word(retry()), word(hedge()), word(throttle()), word(breaker())),
        balance in maybe(prop_oneof![Just(Balance::P2c), Just(Balance::RoundRobin), Just(Balance::Hash)]),
        servers in (word(limit()), word(concurrency()), maybe(count())),
        priority in maybe(prop_oneof![Just(Priority::Critical), Just(Priority::Normal), Just(Priority::Background)]),
    ) -> Settings {
        let (deadline, attempt, first, idle, lifetime) = times;
        let (retry, hedge, throttle, breaker) = clients;
        let (limit, concurrency, queue) = servers;
        Settings {
            deadline, attempt, first, idle, lifetime, retry, hedge, throttle, breaker, balance, limit, concurrency, queue, priority,
        }
    }
}

fn repeat() -> impl Strategy<Value = Repeat> {
    prop_oneof![Just(Repeat::Freely), Just(Repeat::Keyed), Just(Repeat::Unseen), Just(Repeat::Never)]
}

/// As text, for a number that is none is not equal to itself.
fn told(settings: &Settings) -> String {
    format!("{settings:?}")
}

const WORDS: [&str; 14] = [
    "deadline",
    "attempt",
    "first",
    "idle",
    "lifetime",
    "retry",
    "hedge",
    "throttle",
    "breaker",
    "balance",
    "limit",
    "concurrency",
    "queue",
    "priority",
];

proptest! {
    /// It does not matter which two of three layers are put together first, and nothing said changes nothing.
    #[test]
    fn layers_are_put_together_in_any_grouping(top in settings(), middle in settings(), bottom in settings()) {
        prop_assert_eq!(told(&top.over(&middle).over(&bottom)), told(&top.over(&middle.over(&bottom))));
        prop_assert_eq!(told(&top.over(&Settings::UNSAID)), told(&top));
        prop_assert_eq!(told(&Settings::UNSAID.over(&top)), told(&top));
        prop_assert_eq!(told(&top.over(&top)), told(&top));
    }

    /// Of each word, the uppermost layer that says it is heard: in every order of three layers.
    #[test]
    fn the_uppermost_word_holds(layers in prop::array::uniform3(settings())) {
        for [top, middle, bottom] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let [top, middle, bottom] = [layers[top], layers[middle], layers[bottom]];
            let all = top.over(&middle).over(&bottom);
            prop_assert_eq!(all.deadline, top.deadline.or(middle.deadline).or(bottom.deadline));
            prop_assert_eq!(all.queue, top.queue.or(middle.queue).or(bottom.queue));
            prop_assert_eq!(all.balance, top.balance.or(middle.balance).or(bottom.balance));
            let said = [top.limit, middle.limit, bottom.limit].into_iter().find(|word| *word != Word::Unsaid);
            prop_assert_eq!(all.limit, said.unwrap_or_default());
            // Of retries each part is a word, until a layer switches them off.
            let retries = [top.retry, middle.retry, bottom.retry].into_iter();
            let mut retries = retries.filter(|word| !matches!(word, Word::Unsaid)).peekable();
            match (all.retry, retries.peek()) {
                (Word::Unsaid, None) | (Word::Off, Some(Word::Off)) => {}
                (Word::On(all), Some(Word::On(_))) => {
                    let parts = retries.map_while(|word| if let Word::On(it) = word { Some(it) } else { None });
                    prop_assert_eq!(all.retries, parts.into_iter().find_map(|it| it.retries));
                }
                (all, first) => prop_assert!(false, "{all:?} of {first:?}"),
            }
        }
    }

    /// What passes the check is made without a panic, and calls under it end in their time; what does not is told by its word.
    #[test]
    fn what_passes_the_check_works(settings in settings(), repeat in repeat(), seed in any::<u64>()) {
        if let Err(wrong) = settings.check(repeat) {
            let word = wrong.place().split('.').next().unwrap_or_default();
            prop_assert!(WORDS.contains(&word), "{wrong}");
            return Ok(());
        }
        let policy = settings.client(repeat);
        prop_assert!(policy.hedge.is_none() || repeat == Repeat::Freely);
        let budget = settings.budget().unwrap_or_default();
        let method = Method::new(policy, Arc::new(Budget::new(&budget).unwrap())).unwrap();
        if let Some(intake) = settings.intake() {
            prop_assert!(Intake::<u32>::new(&intake).is_ok());
        }
        if let Word::On(limit) = settings.limit {
            prop_assert!(Rate::new(&limit.rate).unwrap().admit(Moment::ZERO).is_ok());
        }
        let (fleet, mut rng) = (Fleet::new(0..3, &Default::default(), Moment::ZERO).unwrap(), Rng::seeded(seed));
        let mut now = Moment::ZERO;
        let Ok(mut call) = Call::start(&method, None, now, &mut rng) else { return Ok(()) };
        let deadline = call.deadline();
        for _ in 0..50 {
            match call.step(&fleet, &wireloom_policy::balance::P2c::default(), 0, now, &mut rng) {
                Step::Send(attempt) => {
                    prop_assert!(attempt.until <= deadline.moment());
                    call.ended(attempt.number, wireloom_policy::End::Failed(crate::UNAVAILABLE), now, &mut rng);
                }
                Step::Wait(until) => {
                    prop_assert!(until <= deadline.moment());
                    now = now.max(until);
                }
                Step::Cancel(_) => {}
                Step::Done(_) => return Ok(()),
            }
        }
        prop_assert!(false, "it does not end");
    }

    /// Whatever is right of an operation is right alone as well: a file is not refused for a word that some contract has.
    #[test]
    fn what_is_right_of_an_operation_is_right_alone(settings in settings()) {
        if settings.check(Repeat::Freely).is_ok() {
            prop_assert_eq!(settings.check_alone(), Ok(()));
        }
    }
}
