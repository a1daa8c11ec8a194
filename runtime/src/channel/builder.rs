//! What a channel is made of.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::time::Instant;

use super::endpoints::Endpoints;
use super::methods::methods;
use super::{Channel, Inner};
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::policy::{Clock, Policies};
use crate::transport::Transport;

/// A channel to be.
#[must_use = "a channel comes of `build`"]
pub struct ChannelBuilder<T> {
    transport: T,
    endpoints: Vec<Endpoint>,
    policies: Policies,
    seed: Option<u64>,
}

impl<T: Transport> ChannelBuilder<T> {
    pub(super) fn new(transport: T) -> ChannelBuilder<T> {
        ChannelBuilder { transport, endpoints: Vec::new(), policies: Policies::default(), seed: None }
    }

    /// One more endpoint.
    pub fn endpoint(mut self, endpoint: Endpoint) -> ChannelBuilder<T> {
        self.endpoints.push(endpoint);
        self
    }

    /// More endpoints, by their addresses.
    ///
    /// # Errors
    /// When one of them is no address such as `http://127.0.0.1:8080`.
    pub fn endpoints(
        mut self,
        addresses: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<ChannelBuilder<T>, InvalidEndpoint> {
        for address in addresses {
            self.endpoints.push(Endpoint::new(address.as_ref())?);
        }
        Ok(self)
    }

    /// What is said of policies beside the contract, and may change while the channel lives.
    pub fn policies(mut self, policies: &Policies) -> ChannelBuilder<T> {
        self.policies = policies.clone();
        self
    }

    /// Makes chance the same each time: the same calls, the same picks. For tests.
    pub fn seed(mut self, seed: u64) -> ChannelBuilder<T> {
        self.seed = Some(seed);
        self
    }

    /// The channel.
    pub fn build(self) -> Channel<T> {
        let clock = Clock::starting_at(Instant::now());
        // Random, as a map's keys are, where nobody said.
        let seed = self.seed.unwrap_or_else(|| {
            use std::hash::{BuildHasher as _, RandomState};
            RandomState::new().hash_one(())
        });
        let inner = Inner {
            transport: self.transport,
            endpoints: Endpoints::new(self.endpoints, clock.now()),
            methods: methods(self.policies),
            clock,
            seed: AtomicU64::new(seed),
        };
        Channel { inner: Arc::new(inner), credentials: None }
    }
}

impl<T> std::fmt::Debug for ChannelBuilder<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelBuilder").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
