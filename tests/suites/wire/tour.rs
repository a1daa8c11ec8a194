//! The tour of the orders example, over REST and in process: one scenario, written once over the service's trait.

use std::sync::Mutex;

use orders::contract::shop::orders::{OrdersClient, OrdersServer};
use orders::{Shop, tour};
use wireloom::{Channel, Server};

#[tokio::test]
async fn the_tour_runs_over_rest() {
    let server = Server::new().serve(OrdersServer::new(Shop::default())).bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    let calls = run(&OrdersClient::new(Channel::rest(&address).unwrap())).await;
    assert_eq!(calls, told("this wire carries no stream in"));
    serving.abort();
}

#[tokio::test]
async fn the_tour_runs_over_native_rpc() {
    let server = Server::new().serve(OrdersServer::new(Shop::default())).native("127.0.0.1:0");
    let server = server.bind_native().await.unwrap();
    let address = server.native_addr().unwrap().to_string();
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    let calls = run(&OrdersClient::new(Channel::rpc(&address).unwrap())).await;
    assert_eq!(calls, told("2 pieces"));
    serving.abort();
}

#[tokio::test]
async fn the_tour_runs_in_process() {
    let calls = run(&OrdersClient::local(Shop::default())).await;
    assert_eq!(calls, told("2 pieces"));
}

/// What the tour reports, whatever the wire; only streams in are not carried by all.
fn told(upload: &str) -> Vec<String> {
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
    all.iter().map(|&line| line.to_owned()).chain([format!("upload: {upload}")]).collect()
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
