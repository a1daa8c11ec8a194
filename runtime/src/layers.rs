//! Layers of tower around calls and attempts, for what a channel does not do by itself.
//!
//! A channel has its order of policies, which no layer changes: deadline, breaker, retries, balancing. Layers stand at two points of
//! it. Around a **call** they see it once, before all of that; around an **attempt** they see each, with its endpoint. What they see is
//! an [`Outgoing`]: which operation, and the context. Neither input nor answer, which have as many types as there are operations;
//! limits, timeouts, filters, counters and whatever changes metadata or deadline need none. Below attempts there are bytes, and a way
//! to make connections: [`Connect`](crate::Connect).
//!
//! ```
//! use std::time::Duration;
//!
//! use tower::ServiceBuilder;
//! use wireloom::Channel;
//! use wireloom::layers::Outgoing;
//! # #[cfg(feature = "rest")]
//! # fn channel() -> Result<(), wireloom::InvalidEndpoint> {
//! use wireloom::rest::Rest;
//!
//! let calls = ServiceBuilder::new()
//!     .load_shed()
//!     .concurrency_limit(100)
//!     .map_request(|call: Outgoing| call.map_context(|cx| cx.with_metadata("x-tenant", "blue")));
//! let channel = Channel::over(Rest::default())
//!     .endpoints(["http://10.0.0.1:8080", "http://10.0.0.2:8080"])?
//!     .layer_calls(calls)
//!     .layer_attempts(ServiceBuilder::new().timeout(Duration::from_millis(300)))
//!     .build();
//! # Ok(())
//! # }
//! ```
//!
//! A layer's service is cloned for each call, and the clone is asked whether it is ready before it is called.
//!
//! What a layer fails with is told as a fault: a [`Fault`] as it is, tower's own timeout as `deadline_exceeded`, its load shedding as
//! `resource_exhausted`, anything else as `unavailable`. An attempt that a layer did not let pass says nothing of its endpoint and is
//! not tried again; one that it ended on its way is a failed one. A layer that answers in place of a service, or swallows a failure, has
//! no answer to give: the call fails. A stream has answered, to a layer, once it is open.

mod through;
mod turn;

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service, ServiceExt as _};

pub(crate) use through::{Stopped, through};
pub use turn::Answering;
use turn::Turn;

use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::facts::OperationFacts;
use crate::fault::Fault;

/// A call, or an attempt of one, on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    op: &'static OperationFacts,
    cx: Context,
    attempt: u8,
    endpoint: Option<Endpoint>,
    turn: Arc<Turn>,
}

impl Outgoing {
    /// A call.
    pub(crate) fn call(op: &'static OperationFacts, cx: &Context) -> Outgoing {
        Outgoing { op, cx: cx.clone(), attempt: 0, endpoint: None, turn: Arc::default() }
    }

    /// An attempt of one.
    pub(crate) fn attempt_to(op: &'static OperationFacts, cx: &Context, attempt: u8, endpoint: &Endpoint) -> Outgoing {
        Outgoing { attempt, endpoint: Some(endpoint.clone()), ..Outgoing::call(op, cx) }
    }

    /// The operation.
    pub fn op(&self) -> &'static OperationFacts {
        self.op
    }

    /// Its context: deadline, metadata that goes with it.
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// The same with another context, made of its own.
    #[must_use]
    pub fn map_context(self, change: impl FnOnce(Context) -> Context) -> Outgoing {
        Outgoing { cx: change(self.cx), ..self }
    }

    /// Which attempt it is, from 0.
    pub fn attempt(&self) -> u8 {
        self.attempt
    }

    /// Where an attempt goes; `None` for a call, which is not there yet.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }
}

/// It was answered. What the answer is, its caller learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered;

/// What stands below all layers: sends what gets so far. Of what is one call or attempt to its caller it does one at a time; a
/// layer that calls a second time before the first has ended, as one for hedges does, gets a fault.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Onward;

impl Service<Outgoing> for Onward {
    type Response = Answered;
    type Error = Fault;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, outgoing: Outgoing) -> Answering {
        Turn::ask(outgoing)
    }
}

/// What a layer makes of [`Onward`]. Implemented for every service that can stand around calls or attempts.
pub trait Outer: Service<Outgoing, Response = Answered, Error: Into<BoxError>, Future: Send + 'static>
where
    Self: Clone + Send + Sync + 'static,
{
}

impl<S> Outer for S where
    S: Service<Outgoing, Response = Answered, Error: Into<BoxError>, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// All layers at one point.
pub(crate) type Stack = BoxCloneSyncService<Outgoing, Answered, BoxError>;

/// What a layer, which may be many, makes of what stands below.
pub(crate) fn stack<L: Layer<Onward, Service: Outer>>(layer: L) -> Stack {
    BoxCloneSyncService::new(layer.layer(Onward).map_err(Into::into))
}

/// The layers of a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) calls: Option<Stack>,
    pub(crate) attempts: Option<Stack>,
}
