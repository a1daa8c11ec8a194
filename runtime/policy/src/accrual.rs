//! Failure accrual: when an endpoint has failed enough to be left alone.
//!
//! Two rules, the first that holds decides: so many failures in a row, or too small a share of successes where there were enough
//! calls to judge. Both see exact counts, so the same failures give the same answer at any rate of calls.
//!
//! **It hurts** where calls fail for what they ask: see [`Kind`](crate::Kind), which keeps such faults out of it.

use std::time::Duration;

use crate::end::Blame;
use crate::invalid::{Invalid, demand, demand_share};
use crate::ring::Ring;
use crate::time::Moment;

/// Failures in a row: 5, as Finagle, Envoy and gRPC have it.
pub const CONSECUTIVE_DEFAULT: u32 = 5;
/// The least share of successes: 80 %, Finagle's.
pub const SUCCESS_SHARE_DEFAULT: f64 = 0.8;
/// Calls in the window before the share counts: 20.
pub const VOLUME_DEFAULT: u64 = 20;

/// Ten buckets of a second, linkerd's.
const BUCKETS: usize = 10;
const BUCKET: Duration = Duration::from_secs(1);

/// When an endpoint has failed enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Failures in a row, [`CONSECUTIVE_DEFAULT`].
    pub consecutive: u32,
    /// The share of successes below which it has failed, [`SUCCESS_SHARE_DEFAULT`].
    pub success_share: f64,
    /// The calls that this share needs in ten seconds, [`VOLUME_DEFAULT`].
    pub volume: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config { consecutive: CONSECUTIVE_DEFAULT, success_share: SUCCESS_SHARE_DEFAULT, volume: VOLUME_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.consecutive >= 1, "consecutive", "is 0")?;
        demand_share(self.success_share, "success_share")?;
        demand(self.volume >= 1, "volume", "is 0: one failure would be a share of all")
    }
}

/// The recent ends at one endpoint.
///
/// ```
/// use wireloom_policy::{Blame, Moment, accrual::{Accrual, Config}};
///
/// let mut accrual = Accrual::new();
/// let config = Config::default();
/// let tripped = (0..5).map(|_| accrual.add(&config, Blame::Bad, Moment::ZERO));
/// assert_eq!(tripped.collect::<Vec<_>>(), [false, false, false, false, true]);
/// ```
#[derive(Clone, Debug)]
pub struct Accrual {
    in_a_row: u32,
    ring: Ring<BUCKETS>,
}

impl Accrual {
    /// Nothing has happened.
    pub fn new() -> Accrual {
        Accrual { in_a_row: 0, ring: Ring::new(BUCKET) }
    }

    /// Counts an end. Returns whether the endpoint has failed enough.
    #[inline]
    pub fn add(&mut self, config: &Config, blame: Blame, now: Moment) -> bool {
        match blame {
            Blame::None => return false,
            Blame::Good => self.in_a_row = 0,
            Blame::Bad => self.in_a_row = self.in_a_row.saturating_add(1),
            // Busy breaks no row and makes none.
            Blame::Busy => {}
        }
        self.ring.add(now, blame == Blame::Good);
        blame != Blame::Good && (self.in_a_row >= config.consecutive || self.share_is_low(config, now))
    }

    /// Forgets: an endpoint that comes back begins anew.
    pub fn clear(&mut self) {
        self.in_a_row = 0;
        self.ring.clear();
    }

    fn share_is_low(&mut self, config: &Config, now: Moment) -> bool {
        let counts = self.ring.counts(now);
        counts.total() >= config.volume && 1.0 - counts.failure_share() < config.success_share
    }
}

impl Default for Accrual {
    fn default() -> Accrual {
        Accrual::new()
    }
}
