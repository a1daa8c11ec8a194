//! The suite on `memory://`, and what is its own.

use std::time::Duration;

use wireloom::broker::memory::MemoryBroker;
use wireloom::messaging::{Bus, Outcome};
use wireloom::{Code, Context};

use crate::place::{Place, Shop};
use crate::shop::Pinged;

async fn place(_: &str) -> Place {
    Place::on(Bus::connect("memory://").await.unwrap())
}

crate::keeps_every_promise!(place);

#[tokio::test]
async fn a_full_queue_makes_publishers_wait() {
    let place = Place::on(Bus::over(MemoryBroker::new(4)));
    let shop = Shop::new(|_| (Duration::from_millis(300), Outcome::Done));
    let running = place.serve(&shop).await;
    for number in 0..4 {
        place.ping(number).await;
    }
    let cx = Context::new().with_deadline_in(Duration::from_millis(50));
    let fault = place.publisher.publish(&cx, &Pinged { number: 4 }).await.unwrap_err();
    assert_eq!(fault.code(), Code::Unavailable);
    place.ping(5).await;
    let mut numbers = shop.numbers("pinged", 5).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 5], "what was refused was not stored either");
    running.drain().await;
}

#[tokio::test]
async fn a_topic_without_groups_keeps_nothing() {
    let place = Place::on(Bus::over(MemoryBroker::new(1)));
    for number in 0..10 {
        place.ping(number).await;
    }
}

#[tokio::test]
async fn an_unknown_broker_is_refused() {
    let error = Bus::connect("kafka://127.0.0.1:9092").await.unwrap_err();
    assert!(error.to_string().contains("names no broker of this build"), "{error}");
}

#[cfg(feature = "http")]
#[tokio::test]
async fn one_server_serves_and_consumes_and_drains_both() {
    let place = place("").await;
    let shop = Shop::new(|_| (Duration::from_millis(100), Outcome::Done));
    let server =
        wireloom::Server::new().broker(&place.bus).serve(crate::shop::OrdersServer::new(std::sync::Arc::clone(&shop)));
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    for number in 0..10 {
        place.ping(number).await;
    }
    shop.numbers("pinged", 1).await;
    drop(stop);
    ended.await.unwrap();
    assert_eq!(shop.seen("pinged").len(), 10, "what was in hand is finished");
}
