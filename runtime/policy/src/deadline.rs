//! Deadlines: until when a call is worth its work.
//!
//! Inside a process a deadline is a [`Moment`]; between processes it travels as remaining time, so that clocks need not agree.
//! Every hop and every attempt has a little less than what remains, so that whoever waits hears of the failure before its own
//! time is up.

use std::time::Duration;

use crate::time::Moment;

/// What an answer needs to come back: 5 ms, or a tenth of what remains where that is less.
pub const MARGIN_DEFAULT: Duration = Duration::from_millis(5);

/// Until when a call is worth its work.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Deadline, Moment};
///
/// let deadline = Deadline::within(Duration::from_secs(2), Moment::ZERO);
/// let now = Moment::ZERO + Duration::from_millis(1500);
/// assert_eq!(deadline.remaining(now), Duration::from_millis(500));
/// assert_eq!(deadline.for_next_hop(Duration::from_millis(5), now), Some(Duration::from_millis(495)));
/// assert_eq!(deadline.for_next_hop(Duration::from_millis(5), now + Duration::from_millis(500)), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Moment);

impl Deadline {
    /// At that moment.
    #[inline]
    pub const fn at(moment: Moment) -> Deadline {
        Deadline(moment)
    }

    /// After that time, counted from now: how a deadline that came over a wire begins.
    #[inline]
    pub fn within(time: Duration, now: Moment) -> Deadline {
        Deadline(now + time)
    }

    /// The moment.
    #[inline]
    pub const fn moment(self) -> Moment {
        self.0
    }

    /// What remains.
    #[inline]
    pub fn remaining(self, now: Moment) -> Duration {
        self.0 - now
    }

    /// Whether nothing remains.
    #[inline]
    pub fn is_over(self, now: Moment) -> bool {
        self.0 <= now
    }

    /// Whether work of that length would be done too late: such work is not begun.
    #[inline]
    pub fn would_pass(self, work: Duration, now: Moment) -> bool {
        now + work >= self.0
    }

    /// The deadline of a call made on behalf of this one: the earlier of both, never later.
    #[must_use]
    #[inline]
    pub fn child(self, own: Deadline) -> Deadline {
        self.min(own)
    }

    /// The time that the next hop is told: what remains less a margin. `None` where the call must not be sent any more.
    #[inline]
    pub fn for_next_hop(self, margin: Duration, now: Moment) -> Option<Duration> {
        let remaining = self.remaining(now);
        let left = remaining.saturating_sub(margin.min(remaining / 10));
        (!left.is_zero()).then_some(left)
    }

    /// Until when an attempt may take: the time that each has, and never more than remains less a margin.
    #[inline]
    pub fn for_attempt(self, each: Option<Duration>, margin: Duration, now: Moment) -> Moment {
        let left = now + self.for_next_hop(margin, now).unwrap_or_default();
        each.map_or(left, |each| left.min(now + each))
    }
}
