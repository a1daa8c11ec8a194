//! The client's side of native RPC.

use std::io;
use std::time::Duration;

use crate::admission::Head;
use crate::channel::Channel;
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::mux::{MuxLimits, Native};
use crate::net::{CONNECT_TIME_MAX, Connector, Protocol, Socket};
use crate::operation::Operation;
use crate::transport::framed::{Client, Dial, Reply, StreamPipe};
use crate::transport::{Exchange, Failure, Transport};
use crate::wire::Value;

/// Native RPC over TCP, with or without TLS.
#[derive(Debug)]
pub struct Rpc {
    client: Client<Dialling>,
}

/// Bounds of a client of native RPC.
#[derive(Clone, Copy, Debug)]
pub struct RpcOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: u32,
    /// After so much silence a server is asked whether it lives, after twice as much its calls fail. 30 seconds unless said
    /// otherwise.
    pub keep_alive: Duration,
    /// How long connecting may take, with TLS. It goes on while the attempts of calls come and go, so it may be longer than they last. 10
    /// seconds unless said otherwise.
    pub connect_time_max: Duration,
}

impl Default for RpcOptions {
    fn default() -> RpcOptions {
        RpcOptions {
            answer_bytes_max: 16 * 1024 * 1024,
            keep_alive: Duration::from_secs(30),
            connect_time_max: CONNECT_TIME_MAX,
        }
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
        Rpc::over(Connector::default(), options)
    }

    /// Trusts and shows what it says, where an endpoint is reached over TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: crate::tls::ClientTls) -> Rpc {
        let Dialling { connector, options, .. } = self.client.dial();
        Rpc::over(connector.clone().secured(tls), *options)
    }

    /// Reaches endpoints by a way of one's own, in place of TCP.
    #[must_use]
    pub fn connector(self, connector: impl crate::Connect) -> Rpc {
        let Dialling { connector: before, options, .. } = self.client.dial();
        Rpc::over(before.clone().by(connector), *options)
    }

    fn over(connector: Connector, options: RpcOptions) -> Rpc {
        Rpc { client: Client::new(Dialling { options, connector }) }
    }
}

/// How native RPC connects.
#[derive(Debug)]
struct Dialling {
    options: RpcOptions,
    connector: Connector,
}

impl Dial for Dialling {
    type Encoding = Native;
    type Pipe = StreamPipe<Socket>;

    fn limits(&self) -> MuxLimits {
        let RpcOptions { answer_bytes_max, keep_alive, .. } = self.options;
        MuxLimits { message_bytes_max: answer_bytes_max, keep_alive, ..MuxLimits::default() }
    }

    fn time_max(&self) -> Duration {
        self.options.connect_time_max
    }

    async fn dial(&self, to: &Endpoint) -> io::Result<StreamPipe<Socket>> {
        Ok(StreamPipe::new(self.connector.connect(to, Protocol::Native).await?))
    }
}

impl Channel<Rpc> {
    /// A channel to the service at `address`, host and port, over native RPC: what a generated client is made with. With the
    /// feature `tls`, `rpcs://orders.example:8081` is reached over TLS; `unix:/run/orders.sock` is a Unix socket.
    ///
    /// # Errors
    /// When the text is no address such as `127.0.0.1:8081`.
    ///
    /// ```
    /// let channel = wireloom::Channel::rpc("127.0.0.1:8081")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn rpc(address: &str) -> Result<Channel<Rpc>, InvalidEndpoint> {
        let invalid = || InvalidEndpoint::of(address);
        let endpoint = match address.contains("://") || address.starts_with("unix:") {
            true => Endpoint::new(address)?.of_scheme("rpc", "rpcs")?,
            false => Endpoint::new(&format!("rpc://{address}")).map_err(|_| invalid())?,
        };
        let uri = endpoint.uri();
        let whole = (uri.port_u16().is_some() || endpoint.is_unix()) && uri.path().trim_end_matches('/').is_empty();
        if whole { Ok(Channel::new(Rpc::default(), endpoint)) } else { Err(invalid()) }
    }
}

impl Transport for Rpc {
    const NAME: &'static str = "native RPC";
    const SCHEME: &'static str = "rpc";
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

    async fn read(&self, reply: Reply<Native>) -> Result<O::Output, Fault> {
        reply.read::<O>()
    }

    async fn read_stream(&self, reply: Reply<Native>) -> Result<Inbound<O::Output, O::Fault>, Fault> {
        reply.read_stream::<O>()
    }
}
