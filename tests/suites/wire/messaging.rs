//! Generated messaging running: the shop over the in-process bus, and what handlers' conditions let through.

use std::time::Duration;

use orders::contract::payments::Settled;
use orders::contract::shop::orders::{
    GetRequest, OrderPlaced, Orders as _, OrdersClient, OrdersServer, PlaceRequest, Status,
};
use orders::{Shop, tour};
use tokio::sync::mpsc;
use wireloom::messaging::{Bus, Consumers, Emits, Event as _, Handler as _, Interest, Outcome};
use wireloom::{Channel, Code, Context, Decimal, Fault, IdempotencyKey, Maybe, Server, Uuid};
use wireloom_tests::golden::events::events::*;
use wireloom_tests::golden::events::payments;

/// The payments service, of which the shop's contract knows the event only.
enum Payments {}

impl Emits<Settled> for Payments {
    const TOPIC: &'static str = "payments.settled";
    const SOURCE: &'static str = "/payments/Payments";
}

#[tokio::test]
async fn an_order_is_told_of_and_paid() {
    let bus = Bus::memory();
    let interest = Interest {
        topic: "shop.orders.placed".into(),
        group: "test".into(),
        prefetch: 1,
        ordered: true,
        lasting: true,
    };
    let mut placed_events = bus.broker().subscribe(&interest).await.unwrap();
    let server = Server::new().serve(OrdersServer::new(Shop::new(&bus))).broker(&bus);
    let server = server.bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    let (orders, cx) = (OrdersClient::new(Channel::rest(&address).unwrap()), Context::new());

    let placed = orders.place(&cx, PlaceRequest::new(tour::draft("TEA-1"), IdempotencyKey::random())).await.unwrap();
    let told = placed_events.next().await.unwrap().message;
    let headers: Vec<_> = ["ce-type", "ce-source"].map(|name| told.headers.get(name).unwrap().to_owned()).into();
    assert_eq!(headers, ["shop.orders.OrderPlaced", "/shop.orders/Orders"]);
    assert_eq!(told.key.as_deref(), Some(placed.id.to_string().as_str()));

    let settled = Settled::new(placed.id.into_inner(), placed.total.amount);
    bus.publisher::<Payments>().publish(&cx, &settled).await.unwrap();
    while orders.get(&cx, GetRequest::new(placed.id)).await.unwrap().status != Status::Paid {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    serving.abort();
}

/// Whoever follows the events over WebSocket sees an order that came in over gRPC.
#[tokio::test]
async fn an_order_is_pushed_to_subscribers() {
    let bus = Bus::memory();
    let server = Server::new().serve(OrdersServer::new(Shop::new(&bus))).broker(&bus);
    let server = server.bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let serving = tokio::spawn(server.run_until(std::future::pending()));
    let (socket, cx) = (format!("ws://{address}/v1/orders/live"), Context::new());
    let mut json = Channel::ws_json(&socket).unwrap().subscribe::<OrderPlaced>(&cx).await.unwrap();
    let mut binary = Channel::ws(&socket).unwrap().subscribe::<OrderPlaced>(&cx).await.unwrap();

    let orders = OrdersClient::new(Channel::grpc(&format!("http://{address}")).unwrap());
    for sku in ["TEA-1", "TEA-2"] {
        let order = orders.place(&cx, PlaceRequest::new(tour::draft(sku), IdempotencyKey::random())).await.unwrap();
        let placed = OrderPlaced::new(order);
        assert_eq!(json.next().await.unwrap().unwrap(), placed);
        assert_eq!(binary.next().await.unwrap().unwrap(), placed);
    }
    serving.abort();
}

/// Tells which handler saw what.
struct Seen(mpsc::UnboundedSender<String>);

impl Seen {
    fn tell(&self, what: String) -> Outcome {
        self.0.send(what).map_or_else(|_| Outcome::Reject("nobody listens".into()), |()| Outcome::Done)
    }
}

impl Watch for Seen {
    async fn report(&self, _: &Context, _: ReportRequest) -> Result<(), ReportFault> {
        Err(Fault::new(Code::Unimplemented, "not here").into())
    }

    async fn r#move(&self, _: &Context, _: MoveRequest) -> Result<(), MoveFault> {
        Err(Fault::new(Code::Unimplemented, "not here").into())
    }
}

impl WatchHandlers for Seen {
    async fn warm(&self, _: &Context, event: Measured) -> Outcome {
        self.tell(format!("warm {}", event.temperature.get()))
    }

    async fn odd(&self, _: &Context, _: Measured) -> Outcome {
        self.tell("odd".into())
    }

    async fn elsewhere(&self, _: &Context, _: Measured) -> Outcome {
        self.tell("elsewhere".into())
    }

    async fn late(&self, _: &Context, _: Measured) -> Outcome {
        self.tell("late".into())
    }

    async fn started(&self, _: &Context, event: Started) -> Outcome {
        self.tell(format!("started {}", event.sensor))
    }

    async fn paid(&self, _: &Context, _: payments::Settled) -> Outcome {
        self.tell("paid".into())
    }
}

#[tokio::test]
async fn events_reach_the_handlers_of_their_topics() {
    let bus = Bus::memory();
    let (seen, mut told) = mpsc::unbounded_channel();
    let consumers = Consumers::on(&bus).serve(WatchServer::new(Seen(seen))).join().await.unwrap();
    let running = tokio::spawn(consumers.run_until(std::future::pending()));
    let (publisher, cx): (WatchPublisher, _) = (bus.publisher(), Context::new());
    publisher.publish(&cx, &measured(20, None)).await.unwrap();
    publisher.publish(&cx, &measured(31, Some(Grade::High))).await.unwrap();
    publisher.publish(&cx, &Started::new(Uuid::nil())).await.unwrap();
    let mut all = [told.recv().await.unwrap(), told.recv().await.unwrap()];
    all.sort();
    assert_eq!(all, [format!("started {}", Uuid::nil()), "warm 31".to_owned()]);
    running.abort();
}

fn measured(temperature: i64, grade: Option<Grade>) -> Measured {
    let place = Place::new(Site::new("roof").unwrap());
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let event = Measured::new(place, at, Celsius::new(Decimal::from(temperature)).unwrap(), true);
    Measured { grade, trusted: Some(true), ..event }
}

#[test]
fn conditions_are_those_of_the_contract() {
    let event = measured(0, None);
    let with = |change: &dyn Fn(&mut Measured)| {
        let mut event = event.clone();
        change(&mut event);
        event
    };
    // not (moving and temperature <= 0.5 or trusted)
    let odd = |change: &dyn Fn(&mut Measured)| watch_handlers::Odd::wants(&with(change));
    assert!(!odd(&|event| event.trusted = None));
    assert!(odd(&|event| (event.trusted, event.moving) = (None, false)));
    assert!(odd(&|event| (event.trusted, event.temperature) = (Some(false), measured(1, None).temperature)));
    assert!(!odd(&|event| event.moving = false));
    // previous.site != "attic" and place.room == "hall" and previous.floor != null
    let elsewhere = |site: &str, room: Option<&str>, floor| {
        watch_handlers::Elsewhere::wants(&with(&|event| {
            event.place.room = room.map(str::to_owned);
            event.previous = Some(Place { floor, ..Place::new(Site::new(site).unwrap()) });
        }))
    };
    assert!(elsewhere("roof", Some("hall"), Maybe::Value(1)));
    assert!(!elsewhere("attic", Some("hall"), Maybe::Value(1)));
    assert!(!elsewhere("roof", None, Maybe::Value(1)));
    assert!(!elsewhere("roof", Some("hall"), Maybe::Null));
    assert!(!watch_handlers::Elsewhere::wants(&event), "what is absent equals nothing");
}

#[test]
fn keys_are_those_of_contract_and_binding() {
    let mut event = measured(0, None);
    event.place.room = Some("hall".into());
    assert_eq!(event.key().as_deref(), Some("roof"));
    assert_eq!(<WatchEvents as Emits<Measured>>::key(&event).as_deref(), Some("hall"));
    assert_eq!(watch_handlers::Elsewhere::key(&event), None, "there is no previous place");
    assert_eq!(Moved::new().key(), None);
}
