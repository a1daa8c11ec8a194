//! Rate limit: `limit 200/s burst 50`, for all callers together ([`Rate`]) or for each ([`Keyed`]).
//!
//! GCRA, the leaky bucket that needs one number: the time at which the limit would be unused again. Never more than
//! `burst + rate · t` calls in any time `t`.
//!
//! The crate governor is the well-kept choice elsewhere; here `now` comes in, the number is loom's in tests, and keys must be
//! bounded, which is what governor leaves to its users. What remains is one compare-and-swap.
//!
//! **It hurts** where calls differ in cost: it counts them, it does not weigh them. See [`gradient`](crate::gradient).

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

use crate::invalid::{Invalid, demand};
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::time::{Moment, nanos};

/// So many calls in a period, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Calls in `period`.
    pub count: u32,
    /// The period.
    pub period: Duration,
    /// Calls at once.
    pub burst: u32,
}

impl Config {
    /// So many calls a second, and as many at once.
    pub const fn per_second(count: u32) -> Config {
        Config { count, period: Duration::from_secs(1), burst: count }
    }

    /// So many calls in a period; at once as many as come in a second, one at least: what a rate stands for where nobody says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wireloom_policy::rate::Config;
    ///
    /// assert_eq!(Config::per(120, Duration::from_secs(60)).burst, 2);
    /// assert_eq!(Config::per(5, Duration::from_secs(3600)).burst, 1);
    /// ```
    pub const fn per(count: u32, period: Duration) -> Config {
        let seconds = if period.as_secs() == 0 { 1 } else { period.as_secs() };
        let each_second = (count as u64).div_ceil(seconds);
        Config { count, period, burst: if each_second == 0 { 1 } else { each_second as u32 } }
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.count >= 1, "count", "is 0: nothing would ever be let in")?;
        demand(self.burst >= 1, "burst", "is 0: nothing would ever be let in")?;
        demand(!self.period.is_zero(), "period", "is zero")?;
        demand(self.period <= Duration::from_secs(86_400), "period", "is above a day")
    }
}

/// The arithmetic of a limit, without its state.
#[derive(Clone, Copy, Debug)]
struct Cells {
    /// Nanoseconds a call, rounded up: what is not exact is not let in.
    each: u64,
    /// How far ahead of now calls may be.
    ahead: u64,
}

impl Cells {
    fn new(config: &Config) -> Cells {
        let each = nanos(config.period).div_ceil(u64::from(config.count)).max(1);
        Cells { each, ahead: each.saturating_mul(u64::from(config.burst) - 1) }
    }

    /// The new state after one more call, or how long to wait for it.
    fn next(self, state: u64, now: Moment) -> Result<u64, Duration> {
        let begins = state.max(now.as_nanos());
        let ahead = begins - now.as_nanos();
        if ahead <= self.ahead {
            Ok(begins.saturating_add(self.each))
        } else {
            Err(Duration::from_nanos(ahead - self.ahead))
        }
    }
}

/// One limit for all callers.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Moment, rate::{Config, Rate}};
///
/// let rate = Rate::new(&Config { count: 10, period: Duration::from_secs(1), burst: 2 })?;
/// assert!(rate.admit(Moment::ZERO).is_ok());
/// assert!(rate.admit(Moment::ZERO).is_ok());
/// assert_eq!(rate.admit(Moment::ZERO), Err(Duration::from_millis(100)), "when to try again");
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Rate {
    cells: Cells,
    state: AtomicU64,
}

impl Rate {
    /// An unused limit.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: &Config) -> Result<Rate, Invalid> {
        config.check()?;
        Ok(Rate { cells: Cells::new(config), state: AtomicU64::new(0) })
    }

    /// Lets a call in.
    ///
    /// # Errors
    /// Refuses what is over the limit, and gives the time after which it would be let in.
    pub fn admit(&self, now: Moment) -> Result<(), Duration> {
        let next = |state| self.cells.next(state, now).ok();
        let taken = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        taken.map(drop).map_err(|state| self.cells.next(state, now).err().unwrap_or_default())
    }
}

/// What becomes of a caller for whom the table has no room: of one whose limit cannot be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// It is refused: the limit holds, whatever a flood of keys does.
    #[default]
    Refuse,
    /// It is let in uncounted: nobody is refused for others' keys.
    Admit,
}

/// Keys of which a place is chosen by hash; a place has room for so many.
const WAYS: usize = 8;

/// A limit for each key, in a table whose size never changes.
///
/// A caller who has not called for long leaves the same state as one who never did, so its entry is taken by the next; none is
/// ever looked for. A place of 136 bytes has room for eight keys, and there is room for two to four times as many as were asked
/// for: 34 to 68 bytes for each of those.
///
/// ```
/// use wireloom_policy::{Moment, rate::{Config, Full, Keyed}};
///
/// let keyed = Keyed::new(&Config::per_second(1), 10_000, Full::Refuse)?;
/// assert!(keyed.admit(&"alice", Moment::ZERO).is_ok());
/// assert!(keyed.admit(&"bob", Moment::ZERO).is_ok());
/// assert!(keyed.admit(&"alice", Moment::ZERO).is_err());
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Keyed {
    cells: Cells,
    full: Full,
    places: Vec<Mutex<[Entry; WAYS]>>,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// A hash under a secret of this table, so that nobody can choose keys that share one.
    key: u64,
    state: u64,
}

impl Keyed {
    /// A table for that many keys at once, rounded up.
    ///
    /// # Errors
    /// When the configuration cannot be, or the table would be empty or above 16 million keys.
    pub fn new(config: &Config, keys: usize, full: Full) -> Result<Keyed, Invalid> {
        config.check()?;
        demand(keys >= 1, "keys", "is 0")?;
        demand(keys <= 1 << 24, "keys", "is above 16 million")?;
        // Twice the room, so that a place is hardly ever full before the table is.
        let places = (2 * keys).div_ceil(WAYS).next_power_of_two();
        let places = (0..places).map(|_| Mutex::new([Entry::default(); WAYS])).collect();
        Ok(Keyed { cells: Cells::new(config), full, places, hasher: RandomState::new() })
    }

    /// Lets a call of that key in.
    ///
    /// # Errors
    /// Refuses what is over the key's limit, and gives the time after which it would be let in.
    pub fn admit(&self, key: &impl Hash, now: Moment) -> Result<(), Duration> {
        let hash = self.hasher.hash_one(key);
        let mut place = lock(&self.places[hash as usize & (self.places.len() - 1)]);
        let known = place.iter().position(|entry| entry.key == hash && entry.state > now.as_nanos());
        // Over: the same as none.
        let free = || place.iter().position(|entry| entry.state <= now.as_nanos());
        let Some(at) = known.or_else(free) else { return self.without_room(&*place, now) };
        let state = if known.is_some() { place[at].state } else { 0 };
        place[at] = Entry { key: hash, state: self.cells.next(state, now)? };
        Ok(())
    }

    /// Keys that the table has room for.
    pub fn capacity(&self) -> usize {
        self.places.len() * WAYS
    }

    fn without_room(&self, place: &[Entry], now: Moment) -> Result<(), Duration> {
        let soonest = place.iter().map(|entry| entry.state).min().unwrap_or_default();
        match self.full {
            Full::Admit => Ok(()),
            Full::Refuse => Err(Moment::from_nanos(soonest) - now),
        }
    }
}
