//! The client's side of WebSocket.

use std::io;
use std::marker::PhantomData;
use std::time::Duration;

use http::{HeaderValue, header};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::counted::Counted;
use super::pipe::{MessagePipe, Messages, config};
use crate::admission::Head;
use crate::channel::Channel;
use crate::endpoint::{Endpoint, InvalidEndpoint};
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::mux::{JsonFrames, MuxLimits, Native};
use crate::net::{CONNECT_TIME_MAX, Connector, Protocol, Socket};
use crate::operation::Operation;
use crate::transport::framed::{Carries, Client, Dial, Reply};
use crate::transport::{Exchange, Failure, Transport};

/// WebSocket, in frames of the encoding `E`: binary unless said otherwise.
#[derive(Debug)]
pub struct Ws<E: Messages = Native> {
    client: Client<Dialling<E>>,
}

/// Bounds of a client of WebSocket.
#[derive(Clone, Copy, Debug)]
pub struct WsOptions {
    /// How long an answer, or one item of a stream, may be. 16 MiB unless said otherwise.
    pub answer_bytes_max: u32,
    /// After so much silence a server is asked whether it lives, after twice as much its calls fail. 30 seconds unless said
    /// otherwise.
    pub keep_alive: Duration,
    /// How long connecting may take, with TLS and the request that begins a WebSocket. It goes on while the attempts of calls come and go, so it may be longer than they last. 10
    /// seconds unless said otherwise.
    pub connect_time_max: Duration,
}

impl Default for WsOptions {
    fn default() -> WsOptions {
        WsOptions {
            answer_bytes_max: 16 * 1024 * 1024,
            keep_alive: Duration::from_secs(30),
            connect_time_max: CONNECT_TIME_MAX,
        }
    }
}

impl<E: Messages> Default for Ws<E> {
    fn default() -> Ws<E> {
        Ws::new(WsOptions::default())
    }
}

impl<E: Messages> Ws<E> {
    /// A client with these bounds.
    ///
    /// ```
    /// use wireloom::ws::{Ws, WsOptions};
    /// use wireloom::{Channel, Endpoint};
    ///
    /// let ws: Ws = Ws::new(WsOptions { answer_bytes_max: 64 * 1024, ..WsOptions::default() });
    /// let channel = Channel::new(ws, Endpoint::new("ws://127.0.0.1:8080/ws/orders")?);
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn new(options: WsOptions) -> Ws<E> {
        Ws::over(Connector::default(), options)
    }

    /// Trusts and shows what it says, where an endpoint is reached over TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: crate::tls::ClientTls) -> Ws<E> {
        let Dialling { connector, options, .. } = self.client.dial();
        Ws::over(connector.clone().secured(tls), *options)
    }

    /// Reaches endpoints by a way of one's own, in place of TCP.
    #[must_use]
    pub fn connector(self, connector: impl crate::Connect) -> Ws<E> {
        let Dialling { connector: before, options, .. } = self.client.dial();
        Ws::over(before.clone().by(connector), *options)
    }

    fn over(connector: Connector, options: WsOptions) -> Ws<E> {
        Ws { client: Client::new(Dialling { options, connector, encoding: PhantomData }) }
    }
}

/// How WebSockets connect.
#[derive(Debug)]
struct Dialling<E> {
    options: WsOptions,
    connector: Connector,
    encoding: PhantomData<fn() -> E>,
}

impl<E: Messages> Dial for Dialling<E> {
    type Encoding = E;
    type Pipe = MessagePipe<Socket, E>;

    fn limits(&self) -> MuxLimits {
        MuxLimits {
            message_bytes_max: self.options.answer_bytes_max,
            keep_alive: self.options.keep_alive,
            ..MuxLimits::default()
        }
    }

    fn time_max(&self) -> Duration {
        self.options.connect_time_max
    }

    async fn dial(&self, to: &Endpoint) -> io::Result<MessagePipe<Socket, E>> {
        let request = match to.is_unix() {
            true => format!("ws://localhost{}", to.uri().path()).into_client_request(),
            false => to.addressed().into_owned().into_client_request(),
        };
        let mut request = request.map_err(io::Error::other)?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(E::PROTOCOL));
        let socket = self.connector.connect(to, Protocol::Http1).await?;
        let opened = client_async_with_config(request, Counted::new(socket), Some(config::<E>(&self.limits()))).await;
        let (socket, _) = opened.map_err(io::Error::other)?;
        Ok(MessagePipe::over(socket))
    }
}

impl Channel<Ws> {
    /// A channel to the service at a WebSocket's address, in binary frames: what a generated client is made with.
    ///
    /// # Errors
    /// When the text is no address such as `ws://127.0.0.1:8080/ws/orders`, `wss://` with the feature `tls`, or of a
    /// Unix socket with the path behind it, `unix:/run/orders.sock:/ws/orders`.
    ///
    /// ```
    /// let channel = wireloom::Channel::ws("ws://127.0.0.1:8080/ws/orders")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn ws(address: &str) -> Result<Channel<Ws>, InvalidEndpoint> {
        Ok(Channel::new(Ws::default(), endpoint(address)?))
    }
}

impl Channel<Ws<JsonFrames>> {
    /// The same in text frames, which people can read.
    ///
    /// # Errors
    /// When the text is no address such as `ws://127.0.0.1:8080/ws/orders`, `wss://` with the feature `tls`, or of a
    /// Unix socket with the path behind it, `unix:/run/orders.sock:/ws/orders`.
    ///
    /// ```
    /// let channel = wireloom::Channel::ws_json("ws://127.0.0.1:8080/ws/orders")?;
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn ws_json(address: &str) -> Result<Channel<Ws<JsonFrames>>, InvalidEndpoint> {
        Ok(Channel::new(Ws::default(), endpoint(address)?))
    }
}

fn endpoint(address: &str) -> Result<Endpoint, InvalidEndpoint> {
    Endpoint::new(address)?.of_scheme("ws", "wss")
}

impl<E: Messages> Transport for Ws<E> {
    const NAME: &'static str = "WebSocket";
    const SCHEME: &'static str = "ws";
    type Reply = Reply<E>;
}

impl<O: Operation, E: Messages + Carries<O>> Exchange<O> for Ws<E> {
    async fn send(&self, to: &Endpoint, head: &Head<'_>, input: &O::Input) -> Result<Reply<E>, Failure> {
        self.client.send::<O>(to, head, input).await
    }

    async fn send_stream(&self, to: &Endpoint, head: &Head<'_>, input: Inbound<O::Input>) -> Result<Reply<E>, Failure> {
        self.client.send_stream::<O>(to, head, input).await
    }

    async fn read(&self, reply: Reply<E>) -> Result<O::Output, Fault> {
        reply.read::<O>()
    }

    async fn read_stream(&self, reply: Reply<E>) -> Result<Inbound<O::Output, O::Fault>, Fault> {
        reply.read_stream::<O>()
    }
}
