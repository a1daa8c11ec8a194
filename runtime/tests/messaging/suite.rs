//! What is promised on every broker. Each promise is one function over a place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wireloom::admission::{Admission, Admitting, End, Head, Permit, Refusal};
use wireloom::messaging::{Message, Outcome, PublishOptions, dead_headers as dead};
use wireloom::{Bytes, Context, Metadata, Trace};

use crate::place::{Place, Shop};
use crate::shop::{OrderPlaced, Pinged};

const AT_ONCE: Duration = Duration::ZERO;

pub(crate) async fn an_event_arrives_with_its_envelope(place: Place) {
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    let trace: Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
    let cx = Context::new().with_trace(trace);
    let options = PublishOptions {
        id: Some("o-1 ä".into()),
        time: Some("2026-01-31T13:45:00Z".parse().unwrap()),
        ..PublishOptions::default()
    };
    let event = OrderPlaced { order: "a".into(), number: 7, total: 1 };
    place.publisher.publish_with(&cx, &event, options).await.unwrap();
    assert_eq!(shop.numbers("placed", 1).await, [7]);
    let info = &shop.seen("placed")[0].info;
    assert_eq!((info.id.as_str(), info.source.as_str(), info.attempt), ("o-1 ä", "/shop.orders/Orders", 1));
    assert_eq!(info.time.unwrap().to_string(), "2026-01-31T13:45:00Z");
    // Publishing is a span of the trace, and handling another.
    let handled = shop.seen("placed")[0].trace.unwrap();
    assert_eq!((handled.trace_id(), handled.is_sampled()), (trace.trace_id(), true));
    assert_ne!(handled.span_id(), trace.span_id());
    running.drain().await;
}

pub(crate) async fn every_group_gets_every_event_that_it_wants(place: Place) {
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    for number in 0..20 {
        let event = OrderPlaced { order: "a".into(), number, total: number * 50 + 1 };
        place.publisher.publish(&Context::new(), &event).await.unwrap();
    }
    assert_eq!(shop.numbers("placed", 20).await, (0..20).collect::<Vec<_>>());
    // 10 * 50 + 1 is the first above 500.
    assert_eq!(shop.numbers("big", 10).await, (10..20).collect::<Vec<_>>());
    running.drain().await;
    assert_eq!(shop.seen("big").len(), 10);
}

pub(crate) async fn members_of_a_group_share_its_events(place: Place) {
    let (one, two) = (Shop::content(), Shop::content());
    let running = [place.serve(&one).await, place.serve(&two).await];
    for number in 0..100 {
        place.ping(number).await;
        place.place("a", number).await;
    }
    for handler in ["pinged", "placed"] {
        let both = || one.seen(handler).len() + two.seen(handler).len();
        while both() < 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    for running in running {
        running.drain().await;
    }
    for handler in ["pinged", "placed"] {
        let mut all: Vec<_> = [&one, &two].iter().flat_map(|shop| shop.seen(handler)).map(|seen| seen.number).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>(), "{handler}: each once");
    }
    assert_eq!(one.overlaps.load(Ordering::SeqCst) + two.overlaps.load(Ordering::SeqCst), 0);
}

pub(crate) async fn events_of_a_key_keep_their_order_across_retries(place: Place) {
    // Every third one fails twice, at its own pace.
    let shop = Shop::new(|seen| {
        let pause = Duration::from_millis(u64::from(seen.number * 7 % 5));
        let fails = seen.handler == "placed" && seen.number.is_multiple_of(3) && seen.info.attempt <= 2;
        (pause, if fails { Outcome::RetryNow } else { Outcome::Done })
    });
    let running = place.serve(&shop).await;
    let events = (0..60).map(|number| OrderPlaced { order: format!("o{}", number % 4), number, total: 1 });
    place.publisher.publish_all(&Context::new(), events, 16).await.unwrap();
    shop.numbers("placed", 60 + 2 * 20).await;
    running.drain().await;
    for order in 0..4 {
        let seen = shop.seen("placed");
        let of_key: Vec<_> = seen.iter().filter(|seen| seen.order == format!("o{order}")).collect();
        assert!(of_key.is_sorted_by_key(|seen| (seen.number, seen.info.attempt)), "o{order}: {of_key:#?}");
    }
    assert_eq!(shop.overlaps.load(Ordering::SeqCst), 0, "one of a key at a time");
    assert!(shop.at_once_max() > 1, "different keys do not wait for each other");
}

pub(crate) async fn what_keeps_failing_goes_to_the_dead_topic(place: Place) {
    let mut dead = place.read("shop.orders.placed.dead").await;
    let mut dead_pings = place.read("shop.orders.pinged.dead").await;
    let shop = Shop::new(|seen| (AT_ONCE, if seen.number == 1 { Outcome::RetryNow } else { Outcome::Done }));
    let running = place.serve(&shop).await;
    let options = PublishOptions { id: Some("o-1".into()), ..PublishOptions::default() };
    let event = OrderPlaced { order: "a".into(), number: 1, total: 1 };
    place.publisher.publish_with(&Context::new(), &event, options).await.unwrap();
    place.place("a", 2).await;
    place.ping(1).await;
    assert_eq!(shop.numbers("placed", 5).await, [1, 1, 1, 1, 2], "the first and three retries, then the next");
    let attempts: Vec<_> = shop.seen("placed").iter().map(|seen| seen.info.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 1]);
    let effects: Vec<_> = shop.seen("placed").iter().map(|seen| seen.effect).collect();
    assert!(
        effects[0].is_some() && effects[..4].iter().all(|effect| *effect == effects[0]) && effects[4] != effects[0]
    );
    let names = [dead::REASON, dead::ATTEMPTS, dead::TOPIC, dead::GROUP, "ce-id", "ce-type", "ce-partitionkey"];
    let wanted = ["failed 4 times", "4", "shop.orders.placed", "shipping", "o-1", "shop.orders.OrderPlaced", "a"];
    assert_eq!(dead.headers(names).await, wanted);
    assert_eq!(dead_pings.headers([dead::REASON, dead::GROUP]).await, ["failed 3 times", "orders"]);
    assert_eq!(shop.seen("pinged").len(), 3);
    running.drain().await;
}

pub(crate) async fn what_is_rejected_goes_to_the_named_dead_topic_at_once(place: Place) {
    let mut dead = place.read("shop.orders.suspicious").await;
    let shop = Shop::new(|seen| match seen.handler {
        "big" => (AT_ONCE, Outcome::Reject("too good\nto be true: 100 %".into())),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    let event = OrderPlaced { order: "a".into(), number: 1, total: 999 };
    place.publisher.publish(&Context::new(), &event).await.unwrap();
    let [reason, attempts] = dead.headers([dead::REASON, dead::ATTEMPTS]).await;
    assert_eq!((reason.as_str(), attempts.as_str()), ("too good%0Ato be true: 100 %25", "1"));
    running.drain().await;
    assert_eq!((shop.seen("big").len(), shop.seen("placed").len()), (1, 1), "a group's failure is its own");
}

pub(crate) async fn what_breaks_its_contract_reaches_no_handler(place: Place) {
    let mut dead = place.read("shop.orders.placed.dead").await;
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    let mut kind = Metadata::default();
    kind.insert("ce-type", "shop.orders.Cancelled");
    for (number, (payload, headers, told)) in [
        ("{\"order\":\"a\",\"number\":1,\"total\":0}", Metadata::default(), "total: must be in 1..1000, not 0"),
        ("{\"order\":\"a\",\"number\":1}", Metadata::default(), "total: missing"),
        ("{\"order\":", Metadata::default(), "malformed JSON at line 1, column 9: EOF while parsing a value"),
        ("{}", kind, "is a `shop.orders.Cancelled`, not a `shop.orders.OrderPlaced`"),
    ]
    .into_iter()
    .enumerate()
    {
        publish_raw(&place, "shop.orders.placed", number, payload, headers).await;
        // Both groups bury it; this one is read.
        let [reason, violations] = dead.headers([dead::REASON, dead::VIOLATIONS]).await;
        assert_eq!((reason.as_str(), violations.as_str()), ("the event breaks its contract", told));
    }
    place.place("a", 2).await;
    assert_eq!(shop.numbers("placed", 1).await, [2]);
    running.drain().await;
}

async fn publish_raw(place: &Place, topic: &str, number: usize, payload: &'static str, headers: Metadata) {
    let payload = Bytes::from_static(payload.as_bytes());
    let message = Message { topic: topic.into(), id: format!("raw-{number}"), key: None, headers, payload };
    place.bus.broker().publish(message).await.unwrap().await.unwrap();
}

pub(crate) async fn a_foreign_event_needs_no_envelope(place: Place) {
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    let payload = "{\"order\":\"a\",\"number\":3,\"total\":5,\"more\":true}";
    publish_raw(&place, "shop.orders.placed", 0, payload, Metadata::default()).await;
    assert_eq!(shop.numbers("placed", 1).await, [3]);
    assert!(!shop.seen("placed")[0].info.id.is_empty(), "every event has an identity");
    running.drain().await;
}

pub(crate) async fn a_panic_is_a_failed_attempt(place: Place) {
    let mut dead = place.read("shop.orders.pinged.dead").await;
    let shop = Shop::new(|seen| match (seen.number, seen.info.attempt) {
        (1, 1) | (2, _) => (AT_ONCE, Outcome::Reject("panic".into())),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    place.ping(1).await;
    assert_eq!(shop.numbers("pinged", 2).await, [1, 1], "the panic, then well");
    place.ping(2).await;
    assert_eq!(dead.headers([dead::REASON]).await, ["failed 3 times, at last it panicked"]);
    running.drain().await;
}

pub(crate) async fn a_handler_that_takes_too_long_is_tried_again(place: Place) {
    let shop = Shop::new(|seen| match seen.info.attempt {
        1 => (Duration::from_secs(60), Outcome::Done),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    place.ping(1).await;
    assert_eq!(shop.numbers("pinged", 1).await, [1]);
    assert_eq!(shop.seen("pinged")[0].info.attempt, 2, "the first attempt was ended");
    running.drain().await;
}

pub(crate) async fn a_retry_comes_no_sooner_than_asked(place: Place) {
    let wait = Duration::from_millis(400);
    let shop = Shop::new(move |seen| match seen.info.attempt {
        1 => (AT_ONCE, Outcome::RetryAfter(wait)),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    place.place("a", 1).await;
    comes_late(&shop, "placed", wait).await;
    place.ping(1).await;
    comes_late(&shop, "pinged", wait).await;
    running.drain().await;
}

/// Waits for two handlings, the second of them not much earlier than asked.
async fn comes_late(shop: &Shop, handler: &str, wait: Duration) {
    shop.numbers(handler, 1).await;
    let first = Instant::now();
    shop.numbers(handler, 2).await;
    assert!(first.elapsed() > wait / 2, "{handler}: {:?}", first.elapsed());
}

pub(crate) async fn an_expired_event_is_passed_over(place: Place) {
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    let options = |expires_in| PublishOptions {
        time: Some(wireloom::Timestamp::now() - wireloom::Duration::from_secs(10)),
        expires_in: Some(expires_in),
        ..PublishOptions::default()
    };
    for (number, expires_in) in [(1, Duration::from_secs(9)), (2, Duration::from_secs(60))] {
        let event = Pinged { number };
        place.publisher.publish_with(&Context::new(), &event, options(expires_in)).await.unwrap();
    }
    shop.numbers("pinged", 1).await;
    running.drain().await;
    assert_eq!(shop.numbers("pinged", 1).await, [2]);
}

pub(crate) async fn no_more_are_in_hand_than_may_be(place: Place) {
    let shop = Shop::new(|seen| match seen.handler {
        "placed" => (Duration::from_millis(20), Outcome::Done),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    let events = (0..64).map(|number| OrderPlaced { order: format!("o{number}"), number, total: 1 });
    place.publisher.publish_all(&Context::new(), events, 64).await.unwrap();
    shop.numbers("placed", 64).await;
    assert_eq!(shop.at_once_max(), 8, "as many as `prefetch` says");
    running.drain().await;
}

pub(crate) async fn draining_finishes_what_is_in_hand_and_loses_nothing(place: Place) {
    let slow = || Shop::new(|_| (Duration::from_millis(30), Outcome::Done));
    let shops = [slow(), slow(), slow()];
    let first = place.serve(&shops[0]).await;
    for number in 0..40 {
        place.place(&format!("o{}", number % 2), number).await;
        place.ping(number).await;
    }
    shops[0].numbers("placed", 3).await;
    first.drain().await;
    let after_drain = shops[0].seen("placed").len();
    let second = place.serve(&shops[1]).await;
    shops[1].numbers("placed", 3).await;
    second.drain().await;
    let last = place.serve(&shops[2]).await;
    let count = |handler| shops.iter().map(|shop| shop.seen(handler).len()).sum::<usize>();
    while count("placed") < 40 || count("pinged") < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    last.drain().await;
    assert!(after_drain < 40, "the first stopped before the end");
    assert_eq!(shops[0].seen("placed").len(), after_drain, "after draining nothing runs");
    for order in 0..2 {
        let key = format!("o{order}");
        let all = shops.iter().flat_map(|shop| shop.seen("placed")).filter(|seen| seen.order == key);
        let numbers: Vec<_> = all.map(|seen| seen.number).collect();
        assert_eq!(numbers, (0..40).filter(|number| number % 2 == order).collect::<Vec<_>>(), "each once, in order");
    }
    assert_eq!(count("pinged"), 40, "each once");
}

pub(crate) async fn draining_gives_back_what_waits_for_a_retry(place: Place) {
    let shop = Shop::new(|seen| match seen.number {
        1 => (AT_ONCE, Outcome::RetryAfter(Duration::from_secs(600))),
        _ => (AT_ONCE, Outcome::Done),
    });
    let running = place.serve(&shop).await;
    place.place("a", 1).await;
    place.place("a", 2).await;
    shop.numbers("placed", 1).await;
    running.drain().await;
    assert_eq!(shop.seen("placed").len(), 1, "the second waits behind the first");
    let next = Shop::content();
    let running = place.serve(&next).await;
    assert_eq!(next.numbers("placed", 2).await, [1, 2]);
    running.drain().await;
}

/// Refuses the first three asks.
struct Reluctant {
    asked: AtomicUsize,
    settled: Arc<AtomicUsize>,
}

impl Admission for Reluctant {
    fn admit(&self, head: &Head<'_>, now: Instant) -> Admitting {
        assert!(["placed", "big", "pinged"].contains(&head.op.name));
        Admitting::Judged(match self.asked.fetch_add(1, Ordering::SeqCst) {
            0..3 => Err(Refusal::Busy { retry_after: Duration::from_millis(10) }),
            _ => Ok(Permit::new(now)),
        })
    }

    fn settle(&self, _: Permit, _: End, _: Instant) {
        self.settled.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) async fn what_admission_refuses_waits(place: Place) {
    let shop = Shop::content();
    let settled = Arc::new(AtomicUsize::new(0));
    let admission = Reluctant { asked: AtomicUsize::new(0), settled: Arc::clone(&settled) };
    let running = place.serve_with(&shop, |consumers| consumers.admission(admission)).await;
    for number in 0..3 {
        place.place("a", number).await;
    }
    assert_eq!(shop.numbers("placed", 3).await, [0, 1, 2]);
    assert!(shop.seen("placed").iter().all(|seen| seen.info.attempt == 1), "waiting is no attempt");
    running.drain().await;
    assert_eq!(settled.load(Ordering::SeqCst), 3, "each permit is settled once");
}

pub(crate) async fn many_are_published_in_a_window(place: Place) {
    let shop = Shop::content();
    let running = place.serve(&shop).await;
    let events = (0..1000).map(|number| OrderPlaced { order: format!("o{}", number % 50), number, total: 1 });
    place.publisher.publish_all(&Context::new(), events, 256).await.unwrap();
    let numbers = shop.numbers("placed", 1000).await;
    for key in 0..50 {
        assert!(numbers.iter().filter(|number| *number % 50 == key).is_sorted(), "the order of each key");
    }
    running.drain().await;
}
