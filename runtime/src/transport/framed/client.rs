//! The client's side: one connection to each endpoint, made when it is first needed and whenever it is gone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::task::AbortHandle;

use super::connection::Connection;
use super::context;
use super::form::{Carries, Form};
use super::link::{Link, NotCalled};
use super::messages::{Source, send_items};
use super::pipe::Pipe;
use crate::admission::Head;
use crate::endpoint::Endpoint;
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::json::DEPTH_MAX;
use crate::mux::{Encoding, MuxLimits, StreamId, Taken, Unwritten};
use crate::operation::Operation;
use crate::transport::peers::{Linked, Peers};
use crate::transport::{Failure, Sent};

/// How a wire connects.
pub(crate) trait Dial: std::fmt::Debug + Send + Sync + 'static {
    type Encoding: Encoding;
    type Pipe: Pipe<Self::Encoding> + 'static;

    /// What the client takes from a server.
    fn limits(&self) -> MuxLimits;

    /// How long a connection may take to make.
    fn time_max(&self) -> Duration;

    /// Makes a connection.
    fn dial(&self, to: &Endpoint) -> impl Future<Output = io::Result<Self::Pipe>> + Send;
}

/// Connections to endpoints, and the calls on them.
#[derive(Debug)]
pub(crate) struct Client<D: Dial> {
    dial: Arc<D>,
    peers: Peers<Link<D::Encoding>>,
}

impl<D: Dial> Client<D> {
    pub(crate) fn new(dial: D) -> Client<D> {
        let peers = Peers::new(dial.time_max());
        Client { dial: Arc::new(dial), peers }
    }

    /// How it connects.
    pub(crate) fn dial(&self) -> &D {
        &self.dial
    }

    /// Makes a connection.
    fn connect(&self, to: &Endpoint) -> impl Future<Output = io::Result<Arc<Link<D::Encoding>>>> + Send + use<D> {
        let (dial, to) = (Arc::clone(&self.dial), to.clone());
        async move {
            let connection = Connection::new(dial.dial(&to).await?, dial.limits());
            let link = connection.link();
            tokio::spawn(connection.run());
            Ok(link)
        }
    }

    /// Opens a call, on another connection where the one at hand takes none any more.
    async fn open(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: impl Fn(&mut BytesMut) -> Result<(), Unwritten> + Send,
    ) -> Result<ActiveCall<D::Encoding>, Failure> {
        let not_sent = |fault| Failure { fault, sent: Sent::No };
        let metadata = context::metadata(head);
        let mut spent = None;
        for _ in 0..2 {
            let link = self.peers.link(to, spent.as_ref(), || self.connect(to)).await?;
            let opened = std::future::poll_fn(|cx| {
                link.poll_open(head.op, context::deadline_ms(head.cx), &metadata, &input, cx)
            });
            match opened.await {
                Ok(stream) => return Ok(ActiveCall { link, stream, feeding: None }),
                Err(NotCalled::Never(fault)) => return Err(not_sent(fault)),
                Err(NotCalled::Elsewhere) => spent = Some(link),
            }
        }
        Err(not_sent(Fault::new(Code::Unavailable, format!("{to} takes no calls"))))
    }

    // Exchanges

    pub(crate) async fn send<O: Operation>(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: &O::Input,
    ) -> Result<Reply<D::Encoding>, Failure>
    where
        D::Encoding: Carries<O>,
    {
        let put = |out: &mut BytesMut| <D::Encoding as Carries<O>>::Input::put(input, out);
        let call = self.open(to, head, put).await?;
        if head.op.shape == Shape::Oneway {
            return Ok(Reply { message: Ok(Bytes::new()), call: None });
        }
        call.reply().await
    }

    pub(crate) async fn send_stream<O: Operation>(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: Inbound<O::Input>,
    ) -> Result<Reply<D::Encoding>, Failure>
    where
        D::Encoding: Carries<O>,
    {
        let mut call = self.open(to, head, |_| Ok(())).await?;
        // A task of its own: items go out also while the caller looks at nothing but the stream that comes back.
        let (link, stream) = (Arc::clone(&call.link), call.stream);
        let feeding = tokio::spawn(async move {
            let sent = send_items::<<D::Encoding as Carries<O>>::Input, _, _, _>(&link, stream, input).await;
            if let Err(fault) = sent {
                link.abandon(stream, fault);
            }
        });
        call.feeding = Some(feeding.abort_handle());
        call.reply().await
    }
}

impl<E: Encoding> Linked for Link<E> {
    fn is_busy(link: &Arc<Link<E>>) -> bool {
        link.has_calls()
    }

    fn retire(&self) {
        Link::retire(self);
    }
}

/// A call that is on its way; dropping it cancels it, unless it has ended.
struct ActiveCall<E: Encoding> {
    link: Arc<Link<E>>,
    stream: StreamId,
    /// What sends the items of its input.
    feeding: Option<AbortHandle>,
}

impl<E: Encoding> ActiveCall<E> {
    /// Waits for the server's first word.
    async fn reply(self) -> Result<Reply<E>, Failure> {
        let message = match std::future::poll_fn(|cx| self.link.poll_reply(self.stream, cx)).await {
            Taken::Message(message) => Ok(message),
            Taken::Fault(fault) => Err(fault),
            Taken::Broken(failure) => return Err(failure),
            Taken::Wait | Taken::End | Taken::Gone => {
                let fault = Fault::new(Code::Cancelled, "the call has ended");
                return Err(Failure { fault, sent: Sent::Maybe });
            }
        };
        Ok(Reply { message, call: Some(self) })
    }
}

impl<E: Encoding> Drop for ActiveCall<E> {
    fn drop(&mut self) {
        self.link.release(self.stream);
        if let Some(feeding) = &self.feeding {
            feeding.abort();
        }
    }
}

/// A reply: the answer or fault itself, or a stream that is open.
pub struct Reply<E: Encoding> {
    message: Result<Bytes, Fault>,
    /// `None` where the answer is not awaited.
    call: Option<ActiveCall<E>>,
}

impl<E: Encoding> Reply<E> {
    /// The answer in it.
    pub(crate) fn read<O: Operation>(self) -> Result<O::Output, Fault>
    where
        E: Carries<O>,
    {
        decode::<O, E>(&self.message?, DEPTH_MAX)
    }

    /// The stream in it.
    pub(crate) fn read_stream<O: Operation>(self) -> Result<Inbound<O::Output, O::Fault>, Fault>
    where
        E: Carries<O>,
    {
        self.message?;
        let Some(call) = self.call else {
            return Err(Fault::new(Code::Internal, "the server did not answer with a stream"));
        };
        let source = Source { link: Arc::clone(&call.link), stream: call.stream, depth_max: DEPTH_MAX };
        Ok(source.messages(call, decode::<O, E>))
    }
}

impl<E: Encoding> std::fmt::Debug for Reply<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reply").field(&self.message).finish()
    }
}

/// An answer, or one item of it.
fn decode<O: Operation, E: Carries<O>>(answer: &Bytes, depth_max: usize) -> Result<O::Output, Fault> {
    let broken = |wrong| Fault::new(Code::Internal, format!("the answer does not keep the contract: {wrong}"));
    E::Output::take(answer, depth_max).map_err(broken)
}
