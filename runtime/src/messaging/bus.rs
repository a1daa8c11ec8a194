//! A connection to a broker, chosen by its URL.

use std::sync::Arc;

use super::error::BrokerError;
use super::publisher::Publisher;
use super::seam::Broker;
use crate::broker::memory::MemoryBroker;

/// A connection to a broker. Cheap to clone; all clones are one connection.
///
/// | URL | broker |
/// |---|---|
/// | `memory://` | a bus within this process, its own for each connection: clone it where it is to be shared |
/// | `nats://127.0.0.1:4222` | NATS JetStream (feature `nats`) |
///
/// ```
/// use wireloom::messaging::Bus;
///
/// # async fn connect() -> Result<(), wireloom::messaging::BrokerError> {
/// let bus = Bus::connect("memory://").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Bus {
    broker: Arc<dyn Broker>,
}

impl Bus {
    /// Connects to the broker of that URL.
    ///
    /// # Errors
    /// When the URL names no broker of this build, or the broker cannot be reached.
    pub async fn connect(url: &str) -> Result<Bus, BrokerError> {
        Ok(Bus { broker: crate::broker::connect(url).await? })
    }

    /// A bus within this process.
    pub fn memory() -> Bus {
        Bus::over(MemoryBroker::default())
    }

    /// A connection through this broker.
    pub fn over(broker: impl Broker) -> Bus {
        Bus { broker: Arc::new(broker) }
    }

    /// Publishes the events that `S` emits: `bus.publisher::<OrdersEvents>()`.
    pub fn publisher<S>(&self) -> Publisher<S> {
        Publisher::new(self.clone())
    }

    /// The broker itself.
    pub fn broker(&self) -> &dyn Broker {
        &*self.broker
    }
}

/// A URL to connect to, or a connection that is there.
#[derive(Clone, Debug)]
pub enum BusAddress {
    /// To connect to.
    Url(String),
    /// Is there.
    Connected(Bus),
}

impl BusAddress {
    pub(crate) async fn connected(self) -> Result<Bus, BrokerError> {
        match self {
            BusAddress::Url(url) => Bus::connect(&url).await,
            BusAddress::Connected(bus) => Ok(bus),
        }
    }
}

impl From<&str> for BusAddress {
    fn from(url: &str) -> BusAddress {
        BusAddress::Url(url.to_owned())
    }
}

impl From<String> for BusAddress {
    fn from(url: String) -> BusAddress {
        BusAddress::Url(url)
    }
}

impl From<&Bus> for BusAddress {
    fn from(bus: &Bus) -> BusAddress {
        BusAddress::Connected(bus.clone())
    }
}

impl From<Bus> for BusAddress {
    fn from(bus: Bus) -> BusAddress {
        BusAddress::Connected(bus)
    }
}
