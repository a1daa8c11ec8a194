//! The wires: how the probe is served on each, and how it is called over it.
//!
//! To add one, give the table its name and how its clients are made of a server that listens.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::{JsonFrames, Native};
use wireloom::policy::Policies;
use wireloom::rest::{Rest, RestOptions};
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::transport::Transport;
use wireloom::ws::{Messages, Ws, WsOptions};
use wireloom::{Bound, Channel, Endpoint, Server, Unary};
use wireloom_tests::golden::{probe::probe as now, probe_later::probe as later};

use super::calls::{self, Calls};
use super::format::{Limits, Said};
use super::garbage::{Echo, Garbage, RestGarbage, TypedGarbage};
use super::service::Service;

/// A wire.
#[derive(Clone, Copy)]
pub(super) struct Wire {
    name: &'static str,
    reach: Reach,
}

#[derive(Clone, Copy)]
enum Reach {
    /// In process, without a server.
    Local,
    /// Over a port of a server.
    Server(fn(&Bound, &Policies) -> Clients),
}

/// Makes the table of the wires, and of each a test: every scenario over it.
macro_rules! wires {
    ($($test:ident $name:literal $reach:expr;)*) => {
        const WIRES: &[Wire] = &[$(Wire { name: $name, reach: $reach }),*];

        mod over {
            $(
                #[tokio::test]
                async fn $test() {
                    crate::scenarios::all_over($name).await;
                }
            )*
        }
    };
}

wires! {
    local "local" Reach::Local;
    rest "rest" Reach::Server(rest);
    rpc "rpc" Reach::Server(rpc);
    grpc "grpc" Reach::Server(grpc);
    ws_json "ws-json" Reach::Server(ws::<JsonFrames>);
    ws_binary "ws-binary" Reach::Server(ws::<Native>);
}

/// The longest answer that clients take: small, for debug builds are slow with long ones.
const ANSWER_BYTES_MAX: usize = 100_000;

fn rest(bound: &Bound, policies: &Policies) -> Clients {
    let options = RestOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..RestOptions::default() };
    let address = http(bound);
    let channel = channel(Rest::new(options), endpoint("http", address, ""), policies);
    Clients { garbage: Some(Arc::new(RestGarbage(address))), ..Clients::over(channel, address) }
}

fn rpc(bound: &Bound, policies: &Policies) -> Clients {
    let options = RpcOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..RpcOptions::default() };
    let address = bound.native_addr().expect("it listens for native RPC");
    Clients::calls(channel(Rpc::new(options), endpoint("rpc", address, ""), policies), address)
}

fn grpc(bound: &Bound, policies: &Policies) -> Clients {
    let options = GrpcOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..GrpcOptions::default() };
    Clients::calls(channel(Grpc::new(options), endpoint("http", http(bound), ""), policies), http(bound))
}

fn ws<E: Messages>(bound: &Bound, policies: &Policies) -> Clients
where
    Channel<Ws<E>>: Unary<Echo> + Clone,
    now::ProbeClient<Channel<Ws<E>>>: now::Probe,
    later::ProbeClient<Channel<Ws<E>>>: later::Probe,
{
    let options = WsOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..WsOptions::default() };
    Clients::calls(channel(Ws::<E>::new(options), endpoint("ws", http(bound), "/ws/probe"), policies), http(bound))
}

fn channel<T: Transport>(transport: T, endpoint: Endpoint, policies: &Policies) -> Channel<T> {
    Channel::over(transport).endpoint(endpoint).policies(policies).build()
}

/// What clients go by: unless a scenario says otherwise each call is made once, as by a caller in process, since scenarios tell what a
/// server answers and not what a retry makes of it.
fn of_clients(said: &Said) -> Policies {
    policies(said.client.as_deref().unwrap_or("retry = false"))
}

fn policies(text: &str) -> Policies {
    Policies::from_text(text).unwrap_or_else(|wrong| panic!("{wrong} in\n{text}"))
}

fn http(bound: &Bound) -> SocketAddr {
    bound.local_addr().expect("it listens for HTTP")
}

fn endpoint(scheme: &str, address: SocketAddr, path: &str) -> Endpoint {
    Endpoint::new(&format!("{scheme}://{address}{path}")).expect("an address")
}

/// The ways to call a probe.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) same: Arc<dyn Calls>,
    /// A caller with a later version of the contract.
    pub(super) later: Option<Arc<dyn Calls>>,
    pub(super) garbage: Option<Arc<dyn Garbage>>,
    /// Where connections are made.
    pub(super) address: Option<SocketAddr>,
}

impl Clients {
    /// Of a wire whose typed clients can send garbage.
    fn calls<C: Unary<Echo> + Clone>(channel: C, address: SocketAddr) -> Clients
    where
        now::ProbeClient<C>: now::Probe,
        later::ProbeClient<C>: later::Probe,
    {
        let garbage = Arc::new(TypedGarbage(channel.clone()));
        Clients { garbage: Some(garbage), ..Clients::over(channel, address) }
    }

    fn over<C: Clone>(channel: C, address: SocketAddr) -> Clients
    where
        now::ProbeClient<C>: now::Probe,
        later::ProbeClient<C>: later::Probe,
    {
        let later = calls::later(later::ProbeClient::new(channel.clone()));
        let same = calls::same(now::ProbeClient::new(channel));
        Clients { same, later: Some(later), garbage: None, address: Some(address) }
    }
}

/// A probe that is served.
pub(super) struct Serving {
    pub(super) clients: Clients,
    server: Option<Running>,
}

struct Running {
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

impl Wire {
    /// The wire of that name.
    pub(super) fn named(name: &str) -> Option<Wire> {
        WIRES.iter().find(|wire| wire.name == name).copied()
    }

    /// Serves a probe.
    pub(super) async fn serve(&self, service: Service, limits: Limits, said: &Said) -> Serving {
        match self.reach {
            Reach::Local => {
                let same = calls::same(now::ProbeClient::local(service));
                Serving { clients: Clients { same, later: None, garbage: None, address: None }, server: None }
            }
            Reach::Server(clients) => {
                let bound = bind(service, limits, said).await;
                Serving { clients: clients(&bound, &of_clients(said)), server: Some(start(bound)) }
            }
        }
    }
}

/// A server of all wires.
async fn bind(service: Service, limits: Limits, said: &Said) -> Bound {
    let unsaid = wireloom::Limits::default();
    let limits = wireloom::Limits {
        body_bytes_max: limits.body_bytes_max.unwrap_or(unsaid.body_bytes_max),
        json_depth_max: limits.json_depth_max.unwrap_or(unsaid.json_depth_max),
        ..unsaid
    };
    let policies = policies(said.server.as_deref().unwrap_or_default());
    let server = Server::new().limits(limits).policies(&policies).serve(now::ProbeServer::new(service));
    let server = server.native("127.0.0.1:0");
    server.bind("127.0.0.1:0").await.expect("a free port")
}

fn start(bound: Bound) -> Running {
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { stop: Some(stop), ended }
}

impl Serving {
    /// Tells the server to stop.
    pub(super) fn stop(&mut self) -> Result<(), String> {
        let stop = self.server.as_mut().and_then(|server| server.stop.take());
        drop(stop.ok_or("there is no server to stop")?);
        Ok(())
    }

    /// Ready when the server, told to stop, has ended.
    pub(super) async fn ended(mut self) {
        let _ = self.stop();
        if let Some(server) = self.server {
            server.ended.await.expect("a server ends without a panic");
        }
    }
}
