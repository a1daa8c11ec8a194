//! Whether a policy can be put to work: judged by the runtime's own code, so that what is checked here is what a client and a server take.

use wireloom_policy::retry::Repeat;
use wireloom_policy::settings::{self, Per, Settings, Word};
use wireloom_policy::{Invalid, backoff, breaker, hedge, intake, rate};

use crate::contract::{Backoff, Breaker, Concurrency, Effect, Hedge, HedgeAfter, Limit, Policy, Retry};

/// What of a service's policy can be of no operation, whatever that says besides.
pub(super) fn wrong_alone(policy: &Policy) -> Option<Invalid> {
    settings(policy).check_alone().err()
}

/// What of an operation's policy, with its service's below it, cannot be.
pub(super) fn wrong(policy: &Policy, effect: Effect) -> Option<Invalid> {
    let repeat = match effect {
        Effect::Safe | Effect::Idempotent => Repeat::Freely,
        Effect::Keyed(_) => Repeat::Keyed,
        Effect::Once => Repeat::Unseen,
    };
    settings(policy).check(repeat).err()
}

fn settings(policy: &Policy) -> Settings {
    Settings {
        deadline: policy.deadline,
        first: policy.first,
        idle: policy.idle,
        lifetime: policy.lifetime,
        retry: on(policy.retry.as_ref(), retry),
        hedge: on(policy.hedge.as_ref(), hedged),
        breaker: on(policy.breaker.as_ref(), broken),
        limit: on(policy.limit.as_ref(), limit),
        concurrency: on(policy.concurrency.as_ref(), concurrency),
        queue: policy.queue,
        ..Settings::UNSAID
    }
}

fn on<T, S>(said: Option<&T>, as_runtime: impl FnOnce(&T) -> S) -> Word<S> {
    said.map_or(Word::Unsaid, |said| Word::On(as_runtime(said)))
}

fn retry(said: &Retry) -> settings::Retry {
    settings::Retry {
        retries: Some(said.attempts),
        backoff: said.backoff.map(|Backoff { min, max }| backoff::Backoff { min, max }),
        budget: said.budget_percent.map(share),
        ..settings::Retry::UNSAID
    }
}

fn hedged(said: &Hedge) -> hedge::Config {
    hedge::Config {
        after: match said.after {
            HedgeAfter::Percentile(percent) => hedge::After::Percentile(share(percent)),
            HedgeAfter::Time(delay) => hedge::After::Time(delay),
        },
        extra: said.extra_percent.map_or(hedge::EXTRA_DEFAULT, share),
    }
}

fn broken(said: &Breaker) -> breaker::Config {
    let Breaker { percent, volume, over, open } = *said;
    breaker::Config { share: share(percent), volume, over, open, probes: breaker::PROBES_DEFAULT }
}

fn limit(said: &Limit) -> settings::Limit {
    let rate = match said.burst {
        None => rate::Config::per(said.count, said.period),
        Some(burst) => rate::Config { count: said.count, period: said.period, burst },
    };
    // Who shares it does not matter to whether it can be.
    settings::Limit { rate, per: Per::All }
}

fn concurrency(said: &Concurrency) -> intake::Concurrency {
    match said {
        Concurrency::Fixed(calls) => intake::Concurrency::Fixed(*calls),
        Concurrency::Adaptive => intake::Concurrency::Adaptive(wireloom_policy::gradient::Config::DEFAULT),
    }
}

/// A share of so many percent, as generated code has it.
fn share(percent: f64) -> f64 {
    (percent * 1e7).round() / 1e9
}
