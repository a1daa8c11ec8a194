//! The clauses of every wire: what each admits, where, and what contradicts what.

use insta::assert_snapshot;

use crate::harness::{lines, read};

/// Everything that is said of a shop whose service is bound like this, but for what is not generated.
fn bound(bindings: &str) -> String {
    said(bindings, |line| !line.contains("not-generated-yet"))
}

fn said(bindings: &str, wanted: fn(&&str) -> bool) -> String {
    let service = "package shop\nrecord Order { id: uuid }\nevent Placed { order: Order, total: u32 } key order.id\n\
                   service Orders { public get() -> u32 safe place() emits Placed watch() -> stream u32 safe on Placed as count }\n";
    let read = read(&[("shop.loom", &format!("{service}{bindings}\n"))]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let all = lines(&read.sources, &wireloom_codegen::check(&read.contract, wireloom_codegen::Wires::of([])));
    all.lines().filter(|line| !line.starts_with("4:")).filter(wanted).collect::<Vec<_>>().join("\n")
}

#[test]
fn sound_clauses_say_nothing() {
    assert_snapshot!(bound("bind Orders to ws { all: subprotocol \"acme.orders.v1\" }"), @"");
    assert_snapshot!(bound("bind Orders to webrtc { all: unordered, get, watch: ordered retransmits 3, Placed: lossy }"), @"");
    assert_snapshot!(bound("bind Orders to webrtc at \"/live\" { watch: lifetime 200ms }"), @"");
    assert_snapshot!(bound("bind Orders to soap as \"OrdersService\" { all: namespace \"urn:acme:orders\" soap11 soap12, ... }"), @"");
    assert_snapshot!(bound("bind Orders to kafka { all: requires [transactions], Placed: topic \"placed\" key total, count: group \"g\" retry 3 dead \"d\" prefetch 8 requires replay, get: topic \"get\" }"), @"");
    assert_snapshot!(bound("bind Orders to rest { get: GET \"/\" xml }"), @"");
}

#[test]
fn wires_without_generator_are_told_and_judged() {
    for wire in ["webrtc", "soap", "kafka", "amqp", "mqtt", "stomp", "pulsar", "rocketmq"] {
        let all = said(&format!("bind Orders to {wire} {{ get: nonsense }}"), |_| true);
        assert!(all.contains(&format!("`Orders` on `{wire}` is not generated yet")), "{all}");
        assert!(all.contains(&format!("`nonsense` is no clause of `{wire}`")), "{all}");
    }
    assert_snapshot!(said("bind Orders to nats", |_| true), @"5:16 not-generated-yet `Orders` on `nats` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line)");
}

#[test]
fn subprotocols_and_namespaces_are_judged() {
    assert_snapshot!(bound("bind Orders to ws { all: subprotocol \"a b\", ... }\nbind Orders to ws at \"/x\" { all: subprotocol \"loom.v2\" }\nbind Orders to ws at \"/y\" { get: subprotocol \"x\" }"), @r#"
    5:38 wire-clause `a b` cannot stand behind `subprotocol` on `ws` (a subprotocol is made of letters, digits and !#$%&'*+-.^_`|~)
    6:46 wire-clause `loom.v2` cannot stand behind `subprotocol` on `ws` (names that begin with `loom.` are those of Wireloom's own protocol)
    7:34 wire-clause `subprotocol` is about the whole service (say it first in the block: `all: subprotocol "acme.orders.v1"`)
    "#);
    assert_snapshot!(bound("bind Orders to soap { all: namespace \"orders\" soap11 soap11, ... }"), @r#"
    5:38 wire-clause `orders` cannot stand behind `namespace` on `soap` (a namespace is a URI: "urn:acme:orders", "https://acme.example/orders")
    5:54 wire-clause `soap11` is said twice (leave one of them out)
    "#);
    assert_snapshot!(bound("bind Orders to soap { get: soap12 }\nbind Orders to soap at \"/s\" { watch, Placed, count }"), @r"
    5:28 wire-clause `soap12` is about the whole service (say it first in the block: `all: soap12`)
    6:31 wire-carries `watch` has a stream, which `soap` cannot carry (leave it out here and bind it to `grpc`, `rpc` or `ws`)
    6:38 wire-carries `soap` carries operations, no events (bind it to `broker` and leave it out here)
    6:46 wire-carries `soap` carries operations, no handlers (bind it to `broker` and leave it out here)
    ");
}

#[test]
fn channels_are_of_streams_and_events_and_do_not_contradict() {
    assert_snapshot!(bound("bind Orders to webrtc { get: unordered, watch: ordered unordered, Placed: lossy retransmits 3 }"), @r"
    5:30 wire-clause `unordered` is about streams and events, and `get` is a call (a call takes no clause here)
    5:56 wire-clause `unordered` contradicts `ordered` (leave one of them out)
    5:81 wire-clause `retransmits` contradicts `lossy` (leave one of them out)
    ");
    assert_snapshot!(bound("bind Orders to webrtc { watch: retransmits 2 lifetime 1s, Placed: lifetime 0s, count }"), @r"
    5:46 wire-clause `lifetime` contradicts `retransmits` (leave one of them out)
    5:67 wire-clause this clause is not complete (write `lifetime 200ms`)
    5:80 wire-carries `webrtc` carries operations and events, no handlers (bind it to `broker` and leave it out here)
    ");
    assert_snapshot!(bound("bind Orders to webrtc { watch: lifetim 1s, Placed: retransmits }"), @r"
    5:32 wire-clause `lifetim` is no clause of `webrtc` (did you mean `lifetime`?)
    5:52 wire-clause this clause is not complete (write `retransmits 3`)
    ");
}

#[test]
fn names_are_those_of_the_product() {
    let topic = |wire: &str, name: &str| bound(&format!("bind Orders to {wire} {{ Placed: topic \"{name}\" }}"));
    assert_snapshot!(topic("kafka", "orders/placed"), @"5:38 broker-clause `orders/placed` cannot stand behind `topic` on `kafka` (a name on Kafka is made of up to 249 letters, digits, `.`, `_` and `-`)");
    assert_snapshot!(topic("amqp", "orders.#"), @"5:37 broker-clause `orders.#` cannot stand behind `topic` on `amqp` (a name on AMQP has at most 255 bytes, and no `#`)");
    assert_snapshot!(topic("mqtt", "orders/+/placed"), @"5:37 broker-clause `orders/+/placed` cannot stand behind `topic` on `mqtt` (a name on MQTT has no `+`, no `#`, and no `$` in front)");
    assert_snapshot!(topic("mqtt", "orders/placed"), @"");
    assert_snapshot!(topic("pulsar", "persistent://acme/orders/placed"), @"");
    assert_snapshot!(topic("pulsar", "http://acme/orders"), @r#"5:39 broker-clause `http://acme/orders` cannot stand behind `topic` on `pulsar` (a name on Pulsar is made of letters, digits and `._-=:`, or whole: "persistent://tenant/namespace/topic")"#);
    assert_snapshot!(topic("rocketmq", "orders.placed"), @"5:41 broker-clause `orders.placed` cannot stand behind `topic` on `rocketmq` (a name on RocketMQ is made of up to 127 letters, digits, `_`, `-`, `%` and `|`: it has no dots)");
}

#[test]
fn capabilities_are_those_of_the_product() {
    let requires = |wire: &str, words: &str| bound(&format!("bind Orders to {wire} {{ count: requires {words} }}"));
    assert_snapshot!(requires("mqtt", "[replay, key_order, last_value]"), @r"
    5:40 broker-capability `mqtt` cannot do `replay`: MQTT keeps the last event of a topic, no history (bind it to `nats`, `kafka`, `amqp`, `pulsar`, `rocketmq`)
    5:48 broker-capability `mqtt` cannot do `key_order`: a shared subscription spreads events without regard to keys (bind it to `nats`, `kafka`, `amqp`, `stomp`, `pulsar`, `rocketmq`)
    ");
    assert_snapshot!(requires("kafka", "[priority, exactly_once]"), @"5:41 broker-capability `kafka` cannot do `priority`: a partition is read in its order (bind it to `amqp`, `stomp`)");
    assert_snapshot!(requires("nats", "repaly"), @"5:39 broker-capability `repaly` is nothing that a broker can be asked for (did you mean `replay`?)");
    assert_snapshot!(requires("stomp", "[]"), @"5:31 broker-clause this clause is not complete (write `requires [replay, delay]`)");
    assert_snapshot!(requires("amqp", "replay"), @r#"5:39 broker-capability `amqp` can do `replay` only with a setting (write `@amqp(queue: "stream")` before the binding or this entry)"#);
    assert_snapshot!(bound("@amqp(queue: stream) bind Orders to amqp { count: requires replay }"), @"");
    assert_snapshot!(bound("bind Orders to amqp { @amqp(queue: \"stream\") count: requires replay }"), @"");
    assert_snapshot!(bound("bind Orders to mqtt { all: requires [delay], count }"), @"5:38 broker-capability `mqtt` cannot do `delay`: MQTT delivers at once (bind it to `nats`, `kafka`, `amqp`, `stomp`, `pulsar`, `rocketmq`)");
    assert_snapshot!(said("bind Orders to broker { count: requires [delay] }", |_| true), @r"
    5:16 not-generated-yet `Orders` on `broker` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line)
    5:42 not-generated-yet whether the broker can do `delay` is not checked yet: which one it is, a URL says (bind it to a product to have it checked: `nats`, `kafka`, `amqp`, `stomp`, `pulsar`, `rocketmq`)
    ");
}

#[test]
fn streams_and_places_of_other_wires() {
    assert_snapshot!(bound("bind Orders to kafka { watch }"), @"5:24 wire-carries `watch` has a stream, which `kafka` cannot carry (leave it out here and bind it to `grpc`, `rpc` or `ws`)");
    assert_snapshot!(bound("bind Orders to ws at \"/live\"\nbind Orders to soap at \"/live\"\nbind Orders to webrtc at \"/{id}\""), @r#"
    6:1 wire-place another service is at `/live` already (give one of them another `at "…"`)
    7:29 wire-place a WebRTC peer is at one place, and `{id}` makes many of it (make it an input of the operations)
    "#);
    assert_snapshot!(bound("bind Orders to rest at \"/\" { get: GET \"/a/live\" }\nbind Orders to soap at \"a/live\""), @r#"6:1 wire-place `Orders.get` is at `/a/live` on REST (give the SOAP service another place: `at "…"`)"#);
    assert_snapshot!(bound("bind Orders to ws at \"/shop.Orders/live\""), @"5:1 rest-routes `/shop.Orders/…` is reserved: gRPC is served there on the same port (bind the service at another place)");
}
