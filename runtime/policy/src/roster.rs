//! Roster: which list of endpoints to believe.
//!
//! Discovery fails more often than half of a service does at once. So a source that is silent changes nothing, and when a list
//! lacks more than half of the endpoints, they are kept until the source has all of them again, or has lacked some for a while.
//! Endpoints that are new in a list are believed at once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::invalid::{Invalid, demand, demand_share};
use crate::time::Moment;

/// The share of endpoints that a list may take away at once: half, the bound of Finagle's and Envoy's panic modes.
pub const LOSS_DEFAULT: f64 = 0.5;
/// How long lists must lack some of them then: 30 s.
pub const HOLD_DEFAULT: Duration = Duration::from_secs(30);

/// When a list is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The share of endpoints that may go at once, [`LOSS_DEFAULT`].
    pub loss: f64,
    /// How long lists must lack some of them once one has lacked more than that, [`HOLD_DEFAULT`].
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
/// assert_eq!(roster.wakes(), Some(Moment::ZERO + Config::default().hold));
/// assert_eq!(roster.endpoints().count(), 3);
/// assert_eq!(roster.offer(["d"], Moment::ZERO), Offered::Held);
/// assert_eq!(roster.endpoints().count(), 4, "what is new is used, what is gone is kept");
/// roster.confirm();
/// assert!(roster.endpoints().eq(&["d"]));
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Roster<K> {
    config: Config,
    believed: BTreeSet<K>,
    held: Option<Held<K>>,
}

/// A source that is doubted.
#[derive(Debug)]
struct Held<K> {
    /// What it said last.
    list: BTreeSet<K>,
    /// What was believed before: what lists take away is counted against it.
    before: BTreeSet<K>,
    since: Moment,
}

/// What becomes of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is believed.
    Taken,
    /// It is what was believed already.
    Known,
    /// Too many endpoints would be gone: what is new in it is believed, nothing is taken away.
    Held,
}

impl<K: Clone + Ord> Roster<K> {
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
        let before = self.held.as_ref().map_or(&self.believed, |held| &held.before);
        let lost = before.difference(&list).count();
        let is_doubted = match &self.held {
            None => lost as f64 > self.config.loss * before.len() as f64,
            // Whoever registers again after a registry has lost everything is there before others are: until all are back, or
            // the time is over, what is missing still is so for the same reason.
            Some(_) => lost > 0,
        };
        // Lists that differ are no reason to begin anew: a service that is being replaced has another one each second.
        let since = self.held.as_ref().map_or(now, |held| held.since);
        if !is_doubted || now - since >= self.config.hold {
            (self.believed, self.held) = (list, None);
            return Offered::Taken;
        }
        let before = self.held.take().map_or_else(|| self.believed.clone(), |held| held.before);
        self.believed.extend(list.iter().cloned());
        self.held = Some(Held { list, before, since });
        Offered::Held
    }

    /// Believes the last list that is held: somebody has looked.
    pub fn confirm(&mut self) {
        if let Some(held) = self.held.take() {
            self.believed = held.list;
        }
    }

    /// When the list that is held is believed, if it is offered again then.
    pub fn wakes(&self) -> Option<Moment> {
        self.held.as_ref().map(|held| held.since + self.config.hold)
    }

    /// The endpoints that are believed in.
    pub fn endpoints(&self) -> impl Iterator<Item = &K> {
        self.believed.iter()
    }
}
