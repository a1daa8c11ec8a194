//! A running estimate of how long most calls take.

use std::time::Duration;

use crate::sync::{AtomicU64, Ordering};
use crate::time::nanos;

/// The time within which a given share of calls is answered. It moves up a step with each that takes longer and down a step
/// with each that does not, the steps in such a proportion that they cancel out at the quantile: one word, no history, and it
/// follows when the service changes.
#[derive(Debug)]
pub struct Quantile {
    share: f64,
    /// How many samples there were (up to 2^32), then nanoseconds as an `f32`.
    state: AtomicU64,
}

/// How far one sample moves it: 2 %, settled after some hundred calls.
const STEP: f32 = 0.02;

impl Quantile {
    /// The time within which that share of calls is answered, 0.95 for instance.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wireloom_policy::Quantile;
    ///
    /// let p90 = Quantile::of(0.9);
    /// (0..5000).for_each(|call| p90.add(Duration::from_millis(1 + call * 7 % 100)));
    /// let found = p90.time().expect("there were calls");
    /// assert!((80..100).contains(&found.as_millis()), "{found:?}");
    /// ```
    pub fn of(share: f64) -> Quantile {
        Quantile { share: share.clamp(0.01, 0.999), state: AtomicU64::new(0) }
    }

    /// A call took that long.
    pub fn add(&self, took: Duration) {
        let took = nanos(took).max(1) as f32;
        let _ = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            let (samples, known) = (state >> 32, f32::from_bits(state as u32));
            let share = self.share as f32;
            let moved = match samples {
                0 => took,
                _ if took > known => known * (1.0 + STEP * share),
                _ => known * (1.0 - STEP * (1.0 - share)),
            };
            Some((samples + 1).min(u64::from(u32::MAX)) << 32 | u64::from(moved.to_bits()))
        });
    }

    /// The estimate; `None` before there was a hundred calls to judge by.
    pub fn time(&self) -> Option<Duration> {
        let state = self.state.load(Ordering::Relaxed);
        let enough = state >> 32 >= 100;
        enough.then(|| Duration::from_nanos(f32::from_bits(state as u32) as u64))
    }
}
