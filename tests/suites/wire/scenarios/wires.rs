//! The wires: how the probe is served on each, and how it is called over it.
//!
//! To add one, give [`WIRES`] its name and how its clients are made of the server's ports.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::{JsonFrames, Native};
use wireloom::rest::{Rest, RestOptions};
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::ws::{Messages, Ws, WsOptions};
use wireloom::{Channel, Endpoint, Server, Unary};
use wireloom_tests::golden::{probe::probe as now, probe_later::probe as later};

use super::calls::{self, Calls};
use super::format::Limits;
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
    /// Over the ports of a server.
    Ports(fn(Ports) -> Clients),
}

const WIRES: &[Wire] = &[
    Wire { name: "local", reach: Reach::Local },
    Wire { name: "rest", reach: Reach::Ports(rest) },
    Wire { name: "rpc", reach: Reach::Ports(rpc) },
    Wire { name: "grpc", reach: Reach::Ports(grpc) },
    Wire { name: "ws-json", reach: Reach::Ports(ws_json) },
    Wire { name: "ws-binary", reach: Reach::Ports(ws_binary) },
];

/// The longest answer that clients take: small, for debug builds are slow with long ones.
const ANSWER_BYTES_MAX: usize = 100_000;

fn rest(ports: Ports) -> Clients {
    let options = RestOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..RestOptions::default() };
    let channel = Channel::new(Rest::new(options), endpoint("http", ports.http, ""));
    Clients { garbage: Some(Arc::new(RestGarbage(ports.http))), ..Clients::over(channel, ports.http) }
}

fn rpc(ports: Ports) -> Clients {
    let options = RpcOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..RpcOptions::default() };
    Clients::calls(Channel::new(Rpc::new(options), endpoint("rpc", ports.native, "")), ports.native)
}

fn grpc(ports: Ports) -> Clients {
    let options = GrpcOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..GrpcOptions::default() };
    Clients::calls(Channel::new(Grpc::new(options), endpoint("http", ports.http, "")), ports.http)
}

fn ws_binary(ports: Ports) -> Clients {
    ws::<Native>(ports)
}

fn ws_json(ports: Ports) -> Clients {
    ws::<JsonFrames>(ports)
}

fn ws<E: Messages>(ports: Ports) -> Clients
where
    Channel<Ws<E>>: Unary<Echo> + Clone,
    now::ProbeClient<Channel<Ws<E>>>: now::Probe,
    later::ProbeClient<Channel<Ws<E>>>: later::Probe,
{
    let options = WsOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..WsOptions::default() };
    Clients::calls(Channel::new(Ws::<E>::new(options), endpoint("ws", ports.http, "/ws/probe")), ports.http)
}

fn endpoint(scheme: &str, address: SocketAddr, path: &str) -> Endpoint {
    Endpoint::new(&format!("{scheme}://{address}{path}")).expect("an address")
}

/// Where a server listens.
#[derive(Clone, Copy)]
struct Ports {
    http: SocketAddr,
    native: SocketAddr,
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
    pub(super) async fn serve(&self, service: Service, limits: Limits) -> Serving {
        match self.reach {
            Reach::Local => {
                let same = calls::same(now::ProbeClient::local(service));
                Serving { clients: Clients { same, later: None, garbage: None, address: None }, server: None }
            }
            Reach::Ports(clients) => {
                let (ports, running) = start(service, limits).await;
                Serving { clients: clients(ports), server: Some(running) }
            }
        }
    }
}

/// Starts a server of all wires.
async fn start(service: Service, limits: Limits) -> (Ports, Running) {
    let unsaid = wireloom::Limits::default();
    let limits = wireloom::Limits {
        body_bytes_max: limits.body_bytes_max.unwrap_or(unsaid.body_bytes_max),
        json_depth_max: limits.json_depth_max.unwrap_or(unsaid.json_depth_max),
        ..unsaid
    };
    let server = Server::new().limits(limits).serve(now::ProbeServer::new(service)).native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await.expect("a free port");
    let http = bound.local_addr().expect("it listens for HTTP");
    let native = bound.native_addr().expect("it listens for native RPC");
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    (Ports { http, native }, Running { stop: Some(stop), ended })
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
