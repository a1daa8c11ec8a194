//! Roster: which list of endpoints to believe.
//!
//! Discovery fails more often than half of a service does at once. So a source that is silent changes nothing, and a list that
//! lacks more than half of the endpoints is held until the source has said the same for a while.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::invalid::{Invalid, demand, demand_share};
use crate::time::Moment;

/// The share of endpoints that a list may take away at once: half, the bound of Finagle's and Envoy's panic modes.
pub const LOSS_DEFAULT: f64 = 0.5;
/// How long a source must insist on more: 30 s.
pub const HOLD_DEFAULT: Duration = Duration::from_secs(30);

/// When a list is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The share of endpoints that may go at once, [`LOSS_DEFAULT`].
    pub loss: f64,
    /// How long a source must insist on more, [`HOLD_DEFAULT`].
    pub hold: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config { loss: LOSS_DEFAULT, hold: HOLD_DEFAULT }
    }
}

/// The endpoints that are believed in.
///
/// ```
/// use wireloom_policy::{Moment, roster::{Config, Offered, Roster}};
///
/// let mut roster = Roster::new(Config::default())?;
/// assert_eq!(roster.offer(["a", "b", "c"], Moment::ZERO), Offered::Taken);
/// assert_eq!(roster.offer([], Moment::ZERO), Offered::Held);
/// assert_eq!(roster.endpoints().count(), 3);
/// roster.confirm();
/// assert_eq!(roster.endpoints().count(), 0);
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Roster<K> {
    config: Config,
    believed: BTreeSet<K>,
    held: Option<(BTreeSet<K>, Moment)>,
}

/// What becomes of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is believed.
    Taken,
    /// It is what was believed already.
    Known,
    /// It is held: too many endpoints would be gone.
    Held,
}

impl<K: Ord> Roster<K> {
    /// Nothing is known yet.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: Config) -> Result<Roster<K>, Invalid> {
        demand_share(config.loss, "loss")?;
        demand(!config.hold.is_zero(), "hold", "is zero: nothing would be held")?;
        Ok(Roster { config, believed: BTreeSet::new(), held: None })
    }

    /// The source says that these are all endpoints.
    pub fn offer(&mut self, list: impl IntoIterator<Item = K>, now: Moment) -> Offered {
        let list: BTreeSet<K> = list.into_iter().collect();
        if list == self.believed {
            self.held = None;
            return Offered::Known;
        }
        let lost = self.believed.difference(&list).count();
        if lost as f64 <= self.config.loss * self.believed.len() as f64 {
            (self.believed, self.held) = (list, None);
            return Offered::Taken;
        }
        let since = match &self.held {
            Some((held, since)) if *held == list => *since,
            _ => now,
        };
        self.held = Some((list, since));
        if now - since >= self.config.hold {
            self.confirm();
            return Offered::Taken;
        }
        Offered::Held
    }

    /// Believes the list that is held: somebody has looked.
    pub fn confirm(&mut self) {
        if let Some((list, _)) = self.held.take() {
            self.believed = list;
        }
    }

    /// The endpoints that are believed in.
    pub fn endpoints(&self) -> impl Iterator<Item = &K> {
        self.believed.iter()
    }
}
