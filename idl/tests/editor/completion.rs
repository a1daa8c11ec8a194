//! What could be typed.

use crate::door::Case;

const WORLD: &str = "\
// file common/common.loom
package shop.common
record Money { amount: decimal }
fault Gone: not_found { id: uuid }
event Settled { order: uuid, sum: Money } key order
// file orders/world.loom
package orders
import shop.common as com
import shop.common.{Money}
scalar OrderId: uuid
enum Status { placed, paid }
union Pay { card: Card, cash }
record Card { token: string, ok: bool, status: Status }
record Order { id: OrderId, pay: Pay, lines: [Card], tags: map<string, Status> }
fault Busy: unavailable
event Placed { order: Order, at: timestamp } key at
service Orders {
    public
    place(draft: Order, token: idempotency_key) -> Order fails Busy emits Placed
    get(id: OrderId) -> Order
    on com.Settled as settle
}
";

fn offers(text: &str) -> Vec<String> {
    let case = Case::new(&format!("{WORLD}// file orders/a.loom\npackage orders\nimport shop.common as com\n{text}\n"));
    let found = case.with(|names| names.completions(case.file, case.offset));
    found.offers.into_iter().map(|it| it.label).collect()
}

/// All of these are offered, and none of those.
fn check(text: &str, wanted: &[&str], unwanted: &[&str]) {
    let offers = offers(text);
    for word in wanted {
        assert!(offers.iter().any(|it| it == word), "{text}: no `{word}` in {offers:?}");
    }
    for word in unwanted {
        assert!(!offers.iter().any(|it| it == word), "{text}: `{word}` in {offers:?}");
    }
}

#[test]
fn between_items_are_their_words() {
    check("$0", &["record", "service", "bind", "import"], &["uuid", "Order"]);
    check("record A {}\nre$0", &["record"], &["where"]);
    check("record A {}\n$0\nrecord B {}", &["record", "fault"], &[]);
    check("// com$0ment", &[], &["record"]);
    check("closed $0", &["enum", "union"], &["record"]);
}

#[test]
fn types_stand_behind_colons() {
    check(
        "record A { b: $0 }",
        &["uuid", "map", "Order", "OrderId", "Status", "com"],
        &["Busy", "Orders", "stream", "record"],
    );
    check("record A { b: Or$0 }", &["Order"], &[]);
    check("record A<T> { b: [$0] }", &["T", "Order"], &[]);
    check("record A { b: map<string, $0> }", &["Order"], &[]);
    check("record A { b: com.$0 }", &["Money"], &["Gone", "Order"]);
    check("service S { public f(a: $0) }", &["draft", "stream", "Order"], &["Busy"]);
    check("service S { public f() -> $0 }", &["Order", "stream"], &["fails"]);
    check("scalar A: $0", &["uuid"], &[]);
    check("record A { ...$0 }", &["Order", "Card"], &["Status", "uuid"]);
}

#[test]
fn words_follow_where_the_grammar_has_them() {
    check("record A { b: string $0 }", &["where", "readonly", "was"], &["record"]);
    check("record A { b: string where $0 }", &["length", "matches", "format", "one_of"], &["readonly"]);
    check("record A { b: string where format $0 }", &["email", "ipv6"], &[]);
    check("record A { b: string where length $0 }", &["in"], &[]);
    check("service S { $0 }", &["public", "auth", "policy", "on"], &["fails"]);
    check("service S { auth $0 }", &["jwt", "any"], &[]);
    check("service S { public f() $0 }", &["fails", "safe", "emits", "idempotent", "policy"], &["where"]);
    check("service S { public policy { $0 } }", &["deadline", "retry"], &[]);
    check("service S { public policy { retry 3 $0 } }", &["backoff", "budget"], &[]);
    check("service S { public policy { limit 5/s per $0 } }", &["principal", "peer"], &[]);
    check("fault A: $0", &["not_found", "unavailable"], &["uuid"]);
    check("package $0", &[], &["record"]);
}

#[test]
fn members_before_and_behind_may_be_broken() {
    check("record A { x y, b: $0, c d }", &["uuid", "Order"], &[]);
    check("service S { public f(x y) g() $0 }", &["fails", "safe"], &[]);
    check("service S { public f( g(a: $0", &["uuid"], &[]);
    check("record A { b: $0\nrecord B { c: u32 }", &["uuid"], &[]);
}

#[test]
fn clauses_take_names_of_their_kind() {
    check("service S { public f() fails $0 }", &["Busy", "com"], &["Placed", "Order"]);
    check("service S { public f() fails Busy, $0 }", &["Busy"], &["Placed"]);
    check("service S { public f() fails com.$0 }", &["Gone"], &["Settled", "Money"]);
    check("service S { public f() emits $0 }", &["Placed"], &["Busy"]);
    check("service S { public on $0 }", &["Placed"], &["Busy"]);
    check("service S { public on com.$0 }", &["Settled"], &["Gone"]);
    check("service S { public f(a: u32, t: idempotency_key) keyed($0) }", &["a", "t"], &["Order"]);
    check("service S { public on com.Settled as x where $0 }", &["order", "sum"], &[]);
    check("service S { public on com.Settled as x where sum.$0 }", &["amount"], &["order"]);
    check("event E { order: Order } key $0", &["order"], &["Order"]);
}

#[test]
fn defaults_are_values_of_the_type() {
    check("record A { b: Status = $0 }", &["placed", "paid"], &["Status"]);
    check("record A { b: Pay = $0 }", &["cash"], &["card"]);
    check("record A { b: bool = $0 }", &["true", "false"], &[]);
}

#[test]
fn imports_name_packages_and_what_they_declare() {
    check("import $0", &["shop.common"], &["orders"]);
    check("import shop.$0", &["common"], &[]);
    check("import shop.common.{Gone, $0}", &["Money", "Settled"], &["Gone"]);
    check("import shop.common $0", &["as"], &[]);
}

#[test]
fn bindings_name_what_there_is_to_bind() {
    check("bind $0", &["Orders"], &["Order"]);
    check("bind Orders to $0", &["rest", "grpc", "broker"], &[]);
    check("bind Orders to rest { $0 }", &["place", "get", "settle", "Placed", "all", "without"], &["body"]);
    check("bind Orders to rest { place: GET \"/\", $0 }", &["get"], &["place"]);
    check("bind Orders to rest { without $0 }", &["place", "get"], &["all"]);
    check("bind Orders to rest { place: $0 }", &["GET", "body", "header"], &["draft", "topic"]);
    check("bind Orders to rest { place: body $0 }", &["draft", "token"], &["GET"]);
    check("bind Orders to rest { place: header \"X\" = $0 }", &["draft", "token"], &["GET"]);
    check("bind Orders to rest { place: as $0 }", &["sse", "ndjson"], &["GET"]);
    check("bind Orders to rest { place: fault $0 }", &["Busy"], &["GET"]);
    check("bind Orders to rest { get: GET \"/{$0}\" }", &["id"], &["token"]);
    check("bind Orders to rest { get: GET \"/$0\" }", &[], &["id"]);
    check("bind Orders to broker { Placed: key $0 }", &["order", "at"], &[]);
    check("bind Orders to rest $0", &["at", "as"], &[]);
}

#[test]
fn examples_know_the_operation() {
    check("example $0", &["Orders"], &[]);
    check("example Orders.$0", &["place", "get"], &["settle"]);
    check("example Orders.place \"x\" { $0 }", &["given", "gives", "fails"], &[]);
    check("example Orders.place \"x\" { given { $0 } }", &["draft", "token"], &[]);
    check("example Orders.place \"x\" { given { token: \"a\", $0 } }", &["draft"], &["token"]);
    check("example Orders.place \"x\" { given { draft: { lines: [{ $0 }] } } }", &["token", "ok"], &["draft"]);
    check("example Orders.place \"x\" { given { draft: { lines: [{ status: $0 }] } } }", &["placed"], &["ok"]);
    check("example Orders.place \"x\" { given { draft: { lines: [{ ok: $0 }] } } }", &["true"], &[]);
    check("example Orders.place \"x\" { given { draft: { pay: $0 } } }", &["cash"], &["card"]);
    check("example Orders.place \"x\" { given { draft: { pay: { $0 } } } }", &["card"], &[]);
    check("example Orders.place \"x\" { gives { $0 } }", &["id", "pay"], &["draft"]);
    check("example Orders.place \"x\" { fails $0 }", &["Busy"], &["Placed"]);
}

#[test]
fn annotations_stand_behind_their_sign() {
    check("record A { @$0 b: uuid }", &["sensitive"], &["record"]);
    check("@se$0 record A {}", &["sensitive"], &[]);
}

#[test]
fn the_word_being_typed_is_replaced() {
    let case = Case::new("package a\nrecord Abc { b: str$0ing }\n");
    let found = case.with(|names| names.completions(case.file, case.offset));
    assert_eq!(case.sources.text(found.replace), "string");
    let case = Case::new("package a\nservice S { public f(ab: u32) }\nbind S to rest { f: GET \"/{a$0b}\" }\n");
    let found = case.with(|names| names.completions(case.file, case.offset));
    assert_eq!(case.sources.text(found.replace), "ab");
}
