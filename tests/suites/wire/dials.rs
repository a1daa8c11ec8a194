//! Endpoints that take longer to connect than attempts last, on every wire: a dial is not its attempt's.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::{JsonFrames, Native};
use wireloom::policy::{Policies, Settings, Word};
use wireloom::rest::{Rest, RestOptions};
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::transport::{Exchange, Transport};
use wireloom::ws::{Messages, Ws, WsOptions};
use wireloom::{Bound, Channel, Code, Connect, Context, Endpoint, Fault, OperationFault as _, Server};

use crate::tiers::contract::tiers::{AskFault, AskRequest, Tier, TierClient, TierServer, tier_operations::Ask};

/// How long what is to give up lasts: nothing else is done in time.
const BRIEF: Duration = Duration::from_millis(60);

/// Longer than anything here may take; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connects once it is told to, and counts.
#[derive(Clone, Debug, Default)]
struct Gate {
    is_open: watch::Sender<bool>,
    begun: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
}

impl Gate {
    fn open(&self) {
        self.is_open.send_replace(true);
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}

/// A dial while it runs.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connect for Gate {
    type Stream = TcpStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<TcpStream> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.expect("it has its sender itself");
        let uri = to.uri();
        TcpStream::connect((uri.host().unwrap_or_default(), uri.port_u16().unwrap_or_default())).await
    }
}

struct Letters;

impl Tier for Letters {
    async fn ask(&self, _: &Context, input: AskRequest) -> Result<String, AskFault> {
        Ok("x".repeat(input.letters as usize))
    }
}

/// A wire that connects so.
trait Dials: Transport + Exchange<Ask> {
    fn dialling(by: Gate, connect_time_max: Duration) -> Self;
    fn endpoint(bound: &Bound) -> String;
}

impl Dials for Rest {
    fn dialling(by: Gate, connect_time_max: Duration) -> Rest {
        Rest::new(RestOptions { connect_time_max, ..RestOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("http://{}", bound.local_addr().unwrap())
    }
}

impl Dials for Grpc {
    fn dialling(by: Gate, connect_time_max: Duration) -> Grpc {
        Grpc::new(GrpcOptions { connect_time_max, ..GrpcOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("http://{}", bound.local_addr().unwrap())
    }
}

impl Dials for Rpc {
    fn dialling(by: Gate, connect_time_max: Duration) -> Rpc {
        Rpc::new(RpcOptions { connect_time_max, ..RpcOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("rpc://{}", bound.native_addr().unwrap())
    }
}

impl<E: Messages> Dials for Ws<E>
where
    Ws<E>: Exchange<Ask>,
{
    fn dialling(by: Gate, connect_time_max: Duration) -> Ws<E> {
        Ws::new(WsOptions { connect_time_max, ..WsOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("ws://{}/ws/tier", bound.local_addr().unwrap())
    }
}

/// A client whose calls are not repeated, of a server that runs.
struct Calling<T> {
    client: TierClient<Channel<T>>,
    policies: Policies,
}

impl<T: Dials> Calling<T> {
    async fn by(gate: &Gate, connect_time_max: Duration) -> Calling<T> {
        let server = Server::new().serve(TierServer::new(Letters)).native("127.0.0.1:0");
        let bound = server.bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = T::endpoint(&bound);
        tokio::spawn(bound.run_until(pending()));
        let policies = Policies::default();
        let transport = T::dialling(gate.clone(), connect_time_max);
        let channel = Channel::over(transport).endpoints([endpoint]).expect("an address").policies(&policies).build();
        Calling { client: TierClient::new(channel), policies }
    }

    /// The outcome of a call with so much time for its attempt.
    async fn ask(&self, attempt: Duration) -> Result<String, Fault> {
        let settings = Settings {
            deadline: Some(PATIENCE),
            attempt: Some(attempt),
            retry: Word::Off,
            throttle: Word::Off,
            ..Settings::UNSAID
        };
        self.policies.set("", settings).expect("settings that can be");
        self.client.ask(&Context::new(), AskRequest::new(1)).await.map_err(|fault| fault.to_fault())
    }

    async fn gives_up(&self) {
        assert_eq!(self.ask(BRIEF).await.unwrap_err().code(), Code::DeadlineExceeded);
    }
}

/// Waits until so many dials run.
async fn until_running(gate: &Gate, dials: usize) {
    for _ in 0..PATIENCE.as_millis() / 5 {
        if gate.running() == dials {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("never {dials}: {gate:?}");
}

macro_rules! over_every_wire {
    ($($test:ident)*) => { $(
        mod $test {
            use super::*;

            #[tokio::test]
            async fn over_rest() {
                super::$test::<Rest>().await;
            }

            #[tokio::test]
            async fn over_grpc() {
                super::$test::<Grpc>().await;
            }

            #[tokio::test]
            async fn over_rpc() {
                super::$test::<Rpc>().await;
            }

            #[tokio::test]
            async fn over_ws_json() {
                super::$test::<Ws<JsonFrames>>().await;
            }

            #[tokio::test]
            async fn over_ws_binary() {
                super::$test::<Ws<Native>>().await;
            }
        }
    )* };
}

over_every_wire! {
    an_endpoint_that_connects_slower_than_attempts_last_is_reached
    callers_at_once_leave_one_dial
    a_dial_ends_with_its_channel
    a_dial_ends_with_its_own_time
}

async fn an_endpoint_that_connects_slower_than_attempts_last_is_reached<T: Dials>() {
    let gate = Gate::default();
    let calling = Calling::<T>::by(&gate, PATIENCE).await;
    for _ in 0..3 {
        calling.gives_up().await;
    }
    until_running(&gate, 1).await;
    gate.open();
    calling.ask(PATIENCE).await.expect("it is connected");
    until_running(&gate, 0).await;
    assert_eq!(gate.begun(), 1, "one dial, which went on");
}

async fn callers_at_once_leave_one_dial<T: Dials>() {
    let gate = Gate::default();
    let calling = Calling::<T>::by(&gate, PATIENCE).await;
    calling.gives_up().await;
    until_running(&gate, 1).await;
    assert_eq!(gate.begun(), 1);
    // Over HTTP/1.1 each of them needs a connection, yet what they leave is one dial.
    tokio::join!(calling.gives_up(), calling.gives_up(), calling.gives_up());
    until_running(&gate, 1).await;
    gate.open();
    calling.ask(PATIENCE).await.expect("it is connected");
}

async fn a_dial_ends_with_its_channel<T: Dials>() {
    let gate = Gate::default();
    let calling = Calling::<T>::by(&gate, PATIENCE).await;
    calling.gives_up().await;
    until_running(&gate, 1).await;
    drop(calling);
    // Nobody waits for it any more.
    until_running(&gate, 0).await;
}

async fn a_dial_ends_with_its_own_time<T: Dials>() {
    let gate = Gate::default();
    let calling = Calling::<T>::by(&gate, BRIEF).await;
    for _ in 0..2 {
        let before = gate.begun();
        let fault = calling.ask(PATIENCE).await.unwrap_err();
        assert_eq!(fault.code(), Code::Unavailable, "{fault}");
        // What surely was not sent is tried elsewhere, and there is no elsewhere.
        until_running(&gate, 0).await;
        assert!(gate.begun() > before, "{gate:?}");
    }
}
