//! The endpoints of a service as they are known at one time.
//!
//! A fleet is a snapshot: discovery makes the next one of it, calls in flight keep theirs. An endpoint that is in both is the
//! same object, so that its load, latency and health survive.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use crate::balance::{Ask, Choice, Picker};
use crate::ejection::{self, Places};
use crate::endpoint::{Access, Endpoint, Shared, Ticket, Weighing};
use crate::invalid::{Invalid, demand};
use crate::rng::Rng;
use crate::sync::{AtomicUsize, Ordering};
use crate::time::Moment;

/// Endpoints, and what they share.
///
/// ```
/// use wireloom_policy::{Fleet, Moment, Rng, balance::{Ask, P2c}};
///
/// let fleet = Fleet::new(["10.0.0.1:80", "10.0.0.2:80"], &Default::default(), Moment::ZERO)?;
/// let ticket = fleet.pick(&P2c::default(), &Ask::any(), Moment::ZERO, &mut Rng::seeded(1)).expect("there are endpoints");
/// assert_eq!(ticket.endpoint().pending(), 1);
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Fleet<K> {
    endpoints: Vec<Arc<Endpoint<K>>>,
    shared: Arc<Shared>,
}

/// How endpoints are weighed and ejected.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Config {
    /// How what happens at an endpoint is weighed.
    pub weighing: Weighing,
    /// When endpoints are left alone.
    pub ejection: ejection::Config,
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(!self.weighing.decay.is_zero(), "decay", "is zero").map_err(|wrong| wrong.within("weighing"))?;
        self.ejection.check().map_err(|wrong| wrong.within("ejection"))
    }
}

impl<K: Clone + Eq + Hash> Fleet<K> {
    /// A fleet of endpoints of equal weight.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(keys: impl IntoIterator<Item = K>, config: &Config, now: Moment) -> Result<Fleet<K>, Invalid> {
        config.check()?;
        let shared = Arc::new(Shared {
            weighing: config.weighing,
            ejection: config.ejection,
            places: Places::new(0, &config.ejection),
            down: AtomicUsize::new(0),
            ejections: AtomicUsize::new(0),
        });
        Ok(Fleet { endpoints: Vec::new(), shared }.updated(keys.into_iter().map(|key| (key, 1)), now))
    }

    /// The fleet after discovery has given another list of endpoints and their weights. A key that is twice in it counts once.
    #[must_use]
    pub fn updated(&self, list: impl IntoIterator<Item = (K, u32)>, now: Moment) -> Fleet<K> {
        let mut before: HashMap<&K, &Arc<Endpoint<K>>> = self.endpoints.iter().map(|it| (it.key(), it)).collect();
        let mut endpoints: Vec<Arc<Endpoint<K>>> = Vec::new();
        let mut seen = HashSet::new();
        for (key, weight) in list {
            if !seen.insert(key.clone()) {
                continue;
            }
            match before.remove(&key) {
                Some(endpoint) => {
                    endpoint.set_weight(weight);
                    endpoints.push(Arc::clone(endpoint));
                }
                None => {
                    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&key);
                    endpoints.push(Arc::new(Endpoint::new(key, hash, weight, Arc::clone(&self.shared), now)));
                }
            }
        }
        for gone in self.endpoints.iter().filter(|it| before.contains_key(it.key())) {
            gone.retire();
        }
        let above_cap = self.shared.places.resize(endpoints.len());
        let mut ejected: Vec<_> = endpoints.iter().filter_map(|it| Some((it.ejected_until()?, it))).collect();
        ejected.sort_by_key(|(until, _)| *until);
        ejected.into_iter().take(above_cap).for_each(|(_, endpoint)| endpoint.bring_back(now));
        Fleet { endpoints, shared: Arc::clone(&self.shared) }
    }
}

impl<K> Fleet<K> {
    /// Its endpoints.
    pub fn endpoints(&self) -> &[Arc<Endpoint<K>>] {
        &self.endpoints
    }

    /// How many endpoints are ejected.
    pub fn ejected(&self) -> usize {
        self.shared.places.taken()
    }

    /// How often an endpoint was ejected, in this fleet and those that it came of.
    pub fn ejections(&self) -> usize {
        self.shared.ejections.load(Ordering::Relaxed)
    }

    /// Whether so few endpoints could be called that health is ignored.
    pub fn panics(&self) -> bool {
        let shut = self.ejected() + self.shared.down.load(Ordering::Relaxed);
        let callable = self.endpoints.len().saturating_sub(shut);
        (callable as f64) < self.shared.ejection.panic * self.endpoints.len() as f64
    }

    /// Whether any endpoint may be called.
    pub fn takes_calls(&self, now: Moment) -> bool {
        let takes = |it: &Arc<Endpoint<K>>| it.access(now) != Access::Shut;
        self.endpoints.iter().any(takes) || self.panics()
    }

    /// Picks an endpoint and begins a call there. Avoids endpoints that were tried, unless there are no others. `None` only
    /// where no endpoint may be called.
    pub fn pick<P: Picker<K> + ?Sized>(
        &self,
        picker: &P,
        ask: &Ask<'_, K>,
        now: Moment,
        rng: &mut Rng,
    ) -> Option<Ticket<K>> {
        self.pick_untried(picker, ask, now, rng).or_else(|| {
            // Better the same again than none.
            let any = Ask { tried: &[], ..*ask };
            (!ask.tried.is_empty()).then(|| self.pick_untried(picker, &any, now, rng))?
        })
    }

    /// The same, and `None` where all were tried that take calls.
    pub fn pick_untried<P: Picker<K> + ?Sized>(
        &self,
        picker: &P,
        ask: &Ask<'_, K>,
        now: Moment,
        rng: &mut Rng,
    ) -> Option<Ticket<K>> {
        if self.endpoints.is_empty() {
            return None;
        }
        let choice = Choice { endpoints: &self.endpoints, ask, now, panics: self.panics() };
        // Another thread may have begun the probe that was picked.
        (0..4).find_map(|_| self.endpoints[picker.pick(&choice, rng)?].begin(now))
    }
}
