//! The server: one builder for all services and wires, and an orderly end.

#[cfg(feature = "http")]
mod fallback;
#[cfg(feature = "http")]
mod greeting;
#[cfg(feature = "http")]
mod http;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "http")]
use tokio::net::ToSocketAddrs;
use tokio_util::sync::CancellationToken;

use crate::admission::Gate;
use crate::idempotency::{IdempotencyLimits, IdempotencyTable};
use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{Bus, BusAddress, Consumers};
use crate::mount::{Mount, Mounted};
use crate::operation::Served;
use crate::serving::Shared;
#[cfg(feature = "grpc")]
use crate::serving::Unawaited;
#[cfg(feature = "grpc")]
use crate::transport::grpc;
#[cfg(feature = "ws")]
use crate::transport::ws;
#[cfg(feature = "rpc")]
use crate::transport::{framed::Operations, rpc::NativePort};

/// How long calls in flight may take to end once the server is told to stop.
const DRAIN_TIME_DEFAULT: Duration = Duration::from_secs(30);

/// Serves services over their wires.
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```text")]
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
    #[cfg(feature = "http")]
    routes: axum::Router,
    #[cfg(feature = "ws")]
    allowed_origins: Vec<String>,
    #[cfg(feature = "rpc")]
    native: Option<String>,
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
            #[cfg(feature = "http")]
            routes: axum::Router::new(),
            #[cfg(feature = "ws")]
            allowed_origins: Vec::new(),
            #[cfg(feature = "rpc")]
            native: None,
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

    /// Serves further routes of your own on the HTTP port: a health check, static files below a path of their own.
    ///
    /// What no route answers is answered by the server, with a problem document; a fallback of these routes is not used.
    /// A route `/{*path}` does what a fallback would.
    ///
    /// # Panics
    /// When two of these routes have the same path and verb. [`bind`](Server::bind) panics when one of them has path and
    /// verb of an operation.
    #[cfg(feature = "http")]
    pub fn routes(mut self, routes: axum::Router) -> Server {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Lets pages of these origins (`https://shop.example`) open WebSockets, beside those of the server's own host. Who sends
    /// no `Origin` is no browser, and may as well.
    ///
    /// ```
    /// let server = wireloom::Server::new().allowed_origins(["https://shop.example"]);
    /// ```
    #[cfg(feature = "ws")]
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Server {
        self.allowed_origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Serves native RPC as well, on a port of its own: `127.0.0.1:8081`; port 0 takes a free one.
    #[cfg(feature = "rpc")]
    pub fn native(mut self, address: impl Into<String>) -> Server {
        self.native = Some(address.into());
        self
    }

    /// Handles the events of its services on a broker: a URL such as `nats://127.0.0.1:4222`, or a
    /// [`Bus`] that is shared with those who publish. Handlers of a server without broker listen on a bus of their own.
    #[cfg(feature = "broker")]
    pub fn broker(mut self, bus: impl Into<BusAddress>) -> Server {
        self.broker = Some(bus.into());
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

    /// Listens for HTTP at an address, and for native RPC where [`native`](Server::native) says; port 0 takes a free one.
    ///
    /// # Errors
    /// When an address cannot be listened at.
    #[cfg(feature = "http")]
    pub async fn bind(mut self, address: impl ToSocketAddrs) -> io::Result<Bound> {
        let (mut mounted, shared, gate) = self.mount();
        let routes = std::mem::take(&mut self.routes).merge(std::mem::take(&mut mounted.router));
        #[cfg(all(feature = "ws", feature = "broker"))]
        mounted.feeds.extend(mounted.places.iter().flat_map(ws::Place::feeds));
        #[cfg(feature = "ws")]
        let routes = ws::route(routes, std::mem::take(&mut mounted.places), &self.limits, &self.allowed_origins);
        // Given its state, axum makes the routes now; without, it makes them anew for each request.
        let routes = fallback::answered(routes).with_state(());
        let http = http::HttpPort::bind(address, routes, self.limits, &shared).await?;
        let bound = self.bind_mounted(mounted, shared, gate).await?;
        Ok(Bound { http: Some(http), ..bound })
    }

    /// Listens for native RPC only, where [`native`](Server::native) says.
    ///
    /// # Errors
    /// When that address cannot be listened at, or none was said.
    #[cfg(feature = "rpc")]
    pub async fn bind_native(mut self) -> io::Result<Bound> {
        if self.native.is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no address was said for native RPC"));
        }
        let (mounted, shared, gate) = self.mount();
        self.bind_mounted(mounted, shared, gate).await
    }

    /// Puts all services on their wires.
    fn mount(&mut self) -> (Mounted, Shared, Arc<Gate>) {
        let gate = Arc::new(Gate::default());
        let shared = Shared::new(gate.clone(), self.idempotency);
        let mut all = Mounted::default();
        for mount in self.mounts.drain(..) {
            all.merge(mount(&shared, self.limits));
        }
        #[cfg(feature = "grpc")]
        {
            let standard = grpc::standard_routes(&all.grpc, &shared, self.limits);
            all.router = std::mem::take(&mut all.router).merge(standard);
        }
        (all, shared, gate)
    }

    /// Listens at the ports that are not HTTP's, and joins the broker.
    #[cfg_attr(
        not(any(feature = "rpc", feature = "broker")),
        expect(clippy::unused_async, reason = "only native RPC and brokers are met here")
    )]
    async fn bind_mounted(self, mounted: Mounted, shared: Shared, gate: Arc<Gate>) -> io::Result<Bound> {
        #[cfg(not(feature = "rpc"))]
        let _ = &mounted;
        let Shared { idempotency, stopping, .. } = shared.clone();
        #[cfg(feature = "grpc")]
        let unawaited = shared.unawaited.clone();
        #[cfg(not(feature = "broker"))]
        drop(shared);
        #[cfg(feature = "broker")]
        let consumers = {
            let bus = match self.broker {
                Some(address) => address.connected().await?,
                None => Bus::memory(),
            };
            let consumers = Consumers::join(bus, mounted.handlers, shared.admission, self.limits).await?;
            #[cfg(feature = "ws")]
            let consumers = {
                let mut consumers = consumers;
                consumers.follow(mounted.feeds).await?;
                consumers
            };
            consumers
        };
        Ok(Bound {
            #[cfg(feature = "http")]
            http: None,
            #[cfg(feature = "rpc")]
            native: match &self.native {
                None => None,
                Some(address) => {
                    let operations = Operations::new(mounted.calls, &self.limits);
                    Some(NativePort::bind(address, operations, &self.limits).await?)
                }
            },
            #[cfg(feature = "broker")]
            consumers,
            gate,
            idempotency,
            #[cfg(feature = "grpc")]
            unawaited,
            stopping,
            drain_time: self.drain_time,
        })
    }

    /// Listens at an address and serves until the process is told to stop (SIGTERM, or Ctrl-C), then drains.
    ///
    /// # Errors
    /// When the address cannot be listened at, or signals cannot be heard.
    #[cfg(feature = "http")]
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
    #[cfg(feature = "http")]
    http: Option<http::HttpPort>,
    #[cfg(feature = "rpc")]
    native: Option<NativePort>,
    #[cfg(feature = "broker")]
    consumers: Consumers,
    gate: Arc<Gate>,
    idempotency: Arc<IdempotencyTable>,
    #[cfg(feature = "grpc")]
    unawaited: Unawaited,
    stopping: CancellationToken,
    drain_time: Duration,
}

impl Bound {
    /// The address at which it listens for HTTP.
    ///
    /// # Errors
    /// When it does not listen for HTTP, or the system does not tell.
    #[cfg(feature = "http")]
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.http.as_ref().ok_or(io::ErrorKind::AddrNotAvailable)?.local_addr()
    }

    /// The address at which it listens for native RPC.
    ///
    /// # Errors
    /// When it does not listen for native RPC, or the system does not tell.
    #[cfg(feature = "rpc")]
    pub fn native_addr(&self) -> io::Result<SocketAddr> {
        self.native.as_ref().ok_or(io::ErrorKind::AddrNotAvailable)?.local_addr()
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
    /// every event in hand end (for the drain time at most), and closes. All ports and the broker drain together.
    ///
    /// A keyed call that nobody awaits any more is a call in hand. A stream out that waits for its next item ends with
    /// `unavailable`: it might wait for ever.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let Bound { gate, idempotency, stopping, drain_time, .. } = self;
        let ports = async {
            tokio::join!(
                async {
                    #[cfg(feature = "http")]
                    if let Some(http) = self.http {
                        http.run_until(stopping.clone()).await;
                    }
                },
                async {
                    #[cfg(feature = "rpc")]
                    if let Some(native) = self.native {
                        native.run_until(stopping.clone()).await;
                    }
                },
                async {
                    #[cfg(feature = "broker")]
                    {
                        let mut consumers = self.consumers;
                        consumers.start();
                        stopping.cancelled().await;
                        consumers.drain().await;
                    }
                },
            );
            idempotency.all_ended().await;
            #[cfg(feature = "grpc")]
            self.unawaited.all_ended().await;
        };
        let ends = async {
            stop.await;
            tracing::info!(in_flight = gate.in_flight(), "stopping: no new connections, calls in flight go on");
            stopping.cancel();
            tokio::time::sleep(drain_time).await;
        };
        tokio::select! {
            _ = ports => {}
            () = ends => {
                tracing::warn!(in_flight = gate.in_flight(), "stopped with calls in flight: the drain time is over");
            }
        }
    }
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
