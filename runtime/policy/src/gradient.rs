//! Adaptive concurrency limit, `concurrency adaptive`: as many calls at once as the server bears.
//!
//! Netflix's Gradient2 compares how long calls take now with how long they took for a while, and shrinks the limit as that grows.
//! Under an overload that lasts, "for a while" becomes the overload. So the baseline is measured here instead: in windows in
//! which less than half of the limit was in use, and else, from time to time, in one window at half the limit. As Gradient2 it
//! grows by a small queue, falls by half at most, moves by a fifth of the way, and does not grow while callers do not use it.
//!
//! **It hurts** where calls of an operation differ widely in cost: it takes a change of the mix for a change of the server.
//! Those need a fixed `concurrency` each.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::time::Moment;

/// The limit at first: 20, Netflix's.
pub const INITIAL_DEFAULT: u32 = 20;
/// Never below: 4. Netflix's 20 is above what many a service bears.
pub const MIN_DEFAULT: u32 = 4;
/// Never above: 1000. Netflix's 200 is a thread pool's.
pub const MAX_DEFAULT: u32 = 1000;
/// How much longer than the baseline calls may take before the limit shrinks: 1.05. Netflix's 1.5 makes up for a baseline that
/// drifts.
pub const TOLERANCE_DEFAULT: f64 = 1.05;
/// The share of the way to a new limit that one window moves: 0.2, Netflix's.
pub const SMOOTHING_DEFAULT: f64 = 0.2;
/// The time between two measurements of the baseline: 10 s; Envoy has 60 s, brpc 50 s, and both cut deeper.
pub const MEASURE_DEFAULT: Duration = Duration::from_secs(10);

/// Calls of a window.
const WINDOW: u32 = 100;
/// Fewer do when they are all that came in that time.
const WINDOW_TIME: Duration = Duration::from_secs(1);
const WINDOW_MIN: u32 = 10;
/// The gradient below which the baseline is measured again at once.
const UNSETTLED: f64 = 0.8;

/// How the limit moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The limit at first, [`INITIAL_DEFAULT`].
    pub initial: u32,
    /// Never below, [`MIN_DEFAULT`].
    pub min: u32,
    /// Never above, [`MAX_DEFAULT`].
    pub max: u32,
    /// How much longer than the baseline calls may take, [`TOLERANCE_DEFAULT`].
    pub tolerance: f64,
    /// The share of the way that one window moves, [`SMOOTHING_DEFAULT`].
    pub smoothing: f64,
    /// The time between two measurements of the baseline, [`MEASURE_DEFAULT`].
    pub measure: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config::DEFAULT
    }
}

impl Config {
    /// The defaults, as a constant.
    pub const DEFAULT: Config = Config {
        initial: INITIAL_DEFAULT,
        min: MIN_DEFAULT,
        max: MAX_DEFAULT,
        tolerance: TOLERANCE_DEFAULT,
        smoothing: SMOOTHING_DEFAULT,
        measure: MEASURE_DEFAULT,
    };

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.min >= 1, "min", "is 0: nothing would ever be let in")?;
        demand(self.max >= self.min, "max", "is below `min`")?;
        demand((self.min..=self.max).contains(&self.initial), "initial", "is not from `min` to `max`")?;
        demand((1.0..=10.0).contains(&self.tolerance), "tolerance", "is not from 1 to 10")?;
        demand(self.smoothing > 0.0 && self.smoothing <= 1.0, "smoothing", "is not above 0 and at most 1")?;
        demand(self.measure >= WINDOW_TIME, "measure", "is below a second")
    }
}

/// A limit that follows what calls take.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, gradient::{Config, Gradient}};
///
/// let mut limit = Gradient::new(Config::default())?;
/// for call in 0..15_000 {
///     // A server that bears 100 at once, and callers who use all they are given.
///     let (now, at_once) = (Moment::ZERO + Duration::from_millis(call), limit.limit());
///     limit.finished(now, Duration::from_millis(10).mul_f64((f64::from(at_once) / 100.0).max(1.0)), at_once, now);
/// }
/// assert!((90..=125).contains(&limit.limit()), "{}", limit.limit());
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gradient {
    config: Config,
    limit: f64,
    /// Seconds that calls take where nobody waits.
    baseline: Option<f64>,
    window: Window,
    measuring: bool,
    measure_at: Moment,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Moment,
    sum: f64,
    calls: u32,
    at_once: u32,
}

impl Gradient {
    /// The limit at its start.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Config) -> Result<Gradient, Invalid> {
        config.check()?;
        Ok(Gradient {
            config,
            limit: f64::from(config.initial),
            baseline: None,
            window: Window::since(Moment::ZERO),
            measuring: false,
            measure_at: Moment::ZERO,
        })
    }

    /// Calls that may run at once.
    pub fn limit(&self) -> u32 {
        let limit = if self.measuring { self.limit / 2.0 } else { self.limit };
        (limit as u32).clamp(self.config.min, self.config.max)
    }

    /// What calls take where nobody waits, once that is known.
    pub fn baseline(&self) -> Option<Duration> {
        self.baseline.map(Duration::from_secs_f64)
    }

    /// A call that began then took that long, among `at_once` (itself included). Failures and cancelled calls are not told: they
    /// are too fast or too slow for reasons of their own.
    pub fn finished(&mut self, began: Moment, took: Duration, at_once: u32, now: Moment) {
        // It has waited behind what was let in before.
        if self.measuring && began < self.window.since {
            return;
        }
        let window = &mut self.window;
        window.sum += took.as_secs_f64();
        window.calls += 1;
        window.at_once = window.at_once.max(at_once);
        let is_long = now - window.since >= WINDOW_TIME && window.calls >= WINDOW_MIN;
        if window.calls >= WINDOW || is_long {
            self.close(now);
        }
    }

    fn close(&mut self, now: Moment) {
        let window = std::mem::replace(&mut self.window, Window::since(now));
        let took = window.sum / f64::from(window.calls);
        let in_use = f64::from(window.at_once) >= self.limit / 2.0;
        if self.measuring || !in_use || self.baseline.is_none() {
            self.measured(took, now);
        } else {
            self.adjust(took, now);
        }
        self.measuring = !self.measuring && in_use && now >= self.measure_at;
    }

    fn measured(&mut self, took: f64, now: Moment) {
        // The first is as good as a guess: is it less at half the limit?
        self.measure_at = if self.baseline.is_none() { now } else { now + self.config.measure };
        let known = self.baseline.unwrap_or(took);
        let near = (0.8..1.25).contains(&(took / known));
        self.baseline = Some(if near { known * 0.7 + took * 0.3 } else { took });
    }

    fn adjust(&mut self, took: f64, now: Moment) {
        let baseline = self.baseline.unwrap_or(took);
        let gradient = (self.config.tolerance * baseline / took).clamp(0.5, 1.0);
        // Far from settled: the limit is too high, or the baseline is no longer true.
        if gradient < UNSETTLED {
            self.measure_at = now;
        }
        let queue = (self.limit.sqrt() / 2.0).max(1.0);
        let aim = self.limit * gradient + queue;
        let moved = self.limit + (aim - self.limit) * self.config.smoothing;
        self.limit = moved.clamp(f64::from(self.config.min), f64::from(self.config.max));
    }
}

impl Window {
    fn since(now: Moment) -> Window {
        Window { since: now, sum: 0.0, calls: 0, at_once: 0 }
    }
}
