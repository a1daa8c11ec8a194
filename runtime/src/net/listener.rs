//! Where connections come in.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::address::{Address, At};
use super::own::OwnPlace;
use super::socket::Plain;
#[cfg(unix)]
use super::unix;
use super::{Protocol, Socket};
use crate::peer::Peer;

/// The pause after a failed accept: it fails for want of file handles, which others must give back first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How the connections of a server are secured; by nothing unless said otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Security {
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Acceptor>,
}

/// A place that connections come in at.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Listening,
    protocol: Protocol,
    security: Security,
}

#[derive(Debug)]
enum Listening {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        _file: unix::SocketFile,
    },
    Own(OwnPlace),
}

/// A port; an error says which.
async fn tcp(address: &str) -> io::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

impl Listener {
    pub(crate) async fn bind(address: Address, protocol: Protocol, security: Security) -> io::Result<Listener> {
        let socket = match address.at {
            At::Name(name) => Listening::Tcp(tcp(&name).await?),
            At::Tcp(address) => Listening::Tcp(tcp(&address.to_string()).await?),
            #[cfg(unix)]
            At::Unix { path, mode } => {
                let (listener, file) = unix::bind(path, mode).await?;
                Listening::Unix { listener, _file: file }
            }
            At::Own(place) => Listening::Own(place),
            #[cfg(not(unix))]
            At::Unix { .. } => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, "there are no Unix sockets here"));
            }
        };
        Ok(Listener { socket, protocol, security })
    }

    /// Its address.
    ///
    /// # Errors
    /// When it is a path, or the system does not tell.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.socket {
            Listening::Tcp(listener) => listener.local_addr(),
            #[cfg(unix)]
            Listening::Unix { .. } => Err(io::ErrorKind::AddrNotAvailable.into()),
            Listening::Own(OwnPlace(place)) => place.local_addr(),
        }
    }

    /// The next connection. One that cannot be accepted is told and passed over.
    pub(crate) async fn accept(&self) -> Arrival {
        loop {
            match self.accepted().await {
                Ok((socket, address)) => {
                    let (protocol, security) = (self.protocol, self.security.clone());
                    return Arrival { socket, address, protocol, security };
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn accepted(&self) -> io::Result<(Plain, Option<SocketAddr>)> {
        match &self.socket {
            Listening::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                no_delay(&stream);
                Ok((Plain::Tcp(stream), Some(address)))
            }
            #[cfg(unix)]
            Listening::Unix { listener, .. } => Ok((Plain::Unix(listener.accept().await?.0), None)),
            Listening::Own(OwnPlace(place)) => {
                let (stream, address) = place.accept().await?;
                Ok((Plain::Own(stream), address))
            }
        }
    }
}

/// Answers are written whole; waiting for more to send only costs time.
pub(super) fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
}

/// A connection that was accepted and is not secured yet.
#[derive(Debug)]
pub(crate) struct Arrival {
    socket: Plain,
    address: Option<SocketAddr>,
    protocol: Protocol,
    security: Security,
}

impl Arrival {
    /// Where it came from; nowhere over a Unix socket.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The connection and who is at its other end, once both have agreed on how it is secured. Belongs in a task of the
    /// connection's own: a peer may take until the deadline.
    ///
    /// # Errors
    /// When the peer breaks off, shows no certificate that it must, or takes too long.
    pub(crate) async fn open(self, deadline: Instant) -> io::Result<(Socket, Peer)> {
        let Arrival { socket, address, protocol, security } = self;
        match socket {
            #[cfg(feature = "tls")]
            stream
                if !stream.is_unix()
                    && let Some(tls) = security.tls =>
            {
                let opened = tokio::time::timeout_at(deadline, tls.accept(stream, protocol)).await;
                let (stream, identity) = opened.map_err(|_| {
                    io::Error::new(io::ErrorKind::TimedOut, "the peer did not end the handshake of TLS")
                })??;
                Ok((Socket::Tls(Box::new(stream.into())), Peer { address, identity }))
            }
            socket => {
                let _ = (deadline, protocol, security);
                Ok((Socket::Plain(socket), Peer { address, identity: None }))
            }
        }
    }
}
