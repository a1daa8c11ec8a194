//! Settings: what is said of an operation's policy, word by word. A contract says some of it, a file of the service more or
//! otherwise, the environment the last: layers, of which the upper word holds and the lower one stands in.
//!
//! What nobody says has its default, which is the policy's own.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::breaker;
use crate::budget;
use crate::gradient;
use crate::hedge;
use crate::intake::{self, Concurrency, Room};
use crate::invalid::{Invalid, demand};
use crate::method::Policy;
use crate::queue::Priority;
use crate::rate;
use crate::retry::{self, Repeat};
use crate::stream;
use crate::throttle;

/// What is said of a policy that can be switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Word<T> {
    /// Nothing: a lower layer says it, or the default holds.
    #[default]
    Unsaid,
    /// It is off.
    Off,
    /// It is on, like this.
    On(T),
}

impl<T: Copy> Word<T> {
    /// This word, or that of a lower layer.
    #[must_use]
    pub const fn or(self, lower: Word<T>) -> Word<T> {
        match self {
            Word::Unsaid => lower,
            said => said,
        }
    }

    /// What holds, where that default holds unsaid.
    pub fn unless_said(self, default: Option<T>) -> Option<T> {
        match self {
            Word::Unsaid => default,
            Word::Off => None,
            Word::On(it) => Some(it),
        }
    }
}

/// What is said of retries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retry {
    /// Further attempts behind the first, [`retry::RETRIES_DEFAULT`].
    pub retries: Option<u32>,
    /// The wait before each, [`Backoff::default`].
    pub backoff: Option<Backoff>,
    /// Retries a call, at most: a budget of the operation's own in place of the channel's.
    pub budget: Option<f64>,
    /// Whether nothing counts that lower layers say of retries, since one between has switched them off.
    pub anew: bool,
}

impl Retry {
    /// Nothing but that they are on.
    pub const UNSAID: Retry = Retry { retries: None, backoff: None, budget: None, anew: false };

    const fn or(self, lower: Retry) -> Retry {
        if self.anew {
            return self;
        }
        Retry {
            retries: or(self.retries, lower.retries),
            backoff: or(self.backoff, lower.backoff),
            budget: or(self.budget, lower.budget),
            anew: lower.anew,
        }
    }
}

/// A rate, and who shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The rate.
    pub rate: rate::Config,
    /// Who shares it.
    pub per: Per,
}

/// Who shares a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// All callers together.
    All,
    /// Each authenticated caller.
    Principal,
    /// Each address.
    Peer,
    /// Each value of an input, which the operation names.
    Input,
}

/// How calls are spread over endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// The better of two picked at random.
    #[default]
    P2c,
    /// One after the other.
    RoundRobin,
    /// The same value of an input, which the operation names, the same endpoint.
    Hash,
}

/// What is said of an operation's policy.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Settings, Word, settings::Retry, retry::Repeat};
///
/// let contract = Settings::within(Duration::from_secs(2));
/// let file = Settings { retry: Word::On(Retry { retries: Some(1), ..Retry::UNSAID }), ..Settings::UNSAID };
/// let policy = file.over(&contract).client(Repeat::Freely);
/// assert_eq!(policy.deadline, Duration::from_secs(2));
/// assert_eq!(policy.retry.expect("it is on").retries, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    // A client's.
    /// The whole call; on a stream until it is open.
    pub deadline: Option<Duration>,
    /// Each attempt.
    pub attempt: Option<Duration>,
    /// Until a stream's first item.
    pub first: Option<Duration>,
    /// Between two items of a stream.
    pub idle: Option<Duration>,
    /// A stream from start to end.
    pub lifetime: Option<Duration>,
    /// Further attempts after failures; on unless it is off.
    pub retry: Word<Retry>,
    /// A second attempt beside a slow one; off unless it is on.
    pub hedge: Word<hedge::Config>,
    /// Fewer calls while they fail; on unless it is off.
    pub throttle: Word<throttle::Config>,
    /// None for a while when too many fail; off unless it is on.
    pub breaker: Word<breaker::Config>,
    /// How calls are spread over endpoints.
    pub balance: Option<Balance>,
    // A server's.
    /// So many calls in a time.
    pub limit: Word<Limit>,
    /// So many calls at once.
    pub concurrency: Word<Concurrency>,
    /// Calls that may wait.
    pub queue: Option<u32>,
    /// What is shed first.
    pub priority: Option<Priority>,
}

impl Settings {
    /// Nothing is said.
    pub const UNSAID: Settings = Settings {
        deadline: None,
        attempt: None,
        first: None,
        idle: None,
        lifetime: None,
        retry: Word::Unsaid,
        hedge: Word::Unsaid,
        throttle: Word::Unsaid,
        breaker: Word::Unsaid,
        balance: None,
        limit: Word::Unsaid,
        concurrency: Word::Unsaid,
        queue: None,
        priority: None,
    };

    /// Nothing but the deadline.
    pub const fn within(deadline: Duration) -> Settings {
        Settings { deadline: Some(deadline), ..Settings::UNSAID }
    }

    /// These over others: where these say nothing, those hold.
    #[must_use]
    pub const fn over(&self, lower: &Settings) -> Settings {
        let retry = match (self.retry, lower.retry) {
            (Word::On(upper), Word::On(lower)) => Word::On(upper.or(lower)),
            (Word::On(upper), Word::Off) => Word::On(Retry { anew: true, ..upper }),
            (upper, lower) => upper.or(lower),
        };
        Settings {
            deadline: or(self.deadline, lower.deadline),
            attempt: or(self.attempt, lower.attempt),
            first: or(self.first, lower.first),
            idle: or(self.idle, lower.idle),
            lifetime: or(self.lifetime, lower.lifetime),
            retry,
            hedge: self.hedge.or(lower.hedge),
            throttle: self.throttle.or(lower.throttle),
            breaker: self.breaker.or(lower.breaker),
            balance: or(self.balance, lower.balance),
            limit: self.limit.or(lower.limit),
            concurrency: self.concurrency.or(lower.concurrency),
            queue: or(self.queue, lower.queue),
            priority: or(self.priority, lower.priority),
        }
    }

    /// The policy of a client whose operation may be repeated like that. A hedge on one that must not run twice at once is none:
    /// a service's word reaches the operations that admit it.
    pub fn client(&self, repeat: Repeat) -> Policy {
        let unsaid = Policy::default();
        let deadline = self.deadline.unwrap_or(unsaid.deadline);
        let retry = self.retry.unless_said(Some(Retry::UNSAID)).map(|said| {
            let backoff = said.backoff.unwrap_or_else(|| Backoff::default().within(deadline));
            retry::Config {
                retries: said.retries.unwrap_or(retry::RETRIES_DEFAULT),
                backoff,
                ..retry::Config::default()
            }
        });
        let hedge = self.hedge.unless_said(None).filter(|_| repeat == Repeat::Freely);
        Policy {
            repeat,
            deadline,
            attempt: self.attempt,
            margin: unsaid.margin.min(deadline / 10),
            retry: retry.filter(|retry| retry.retries > 0),
            hedge,
            throttle: self.throttle.unless_said(unsaid.throttle),
            breaker: self.breaker.unless_said(None),
            ..unsaid
        }
    }

    /// The budget of its retries, where it has one of its own.
    pub fn budget(&self) -> Option<budget::Config> {
        let Word::On(Retry { budget: Some(ratio), .. }) = self.retry else { return None };
        Some(budget::Config { ratio, ..budget::Config::default() })
    }

    /// What bounds its streams once they are open.
    pub fn stream(&self) -> stream::Bounds {
        stream::Bounds { first: self.first, idle: self.idle, lifetime: self.lifetime }
    }

    /// What a server lets in of it, where it has a door of its own.
    pub fn intake(&self) -> Option<intake::Config> {
        // A queue is one for as many calls as the server bears.
        let unsaid = self.queue.map(|_| Concurrency::Adaptive(gradient::Config::default()));
        let concurrency = self.concurrency.unless_said(unsaid)?;
        Some(intake::Config { concurrency, queue: self.queue.map_or(Room::default(), Room::Calls) })
    }

    /// Refuses what cannot be of any operation, whatever else is said of it.
    ///
    /// # Errors
    /// Names the first word that is wrong.
    pub fn check_alone(&self) -> Result<(), Invalid> {
        // Alone, an attempt has all the time that it wants.
        let deadline = self.deadline.or(self.attempt.map(|attempt| attempt.max(crate::DEADLINE_DEFAULT)));
        Settings { deadline, ..*self }.check(Repeat::Freely)
    }

    /// Refuses what cannot be, and what contradicts itself, of an operation that may be repeated like that.
    ///
    /// # Errors
    /// Names the first word that is wrong.
    pub fn check(&self, repeat: Repeat) -> Result<(), Invalid> {
        let times = [("first", self.first), ("idle", self.idle), ("lifetime", self.lifetime)];
        for (word, time) in times {
            demand(time.is_none_or(|time| !time.is_zero()), word, "is zero")?;
        }
        self.client(repeat).check()?;
        if let Some(budget) = self.budget() {
            budget.check().map_err(|wrong| wrong.within("budget").within("retry"))?;
        }
        if let Word::On(limit) = self.limit {
            limit.rate.check().map_err(|wrong| wrong.within("limit"))?;
        }
        self.intake().map_or(Ok(()), |intake| intake.check())
    }
}

const fn or<T: Copy>(upper: Option<T>, lower: Option<T>) -> Option<T> {
    match upper {
        None => lower,
        said => said,
    }
}
