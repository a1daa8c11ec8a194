//! The client's side: one connection to each endpoint, made when it is first needed and whenever it is gone.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::task::AbortHandle;

use super::connection::Connection;
use super::context;
use super::form::{Carries, Form};
use super::link::{Link, NotCalled};
use super::messages::{Source, send_items};
use super::pipe::Pipe;
use crate::admission::Head;
use crate::endpoint::{Endpoint, Unreached};
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::json::DEPTH_MAX;
use crate::mux::{Encoding, MuxLimits, StreamId, Taken, Unwritten};
use crate::operation::Operation;
use crate::transport::{Failure, Sent};

/// How a wire connects.
pub(crate) trait Dial: std::fmt::Debug + Send + Sync + 'static {
    type Encoding: Encoding;
    type Pipe: Pipe<Self::Encoding> + 'static;

    /// What the client takes from a server.
    fn limits(&self) -> MuxLimits;

    /// Makes a connection.
    fn dial(&self, to: &Endpoint) -> impl Future<Output = io::Result<Self::Pipe>> + Send;
}

/// Connections to endpoints, and the calls on them.
#[derive(Debug)]
pub(crate) struct Client<D: Dial> {
    dial: D,
    peers: Mutex<Vec<Peer<D::Encoding>>>,
}

/// An endpoint with the connection that new calls go to.
#[derive(Debug)]
struct Peer<E> {
    endpoint: Endpoint,
    link: Option<Arc<Link<E>>>,
    /// Held by the call that makes the connection; the others wait for it.
    connecting: Arc<tokio::sync::Mutex<()>>,
}

impl<D: Dial> Client<D> {
    pub(crate) fn new(dial: D) -> Client<D> {
        Client { dial, peers: Mutex::default() }
    }

    /// How it connects.
    pub(crate) fn dial(&self) -> &D {
        &self.dial
    }

    /// The connection to an endpoint, but not `spent`, which takes no calls any more.
    async fn link(
        &self,
        to: &Endpoint,
        spent: Option<&Arc<Link<D::Encoding>>>,
    ) -> Result<Arc<Link<D::Encoding>>, Failure> {
        let connecting = match self.find(to, spent) {
            Ok(link) => return Ok(link),
            Err(connecting) => connecting,
        };
        let _connecting = connecting.lock().await;
        if let Ok(link) = self.find(to, spent) {
            return Ok(link);
        }
        let pipe = self.dial.dial(to).await;
        let pipe = pipe.map_err(|error| Failure { fault: Unreached::fault(to, error), sent: Sent::No })?;
        let connection = Connection::new(pipe, self.dial.limits());
        let link = connection.link();
        tokio::spawn(connection.run());
        if let Some(peer) = self.peers().iter_mut().find(|peer| peer.endpoint == *to) {
            peer.link = Some(Arc::clone(&link));
        }
        Ok(link)
    }

    /// The connection that there is, or what to hold while making one.
    fn find(
        &self,
        to: &Endpoint,
        spent: Option<&Arc<Link<D::Encoding>>>,
    ) -> Result<Arc<Link<D::Encoding>>, Arc<tokio::sync::Mutex<()>>> {
        let mut peers = self.peers();
        let Some(peer) = peers.iter_mut().find(|peer| peer.endpoint == *to) else {
            let connecting = Arc::default();
            peers.push(Peer { endpoint: to.clone(), link: None, connecting: Arc::clone(&connecting) });
            return Err(connecting);
        };
        match &peer.link {
            Some(link) if !spent.is_some_and(|spent| Arc::ptr_eq(link, spent)) => Ok(Arc::clone(link)),
            _ => Err(Arc::clone(&peer.connecting)),
        }
    }

    fn peers(&self) -> MutexGuard<'_, Vec<Peer<D::Encoding>>> {
        // No code that can panic runs under the lock.
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
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
            let link = self.link(to, spent.as_ref()).await?;
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

impl<D: Dial> Drop for Client<D> {
    /// Calls in flight go on; each connection ends with its last one.
    fn drop(&mut self) {
        let links = std::mem::take(&mut *self.peers()).into_iter().filter_map(|peer| peer.link);
        links.for_each(|link| link.retire());
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
