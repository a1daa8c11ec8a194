//! How clients of every wire reach an endpoint.

use std::io;
use std::sync::Arc;

use http::Uri;

use super::own::{Connect, Connects};
use super::socket::Plain;
use super::{Protocol, Socket, listener::no_delay, race};
use crate::endpoint::{Endpoint, unix_path};

/// Connects to endpoints, with TLS where their scheme says so. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Connector {
    /// What reaches them in place of TCP.
    own: Option<Arc<dyn Connects>>,
    #[cfg(feature = "tls")]
    tls: crate::tls::ClientTls,
}

impl Connector {
    /// Reaches endpoints by a way of one's own.
    pub(crate) fn by(mut self, own: impl Connect) -> Connector {
        self.own = Some(Arc::new(own));
        self
    }

    /// Trusts and shows what it says.
    #[cfg(feature = "tls")]
    pub(crate) fn secured(self, tls: crate::tls::ClientTls) -> Connector {
        Connector { tls, ..self }
    }

    /// A connection to an endpoint.
    ///
    /// # Errors
    /// When it does not answer, or does not prove to be who it should.
    pub(crate) async fn connect(&self, to: &Endpoint, protocol: Protocol) -> io::Result<Socket> {
        let uri = to.uri();
        if let Some(path) = unix_path(uri) {
            return unix(&path).await;
        }
        let secured = is_secured(uri);
        let stream = match &self.own {
            Some(own) => Plain::Own(own.connect(to).await?),
            None => {
                let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
                let port = uri.port_u16().unwrap_or(if secured { 443 } else { 80 });
                let stream = race::connect(host, port).await?;
                no_delay(&stream);
                Plain::Tcp(stream)
            }
        };
        if !secured {
            return Ok(Socket::Plain(stream));
        }
        #[cfg(feature = "tls")]
        return Ok(Socket::Tls(Box::new(self.tls.connect(to.host(), stream, protocol).await?.into())));
        #[cfg(not(feature = "tls"))]
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{protocol:?} over TLS needs the feature `tls`")))
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("own", &self.own.is_some()).finish_non_exhaustive()
    }
}

#[cfg(unix)]
async fn unix(path: &str) -> io::Result<Socket> {
    Ok(Socket::Plain(Plain::Unix(tokio::net::UnixStream::connect(path).await?)))
}

#[cfg(not(unix))]
async fn unix(_: &str) -> io::Result<Socket> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets here"))
}

/// Whether a scheme asks for TLS.
fn is_secured(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("https" | "wss" | "rpcs"))
}

#[cfg(feature = "http")]
pub(crate) use self::http_pool::{HttpConnector, PoolTimes};

/// What hyper's pool wants of it.
#[cfg(feature = "http")]
mod http_pool {
    use std::pin::Pin;
    use std::task::{Context as TaskContext, Poll};
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use futures_util::{FutureExt as _, TryFutureExt as _};
    use hyper::rt::{Read, ReadBufCursor, Write};
    use hyper_util::client::legacy::connect::{Connected, Connection};
    use hyper_util::rt::TokioIo;

    use super::*;
    use crate::net::dials::Dials;

    /// How long the connections of a pool are waited for, and kept for whoever needs one next.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct PoolTimes {
        pub(crate) connect_max: Duration,
        pub(crate) idle_max: Duration,
    }

    /// Makes the connections of a pool.
    #[derive(Clone, Debug)]
    pub(crate) struct HttpConnector {
        connector: Connector,
        protocol: Protocol,
        dials: Arc<Dials>,
    }

    impl HttpConnector {
        pub(crate) fn new(connector: Connector, protocol: Protocol, times: PoolTimes) -> HttpConnector {
            HttpConnector { connector, protocol, dials: Arc::new(Dials::new(times)) }
        }
    }

    impl tower::Service<Uri> for HttpConnector {
        type Response = HttpSocket;
        type Error = io::Error;
        type Future = BoxFuture<'static, io::Result<HttpSocket>>;

        fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, to: Uri) -> Self::Future {
            let (connector, endpoint) = (self.connector.clone(), Endpoint::of_uri(&to));
            // HTTP/2 would say the pool's word for an address that goes by a name.
            let protocol = if endpoint.is_named() { Protocol::Http1 } else { self.protocol };
            let dial = async move { connector.connect(&endpoint, protocol).await };
            self.dials.dial(to, dial).map_ok(|socket| HttpSocket { socket: TokioIo::new(socket) }).boxed()
        }
    }

    /// A connection that tells the pool which HTTP is spoken on it.
    #[derive(Debug)]
    pub(crate) struct HttpSocket {
        socket: TokioIo<Socket>,
    }

    impl Connection for HttpSocket {
        fn connected(&self) -> Connected {
            match self.socket.inner().is_http2() {
                true => Connected::new().negotiated_h2(),
                false => Connected::new(),
            }
        }
    }

    impl Read for HttpSocket {
        fn poll_read(
            mut self: Pin<&mut Self>,
            task: &mut TaskContext<'_>,
            buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.socket).poll_read(task, buffer)
        }
    }

    impl Write for HttpSocket {
        fn poll_write(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.socket).poll_write(task, bytes)
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            task: &mut TaskContext<'_>,
            pieces: &[io::IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.socket).poll_write_vectored(task, pieces)
        }

        fn is_write_vectored(&self) -> bool {
            self.socket.is_write_vectored()
        }

        fn poll_flush(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.socket).poll_flush(task)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.socket).poll_shutdown(task)
        }
    }
}
