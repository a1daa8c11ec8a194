//! A small service that emits and handles, as the generator would write it. Its contract:
//!
//! ```text
//! package shop.orders version 1
//! event OrderPlaced { order: string, number: u32, total: u32 where value in 1..1000 } key order
//! event Pinged { number: u32 }
//! service Orders {
//!     public
//!     place(order: string, number: u32, total: u32) emits OrderPlaced, Pinged
//!     on OrderPlaced as placed
//!     on OrderPlaced as big where total > 500
//!     on Pinged as pinged
//! }
//! bind Orders to broker {
//!     OrderPlaced: topic "shop.orders.placed"
//!     placed: topic "shop.orders.placed" group "shipping" retry 3 backoff 20ms..80ms prefetch 8
//!     big: topic "shop.orders.placed" group "fraud" retry 0 dead "shop.orders.suspicious"
//!     pinged: retry 2 backoff 20ms..80ms
//! }
//! ```

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use wireloom::messaging::{Emits, Event, EventFacts, Handler, HandlerFacts, Handles, Outcome, Publisher, Retry};
use wireloom::policy::Settings;
use wireloom::serde::{Deserialize, Serialize};
use wireloom::{
    At, Context, Effect, Mount, OperationFacts, Served, ServiceFacts, Shape, Text as _, Validate, Violations, check,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    pub(crate) order: String,
    pub(crate) number: u32,
    pub(crate) total: u32,
}

impl Validate for OrderPlaced {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::value(&self.total, Some(1), Some(1000), &at.field("total"), found);
    }
}

impl Event for OrderPlaced {
    const FACTS: &'static EventFacts = &EventFacts { kind: "shop.orders.OrderPlaced", version: 1, keyed: true };

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(self.order.to_text())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pinged {
    pub(crate) number: u32,
}

impl Validate for Pinged {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Event for Pinged {
    const FACTS: &'static EventFacts = &EventFacts { kind: "shop.orders.Pinged", version: 1, keyed: false };
}

/// What `Orders` emits.
pub(crate) enum OrdersEvents {}

impl Emits<OrderPlaced> for OrdersEvents {
    const TOPIC: &'static str = "shop.orders.placed";
    const SOURCE: &'static str = "/shop.orders/Orders";
}

impl Emits<Pinged> for OrdersEvents {
    const TOPIC: &'static str = "shop.orders.pinged";
    const SOURCE: &'static str = "/shop.orders/Orders";
}

/// Publishes what `Orders` emits.
pub(crate) type OrdersPublisher = Publisher<OrdersEvents>;

/// Handles what `Orders` listens to.
pub(crate) trait OrdersHandlers: Send + Sync + 'static {
    fn placed(&self, cx: &Context, event: OrderPlaced) -> impl Future<Output = Outcome> + Send;

    fn big(&self, cx: &Context, event: OrderPlaced) -> impl Future<Output = Outcome> + Send;

    fn pinged(&self, cx: &Context, event: Pinged) -> impl Future<Output = Outcome> + Send;
}

const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(80));

/// A handler's part of [`OperationFacts`].
const fn op(name: &'static str, deadline: Duration) -> OperationFacts {
    OperationFacts {
        package: "shop.orders",
        service: "Orders",
        name,
        shape: Shape::Oneway,
        effect: Effect::Idempotent,
        policy: Settings::within(deadline),
        auth: wireloom::Auth::PUBLIC,
    }
}

pub(crate) struct Placed;

impl Handler for Placed {
    type Event = OrderPlaced;
    const FACTS: &'static HandlerFacts = &HandlerFacts {
        op: op("placed", Duration::from_secs(5)),
        topic: "shop.orders.placed",
        group: "shipping",
        keyed: true,
        retry: Retry { times: 3, backoff_min: BACKOFF.0, backoff_max: BACKOFF.1 },
        dead: None,
        prefetch: 8,
    };
}

pub(crate) struct Big;

impl Handler for Big {
    type Event = OrderPlaced;
    const FACTS: &'static HandlerFacts = &HandlerFacts {
        op: op("big", Duration::from_secs(5)),
        topic: "shop.orders.placed",
        group: "fraud",
        keyed: true,
        retry: Retry { times: 0, ..Retry::DEFAULT },
        dead: Some("shop.orders.suspicious"),
        prefetch: HandlerFacts::PREFETCH_DEFAULT,
    };

    fn wants(event: &OrderPlaced) -> bool {
        event.total > 500
    }
}

pub(crate) struct PingedHandler;

impl Handler for PingedHandler {
    type Event = Pinged;
    const FACTS: &'static HandlerFacts = &HandlerFacts {
        op: op("pinged", Duration::from_millis(1500)),
        topic: "shop.orders.pinged",
        group: "orders",
        keyed: false,
        retry: Retry { times: 2, backoff_min: BACKOFF.0, backoff_max: BACKOFF.1 },
        dead: None,
        prefetch: HandlerFacts::PREFETCH_DEFAULT,
    };
}

/// Serves `Orders`.
pub(crate) struct OrdersServer<S> {
    service: Arc<S>,
}

impl<S> OrdersServer<S> {
    pub(crate) fn new(service: Arc<S>) -> OrdersServer<S> {
        OrdersServer { service }
    }
}

impl<S: OrdersHandlers> Handles<Placed> for OrdersServer<S> {
    async fn handle(&self, cx: &Context, event: OrderPlaced) -> Outcome {
        self.service.placed(cx, event).await
    }
}

impl<S: OrdersHandlers> Handles<Big> for OrdersServer<S> {
    async fn handle(&self, cx: &Context, event: OrderPlaced) -> Outcome {
        self.service.big(cx, event).await
    }
}

impl<S: OrdersHandlers> Handles<PingedHandler> for OrdersServer<S> {
    async fn handle(&self, cx: &Context, event: Pinged) -> Outcome {
        self.service.pinged(cx, event).await
    }
}

impl<S: OrdersHandlers> Served for OrdersServer<S> {
    const FACTS: &'static ServiceFacts = &ServiceFacts {
        package: "shop.orders",
        name: "Orders",
        auth: wireloom::Auth::PUBLIC,
        operations: &[],
        handlers: &["placed", "big", "pinged"],
    };

    fn mount(mount: &mut Mount<OrdersServer<S>>) {
        mount.broker().handler::<Placed>().handler::<Big>().handler::<PingedHandler>();
    }
}
