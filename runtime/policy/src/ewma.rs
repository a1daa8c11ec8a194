//! How long an endpoint takes: the latency that the balancer compares.

use std::time::Duration;

use crate::sync::{AtomicU64, Ordering};
use crate::time::{Moment, nanos};

/// A latency that rises at once and falls slowly: a peak EWMA, as Finagle made it known.
///
/// A longer time than was known counts in full; shorter ones pull it down by the share of the decay that has passed. A failure
/// is a sample of a long time that is only *averaged in*: one failure in a thousand makes little difference, an endpoint that
/// fails fast looks slow soon. (Taken as a peak, each rare failure would keep a healthy endpoint away from calls for a minute.)
///
/// An answer after a long silence counts alone: whoever failed once, was left alone for that and then answers is as good as new. With
/// an average, the failure would keep calls away for minutes.
///
/// Value and time are in one word, so readers never wait.
#[derive(Debug)]
pub struct Ewma {
    /// Time of the last sample in [`TICK`]s, then nanoseconds as an `f32`. The time is never 0 once there was a sample.
    state: AtomicU64,
}

/// 2^18 ns, a quarter of a millisecond: 32 bits of them last for 13 days.
const TICK: u32 = 18;

impl Ewma {
    /// No sample yet.
    pub fn new() -> Ewma {
        Ewma { state: AtomicU64::new(0) }
    }

    /// An answer took that long.
    #[inline]
    pub fn answered(&self, took: Duration, decay: Duration, now: Moment) {
        self.sample(took, decay, now, true);
    }

    /// A failure that counts as much as that time.
    pub fn failed(&self, as_long_as: Duration, decay: Duration, now: Moment) {
        self.sample(as_long_as, decay, now, false);
    }

    /// Nobody waited for the answer: it takes that long at least.
    pub fn at_least(&self, waited: Duration, decay: Duration, now: Moment) {
        if self.nanos().is_none_or(|known| known < nanos(waited) as f32) {
            self.sample(waited, decay, now, true);
        }
    }

    /// Forgets what was, and knows that answer.
    pub fn restart(&self, took: Duration, now: Moment) {
        self.state.store(pack(ticks(now).max(1), nanos(took) as f32), Ordering::Relaxed);
    }

    /// What it takes, in nanoseconds, `None` before the first sample. What is known does not fade while nothing is heard, as it
    /// does elsewhere: a slow endpoint would be tried more and more, call by call. The picker tries it once in a while.
    #[inline]
    pub fn nanos(&self) -> Option<f32> {
        unpack(self.state.load(Ordering::Relaxed)).map(|(_, value)| value)
    }

    fn sample(&self, took: Duration, decay: Duration, now: Moment, peak: bool) {
        let took = nanos(took) as f32;
        let now = ticks(now).max(1);
        let _ = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            let Some((then, value)) = unpack(state) else { return Some(pack(now, took)) };
            // Within a tick no time passes, and threads may be a little apart: such a sample counts as a peak only.
            let age = if (now.wrapping_sub(then) as i32) < 0 { 0 } else { now.wrapping_sub(then) };
            // An answer after a long silence is all that is known of it now: whoever was tried anew and answered is as good as new.
            let is_anew = peak && u64::from(age) << TICK > nanos(decay / 2);
            let kept = match age {
                0 => 1.0,
                _ if is_anew => 0.0,
                _ => kept(age, decay),
            };
            let faded = value * kept + took * (1.0 - kept);
            Some(pack(if age == 0 { then } else { now }, if peak { faded.max(took) } else { faded }))
        });
    }
}

impl Default for Ewma {
    fn default() -> Ewma {
        Ewma::new()
    }
}

fn ticks(now: Moment) -> u32 {
    (now.as_nanos() >> TICK) as u32
}

/// The share of a value that is left after so many ticks.
fn kept(age: u32, decay: Duration) -> f32 {
    (-(age as f32) * (1 << TICK) as f32 / nanos(decay) as f32).exp()
}

fn pack(ticks: u32, value: f32) -> u64 {
    u64::from(ticks) << 32 | u64::from(value.to_bits())
}

fn unpack(state: u64) -> Option<(u32, f32)> {
    (state != 0).then(|| ((state >> 32) as u32, f32::from_bits(state as u32)))
}
