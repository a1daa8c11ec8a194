//! The operations that a server serves on its connections, each as something that runs one call.

use std::sync::Arc;

use bytes::Bytes;
use tokio_util::sync::ReusableBoxFuture;

use super::form::{Carries, Form};
use super::link::Link;
use super::messages::{Source, send_items};
use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Fault, OperationFault};
use crate::inbound::Inbound;
use crate::limits::Limits;
use crate::mux::{Encoding, MuxLimits, StreamId, Table};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::scalar;
use crate::serving::Serving;

/// All operations that a server serves on a connection, by their numbers.
pub(crate) struct Operations<E> {
    pub(super) table: Arc<Table>,
    pub(super) calls: Vec<Arc<dyn Perform<E>>>,
    pub(super) limits: MuxLimits,
}

impl<E: Encoding> Operations<E> {
    pub(crate) fn new(calls: Vec<Arc<dyn Perform<E>>>, limits: &Limits) -> Operations<E> {
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

    /// What peers may do.
    pub(crate) fn limits(&self) -> &MuxLimits {
        &self.limits
    }
}

impl<E> std::fmt::Debug for Operations<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.table.fmt(f)
    }
}

/// Runs calls of an operation with one message in and one out, or none.
pub(crate) fn unary<S, O, E>(serving: &Serving<S>, limits: &Limits) -> Arc<dyn Perform<E>>
where
    S: Unary<O>,
    O: Operation,
    E: Carries<O>,
{
    performer::<S, O, E, _>(serving, limits, |serving, call| {
        // Taken apart before the future is made, which would keep both the whole and the parts.
        let Call { link, stream, cx, input, depth_max } = call;
        async move {
            let answer = serving.unary::<O>(cx, async move { decode::<O, E>(&input, depth_max) }).await;
            answer_with::<O, E>(&link, stream, answer);
        }
    })
}

/// Runs calls of an operation that answers with a stream.
pub(crate) fn server_stream<S, O, E>(serving: &Serving<S>, limits: &Limits) -> Arc<dyn Perform<E>>
where
    S: ServerStream<O>,
    O: Operation,
    E: Carries<O>,
{
    performer::<S, O, E, _>(serving, limits, |serving, call| {
        let Call { link, stream, cx, input, depth_max } = call;
        async move {
            let opened = serving.server_stream::<O>(cx, async move { decode::<O, E>(&input, depth_max) }).await;
            stream_back::<O, E>(&link, stream, opened).await;
        }
    })
}

/// Runs calls of an operation that takes a stream.
pub(crate) fn client_stream<S, O, E>(serving: &Serving<S>, limits: &Limits) -> Arc<dyn Perform<E>>
where
    S: ClientStream<O>,
    O: Operation,
    E: Carries<O>,
{
    performer::<S, O, E, _>(serving, limits, |serving, call| async move {
        let answer = serving.client_stream::<O>(call.cx.clone(), call.items::<O>()).await;
        answer_with::<O, E>(&call.link, call.stream, answer);
    })
}

/// Runs calls of an operation that takes a stream and answers with one.
pub(crate) fn duplex<S, O, E>(serving: &Serving<S>, limits: &Limits) -> Arc<dyn Perform<E>>
where
    S: Duplex<O>,
    O: Operation,
    E: Carries<O>,
{
    performer::<S, O, E, _>(serving, limits, |serving, call| async move {
        let opened = serving.duplex::<O>(call.cx.clone(), call.items::<O>()).await;
        stream_back::<O, E>(&call.link, call.stream, opened).await;
    })
}

fn performer<S, O, E, R>(
    serving: &Serving<S>,
    limits: &Limits,
    run: impl Fn(Arc<Serving<S>>, Call<E>) -> R + Send + Sync + 'static,
) -> Arc<dyn Perform<E>>
where
    S: Send + Sync + 'static,
    O: Operation,
    E: Encoding,
    R: Future<Output = ()> + Send + 'static,
{
    let (serving, depth_max) = (Arc::new(serving.clone()), limits.json_depth_max);
    let run = move |call: Call<E>| run(Arc::clone(&serving), Call { depth_max, ..call });
    Arc::new(Performer { facts: O::FACTS, run })
}

/// A call that runs. Its box is used again for the next one, so a call that ends at once allocates nothing for it.
pub(super) type Running = ReusableBoxFuture<'static, ()>;

/// One call, as it came in.
pub(crate) struct Call<E> {
    pub(super) link: Arc<Link<E>>,
    pub(super) stream: StreamId,
    pub(super) cx: Context,
    pub(super) input: Bytes,
    pub(super) depth_max: usize,
}

impl<E: Encoding> Call<E> {
    /// The items of its input.
    fn items<O: Operation>(&self) -> Inbound<O::Input>
    where
        E: Carries<O>,
    {
        let source = Source { link: Arc::clone(&self.link), stream: self.stream, depth_max: self.depth_max };
        source.messages((), decode::<O, E>)
    }
}

/// Runs calls of one operation.
pub(crate) trait Perform<E>: Send + Sync {
    fn facts(&self) -> &'static OperationFacts;

    /// Makes the future of a call, in the box if there is one.
    fn start(&self, call: Call<E>, running: Option<Running>) -> Running;
}

struct Performer<F> {
    facts: &'static OperationFacts,
    run: F,
}

impl<F, R, E> Perform<E> for Performer<F>
where
    F: Fn(Call<E>) -> R + Send + Sync,
    R: Future<Output = ()> + Send + 'static,
{
    fn facts(&self) -> &'static OperationFacts {
        self.facts
    }

    fn start(&self, call: Call<E>, running: Option<Running>) -> Running {
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

/// An input, or one item of it; validation follows.
fn decode<O: Operation, E: Carries<O>>(input: &Bytes, depth_max: usize) -> Result<O::Input, Fault> {
    scalar::defer(|| E::Input::take(input, depth_max)).map_err(Fault::invalid)
}

fn answer_with<O: Operation, E: Carries<O>>(link: &Link<E>, stream: StreamId, answer: Result<O::Output, O::Fault>) {
    match answer {
        Ok(answer) => link.respond::<E::Output, _>(stream, &answer),
        Err(fault) => link.fail(stream, &fault.to_fault()),
    }
}

async fn stream_back<O: Operation, E: Carries<O>>(
    link: &Link<E>,
    stream: StreamId,
    opened: Result<Inbound<O::Output, O::Fault>, O::Fault>,
) {
    let sent = match opened {
        Ok(items) => {
            link.respond_with_stream(stream);
            send_items::<E::Output, _, _, _>(link, stream, items).await
        }
        Err(fault) => Err(fault.to_fault()),
    };
    if let Err(fault) = sent {
        link.fail(stream, &fault);
    }
}
