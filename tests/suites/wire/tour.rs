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
    assert_eq!(calls.last().unwrap(), "upload: this wire carries no stream in");
    serving.abort();
}

#[tokio::test]
async fn the_tour_runs_in_process() {
    let calls = run(&OrdersClient::local(Shop::default())).await;
    assert_eq!(calls.last().unwrap(), "upload: 2 pieces");
}

async fn run(orders: &impl orders::contract::shop::orders::Orders) -> Vec<String> {
    let calls = Mutex::new(Vec::new());
    let report = |call: &str, answer: &str| calls.lock().unwrap().push(format!("{call}: {answer}"));
    tour::run(orders, report).await.unwrap();
    calls.into_inner().unwrap()
}
