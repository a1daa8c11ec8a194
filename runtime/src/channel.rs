//! Channels: a client's way to a service, alike over every transport.
//!
//! Generated clients are thin; what every call needs is here, once: its deadline, its attempts, the endpoint of each. The order of
//! policies is [`policy::Call`](crate::policy::Call)'s; a channel drives it with the transport, a clock and one timer a call.

mod alarm;
mod attempts;
mod builder;
mod drive;
mod endpoints;
mod failed;
mod followed;
mod layered;
mod methods;
mod traced;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_core::Stream;
use tokio_util::task::AbortOnDropHandle;

pub use builder::ChannelBuilder;

use crate::auth::{Credentials, Introduced};
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::metrics::{Observe, Samples, System};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::policy::{AtWork as _, Clock, Rng, Stay};
use crate::transport::{Exchange, Transport};
use drive::{Opens, Sending, Whole};
use endpoints::Endpoints;
use failed::Failed;
use followed::Followed;
use methods::Methods;

/// A way to a service over the transport `T`. Cheap to clone; clones share connections, and what is known of endpoints.
///
#[cfg_attr(feature = "rest", doc = "```")]
#[cfg_attr(not(feature = "rest"), doc = "```text")]
/// # let _in_runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// use wireloom::Channel;
/// use wireloom::rest::Rest;
///
/// let replicas = ["http://10.0.0.1:8080", "http://10.0.0.2:8080"];
/// let channel = Channel::over(Rest::default()).endpoints(replicas)?.build();
/// # Ok::<(), wireloom::InvalidEndpoint>(())
/// ```
pub struct Channel<T> {
    inner: Arc<Inner<T>>,
    credentials: Option<Arc<dyn Credentials>>,
}

struct Inner<T> {
    transport: T,
    endpoints: Arc<Endpoints>,
    /// What keeps the endpoints as discovery says.
    _following: Option<AbortOnDropHandle<()>>,
    methods: Methods,
    /// What keeps the service under the policies that they were judged for.
    _stay: Option<Stay>,
    #[cfg(feature = "tower")]
    layers: crate::layers::Layers,
    /// What its calls go over.
    system: System,
    clock: Clock,
    /// Chance of the next call.
    seed: AtomicU64,
}

impl<T: Transport> Channel<T> {
    /// Calls go to that endpoint, under the policies of the contract.
    pub fn new(transport: T, endpoint: Endpoint) -> Channel<T> {
        Channel::over(transport).endpoint(endpoint).build()
    }

    /// A channel over a transport, of which more is to be said.
    pub fn over(transport: T) -> ChannelBuilder<T> {
        ChannelBuilder::new(transport)
    }

    /// Says who calls, to a service that asks. Clones made before do not, and share the connections.
    #[must_use]
    pub fn with_credentials(self, credentials: impl Credentials) -> Channel<T> {
        Channel { credentials: Some(Arc::new(credentials)), ..self }
    }
}

impl<T> Channel<T> {
    /// Who makes a call: somebody with the channel's credentials.
    fn caller<'c, O: Operation>(&'c self, cx: &'c Context) -> Introduced<'c> {
        let time = || self.inner.methods.of(O::FACTS).policies().policy().deadline;
        Introduced::by(self.credentials.as_ref(), cx, O::FACTS, time)
    }
}

impl<T: Send + Sync> Observe for Inner<T> {
    fn observe(&self, samples: &mut Samples) {
        samples.generation("client", self.methods.generation());
        samples.fleet(self.system, &self.endpoints.fleet());
        for method in self.methods.all() {
            if let Some(breaker) = method.policies().breaker() {
                samples.breaker(method.op(), breaker.state(self.clock.now()), breaker.openings());
            }
        }
    }
}

impl<T> Inner<T> {
    /// Chance for one call.
    fn rng(&self) -> Rng {
        // Far from its neighbours, which the calls before and after have: the increment of SplitMix64 itself.
        Rng::seeded(self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed))
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Channel<T> {
        Channel { inner: Arc::clone(&self.inner), credentials: self.credentials.clone() }
    }
}

impl<T> std::fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Channel").field(&self.inner.endpoints).finish()
    }
}

impl<O: Operation, T: Exchange<O>> Unary<O> for Channel<T> {
    async fn call(&self, cx: &Context, input: O::Input) -> Result<O::Output, O::Fault> {
        let (transport, input) = (&self.inner.transport, &input);
        let key = O::balance_key(input);
        let attempt = |sending: Sending| async move {
            let reply =
                transport.send(sending.endpoint(), &sending.head::<O>(), input).await.map_err(Failed::sending)?;
            transport.read(reply).await.map_err(Failed::answered)
        };
        let mut caller = self.caller::<O>(cx);
        loop {
            let ended = self.inner.call::<O, Whole, _, _>(caller.cx().await?, key, &attempt).await;
            if !caller.again(&ended) {
                return ended;
            }
        }
    }
}

impl<O: Operation, T: Exchange<O>> ServerStream<O> for Channel<T> {
    async fn open(
        &self,
        cx: &Context,
        input: O::Input,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        let (transport, input) = (&self.inner.transport, &input);
        let key = O::balance_key(input);
        let attempt = |sending: Sending| async move {
            let reply =
                transport.send(sending.endpoint(), &sending.head::<O>(), input).await.map_err(Failed::sending)?;
            transport.read_stream(reply).await.map_err(Failed::answered)
        };
        let mut caller = self.caller::<O>(cx);
        let begun = loop {
            let ended = self.inner.call::<O, Opens, _, _>(caller.cx().await?, key, &attempt).await;
            if !caller.again(&ended) {
                break ended?;
            }
        };
        Ok(Followed::new(begun, self.inner.clock, self.inner.methods.of(O::FACTS).settings().stream()))
    }
}

impl<O: Operation, T: Exchange<O>> ClientStream<O> for Channel<T> {
    async fn call(&self, cx: &Context, input: Inbound<O::Input>) -> Result<O::Output, O::Fault> {
        let mut caller = self.caller::<O>(cx);
        // Of a stream nothing is known before it is sent.
        let (transport, key) = (&self.inner.transport, 0);
        let input = std::sync::Mutex::new(Some(input));
        let attempt = |sending: Sending| {
            let input = once(&input);
            async move {
                let head = sending.head::<O>();
                let reply = transport.send_stream(sending.endpoint(), &head, input?).await.map_err(Failed::sending)?;
                transport.read(reply).await.map_err(Failed::answered)
            }
        };
        let ended = self.inner.call::<O, Whole, _, _>(caller.cx().await?, key, attempt).await;
        caller.heard(&ended);
        ended
    }
}

impl<O: Operation, T: Exchange<O>> Duplex<O> for Channel<T> {
    async fn open(
        &self,
        cx: &Context,
        input: Inbound<O::Input>,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        let mut caller = self.caller::<O>(cx);
        // Of a stream nothing is known before it is sent.
        let (transport, key) = (&self.inner.transport, 0);
        let input = std::sync::Mutex::new(Some(input));
        let attempt = |sending: Sending| {
            let input = once(&input);
            async move {
                let head = sending.head::<O>();
                let reply = transport.send_stream(sending.endpoint(), &head, input?).await.map_err(Failed::sending)?;
                transport.read_stream(reply).await.map_err(Failed::answered)
            }
        };
        let ended = self.inner.call::<O, Opens, _, _>(caller.cx().await?, key, attempt).await;
        caller.heard(&ended);
        Ok(Followed::new(ended?, self.inner.clock, self.inner.methods.of(O::FACTS).settings().stream()))
    }
}

/// The input of the one attempt that a stream is sent with: its policy allows no other.
fn once<I>(input: &std::sync::Mutex<Option<I>>) -> Result<I, Failed> {
    let input = input.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    input.ok_or_else(|| Failed::declined(Fault::new(Code::Internal, "a stream is sent once")))
}
