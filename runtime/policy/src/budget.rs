//! Retry budget: how many extra attempts the calls of a client may cause.
//!
//! Each call deposits a share of an attempt, each retry or hedge takes a whole one. Without a budget, retries multiply the load
//! just when there is too much of it; a wait between them does not help. The budget *bounds* a storm; what ends it is a server
//! that drops expired work (see [`intake`](crate::intake)).
//!
//! **It hurts** where so few calls are made that their share never makes an attempt: for them there is the reserve.
//!
//! One owner deposits ([`Call::start`](crate::Call::start)), once a call: two layers fed by one budget would pay twice.

use crate::invalid::{Invalid, demand, demand_share};
use crate::sync::{AtomicU64, Ordering};
use crate::time::Moment;

/// Attempts a call: 10 %. Google's SRE book names it; with 20 %, the default of Finagle, linkerd and Envoy, the simulated storm
/// lasts longer than without retries.
pub const RATIO_DEFAULT: f64 = 0.1;
/// Attempts a second beside that, for clients with few calls.
pub const RESERVE_DEFAULT: f64 = 3.0;
/// Attempts that may be saved up: ten seconds of the reserve, as Finagle's budget remembers ten seconds.
pub const BANK_DEFAULT: u32 = 30;

/// How a budget is filled.
///
/// ```
/// use wireloom_policy::budget::{Budget, Config};
///
/// let config = Config { ratio: 1.5, ..Config::default() };
/// assert_eq!(Budget::new(&config).unwrap_err().to_string(), "`ratio` is no share from 0 to 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Attempts that each call adds, [`RATIO_DEFAULT`].
    pub ratio: f64,
    /// Attempts that each second adds, [`RESERVE_DEFAULT`].
    pub reserve: f64,
    /// Attempts that may be saved up, [`BANK_DEFAULT`]: what a short, sharp failure may cost at once.
    pub bank: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config { ratio: RATIO_DEFAULT, reserve: RESERVE_DEFAULT, bank: BANK_DEFAULT }
    }
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand_share(self.ratio, "ratio")?;
        demand((0.0..=1e6).contains(&self.reserve), "reserve", "is not from 0 to a million a second")?;
        demand(self.bank >= 1, "bank", "is 0: no retry would ever be paid")?;
        demand(self.bank <= 1_000_000, "bank", "is above a million")
    }
}

/// One attempt, in fixed point.
const ATTEMPT: u64 = 1 << 20;
/// Where the level begins: above what deposits may take from it at once.
const START: u64 = 1 << 60;

/// The budget of a client, shared by its threads.
///
/// Exactly, under threads and over any time `t`: attempts taken ≤ `ratio` · calls + `reserve` · t + `bank`.
///
/// ```
/// use wireloom_policy::{Moment, budget::{Budget, Config}};
///
/// let budget = Budget::new(&Config { ratio: 0.1, reserve: 0.0, bank: 1 })?;
/// assert!(budget.withdraw(Moment::ZERO), "it begins full");
/// (0..9).for_each(|_| budget.deposit(Moment::ZERO));
/// assert!(!budget.withdraw(Moment::ZERO), "nine tenths");
/// (0..2).for_each(|_| budget.deposit(Moment::ZERO));
/// assert!(budget.withdraw(Moment::ZERO));
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Budget {
    /// What was spent, less what was deposited. The balance is what the reserve has brought until now, less this: time alone
    /// writes nothing, and one word holds all, so that no two threads spend the same.
    level: AtomicU64,
    call: u64,
    /// Fixed point a nanosecond, times 2^32.
    rate: u64,
    bank: u64,
}

impl Budget {
    /// A full budget.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: &Config) -> Result<Budget, Invalid> {
        config.check()?;
        let bank = u64::from(config.bank) * ATTEMPT;
        Ok(Budget {
            level: AtomicU64::new(START - bank),
            // Rounded down: what is not exact is not spent.
            call: (config.ratio * ATTEMPT as f64) as u64,
            rate: (config.reserve * ATTEMPT as f64 / 1e9 * 4_294_967_296.0) as u64,
            bank,
        })
    }

    /// A call begins: adds its share.
    #[inline]
    pub fn deposit(&self, now: Moment) {
        self.give(self.call, now);
    }

    /// Takes one attempt, if there is one.
    pub fn withdraw(&self, now: Moment) -> bool {
        let brought = self.brought(now);
        let spend = |level: u64| {
            let spent = self.not_above_bank(level, brought) + ATTEMPT;
            (spent <= brought).then_some(spent)
        };
        self.level.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }

    /// Gives back an attempt that was taken and not made.
    pub fn refund(&self, now: Moment) {
        self.give(ATTEMPT, now);
    }

    /// Whole attempts that could be taken.
    pub fn balance(&self, now: Moment) -> u32 {
        let brought = self.brought(now);
        let level = self.not_above_bank(self.level.load(Ordering::Relaxed), brought);
        u32::try_from(brought.saturating_sub(level) / ATTEMPT).unwrap_or(u32::MAX)
    }

    #[inline]
    fn give(&self, amount: u64, now: Moment) {
        let brought = self.brought(now);
        let give = |level: u64| {
            let given = self.not_above_bank(level.saturating_sub(amount), brought);
            (given != level).then_some(given)
        };
        // Full already: nothing to write.
        let _ = self.level.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }

    /// What the reserve has brought until now, from the start on.
    #[inline]
    fn brought(&self, now: Moment) -> u64 {
        let brought = (u128::from(now.as_nanos()) * u128::from(self.rate)) >> 32;
        START + u64::try_from(brought).unwrap_or(u64::MAX).min(1 << 61)
    }

    /// The level at which no more than the bank is left: what was saved beyond is lost.
    #[inline]
    fn not_above_bank(&self, level: u64, brought: u64) -> u64 {
        level.max(brought - self.bank)
    }
}
