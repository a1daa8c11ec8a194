//! `etcd://127.0.0.1:2379/services/orders`: who has said in etcd that it is there, and how a server says so.
//!
//! | here | in etcd (v3) |
//! |---|---|
//! | service | prefix `/services/orders/` |
//! | instance | key `/services/orders/http://10.0.0.7:8080`, its value JSON: `{"address": "http://10.0.0.7:8080", "weight": 3}`, and `host`, `zone`, `metadata` |
//! | being there | a lease that is kept alive, of 10 seconds; the key is gone with it |
//! | following | a list, then a watch from its revision |
//!
//! A watch is only quicker than a list. So whatever becomes of it (lost, cancelled, compacted away, a server that is gone), the
//! answer is to list again; and while a watch is silent the list is compared now and then, which finds those that are dead.
//!
//! It is spoken through etcd's own gateway from JSON to gRPC, over HTTP/1.1; with the feature `tls`, `etcds://` is the same over TLS.

mod client;
mod lease;
mod messages;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::error::DiscoveryError;
use super::seam::{Discovery, Registrar, Registration};
use super::snapshot::{Instance, Snapshot};
use super::url::Parts;
use client::{Client, Login, Way};
use lease::Leased;
use watch::Watching;

/// The time to live of leases: from one that survives a pause of a process to one that anybody would wait for.
const TTL_SECONDS: std::ops::RangeInclusive<u64> = 2..=3600;

/// How etcd is spoken to.
#[derive(Clone, Copy, Debug)]
pub struct EtcdOptions {
    /// How long an instance is there that has stopped saying so, in whole seconds, from 2 to 3600. 10 seconds unless said
    /// otherwise.
    pub ttl: Duration,
    /// How often the list is compared while a watch is silent. 30 seconds unless said otherwise.
    pub check: Duration,
    /// Bytes of an instance's value at most; one that has more is told and passed over. 16 KiB unless said otherwise.
    pub value_bytes_max: usize,
    /// How long etcd may take to answer. 5 seconds unless said otherwise.
    pub answer_time_max: Duration,
}

impl Default for EtcdOptions {
    fn default() -> EtcdOptions {
        EtcdOptions {
            ttl: Duration::from_secs(10),
            check: Duration::from_secs(30),
            value_bytes_max: 16 * 1024,
            answer_time_max: Duration::from_secs(5),
        }
    }
}

/// A service in etcd: where its instances are, and where they say so.
///
/// ```
/// use wireloom::discovery::{Etcd, EtcdOptions};
///
/// # fn main() -> Result<(), wireloom::discovery::DiscoveryError> {
/// let orders = Etcd::new(["10.0.0.1:2379", "10.0.0.2:2379"], "/services/orders", "http", EtcdOptions::default())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Etcd {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    /// Ends with `/`.
    prefix: String,
    scheme: String,
    options: EtcdOptions,
}

impl Etcd {
    /// The service of that key, at members of a cluster, of which any will do. Addresses without scheme have the one that is given.
    ///
    /// # Errors
    /// When there is no member, one is no address, the key is empty, or the time to live cannot be.
    pub fn new<'m>(
        members: impl IntoIterator<Item = &'m str>,
        key: &str,
        scheme: &str,
        options: EtcdOptions,
    ) -> Result<Etcd, DiscoveryError> {
        Etcd::of(members, key, scheme, options, Way::plain(), None)
    }

    /// The same, over TLS.
    ///
    /// # Errors
    /// As [`new`](Etcd::new).
    #[cfg(feature = "tls")]
    pub fn secured<'m>(
        members: impl IntoIterator<Item = &'m str>,
        key: &str,
        scheme: &str,
        options: EtcdOptions,
        tls: crate::tls::ClientTls,
    ) -> Result<Etcd, DiscoveryError> {
        Etcd::of(members, key, scheme, options, Way::secured(tls), None)
    }

    fn of<'m>(
        members: impl IntoIterator<Item = &'m str>,
        key: &str,
        scheme: &str,
        options: EtcdOptions,
        way: Way,
        login: Option<Login>,
    ) -> Result<Etcd, DiscoveryError> {
        let key = key.trim_end_matches('/');
        if key.is_empty() {
            return Err(DiscoveryError::invalid("no service is named, as in `etcd://127.0.0.1:2379/services/orders`"));
        }
        if !TTL_SECONDS.contains(&options.ttl.as_secs()) {
            let (min, max) = (TTL_SECONDS.start(), TTL_SECONDS.end());
            return Err(DiscoveryError::invalid(format!("`ttl` is from {min} to {max} seconds")));
        }
        let client = Client::new(members, way, login, options.answer_time_max)?;
        let (prefix, scheme) = (format!("{key}/"), scheme.to_owned());
        Ok(Etcd { inner: Arc::new(Inner { client, prefix, scheme, options }) })
    }

    /// What stands behind `etcd://`.
    pub(super) fn read(rest: &str, scheme: &str) -> Result<Etcd, DiscoveryError> {
        Etcd::read_parts(Parts::of(rest)?, Way::plain(), scheme, &["scheme", "ttl"])
    }

    /// What stands behind `etcds://`.
    #[cfg(feature = "tls")]
    pub(super) fn read_secured(rest: &str, scheme: &str) -> Result<Etcd, DiscoveryError> {
        let mut parts = Parts::of(rest)?;
        let mut tls = crate::tls::ClientTls::new();
        if let Some(roots) = parts.take("ca") {
            tls = tls.roots(decoded(roots)?);
        }
        match (parts.take("cert"), parts.take("key")) {
            (Some(certificate), Some(key)) => tls = tls.certificate(decoded(certificate)?, decoded(key)?),
            (None, None) => {}
            _ => return Err(DiscoveryError::invalid("`cert` and `key` are said together")),
        }
        Etcd::read_parts(parts, Way::secured(tls), scheme, &["ca", "cert", "key", "scheme", "ttl"])
    }

    fn read_parts(mut parts: Parts<'_>, way: Way, scheme: &str, known: &[&str]) -> Result<Etcd, DiscoveryError> {
        let scheme = parts.take("scheme").unwrap_or(scheme);
        let mut options = EtcdOptions::default();
        if let Some(ttl) = parts.take("ttl") {
            let seconds = ttl.parse().map_err(|_| DiscoveryError::invalid("`ttl` is a number of seconds"))?;
            options.ttl = Duration::from_secs(seconds);
        }
        let (authority, path) = (parts.authority, parts.path);
        parts.end(known)?;
        let (login, members) = match authority.rsplit_once('@') {
            Some((login, members)) => (Some(Login::read(login)?), members),
            None => (None, authority),
        };
        Etcd::of(members.split(','), path, scheme, options, way, login)
    }
}

/// A path in a URL.
#[cfg(feature = "tls")]
fn decoded(path: &str) -> Result<String, DiscoveryError> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    decoded.map(String::from).map_err(|_| DiscoveryError::invalid("a path is no text"))
}

impl Discovery for Etcd {
    fn kind(&self) -> &'static str {
        "etcd"
    }

    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let watching = Watching::new(Arc::clone(&self.inner));
        stream::unfold(watching, |mut watching| async move { Some((watching.told().await?, watching)) }).boxed()
    }
}

impl Registrar for Etcd {
    fn register<'a>(&'a self, instance: &'a Instance) -> BoxFuture<'a, Result<Box<dyn Registration>, DiscoveryError>> {
        async { Ok(Box::new(Leased::put(Arc::clone(&self.inner), instance).await?) as Box<dyn Registration>) }.boxed()
    }
}
