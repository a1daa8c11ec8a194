//! How long calls take, in the buckets that OpenTelemetry advises for calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, in seconds; what is longer is in one more.
pub(super) const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The same in nanoseconds, so that a call compares whole numbers.
const NANOS: [u64; 14] = {
    let mut nanos = [0; 14];
    let mut at = 0;
    while at < 14 {
        nanos[at] = (BOUNDS[at] * 1e9) as u64;
        at += 1;
    }
    nanos
};

/// Times, counted in buckets.
pub(super) struct Histogram {
    buckets: [AtomicU64; 15],
    nanos: AtomicU64,
}

/// What a histogram held when it was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Read {
    /// Of each bucket alone.
    pub(super) buckets: [u64; 15],
    pub(super) sum: Duration,
}

impl Histogram {
    pub(super) const fn new() -> Histogram {
        Histogram { buckets: [const { AtomicU64::new(0) }; 15], nanos: AtomicU64::new(0) }
    }

    #[inline]
    pub(super) fn add(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = NANOS.iter().position(|bound| nanos <= *bound).unwrap_or(NANOS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What it holds; `None` while that is nothing.
    pub(super) fn read(&self) -> Option<Read> {
        let buckets = std::array::from_fn(|at| self.buckets[at].load(Ordering::Relaxed));
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed));
        buckets.iter().any(|count| *count > 0).then_some(Read { buckets, sum })
    }
}

impl Read {
    /// Adds another one.
    pub(super) fn add(&mut self, other: &Read) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(mine, theirs)| *mine += theirs);
        self.sum += other.sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_counts_in_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new();
        for millis in [0, 5, 6, 10_000, 10_001] {
            histogram.add(Duration::from_millis(millis));
        }
        let Read { buckets, sum } = histogram.read().unwrap();
        assert_eq!((buckets[0], buckets[1], buckets[13], buckets[14]), (2, 1, 1, 1));
        assert_eq!(sum, Duration::from_millis(20_012));
        assert_eq!(Histogram::new().read(), None);
    }
}
