//! The brokers: each a folder or file of its own, all behind [`messaging::Broker`](crate::messaging::Broker).

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;
