//! Three tiers that all retry: calls at the bottom must not multiply, whatever they travel over.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::mux::{JsonFrames, Native};
use wireloom::rest::{Rest, RestOptions};
use wireloom::rpc::{Rpc, RpcOptions};
use wireloom::ws::{Messages, Ws, WsOptions};
use wireloom::{Bound, Channel, Code, Context, Endpoint, Fault, OperationFault as _, Server};

use contract::tiers::{
    AskFault, AskRequest, Feed, FeedClient, FeedServer, LettersFault, LettersRequest, Tier, TierClient, TierServer,
};

#[allow(clippy::all, missing_docs, unreachable_pub, dead_code, reason = "its whole is compiled, some of it is used")]
pub(crate) mod contract {
    wireloom::include_contract!("contracts/tiers/tiers.loom", wires = [rest, rpc, grpc, ws]);
}

/// The longest answer that clients take.
const ANSWER_BYTES_MAX: usize = 1_000;

/// Runs a test over every wire: what it is given makes a client of a server.
macro_rules! over_every_wire {
    ($client:ident at $place:literal: $($test:ident)*) => { $(
        mod $test {
            use super::*;

            macro_rules! over {
                ($wire:ident, $transport:expr, $endpoint:expr) => {
                    #[tokio::test]
                    async fn $wire() {
                        let endpoint: fn(&Bound) -> String = $endpoint;
                        super::$test(|bound| {
                            let endpoint = Endpoint::new(&endpoint(bound)).unwrap();
                            $client::new(Channel::new($transport, endpoint))
                        })
                        .await;
                    }
                };
            }

            over!(over_rest, rest(), |bound| format!("http://{}", http(bound)));
            over!(over_grpc, grpc(), |bound| format!("http://{}", http(bound)));
            over!(over_rpc, rpc(), |bound| format!("rpc://{}", bound.native_addr().unwrap()));
            over!(over_ws_json, ws::<JsonFrames>(), |bound| format!("ws://{}/ws/{}", http(bound), $place));
            over!(over_ws_binary, ws::<Native>(), |bound| format!("ws://{}/ws/{}", http(bound), $place));
        }
    )* };
}

over_every_wire! { TierClient at "tier":
    only_the_tier_above_a_failure_retries
    a_new_fault_may_be_retried_again
    attempts_say_their_numbers
    an_answer_that_is_too_long_is_asked_for_once
}

over_every_wire! { FeedClient at "feed":
    a_fault_in_a_stream_says_when_to_try_again
}

fn http(bound: &Bound) -> SocketAddr {
    bound.local_addr().expect("it listens for HTTP")
}

fn rest() -> Rest {
    Rest::new(RestOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..RestOptions::default() })
}

fn grpc() -> Grpc {
    Grpc::new(GrpcOptions { answer_bytes_max: ANSWER_BYTES_MAX, ..GrpcOptions::default() })
}

fn rpc() -> Rpc {
    Rpc::new(RpcOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..RpcOptions::default() })
}

fn ws<E: Messages>() -> Ws<E> {
    Ws::new(WsOptions { answer_bytes_max: ANSWER_BYTES_MAX as u32, ..WsOptions::default() })
}

/// Fails so many calls, and writes down of each which attempt it says to be.
#[derive(Clone, Default)]
struct Bottom {
    fails: usize,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Bottom {
    fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }
}

impl Tier for Bottom {
    async fn ask(&self, cx: &Context, input: AskRequest) -> Result<String, AskFault> {
        let mut seen = self.seen.lock().unwrap();
        seen.push(cx.attempt());
        match seen.len() <= self.fails {
            true => Err(Fault::new(Code::Unavailable, "not now").into()),
            false => Ok("x".repeat(input.letters as usize)),
        }
    }
}

/// Asks the tier below.
#[derive(Clone)]
struct Middle<C> {
    below: C,
    /// Whether it says in its own words that it failed.
    in_own_words: bool,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl<C: Tier> Middle<C> {
    fn above(below: C) -> Middle<C> {
        Middle { below, in_own_words: false, seen: Arc::default() }
    }

    fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }
}

impl<C: Tier> Tier for Middle<C> {
    async fn ask(&self, cx: &Context, input: AskRequest) -> Result<String, AskFault> {
        self.seen.lock().unwrap().push(cx.attempt());
        let answer = self.below.ask(cx, input).await;
        if self.in_own_words && answer.is_err() {
            return Err(Fault::new(Code::Unavailable, "try another of us").into());
        }
        answer
    }
}

/// Has one letter, and then fails.
struct Letters(Fault);

impl Feed for Letters {
    async fn letters(
        &self,
        _: &Context,
        _: LettersRequest,
    ) -> Result<impl Stream<Item = Result<String, LettersFault>> + Send + 'static, LettersFault> {
        Ok(futures_util::stream::iter([Ok("a".to_owned()), Err(self.0.clone().into())]))
    }
}

/// Serves a tier until the test ends, and gives a client of it.
async fn served<C>(tier: impl Tier, client: impl Fn(&Bound) -> C) -> C {
    run(Server::new().serve(TierServer::new(tier)), client).await
}

async fn run<C>(server: Server, client: impl Fn(&Bound) -> C) -> C {
    let server = server.native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await.expect("a free port");
    let client = client(&bound);
    tokio::spawn(bound.run_until(std::future::pending()));
    client
}

async fn only_the_tier_above_a_failure_retries<C: Tier + Clone>(client: impl Fn(&Bound) -> C) {
    let bottom = Bottom { fails: usize::MAX, ..Bottom::default() };
    let middle = Middle::above(served(bottom.clone(), &client).await);
    let top = Middle::above(served(middle.clone(), &client).await);
    let caller = served(top.clone(), &client).await;
    let fault = caller.ask(&Context::new(), AskRequest::new(1)).await.unwrap_err().to_fault();
    assert_eq!(fault.to_string(), "unavailable: not now");
    assert!(fault.retry_never(), "the caller is told as well");
    assert_eq!(bottom.seen(), [0, 1, 2], "three attempts, and not 27");
    assert_eq!((middle.seen(), top.seen()), (vec![0], vec![0]));
}

async fn a_new_fault_may_be_retried_again<C: Tier + Clone>(client: impl Fn(&Bound) -> C) {
    let bottom = Bottom { fails: usize::MAX, ..Bottom::default() };
    let below = served(bottom.clone(), &client).await;
    let middle = Middle { in_own_words: true, ..Middle::above(below) };
    let caller = served(middle.clone(), &client).await;
    let fault = caller.ask(&Context::new(), AskRequest::new(1)).await.unwrap_err().to_fault();
    assert_eq!(fault.to_string(), "unavailable: try another of us");
    assert_eq!((bottom.seen().len(), middle.seen()), (9, vec![0, 1, 2]));
}

async fn attempts_say_their_numbers<C: Tier>(client: impl Fn(&Bound) -> C) {
    let bottom = Bottom { fails: 2, ..Bottom::default() };
    let caller = served(bottom.clone(), client).await;
    let cx = Context::new().with_metadata("x-tenant", "blue");
    assert_eq!(caller.ask(&cx, AskRequest::new(3)).await.unwrap(), "xxx");
    assert_eq!(caller.ask(&cx, AskRequest::new(2)).await.unwrap(), "xx");
    assert_eq!(bottom.seen(), [0, 1, 2, 0]);
}

async fn an_answer_that_is_too_long_is_asked_for_once<C: Tier>(client: impl Fn(&Bound) -> C) {
    let bottom = Bottom::default();
    let caller = served(bottom.clone(), client).await;
    let fault = caller.ask(&Context::new(), AskRequest::new(ANSWER_BYTES_MAX as u32 + 1)).await.unwrap_err().to_fault();
    assert_eq!((fault.code(), fault.retry_never()), (Code::ResourceExhausted, true));
    assert_eq!(bottom.seen(), [0]);
}

async fn a_fault_in_a_stream_says_when_to_try_again<C: Feed>(client: impl Fn(&Bound) -> C) {
    let later = Fault::new(Code::Unavailable, "later");
    let wait = Duration::from_millis(1500);
    for (fault, hints) in [
        (later.clone(), (None, false)),
        (later.clone().with_retry_after(wait), (Some(wait), false)),
        (later.clone().with_retry_never(), (None, true)),
        (later.with_retry_after(wait).with_retry_never(), (Some(wait), true)),
    ] {
        let caller = run(Server::new().serve(FeedServer::new(Letters(fault))), &client).await;
        let mut letters = std::pin::pin!(caller.letters(&Context::new(), LettersRequest::default()).await.unwrap());
        assert_eq!(letters.next().await.unwrap().unwrap(), "a");
        let fault = letters.next().await.unwrap().unwrap_err().to_fault();
        assert_eq!(fault.to_string(), "unavailable: later");
        assert_eq!((fault.retry_after(), fault.retry_never()), hints);
    }
}
