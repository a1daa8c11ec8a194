//! Events that a service emits, seen by subscribers.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use wireloom::messaging::{Bus, Emits, Event, EventFacts, Published, Publisher};
use wireloom::serde::{Deserialize, Serialize};
use wireloom::wire::{Reader, Writer};
use wireloom::{
    At, Channel, Context, Inbound, Limits, Mount, Served, Server, ServiceFacts, Validate, Violations, check,
};

use crate::peer::Peer;

// event NotePinned { id: u32, text: string(1..100) }

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NotePinned {
    id: u32,
    text: String,
}

impl Validate for NotePinned {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::length(&self.text, Some(1), Some(100), &at.field("text"), found);
    }
}

impl wireloom::Wire for NotePinned {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.text);
        out.plain(1, &self.id);
    }

    fn get(from: &mut Reader<'_>) -> Option<NotePinned> {
        from.fields(&[1, 2]);
        let id = from.plain(1, "id");
        let text = from.plain(2, "text");
        Some(NotePinned { id: id?, text: text? })
    }
}

impl Event for NotePinned {
    const FACTS: &'static EventFacts = &EventFacts { kind: "notes.NotePinned", version: 1, keyed: false };
}

struct BoardEvents;

impl Emits<NotePinned> for BoardEvents {
    const TOPIC: &'static str = "notes.pinned";
    const SOURCE: &'static str = "/notes/Board";
}

/// What goes round the contract.
struct Careless;

impl Emits<Careful> for Careless {
    const TOPIC: &'static str = "notes.pinned";
    const SOURCE: &'static str = "/elsewhere";
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Careful {
    id: String,
}

impl Validate for Careful {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Event for Careful {
    const FACTS: &'static EventFacts = &EventFacts { kind: "notes.NotePinned", version: 1, keyed: false };
}

struct Board;

impl Served for Board {
    const FACTS: &'static ServiceFacts =
        &ServiceFacts { package: "notes", name: "Board", auth: wireloom::Auth::PUBLIC, operations: &[], handlers: &[] };

    fn mount(mount: &mut Mount<Board>) {
        mount.ws("/ws/notes").event::<BoardEvents, NotePinned>();
    }
}

struct Running {
    address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

async fn serve(bus: &Bus) -> Running {
    let bound = Server::new().broker(bus).serve(Board).bind("127.0.0.1:0").await.unwrap();
    let address = bound.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { address, stop, ended }
}

impl Running {
    fn place(&self) -> String {
        format!("ws://{}/ws/notes", self.address)
    }

    async fn subscribed(&self) -> Peer {
        let mut peer = Peer::connect(self.address, crate::peer::JSON).await;
        peer.say(r#"{"t":"hello"}"#).await;
        let ready = peer.hear().await;
        assert_eq!(ready["operations"], json!([{"name": "notes.NotePinned", "shape": "server_stream"}]));
        peer.say(r#"{"t":"req","id":1,"m":"notes.NotePinned"}"#).await;
        assert_eq!(peer.hear().await, json!({"t": "res", "id": 1}));
        peer
    }
}

async fn pin(bus: &Bus, ids: std::ops::Range<u32>) {
    let publisher: Publisher<BoardEvents> = bus.publisher();
    for id in ids {
        publisher.publish(&Context::new(), &NotePinned { id, text: "note".into() }).await.unwrap();
    }
}

async fn ids<F: std::fmt::Debug>(events: &mut Inbound<NotePinned, F>, count: usize) -> Vec<u32> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let event = tokio::time::timeout(Duration::from_secs(10), events.next()).await.expect("an event comes");
        ids.push(event.unwrap().unwrap().id);
    }
    ids
}

async fn everybody_sees_everything(bus: Bus) {
    let server = serve(&bus).await;
    pin(&bus, 0..3).await;
    let cx = Context::new();
    let (binary, json) = (Channel::ws(&server.place()).unwrap(), Channel::ws_json(&server.place()).unwrap());
    // What was published before is past, as soon as the server has heard of it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut first: Inbound<NotePinned> = binary.subscribe(&cx).await.unwrap();
    let mut second = json.subscribe::<NotePinned>(&cx).await.unwrap();
    let mut peer = server.subscribed().await;
    for from in (10..1010).step_by(100) {
        pin(&bus, from..from + 100).await;
        let all: Vec<u32> = (from..from + 100).collect();
        assert_eq!(tokio::join!(ids(&mut first, 100), ids(&mut second, 100)), (all.clone(), all));
    }
    let pushed = json!({"t": "item", "id": 1, "d": {"id": 10, "text": "note"}});
    assert_eq!(peer.hear().await, pushed);
}

#[tokio::test]
async fn subscribers_see_what_is_published_from_then_on() {
    everybody_sees_everything(Bus::memory()).await;
}

#[cfg(feature = "nats")]
#[tokio::test]
#[ignore = "wants a server, WIRELOOM_NATS"]
async fn subscribers_see_what_is_published_on_nats() {
    use wireloom::broker::nats::{Nats, NatsOptions};

    let url = std::env::var("WIRELOOM_NATS").expect("it names a server");
    let prefix = format!("ws-{}.", wireloom::Uuid::new_v4().simple());
    let options = NatsOptions { prefix: prefix.clone(), ..NatsOptions::default() };
    let bus = Bus::over(Nats::connect(&url, options).await.unwrap());
    everybody_sees_everything(bus).await;

    let outside = async_nats::jetstream::new(async_nats::connect(url).await.unwrap());
    let stream = outside.get_stream(format!("{prefix}notes.pinned").replace('.', "_")).await.unwrap();
    let mut consumers = stream.consumers();
    let consumer = futures_util::StreamExt::next(&mut consumers).await.unwrap().unwrap();
    assert_eq!((consumer.config.durable_name, consumer.config.inactive_threshold), (None, Duration::from_secs(60)));
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_so() {
    let bus = Bus::memory();
    let server = serve(&bus).await;
    let mut slow = server.subscribed().await;
    let mut quick = Channel::ws(&server.place()).unwrap().subscribe::<NotePinned>(&Context::new()).await.unwrap();
    for from in (0..600).step_by(100) {
        pin(&bus, from..from + 100).await;
        assert_eq!(ids(&mut quick, 100).await, (from..from + 100).collect::<Vec<_>>(), "others do not wait");
    }
    for id in 0..16 {
        assert_eq!(slow.hear().await["d"]["id"], id, "what the credit allows");
    }
    slow.say(r#"{"t":"credit","id":1,"n":1000}"#).await;
    for id in 16..272 {
        assert_eq!(slow.hear().await["d"]["id"], id, "what has waited");
    }
    let told = slow.hear().await;
    assert_eq!((told["t"].as_str(), told["code"].as_str()), (Some("err"), Some("resource_exhausted")), "{told}");
    assert_eq!(told["message"], "the subscriber does not keep up: more than 256 events wait for it");
}

#[tokio::test]
async fn who_unsubscribes_sees_no_more() {
    let bus = Bus::memory();
    let server = serve(&bus).await;
    let mut peer = server.subscribed().await;
    pin(&bus, 0..1).await;
    assert_eq!(peer.hear().await["t"], "item");
    peer.say(r#"{"t":"cancel","id":1}"#).await;
    peer.say(r#"{"t":"ping","n":1}"#).await;
    assert_eq!(peer.hear().await["t"], "pong");
    pin(&bus, 1..10).await;
    peer.say(r#"{"t":"ping","n":2}"#).await;
    assert_eq!(peer.hear().await, json!({"t": "pong", "n": 2}));
}

#[tokio::test]
async fn what_breaks_its_contract_is_passed_over() {
    let bus = Bus::memory();
    let server = serve(&bus).await;
    let mut peer = server.subscribed().await;
    let careless: Publisher<Careless> = bus.publisher();
    careless.publish(&Context::new(), &Careful { id: "seven".into() }).await.unwrap();
    pin(&bus, 8..9).await;
    assert_eq!(peer.hear().await["d"]["id"], 8);
}

#[tokio::test]
async fn a_server_that_stops_ends_subscriptions_and_leaves_nothing_behind() {
    let bus = Bus::memory();
    let server = serve(&bus).await;
    let channel = Channel::ws(&server.place()).unwrap();
    let mut events = channel.subscribe::<NotePinned>(&Context::new()).await.unwrap();
    server.stop.send(()).unwrap();
    let fault = events.next().await.unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "unavailable: the server is stopping");
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("the server ends").unwrap();
    // More than a queue holds: there is none any more.
    tokio::time::timeout(Duration::from_secs(5), pin(&bus, 0..2000)).await.expect("nobody is waited for");
}

#[tokio::test]
async fn events_that_nobody_serves_cannot_be_followed() {
    let bound = Server::new().limits(Limits::default()).serve(crate::notes::Notes::default());
    let bound = bound.bind("127.0.0.1:0").await.unwrap();
    let place = format!("ws://{}/ws/notes", bound.local_addr().unwrap());
    tokio::spawn(bound.run_until(std::future::pending()));
    let channel = Channel::ws_json(&place).unwrap();
    let fault = channel.subscribe::<NotePinned>(&Context::new()).await.err().unwrap();
    assert_eq!(fault.to_string(), "unimplemented: notes.NotePinned is not served at this address");
    assert_eq!(<Published<NotePinned> as wireloom::Operation>::FACTS.name, "NotePinned");
}
