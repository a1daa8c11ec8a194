//! The client's side of native RPC: one connection to each endpoint, made when it is first needed and whenever it is gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use super::connection::Connection;
use super::context;
use super::link::{Link, NotCalled};
use super::messages::{Source, send_items};
use crate::admission::Head;
use crate::channel::Channel;
use crate::endpoint::{Endpoint, InvalidEndpoint, Unreached};
use crate::facts::Shape;
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::json::DEPTH_MAX;
use crate::mux::{MuxLimits, StreamId, Taken};
use crate::operation::Operation;
use crate::transport::{Exchange, Failure, Sent, Transport};
use crate::validate::Violations;
use crate::wire::{self, Value};

/// Native RPC over TCP.
#[derive(Debug, Default)]
pub struct Rpc {
    options: RpcOptions,
    peers: Mutex<Vec<Peer>>,
}

/// Bounds of a client of native RPC.
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: u32,
    /// After so much silence a server is asked whether it lives, after twice as much its calls fail. 30 seconds unless said
    /// otherwise.
    pub keep_alive: std::time::Duration,
}

impl Default for RpcOptions {
    fn default() -> RpcOptions {
        RpcOptions { answer_bytes_max: 16 * 1024 * 1024, keep_alive: std::time::Duration::from_secs(30) }
    }
}

/// An endpoint with the connection that new calls go to.
#[derive(Debug)]
struct Peer {
    endpoint: Endpoint,
    link: Option<Arc<Link>>,
    /// Held by the call that makes the connection; the others wait for it.
    connecting: Arc<tokio::sync::Mutex<()>>,
}

impl Rpc {
    /// A client with these bounds.
    pub fn new(options: RpcOptions) -> Rpc {
        Rpc { options, peers: Mutex::default() }
    }

    /// The connection to an endpoint, but not `spent`, which takes no calls any more.
    async fn link(&self, to: &Endpoint, spent: Option<&Arc<Link>>) -> Result<Arc<Link>, Failure> {
        let connecting = match self.find(to, spent) {
            Ok(link) => return Ok(link),
            Err(connecting) => connecting,
        };
        let _connecting = connecting.lock().await;
        if let Ok(link) = self.find(to, spent) {
            return Ok(link);
        }
        let authority = to.uri().authority().map_or("", |authority| authority.as_str());
        let socket = TcpStream::connect(authority).await.and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        let socket = socket.map_err(|error| Failure { fault: Unreached::fault(to, error), sent: Sent::No })?;
        let limits = MuxLimits {
            message_bytes_max: self.options.answer_bytes_max,
            keep_alive: self.options.keep_alive,
            ..MuxLimits::default()
        };
        let connection = Connection::new(socket, limits);
        let link = connection.link();
        tokio::spawn(connection.run());
        if let Some(peer) = self.peers().iter_mut().find(|peer| peer.endpoint == *to) {
            peer.link = Some(Arc::clone(&link));
        }
        Ok(link)
    }

    /// The connection that there is, or what to hold while making one.
    fn find(&self, to: &Endpoint, spent: Option<&Arc<Link>>) -> Result<Arc<Link>, Arc<tokio::sync::Mutex<()>>> {
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

    fn peers(&self) -> MutexGuard<'_, Vec<Peer>> {
        // No code that can panic runs under the lock.
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a call, on another connection where the one at hand takes none any more.
    async fn open(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: impl Fn(&mut bytes::BytesMut) + Send,
    ) -> Result<ActiveCall, Failure> {
        let not_sent = |fault| Failure { fault, sent: Sent::No };
        let metadata = context::metadata(head.cx);
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
}

impl Drop for Rpc {
    /// Calls in flight go on; each connection ends with its last one.
    fn drop(&mut self) {
        let links = std::mem::take(&mut *self.peers()).into_iter().filter_map(|peer| peer.link);
        links.for_each(|link| link.retire());
    }
}

impl Channel<Rpc> {
    /// A channel to the service at `address`, host and port, over native RPC: what a generated client is made with.
    ///
    /// # Errors
    /// When the text is no address such as `127.0.0.1:8081`.
    ///
    /// ```
    /// let channel = wireloom::Channel::rpc("127.0.0.1:8081")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn rpc(address: &str) -> Result<Channel<Rpc>, InvalidEndpoint> {
        let endpoint = Endpoint::new(&format!("rpc://{address}")).map_err(|_| InvalidEndpoint::of(address))?;
        let uri = endpoint.uri();
        let whole = uri.port_u16().is_some() && uri.path().trim_end_matches('/').is_empty();
        if whole { Ok(Channel::new(Rpc::default(), endpoint)) } else { Err(InvalidEndpoint::of(address)) }
    }
}

/// A call that is on its way; dropping it cancels it, unless it has ended.
struct ActiveCall {
    link: Arc<Link>,
    stream: StreamId,
    /// What sends the items of its input.
    feeding: Option<AbortHandle>,
}

impl ActiveCall {
    /// Waits for the server's first word.
    async fn reply(self) -> Result<RpcReply, Failure> {
        let message = match std::future::poll_fn(|cx| self.link.poll_reply(self.stream, cx)).await {
            Taken::Message(message) => Ok(message),
            Taken::Fault(fault) => Err(fault),
            Taken::Broken(failure) => return Err(failure),
            Taken::Wait | Taken::End | Taken::Gone => {
                let fault = Fault::new(Code::Cancelled, "the call has ended");
                return Err(Failure { fault, sent: Sent::Maybe });
            }
        };
        Ok(RpcReply { message, call: Some(self) })
    }
}

impl Drop for ActiveCall {
    fn drop(&mut self) {
        self.link.release(self.stream);
        if let Some(feeding) = &self.feeding {
            feeding.abort();
        }
    }
}

/// A reply: the answer or fault itself, or a stream that is open.
pub struct RpcReply {
    message: Result<Bytes, Fault>,
    /// `None` where the answer is not awaited.
    call: Option<ActiveCall>,
}

impl std::fmt::Debug for RpcReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RpcReply").field(&self.message).finish()
    }
}

impl Transport for Rpc {
    const NAME: &'static str = "native RPC";
    type Reply = RpcReply;
}

impl<O: Operation<Input: Value, Output: Value>> Exchange<O> for Rpc {
    async fn send(&self, to: &Endpoint, head: &Head<'_>, input: &O::Input) -> Result<RpcReply, Failure> {
        let call = self.open(to, head, |out| wire::encode(input, out)).await?;
        if head.op.shape == Shape::Oneway {
            return Ok(RpcReply { message: Ok(Bytes::new()), call: None });
        }
        call.reply().await
    }

    async fn send_stream(&self, to: &Endpoint, head: &Head<'_>, input: Inbound<O::Input>) -> Result<RpcReply, Failure> {
        let mut call = self.open(to, head, |_| {}).await?;
        // A task of its own: items go out also while the caller looks at nothing but the stream that comes back.
        let (link, stream) = (Arc::clone(&call.link), call.stream);
        let feeding = tokio::spawn(async move {
            if let Err(fault) = send_items(&link, stream, input).await {
                link.abandon(stream, fault);
            }
        });
        call.feeding = Some(feeding.abort_handle());
        call.reply().await
    }

    async fn read(&self, reply: RpcReply) -> Result<O::Output, O::Fault> {
        let message = reply.message.map_err(O::Fault::from_fault)?;
        wire::decode(&message, DEPTH_MAX).map_err(|wrong| broken_contract(wrong).into())
    }

    async fn read_stream(&self, reply: RpcReply) -> Result<Inbound<O::Output, O::Fault>, O::Fault> {
        reply.message.map_err(O::Fault::from_fault)?;
        let Some(call) = reply.call else {
            return Err(Fault::new(Code::Internal, "the server did not answer with a stream").into());
        };
        let source = Source { link: Arc::clone(&call.link), stream: call.stream, depth_max: DEPTH_MAX };
        Ok(source.messages(call, broken_contract))
    }
}

// By value, as the reader of a stream hands it over.
#[allow(clippy::needless_pass_by_value)]
fn broken_contract(wrong: Violations) -> Fault {
    Fault::new(Code::Internal, format!("the answer does not keep the contract: {wrong}"))
}
