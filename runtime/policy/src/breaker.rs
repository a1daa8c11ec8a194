//! Circuit breaker: `breaker 50% of 20 over 10s open 30s`.
//!
//! Closed, it counts; when too large a share of enough calls fails it opens and refuses all; after its time a few calls probe,
//! and all of them must go well. The [throttle](crate::throttle) is gentler and the default: this one is for services that need
//! to be left alone to recover.
//!
//! **It hurts** when a part of the service fails: the working part is refused as well.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::ring::Ring;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::time::Moment;

/// Share of failures: half, resilience4j's.
pub const SHARE_DEFAULT: f64 = 0.5;
/// Calls needed to judge: 100, resilience4j's and Polly's.
pub const VOLUME_DEFAULT: u32 = 100;
/// The time looked at: 30 s, Polly's.
pub const OVER_DEFAULT: Duration = Duration::from_secs(30);
/// The time it stays open: 5 s, Polly's.
pub const OPEN_DEFAULT: Duration = Duration::from_secs(5);
/// Probes when it has been open: 3. One may be luck, resilience4j's ten keep a service with few calls half open for long.
pub const PROBES_DEFAULT: u32 = 3;

/// When it opens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Share of failures that opens it, [`SHARE_DEFAULT`].
    pub share: f64,
    /// Calls needed to judge, [`VOLUME_DEFAULT`].
    pub volume: u32,
    /// The time looked at, [`OVER_DEFAULT`].
    pub over: Duration,
    /// The time it stays open, [`OPEN_DEFAULT`].
    pub open: Duration,
    /// Calls that probe, all of which must go well, [`PROBES_DEFAULT`].
    pub probes: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            share: SHARE_DEFAULT,
            volume: VOLUME_DEFAULT,
            over: OVER_DEFAULT,
            open: OPEN_DEFAULT,
            probes: PROBES_DEFAULT,
        }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.share > 0.0 && self.share <= 1.0, "share", "is not above 0 and at most 1")?;
        demand(self.volume >= 1, "volume", "is 0: one failure would be a share of all")?;
        demand(!self.over.is_zero(), "over", "is zero")?;
        demand(!self.open.is_zero(), "open", "is zero")?;
        demand(self.probes >= 1, "probes", "is 0: it would never close again")
    }
}

/// The breaker of an operation, shared by its calls.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, breaker::{Breaker, Config, State}};
///
/// let breaker = Breaker::new(Config { volume: 2, ..Config::default() })?;
/// for _ in 0..2 {
///     let pass = breaker.admit(Moment::ZERO).expect("closed");
///     breaker.settle(pass, Some(false), Moment::ZERO);
/// }
/// assert_eq!(breaker.state(Moment::ZERO), State::Open);
/// assert_eq!(breaker.admit(Moment::ZERO).unwrap_err(), Duration::from_secs(5), "when to try again");
/// assert_eq!(breaker.state(Moment::ZERO + Duration::from_secs(5)), State::HalfOpen);
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Breaker {
    config: Config,
    inner: Mutex<Inner>,
    /// The turn while it is closed, so that calls need not look further; otherwise [`NOT_CLOSED`].
    closed: AtomicU64,
}

/// No turn: they are counted from 0.
const NOT_CLOSED: u64 = u64::MAX;

/// What it does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Lets them through and counts.
    Closed,
    /// Refuses them.
    Open,
    /// Lets a few through, to see.
    HalfOpen,
}

#[derive(Debug)]
struct Inner {
    ring: Ring<10>,
    /// Until when it refuses; `None` while closed.
    opened_until: Option<Moment>,
    /// Probes on their way, and those that went well.
    probing: u32,
    proved: u32,
    /// Grows with each opening and closing: ends of calls from before mean nothing any more.
    turn: u64,
    /// Times that it opened.
    openings: u64,
}

/// Leave for one call; to be settled.
#[derive(Debug)]
#[must_use = "a probe that is not settled keeps its place"]
pub struct Pass {
    turn: u64,
    probe: bool,
}

impl Breaker {
    /// A closed breaker.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Config) -> Result<Breaker, Invalid> {
        config.check()?;
        let ring = Ring::new(config.over / 10);
        let inner = Inner { ring, opened_until: None, probing: 0, proved: 0, turn: 0, openings: 0 };
        Ok(Breaker { config, inner: Mutex::new(inner), closed: AtomicU64::new(0) })
    }

    /// Lets a call through.
    ///
    /// # Errors
    /// Refuses it while open, and gives the time until it may be tried again.
    #[inline]
    pub fn admit(&self, now: Moment) -> Result<Pass, Duration> {
        match self.closed.load(Ordering::Relaxed) {
            NOT_CLOSED => self.admit_probe(now),
            turn => Ok(Pass { turn, probe: false }),
        }
    }

    /// Lets a call through as a probe, if it is time for one.
    fn admit_probe(&self, now: Moment) -> Result<Pass, Duration> {
        let mut inner = lock(&self.inner);
        let turn = inner.turn;
        match inner.opened_until {
            None => Ok(Pass { turn, probe: false }),
            Some(until) if now < until => Err(until - now),
            Some(_) if inner.probing + inner.proved >= self.config.probes => Err(self.config.open),
            Some(_) => {
                inner.probing += 1;
                Ok(Pass { turn, probe: true })
            }
        }
    }

    /// Says how a call ended; `None` where that says nothing, as when it was cancelled.
    #[expect(clippy::needless_pass_by_value, reason = "a pass is settled once")]
    pub fn settle(&self, pass: Pass, good: Option<bool>, now: Moment) {
        let mut inner = lock(&self.inner);
        if pass.turn != inner.turn {
            return;
        }
        match (pass.probe, good) {
            (true, None) => inner.probing -= 1,
            (true, Some(false)) => self.open(&mut inner, now),
            (true, Some(true)) => {
                inner.probing -= 1;
                inner.proved += 1;
                if inner.proved >= self.config.probes {
                    self.turn(&mut inner, None);
                }
            }
            (false, None) => {}
            (false, Some(good)) => {
                inner.ring.add(now, good);
                let counts = inner.ring.sum();
                let enough = counts.total() >= u64::from(self.config.volume);
                if !good && enough && counts.failure_share() >= self.config.share {
                    self.open(&mut inner, now);
                }
            }
        }
    }

    /// What it does with calls now.
    pub fn state(&self, now: Moment) -> State {
        match lock(&self.inner).opened_until {
            None => State::Closed,
            Some(until) if now < until => State::Open,
            Some(_) => State::HalfOpen,
        }
    }

    /// How often it opened.
    pub fn openings(&self) -> u64 {
        lock(&self.inner).openings
    }

    fn open(&self, inner: &mut Inner, now: Moment) {
        inner.openings += 1;
        self.turn(inner, Some(now + self.config.open));
    }

    /// Opens or closes it.
    fn turn(&self, inner: &mut Inner, opened_until: Option<Moment>) {
        inner.ring.clear();
        (inner.opened_until, inner.probing, inner.proved) = (opened_until, 0, 0);
        inner.turn += 1;
        let closed = if opened_until.is_none() { inner.turn } else { NOT_CLOSED };
        self.closed.store(closed, Ordering::Relaxed);
    }
}
