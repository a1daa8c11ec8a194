//! What a channel is made of.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::time::Instant;

use super::endpoints::Endpoints;
use super::methods::methods;
use super::{Channel, Inner};
use crate::auth::Credentials;
use crate::discovery::{self, DiscoveryError, FollowOptions, Followed};
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::metrics::{self, System};
use crate::operation::Client;
use crate::policy::{Clock, InvalidPolicy, Policies, Stay};
use crate::transport::Transport;

/// A channel to be.
#[must_use = "a channel comes of `build`"]
pub struct ChannelBuilder<T> {
    transport: T,
    endpoints: Vec<Endpoint>,
    followed: Option<Followed>,
    policies: Policies,
    credentials: Option<Arc<dyn Credentials>>,
    seed: Option<u64>,
    #[cfg(feature = "tower")]
    layers: crate::layers::Layers,
}

impl<T: Transport> ChannelBuilder<T> {
    pub(super) fn new(transport: T) -> ChannelBuilder<T> {
        ChannelBuilder {
            transport,
            endpoints: Vec::new(),
            followed: None,
            policies: Policies::default(),
            credentials: None,
            seed: None,
            #[cfg(feature = "tower")]
            layers: crate::layers::Layers::default(),
        }
    }

    /// One more endpoint.
    pub fn endpoint(mut self, endpoint: Endpoint) -> ChannelBuilder<T> {
        self.endpoints.push(endpoint);
        self
    }

    /// More endpoints, by their addresses; one without a scheme has the transport's, `10.0.0.1:8081`.
    ///
    /// # Errors
    /// When one of them is no address such as `http://127.0.0.1:8080`.
    pub fn endpoints(
        mut self,
        addresses: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<ChannelBuilder<T>, InvalidEndpoint> {
        for address in addresses {
            let address = address.as_ref();
            let has_scheme = address.contains("://") || address.starts_with("unix:");
            let whole =
                if has_scheme { Endpoint::new(address) } else { Endpoint::new(&format!("{}://{address}", T::SCHEME)) };
            self.endpoints.push(whole.map_err(|_| InvalidEndpoint::of(address))?);
        }
        Ok(self)
    }

    /// Calls go where a URL says that the service is, [as it changes](crate::discovery): `file:///etc/orders.toml`,
    /// `dns://orders.internal:8080`, or a list of addresses. Until the first list is known, calls wait a little.
    ///
    /// # Errors
    /// When the URL names no source of this build, or is none.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn discover(self, url: &str) -> Result<ChannelBuilder<T>, DiscoveryError> {
        let source = discovery::of(url, T::SCHEME)?;
        let followed = discovery::follow(source, FollowOptions::default()).expect("the default options are right");
        Ok(self.follow(followed))
    }

    /// Calls go where a source says, which is followed already: channels that share it share what it costs.
    pub fn follow(mut self, followed: Followed) -> ChannelBuilder<T> {
        self.followed = Some(followed);
        self
    }

    /// What is said of policies beside the contract, and may change while the channel lives.
    pub fn policies(mut self, policies: &Policies) -> ChannelBuilder<T> {
        self.policies = policies.clone();
        self
    }

    /// Says who calls, to a service that asks.
    pub fn with_credentials(mut self, credentials: impl Credentials) -> ChannelBuilder<T> {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// Puts a layer of tower around calls, before deadline, retries and all else that the channel does; several are one by
    /// `tower::ServiceBuilder`. In place of one that was said before.
    #[cfg(feature = "tower")]
    pub fn layer_calls<L>(mut self, layer: L) -> ChannelBuilder<T>
    where
        L: tower::Layer<crate::layers::Onward, Service: crate::layers::Outer>,
    {
        self.layers.calls = Some(crate::layers::stack(layer));
        self
    }

    /// Puts a layer of tower around each attempt, once its endpoint is picked; several are one by `tower::ServiceBuilder`. In place of
    /// one that was said before.
    #[cfg(feature = "tower")]
    pub fn layer_attempts<L>(mut self, layer: L) -> ChannelBuilder<T>
    where
        L: tower::Layer<crate::layers::Onward, Service: crate::layers::Outer>,
    {
        self.layers.attempts = Some(crate::layers::stack(layer));
        self
    }

    /// Makes chance the same each time: the same calls, the same picks. For tests.
    pub fn seed(mut self, seed: u64) -> ChannelBuilder<T> {
        self.seed = Some(seed);
        self
    }

    /// The client of a service over the channel, `OrdersClient<_>`. What is said of the policies of the service is judged at once, as a
    /// server judges it before it starts; a client that is made of a channel in another way tells the log.
    ///
    /// # Errors
    /// When what is said beside the contract contradicts it, or names an operation that the service has not.
    ///
    /// # Panics
    /// As [`build`](ChannelBuilder::build).
    pub fn client<K: Client<Over = Channel<T>>>(self) -> Result<K, InvalidPolicy> {
        let stay = self.policies.call(K::FACTS)?;
        Ok(K::over(self.build_with(Some(stay))))
    }

    /// The channel. Endpoints that were named are used until a source that is followed has told its first list.
    ///
    /// # Panics
    /// Where a source is followed, outside of a tokio runtime.
    pub fn build(self) -> Channel<T> {
        self.build_with(None)
    }

    fn build_with(self, stay: Option<Stay>) -> Channel<T> {
        let clock = Clock::starting_at(Instant::now());
        // Random, as a map's keys are, where nobody said.
        let seed = self.seed.unwrap_or_else(|| {
            use std::hash::{BuildHasher as _, RandomState};
            RandomState::new().hash_one(())
        });
        let endpoints = Arc::new(Endpoints::new(self.endpoints, clock.now()));
        let following = self.followed.as_ref().map(|followed| endpoints.follow(followed, clock));
        let inner = Inner {
            transport: self.transport,
            endpoints,
            _following: following,
            methods: methods(self.policies),
            _stay: stay,
            #[cfg(feature = "tower")]
            layers: self.layers,
            system: System::named(T::NAME),
            clock,
            seed: AtomicU64::new(seed),
        };
        let inner = Arc::new(inner);
        metrics::observe(&inner);
        Channel { inner, credentials: self.credentials }
    }
}

impl<T> std::fmt::Debug for ChannelBuilder<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelBuilder").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
