//! When the machine is fit to measure: shared hosts have slow phases, in which the same work needs twice the time.
//!
//! A fixed loop is timed before and after each measurement; where it was slow, the measurement is made again.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How much slower than the best the loop may be.
const SLOWER_MAX: f64 = 1.15;

/// How often a measurement is made again, and how long to wait before.
const TRIES: usize = 6;
const PAUSE: Duration = Duration::from_millis(250);

/// Knows the machine's best, and how many measurements were taken though it was slow.
#[derive(Debug)]
pub struct Gate {
    best: Duration,
    taken: usize,
    disturbed: usize,
}

impl Gate {
    /// Looks for the machine's best.
    pub fn new() -> Gate {
        let best = (0..20).map(|_| time_loop()).min().unwrap_or_default();
        Gate { best, taken: 0, disturbed: 0 }
    }

    /// Measures in a fast phase; when none comes, the last measurement counts and is noted as disturbed.
    ///
    /// # Errors
    /// What `measure` fails with.
    pub fn measure<T, E>(&mut self, mut measure: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        self.taken += 1;
        let mut tries = 1;
        loop {
            let before = self.is_fast();
            let measured = measure()?;
            if before && self.is_fast() {
                return Ok(measured);
            }
            if tries == TRIES {
                self.disturbed += 1;
                return Ok(measured);
            }
            tries += 1;
            std::thread::sleep(PAUSE);
        }
    }

    /// How many measurements were taken, and how many of them in a slow phase.
    pub fn taken_and_disturbed(&self) -> (usize, usize) {
        (self.taken, self.disturbed)
    }

    fn is_fast(&mut self) -> bool {
        let now = time_loop();
        self.best = self.best.min(now);
        now.as_secs_f64() <= self.best.as_secs_f64() * SLOWER_MAX
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::new()
    }
}

/// The best of some short loops, so that being scheduled away does not count.
fn time_loop() -> Duration {
    let one = || {
        let started = Instant::now();
        let mut value = 1_u64;
        for step in 0..400_000_u64 {
            value = black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step));
        }
        black_box(value);
        started.elapsed()
    };
    (0..8).map(|_| one()).min().unwrap_or_default()
}
