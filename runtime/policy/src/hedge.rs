//! Hedging: a second attempt elsewhere while the first is still on its way; the faster one counts, the other is cancelled.
//!
//! Only for operations that may run twice at once, never to the same endpoint, at most once a call. A hedge is paid twice: out
//! of its own share of extra calls and out of the retry budget, so both together never pass the budget.
//!
//! **It hurts** when all endpoints are slow for want of capacity: the share of extra calls bounds what it then adds.

use std::time::Duration;

use crate::budget;
use crate::invalid::{Invalid, demand, demand_share};

/// Extra calls: 5 %, what a delay at the 95th percentile comes to.
pub const EXTRA_DEFAULT: f64 = 0.05;
/// The shortest delay: 1 ms, Finagle's.
pub const DELAY_MIN: Duration = Duration::from_millis(1);
/// Extra calls that may be saved up.
const BANK: u32 = 10;

/// When a second attempt goes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// After which time.
    pub after: After,
    /// Extra calls a call, at most, [`EXTRA_DEFAULT`].
    pub extra: f64,
}

/// When a hedge goes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum After {
    /// When the attempt takes longer than this share of attempts does; 0.95 follows "The Tail at Scale".
    Percentile(f64),
    /// After this time.
    Time(Duration),
}

impl Default for Config {
    fn default() -> Config {
        Config { after: After::Percentile(0.95), extra: EXTRA_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand_share(self.extra, "extra")?;
        match self.after {
            After::Percentile(share) => {
                demand((0.5..=0.999).contains(&share), "after", "is no percentile from 50 to 99.9")
            }
            After::Time(time) => demand(time >= DELAY_MIN, "after", "is below a millisecond"),
        }
    }

    /// What bounds the extra calls.
    pub(crate) fn extra(&self) -> budget::Config {
        budget::Config { ratio: self.extra, reserve: 0.0, bank: BANK }
    }
}
