//! Adaptive throttle: a client that sees its calls fail sends fewer of them.
//!
//! The share of calls that is dropped follows from what was accepted in the last ten seconds: Google's formula ("Handling
//! Overload" in the SRE book), as go-zero refined it. It has no state but counts, so it recovers as the service does, without a
//! timer, and never drops everything.
//!
//! **It hurts** where many calls fail for good reasons: see [`Kind`](crate::Kind), faults of the call count as accepted.

use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::ring::Ring;
use crate::rng::Rng;
use crate::sync::{AtomicU32, Mutex, Ordering, lock};
use crate::time::Moment;

/// How many times as many calls as were accepted are let through: 1.5, go-zero's; the SRE book's 2 lets twice the load in.
pub const K_DEFAULT: f64 = 1.5;
/// What that falls to while nothing but failures is seen: 1.1, go-zero's.
pub const K_MIN_DEFAULT: f64 = 1.1;
/// Failures that never lead to a drop: 5, go-zero's.
pub const SPARED_DEFAULT: u32 = 5;
/// A call is let through at least that often: each second, go-zero's.
pub const PASS_DEFAULT: Duration = Duration::from_secs(1);

/// Ten seconds in forty buckets, go-zero's.
const BUCKETS: usize = 40;
const BUCKET: Duration = Duration::from_millis(250);

/// When calls are dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Calls let through for each accepted one, [`K_DEFAULT`].
    pub k: f64,
    /// The same while nothing is accepted, [`K_MIN_DEFAULT`].
    pub k_min: f64,
    /// Failures that never lead to a drop, [`SPARED_DEFAULT`].
    pub spared: u32,
    /// A call is let through at least that often, [`PASS_DEFAULT`].
    pub pass: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config { k: K_DEFAULT, k_min: K_MIN_DEFAULT, spared: SPARED_DEFAULT, pass: PASS_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.k_min >= 1.0, "k_min", "is below 1: calls would be dropped while all are accepted")?;
        demand(self.k >= self.k_min, "k", "is below `k_min`")?;
        demand(self.k <= 100.0, "k", "is above 100: nothing would ever be dropped")?;
        demand(!self.pass.is_zero(), "pass", "is zero")
    }
}

/// The throttle of an operation, shared by its calls.
///
/// ```
/// use wireloom_policy::{Moment, Rng, throttle::{Config, Throttle}};
///
/// let throttle = Throttle::new(Config::default())?;
/// let mut rng = Rng::seeded(1);
/// (0..1000).for_each(|_| throttle.settle(false, Moment::ZERO));
/// let passed = (0..1000).filter(|_| throttle.admits(Moment::ZERO, &mut rng)).count();
/// assert!((1..50).contains(&passed), "{passed} of 1000");
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Throttle {
    config: Config,
    state: Mutex<State>,
    /// 1 where something of late failed or was dropped. While nothing has, nothing is dropped, and calls need not look why.
    troubled: AtomicU32,
}

#[derive(Debug)]
struct State {
    /// What the service accepted, and what it did not.
    ring: Ring<BUCKETS>,
    /// What was dropped here. It is asked for as well, but is no failure: else a service that works again would be kept from
    /// calls by those that it never got.
    drops: Ring<BUCKETS>,
    /// Buckets before the newest, counted back from it, in which nothing failed, and in which everything did.
    working: usize,
    failing: usize,
    passed: Moment,
}

impl Throttle {
    /// A throttle that lets everything through.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Config) -> Result<Throttle, Invalid> {
        config.check()?;
        let state =
            State { ring: Ring::new(BUCKET), drops: Ring::new(BUCKET), working: 0, failing: 0, passed: Moment::ZERO };
        Ok(Throttle { config, state: Mutex::new(state), troubled: AtomicU32::new(0) })
    }

    /// Whether a call is let through. One that is not counts as not accepted.
    #[inline]
    pub fn admits(&self, now: Moment, rng: &mut Rng) -> bool {
        self.troubled.load(Ordering::Relaxed) == 0 || self.admits_troubled(now, rng)
    }

    fn admits_troubled(&self, now: Moment, rng: &mut Rng) -> bool {
        let mut state = lock(&self.state);
        state.roll(now);
        if state.is_calm() {
            self.troubled.store(0, Ordering::Relaxed);
            return true;
        }
        let drop = state.drop_share(&self.config);
        if drop <= 0.0 {
            return true;
        }
        let passes = now - state.passed >= self.config.pass || !rng.chance(drop);
        if passes {
            state.passed = now;
        } else {
            state.drops.add(now, false);
        }
        passes
    }

    /// Says whether the service accepted a call that was let through.
    pub fn settle(&self, accepted: bool, now: Moment) {
        let mut state = lock(&self.state);
        state.roll(now);
        state.ring.add(now, accepted);
        if !accepted {
            self.troubled.store(1, Ordering::Relaxed);
        }
    }

    /// The share of calls that would be dropped now.
    pub fn drop_share(&self, now: Moment) -> f64 {
        let mut state = lock(&self.state);
        state.roll(now);
        state.drop_share(&self.config).max(0.0)
    }
}

impl State {
    /// Whether nothing has failed that is still counted.
    fn is_calm(&self) -> bool {
        self.ring.sum().bad == 0 && self.drops.sum().bad == 0
    }

    /// The runs of working and of failing buckets change only when a bucket is over.
    fn roll(&mut self, now: Moment) {
        self.drops.roll(now);
        if !self.ring.roll(now) {
            return;
        }
        let run = |is: fn(crate::ring::Counts) -> bool| {
            let past = self.ring.newest_first().skip(1);
            past.take_while(|counts| counts.total() == 0 || is(*counts)).filter(|counts| counts.total() > 0).count()
        };
        (self.working, self.failing) = (run(|counts| counts.bad == 0), run(|counts| counts.good == 0));
    }

    fn drop_share(&self, config: &Config) -> f64 {
        let (sum, now) = (self.ring.sum(), self.ring.newest());
        let failing = if now.good > 0 { 0 } else { self.failing + usize::from(now.bad > 0) };
        let k = (config.k - (config.k - config.k_min) * failing as f64 / BUCKETS as f64).max(config.k_min);
        let total = (sum.total() + self.drops.sum().bad) as f64;
        let over = total - f64::from(config.spared) - k * sum.good as f64;
        if over <= 0.0 {
            return 0.0;
        }
        // As the service works again, old failures weigh less.
        let working = if now.bad > 0 { 0 } else { self.working + usize::from(now.good > 0) };
        over / (total + 1.0) * (BUCKETS - working.min(BUCKETS)) as f64 / BUCKETS as f64
    }
}
