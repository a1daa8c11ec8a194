//! Connections that are made elsewhere: a way of one's own to reach an endpoint, or to be reached.
//!
//! Everything above the bytes stays as it is: TLS, the wire, its limits. So what runs through a proxy, in memory or on a simulated
//! network is the code that runs over TCP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::endpoint::Endpoint;

/// A way to reach endpoints, in place of TCP: through a proxy, in memory, on a simulated network. The clients of every wire take one.
///
#[cfg_attr(feature = "rest", doc = "```")]
#[cfg_attr(not(feature = "rest"), doc = "```text")]
/// use wireloom::rest::Rest;
/// use wireloom::{Channel, Connect, Endpoint};
///
/// /// Reaches every endpoint at an address of this host, as a tunnel does.
/// struct Tunnel;
///
/// impl Connect for Tunnel {
///     type Stream = tokio::net::TcpStream;
///
///     async fn connect(&self, _to: &Endpoint) -> std::io::Result<Self::Stream> {
///         tokio::net::TcpStream::connect("127.0.0.1:8443").await
///     }
/// }
///
/// # let _in_runtime = tokio::runtime::Runtime::new().unwrap();
/// let channel = Channel::over(Rest::default().connector(Tunnel)).endpoints(["orders.internal"])?.build();
/// # Ok::<(), wireloom::InvalidEndpoint>(())
/// ```
pub trait Connect: Send + Sync + 'static {
    /// What it makes.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// A connection to the host of an endpoint, whose name is not resolved yet; paths mean nothing here. TLS comes on top, where the scheme says so. It goes on
    /// when the attempt that asked for it has no more time, so that the next one finds a connection; it is dropped with the channel, and when connecting
    /// takes longer than the client's `connect_time_max`. Not asked for Unix sockets.
    fn connect(&self, to: &Endpoint) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// A place of one's own that connections come in at: a socket that the program was started with, one in memory or on a simulated
/// network. A server listens there where it is told so by [`Address::own`](super::Address::own).
pub trait Accept: Send + Sync + 'static {
    /// What comes in.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// The next connection, and where it comes from. After an error the server waits a moment and asks again. What is returned may
    /// be dropped at any time, and must lose no connection by that.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Option<SocketAddr>)>> + Send;

    /// Its address, if it has one.
    ///
    /// # Errors
    /// When it has none, as unless said otherwise.
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::AddrNotAvailable.into())
    }
}

impl Accept for tokio::net::TcpListener {
    type Stream = tokio::net::TcpStream;

    async fn accept(&self) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, address) = tokio::net::TcpListener::accept(self).await?;
        super::listener::no_delay(&stream);
        Ok((stream, Some(address)))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        tokio::net::TcpListener::local_addr(self)
    }
}

/// A connection of whatever kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// [`Connect`] whose kind is forgotten.
pub(crate) trait Connects: Send + Sync {
    fn connect<'c>(&'c self, to: &'c Endpoint) -> BoxFuture<'c, io::Result<Box<dyn Stream>>>;
}

impl<C: Connect> Connects for C {
    fn connect<'c>(&'c self, to: &'c Endpoint) -> BoxFuture<'c, io::Result<Box<dyn Stream>>> {
        async move { Ok(Box::new(Connect::connect(self, to).await?) as Box<dyn Stream>) }.boxed()
    }
}

/// A connection that came in, of whatever kind, and from where.
type Accepted = (Box<dyn Stream>, Option<SocketAddr>);

/// [`Accept`] whose kind is forgotten.
pub(super) trait Accepts: Send + Sync {
    fn accept(&self) -> BoxFuture<'_, io::Result<Accepted>>;
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

impl<A: Accept> Accepts for A {
    fn accept(&self) -> BoxFuture<'_, io::Result<Accepted>> {
        async {
            let (stream, address) = Accept::accept(self).await?;
            Ok((Box::new(stream) as Box<dyn Stream>, address))
        }
        .boxed()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Accept::local_addr(self)
    }
}

/// A place of one's own, which is equal to itself.
#[derive(Clone)]
pub(super) struct OwnPlace(pub(super) Arc<dyn Accepts>);

impl PartialEq for OwnPlace {
    fn eq(&self, other: &OwnPlace) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OwnPlace {}

impl std::fmt::Debug for OwnPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnPlace")
    }
}
