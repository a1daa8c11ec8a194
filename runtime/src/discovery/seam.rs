//! The seam between discovery and its sources.
//!
//! A source says where a service is; a registry takes who says that it is there. Both only speak: whether to believe a list,
//! when to ask again, when to register anew is decided above, once for all ([`follow`](super::follow),
//! [`registered`](super::registered)). The traits are object-safe, since a URL decides when the program starts.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::error::DiscoveryError;
use super::snapshot::{Instance, Snapshot};

/// Says where a service is.
pub trait Discovery: std::fmt::Debug + Send + Sync + 'static {
    /// All instances now, and all of them again whenever something has changed.
    ///
    /// An error that the stream survives means that nothing new is known for the time; one at its end, that the source is lost
    /// and has to be watched anew. What was told before stays true either way.
    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>>;

    /// What it is, in metrics: `dns`.
    fn kind(&self) -> &'static str {
        "other"
    }
}

/// Takes who says that it is there.
pub trait Registrar: std::fmt::Debug + Send + Sync + 'static {
    /// Makes an instance known, in place of what was known of its endpoint.
    fn register<'a>(&'a self, instance: &'a Instance) -> BoxFuture<'a, Result<Box<dyn Registration>, DiscoveryError>>;
}

/// An instance that is known, for as long as this is polled and not dropped. Dropped, the registry forgets the instance in a
/// time of its own, as if the process had died.
pub trait Registration: Send {
    /// Keeps it known; ready only once it no longer is, with the reason. May be dropped and asked again.
    fn lost(&mut self) -> BoxFuture<'_, DiscoveryError>;

    /// Takes it away.
    fn end(self: Box<Self>) -> BoxFuture<'static, Result<(), DiscoveryError>>;
}
