//! The brokers: each a folder or file of its own, all behind [`Broker`], and a line in `connect`.

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;

use std::sync::Arc;

use crate::messaging::{Broker, BrokerError};

/// What may be connected to, for whoever named something else.
const KNOWN: &str =
    "names no broker of this build; `memory://` is always there, `nats://host:4222` with the feature `nats`";

/// Connects to the broker of a URL.
pub(crate) async fn connect(url: &str) -> Result<Arc<dyn Broker>, BrokerError> {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("memory") => Ok(Arc::new(memory::MemoryBroker::default())),
        #[cfg(feature = "nats")]
        Some("nats" | "tls") => Ok(Arc::new(nats::Nats::connect(url, nats::NatsOptions::default()).await?)),
        _ => Err(BrokerError::refused(KNOWN)),
    }
}
