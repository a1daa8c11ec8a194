//! A port: where calls or events come in to a server. Serving and draining know nothing else of them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;
use crate::mount::Mounted;

/// The pause after a failed accept: it fails for want of file handles, which others must give back first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where calls or events come in.
pub(crate) trait Port: std::fmt::Debug + Send {
    /// What it is called when it is spoken of; a server has one port of each name.
    fn name(&self) -> &'static str;

    /// The address that it listens at.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// Serves until `stop`, then takes nothing new and ends with what is in hand. Dropped before that, it cuts off what is left.
    fn run_until(self: Box<Self>, stop: CancellationToken) -> BoxFuture<'static, ()>;
}

/// Listens once all is mounted, for what was mounted.
pub(crate) type OpenPort =
    Box<dyn for<'m> FnOnce(&'m mut Mounted, Limits) -> BoxFuture<'m, io::Result<Box<dyn Port>>> + Send>;

/// The next connection. One that cannot be accepted is told and passed over.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole; waiting for more to send only costs time.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
