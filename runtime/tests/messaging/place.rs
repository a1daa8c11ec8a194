//! Where the suite runs: a broker, a service that notes what it sees, and readers of dead letters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wireloom::messaging::{Bus, Consumers, ConsumersBuilder, Delivery, EventInfo, Interest, Outcome, Subscription};
use wireloom::{Context, Trace};

use crate::shop::{OrderPlaced, OrdersHandlers, OrdersPublisher, OrdersServer, Pinged};

/// Longer than anything in this suite may take; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A broker to run on.
pub(crate) struct Place {
    pub(crate) bus: Bus,
    pub(crate) publisher: OrdersPublisher,
}

impl Place {
    pub(crate) fn on(bus: Bus) -> Place {
        Place { publisher: OrdersPublisher::new(bus.clone()), bus }
    }

    /// Serves a shop until the answer is told to stop or dropped.
    pub(crate) async fn serve(&self, shop: &Arc<Shop>) -> Running {
        self.serve_with(shop, |consumers| consumers).await
    }

    pub(crate) async fn serve_with(
        &self,
        shop: &Arc<Shop>,
        with: impl FnOnce(ConsumersBuilder) -> ConsumersBuilder,
    ) -> Running {
        let consumers = with(Consumers::on(&self.bus).serve(OrdersServer::new(Arc::clone(shop)))).join().await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(consumers.run_until(async { drop(stopped.await) }));
        Running { stop: Some(stop), ended }
    }

    /// Reads a topic from now on.
    pub(crate) async fn read(&self, topic: &str) -> Reading {
        let interest =
            Interest { topic: topic.into(), group: "morgue".into(), prefetch: 8, ordered: false, lasting: true };
        Reading { source: self.bus.broker().subscribe(&interest).await.unwrap() }
    }

    pub(crate) async fn place(&self, order: &str, number: u32) {
        let event = OrderPlaced { order: order.into(), number, total: 1 };
        self.publisher.publish(&Context::new(), &event).await.unwrap();
    }

    pub(crate) async fn ping(&self, number: u32) {
        self.publisher.publish(&Context::new(), &Pinged { number }).await.unwrap();
    }
}

/// Consumers at work.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

impl Running {
    /// Stops in an orderly way.
    pub(crate) async fn drain(mut self) {
        drop(self.stop.take());
        tokio::time::timeout(PATIENCE, self.ended).await.expect("drains in time").unwrap();
    }
}

#[cfg(feature = "nats")]
impl Running {
    /// Ends at once, without a word to the broker.
    pub(crate) fn vanish(self) {
        self.ended.abort();
    }
}

/// Reads messages as they are.
pub(crate) struct Reading {
    source: Box<dyn Subscription>,
}

impl Reading {
    /// The next message, settled.
    pub(crate) async fn next(&mut self) -> Delivery {
        let brought = tokio::time::timeout(PATIENCE, self.source.next()).await;
        brought.expect("a message comes").expect("the subscription goes on")
    }

    /// The header of the next message of that name.
    pub(crate) async fn headers<const N: usize>(&mut self, names: [&str; N]) -> [String; N] {
        let delivery = self.next().await;
        let headers = delivery.message.headers.clone();
        delivery.settle.done(true).await.unwrap();
        names.map(|name| headers.get(name).unwrap_or("-").to_owned())
    }
}

/// One handling, as the handler saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) handler: &'static str,
    pub(crate) order: String,
    pub(crate) number: u32,
    pub(crate) info: EventInfo,
    /// What it is to do once.
    pub(crate) effect: Option<wireloom::Uuid>,
    pub(crate) trace: Option<Trace>,
}

/// What a handler does about an event.
pub(crate) type React = dyn Fn(&Seen) -> (Duration, Outcome) + Send + Sync;

/// Notes what it sees, and reacts as it is told to.
pub(crate) struct Shop {
    react: Box<React>,
    seen: Mutex<Vec<Seen>>,
    at_once: AtomicUsize,
    at_once_max: AtomicUsize,
    handling: Mutex<Vec<String>>,
    /// Orders that were handled twice at once.
    pub(crate) overlaps: AtomicUsize,
}

impl Shop {
    pub(crate) fn new(react: impl Fn(&Seen) -> (Duration, Outcome) + Send + Sync + 'static) -> Arc<Shop> {
        Arc::new(Shop {
            react: Box::new(react),
            seen: Mutex::default(),
            at_once: AtomicUsize::new(0),
            at_once_max: AtomicUsize::new(0),
            handling: Mutex::default(),
            overlaps: AtomicUsize::new(0),
        })
    }

    /// A shop where all goes well.
    pub(crate) fn content() -> Arc<Shop> {
        Shop::new(|_| (Duration::ZERO, Outcome::Done))
    }

    /// All that one handler saw so far.
    pub(crate) fn seen(&self, handler: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.handler == handler).cloned().collect()
    }

    /// The numbers that one handler saw, once it saw so many.
    pub(crate) async fn numbers(&self, handler: &str, count: usize) -> Vec<u32> {
        let enough = async {
            while self.seen(handler).len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, enough).await.is_err() {
            panic!("saw only {} of {count}: {:?}", self.seen(handler).len(), self.seen(handler));
        }
        self.seen(handler).iter().map(|seen| seen.number).collect()
    }

    /// How many events were in hand at once.
    pub(crate) fn at_once_max(&self) -> usize {
        self.at_once_max.load(Ordering::SeqCst)
    }

    async fn note(&self, cx: &Context, handler: &'static str, order: &str, number: u32) -> Outcome {
        let info = cx.event().expect("a handler is told of the event").clone();
        let seen = Seen { handler, order: order.to_owned(), number, info, effect: cx.effect_id(), trace: cx.trace() };
        let (pause, outcome) = (self.react)(&seen);
        self.at_once_max.fetch_max(self.at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let lane = format!("{handler} {order}");
        if !order.is_empty() {
            let mut handling = self.handling.lock().unwrap();
            if handling.contains(&lane) {
                self.overlaps.fetch_add(1, Ordering::SeqCst);
            }
            handling.push(lane.clone());
        }
        tokio::time::sleep(pause).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        self.handling.lock().unwrap().retain(|other| *other != lane);
        self.seen.lock().unwrap().push(seen);
        assert!(outcome != Outcome::Reject("panic".into()), "as it was told to");
        outcome
    }
}

impl OrdersHandlers for Shop {
    async fn placed(&self, cx: &Context, event: OrderPlaced) -> Outcome {
        self.note(cx, "placed", &event.order, event.number).await
    }

    async fn big(&self, cx: &Context, event: OrderPlaced) -> Outcome {
        self.note(cx, "big", &event.order, event.number).await
    }

    async fn pinged(&self, cx: &Context, event: Pinged) -> Outcome {
        self.note(cx, "pinged", "", event.number).await
    }
}
