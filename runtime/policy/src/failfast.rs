//! Fail fast: what a call does when no endpoint takes calls.
//!
//! It waits, among a bounded number of others and for a bounded time. Once nothing has been ready for that time, further calls
//! fail at once, until an endpoint is ready again: nobody waits behind a service that is gone.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::time::Moment;

/// The time without a ready endpoint after which calls fail at once: 1 s; linkerd has 3 s for its proxy's queue.
pub const AFTER_DEFAULT: Duration = Duration::from_secs(1);
/// Calls that may wait: 100.
pub const WAITING_DEFAULT: u32 = 100;

/// How long calls wait for an endpoint, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The time without a ready endpoint, [`AFTER_DEFAULT`].
    pub after: Duration,
    /// Calls that may wait, [`WAITING_DEFAULT`].
    pub waiting: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config { after: AFTER_DEFAULT, waiting: WAITING_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.after <= Duration::from_secs(3600), "after", "is above an hour")
    }
}

/// Since when nothing is ready, and who waits.
#[derive(Debug)]
pub struct Failfast {
    config: Config,
    /// Nanoseconds plus one; 0 while endpoints are ready.
    since: AtomicU64,
    waiting: AtomicU32,
}

/// A place among those who wait.
#[derive(Debug)]
pub(crate) struct Waiter<'f> {
    failfast: &'f Failfast,
    /// Until when it waits.
    pub(crate) until: Moment,
}

impl Failfast {
    pub(crate) fn new(config: Config) -> Failfast {
        Failfast { config, since: AtomicU64::new(0), waiting: AtomicU32::new(0) }
    }

    /// An endpoint was found.
    pub(crate) fn ready(&self) {
        if self.since.load(Ordering::Relaxed) != 0 {
            self.since.store(0, Ordering::Relaxed);
        }
    }

    /// None was: waits, unless nothing has been ready for too long or too many wait.
    pub(crate) fn wait(&self, now: Moment) -> Option<Waiter<'_>> {
        let this = now.as_nanos().saturating_add(1);
        let since = match self.since.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => now,
            Err(since) => Moment::from_nanos(since - 1),
        };
        let until = since + self.config.after;
        let one_more = |waiting| (waiting < self.config.waiting).then_some(waiting + 1);
        (now < until).then_some(())?;
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Waiter { failfast: self, until })
    }

    /// Calls that wait.
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Acquire)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.failfast.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
