//! The time that policies are told.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// An instant of a clock that never goes back, in nanoseconds since a start that is the same for all who share a policy.
///
/// Policies ask no clock: whoever drives them says what time it is. So the same code runs behind a real clock, a paused one
/// and the events of a simulator.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::Moment;
///
/// let start = Moment::ZERO + Duration::from_secs(3);
/// let later = start + Duration::from_millis(20);
/// assert_eq!(later - start, Duration::from_millis(20));
/// assert_eq!(start - later, Duration::ZERO, "no time is negative");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The start of the clock.
    pub const ZERO: Moment = Moment(0);
    /// Later than all that happens: 584 years on.
    pub const NEVER: Moment = Moment(u64::MAX);

    /// So many nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Moment {
        Moment(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// That much earlier; the start at the earliest.
    #[must_use]
    pub fn before(self, time: Duration) -> Moment {
        Moment(self.0.saturating_sub(nanos(time)))
    }
}

/// Nanoseconds of a time; 584 years at most.
#[inline]
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, time: Duration) -> Moment {
        Moment(self.0.saturating_add(nanos(time)))
    }
}

impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Moment) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", Duration::from_nanos(self.0))
    }
}
