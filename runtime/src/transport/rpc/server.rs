//! The native port of a server: accepts connections, and ends them in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::{Carried, Context};
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::mux::Native;
use crate::net::{Address, Arrival, Listener, Protocol, Security};
use crate::port::{OpenPort, Port};
use crate::transport::framed::{Operations, Session, StreamPipe};

/// A port that listens for native RPC.
#[derive(Debug)]
pub(crate) struct NativePort {
    listener: Listener,
    operations: Arc<Operations<Native>>,
    connections_max: usize,
    handshake_time_max: Duration,
}

impl NativePort {
    /// What it is called.
    pub(crate) const NAME: &'static str = "native RPC";

    /// Listens at an address, for the calls that are mounted.
    pub(crate) fn open(address: Address) -> OpenPort {
        Box::new(move |mounted, limits, security| {
            let operations = Operations::new(std::mem::take(&mut mounted.calls), &limits);
            async move {
                let port = NativePort::bind(address, security, operations, &limits).await?;
                Ok(Box::new(port) as Box<dyn Port>)
            }
            .boxed()
        })
    }

    async fn bind(
        address: Address,
        security: Security,
        operations: Operations<Native>,
        limits: &Limits,
    ) -> io::Result<NativePort> {
        let listener = Listener::bind(address, Protocol::Native, security).await?;
        let connections_max = limits.connections_max.clamp(1, Semaphore::MAX_PERMITS);
        Ok(NativePort {
            listener,
            operations: Arc::new(operations),
            connections_max,
            handshake_time_max: limits.header_time_max,
        })
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
            let arrival = self.listener.accept().await;
            let secured_until = Instant::now() + self.handshake_time_max;
            sessions.spawn(serve(arrival, secured_until, Arc::clone(&self.operations), stop.clone()));
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

/// Serves a connection from its handshake on. It counts as an open one meanwhile.
async fn serve(arrival: Arrival, secured_until: Instant, operations: Arc<Operations<Native>>, stop: CancellationToken) {
    let address = arrival.address();
    let (socket, peer) = match arrival.open(secured_until).await {
        Ok(opened) => opened,
        Err(error) => return tracing::debug!(%error, peer = ?address, "a connection was not secured"),
    };
    let cx = Context::received(peer, Carried::default(), Metadata::default());
    match Session::new(StreamPipe::new(socket), operations, cx, stop.cancelled_owned()).run().await {
        Ok(Some(close)) => tracing::debug!(%close, peer = ?address, "a connection was ended"),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, peer = ?address, "a connection broke"),
    }
}
