//! The suite on `memory://`, and what is its own.

use std::time::Duration;

use wireloom::broker::memory::MemoryBroker;
use wireloom::messaging::{Bus, Consumers, Outcome};
use wireloom::policy::intake::Concurrency;
use wireloom::policy::settings::{Limit, Per, Retry};
use wireloom::policy::{Policies, Settings, Word, rate};
use wireloom::{Code, Context};

use crate::place::{Place, Shop};
use crate::shop::{OrdersServer, Pinged};

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

/// What is said of a handler beside the contract holds for it alone.
#[tokio::test]
async fn policies_name_a_handler() {
    let place = place("").await;
    let policies = Policies::default();
    let one_at_once = Settings { concurrency: Word::On(Concurrency::Fixed(1)), ..Settings::UNSAID };
    policies.set("shop.orders.Orders/pinged", one_at_once).unwrap();
    let shop = Shop::new(|_| (Duration::from_millis(10), Outcome::Done));
    let running = place.serve_with(&shop, |consumers| consumers.policies(&policies)).await;
    for number in 0..8 {
        place.ping(number).await;
    }
    shop.numbers("pinged", 8).await;
    assert_eq!(shop.at_once_max(), 1);
    // It may be said otherwise while events are handled; that of another handler, or of the service, is not about it.
    policies.set("shop.orders.Orders/pinged", Settings::UNSAID).unwrap();
    policies.set("shop.orders.Orders/placed", one_at_once).unwrap();
    policies.set("shop.orders.Orders", one_at_once).unwrap();
    for number in 8..16 {
        place.ping(number).await;
    }
    shop.numbers("pinged", 16).await;
    assert!(shop.at_once_max() > 1);
    running.drain().await;
}

/// What a handler cannot have is refused before anything is consumed, and so is one that there is not.
#[tokio::test]
async fn policies_that_no_handler_can_have_are_refused() {
    let place = place("").await;
    let peer = Limit { rate: rate::Config::per_second(5), per: Per::Peer };
    let cases = [
        (
            "pinged",
            Settings { retry: Word::On(Retry::UNSAID), ..Settings::UNSAID },
            "`retry` of a handler is said by its binding",
        ),
        ("pinged", Settings { attempt: Some(Duration::from_secs(1)), ..Settings::UNSAID }, "`attempt` is a caller's"),
        (
            "pinged",
            Settings { limit: Word::On(peer), ..Settings::UNSAID },
            "`limit` is per peer, and events come from a broker",
        ),
        (
            "pinge",
            Settings::within(Duration::from_secs(1)),
            "is no operation or handler of `shop.orders.Orders`; did you mean `pinged`?",
        ),
    ];
    for (handler, settings, expected) in cases {
        let policies = Policies::default();
        let said = policies.set(&format!("shop.orders.Orders/{handler}"), settings);
        let consumers = Consumers::on(&place.bus).serve(OrdersServer::new(Shop::content())).policies(&policies);
        let error = match said {
            Ok(()) => consumers.join().await.unwrap_err().to_string(),
            // Another test serves the service just now, so its handlers are known.
            Err(wrong) => wrong.to_string(),
        };
        assert!(error.contains(expected), "{error}");
    }
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
