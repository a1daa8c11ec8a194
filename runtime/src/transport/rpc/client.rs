//! The client's side of native RPC.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::admission::Head;
use crate::channel::Channel;
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::inbound::Inbound;
use crate::mux::{MuxLimits, Native};
use crate::operation::Operation;
use crate::transport::framed::{Client, Dial, Reply, StreamPipe};
use crate::transport::{Exchange, Failure, Transport};
use crate::wire::Value;

/// Native RPC over TCP.
#[derive(Debug)]
pub struct Rpc {
    client: Client<RpcOptions>,
}

/// Bounds of a client of native RPC.
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: u32,
    /// After so much silence a server is asked whether it lives, after twice as much its calls fail. 30 seconds unless said
    /// otherwise.
    pub keep_alive: Duration,
}

impl Default for RpcOptions {
    fn default() -> RpcOptions {
        RpcOptions { answer_bytes_max: 16 * 1024 * 1024, keep_alive: Duration::from_secs(30) }
    }
}

impl Default for Rpc {
    fn default() -> Rpc {
        Rpc::new(RpcOptions::default())
    }
}

impl Rpc {
    /// A client with these bounds.
    pub fn new(options: RpcOptions) -> Rpc {
        Rpc { client: Client::new(options) }
    }
}

impl Dial for RpcOptions {
    type Encoding = Native;
    type Pipe = StreamPipe<TcpStream>;

    fn limits(&self) -> MuxLimits {
        MuxLimits { message_bytes_max: self.answer_bytes_max, keep_alive: self.keep_alive, ..MuxLimits::default() }
    }

    async fn dial(&self, to: &Endpoint) -> io::Result<StreamPipe<TcpStream>> {
        let authority = to.uri().authority().map_or("", |authority| authority.as_str());
        let socket = TcpStream::connect(authority).await?;
        socket.set_nodelay(true)?;
        Ok(StreamPipe::new(socket))
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

impl Transport for Rpc {
    const NAME: &'static str = "native RPC";
    type Reply = Reply<Native>;
}

impl<O: Operation<Input: Value, Output: Value>> Exchange<O> for Rpc {
    async fn send(&self, to: &Endpoint, head: &Head<'_>, input: &O::Input) -> Result<Reply<Native>, Failure> {
        self.client.send::<O>(to, head, input).await
    }

    async fn send_stream(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: Inbound<O::Input>,
    ) -> Result<Reply<Native>, Failure> {
        self.client.send_stream::<O>(to, head, input).await
    }

    async fn read(&self, reply: Reply<Native>) -> Result<O::Output, O::Fault> {
        reply.read::<O>()
    }

    async fn read_stream(&self, reply: Reply<Native>) -> Result<Inbound<O::Output, O::Fault>, O::Fault> {
        reply.read_stream::<O>()
    }
}
