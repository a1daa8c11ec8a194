//! Discovery: where a service is, and how a server says that it is there.
//!
//! | URL | source | feature |
//! |---|---|---|
//! | `http://10.0.0.1:8080,http://10.0.0.2:8080`, `static:10.0.0.1:8080,10.0.0.2:8080` | these addresses | |
//! | `file:///etc/orders.toml` | a file, followed while it changes | `file` |
//! | `dns://orders.internal:8080` | the addresses of a name, A or AAAA | `dns` |
//! | `dns+srv://_orders._tcp.internal` | what SRV says of a name | `dns` |
//! | `etcd://10.0.0.1:2379,10.0.0.2:2379/services/orders` | what instances say of themselves in etcd | `etcd` |
//!
//! A source ([`Discovery`]) tells snapshots: all instances, never what has come and gone. [`follow`] is what believes them, or
//! doubts: it asks again where a source fails, waits out bursts, and guards against lists that lose half of a service at once.
//! [`registered`] is its opposite: it keeps an instance known in a registry ([`Registrar`]), whatever becomes of that meanwhile.
//!
//! ```
//! use std::time::Duration;
//! use wireloom::discovery::{self, FollowOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What has no scheme of its own is spoken to over HTTP.
//! let orders = discovery::of("10.0.0.1:8080,10.0.0.2:8080", "http")?;
//! let followed = discovery::follow(orders, FollowOptions::default())?;
//! let first = followed.first(tokio::time::Instant::now() + Duration::from_secs(5)).await?;
//! assert_eq!(first.instances()[0].endpoint.to_string(), "http://10.0.0.1:8080/");
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "dns")]
mod dns;
mod error;
#[cfg(feature = "etcd")]
mod etcd;
#[cfg(feature = "file")]
mod file;
mod follow;
mod list;
mod register;
mod seam;
mod snapshot;
mod url;

use std::sync::Arc;
use std::time::Duration;

use crate::policy::backoff::Backoff;

#[cfg(feature = "dns")]
pub use dns::{Dns, DnsOptions};
pub use error::{DiscoveryError, DiscoveryErrorKind};
#[cfg(feature = "etcd")]
pub use etcd::{Etcd, EtcdOptions};
#[cfg(feature = "file")]
pub use file::{File, FileOptions};
pub use follow::{FollowOptions, Followed, Status, follow};
pub use list::List;
pub use register::{Announced, Registry, registered, registrar};
pub use seam::{Discovery, Registrar, Registration};
pub use snapshot::{INSTANCES_MAX, Instance, Snapshot, WEIGHT_MAX};

/// The waits before a source or a registry that is lost is tried again.
const BACKOFF_DEFAULT: Backoff = Backoff { min: Duration::from_millis(100), max: Duration::from_secs(10) };

/// The source that a URL names. Endpoints that are found without a scheme have the one that is given, which is the one of the
/// transport that asks; the URL may say another.
///
/// # Errors
/// When the URL names no source of this build, or is none.
pub fn of(url: &str, scheme: &str) -> Result<Arc<dyn Discovery>, DiscoveryError> {
    let (kind, rest) = url::kind(url)?;
    let source: Result<Arc<dyn Discovery>, DiscoveryError> = match kind {
        "" | "static:" => List::read(rest, scheme).map(|list| Arc::new(list) as _),
        #[cfg(feature = "file")]
        "file://" => File::read(rest, scheme).map(|file| Arc::new(file) as _),
        #[cfg(feature = "dns")]
        "dns://" => Dns::read_addresses(rest, scheme).map(|dns| Arc::new(dns) as _),
        #[cfg(feature = "dns")]
        "dns+srv://" => Dns::read_services(rest, scheme).map(|dns| Arc::new(dns) as _),
        #[cfg(feature = "etcd")]
        "etcd://" => Etcd::read(rest, scheme).map(|etcd| Arc::new(etcd) as _),
        #[cfg(all(feature = "etcd", feature = "tls"))]
        "etcds://" => Etcd::read_secured(rest, scheme).map(|etcd| Arc::new(etcd) as _),
        other => Err(not_built(other)),
    };
    source.map_err(|error| wrong(url, &error))
}

/// What is wrong with a URL. A name and a password in it are not shown.
fn wrong(url: &str, error: &DiscoveryError) -> DiscoveryError {
    let shown = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    };
    DiscoveryError::invalid(format!("`{shown}`: {error}"))
}

/// A source that this build has not.
fn not_built(kind: &str) -> DiscoveryError {
    let features = match kind {
        "file://" => "the feature `file`",
        "etcd://" => "the feature `etcd`",
        "etcds://" => "the features `etcd` and `tls`",
        _ => "the feature `dns`",
    };
    DiscoveryError::invalid(format!("this build has not {features}"))
}

/// Chance that no other process has.
fn seed() -> u64 {
    // The low half of a version 4 is random but for two bits.
    uuid::Uuid::new_v4().as_u64_pair().1
}
