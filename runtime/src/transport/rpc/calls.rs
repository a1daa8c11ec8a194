//! The operations that a server serves over native RPC, each as something that runs one call.

use std::sync::Arc;

use bytes::Bytes;
use tokio_util::sync::ReusableBoxFuture;

use super::link::Link;
use super::messages::{Source, send_items};
use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Fault, OperationFault};
use crate::inbound::Inbound;
use crate::limits::Limits;
use crate::mux::{MuxLimits, StreamId, Table};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::serving::Serving;
use crate::wire::{self, Value};

/// Collects the operations of one service that are served over native RPC.
pub struct RpcMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    calls: &'m mut Vec<Arc<dyn Perform>>,
}

impl<'m, S: Send + Sync + 'static> RpcMount<'m, S> {
    pub(crate) fn new(
        serving: &'m Serving<S>,
        limits: Limits,
        calls: &'m mut Vec<Arc<dyn Perform>>,
    ) -> RpcMount<'m, S> {
        RpcMount { serving, limits, calls }
    }

    /// Serves an operation with one message in and one out, or none.
    pub fn unary<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Unary<O>,
    {
        self.add::<O, _>(|serving, call| async move {
            let Call { link, stream, cx, input, depth_max } = call;
            let answer = serving.unary::<O>(cx, async move { decode(&input, depth_max) }).await;
            answer_with::<O>(&link, stream, answer);
        })
    }

    /// Serves an operation that answers with a stream.
    pub fn server_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ServerStream<O>,
    {
        self.add::<O, _>(|serving, call| async move {
            let Call { link, stream, cx, input, depth_max } = call;
            let opened = serving.server_stream::<O>(cx, async move { decode(&input, depth_max) }).await;
            stream_back::<O>(&link, stream, opened).await;
        })
    }

    /// Serves an operation that takes a stream.
    pub fn client_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ClientStream<O>,
    {
        self.add::<O, _>(|serving, call| async move {
            let answer = serving.client_stream::<O>(call.cx.clone(), call.items()).await;
            answer_with::<O>(&call.link, call.stream, answer);
        })
    }

    /// Serves an operation that takes a stream and answers with one.
    pub fn duplex<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Duplex<O>,
    {
        self.add::<O, _>(|serving, call| async move {
            let opened = serving.duplex::<O>(call.cx.clone(), call.items()).await;
            stream_back::<O>(&call.link, call.stream, opened).await;
        })
    }

    fn add<O: Operation, R>(self, run: fn(Arc<Serving<S>>, Call) -> R) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let (serving, depth_max) = (Arc::new(self.serving.clone()), self.limits.json_depth_max);
        let run = move |call: Call| run(Arc::clone(&serving), Call { depth_max, ..call });
        self.calls.push(Arc::new(Performer { facts: O::FACTS, run }));
        self
    }
}

impl<S> std::fmt::Debug for RpcMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.calls.iter().map(|call| call.facts().name)).finish()
    }
}

/// All operations that a server serves over native RPC, by their numbers.
pub(crate) struct Operations {
    pub(super) table: Arc<Table>,
    pub(super) calls: Vec<Arc<dyn Perform>>,
    pub(super) limits: MuxLimits,
}

impl Operations {
    pub(crate) fn new(calls: Vec<Arc<dyn Perform>>, limits: &Limits) -> Operations {
        let bytes = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
        let limits = MuxLimits {
            message_bytes_max: bytes(limits.body_bytes_max),
            metadata_bytes_max: bytes(limits.header_bytes_max),
            streams_max: limits.streams_max,
            hello_time_max: limits.header_time_max,
            ..MuxLimits::default()
        };
        Operations { table: Arc::new(Table::new(calls.iter().map(|call| call.facts()))), calls, limits }
    }
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.table.fmt(f)
    }
}

/// A call that runs. Its box is used again for the next one, so a call that ends at once allocates nothing for it.
pub(super) type Running = ReusableBoxFuture<'static, ()>;

/// One call, as it came in.
pub(crate) struct Call {
    pub(super) link: Arc<Link>,
    pub(super) stream: StreamId,
    pub(super) cx: Context,
    pub(super) input: Bytes,
    pub(super) depth_max: usize,
}

impl Call {
    /// The items of its input.
    fn items<T: Value + Send + 'static>(&self) -> Inbound<T> {
        let source = Source { link: Arc::clone(&self.link), stream: self.stream, depth_max: self.depth_max };
        source.messages((), Fault::invalid)
    }
}

/// Runs calls of one operation.
pub(crate) trait Perform: Send + Sync {
    fn facts(&self) -> &'static OperationFacts;

    /// Makes the future of a call, in the box if there is one.
    fn start(&self, call: Call, running: Option<Running>) -> Running;
}

struct Performer<F> {
    facts: &'static OperationFacts,
    run: F,
}

impl<F, R> Perform for Performer<F>
where
    F: Fn(Call) -> R + Send + Sync,
    R: Future<Output = ()> + Send + 'static,
{
    fn facts(&self) -> &'static OperationFacts {
        self.facts
    }

    fn start(&self, call: Call, running: Option<Running>) -> Running {
        let run = (self.run)(call);
        match running {
            Some(mut running) => {
                running.set(run);
                running
            }
            None => Running::new(run),
        }
    }
}

fn decode<T: Value>(input: &Bytes, depth_max: usize) -> Result<T, Fault> {
    wire::decode(input, depth_max).map_err(Fault::invalid)
}

fn answer_with<O: Operation<Output: Value>>(link: &Link, stream: StreamId, answer: Result<O::Output, O::Fault>) {
    match answer {
        Ok(answer) => link.respond(stream, &answer),
        Err(fault) => link.fail(stream, &fault.to_fault()),
    }
}

async fn stream_back<O: Operation<Output: Value>>(
    link: &Link,
    stream: StreamId,
    opened: Result<Inbound<O::Output, O::Fault>, O::Fault>,
) {
    let sent = match opened {
        Ok(items) => {
            link.respond_with_stream(stream);
            send_items(link, stream, items).await
        }
        Err(fault) => Err(fault.to_fault()),
    };
    if let Err(fault) = sent {
        link.fail(stream, &fault);
    }
}
