//! Where connections come in.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::Instant;

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
    socket: TcpListener,
    protocol: Protocol,
    security: Security,
}

impl Listener {
    pub(crate) async fn bind(
        address: impl ToSocketAddrs,
        protocol: Protocol,
        security: Security,
    ) -> io::Result<Listener> {
        Ok(Listener { socket: TcpListener::bind(address).await?, protocol, security })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The next connection. One that cannot be accepted is told and passed over.
    pub(crate) async fn accept(&self) -> Arrival {
        loop {
            match self.socket.accept().await {
                Ok((stream, address)) => {
                    no_delay(&stream);
                    let (protocol, security) = (self.protocol, self.security.clone());
                    return Arrival { stream, address, protocol, security };
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
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
    stream: TcpStream,
    address: SocketAddr,
    protocol: Protocol,
    security: Security,
}

impl Arrival {
    /// Where it came from.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connection and who is at its other end, once both have agreed on how it is secured. Belongs in a task of the
    /// connection's own: a peer may take until the deadline.
    ///
    /// # Errors
    /// When the peer breaks off, shows no certificate that it must, or takes too long.
    pub(crate) async fn open(self, deadline: Instant) -> io::Result<(Socket, Peer)> {
        let Arrival { stream, address, protocol, security } = self;
        #[cfg(feature = "tls")]
        if let Some(tls) = security.tls {
            let opened = tokio::time::timeout_at(deadline, tls.accept(stream, protocol)).await;
            let (stream, identity) = opened
                .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the peer did not end the handshake of TLS"))??;
            return Ok((Socket::Tls(Box::new(stream.into())), Peer { address: Some(address), identity }));
        }
        let _ = (deadline, protocol, security);
        Ok((Socket::Tcp(stream), Peer { address: Some(address), identity: None }))
    }
}
