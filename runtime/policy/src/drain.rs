//! Drain: how a server goes away without losing a call.
//!
//! First it is only *not ready*, and serves on while balancers find out; then every connection is told to go away; then what
//! runs may end, for a bounded time; what is left then is cancelled.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::time::Moment;

/// The time that discovery takes to hear of it: 5 s, a probe of Kubernetes every few seconds.
pub const LAG_DEFAULT: Duration = Duration::from_secs(5);
/// The time for what runs to end: 30 s, after which Kubernetes would kill the process.
pub const GRACE_DEFAULT: Duration = Duration::from_secs(30);

/// How long each step may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// From not ready to going away, [`LAG_DEFAULT`].
    pub lag: Duration,
    /// From going away to cancelling, [`GRACE_DEFAULT`].
    pub grace: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config { lag: LAG_DEFAULT, grace: GRACE_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        let bounded = self.lag.saturating_add(self.grace) <= Duration::from_secs(86_400);
        demand(bounded, "grace", "and `lag` are above a day together")
    }
}

/// What a server does with health checks, connections and calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// All of it.
    Serving,
    /// It says that it is not ready, and serves whoever comes.
    NotReady,
    /// Connections are told to go away, new ones are refused; what runs ends.
    GoingAway,
    /// What still runs is cancelled.
    Cancelling,
    /// Nothing is left.
    Gone,
}

/// A server's way out.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, drain::{Config, Drain, Phase}};
///
/// let mut drain = Drain::new(Config::default())?;
/// assert_eq!(drain.phase(7, Moment::ZERO), Phase::Serving);
/// drain.begin(Moment::ZERO);
/// assert_eq!(drain.phase(7, Moment::ZERO), Phase::NotReady);
/// assert_eq!(drain.phase(7, Moment::ZERO + Duration::from_secs(5)), Phase::GoingAway);
/// assert_eq!(drain.phase(0, Moment::ZERO + Duration::from_secs(6)), Phase::Gone);
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    config: Config,
    began: Option<Moment>,
    /// It never goes back.
    reached: Phase,
}

impl Drain {
    /// It serves.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Config) -> Result<Drain, Invalid> {
        config.check()?;
        Ok(Drain { config, began: None, reached: Phase::Serving })
    }

    /// It is to go away. Saying so twice changes nothing.
    pub fn begin(&mut self, now: Moment) {
        self.began.get_or_insert(now);
    }

    /// What it does now, with so many calls that run.
    pub fn phase(&mut self, running: usize, now: Moment) -> Phase {
        let Some(began) = self.began else { return Phase::Serving };
        let phase = match now - began {
            time if time < self.config.lag => Phase::NotReady,
            _ if running == 0 => Phase::Gone,
            time if time < self.config.lag + self.config.grace => Phase::GoingAway,
            _ => Phase::Cancelling,
        };
        self.reached = self.reached.max(phase);
        self.reached
    }

    /// When to ask again, at the latest.
    pub fn wakes(&self) -> Option<Moment> {
        let began = self.began?;
        match self.reached {
            Phase::Serving | Phase::NotReady => Some(began + self.config.lag),
            Phase::GoingAway => Some(began + self.config.lag + self.config.grace),
            Phase::Cancelling | Phase::Gone => None,
        }
    }
}
