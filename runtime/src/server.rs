//! The server: one builder for all services and wires, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use http::{HeaderValue, header};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service as _;

use crate::admission::Gate;
use crate::idempotency::{IdempotencyLimits, IdempotencyTable};
use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{Bus, BusAddress, Consumers};
use crate::mount::{Mount, Mounted};
use crate::operation::Served;
use crate::serving::Shared;
use crate::transport::rest;

/// How long calls in flight may take to end once the server is told to stop.
const DRAIN_TIME_DEFAULT: Duration = Duration::from_secs(30);

/// How long connections stay open to tell their peer, with the next answer, that they close. Closing an idle connection
/// at once may cross a request that is on its way, which would be lost.
const LINGER: Duration = Duration::from_millis(500);

/// The pause after a failed accept: it fails for want of file handles, which others must give back first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves services over their wires.
///
/// ```no_run
/// # use wireloom::{Mount, Served, Server, ServiceFacts};
/// # struct OrdersServer;
/// # impl Served for OrdersServer {
/// #     const FACTS: &'static ServiceFacts = &ServiceFacts { package: "shop", name: "Orders", operations: &[] };
/// #     fn mount(_: &mut Mount<Self>) {}
/// # }
/// # async fn start() -> std::io::Result<()> {
/// Server::new().serve(OrdersServer).run("127.0.0.1:8080").await
/// # }
/// ```
#[must_use = "a server serves once it is run"]
pub struct Server {
    limits: Limits,
    idempotency: IdempotencyLimits,
    drain_time: Duration,
    mounts: Vec<MountLater>,
    routes: Router,
    #[cfg(feature = "broker")]
    broker: Option<BusAddress>,
}

/// Mounts a service once the server's bounds are known.
type MountLater = Box<dyn FnOnce(&Shared, Limits) -> Mounted + Send>;

impl Default for Server {
    fn default() -> Server {
        Server::new()
    }
}

impl Server {
    /// A server of nothing yet.
    pub fn new() -> Server {
        Server {
            limits: Limits::default(),
            idempotency: IdempotencyLimits::default(),
            drain_time: DRAIN_TIME_DEFAULT,
            mounts: Vec::new(),
            routes: Router::new(),
            #[cfg(feature = "broker")]
            broker: None,
        }
    }

    /// Serves a service: the generated `OrdersServer::new(shop)`.
    pub fn serve<S: Served>(mut self, service: S) -> Server {
        self.mounts.push(Box::new(|shared, limits| {
            let mut mount = Mount::new(service, shared.clone(), limits);
            S::mount(&mut mount);
            mount.into_mounted()
        }));
        self
    }

    /// Handles the events of its services on a broker: a URL such as `nats://127.0.0.1:4222`, or a
    /// [`Bus`] that is shared with those who publish. Handlers of a server without broker listen on a bus of their own.
    #[cfg(feature = "broker")]
    pub fn broker(mut self, bus: impl Into<BusAddress>) -> Server {
        self.broker = Some(bus.into());
        self
    }

    /// Serves further routes of your own on the HTTP port: a health check, static files.
    pub fn routes(mut self, routes: Router) -> Server {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Bounds what peers may send.
    pub fn limits(mut self, limits: Limits) -> Server {
        self.limits = limits;
        self
    }

    /// Bounds the table of keyed calls.
    pub fn idempotency(mut self, limits: IdempotencyLimits) -> Server {
        self.idempotency = limits;
        self
    }

    /// How long calls in flight may take to end once the server is told to stop. 30 seconds unless said otherwise.
    pub fn drain_time(mut self, time: Duration) -> Server {
        self.drain_time = time;
        self
    }

    /// Listens at an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened at, or the broker cannot be reached.
    pub async fn bind(self, address: impl ToSocketAddrs) -> io::Result<Bound> {
        let listener = TcpListener::bind(address).await?;
        let gate = Arc::new(Gate::default());
        let idempotency = Arc::new(IdempotencyTable::new(self.idempotency));
        let shared = Shared { admission: gate.clone(), idempotency };
        let limits = self.limits;
        let mounted: Vec<Mounted> = self.mounts.into_iter().map(|mount| mount(&shared, limits)).collect();
        #[cfg(feature = "broker")]
        let (mounted, consumers) = {
            let mut mounted = mounted;
            let handlers: Vec<_> =
                mounted.iter_mut().flat_map(|mounted| std::mem::take(&mut mounted.handlers)).collect();
            let bus = match self.broker {
                Some(address) => address.connected().await?,
                None => Bus::memory(),
            };
            (mounted, Consumers::join(bus, handlers, shared.admission, limits).await?)
        };
        let router = mounted.into_iter().fold(self.routes, |router, mounted| router.merge(mounted.router));
        Ok(Bound {
            listener,
            router: rest::fallbacks(router),
            gate,
            limits,
            drain_time: self.drain_time,
            #[cfg(feature = "broker")]
            consumers,
        })
    }

    /// Listens at an address and serves until the process is told to stop (SIGTERM, or Ctrl-C), then drains.
    ///
    /// # Errors
    /// When the address cannot be listened at, or signals cannot be heard.
    pub async fn run(self, address: impl ToSocketAddrs) -> io::Result<()> {
        self.bind(address).await?.run().await
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A server that listens and does not serve yet.
#[must_use = "a bound server serves once it is run"]
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    router: Router,
    gate: Arc<Gate>,
    limits: Limits,
    drain_time: Duration,
    #[cfg(feature = "broker")]
    consumers: Consumers,
}

impl Bound {
    /// The address it listens at.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the process is told to stop (SIGTERM, or Ctrl-C), then drains.
    ///
    /// # Errors
    /// When signals cannot be heard.
    pub async fn run(self) -> io::Result<()> {
        let stop = stop_signal()?;
        self.run_until(stop).await;
        Ok(())
    }

    /// Serves until `stop` is ready, then drains: takes no new connection and fetches no more events, lets every call and
    /// every event in hand end (for the drain time at most), and closes.
    #[cfg_attr(not(feature = "broker"), expect(unused_mut, reason = "only consumers change"))]
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) {
        let connections = Connections::new(&self.limits);
        #[cfg(feature = "broker")]
        self.consumers.start();
        tokio::select! {
            () = connections.accept(&self.listener, &self.router) => {}
            () = stop => {}
        }
        drop(self.listener);
        tracing::info!(in_flight = self.gate.in_flight(), "stopping: no new connections, calls in flight go on");
        #[cfg(feature = "broker")]
        let drained = async { tokio::join!(connections.close(), self.consumers.drain()) };
        #[cfg(not(feature = "broker"))]
        let drained = connections.close();
        if tokio::time::timeout(self.drain_time, drained).await.is_err() {
            tracing::warn!(in_flight = self.gate.in_flight(), "stopped with calls in flight: the drain time is over");
        }
    }
}

/// The open connections of a server.
struct Connections {
    builder: auto::Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    /// A permit for each connection that may still be opened.
    places: Arc<Semaphore>,
    places_max: u32,
    closing: Arc<AtomicBool>,
}

impl Connections {
    fn new(limits: &Limits) -> Connections {
        let places_max = u32::try_from(limits.connections_max.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Connections {
            builder: connection_builder(limits),
            graceful: GracefulShutdown::new(),
            places: Arc::new(Semaphore::new(places_max as usize)),
            places_max,
            closing: Arc::default(),
        }
    }

    /// Accepts and serves connections, for ever.
    async fn accept(&self, listener: &TcpListener, router: &Router) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer, router.clone(), place),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves one connection, HTTP/1.1 or HTTP/2 as the peer wants.
    fn serve(&self, stream: TcpStream, peer: SocketAddr, router: Router, place: OwnedSemaphorePermit) {
        // Answers are written whole; waiting for more to send only costs time.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let closing = Arc::clone(&self.closing);
        let service = hyper::service::service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            let says_close = request.version() <= http::Version::HTTP_11;
            let answer = router.clone().call(request);
            let closing = Arc::clone(&closing);
            async move {
                let mut response = answer.await?;
                if says_close && closing.load(Ordering::Relaxed) {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let connection = self.builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let connection = self.graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection broke");
            }
            drop(place);
        });
    }

    /// Ready when all connections are closed, each behind its last answer.
    async fn close(self) {
        self.closing.store(true, Ordering::Relaxed);
        let all_closed = self.places.acquire_many(self.places_max);
        if tokio::time::timeout(LINGER, all_closed).await.is_err() {
            self.graceful.shutdown().await;
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
        .max_buf_size(limits.header_bytes_max.max(8 * 1024))
        .max_headers(limits.headers_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    builder
}

/// Ready when the process is told to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            () = interrupt => {}
        }
        #[cfg(not(unix))]
        interrupt.await;
    })
}
