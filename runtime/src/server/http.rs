//! The HTTP port of a server: REST, and whatever else speaks HTTP; accepts connections and ends them in order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::future::Either;
use http::{HeaderValue, header};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::cors;
use super::greeting::Greeted;
use crate::limits::Limits;
use crate::net::{Arrival, Listener, Socket};
use crate::peer::Peer;
use crate::port::Port;
use crate::serving::{Sessions, Shared};

/// How long connections stay open to tell their peer, with the next answer, that they close. Closing an idle connection
/// at once may cross a request that is on its way, which would be lost.
const LINGER: Duration = Duration::from_millis(500);

/// The bound that hyper has anyway. For this one it has room on the stack; it makes and clears a table for each request
/// when told any, be it the same.
const HYPER_HEADERS_MAX: usize = 100;

/// A port that listens for HTTP.
#[derive(Debug)]
pub(super) struct HttpPort {
    listener: Listener,
    front: Front,
    limits: Limits,
    /// Connections that came in here and are no longer HTTP's. They have their places among the open ones, and end with them.
    elsewhere: Sessions,
}

impl HttpPort {
    /// What it is called.
    pub(super) const NAME: &'static str = "HTTP";

    pub(super) fn new(listener: Listener, front: Front, limits: Limits, shared: &Shared) -> HttpPort {
        HttpPort { listener, front, limits, elsewhere: shared.sessions.clone() }
    }

    /// Serves connections until `stop`, then ends them, each behind its last answer.
    async fn serve_until(self, stop: CancellationToken) {
        // Dropping the connections, when the drain time is over, cuts off what is left.
        let mut connections = Connections::new(&self.limits, self.elsewhere.clone());
        let _cut_off = self.elsewhere.cut_off_when_dropped();
        tokio::select! {
            () = connections.accept(&self.listener, &self.front) => {}
            () = stop.cancelled() => {}
        }
        drop(self.listener);
        connections.close().await;
        self.elsewhere.all_ended().await;
    }
}

impl Port for HttpPort {
    fn name(&self) -> &'static str {
        HttpPort::NAME
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn run_until(self: Box<Self>, stop: CancellationToken) -> BoxFuture<'static, ()> {
        self.serve_until(stop).boxed()
    }
}

/// What answers requests: the routes, behind what is alike for all of them.
#[derive(Clone, Debug)]
pub(super) struct Front {
    routes: Router,
    cors: Option<Arc<cors::Ready>>,
}

impl Front {
    pub(super) fn new(routes: Router, cors: Option<cors::Ready>) -> Front {
        Front { routes, cors: cors.map(Arc::new) }
    }

    fn answer(
        &self,
        request: http::Request<hyper::body::Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + use<> {
        let mut routes = self.routes.clone();
        match &self.cors {
            None => Either::Left(routes.call(request)),
            Some(cors) => {
                let cors = Arc::clone(cors);
                // Boxed, for it is long, and every request's task would be as long.
                Either::Right(Box::pin(async move { cors.answer(request.map(Body::new), routes).await }))
            }
        }
    }
}

/// The open connections of a server.
struct Connections {
    builder: Arc<auto::Builder<TokioExecutor>>,
    graceful: GracefulShutdown,
    open: JoinSet<()>,
    elsewhere: Sessions,
    open_max: usize,
    greeting_time_max: Duration,
    closing: Arc<AtomicBool>,
}

impl Connections {
    fn new(limits: &Limits, elsewhere: Sessions) -> Connections {
        Connections {
            builder: Arc::new(connection_builder(limits)),
            graceful: GracefulShutdown::new(),
            open: JoinSet::new(),
            elsewhere,
            open_max: limits.connections_max.max(1),
            greeting_time_max: limits.header_time_max,
            closing: Arc::default(),
        }
    }

    /// Accepts and serves connections, for ever.
    async fn accept(&mut self, listener: &Listener, front: &Front) {
        loop {
            while self.open.try_join_next().is_some() {}
            if self.open.len() + self.elsewhere.open() >= self.open_max {
                tokio::select! {
                    Some(_) = self.open.join_next() => {}
                    () = self.elsewhere.one_ended() => {}
                }
                continue;
            }
            let arrival = listener.accept().await;
            self.serve(arrival, front.clone());
        }
    }

    /// Serves one connection from its handshake on. It counts as an open one meanwhile.
    fn serve(&mut self, arrival: Arrival, front: Front) {
        let connection = Connection {
            builder: Arc::clone(&self.builder),
            watcher: self.graceful.watcher(),
            closing: Arc::clone(&self.closing),
            front,
        };
        let greeted_until = Instant::now() + self.greeting_time_max;
        self.open.spawn(async move {
            let peer = arrival.address();
            match arrival.open(greeted_until).await {
                Ok((socket, peer)) => connection.serve(socket, peer, greeted_until).await,
                Err(error) => tracing::debug!(%error, ?peer, "a connection was not secured"),
            }
        });
    }

    /// Ready when all connections are closed, each behind its last answer.
    async fn close(self) {
        let Connections { graceful, mut open, closing, .. } = self;
        closing.store(true, Ordering::Relaxed);
        let all_closed = async { while open.join_next().await.is_some() {} };
        if tokio::time::timeout(LINGER, all_closed).await.is_err() {
            graceful.shutdown().await;
        }
    }
}

/// A connection with what it is served by.
struct Connection {
    builder: Arc<auto::Builder<TokioExecutor>>,
    watcher: Watcher,
    closing: Arc<AtomicBool>,
    front: Front,
}

impl Connection {
    /// Answers its requests, HTTP/1.1 or HTTP/2 as the peer wants.
    async fn serve(self, socket: Socket, peer: Peer, greeted_until: Instant) {
        let Connection { builder, watcher, closing, front } = self;
        let address = peer.address;
        let service = hyper::service::service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer.clone());
            let says_close = request.version() <= http::Version::HTTP_11;
            let answer = front.answer(request);
            let closing = Arc::clone(&closing);
            async move {
                let mut response = answer.await?;
                if says_close && closing.load(Ordering::Relaxed) {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let socket = TokioIo::new(Greeted::new(socket, greeted_until));
        let connection = builder.serve_connection_with_upgrades(socket, service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, peer = ?address, "a connection broke");
        }
    }
}

// Not `pipeline_flush`: with it hyper 1.12 never flushes its answer to headers that are too large (431), since what was
// read of them counts as a further request in the pipeline.
fn connection_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time_max)
        .max_buf_size(limits.header_bytes_max.max(8 * 1024));
    if limits.headers_max != HYPER_HEADERS_MAX {
        builder.http1().max_headers(limits.headers_max);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.header_time_max)
        .keep_alive_timeout(limits.header_time_max)
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    builder
}
