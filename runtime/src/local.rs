//! Calls in process: the same admission and validation, no wire.

use std::sync::Arc;

use futures_core::Stream;

use crate::admission::Gate;
use crate::auth::{Guard, Verifier};
use crate::context::Context;
use crate::facts::Scheme;
use crate::idempotency::{IdempotencyLimits, IdempotencyTable};
use crate::inbound::Inbound;
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::serving::{Serving, Shared};

/// A service called in process. A generated client over it behaves as over any wire: calls have deadlines, inputs are
/// validated, keyed calls have one effect. Cheap to clone.
///
/// Of an operation that is not public the caller says who it is by [`Context::with_principal`], or as over a wire where the
/// service has a [`verifier`](Local::verifier) for it.
pub struct Local<S> {
    serving: Serving<S>,
}

impl<S: Send + Sync + 'static> Local<S> {
    /// Serves `service` in process.
    pub fn new(service: S) -> Local<S> {
        let idempotency = IdempotencyTable::new(IdempotencyLimits::default(), None);
        let shared = Shared::new(Arc::<Gate>::default(), Guard::default(), idempotency);
        Local { serving: Serving::new(Arc::new(service), shared) }
    }

    /// Knows callers of a scheme by what they bring, as a server does.
    #[must_use]
    pub fn verifier(mut self, scheme: Scheme, verifier: impl Verifier) -> Local<S> {
        self.serving.add_verifier(scheme, Arc::new(verifier));
        self
    }
}

impl<S> Clone for Local<S> {
    fn clone(&self) -> Local<S> {
        Local { serving: self.serving.clone() }
    }
}

impl<S> std::fmt::Debug for Local<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Local")
    }
}

impl<O: Operation, S: Unary<O>> Unary<O> for Local<S> {
    async fn call(&self, cx: &Context, input: O::Input) -> Result<O::Output, O::Fault> {
        self.serving.unary::<O>(cx.arrived(), async { Ok(input) }).await
    }
}

impl<O: Operation, S: ServerStream<O>> ServerStream<O> for Local<S> {
    async fn open(
        &self,
        cx: &Context,
        input: O::Input,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        self.serving.server_stream::<O>(cx.arrived(), async { Ok(input) }).await
    }
}

impl<O: Operation, S: ClientStream<O>> ClientStream<O> for Local<S> {
    async fn call(&self, cx: &Context, input: Inbound<O::Input>) -> Result<O::Output, O::Fault> {
        self.serving.client_stream::<O>(cx.arrived(), input).await
    }
}

impl<O: Operation, S: Duplex<O>> Duplex<O> for Local<S> {
    async fn open(
        &self,
        cx: &Context,
        input: Inbound<O::Input>,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        self.serving.duplex::<O>(cx.arrived(), input).await
    }
}
