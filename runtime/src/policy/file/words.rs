//! The words of a policy, each as a contract has it.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::{I64Deserializer, MapAccessDeserializer, MapDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::policy::backoff::Backoff;
use crate::policy::hedge::{self, After};
use crate::policy::intake::Concurrency;
use crate::policy::queue::Priority;
use crate::policy::settings::{Balance, Limit, Per, Retry};
use crate::policy::{Settings, Word, breaker, gradient, rate, throttle};

/// The words, each as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Said {
    deadline: Option<Time>,
    attempt: Option<Time>,
    first: Option<Time>,
    idle: Option<Time>,
    lifetime: Option<Time>,
    retry: Option<Switch<SaidRetry>>,
    hedge: Option<Switch<SaidHedge>>,
    throttle: Option<Switch<SaidThrottle>>,
    breaker: Option<Switch<SaidBreaker>>,
    balance: Option<SaidBalance>,
    limit: Option<Switch<SaidLimit>>,
    concurrency: Option<Switch<SaidConcurrency>>,
    queue: Option<u32>,
    priority: Option<SaidPriority>,
}

impl From<Said> for Settings {
    fn from(said: Said) -> Settings {
        Settings {
            deadline: said.deadline.map(|it| it.0),
            attempt: said.attempt.map(|it| it.0),
            first: said.first.map(|it| it.0),
            idle: said.idle.map(|it| it.0),
            lifetime: said.lifetime.map(|it| it.0),
            retry: word(said.retry, |it| Retry {
                retries: it.retries,
                backoff: it.backoff.map(|it| it.0),
                budget: it.budget.map(|it| it.0),
                ..Retry::UNSAID
            }),
            hedge: word(said.hedge, |it| hedge::Config {
                after: it.after.0,
                extra: it.extra.map_or(hedge::EXTRA_DEFAULT, |it| it.0),
            }),
            throttle: word(said.throttle, |it| {
                let unsaid = throttle::Config::default();
                throttle::Config { k: it.k.unwrap_or(unsaid.k), ..unsaid }
            }),
            breaker: word(said.breaker, |it| {
                let unsaid = breaker::Config::default();
                breaker::Config {
                    share: it.share.map_or(unsaid.share, |it| it.0),
                    volume: it.volume.unwrap_or(unsaid.volume),
                    over: it.over.map_or(unsaid.over, |it| it.0),
                    open: it.open.map_or(unsaid.open, |it| it.0),
                    probes: it.probes.unwrap_or(unsaid.probes),
                }
            }),
            balance: said.balance.map(|it| match it {
                SaidBalance::P2c => Balance::P2c,
                SaidBalance::RoundRobin => Balance::RoundRobin,
                SaidBalance::Hash => Balance::Hash,
            }),
            limit: word(said.limit, Limit::from),
            concurrency: word(said.concurrency, |it| it.0),
            queue: said.queue,
            priority: said.priority.map(|it| match it {
                SaidPriority::Critical => Priority::Critical,
                SaidPriority::Normal => Priority::Normal,
                SaidPriority::Background => Priority::Background,
            }),
        }
    }
}

fn word<S, T>(said: Option<Switch<S>>, on: impl FnOnce(S) -> T) -> Word<T> {
    match said {
        None => Word::Unsaid,
        Some(Switch::Off) => Word::Off,
        Some(Switch::On(said)) => Word::On(on(said)),
    }
}

/// `false`, or how it is on; `true` is its defaults, where it has any.
enum Switch<S> {
    Off,
    On(S),
}

impl<'de, S: Deserialize<'de>> Deserialize<'de> for Switch<S> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Switch<S>, D::Error> {
        from.deserialize_any(Switching(PhantomData))
    }
}

/// Hands on what is there as it is, so that a mistake within it is told where it stands.
struct Switching<S>(PhantomData<S>);

impl<'de, S: Deserialize<'de>> Visitor<'de> for Switching<S> {
    type Value = Switch<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("how it is on, or false")
    }

    fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<Switch<S>, E> {
        match is_on {
            false => Ok(Switch::Off),
            true => S::deserialize(MapDeserializer::new(std::iter::empty::<(&str, &str)>())).map(Switch::On),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Switch<S>, E> {
        S::deserialize(I64Deserializer::new(number)).map(Switch::On)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Switch<S>, E> {
        S::deserialize(StrDeserializer::new(text)).map(Switch::On)
    }

    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<Switch<S>, A::Error> {
        S::deserialize(MapAccessDeserializer::new(parts)).map(Switch::On)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ retries = 2, backoff = \"25ms..1s\", budget = \"10%\" }`, or false")]
struct SaidRetry {
    retries: Option<u32>,
    backoff: Option<Range>,
    budget: Option<Share>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ after = \"p95\", extra = \"5%\" }`, true or false")]
struct SaidHedge {
    #[serde(default)]
    after: Delay,
    extra: Option<Share>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ k = 1.5 }`, or false")]
struct SaidThrottle {
    k: Option<f64>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "`{ share = \"50%\", volume = 100, over = \"30s\", open = \"5s\" }`, true or false"
)]
struct SaidBreaker {
    share: Option<Share>,
    volume: Option<u32>,
    over: Option<Time>,
    open: Option<Time>,
    probes: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SaidBalance {
    P2c,
    RoundRobin,
    Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SaidPriority {
    Critical,
    Normal,
    Background,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ rate = \"200/s\", burst = 50, per = \"peer\" }`, or false")]
struct SaidLimit {
    rate: Pace,
    burst: Option<u32>,
    #[serde(default)]
    per: SaidPer,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SaidPer {
    #[default]
    All,
    Principal,
    Peer,
    Input,
}

impl From<SaidLimit> for Limit {
    fn from(said: SaidLimit) -> Limit {
        let Pace { count, period } = said.rate;
        let unsaid = rate::Config::per(count, period);
        let rate = rate::Config { burst: said.burst.unwrap_or(unsaid.burst), ..unsaid };
        let per = match said.per {
            SaidPer::All => Per::All,
            SaidPer::Principal => Per::Principal,
            SaidPer::Peer => Per::Peer,
            SaidPer::Input => Per::Input,
        };
        Limit { rate, per }
    }
}

/// `64` or `"adaptive"`.
struct SaidConcurrency(Concurrency);

impl<'de> Deserialize<'de> for SaidConcurrency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SaidConcurrency, D::Error> {
        match toml::Value::deserialize(from)? {
            toml::Value::Integer(calls) => match u32::try_from(calls) {
                Ok(calls) => Ok(SaidConcurrency(Concurrency::Fixed(calls))),
                Err(_) => Err(de::Error::custom(format!("`{calls}` is no number of calls"))),
            },
            toml::Value::String(word) if word == "adaptive" => {
                Ok(SaidConcurrency(Concurrency::Adaptive(gradient::Config::DEFAULT)))
            }
            _ => Err(de::Error::custom("it is neither a number of calls nor `adaptive`")),
        }
    }
}

/// Values that are written as a contract writes them.
macro_rules! written {
    ($name:ident = $parse:path, $what:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let text = String::deserialize(from)?;
                $parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no {}", $what)))
            }
        }
    };
}

/// `300ms`
struct Time(Duration);
/// `10%`
struct Share(f64);
/// `25ms..1s`
struct Range(Backoff);
/// `p95` or `50ms`
struct Delay(After);
/// `200/s`
struct Pace {
    count: u32,
    period: Duration,
}

impl Default for Delay {
    fn default() -> Delay {
        Delay(hedge::Config::default().after)
    }
}

written!(Time = time, "time such as `300ms`, `2s` or `5m`");
written!(Share = share, "share such as `10%`");
written!(Range = range, "range of times such as `25ms..1s`");
written!(Delay = delay, "percentile such as `p95`, nor a time such as `50ms`");
written!(Pace = pace, "rate such as `200/s`, `10/m` or `1000/h`");

fn time(text: &str) -> Option<Time> {
    let digits = text.find(|it: char| !it.is_ascii_digit())?;
    let (number, unit) = (text[..digits].parse::<u64>().ok()?, &text[digits..]);
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    let time = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "us" => Some(Duration::from_micros(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        "d" => seconds(86_400),
        _ => None,
    };
    time.map(Time)
}

fn share(text: &str) -> Option<Share> {
    let percent: f64 = text.strip_suffix('%')?.parse().ok()?;
    // Rounded, so that 10 % is not 0.1 and some dust.
    (0.0..=100.0).contains(&percent).then(|| Share((percent * 1e7).round() / 1e9))
}

fn range(text: &str) -> Option<Range> {
    let (min, max) = text.split_once("..")?;
    Some(Range(Backoff { min: time(min)?.0, max: time(max)?.0 }))
}

fn delay(text: &str) -> Option<Delay> {
    match text.strip_prefix('p') {
        Some(percent) => Some(Delay(After::Percentile(share(&format!("{percent}%"))?.0))),
        None => Some(Delay(After::Time(time(text)?.0))),
    }
}

fn pace(text: &str) -> Option<Pace> {
    let (count, unit) = text.split_once('/')?;
    let period = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some(Pace { count: count.parse().ok()?, period: Duration::from_secs(period) })
}
