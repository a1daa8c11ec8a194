//! A port: where calls or events come in to a server. Serving and draining know nothing else of them.

use std::io;
use std::net::SocketAddr;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;
use crate::mount::Mounted;
use crate::net::Security;

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
    Box<dyn for<'m> FnOnce(&'m mut Mounted, Limits, Security) -> BoxFuture<'m, io::Result<Box<dyn Port>>> + Send>;
