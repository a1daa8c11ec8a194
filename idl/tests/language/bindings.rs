//! Bindings: services, wires, entries.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn wires_and_services_are_known() {
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to gprc
bind T to grpc
bind E to grpc
bind S to broker"), @r"
    9:11 unknown-wire: no wire is called `gprc` (did you mean `grpc`?)
    10:6 unknown-service: no service `T` is known here
    11:6 wrong-kind: `E` is not declared as `service`
    ");
}

#[test]
fn entries_are_members_of_the_service() {
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
event F {}
bind S to broker { get, hear, E, gte, F, without [nope] }"), @r"
    10:34 unknown-entry: `S` has no operation, handler or event `gte` (did you mean `get`?)
    10:39 unknown-entry: `S` has no operation, handler or event `F` (neither `S` nor an operation of it says `emits F`)
    10:51 unknown-entry: `S` has no operation, handler or event `nope` (there is `get`, `put`, `hear` and `E`)
    ");
}

#[test]
fn events_of_the_service_itself_are_bound() {
    let text =
        "event E {} event F {} service S { public emits E put() emits F } bind S to broker { E, F } bind S to ws { E }";
    assert_snapshot!(check(text), @"");
}

#[test]
fn a_service_is_bound_once_at_a_place() {
    assert_snapshot!(check(r#"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to grpc
bind S to grpc
bind S to rest at "/a"
bind S to rest at "/b"
bind S to broker"#), @r#"10:11 duplicate-binding: `S` is bound to `grpc` twice at the same place (say another place: `at "/other"`, or put both blocks into one)"#);
}

#[test]
fn a_block_has_an_order() {
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to rest { get, all: xml, ..., put }
bind S to broker { hear, hear, without hear }"), @r"
    9:23 bind-order: `all` comes first in a block, once
    9:33 bind-order: `...` adds all the rest: it comes last, once
    10:26 duplicate-entry: `hear` stands in this block twice
    10:40 duplicate-entry: `hear` stands in this block twice
    ");
}

#[test]
fn a_handler_without_binding_is_told() {
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to rest"), @r#"7:13 handler-unbound: no binding names `hear`: it hears what this process publishes (bind it: `bind S to broker { hear: topic "…" }`)"#);
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to broker { without hear }"), @r#"7:13 handler-unbound: no binding names `hear`: it hears what this process publishes (bind it: `bind S to broker { hear: topic "…" }`)"#);
    assert_snapshot!(check(r"event E {}
service S {
    public
    get(id: u32) -> u32
    put(id: u32)
        emits E
    on E as hear
}
bind S to nats { hear }"), @"");
}

#[test]
fn a_service_is_bound_in_its_package() {
    assert_snapshot!(check(r"package a
import b
bind b.S to grpc
bind b.T to grpc
// file b/b.loom
package b
service S {
    public
}"), @r"
    3:6 unknown-service: `b.S` belongs to package `b` (write this in a file of `b`)
    4:6 unknown-service: no service `b.T` is known here
    ");
}
