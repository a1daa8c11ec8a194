//! The policy of one operation's calls, and its state in a client.

use std::sync::Arc;
use std::time::Duration;

use crate::breaker::{self, Breaker};
use crate::budget::Budget;
use crate::bulkhead::Bulkhead;
use crate::deadline::MARGIN_DEFAULT;
use crate::failfast::{self, Failfast};
use crate::hedge::{self, After};
use crate::invalid::{Invalid, demand};
use crate::quantile::Quantile;
use crate::rate::{self, Rate};
use crate::retry::{self, Repeat};
use crate::throttle::{self, Throttle};

/// The time of a call whose contract says none: 30 s. No call is without.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(30);

/// How calls of an operation are bounded and repeated. What is `None` is off; but a connection that did not come about is tried
/// again all the same, see [`retry`](Policy::retry).
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Policy, hedge, retry::Repeat};
///
/// let policy = Policy { repeat: Repeat::Keyed, hedge: Some(hedge::Config::default()), ..Policy::default() };
/// assert_eq!(policy.check().unwrap_err().to_string(), "`hedge` needs an operation that may run twice at once");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// What the operation's effect allows.
    pub repeat: Repeat,
    /// The whole call, [`DEADLINE_DEFAULT`].
    pub deadline: Duration,
    /// Each attempt.
    pub attempt: Option<Duration>,
    /// What an answer needs to come back, [`MARGIN_DEFAULT`].
    pub margin: Duration,
    /// Further attempts after failures. Without any, an attempt that never reached a server is still repeated, at once and up to
    /// [`UNREACHED_MAX`](retry::UNREACHED_MAX) times: nothing has happened that could happen twice.
    pub retry: Option<retry::Config>,
    /// A second attempt beside a slow one.
    pub hedge: Option<hedge::Config>,
    /// Fewer calls while they fail.
    pub throttle: Option<throttle::Config>,
    /// None for a while when too many fail.
    pub breaker: Option<breaker::Config>,
    /// So many in a time.
    pub rate: Option<rate::Config>,
    /// So many at once.
    pub concurrency: Option<u32>,
    /// How long to wait for an endpoint.
    pub failfast: failfast::Config,
}

impl Default for Policy {
    /// Retries and the throttle; nothing is repeated that a server may have seen.
    fn default() -> Policy {
        Policy {
            repeat: Repeat::Unseen,
            deadline: DEADLINE_DEFAULT,
            attempt: None,
            margin: MARGIN_DEFAULT,
            retry: Some(retry::Config::default()),
            hedge: None,
            throttle: Some(throttle::Config::default()),
            breaker: None,
            rate: None,
            concurrency: None,
            failfast: failfast::Config::default(),
        }
    }
}

impl Policy {
    /// Refuses what cannot be, also what contradicts itself.
    ///
    /// # Errors
    /// Names the first value that is wrong, `retry.backoff.max` for instance.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(!self.deadline.is_zero(), "deadline", "is zero")?;
        demand(self.attempt.is_none_or(|each| !each.is_zero()), "attempt", "is zero")?;
        demand(self.attempt.is_none_or(|each| each <= self.deadline), "attempt", "is longer than `deadline`")?;
        demand(self.margin < self.deadline, "margin", "is not below `deadline`")?;
        demand(self.concurrency != Some(0), "concurrency", "is 0: nothing would ever be let in")?;
        let twice = self.repeat == Repeat::Freely;
        demand(twice || self.hedge.is_none(), "hedge", "needs an operation that may run twice at once")?;
        self.failfast.check().map_err(|wrong| wrong.within("failfast"))?;
        let parts = [
            ("retry", self.retry.as_ref().map(retry::Config::check)),
            ("hedge", self.hedge.as_ref().map(hedge::Config::check)),
            ("throttle", self.throttle.as_ref().map(throttle::Config::check)),
            ("breaker", self.breaker.as_ref().map(breaker::Config::check)),
            ("rate", self.rate.as_ref().map(rate::Config::check)),
        ];
        parts
            .into_iter()
            .try_for_each(|(part, checked)| checked.unwrap_or(Ok(())).map_err(|wrong| wrong.within(part)))?;
        let waits = self.retry.map_or(Duration::ZERO, |retry| retry.backoff.min);
        demand(waits < self.deadline, "retry.backoff.min", "is not below `deadline`")
    }
}

/// An operation's policy at work: what its calls share.
#[derive(Debug)]
pub struct Method {
    pub(crate) policy: Policy,
    pub(crate) budget: Arc<Budget>,
    pub(crate) hedge: Option<Arc<Hedge>>,
    pub(crate) throttle: Option<Arc<Throttle>>,
    pub(crate) breaker: Option<Arc<Breaker>>,
    pub(crate) rate: Option<Arc<Rate>>,
    pub(crate) bulkhead: Option<Arc<Bulkhead>>,
    pub(crate) failfast: Arc<Failfast>,
}

/// When a hedge goes out, and what bounds how many do.
#[derive(Debug)]
pub(crate) struct Hedge {
    delay: HedgeDelay,
    pub(crate) extra: Budget,
}

/// After which time a hedge goes out.
#[derive(Debug)]
enum HedgeDelay {
    Fixed(Duration),
    Observed(Quantile),
}

impl Method {
    /// An operation that shares the budget of its channel with others.
    ///
    /// # Errors
    /// When the policy cannot be.
    pub fn new(policy: Policy, budget: Arc<Budget>) -> Result<Method, Invalid> {
        policy.check()?;
        Ok(Method {
            policy,
            budget,
            hedge: policy.hedge.as_ref().map(Hedge::new).transpose()?.map(Arc::new),
            throttle: policy.throttle.map(Throttle::new).transpose()?.map(Arc::new),
            breaker: policy.breaker.map(Breaker::new).transpose()?.map(Arc::new),
            rate: policy.rate.map(|rate| Rate::new(&rate)).transpose()?.map(Arc::new),
            bulkhead: policy.concurrency.map(Bulkhead::new).transpose()?.map(Arc::new),
            failfast: Arc::new(Failfast::new(policy.failfast)),
        })
    }

    /// The same operation under another policy. What is not said otherwise keeps its state: a breaker stays open, latencies stay
    /// known. Calls in flight go on under the policy that they began with.
    ///
    /// # Errors
    /// When the policy cannot be.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wireloom_policy::{Method, Policy, breaker, budget::Budget};
    ///
    /// let policy = Policy { breaker: Some(breaker::Config::default()), ..Policy::default() };
    /// let before = Method::new(policy, Arc::new(Budget::new(&Default::default())?))?;
    /// let after = before.under(Policy { retry: None, ..policy }, Arc::clone(before.budget()))?;
    /// assert!(std::ptr::eq(before.breaker().unwrap(), after.breaker().unwrap()));
    /// # Ok::<(), wireloom_policy::Invalid>(())
    /// ```
    pub fn under(&self, policy: Policy, budget: Arc<Budget>) -> Result<Method, Invalid> {
        let mut method = Method::new(policy, budget)?;
        let was = &self.policy;
        keep(&mut method.hedge, &self.hedge, policy.hedge == was.hedge);
        keep(&mut method.throttle, &self.throttle, policy.throttle == was.throttle);
        keep(&mut method.breaker, &self.breaker, policy.breaker == was.breaker);
        keep(&mut method.rate, &self.rate, policy.rate == was.rate);
        keep(&mut method.bulkhead, &self.bulkhead, policy.concurrency == was.concurrency);
        if policy.failfast == was.failfast {
            method.failfast = Arc::clone(&self.failfast);
        }
        Ok(method)
    }

    /// What it does.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The budget that it shares.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// The state of its breaker, if it has one.
    pub fn breaker(&self) -> Option<&Breaker> {
        self.breaker.as_deref()
    }

    /// Its throttle, if it has one.
    pub fn throttle(&self) -> Option<&Throttle> {
        self.throttle.as_deref()
    }

    /// Calls that wait for an endpoint, or fail for want of one.
    pub fn failfast(&self) -> &Failfast {
        &self.failfast
    }

    /// An attempt was answered in that time.
    pub(crate) fn answered_in(&self, took: Duration) {
        if let Some(Hedge { delay: HedgeDelay::Observed(quantile), .. }) = self.hedge.as_deref() {
            quantile.add(took);
        }
    }

    /// When an attempt is worth a second one beside it.
    pub(crate) fn hedge_after(&self) -> Option<Duration> {
        match &self.hedge.as_deref()?.delay {
            HedgeDelay::Fixed(time) => Some(*time),
            HedgeDelay::Observed(quantile) => quantile.time().map(|time| time.max(hedge::DELAY_MIN)),
        }
    }

    /// The time of an attempt that is not cut short by its caller's deadline.
    pub(crate) fn whole_attempt(&self) -> Duration {
        self.policy
            .attempt
            .unwrap_or_else(|| self.policy.deadline.saturating_sub(self.policy.margin.min(self.policy.deadline / 10)))
    }
}

impl Hedge {
    fn new(config: &hedge::Config) -> Result<Hedge, Invalid> {
        let delay = match config.after {
            After::Time(time) => HedgeDelay::Fixed(time),
            After::Percentile(share) => HedgeDelay::Observed(Quantile::of(share)),
        };
        Ok(Hedge { delay, extra: Budget::new(&config.extra())? })
    }
}

/// Puts a part in the place of its successor, where nothing was said otherwise.
fn keep<T>(part: &mut Option<Arc<T>>, before: &Option<Arc<T>>, is_same: bool) {
    if is_same {
        part.clone_from(before);
    }
}
