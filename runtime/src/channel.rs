//! Channels: a client's way to a service, alike over every transport.
//!
//! Generated clients are thin; what every call needs (deadline, span, attempts) is here, once.

use std::sync::Arc;

use futures_core::Stream;
use tracing::Instrument as _;

use crate::admission::Head;
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::operation::{Operation, ServerStream, Unary};
use crate::transport::{Exchange, Transport};

/// A way to a service over the transport `T`. Cheap to clone; clones share connections.
pub struct Channel<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    transport: T,
    endpoint: Endpoint,
}

impl<T: Transport> Channel<T> {
    /// Calls go to that endpoint.
    pub fn new(transport: T, endpoint: Endpoint) -> Channel<T> {
        Channel { inner: Arc::new(Inner { transport, endpoint }) }
    }

    /// Sends one call and reads its reply in the time that it has.
    async fn exchange<O, R, F>(
        &self,
        cx: &Context,
        input: &O::Input,
        read: impl FnOnce(T::Reply) -> F,
    ) -> Result<R, O::Fault>
    where
        O: Operation,
        T: Exchange<O>,
        F: Future<Output = Result<R, O::Fault>>,
    {
        let cx = cx.clone().with_deadline_in(O::FACTS.deadline);
        let head = Head { op: O::FACTS, cx: &cx, attempt: 0 };
        let span = tracing::debug_span!("client", rpc.service = O::FACTS.service, rpc.method = O::FACTS.name);
        let attempt = async {
            let request = self.inner.transport.put(input)?;
            let sent = self.inner.transport.send(&self.inner.endpoint, &head, request).await;
            read(sent.map_err(|failure| failure.fault)?).await
        }
        .instrument(span);
        match cx.deadline() {
            None => attempt.await,
            Some(deadline) => tokio::time::timeout_at(deadline, attempt)
                .await
                .unwrap_or_else(|_| Err(Fault::new(Code::DeadlineExceeded, "no answer before the deadline").into())),
        }
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Channel<T> {
        Channel { inner: Arc::clone(&self.inner) }
    }
}

impl<T> std::fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Channel").field(&self.inner.endpoint).finish()
    }
}

impl<O: Operation, T: Exchange<O>> Unary<O> for Channel<T> {
    async fn call(&self, cx: &Context, input: O::Input) -> Result<O::Output, O::Fault> {
        self.exchange::<O, _, _>(cx, &input, |reply| self.inner.transport.read(reply)).await
    }
}

impl<O: Operation, T: Exchange<O>> ServerStream<O> for Channel<T> {
    async fn open(
        &self,
        cx: &Context,
        input: O::Input,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        self.exchange::<O, Inbound<O::Output, O::Fault>, _>(cx, &input, |reply| self.inner.transport.read_stream(reply))
            .await
    }
}

/// What a call fails with that its transport cannot carry.
pub(crate) fn not_carried<O: Operation>(transport: &str) -> Fault {
    Fault::new(Code::Unimplemented, format!("{} is not carried by {transport}", O::FACTS))
}
