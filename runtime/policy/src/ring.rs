//! Exact counts over a sliding time, in a ring of buckets.
//!
//! Averages that fade with time judge the same failures differently at high and at low rate; counts do not. Sums are kept, so
//! asking costs the same however many calls or buckets there are.

use std::time::Duration;

use crate::time::{Moment, nanos};

/// Good and bad ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that went well.
    pub good: u64,
    /// Those that did not.
    pub bad: u64,
}

impl Counts {
    /// All.
    pub fn total(self) -> u64 {
        self.good + self.bad
    }

    /// The share of bad ones, 0 where there are none at all.
    pub fn failure_share(self) -> f64 {
        if self.total() == 0 { 0.0 } else { self.bad as f64 / self.total() as f64 }
    }
}

/// Counts of the last `N` buckets.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, ring::Ring};
///
/// let mut ring = Ring::<10>::new(Duration::from_secs(1));
/// ring.add(Moment::ZERO, false);
/// assert_eq!(ring.counts(Moment::ZERO + Duration::from_secs(9)).bad, 1);
/// assert_eq!(ring.counts(Moment::ZERO + Duration::from_secs(10)).bad, 0, "it is ten buckets ago");
/// ```
#[derive(Clone, Debug)]
pub struct Ring<const N: usize> {
    width: u64,
    /// The number of the newest bucket since the clock's start; bucket `n` lies at `n % N`.
    newest: u64,
    /// When that one is over, so that a call within it divides nothing.
    over: u64,
    buckets: [Counts; N],
    sum: Counts,
}

impl<const N: usize> Ring<N> {
    /// An empty ring of buckets that wide, a nanosecond at least.
    pub fn new(width: Duration) -> Ring<N> {
        let width = nanos(width).max(1);
        Ring { width, newest: 0, over: width, buckets: [Counts::default(); N], sum: Counts::default() }
    }

    /// Counts one more. Returns whether buckets have passed since the last.
    #[inline]
    pub fn add(&mut self, now: Moment, good: bool) -> bool {
        let rolled = self.roll(now);
        let bucket = &mut self.buckets[(self.newest % N as u64) as usize];
        for counts in [bucket, &mut self.sum] {
            counts.good += u64::from(good);
            counts.bad += u64::from(!good);
        }
        rolled
    }

    /// The counts of all buckets.
    pub fn counts(&mut self, now: Moment) -> Counts {
        self.roll(now);
        self.sum
    }

    /// The buckets, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Counts> + '_ {
        let newest = self.newest + N as u64;
        (0..N as u64).map(move |age| self.buckets[((newest - age) % N as u64) as usize])
    }

    /// The counts of all buckets as of the last [`roll`](Ring::roll).
    #[inline]
    pub fn sum(&self) -> Counts {
        self.sum
    }

    /// The bucket of now, as of the last [`roll`](Ring::roll).
    #[inline]
    pub fn newest(&self) -> Counts {
        self.buckets[(self.newest % N as u64) as usize]
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buckets = [Counts::default(); N];
        self.sum = Counts::default();
    }

    /// Empties the buckets that time has passed over. A thread whose clock lags counts into the newest.
    #[inline]
    pub fn roll(&mut self, now: Moment) -> bool {
        now.as_nanos() >= self.over && self.roll_on(now)
    }

    fn roll_on(&mut self, now: Moment) -> bool {
        let index = now.as_nanos() / self.width;
        let passed = index.saturating_sub(self.newest);
        for step in 0..passed.min(N as u64) {
            let bucket = &mut self.buckets[((index - step) % N as u64) as usize];
            self.sum.good -= bucket.good;
            self.sum.bad -= bucket.bad;
            *bucket = Counts::default();
        }
        self.newest += passed;
        self.over = self.width.saturating_mul(self.newest + 1);
        passed > 0
    }
}
