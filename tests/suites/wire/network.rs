//! Clients and replicas on a simulated network: partitions, links that hold or are slow. What runs on it is what runs in production,
//! over every wire; only sockets are turmoil's, and time is its own.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::{TcpListener, TcpStream};
use wireloom::discovery::{self, Discovery, DiscoveryError, FollowOptions, Instance, Snapshot};
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::JsonFrames;
use wireloom::policy::{Policies, Settings};
use wireloom::rest::Rest;
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::transport::{Exchange, Transport};
use wireloom::ws::{Ws, WsOptions};
use wireloom::{
    Accept, Address, Channel, ChannelBuilder, Code, Connect, Context, Endpoint, Fault, OperationFault as _, Server,
};

use crate::tiers::contract::tiers::{AskFault, AskRequest, Tier, TierClient, TierServer, tier_operations::Ask};

type Outcome = turmoil::Result<()>;

const REPLICAS: [&str; 3] = ["one", "two", "three"];
const HTTP: u16 = 80;
const NATIVE: u16 = 81;

/// After so much silence a connection is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_millis(500);

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

// The network

/// Connects over it.
struct Simulated;

impl Connect for Simulated {
    type Stream = TcpStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<TcpStream> {
        let uri = to.uri();
        TcpStream::connect((uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(HTTP))).await
    }
}

/// Listens on it.
struct Port(TcpListener);

impl Port {
    async fn bind(port: u16) -> io::Result<Address> {
        Ok(Address::own(Port(TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?)))
    }
}

impl Accept for Port {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        let (stream, address) = self.0.accept().await?;
        Ok((stream, Some(address)))
    }
}

// The service

/// Answers with its name.
struct Replica(&'static str);

impl Tier for Replica {
    async fn ask(&self, _: &Context, _: AskRequest) -> Result<String, AskFault> {
        Ok(self.0.to_owned())
    }
}

async fn serve(name: &'static str) -> Outcome {
    let server = Server::new().serve(TierServer::new(Replica(name))).native(Port::bind(NATIVE).await?);
    server.bind(Port::bind(HTTP).await?).await?.run_until(std::future::pending()).await;
    Ok(())
}

/// A wire over the simulated network.
trait Simulates: Transport + Exchange<Ask> {
    fn simulated() -> Self;

    /// Where a replica is.
    fn address(replica: &str) -> String;
}

impl Simulates for Rest {
    fn simulated() -> Rest {
        Rest::default().connector(Simulated)
    }

    fn address(replica: &str) -> String {
        format!("http://{replica}:{HTTP}")
    }
}

impl Simulates for Grpc {
    fn simulated() -> Grpc {
        Grpc::new(GrpcOptions { keep_alive: KEEP_ALIVE, ..GrpcOptions::default() }).connector(Simulated)
    }

    fn address(replica: &str) -> String {
        format!("http://{replica}:{HTTP}")
    }
}

impl Simulates for Rpc {
    fn simulated() -> Rpc {
        Rpc::new(RpcOptions { keep_alive: KEEP_ALIVE, ..RpcOptions::default() }).connector(Simulated)
    }

    fn address(replica: &str) -> String {
        format!("rpc://{replica}:{NATIVE}")
    }
}

impl Simulates for Ws<JsonFrames> {
    fn simulated() -> Ws<JsonFrames> {
        Ws::new(WsOptions { keep_alive: KEEP_ALIVE, ..WsOptions::default() }).connector(Simulated)
    }

    fn address(replica: &str) -> String {
        format!("ws://{replica}:{HTTP}/ws/tier")
    }
}

/// A channel whose calls have a second, and whose attempts a tenth of it.
fn channel<T: Simulates>() -> ChannelBuilder<T> {
    let policies = Policies::default();
    let times = Settings { attempt: Some(millis(100)), ..Settings::within(Duration::from_secs(1)) };
    policies.set("", times).expect("settings that can be");
    Channel::over(T::simulated()).policies(&policies).seed(7)
}

fn client_of_all<T: Simulates>() -> TierClient<Channel<T>> {
    TierClient::new(channel::<T>().endpoints(REPLICAS.map(T::address)).expect("addresses").build())
}

/// What became of calls.
#[derive(Default)]
struct Calls {
    by: BTreeMap<String, usize>,
    failed: Vec<Fault>,
    /// How long each took.
    took: Vec<Duration>,
}

impl Calls {
    fn by(&self, replica: &str) -> usize {
        self.by.get(replica).copied().unwrap_or_default()
    }

    fn slower_than(&self, time: Duration) -> usize {
        self.took.iter().filter(|took| **took > time).count()
    }

    fn all(&self) -> usize {
        self.took.len()
    }
}

/// Four callers, each of which calls again and again, with a pause of 20 ms, for that time.
async fn calls_for<C: Tier>(client: &C, time: Duration) -> Calls {
    let until = Instant::now() + time;
    let calls = Mutex::new(Calls::default());
    let caller = |_| async {
        while Instant::now() < until {
            let began = Instant::now();
            let answer = client.ask(&Context::new(), AskRequest::new(0)).await;
            {
                let mut calls = calls.lock().unwrap();
                calls.took.push(began.elapsed());
                match answer {
                    Ok(name) => *calls.by.entry(name).or_default() += 1,
                    Err(fault) => calls.failed.push(fault.to_fault()),
                }
            }
            sleep(millis(20)).await;
        }
    };
    join_all((0..4).map(caller)).await;
    calls.into_inner().unwrap()
}

/// Runs a client among replicas, over a network that is so from the beginning.
fn simulate<F: Future<Output = Outcome> + 'static>(network: fn(&turmoil::Sim<'_>), client: F) {
    let mut sim = turmoil::Builder::new()
        .simulation_duration(Duration::from_secs(300))
        .tick_duration(millis(2))
        .min_message_latency(millis(2))
        .max_message_latency(millis(4))
        .tcp_capacity(10_000)
        .rng_seed(7)
        .build();
    for name in REPLICAS {
        sim.host(name, move || serve(name));
    }
    sim.host("registry", registry);
    sim.client("client", client);
    network(&sim);
    sim.run().expect("what the client expects is so");
}

fn links_are_alike(_: &turmoil::Sim<'_>) {}

fn one_link_is_slow(sim: &turmoil::Sim<'_>) {
    sim.set_link_latency("client", "three", millis(12));
}

/// Runs scenarios over every wire.
macro_rules! over_every_wire {
    ($($scenario:ident where $network:ident)*) => { $(
        mod $scenario {
            use super::*;

            #[test]
            fn over_rest() {
                simulate($network, super::$scenario::<Rest>());
            }

            #[test]
            fn over_grpc() {
                simulate($network, super::$scenario::<Grpc>());
            }

            #[test]
            fn over_rpc() {
                simulate($network, super::$scenario::<Rpc>());
            }

            #[test]
            fn over_ws() {
                simulate($network, super::$scenario::<Ws<JsonFrames>>());
            }
        }
    )* };
}

over_every_wire! {
    one_replica_that_is_cut_off_costs_no_call where links_are_alike
    calls_fail_in_time_where_nobody_is_reached_and_pass_once_somebody_is where links_are_alike
    what_is_held_up_for_a_while_breaks_nothing where links_are_alike
    a_slow_link_is_hardly_gone_over where one_link_is_slow
    without_its_registry_a_client_goes_on where links_are_alike
}

async fn one_replica_that_is_cut_off_costs_no_call<T: Simulates>() -> Outcome {
    let client = client_of_all::<T>();
    let before = calls_for(&client, Duration::from_secs(1)).await;
    assert!(before.failed.is_empty() && REPLICAS.iter().all(|name| before.by(name) > before.all() / 6));
    turmoil::partition("client", "two");
    let cut_off = calls_for(&client, Duration::from_secs(8)).await;
    assert!(cut_off.failed.is_empty(), "{:?}", cut_off.failed.first());
    // What was on its way, and a probe now and then.
    let slow = cut_off.slower_than(millis(50));
    assert!((1..=cut_off.all() / 50).contains(&slow), "{slow} of {}", cut_off.all());
    turmoil::repair("client", "two");
    // It is tried again when its time is over, and trusted by and by.
    sleep(Duration::from_secs(20)).await;
    let after = calls_for(&client, Duration::from_secs(4)).await;
    let by_it = after.by("two");
    assert!(after.failed.is_empty() && by_it > after.all() / 50, "{by_it} of {}", after.all());
    Ok(())
}

async fn calls_fail_in_time_where_nobody_is_reached_and_pass_once_somebody_is<T: Simulates>() -> Outcome {
    let client = client_of_all::<T>();
    calls_for(&client, Duration::from_secs(1)).await;
    REPLICAS.into_iter().for_each(|name| turmoil::partition("client", name));
    let cut_off = calls_for(&client, Duration::from_secs(5)).await;
    assert!(cut_off.by.len() <= 3 && cut_off.failed.len() + 4 >= cut_off.all(), "nobody answers any more");
    assert_eq!(cut_off.slower_than(millis(1001)), 0, "none waits for longer than its deadline");
    let codes = [Code::Unavailable, Code::DeadlineExceeded];
    assert!(cut_off.failed.iter().all(|fault| codes.contains(&fault.code())));
    REPLICAS.into_iter().for_each(|name| turmoil::repair("client", name));
    // Connections that lost a part of what they carried are found out by their silence.
    sleep(4 * KEEP_ALIVE).await;
    let after = calls_for(&client, Duration::from_secs(1)).await;
    let passed: usize = after.by.values().sum();
    assert!(passed > after.all() / 20, "some pass at once: {passed} of {}", after.all());
    // The rest is kept back by the throttle, and by nothing else, for as long as it remembers.
    let other = after.failed.iter().find(|fault| !fault.message().contains("throttle"));
    assert!(other.is_none(), "{other:?}");
    sleep(Duration::from_secs(10)).await;
    let again = calls_for(&client, Duration::from_secs(1)).await;
    assert!(again.failed.is_empty(), "{} of {}: {:?}", again.failed.len(), again.all(), again.failed.first());
    Ok(())
}

async fn what_is_held_up_for_a_while_breaks_nothing<T: Simulates>() -> Outcome {
    let client = client_of_all::<T>();
    calls_for(&client, Duration::from_secs(1)).await;
    REPLICAS.into_iter().for_each(|name| turmoil::hold("client", name));
    let (held, ()) = tokio::join!(calls_for(&client, millis(300)), async {
        sleep(millis(300)).await;
        REPLICAS.into_iter().for_each(|name| turmoil::release("client", name));
    });
    assert!(held.slower_than(millis(250)) >= 4, "each of the callers waits");
    let after = calls_for(&client, Duration::from_secs(2)).await;
    assert!(after.failed.is_empty(), "{} of {}: {:?}", after.failed.len(), after.all(), after.failed.first());
    assert!(after.slower_than(millis(200)) * 50 <= after.all());
    Ok(())
}

async fn a_slow_link_is_hardly_gone_over<T: Simulates>() -> Outcome {
    let calls = calls_for(&client_of_all::<T>(), Duration::from_secs(5)).await;
    assert!(calls.failed.is_empty(), "{:?}", calls.failed.first());
    let over_it = calls.by("three");
    assert!((1..calls.all() / 10).contains(&over_it), "{over_it} of {}", calls.all());
    Ok(())
}

// Discovery

/// Tells whoever connects where the replicas are: one of them for 5 seconds, then another.
async fn registry() -> Outcome {
    use tokio::io::AsyncWriteExt as _;
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 79)).await?;
    let began = Instant::now();
    loop {
        let (mut stream, _) = listener.accept().await?;
        let list = if began.elapsed() < Duration::from_secs(5) { "one" } else { "two" };
        // Whoever went away in between asks again.
        drop(stream.write_all(list.as_bytes()).await);
    }
}

/// Asks the registry each second.
#[derive(Debug)]
struct Registry {
    address: fn(&str) -> String,
    /// How often it was not reached.
    unreached: Arc<Mutex<u32>>,
}

impl Registry {
    async fn ask(&self) -> io::Result<Endpoint> {
        use tokio::io::AsyncReadExt as _;
        let mut name = String::new();
        let asked = async {
            TcpStream::connect(("registry", 79)).await?.read_to_string(&mut name).await?;
            Ok::<_, io::Error>(())
        };
        timeout(millis(200), asked).await??;
        Endpoint::new(&(self.address)(&name)).map_err(io::Error::other)
    }
}

impl Discovery for Registry {
    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let registry = Registry { address: self.address, unreached: Arc::clone(&self.unreached) };
        Box::pin(futures_util::stream::unfold((registry, false), |(registry, again)| async move {
            if again {
                sleep(Duration::from_secs(1)).await;
            }
            let told = match registry.ask().await {
                Ok(endpoint) => Snapshot::new([Instance::new(endpoint)]),
                Err(error) => {
                    *registry.unreached.lock().unwrap() += 1;
                    Err(DiscoveryError::unavailable("the registry is not reached").with_source(error))
                }
            };
            Some((told, (registry, true)))
        }))
    }
}

async fn without_its_registry_a_client_goes_on<T: Simulates>() -> Outcome {
    let unreached = Arc::new(Mutex::new(0));
    let registry = Arc::new(Registry { address: T::address, unreached: Arc::clone(&unreached) });
    let followed = discovery::follow(registry, FollowOptions::default()).expect("the default options are right");
    let client = TierClient::new(channel::<T>().follow(followed).build());
    let first = calls_for(&client, Duration::from_secs(1)).await;
    assert_eq!((first.failed.len(), first.by("one")), (0, first.all()));
    turmoil::partition("client", "registry");
    let cut_off = calls_for(&client, Duration::from_secs(8)).await;
    assert_eq!((cut_off.failed.len(), cut_off.by("one")), (0, cut_off.all()), "the last list holds");
    assert!(*unreached.lock().unwrap() >= 3);
    turmoil::repair("client", "registry");
    // A list that takes away all there was is doubted for a while.
    sleep(Duration::from_secs(60)).await;
    let after = calls_for(&client, Duration::from_secs(1)).await;
    assert_eq!((after.failed.len(), after.by("two")), (0, after.all()), "and then what is told");
    Ok(())
}
