//! Being registered: for as long as somebody wants it, whatever becomes of the registry meanwhile.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::error::DiscoveryError;
use super::seam::{Registrar, Registration};
use super::snapshot::Instance;
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::policy::Rng;

/// How long taking an instance away may take. After that its registry finds out by itself.
const END_TIME: Duration = Duration::from_secs(5);

/// The registry that a URL names: `etcd://127.0.0.1:2379/services/orders`.
///
/// # Errors
/// When the URL names no registry of this build, or is none.
pub fn registrar(url: &str) -> Result<Arc<dyn Registrar>, DiscoveryError> {
    let (kind, rest) = super::url::kind(url)?;
    let registrar: Result<Arc<dyn Registrar>, DiscoveryError> = match (kind, rest) {
        // Who registers says its scheme.
        #[cfg(feature = "etcd")]
        ("etcd://", rest) => super::Etcd::read(rest, "http").map(|etcd| Arc::new(etcd) as _),
        #[cfg(all(feature = "etcd", feature = "tls"))]
        ("etcds://", rest) => super::Etcd::read_secured(rest, "http").map(|etcd| Arc::new(etcd) as _),
        #[allow(unreachable_patterns, reason = "what is not built")]
        ("etcd://" | "etcds://", _) => Err(super::not_built(kind)),
        _ => Err(DiscoveryError::invalid("is no registry such as `etcd://127.0.0.1:2379/services/orders`")),
    };
    registrar.map_err(|error| super::wrong(url, &error))
}

/// Keeps an instance registered until `stop` is ready, and takes it away then. Where the registry fails, or has lost it, it is
/// registered anew, as often as it takes: whoever serves goes on serving meanwhile.
///
/// ```no_run
/// use wireloom::Endpoint;
/// use wireloom::discovery::{self, Instance};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = discovery::registrar("etcd://127.0.0.1:2379/services/orders")?;
/// let me = Instance::new(Endpoint::new("http://10.0.0.7:8080")?);
/// let stop = async { tokio::signal::ctrl_c().await.unwrap() };
/// discovery::registered(&*registry, &me, stop).await;
/// # Ok(())
/// # }
/// ```
pub async fn registered(registrar: &dyn Registrar, instance: &Instance, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut losses = Losses::new();
    loop {
        let mut registering = registrar.register(instance);
        let registered = tokio::select! {
            registered = &mut registering => registered,
            () = &mut stop => {
                // Cut off, it might be registered and nobody would know.
                if let Ok(Ok(registration)) = timeout(END_TIME, registering).await {
                    end(registration, instance).await;
                }
                return;
            }
        };
        let lost = match registered {
            Err(error) => error,
            Ok(mut registration) => {
                losses.registered();
                tracing::info!(endpoint = %instance.endpoint, "registered");
                tokio::select! {
                    error = registration.lost() => error,
                    () = &mut stop => return end(registration, instance).await,
                }
            }
        };
        tracing::warn!(error = %lost, endpoint = %instance.endpoint, "not registered; it is tried again");
        tokio::select! {
            () = losses.wait() => {}
            () = &mut stop => return,
        }
    }
}

/// A registry: its URL, or one that is there.
#[derive(Clone, Debug)]
pub enum Registry {
    /// Named by a URL.
    Url(String),
    /// Is there.
    Known(Arc<dyn Registrar>),
}

impl Registry {
    pub(crate) fn registrar(self) -> Result<Arc<dyn Registrar>, DiscoveryError> {
        match self {
            Registry::Url(url) => registrar(&url),
            Registry::Known(registrar) => Ok(registrar),
        }
    }
}

impl From<&str> for Registry {
    fn from(url: &str) -> Registry {
        Registry::Url(url.to_owned())
    }
}

impl From<String> for Registry {
    fn from(url: String) -> Registry {
        Registry::Url(url)
    }
}

impl From<Arc<dyn Registrar>> for Registry {
    fn from(registrar: Arc<dyn Registrar>) -> Registry {
        Registry::Known(registrar)
    }
}

/// What a server says of itself: its address, or more.
#[derive(Clone, Debug)]
pub enum Announced {
    /// Its address, `http://10.0.0.7:8080`.
    Address(String),
    /// What else is known of it.
    Instance(Instance),
}

impl Announced {
    pub(crate) fn instance(self) -> Result<Instance, InvalidEndpoint> {
        match self {
            Announced::Address(address) => Endpoint::new(&address).map(Instance::new),
            Announced::Instance(instance) => Ok(instance),
        }
    }
}

impl From<&str> for Announced {
    fn from(address: &str) -> Announced {
        Announced::Address(address.to_owned())
    }
}

impl From<String> for Announced {
    fn from(address: String) -> Announced {
        Announced::Address(address)
    }
}

impl From<Instance> for Announced {
    fn from(instance: Instance) -> Announced {
        Announced::Instance(instance)
    }
}

async fn end(registration: Box<dyn Registration>, instance: &Instance) {
    let endpoint = &instance.endpoint;
    match timeout(END_TIME, registration.end()).await {
        Ok(Ok(())) => tracing::info!(%endpoint, "no longer registered"),
        Ok(Err(error)) => tracing::warn!(%error, %endpoint, "the registry has to find out by itself that it is gone"),
        Err(_) => {
            tracing::warn!(%endpoint, "the registry does not answer: it has to find out by itself that it is gone")
        }
    }
}

/// Times in a row that it was not registered, or not for long.
struct Losses {
    count: u32,
    /// When it was registered last, if it was since the last loss.
    since: Option<Instant>,
    rng: Rng,
}

impl Losses {
    fn new() -> Losses {
        Losses { count: 0, since: None, rng: Rng::seeded(super::seed()) }
    }

    fn registered(&mut self) {
        self.since = Some(Instant::now());
    }

    async fn wait(&mut self) {
        let is_steady = self.since.take().is_some_and(|since| since.elapsed() > super::BACKOFF_DEFAULT.max);
        self.count = if is_steady { 1 } else { self.count.saturating_add(1) };
        tokio::time::sleep(super::BACKOFF_DEFAULT.wait(self.count, &mut self.rng)).await;
    }
}
