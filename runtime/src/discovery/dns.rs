//! `dns://orders.internal:8080` and `dns+srv://_orders._tcp.internal`: what DNS knows.
//!
//! Addresses (A, or AAAA where there are none) have no ports and no weights, so the URL says the port; SRV says both, of the best
//! priority that has anybody, and its targets' addresses are asked for. Both are asked again when their time to live is over.
//!
//! A negative answer, no such name, changes nothing: it comes of a zone that is loaded or of a server that is new more often than of
//! a service that is gone.

mod lookup;
mod targets;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::error::DiscoveryError;
use super::seam::Discovery;
use super::snapshot::Snapshot;
use super::url::Parts;
use crate::policy::Rng;
use lookup::{Answer, Lookups};

/// What may be added to a time to live, so that those who asked together do not do so for ever.
const JITTER: f64 = 0.1;

/// How DNS is asked.
#[derive(Clone, Debug)]
pub struct DnsOptions {
    /// The server to ask; unless said otherwise those of the system, `/etc/resolv.conf`.
    pub server: Option<SocketAddr>,
    /// The shortest time to live that is believed, also of a negative answer. 5 seconds unless said otherwise.
    pub ttl_min: Duration,
    /// The longest. 5 minutes unless said otherwise.
    pub ttl_max: Duration,
    /// How long an answer may take, with all questions that belong to it. 10 seconds unless said otherwise.
    pub answer_time_max: Duration,
}

impl Default for DnsOptions {
    fn default() -> DnsOptions {
        let (ttl_min, ttl_max) = (Duration::from_secs(5), Duration::from_secs(300));
        DnsOptions { server: None, ttl_min, ttl_max, answer_time_max: Duration::from_secs(10) }
    }
}

/// Endpoints that DNS knows.
///
/// ```
/// use wireloom::discovery::{Dns, DnsOptions};
///
/// let by_address = Dns::addresses("orders.internal", 8080, "http", DnsOptions::default());
/// let by_service = Dns::services("_orders._tcp.internal", "http", DnsOptions::default());
/// ```
#[derive(Clone, Debug)]
pub struct Dns {
    name: String,
    /// None where SRV says it.
    port: Option<u16>,
    scheme: String,
    options: DnsOptions,
}

impl Dns {
    /// The addresses of a name, each with that port.
    pub fn addresses(name: &str, port: u16, scheme: &str, options: DnsOptions) -> Dns {
        Dns { name: name.to_owned(), port: Some(port), scheme: scheme.to_owned(), options }
    }

    /// What SRV says of a name.
    pub fn services(name: &str, scheme: &str, options: DnsOptions) -> Dns {
        Dns { name: name.to_owned(), port: None, scheme: scheme.to_owned(), options }
    }

    /// What stands behind `dns://`.
    pub(super) fn read_addresses(rest: &str, scheme: &str) -> Result<Dns, DiscoveryError> {
        let (authority, scheme, options) = read(rest, scheme)?;
        let named = authority.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
        match named {
            Some((name, port)) if !name.is_empty() => Ok(Dns::addresses(name, port, scheme, options)),
            _ => Err(DiscoveryError::invalid("addresses have no ports: say one, as in `dns://orders.internal:8080`")),
        }
    }

    /// What stands behind `dns+srv://`.
    pub(super) fn read_services(rest: &str, scheme: &str) -> Result<Dns, DiscoveryError> {
        let (authority, scheme, options) = read(rest, scheme)?;
        match authority {
            "" => Err(DiscoveryError::invalid("no name is said, as in `dns+srv://_orders._tcp.internal`")),
            name if name.contains(':') => Err(DiscoveryError::invalid("SRV says the port, the URL must not")),
            name => Ok(Dns::services(name, scheme, options)),
        }
    }

    async fn asked(&self, lookups: &Lookups) -> Result<Answer, DiscoveryError> {
        let asking = async {
            match self.port {
                Some(port) => lookups.addresses(&self.name, port, &self.scheme).await,
                None => targets::services(lookups, &self.name, &self.scheme).await,
            }
        };
        let late = || DiscoveryError::unavailable(format!("DNS does not answer: {}", self.name));
        tokio::time::timeout(self.options.answer_time_max, asking).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Authority, scheme and options of a URL.
fn read<'t>(rest: &'t str, scheme: &'t str) -> Result<(&'t str, &'t str, DnsOptions), DiscoveryError> {
    let mut parts = Parts::of(rest)?;
    let (authority, scheme) = (parts.authority, parts.take("scheme").unwrap_or(scheme));
    if !parts.path.is_empty() {
        return Err(DiscoveryError::invalid("a name has no path"));
    }
    let server = parts.take("server").map(str::parse).transpose();
    let server = server.map_err(|_| DiscoveryError::invalid("`server` is no address such as 10.0.0.53:53"))?;
    parts.end(&["scheme", "server"])?;
    Ok((authority, scheme, DnsOptions { server, ..DnsOptions::default() }))
}

impl Discovery for Dns {
    fn kind(&self) -> &'static str {
        "dns"
    }

    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let asking = Asking { dns: self.clone(), rng: Rng::seeded(super::seed()), lookups: None, next: Next::Now };
        stream::unfold(asking, |mut asking| async move { Some((asking.told().await?, asking)) }).boxed()
    }
}

/// DNS as it is asked again and again.
struct Asking {
    dns: Dns,
    rng: Rng,
    lookups: Option<Lookups>,
    next: Next,
}

/// When it is asked again.
enum Next {
    Now,
    In(Duration),
    /// Nobody answers: whoever follows knows how to wait for that.
    Never,
}

impl Asking {
    async fn told(&mut self) -> Option<Result<Snapshot, DiscoveryError>> {
        match self.next {
            Next::Now => {}
            Next::In(wait) => tokio::time::sleep(wait).await,
            Next::Never => return None,
        }
        let answer = self.ask().await;
        self.next = match &answer {
            Ok(answer) => Next::In(self.lives(answer.ttl)),
            Err(_) => Next::Never,
        };
        Some(answer.and_then(|answer| answer.found))
    }

    async fn ask(&mut self) -> Result<Answer, DiscoveryError> {
        let lookups = match self.lookups.take() {
            Some(lookups) => lookups,
            None => Lookups::new(self.dns.options.server)?,
        };
        let answer = self.dns.asked(&lookups).await;
        self.lookups = Some(lookups);
        answer
    }

    /// How long an answer holds.
    fn lives(&mut self, ttl: Duration) -> Duration {
        let DnsOptions { ttl_min, ttl_max, .. } = self.dns.options;
        ttl.max(ttl_min).min(ttl_max).mul_f64(1.0 + JITTER * self.rng.unit())
    }
}
