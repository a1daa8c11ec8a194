//! The server: one builder for all services and wires, and an orderly end.
//!
//! It mounts services, opens ports and drains them, and knows a port only as a [`Port`]: what is spoken there is the business of
//! its wire. What users say of a port of its own stands in a file beside: [`Server::native`].

#[cfg(feature = "http")]
mod cors;
#[cfg(feature = "http")]
mod fallback;
#[cfg(feature = "http")]
mod greeting;
#[cfg(feature = "http")]
mod http;
mod leaving;
#[cfg(feature = "rpc")]
mod native;

#[cfg(feature = "http")]
pub use cors::Cors;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::admission::Gate;
use crate::auth::{Guard, Verifier};
use crate::facts::{Scheme, ServiceFacts};
use crate::idempotency::{IdempotencyLimits, IdempotencyStore, IdempotencyTable};
use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{Bus, BusAddress, Consumers};
use crate::metrics;
use crate::mount::{Mount, Mounted};
use crate::net::Security;
#[cfg(feature = "http")]
use crate::net::{Address, Listener, Protocol};
use crate::operation::Served;
use crate::policy::{Policies, Stay};
use crate::port::{OpenPort, Port};
use crate::serving::Shared;
#[cfg(feature = "tls")]
use crate::tls::{Acceptor, Tls};
use leaving::{Leaving, LeavingOptions};

/// How long calls in flight may take to end once the server is told to stop.
const DRAIN_TIME_DEFAULT: Duration = Duration::from_secs(30);

/// Serves services over their wires.
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```text")]
/// # use wireloom::{Auth, Mount, Served, Server, ServiceFacts};
/// # struct OrdersServer;
/// # impl Served for OrdersServer {
/// #     const FACTS: &'static ServiceFacts = &ServiceFacts { package: "shop", name: "Orders", auth: Auth::PUBLIC, operations: &[], handlers: &[] };
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
    idempotency_store: Option<Arc<dyn IdempotencyStore>>,
    policies: Policies,
    drain_time: Duration,
    leaving: LeavingOptions,
    mounts: Vec<MountLater>,
    /// What is served.
    services: Vec<&'static ServiceFacts>,
    guard: Guard,
    /// Ports of wires that have their own, by name.
    ports: BTreeMap<&'static str, OpenPort>,
    #[cfg(feature = "http")]
    routes: axum::Router,
    /// Stands around all of them.
    #[cfg(all(feature = "http", feature = "tower"))]
    around: Option<Box<dyn FnOnce(axum::Router) -> axum::Router + Send>>,
    #[cfg(feature = "http")]
    origins: crate::origins::Origins,
    #[cfg(feature = "http")]
    cors: Option<Cors>,
    #[cfg(feature = "rest")]
    answers: crate::transport::rest::Answers,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    #[cfg(feature = "broker")]
    broker: Option<BusAddress>,
}

/// Mounts a service once the server's bounds are known.
type MountLater = Box<dyn FnOnce(&Shared, Limits, Mounted) -> Mounted + Send>;

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
            idempotency_store: None,
            policies: Policies::default(),
            drain_time: DRAIN_TIME_DEFAULT,
            leaving: LeavingOptions::default(),
            mounts: Vec::new(),
            services: Vec::new(),
            guard: Guard::default(),
            ports: BTreeMap::new(),
            #[cfg(feature = "http")]
            routes: axum::Router::new(),
            #[cfg(all(feature = "http", feature = "tower"))]
            around: None,
            #[cfg(feature = "http")]
            origins: crate::origins::Origins::default(),
            #[cfg(feature = "http")]
            cors: None,
            #[cfg(feature = "rest")]
            answers: crate::transport::rest::Answers::default(),
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "broker")]
            broker: None,
        }
    }

    /// Serves a service: the generated `OrdersServer::new(shop)`.
    pub fn serve<S: Served>(mut self, service: S) -> Server {
        self.services.push(S::FACTS);
        self.mounts.push(Box::new(|shared, limits, mounted| Mount::all_of(service, shared.clone(), limits, mounted)));
        self
    }

    /// Knows callers of a scheme by a verifier; by any of them where there are several. A server that serves operations of a
    /// scheme without one does not start.
    ///
    /// ```
    /// # use wireloom::{Context, auth::{Verification, Verifier}};
    /// # struct Gateway;
    /// # impl Verifier for Gateway {
    /// #     fn verify<'a>(&'a self, _: &'a Context) -> Verification<'a> { Verification::Absent }
    /// # }
    /// use wireloom::{Scheme, Server};
    ///
    /// let server = Server::new().verifier(Scheme::Jwt, Gateway);
    /// ```
    pub fn verifier(mut self, scheme: Scheme, verifier: impl Verifier) -> Server {
        self.guard.add(scheme, Arc::new(verifier));
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

    /// Puts a layer of tower around all that is served over HTTP: REST, gRPC, WebSocket until it is one, and routes of your own. It sees
    /// requests and responses, those too that no route or an operation's gate answers; several are one by
    /// `tower::ServiceBuilder`. In place of one that was said before. It answers always: what may fail goes below
    /// `axum::error_handling::HandleErrorLayer`.
    ///
    /// ```
    /// use axum::extract::Request;
    /// use tower::ServiceBuilder;
    ///
    /// let told = ServiceBuilder::new().map_request(|request: Request| {
    ///     tracing::debug!(path = request.uri().path(), "asked");
    ///     request
    /// });
    /// let server = wireloom::Server::new().layer_http(told);
    /// ```
    #[cfg(all(feature = "http", feature = "tower"))]
    pub fn layer_http<L>(mut self, layer: L) -> Server
    where
        L: tower::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower::Service<axum::extract::Request, Error: Into<std::convert::Infallible> + 'static>,
        L::Service: Clone + Send + Sync + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Response: axum::response::IntoResponse + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Future: Send + 'static,
    {
        self.around = Some(Box::new(|routes| routes.layer(layer)));
        self
    }

    /// Serves the metrics of the process at a path of the HTTP port, as Prometheus reads them: [`metrics::render`]. Whoever reaches
    /// the port reads them. Where that is not for everybody, [`metrics::render`] is for a port of your own.
    ///
    /// ```
    /// let server = wireloom::Server::new().metrics("/metrics");
    /// ```
    ///
    /// # Panics
    /// As [`routes`](Server::routes), and when the path does not begin with `/`.
    #[cfg(feature = "http")]
    pub fn metrics(self, path: &str) -> Server {
        let read = || async { ([(::http::header::CONTENT_TYPE, metrics::MEDIA_TYPE)], metrics::render()) };
        self.routes(axum::Router::new().route(path, axum::routing::get(read)))
    }

    /// Lets pages of these origins (`https://shop.example`) open WebSockets, beside those of the server's own host and those
    /// that [`cors`](Server::cors) names. Who sends no `Origin` is no browser, and may as well.
    ///
    /// ```
    /// let server = wireloom::Server::new().allowed_origins(["https://shop.example"]);
    /// ```
    #[cfg(feature = "ws")]
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Server {
        self.origins.extend(origins);
        self
    }

    /// Lets pages of other origins call over HTTP, and read what is answered. Those that are named may open WebSockets as well.
    /// Without it browsers let none.
    #[cfg(feature = "http")]
    pub fn cors(mut self, cors: Cors) -> Server {
        self.cors = Some(cors);
        self
    }

    /// Gives the answers of `safe` operations on REST that are asked for by GET an entity tag, and answers who has one already
    /// with 304 and nothing more. The operation is performed all the same: what is saved is the way.
    ///
    /// ```
    /// let server = wireloom::Server::new().etags();
    /// ```
    #[cfg(feature = "rest")]
    pub fn etags(mut self) -> Server {
        self.answers.tags = true;
        self
    }

    /// Compresses answers of REST for who accepts gzip, and takes bodies in gzip, as long as they are within the limits when
    /// they are inflated. Streams go out as they are: compression would hold their items back.
    ///
    /// Who can see how long answers are over TLS, and choose a part of them, may find out the rest of them (BREACH). An
    /// answer that repeats what its caller sent beside a secret is no answer to compress.
    #[cfg(feature = "compression")]
    pub fn compression(mut self, compression: crate::transport::rest::Compression) -> Server {
        self.answers.compression = Some(compression);
        self
    }

    /// Has a wire's own port, in place of one of that name.
    fn port(mut self, name: &'static str, open: OpenPort) -> Server {
        self.ports.insert(name, open);
        self
    }

    /// Whether it has a port of that name.
    fn has_port(&self, name: &str) -> bool {
        self.ports.contains_key(name)
    }

    /// Handles the events of its services on a broker: a URL such as `nats://127.0.0.1:4222`, or a
    /// [`Bus`] that is shared with those who publish. Handlers of a server without broker listen on a bus of their own.
    #[cfg(feature = "broker")]
    pub fn broker(mut self, bus: impl Into<BusAddress>) -> Server {
        self.broker = Some(bus.into());
        self
    }

    /// Secures its ports, that of HTTP and that of native RPC, with TLS. What is not TLS is not answered there. Unix sockets
    /// have none.
    ///
    /// ```no_run
    /// # async fn start(server: wireloom::Server) -> std::io::Result<()> {
    /// use wireloom::tls::Tls;
    ///
    /// server.tls(Tls::from_files("server.pem", "server.key")).run("0.0.0.0:8443").await
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Server {
        self.tls = Some(tls);
        self
    }

    /// Leaves to the broker who may publish: events that its services handle need not say by whom they are. Otherwise those of
    /// a service that is not public bring what its callers bring (`authorization`, in their headers), and one that does not
    /// goes to the dead topic.
    #[cfg(feature = "broker")]
    pub fn trust_broker(mut self) -> Server {
        self.guard.trust_broker();
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

    /// Knows keyed calls in a store that all replicas of its services have: each has one effect, whichever of them it comes to. See
    /// [`IdempotencyStore`].
    pub fn idempotency_store(mut self, store: impl IdempotencyStore) -> Server {
        self.idempotency_store = Some(Arc::new(store));
        self
    }

    /// What is said of policies beside the contract, and may change while the server runs.
    pub fn policies(mut self, policies: &Policies) -> Server {
        self.policies = policies.clone();
        self
    }

    /// How long calls in flight may take to end once the server takes no new ones. 30 seconds unless said otherwise.
    pub fn drain_time(mut self, time: Duration) -> Server {
        self.drain_time = time;
        self
    }

    /// Listens for HTTP at an address, `127.0.0.1:8080` or `unix:/run/orders.sock`, and wherever else it was told to; port 0
    /// takes a free one.
    ///
    /// # Errors
    /// When an address cannot be listened at, there is something wrong with the certificates of TLS, the origins of pages or what is said
    /// of policies, and when an operation wants callers to be known by a scheme that has no [`verifier`](Server::verifier).
    #[cfg(feature = "http")]
    pub async fn bind(mut self, address: impl Into<Address>) -> io::Result<Bound> {
        self.check()?;
        let origins = self.origins.clone().and(&self.cors.as_ref().map(Cors::origins).unwrap_or_default());
        origins.check()?;
        let cors = self.cors.take().map(Cors::ready).transpose()?;
        let (mut mounted, shared, gate) = self.mount();
        let routes = std::mem::take(&mut self.routes).merge(std::mem::take(&mut mounted.router));
        #[cfg(feature = "grpc")]
        let routes = routes.merge(crate::transport::grpc::standard_routes(&mounted.grpc, &shared, self.limits));
        #[cfg(feature = "ws")]
        let routes = {
            let places = std::mem::take(&mut mounted.places);
            crate::transport::ws::route(routes, places, &self.limits, origins)
        };
        let routes = fallback::answered(routes);
        #[cfg(feature = "tower")]
        let routes = match self.around.take() {
            Some(around) => around(routes),
            None => routes,
        };
        // Given its state, axum makes the routes now; without, it makes them anew for each request.
        let routes = routes.with_state(());
        let security = self.security()?;
        let listener = Listener::bind(address.into(), Protocol::Http, security.clone()).await?;
        let http = http::HttpPort::new(listener, http::Front::new(routes, cors), self.limits, &shared);
        self.bind_mounted(vec![Box::new(http)], security, mounted, shared, gate).await
    }

    /// Listens wherever it was told to, and not for HTTP.
    async fn bind_own_ports(mut self) -> io::Result<Bound> {
        self.check()?;
        let (mounted, shared, gate) = self.mount();
        let security = self.security()?;
        self.bind_mounted(Vec::new(), security, mounted, shared, gate).await
    }

    /// How connections to its ports are secured.
    fn security(&mut self) -> io::Result<Security> {
        #[cfg(feature = "tls")]
        return Ok(Security { tls: self.tls.take().map(Acceptor::start).transpose()? });
        #[cfg(not(feature = "tls"))]
        Ok(Security::default())
    }

    /// Refuses policies that its services cannot have, and services whose callers could not be known.
    fn check(&self) -> io::Result<()> {
        self.services.iter().try_for_each(|service| {
            self.policies.check(service).map_err(invalid)?;
            self.guard.check(service).map_err(invalid)
        })
    }

    /// Puts all services on their wires.
    fn mount(&mut self) -> (Mounted, Shared, Arc<Gate>) {
        let gate = Arc::new(Gate::new(self.policies.clone()));
        metrics::observe(&gate);
        let idempotency = IdempotencyTable::new(self.idempotency, self.idempotency_store.take());
        let shared = Shared::new(gate.clone(), std::mem::take(&mut self.guard), idempotency);
        let mounts = self.mounts.drain(..);
        #[allow(clippy::needless_update, reason = "in a build with no wire it has no other fields")]
        let empty = Mounted {
            #[cfg(feature = "rest")]
            answers: self.answers,
            ..Mounted::default()
        };
        let mounted = mounts.fold(empty, |mounted, mount| mount(&shared, self.limits, mounted));
        (mounted, shared, gate)
    }

    /// Opens the ports of other wires, and joins the broker.
    async fn bind_mounted(
        self,
        mut ports: Vec<Box<dyn Port>>,
        security: Security,
        mut mounted: Mounted,
        shared: Shared,
        gate: Arc<Gate>,
    ) -> io::Result<Bound> {
        for open in self.ports.into_values() {
            ports.push(open(&mut mounted, self.limits, security.clone()).await?);
        }
        // Once nobody else has its ports: what comes under its policies from here on is served.
        let served = self.services.iter().map(|service| self.policies.serve(service).map_err(invalid));
        #[cfg_attr(not(feature = "broker"), expect(unused_mut, reason = "handlers of events add theirs"))]
        let mut stays: Vec<Stay> = served.collect::<io::Result<_>>()?;
        #[cfg(feature = "broker")]
        {
            for handling in &mounted.handlers {
                stays.push(self.policies.handle(&handling.facts().op).map_err(invalid)?);
            }
            let bus = match self.broker {
                Some(address) => address.connected().await?,
                None => Bus::memory(),
            };
            let judges = (Arc::clone(&shared.admission), Arc::clone(&shared.guard));
            let mut consumers = Consumers::join(bus, mounted.handlers, judges, self.limits).await?;
            consumers.follow(mounted.feeds).await?;
            ports.push(Box::new(consumers));
        }
        let leaving = self.leaving.of(&ports, self.drain_time)?;
        Ok(Bound { ports, gate, shared, leaving, stays })
    }

    /// Listens at an address and serves until the process is told to stop (SIGTERM, or Ctrl-C), then drains.
    ///
    /// # Errors
    /// As [`bind`](Server::bind), or when signals cannot be heard.
    #[cfg(feature = "http")]
    pub async fn run(self, address: impl Into<Address>) -> io::Result<()> {
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
pub struct Bound {
    ports: Vec<Box<dyn Port>>,
    gate: Arc<Gate>,
    shared: Shared,
    leaving: Leaving,
    /// What keeps its services under the policies that were judged for them.
    stays: Vec<Stay>,
}

impl Bound {
    /// The address at which it listens for HTTP.
    ///
    /// # Errors
    /// When it does not listen for HTTP, or at a Unix socket, or the system does not tell.
    #[cfg(feature = "http")]
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.addr_of(http::HttpPort::NAME)
    }

    /// The address of the port of that name.
    fn addr_of(&self, name: &str) -> io::Result<SocketAddr> {
        addr_of(&self.ports, name)
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

    /// Serves until `stop` is ready. Then it is no longer ready, is taken out of registries, and serves on until clients have
    /// found out; then it drains: takes no new connection and fetches no more events, lets every call and every event in hand end
    /// (for the drain time at most), and closes. All ports and the broker drain together.
    ///
    /// A keyed call that nobody awaits any more is a call in hand. A stream out that waits for its next item ends with
    /// `unavailable`: it might wait for ever.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let Bound { ports, gate, shared, leaving: way_out, stays: _stays } = self;
        let Shared { idempotency, unawaited, leaving, stopping, .. } = shared;
        let served = async {
            join_all(ports.into_iter().map(|port| port.run_until(stopping.clone()))).await;
            idempotency.all_ended().await;
            unawaited.all_ended().await;
        };
        let stop = async {
            stop.await;
            tracing::info!(in_flight = gate.in_flight(), "stopping: calls in flight go on");
        };
        tokio::select! {
            () = served => {}
            () = way_out.leave(stop, &leaving, &stopping) => {
                tracing::warn!(in_flight = gate.in_flight(), "stopped with calls in flight: the drain time is over");
            }
        }
    }
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("ports", &self.ports).field("leaving", &self.leaving).finish_non_exhaustive()
    }
}

fn invalid(wrong: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, wrong)
}

/// The address of the port of that name.
fn addr_of(ports: &[Box<dyn Port>], name: &str) -> io::Result<SocketAddr> {
    let port = ports.iter().find(|port| port.name() == name);
    port.ok_or(io::ErrorKind::AddrNotAvailable)?.local_addr()
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
