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
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
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

    /// The head of a call under a context that has its deadline.
    fn head<'c, O: Operation>(cx: &'c Context) -> Head<'c> {
        Head { op: O::FACTS, cx, attempt: 0 }
    }
}

/// Runs an attempt in the time that it has, in its span.
async fn in_time<O: Operation, R>(
    cx: &Context,
    attempt: impl Future<Output = Result<R, O::Fault>>,
) -> Result<R, O::Fault> {
    let span = tracing::debug_span!("client", rpc.service = O::FACTS.service, rpc.method = O::FACTS.name);
    let attempt = attempt.instrument(span);
    match cx.deadline() {
        None => attempt.await,
        Some(deadline) => tokio::time::timeout_at(deadline, attempt)
            .await
            .unwrap_or_else(|_| Err(Fault::new(Code::DeadlineExceeded, "no answer before the deadline").into())),
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
        let cx = cx.clone().with_deadline_in(O::FACTS.deadline);
        in_time::<O, _>(&cx, async {
            let Inner { transport, endpoint } = &*self.inner;
            let sent = transport.send(endpoint, &Self::head::<O>(&cx), &input).await;
            transport.read(sent.map_err(|failure| failure.fault)?).await
        })
        .await
    }
}

impl<O: Operation, T: Exchange<O>> ServerStream<O> for Channel<T> {
    async fn open(
        &self,
        cx: &Context,
        input: O::Input,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        let cx = cx.clone().with_deadline_in(O::FACTS.deadline);
        let opened: Result<Inbound<O::Output, O::Fault>, O::Fault> = in_time::<O, _>(&cx, async {
            let Inner { transport, endpoint } = &*self.inner;
            let sent = transport.send(endpoint, &Self::head::<O>(&cx), &input).await;
            transport.read_stream(sent.map_err(|failure| failure.fault)?).await
        })
        .await;
        opened
    }
}

impl<O: Operation, T: Exchange<O>> ClientStream<O> for Channel<T> {
    async fn call(&self, cx: &Context, input: Inbound<O::Input>) -> Result<O::Output, O::Fault> {
        let cx = cx.clone().with_deadline_in(O::FACTS.deadline);
        in_time::<O, _>(&cx, async {
            let Inner { transport, endpoint } = &*self.inner;
            let sent = transport.send_stream(endpoint, &Self::head::<O>(&cx), input).await;
            transport.read(sent.map_err(|failure| failure.fault)?).await
        })
        .await
    }
}

impl<O: Operation, T: Exchange<O>> Duplex<O> for Channel<T> {
    async fn open(
        &self,
        cx: &Context,
        input: Inbound<O::Input>,
    ) -> Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault> {
        let cx = cx.clone().with_deadline_in(O::FACTS.deadline);
        let opened: Result<Inbound<O::Output, O::Fault>, O::Fault> = in_time::<O, _>(&cx, async {
            let Inner { transport, endpoint } = &*self.inner;
            let sent = transport.send_stream(endpoint, &Self::head::<O>(&cx), input).await;
            transport.read_stream(sent.map_err(|failure| failure.fault)?).await
        })
        .await;
        opened
    }
}
