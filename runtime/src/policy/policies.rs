//! What is said of policies beside the contract, and may change while calls run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::layer::Layer;
#[cfg(feature = "file")]
use super::source;
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
/// # Ok::<(), wireloom::policy::Invalid>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policies {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    layer: ArcSwap<Layer>,
    /// Grows with each change.
    generation: AtomicU64,
}

impl Policies {
    /// Says something of all operations (``), of those of a service (`shop.orders.Orders`) or of one (`shop.orders.Orders/place`).
    ///
    /// # Errors
    /// When the settings cannot be, whatever the contract says; then nothing has changed.
    pub fn set(&self, whom: &str, settings: Settings) -> Result<(), Invalid> {
        settings.check_alone()?;
        let mut layer = Layer::clone(&self.inner.layer.load());
        layer.set(whom, settings);
        self.replace(layer);
        Ok(())
    }

    /// All that is said is now that.
    pub(super) fn replace(&self, layer: Layer) {
        self.inner.layer.store(Arc::new(layer));
        self.inner.generation.fetch_add(1, Ordering::Release);
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
    /// When one of them says what cannot be, with its line.
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
    /// When it cannot be read, or says what cannot be, with its line.
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
    /// When it says what cannot be, with its line.
    ///
    /// ```
    /// use wireloom::policy::Policies;
    ///
    /// let wrong = Policies::from_text("deadline = \"2s\"\n[\"shop.Orders/get\"]\nhegde = true\n").unwrap_err();
    /// assert!(wrong.to_string().starts_with("line 2: `shop.Orders/get`: unknown field `hegde`"), "{wrong}");
    /// ```
    #[cfg(feature = "file")]
    pub fn from_text(text: &str) -> Result<Policies, PoliciesError> {
        let policies = Policies::default();
        policies.replace(super::file::read(text).map_err(PoliciesError::new)?);
        Ok(policies)
    }

    /// Whether nobody has them any more but whoever asks.
    #[cfg(feature = "file")]
    pub(super) fn watcher(&self) -> Watcher {
        Watcher(Arc::downgrade(&self.inner))
    }

    /// Refuses what is said beside the contract of a service and contradicts it, or names an operation that it has not.
    ///
    /// # Errors
    /// Names the operation and the first word that is wrong: `shop.orders.Orders/place: \`attempt\` is longer than \`deadline\``.
    pub fn check(&self, service: &ServiceFacts) -> Result<(), InvalidPolicy> {
        let layer = self.inner.layer.load();
        if let Some(stranger) = layer.stranger(service) {
            let why = Why::Unknown { service: format!("{}.{}", service.package, service.name) };
            return Err(InvalidPolicy { whom: stranger.to_owned(), why });
        }
        service.operations.iter().try_for_each(|op| {
            let checked = layer.of(op).over(&op.policy).check(op.repeat());
            checked.map_err(|wrong| InvalidPolicy { whom: op.to_string(), why: Why::Wrong(wrong) })
        })
    }

    /// What holds for an operation. Where what is said beside the contract contradicts it, the contract holds, and the log says so.
    pub fn settings(&self, op: &OperationFacts) -> Settings {
        let said = self.inner.layer.load().of(op);
        let settings = said.over(&op.policy);
        match settings.check(op.repeat()) {
            Ok(()) => settings,
            Err(wrong) => {
                tracing::error!(operation = %op, %wrong, "the policy beside the contract cannot be; the contract's holds");
                op.policy
            }
        }
    }
}

/// Puts new policies in force, for as long as anybody has them.
#[cfg(feature = "file")]
pub(super) struct Watcher(std::sync::Weak<Inner>);

#[cfg(feature = "file")]
impl Watcher {
    /// All that is said is now that; `None` where nobody is left to whom it is said.
    pub(super) fn replace(&self, layer: Layer) -> Option<()> {
        Policies { inner: self.0.upgrade()? }.replace(layer);
        Some(())
    }

    pub(super) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
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

/// What is said of a policy beside the contract, and cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy {
    whom: String,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    Wrong(Invalid),
    Unknown { service: String },
}

impl std::fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.why {
            Why::Wrong(wrong) => write!(f, "{}: {wrong}", self.whom),
            Why::Unknown { service } => write!(f, "`{}` is no operation of `{service}`", self.whom),
        }
    }
}

impl std::error::Error for InvalidPolicy {}
