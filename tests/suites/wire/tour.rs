//! The tour of the orders example over every wire and in process: one scenario, written once over the service's trait.

use std::sync::Mutex;

use orders::contract::shop::orders::{OrdersClient, OrdersServer};
use orders::{Shop, tour};
use wireloom::{Channel, Server};

#[tokio::test]
async fn the_tour_runs_over_every_wire() {
    let server = Server::new().serve(OrdersServer::new(Shop::default())).native("127.0.0.1:0");
    let server = server.bind("127.0.0.1:0").await.unwrap();
    let (http, native) = (server.local_addr().unwrap(), server.native_addr().unwrap().to_string());
    let (http, socket) = (format!("http://{http}"), format!("ws://{http}/v1/orders/live"));
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    assert_eq!(
        run(&OrdersClient::new(Channel::rest(&http).unwrap())).await,
        told(tour::NOT_CARRIED, tour::NOT_CARRIED)
    );
    assert_eq!(run(&OrdersClient::new(Channel::grpc(&http).unwrap())).await, whole());
    assert_eq!(run(&OrdersClient::new(Channel::rpc(&native).unwrap())).await, whole());
    assert_eq!(run(&OrdersClient::new(Channel::ws_json(&socket).unwrap())).await, whole());
    assert_eq!(run(&OrdersClient::new(Channel::ws(&socket).unwrap())).await, whole());
    serving.abort();
}

#[tokio::test]
async fn the_tour_runs_in_process() {
    assert_eq!(run(&OrdersClient::local(Shop::default())).await, whole());
}

/// What the tour reports where all is carried.
fn whole() -> Vec<String> {
    told("2 pieces", "You said: hello")
}

/// What the tour reports, whatever the wire; only streams in are not carried by all.
fn told(upload: &str, chat: &str) -> Vec<String> {
    let all = [
        "place: order #1 is placed",
        "place again: the same order, no second one",
        "place too much: SOLD-OUT-1 has 0 left",
        "place nonsense: invalid_argument: the input breaks the contract; \
         draft.lines[0].quantity: must be in 1..999, not 0; draft.total.currency: must match /^[A-Z]{3}$/",
        "get nothing: no order 00000000-0000-0000-0000-000000000000",
        "find: 1 order on the page",
        "change: the note is gone, the rest is there",
        "watch: order #1 is placed",
        "cancel: order #1 is cancelled",
    ];
    let streams = [format!("upload: {upload}"), format!("chat: {chat}")];
    all.iter().map(|&line| line.to_owned()).chain(streams).collect()
}

/// The lines of the report; the order that is placed first is `#1`.
async fn run(orders: &impl orders::contract::shop::orders::Orders) -> Vec<String> {
    let calls = Mutex::new(Vec::new());
    let report = |call: &str, answer: &str| calls.lock().unwrap().push(format!("{call}: {answer}"));
    tour::run(orders, report).await.unwrap();
    let calls = calls.into_inner().unwrap();
    let id = calls[0].split(' ').nth(2).expect("`place: order … is placed`").to_owned();
    calls.iter().map(|line| line.replace(&id, "#1")).collect()
}
