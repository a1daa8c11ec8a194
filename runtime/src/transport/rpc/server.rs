//! The native port of a server: accepts connections, and ends them in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::mux::Native;
use crate::server::{Bound, OpenPort, Port, Server};
use crate::transport::framed::{Operations, Session, StreamPipe};

/// The pause after a failed accept: it fails for want of file handles, which others must give back first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A port that listens for native RPC.
#[derive(Debug)]
struct NativePort {
    listener: TcpListener,
    operations: Arc<Operations<Native>>,
    connections_max: usize,
}

impl NativePort {
    /// What it is called.
    const NAME: &'static str = "native RPC";

    async fn bind(address: &str, operations: Operations<Native>, limits: &Limits) -> io::Result<NativePort> {
        let listener = TcpListener::bind(address).await?;
        let connections_max = limits.connections_max.clamp(1, Semaphore::MAX_PERMITS);
        Ok(NativePort { listener, operations: Arc::new(operations), connections_max })
    }

    /// Serves connections until `stop`, then ends them: each is asked for no new calls and ends with its last one.
    async fn serve_until(self, stop: CancellationToken) {
        // Dropping the set, when the drain time is over, cuts off what is left.
        let mut sessions = JoinSet::new();
        tokio::select! {
            () = self.accept(&mut sessions, &stop) => {}
            () = stop.cancelled() => {}
        }
        drop(self.listener);
        while sessions.join_next().await.is_some() {}
    }

    async fn accept(&self, sessions: &mut JoinSet<()>, stop: &CancellationToken) {
        loop {
            while sessions.try_join_next().is_some() {}
            if sessions.len() >= self.connections_max {
                sessions.join_next().await;
                continue;
            }
            match self.listener.accept().await {
                Ok((socket, peer)) => {
                    sessions.spawn(serve(socket, peer, Arc::clone(&self.operations), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

impl Port for NativePort {
    fn name(&self) -> &'static str {
        NativePort::NAME
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn run_until(self: Box<Self>, stop: CancellationToken) -> BoxFuture<'static, ()> {
        self.serve_until(stop).boxed()
    }
}

impl Server {
    /// Serves native RPC as well, on a port of its own: `127.0.0.1:8081`; port 0 takes a free one.
    pub fn native(self, address: impl Into<String>) -> Server {
        let address = address.into();
        let open: OpenPort = Box::new(move |mounted, limits| {
            let operations = Operations::new(std::mem::take(&mut mounted.calls), &limits);
            async move {
                let port = NativePort::bind(&address, operations, &limits).await?;
                Ok(Box::new(port) as Box<dyn Port>)
            }
            .boxed()
        });
        self.port(NativePort::NAME, open)
    }

    /// Listens for native RPC only, where [`native`](Server::native) says.
    ///
    /// # Errors
    /// When that address cannot be listened at, or none was said.
    pub async fn bind_native(self) -> io::Result<Bound> {
        if !self.has_port(NativePort::NAME) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no address was said for native RPC"));
        }
        self.bind_own_ports().await
    }
}

impl Bound {
    /// The address at which it listens for native RPC.
    ///
    /// # Errors
    /// When it does not listen for native RPC, or the system does not tell.
    pub fn native_addr(&self) -> io::Result<SocketAddr> {
        self.addr_of(NativePort::NAME)
    }
}

async fn serve(socket: TcpStream, peer: SocketAddr, operations: Arc<Operations<Native>>, stop: CancellationToken) {
    // Answers are written whole; waiting for more to send only costs time.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let cx = Context::received(Some(peer), None, None, Metadata::default());
    match Session::new(StreamPipe::new(socket), operations, cx, stop.cancelled_owned()).run().await {
        Ok(Some(close)) => tracing::debug!(%close, %peer, "a connection was ended"),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, %peer, "a connection broke"),
    }
}
