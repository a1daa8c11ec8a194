//! What is said of policies beside the contract, and may change while calls run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::fit::{self, Misfit, Role};
use super::layer::Layer;
use super::place::Place;
#[cfg(feature = "file")]
use super::source;
use super::under::{self, Stay, Under, Who};
use super::{known, names};
use crate::facts::{OperationFacts, ServiceFacts};
use crate::policy::{Invalid, Settings};

/// The policies that hold: what contracts say, and over it what was said beside them. Cheap to clone; clones are the same, so one
/// of them serves all channels and servers of a program.
///
/// ```
/// use std::time::Duration;
/// use wireloom::policy::{Policies, Settings};
///
/// let policies = Policies::default();
/// policies.set("shop.orders.Orders/place", Settings::within(Duration::from_millis(300)))?;
/// # Ok::<(), wireloom::policy::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policies {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Changes while `under` is held, so that nobody comes under what he was not judged by.
    layer: ArcSwap<Layer>,
    /// Grows with each change.
    generation: AtomicU64,
    under: Mutex<Under>,
    #[cfg(feature = "file")]
    pub(super) followed: super::followed::State,
}

/// What holds for an operation.
pub(super) fn judged(layer: &Layer, op: &OperationFacts, role: Role) -> Result<Settings, InvalidPolicy> {
    let all = layer.of(op);
    let [own, service, common] = all.map(|it| it.map_or(Settings::UNSAID, |entry| entry.settings));
    let place_of = |word: &str| all.iter().flatten().find_map(|entry| entry.place_of(word));
    let refused = |word: &str, why| {
        let place = place_of(word).or_else(|| all.iter().flatten().find_map(|entry| entry.place.as_ref()));
        InvalidPolicy { whom: op.to_string(), place: place.cloned(), why }
    };
    if let Some(misfit) = fit::misfit(op, role, &own) {
        return Err(refused(misfit.0, Why::Misfit(misfit)));
    }
    let settings = own.over(&fit::reaching(op, role, &service.over(&common))).over(&op.policy);
    match settings.check(op.repeat()) {
        Ok(()) => Ok(settings),
        Err(wrong) => Err(refused(wrong.place(), Why::Wrong(wrong.clone()))),
    }
}

impl Policies {
    /// Says something of all operations (``), of those of a service (`shop.orders.Orders`) or of one (`shop.orders.Orders/place`).
    ///
    /// # Errors
    /// When the settings cannot be, whatever the contract says. When what would be said then, all of it, contradicts the contract of
    /// somebody who is served or called under these policies, or names an operation that a service of this program has not. Nothing has
    /// changed then.
    pub fn set(&self, whom: &str, settings: Settings) -> Result<(), InvalidPolicy> {
        let wrong = |wrong| InvalidPolicy { whom: whom.to_owned(), place: None, why: Why::Wrong(wrong) };
        settings.check_alone().map_err(wrong)?;
        self.change(|layer| layer.set(whom, settings))
    }

    /// Puts in force what was read, if it can be.
    #[cfg(feature = "file")]
    pub(super) fn put(&self, read: Layer) -> Result<(), InvalidPolicy> {
        self.change(|layer| *layer = read)
    }

    /// Changes what is said, if it fits whom it is about: who is under these policies, and the names of services that are known here.
    fn change(&self, change: impl FnOnce(&mut Layer)) -> Result<(), InvalidPolicy> {
        let under = self.under();
        let mut layer = Layer::clone(&self.inner.layer.load());
        change(&mut layer);
        let services: Vec<_> = known::services().iter().map(|it| it.facts).chain(under.services.iter()).collect();
        names::stranger(&layer, &services).map_or(Ok(()), Err)?;
        under.check(&layer)?;
        self.inner.layer.store(Arc::new(layer));
        self.inner.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// How often they have changed.
    pub fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }

    /// The policies of a program: what stands in the file that `WIRELOOM_POLICY_FILE` names, and over it what `WIRELOOM_POLICY` says
    /// itself. The file is followed in a task: what it says next holds at once, and while it says what cannot be, what it said before
    /// does, and the log tells. Without either, contracts hold alone.
    ///
    /// # Errors
    /// When one of them says what cannot be, with its line and column.
    ///
    /// # Panics
    /// Outside of a tokio runtime, where there is a file.
    #[cfg(feature = "file")]
    pub fn from_env() -> Result<Policies, PoliciesError> {
        source::Source::of_env().policies()
    }

    /// The policies that stand in a file, which is followed as [`from_env`](Policies::from_env) says.
    ///
    /// ```toml
    /// # Of all operations.
    /// deadline = "2s"
    /// retry = { retries = 1, budget = "5%" }
    ///
    /// # Of a service's, and of one.
    /// ["shop.orders.Orders"]
    /// limit = { rate = "500/s", per = "peer" }
    ///
    /// ["shop.orders.Orders/get"]
    /// hedge = { after = "p95", extra = "5%" }
    /// throttle = false
    /// ```
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be, with its line and column.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[cfg(feature = "file")]
    pub fn from_file(path: impl Into<std::path::PathBuf>) -> Result<Policies, PoliciesError> {
        source::Source::of_file(path.into()).policies()
    }

    /// The policies that a text says, as a file of them would.
    ///
    /// # Errors
    /// When it says what cannot be, with its line and column.
    ///
    /// ```
    /// use wireloom::policy::Policies;
    ///
    /// let wrong = Policies::from_text("deadline = \"2s\"\n[\"shop.Orders/get\"]\nhegde = true\n").unwrap_err();
    /// assert!(wrong.to_string().starts_with("3:1: `shop.Orders/get`: unknown field `hegde`"), "{wrong}");
    /// ```
    #[cfg(feature = "file")]
    pub fn from_text(text: &str) -> Result<Policies, PoliciesError> {
        let policies = Policies::default();
        let layer = super::file::read(None, text).map_err(|wrong| PoliciesError::new(wrong.to_string()))?;
        policies.start();
        policies.put(layer).map_err(|wrong| PoliciesError::new(wrong.to_string()))?;
        Ok(policies)
    }

    /// Has them hear of services that become known, and lets them be asked what is followed.
    #[cfg(feature = "file")]
    pub(super) fn start(&self) {
        known::hear(&self.inner);
        crate::metrics::observe(&self.inner);
    }

    /// Whether nobody has them any more but whoever asks.
    #[cfg(feature = "file")]
    pub(super) fn watcher(&self) -> Watcher {
        Watcher(Arc::downgrade(&self.inner))
    }

    /// Refuses what is said beside the contract of a service and contradicts it, or names an operation that it has not.
    ///
    /// # Errors
    /// Names the place in the file, the operation and the first word that is wrong: `policies.toml:3:1: shop.orders.Orders/place:
    /// \`attempt\` is longer than \`deadline\``.
    pub fn check(&self, service: &'static ServiceFacts) -> Result<(), InvalidPolicy> {
        fits(service, &self.inner.layer.load())
    }

    /// A service is served under them. What it contradicts is refused, from now on also where a file says it anew, until its stay ends.
    pub(crate) fn serve(&self, service: &'static ServiceFacts) -> Result<Stay, InvalidPolicy> {
        let stay = self.admit(service, Who::Served(service))?;
        known::serve(service);
        Ok(stay)
    }

    /// A service is called under them, as it may be served.
    pub(crate) fn call(&self, service: &'static ServiceFacts) -> Result<Stay, InvalidPolicy> {
        let stay = self.admit(service, Who::Called(service))?;
        known::call(service);
        Ok(stay)
    }

    fn admit(&self, service: &'static ServiceFacts, who: Who) -> Result<Stay, InvalidPolicy> {
        let mut under = self.under();
        fits(service, &self.inner.layer.load())?;
        Ok(Stay::begin(self, &mut under, who))
    }

    /// A handler handles under them.
    #[cfg(feature = "broker")]
    pub(crate) fn handle(&self, op: &'static OperationFacts) -> Result<Stay, InvalidPolicy> {
        let mut under = self.under();
        judged(&self.inner.layer.load(), op, under.role(op))?;
        Ok(Stay::begin(self, &mut under, Who::Operation(op)))
    }

    /// An operation is performed, or called, under them.
    pub(super) fn meet_operation(&self, op: &'static OperationFacts) -> Stay {
        Stay::begin(self, &mut self.under(), Who::Operation(op))
    }

    pub(super) fn under(&self) -> MutexGuard<'_, Under> {
        self.inner.under()
    }

    /// What holds for an operation. Where what is said beside the contract contradicts it, the contract holds, and the log says so.
    pub fn settings(&self, op: &OperationFacts) -> Settings {
        let role = self.under().role(op);
        judged(&self.inner.layer.load(), op, role).unwrap_or_else(|wrong| {
            tracing::error!(operation = %op, %wrong, "the policy beside the contract cannot be; the contract's holds");
            op.policy
        })
    }
}

/// Refuses what contradicts the contract of a service, or names an operation that it has not.
fn fits(service: &'static ServiceFacts, layer: &Layer) -> Result<(), InvalidPolicy> {
    names::stranger(layer, &[service]).map_or(Ok(()), Err)?;
    under::check(service, layer)
}

impl Inner {
    fn under(&self) -> MutexGuard<'_, Under> {
        self.under.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A service is known from now on: says which of the names that were read before are none of its.
    pub(super) fn meet(&self, service: &'static ServiceFacts) {
        let under = self.under();
        let stranger = names::stranger(&self.layer.load(), &[service]);
        // What it goes to, the log, is anybody's code.
        drop(under);
        let Some(wrong) = stranger else { return };
        tracing::error!(%wrong, "a policy beside the contract is of nobody, and changes nothing");
        #[cfg(feature = "file")]
        self.followed.refused(wrong.reason());
    }
}

/// Puts new policies in force, for as long as anybody has them.
#[cfg(feature = "file")]
pub(super) struct Watcher(std::sync::Weak<Inner>);

#[cfg(feature = "file")]
impl Watcher {
    /// The policies, as long as anybody has them.
    pub(super) fn policies(&self) -> Option<Policies> {
        Some(Policies { inner: self.0.upgrade()? })
    }
}

#[cfg(feature = "file")]
impl Policies {
    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// What changes nothing in this process, though it is said.
    pub(super) fn doubts(&self) -> Vec<String> {
        let used: Vec<_> = self.under().operations.iter().collect();
        names::doubts(&self.inner.layer.load(), &known::services(), &used)
    }
}

/// Policies that cannot be read, or cannot be.
///
/// Its `Debug` is what it says, since that is what a `main` shows that fails with it.
#[cfg(feature = "file")]
#[derive(Clone, PartialEq, Eq)]
pub struct PoliciesError {
    what: String,
}

#[cfg(feature = "file")]
impl PoliciesError {
    pub(super) fn new(what: String) -> PoliciesError {
        PoliciesError { what }
    }
}

#[cfg(feature = "file")]
impl std::fmt::Display for PoliciesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

#[cfg(feature = "file")]
impl std::fmt::Debug for PoliciesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "file")]
impl std::error::Error for PoliciesError {}

/// What is said of a policy beside the contract, and cannot be. Its `Debug` is its `Display`, for a `main` that returns errors.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidPolicy {
    pub(super) whom: String,
    pub(super) place: Option<Place>,
    pub(super) why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Wrong(Invalid),
    Misfit(Misfit),
    /// It is a name that is wrong.
    Unknown(String),
}

impl InvalidPolicy {
    /// Where it stands, if it was read and not said by the program.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What metrics call it.
    #[cfg(feature = "file")]
    pub(super) fn reason(&self) -> super::followed::Refusal {
        match self.why {
            Why::Wrong(_) | Why::Misfit(_) => super::followed::Refusal::Contract,
            Why::Unknown(_) => super::followed::Refusal::Name,
        }
    }
}

impl std::fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        match &self.why {
            Why::Wrong(wrong) if self.whom.is_empty() => write!(f, "{wrong}"),
            Why::Wrong(wrong) => write!(f, "{}: {wrong}", self.whom),
            Why::Misfit((word, why)) => write!(f, "{}: `{word}` {why}", self.whom),
            Why::Unknown(why) => write!(f, "`{}` {why}", self.whom),
        }
    }
}

impl std::fmt::Debug for InvalidPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InvalidPolicy {}
