//! All handlers of some services on one broker, with a common end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::bus::{Bus, BusAddress};
use super::consumer::{Surroundings, consume};
use super::error::BrokerError;
use super::following::{self, Feed};
use super::handling::Handling;
use super::seam::{BoxFuture, Interest, Subscription};
use crate::admission::{Admission, Gate};
use crate::auth::{Guard, Verifier};
use crate::facts::{Scheme, ServiceFacts};
use crate::idempotency::{IdempotencyLimits, IdempotencyTable};
use crate::limits::Limits;
use crate::mount::{Mount, Mounted};
use crate::operation::Served;
use crate::policy::{InvalidPolicy, Policies, Stay};
use crate::port::Port;
use crate::serving::Shared;

/// Handlers that have joined their groups. A [`Server`](crate::Server) has its own; a program that only handles events needs
/// no HTTP port and runs these.
///
/// ```no_run
/// # use wireloom::{Mount, Served, ServiceFacts};
/// # struct OrdersServer;
/// # impl Served for OrdersServer {
/// #     const FACTS: &'static ServiceFacts = &ServiceFacts { package: "shop", name: "Orders", auth: wireloom::Auth::PUBLIC, operations: &[], handlers: &[] };
/// #     fn mount(_: &mut Mount<Self>) {}
/// # }
/// # async fn start() -> Result<(), wireloom::messaging::BrokerError> {
/// use wireloom::messaging::Consumers;
///
/// let consumers = Consumers::on("nats://127.0.0.1:4222").serve(OrdersServer).join().await?;
/// consumers.run_until(std::future::pending()).await;
/// # Ok(())
/// # }
/// ```
#[must_use = "consumers consume once they are run"]
pub struct Consumers {
    around: Surroundings,
    joined: Vec<(Arc<dyn Handling>, Box<dyn Subscription>)>,
    followed: Vec<(Arc<dyn Feed>, Box<dyn Subscription>)>,
    running: JoinSet<()>,
    drain_time: Duration,
    /// What keeps their services under the policies that were judged for them; where a server has them, it does.
    _stays: Vec<Stay>,
}

impl Consumers {
    /// Consumers on the broker of a URL, or of a connection that is there.
    pub fn on(bus: impl Into<BusAddress>) -> ConsumersBuilder {
        ConsumersBuilder {
            bus: bus.into(),
            admission: None,
            policies: Policies::default(),
            guard: Guard::default(),
            services: Vec::new(),
            limits: Limits::default(),
            drain_time: Duration::from_secs(30),
            mounts: Vec::new(),
        }
    }

    /// Joins the groups of all handlers. From then on they miss nothing.
    pub(crate) async fn join(
        bus: Bus,
        handlers: Vec<Arc<dyn Handling>>,
        (admission, guard): (Arc<dyn Admission>, Arc<Guard>),
        limits: Limits,
    ) -> Result<Consumers, BrokerError> {
        let mut joined = Vec::with_capacity(handlers.len());
        for handling in handlers {
            let facts = handling.facts();
            let interest = Interest {
                topic: facts.topic.to_owned(),
                group: facts.group.to_owned(),
                prefetch: facts.prefetch.max(1),
                ordered: facts.keyed,
                lasting: true,
            };
            joined.push((handling, bus.broker().subscribe(&interest).await?));
        }
        let around = Surroundings { bus, admission, guard, limits, stop: CancellationToken::new() };
        Ok(Consumers {
            around,
            joined,
            followed: Vec::new(),
            running: JoinSet::new(),
            drain_time: Duration::from_secs(30),
            _stays: Vec::new(),
        })
    }

    /// Follows the events of these feeds as well.
    pub(crate) async fn follow(&mut self, feeds: Vec<Arc<dyn Feed>>) -> Result<(), BrokerError> {
        for feed in feeds {
            let source = following::join(&*feed, &self.around).await?;
            self.followed.push((feed, source));
        }
        Ok(())
    }

    /// Begins to handle.
    fn start(&mut self) {
        for (handling, source) in self.joined.drain(..) {
            self.running.spawn(consume(handling, self.around.clone(), source));
        }
        for (feed, source) in self.followed.drain(..) {
            self.running.spawn(following::follow(feed, self.around.clone(), source));
        }
    }

    /// Fetches no more, finishes what is in hand, tells the broker. Dropped before it is ready, it leaves what is still in
    /// hand to the broker, which brings it again.
    async fn drain(&mut self) {
        self.around.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a consumer broke");
            }
        }
        if let Err(error) = self.around.bus.broker().flush().await {
            tracing::debug!(%error, "the broker was not there at the end");
        }
    }

    /// Handles until `stop` is ready, then drains.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) {
        self.start();
        stop.await;
        if tokio::time::timeout(self.drain_time, self.drain()).await.is_err() {
            tracing::warn!("stopped with events in hand: the drain time is over");
        }
    }
}

impl Port for Consumers {
    fn name(&self) -> &'static str {
        "broker"
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::AddrNotAvailable.into())
    }

    fn run_until(mut self: Box<Self>, stop: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.start();
            stop.cancelled().await;
            self.drain().await;
        })
    }
}

impl std::fmt::Debug for Consumers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumers").field("joined", &self.joined.len()).field("running", &self.running.len()).finish()
    }
}

/// Mounts a service once the bounds are known.
type MountLater = Box<dyn FnOnce(Shared, Limits) -> Vec<Arc<dyn Handling>> + Send>;

/// Makes [`Consumers`].
#[must_use = "consumers consume once they are run"]
pub struct ConsumersBuilder {
    bus: BusAddress,
    /// In place of a gate.
    admission: Option<Arc<dyn Admission>>,
    policies: Policies,
    guard: Guard,
    services: Vec<&'static ServiceFacts>,
    limits: Limits,
    drain_time: Duration,
    mounts: Vec<MountLater>,
}

impl ConsumersBuilder {
    /// Handles the events of a service: the generated `OrdersServer::new(shop)`. Its other wires are left alone.
    pub fn serve<S: Served>(mut self, service: S) -> ConsumersBuilder {
        self.services.push(S::FACTS);
        self.mounts
            .push(Box::new(|shared, limits| Mount::all_of(service, shared, limits, Mounted::default()).handlers));
        self
    }

    /// Knows who publishes events by a verifier, as [`Server::verifier`](crate::Server::verifier) does callers.
    pub fn verifier(mut self, scheme: Scheme, verifier: impl Verifier) -> ConsumersBuilder {
        self.guard.add(scheme, Arc::new(verifier));
        self
    }

    /// Leaves to the broker who may publish events, as [`Server::trust_broker`](crate::Server::trust_broker) does.
    pub fn trust_broker(mut self) -> ConsumersBuilder {
        self.guard.trust_broker();
        self
    }

    /// Judges events before they are handled; what it refuses waits.
    pub fn admission(mut self, admission: impl Admission) -> ConsumersBuilder {
        self.admission = Some(Arc::new(admission));
        self
    }

    /// What is said of policies beside the contract, of handlers as well, and may change while events are handled.
    pub fn policies(mut self, policies: &Policies) -> ConsumersBuilder {
        self.policies = policies.clone();
        self
    }

    /// Bounds what events may be.
    pub fn limits(mut self, limits: Limits) -> ConsumersBuilder {
        self.limits = limits;
        self
    }

    /// How long events in hand may take to end once told to stop. 30 seconds unless said otherwise.
    pub fn drain_time(mut self, time: Duration) -> ConsumersBuilder {
        self.drain_time = time;
        self
    }

    /// Connects and joins the groups of all handlers.
    ///
    /// # Errors
    /// When the broker cannot be reached, or cannot keep what a handler needs; when who publishes cannot be known; and when what is said
    /// of policies cannot be.
    pub async fn join(self) -> Result<Consumers, BrokerError> {
        let unknown = self.services.iter().try_for_each(|service| self.guard.check_handlers(service));
        unknown.map_err(BrokerError::refused)?;
        let refused = |wrong: InvalidPolicy| BrokerError::refused(wrong.to_string());
        let served = self.services.iter().map(|service| self.policies.serve(service).map_err(refused));
        let mut stays: Vec<Stay> = served.collect::<Result<_, _>>()?;
        let policies = self.policies.clone();
        let admission = self.admission.unwrap_or_else(|| Arc::new(Gate::new(self.policies)));
        let idempotency = IdempotencyTable::new(IdempotencyLimits::default(), None);
        let shared = Shared::new(Arc::clone(&admission), self.guard, idempotency);
        let judges = (admission, Arc::clone(&shared.guard));
        let limits = self.limits;
        let handlers: Vec<_> = self.mounts.into_iter().flat_map(|mount| mount(shared.clone(), limits)).collect();
        for handling in &handlers {
            stays.push(policies.handle(&handling.facts().op).map_err(refused)?);
        }
        let bus = self.bus.connected().await?;
        let consumers = Consumers::join(bus, handlers, judges, limits).await?;
        Ok(Consumers { drain_time: self.drain_time, _stays: stays, ..consumers })
    }
}

impl std::fmt::Debug for ConsumersBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsumersBuilder")
            .field("bus", &self.bus)
            .field("services", &self.mounts.len())
            .finish_non_exhaustive()
    }
}
