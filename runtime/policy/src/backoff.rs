//! Backoff: how long to wait before trying again, before a retry as before a reconnect.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::rng::Rng;

/// At most, before the first time: 25 ms, Envoy's.
pub const MIN_DEFAULT: Duration = Duration::from_millis(25);
/// Ever: ten times as long, Envoy's.
pub const MAX_DEFAULT: Duration = Duration::from_millis(250);

/// Waits that double, with full jitter: anything up to the bound, so that those who failed together do not return together.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Rng, backoff::Backoff};
///
/// let backoff = Backoff::default();
/// assert_eq!(backoff.bound(3), Duration::from_millis(100));
/// assert!(backoff.wait(3, &mut Rng::seeded(1)) < Duration::from_millis(100));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The most that is waited the first time, [`MIN_DEFAULT`]; twice that the next time, and so on.
    pub min: Duration,
    /// The most that is ever waited, [`MAX_DEFAULT`].
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { min: MIN_DEFAULT, max: MAX_DEFAULT }
    }
}

impl Backoff {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// When the longest wait is below the first.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.max >= self.min, "max", "is below `min`")
    }

    /// The same for a call of that length: the first wait leaves most of it.
    #[must_use]
    pub fn within(self, deadline: Duration) -> Backoff {
        Backoff { min: self.min.min(deadline / 4), ..self }
    }

    /// The wait before the time with that number, from 1.
    pub fn wait(&self, number: u32, rng: &mut Rng) -> Duration {
        self.bound(number).mul_f64(rng.unit())
    }

    /// The longest wait before the time with that number, from 1.
    pub fn bound(&self, number: u32) -> Duration {
        let doubled = 1_u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
        self.min.saturating_mul(doubled).min(self.max)
    }
}
