//! Policies: how calls of an operation are bounded, repeated and spread. Amounts are checked; a word not said is `None`.

use std::time::Duration;

/// What a `policy { … }` says, word by word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// `deadline d`: the whole call; on a stream until it is open.
    pub deadline: Option<Duration>,
    /// `first d`: until a stream's first item.
    pub first: Option<Duration>,
    /// `idle d`: between two items of a stream.
    pub idle: Option<Duration>,
    /// `lifetime d`: a stream from start to end.
    pub lifetime: Option<Duration>,
    /// `retry n …`
    pub retry: Option<Retry>,
    /// `hedge …`
    pub hedge: Option<Hedge>,
    /// `limit rate …`
    pub limit: Option<Limit>,
    /// `concurrency n|adaptive`
    pub concurrency: Option<Concurrency>,
    /// `queue n`: calls that may wait.
    pub queue: Option<u32>,
    /// `breaker p% of n over d open d`
    pub breaker: Option<Breaker>,
    /// `priority …`
    pub priority: Option<Priority>,
    /// `balance …`
    pub balance: Option<Balance>,
    /// Each of them as it is written, and where.
    pub said: Said,
}

/// The words of a policy as they are written. Two policies that say the same are equal, wherever they say it.
#[derive(Clone, Debug, Default)]
pub struct Said(Vec<SaidWord>);

/// A word of a policy as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidWord {
    /// `retry`
    pub word: String,
    /// What stands behind it: `3 budget 10%`.
    pub text: String,
    /// Where it stands: `orders.loom:12`.
    pub place: String,
}

impl Said {
    /// How a word is written, if it is.
    pub fn word(&self, word: &str) -> Option<&SaidWord> {
        self.0.iter().find(|it| it.word == word)
    }

    pub(crate) fn push(&mut self, word: SaidWord) {
        self.0.push(word);
    }

    /// These over others: where these have no word, those hold.
    pub(crate) fn over(mut self, lower: Said) -> Said {
        let inherited: Vec<SaidWord> = lower.0.into_iter().filter(|it| self.word(&it.word).is_none()).collect();
        self.0.extend(inherited);
        self
    }
}

impl PartialEq for Said {
    fn eq(&self, _: &Said) -> bool {
        true
    }
}

/// `retry 3 backoff 50ms..1s budget 10%`
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Further attempts behind the first.
    pub attempts: u32,
    /// The wait between two.
    pub backoff: Option<Backoff>,
    /// Retries per 100 calls, at most.
    pub budget_percent: Option<f64>,
}

/// Bounds of the wait between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first retry.
    pub min: Duration,
    /// Never longer.
    pub max: Duration,
}

/// `hedge p95 extra 5%`
#[derive(Clone, Debug, PartialEq)]
pub struct Hedge {
    /// When the second request goes out.
    pub after: HedgeAfter,
    /// Extra calls per 100, at most.
    pub extra_percent: Option<f64>,
}

/// When a hedge goes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HedgeAfter {
    /// `p95`: when the call takes longer than so many percent of calls do.
    Percentile(f64),
    /// After this time.
    Time(Duration),
}

/// `limit 200/s burst 50 per peer`
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Calls in `period`.
    pub count: u32,
    /// One second, minute or hour.
    pub period: Duration,
    /// Calls at once, at most.
    pub burst: Option<u32>,
    /// Who shares the limit; nobody said: all callers together.
    pub per: Option<LimitKey>,
}

/// Who shares a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitKey {
    /// Each authenticated caller.
    Principal,
    /// Each address.
    Peer,
    /// Each value of this input.
    Input(String),
}

/// `concurrency 64` or `concurrency adaptive`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// So many at once.
    Fixed(u32),
    /// As many as the server bears.
    Adaptive,
}

/// `breaker 50% of 20 over 10s open 30s`
#[derive(Clone, Debug, PartialEq)]
pub struct Breaker {
    /// Share of failures that opens it.
    pub percent: f64,
    /// Calls needed to judge.
    pub volume: u32,
    /// The time looked at.
    pub over: Duration,
    /// The time it stays open.
    pub open: Duration,
}

/// What is shed first under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum Priority {
    Critical,
    Normal,
    Background,
}

/// How calls are spread over endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Balance {
    /// The better of two picked at random.
    P2c,
    /// One after the other.
    RoundRobin,
    /// The same value of this input, the same endpoint.
    Hash(String),
}
