//! Endpoints that take longer to connect than attempts last, on every wire: a dial is not its attempt's.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::{JsonFrames, Native};
use wireloom::policy::{Policies, Settings, Word};
use wireloom::rest::{Rest, RestOptions};
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::transport::{Exchange, Transport};
use wireloom::ws::{Messages, Ws, WsOptions};
use wireloom::{Bound, Channel, Code, Connect, Context, Endpoint, OperationFault as _, Server};

use crate::tiers::contract::tiers::{AskFault, AskRequest, Tier, TierClient, TierServer, tier_operations::Ask};

/// How long an attempt may last.
const ATTEMPT: Duration = Duration::from_millis(60);

/// How long it takes to connect.
const SLOW: Duration = Duration::from_millis(300);

/// Connects slowly, or never, and counts.
#[derive(Clone, Debug, Default)]
struct Slow {
    never: bool,
    begun: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
}

impl Slow {
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

impl Connect for Slow {
    type Stream = TcpStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<TcpStream> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        if self.never {
            pending::<()>().await;
        }
        sleep(SLOW).await;
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
    fn dialling(by: Slow, connect_time_max: Duration) -> Self;
    fn endpoint(bound: &Bound) -> String;
}

impl Dials for Rest {
    fn dialling(by: Slow, connect_time_max: Duration) -> Rest {
        Rest::new(RestOptions { connect_time_max, ..RestOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("http://{}", bound.local_addr().unwrap())
    }
}

impl Dials for Grpc {
    fn dialling(by: Slow, connect_time_max: Duration) -> Grpc {
        Grpc::new(GrpcOptions { connect_time_max, ..GrpcOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("http://{}", bound.local_addr().unwrap())
    }
}

impl Dials for Rpc {
    fn dialling(by: Slow, connect_time_max: Duration) -> Rpc {
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
    fn dialling(by: Slow, connect_time_max: Duration) -> Ws<E> {
        Ws::new(WsOptions { connect_time_max, ..WsOptions::default() }).connector(by)
    }

    fn endpoint(bound: &Bound) -> String {
        format!("ws://{}/ws/tier", bound.local_addr().unwrap())
    }
}

/// A client whose attempts are short and not repeated, of a server that runs.
async fn client<T: Dials>(by: Slow, connect_time_max: Duration) -> TierClient<Channel<T>> {
    let server = Server::new().serve(TierServer::new(Letters)).native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = T::endpoint(&bound);
    tokio::spawn(bound.run_until(pending()));
    let policies = Policies::default();
    let settings = Settings { attempt: Some(ATTEMPT), retry: Word::Off, throttle: Word::Off, ..Settings::UNSAID };
    policies.set("", settings).expect("settings that can be");
    let transport = T::dialling(by, connect_time_max);
    TierClient::new(Channel::over(transport).endpoints([endpoint]).expect("an address").policies(&policies).build())
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
    let slow = Slow::default();
    let client = client::<T>(slow.clone(), Duration::from_secs(5)).await;
    let began = Instant::now();
    let mut failed = 0;
    while let Err(fault) = client.ask(&Context::new(), AskRequest::new(1)).await {
        assert_eq!(fault.to_fault().code(), Code::DeadlineExceeded);
        failed += 1;
        assert!(failed < 20, "it is never reached");
    }
    assert!(failed >= 2 && began.elapsed() >= SLOW, "{failed} attempts gave up meanwhile");
    assert_eq!((slow.begun(), slow.running()), (1, 0), "one dial, which went on");
}

async fn callers_at_once_leave_one_dial<T: Dials>() {
    let slow = Slow::default();
    let client = client::<T>(slow.clone(), Duration::from_secs(5)).await;
    let (cx, ask) = (Context::new(), || AskRequest::new(1));
    client.ask(&cx, ask()).await.unwrap_err();
    assert_eq!((slow.begun(), slow.running()), (1, 1));
    // Over HTTP/1.1 each of them needs a connection, yet what they leave is one dial.
    let _ = tokio::join!(client.ask(&cx, ask()), client.ask(&cx, ask()), client.ask(&cx, ask()));
    // What is ended is gone when its task has run once more.
    sleep(ATTEMPT / 3).await;
    assert!(slow.running() <= 1, "{} dials", slow.running());
    sleep(SLOW).await;
    client.ask(&cx, ask()).await.expect("it is connected");
}

async fn a_dial_ends_with_its_channel<T: Dials>() {
    let slow = Slow { never: true, ..Slow::default() };
    let client = client::<T>(slow.clone(), Duration::from_secs(5)).await;
    client.ask(&Context::new(), AskRequest::new(1)).await.unwrap_err();
    assert_eq!(slow.running(), 1, "it goes on");
    drop(client);
    let gone = async {
        while slow.running() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(2), gone).await.expect("nobody waits for it any more");
}

async fn a_dial_ends_with_its_own_time<T: Dials>() {
    let slow = Slow { never: true, ..Slow::default() };
    let client = client::<T>(slow.clone(), ATTEMPT / 3).await;
    let mut before = 0;
    for _ in 0..2 {
        let fault = client.ask(&Context::new(), AskRequest::new(1)).await.unwrap_err().to_fault();
        assert_eq!(fault.code(), Code::Unavailable, "{fault}");
        // What surely was not sent is tried elsewhere, and there is no elsewhere.
        assert!(slow.begun() > before && slow.running() == 0, "{} dials before, {slow:?}", before);
        before = slow.begun();
    }
}
