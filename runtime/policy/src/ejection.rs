//! Outlier ejection: endpoints that failed enough are left alone for a while, but never too many of them.
//!
//! An endpoint is ejected when its [`accrual`] says so and the cap allows it; for longer each time. Then exactly
//! one call probes it: an answer brings it back, a failure ejects it again. Where the fleet gets smaller, those above its cap come
//! back at once, the soonest first. When fewer than half of the endpoints could be
//! called, health is ignored altogether (panic mode): calling doubtful endpoints beats crowding the few that are left.
//!
//! **It hurts** with very few endpoints, where leaving one alone is much of the capacity: hence the cap.

use std::time::Duration;

use crate::accrual;
use crate::invalid::{Invalid, demand, demand_share};
use crate::sync::{AtomicUsize, Ordering};

/// The first ejection: 5 s, as simulated; Finagle's shortest. Envoy's 30 s lets a replica that has recovered idle for long.
pub const BASE_DEFAULT: Duration = Duration::from_secs(5);
/// The longest ejection: 300 s, Envoy's and Finagle's.
pub const MAX_DEFAULT: Duration = Duration::from_secs(300);
/// The share of endpoints that may be ejected: 30 %. Envoy's 10 % leaves two bad ones of ten alone with half of their calls.
pub const CAP_DEFAULT: f64 = 0.3;
/// Below this share of callable endpoints health is ignored: 50 %, Finagle's and Envoy's.
pub const PANIC_DEFAULT: f64 = 0.5;
/// The time back in rotation for which one ejection is forgiven: 30 s.
pub const FORGIVE_DEFAULT: Duration = Duration::from_secs(30);

/// When endpoints are left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// When an endpoint has failed enough.
    pub accrual: accrual::Config,
    /// The first ejection, [`BASE_DEFAULT`]; the second is twice as long, the third three times.
    pub base: Duration,
    /// The longest, [`MAX_DEFAULT`].
    pub max: Duration,
    /// The share of endpoints that may be ejected at once, [`CAP_DEFAULT`]; one always may.
    pub cap: f64,
    /// The share of callable endpoints below which health is ignored, [`PANIC_DEFAULT`].
    pub panic: f64,
    /// The time in rotation that takes back one ejection from the count, [`FORGIVE_DEFAULT`].
    pub forgive: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            accrual: accrual::Config::default(),
            base: BASE_DEFAULT,
            max: MAX_DEFAULT,
            cap: CAP_DEFAULT,
            panic: PANIC_DEFAULT,
            forgive: FORGIVE_DEFAULT,
        }
    }
}

impl Config {
    /// Nobody is ever ejected.
    pub fn off() -> Config {
        let accrual = accrual::Config { consecutive: u32::MAX, success_share: 0.0, ..accrual::Config::default() };
        Config { accrual, ..Config::default() }
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        self.accrual.check().map_err(|wrong| wrong.within("accrual"))?;
        demand(!self.base.is_zero(), "base", "is zero")?;
        demand(self.max >= self.base, "max", "is below `base`")?;
        demand(!self.forgive.is_zero(), "forgive", "is zero")?;
        demand_share(self.cap, "cap")?;
        demand_share(self.panic, "panic")?;
        demand(self.cap + self.panic <= 1.0, "cap", "and `panic` together are above 1: ejecting would cause the panic")
    }

    /// How long the ejection with that number, from 1, lasts.
    pub fn time(&self, number: u32) -> Duration {
        self.base.saturating_mul(number).min(self.max)
    }

    /// The ejections that still count after a time in rotation.
    pub fn remembered(&self, ejections: u32, in_rotation: Duration) -> u32 {
        let forgiven = in_rotation.as_nanos() / self.forgive.as_nanos().max(1);
        ejections.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }
}

/// How many endpoints are out, under the cap.
///
/// ```
/// use wireloom_policy::ejection::{Config, Places};
///
/// let places = Places::new(10, &Config::default());
/// assert_eq!((0..10).filter(|_| places.take()).count(), 3);
/// places.free();
/// assert!(places.take());
/// assert_eq!(places.resize(5), 2, "one of five may");
/// assert!(Places::new(1, &Config::default()).take(), "one always may");
/// ```
#[derive(Debug)]
pub struct Places {
    taken: AtomicUsize,
    all: AtomicUsize,
    cap: f64,
}

impl Places {
    /// Nobody is out, of so many endpoints.
    pub fn new(endpoints: usize, config: &Config) -> Places {
        Places { taken: AtomicUsize::new(0), all: AtomicUsize::new(endpoints), cap: config.cap }
    }

    /// Takes a place for one more, if the cap allows it.
    pub fn take(&self) -> bool {
        let max = self.max();
        let one_more = |taken| (taken < max).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    /// Gives a place back.
    pub fn free(&self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }

    /// Endpoints that are out.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }

    /// The number of endpoints has changed. Returns how many more are out than may be now.
    pub fn resize(&self, endpoints: usize) -> usize {
        self.all.store(endpoints, Ordering::Relaxed);
        self.taken().saturating_sub(self.max())
    }

    fn max(&self) -> usize {
        ((self.all.load(Ordering::Relaxed) as f64 * self.cap) as usize).max(1)
    }
}
