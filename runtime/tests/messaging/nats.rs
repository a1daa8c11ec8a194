//! The suite on NATS JetStream, and what is its own. Wants the server that `WIRELOOM_NATS` names.

use std::time::Duration;

use async_nats::jetstream;
use wireloom::Context;
use wireloom::broker::nats::{Nats, NatsOptions};
use wireloom::messaging::{Bus, Outcome, PublishOptions};

use crate::place::{Place, Shop};
use crate::shop::Pinged;

/// Short, so that what must be waited for is not waited for long.
const ACK_WAIT: Duration = Duration::from_secs(2);

fn url() -> String {
    std::env::var("WIRELOOM_NATS").expect("it names a server")
}

/// A place of its own on the server: every test has another prefix, and every run.
async fn place(test: &str) -> Place {
    at(&prefix(test)).await
}

fn prefix(test: &str) -> String {
    format!("{test}-{}.", wireloom::Uuid::new_v4().simple())
}

async fn at(prefix: &str) -> Place {
    let options = NatsOptions { prefix: prefix.to_owned(), ack_wait: ACK_WAIT, ..NatsOptions::default() };
    Place::on(Bus::over(Nats::connect(&url(), options).await.unwrap()))
}

/// The server, as somebody else sees it.
async fn outside() -> jetstream::Context {
    jetstream::new(async_nats::connect(url()).await.unwrap())
}

crate::keeps_every_promise!(place, #[ignore = "wants a server, WIRELOOM_NATS"]);

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn an_id_is_stored_once() {
    let place = place("dedup").await;
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    for number in [1, 1, 2] {
        let options = PublishOptions { id: Some(format!("p-{number}")), ..PublishOptions::default() };
        place.publisher.publish_with(&Context::new(), &Pinged { number }, options).await.unwrap();
    }
    let mut numbers = shop.numbers("pinged", 2).await;
    numbers.sort_unstable();
    running.drain().await;
    assert_eq!((numbers, shop.seen("pinged").len()), (vec![1, 2], 2));
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn a_slow_handler_keeps_its_event() {
    let place = place("slow").await;
    let shop = Shop::new(|seen| match seen.number {
        1 => (ACK_WAIT * 2, Outcome::Done),
        _ => (Duration::ZERO, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    place.place("a", 1).await;
    place.place("a", 2).await;
    assert_eq!(shop.numbers("placed", 2).await, [1, 2]);
    running.drain().await;
    assert!(shop.seen("placed").iter().all(|seen| seen.info.attempt == 1), "nothing came again");
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn a_subscription_whose_consumer_is_gone_is_built_anew() {
    let prefix = prefix("gone");
    let place = at(&prefix).await;
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    place.place("a", 1).await;
    shop.numbers("placed", 1).await;
    let stream = format!("{prefix}shop.orders.placed").replace('.', "_");
    outside().await.delete_consumer_from_stream("shipping", &stream).await.unwrap();
    place.place("a", 2).await;
    assert_eq!(shop.numbers("placed", 2).await, [1, 2], "what came in between is not lost");
    running.drain().await;
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn a_topic_goes_to_the_stream_that_takes_it() {
    let prefix = prefix("theirs");
    let place = at(&prefix).await;
    let name = prefix.trim_end_matches('.').to_owned();
    let config =
        jetstream::stream::Config { name: name.clone(), subjects: vec![format!("{prefix}>")], ..Default::default() };
    let mut stream = outside().await.create_stream(config).await.unwrap();
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    for number in 0..5 {
        place.place("a", number).await;
        place.ping(number).await;
    }
    assert_eq!(shop.numbers("placed", 5).await, [0, 1, 2, 3, 4]);
    shop.numbers("pinged", 5).await;
    running.drain().await;
    assert_eq!(stream.info().await.unwrap().state.messages, 10);
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn a_member_that_vanished_is_followed_in_order() {
    let prefix = prefix("vanished");
    let one = at(&prefix).await;
    let two = at(&prefix).await;
    let stuck = Shop::new(|seen| match seen.number {
        3 => (Duration::from_secs(600), Outcome::Done),
        _ => (Duration::ZERO, Outcome::Done),
    });
    let vanishing = one.serve(&stuck).await;
    for number in 0..10 {
        two.place(if number % 2 == 0 { "even" } else { "odd" }, number).await;
    }
    stuck.numbers("placed", 6).await;
    let heir = Shop::content();
    let running = two.serve(&heir).await;
    // As a crash would: nothing is settled or given back, the connection just ends.
    vanishing.vanish();
    drop(one);
    assert_eq!(heir.numbers("placed", 4).await, [3, 5, 7, 9]);
    running.drain().await;
}
