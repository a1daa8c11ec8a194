//! What binding says about small contracts: place, code, message and help of each diagnostic.

use insta::assert_snapshot;

use crate::harness::{lines, read};

/// What the generator says of a contract in which the language finds no error.
fn check(text: &str) -> String {
    let read = read(&[("a.loom", text)]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let wires = wireloom_codegen::Wires::default();
    let said = lines(&read.sources, &wireloom_codegen::check(&read.contract, wires));
    // Checking leaves out what has nothing to say.
    let (_, bound) = wireloom_codegen::bind::bind(&read.contract, wires);
    assert_eq!(said, lines(&read.sources, &bound));
    said
}

/// Types that the contracts below use; a line, so that `bind` stands in the third.
const TYPES: &str = "record Flat { size: u32 = 50, token: string? } record Nested { flat: Flat } \
    record Listed { words: [string] = [\"a\"] } \
    enum Hue { red } fault Gone: not_found fault Busy: unavailable event Rang { at: timestamp }";

/// A service with these operations and this `rest` block, on one line each.
fn rest(operations: &str, block: &str) -> String {
    check(&format!("package shop {TYPES}\nservice Orders {{ public {operations} }}\nbind Orders to rest {block}\n"))
}

#[test]
fn sound_bindings_say_nothing() {
    assert_snapshot!(rest("get(id: string) -> string safe place(flat: Flat) -> Flat fails Gone", r#"at "/v1" { get: GET "/{id}", place: POST "/" -> 201 fault Gone -> 410 }"#), @"");
    assert_snapshot!(rest("upload(lines: stream string) -> u32 ping() safe", ""), @"");
    assert_snapshot!(rest("find(flat: Flat, hues: [Hue], at: timestamp?) -> string safe", ""), @"");
    assert_snapshot!(rest("follow() -> stream string safe ping() safe", "{ all: as sse, ... }"), @"");
}

#[test]
fn clauses_are_those_of_rest() {
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GTE "/{id}" }"#), @"3:28 rest-clause `GTE` is no clause of `rest` (did you mean `GET`?)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" boddy id }"#), @"3:40 rest-clause `boddy` is no clause of `rest` (did you mean `body`?)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET -> 200 }"#), @r#"3:28 rest-clause this clause is not complete (write `GET "/path"`)"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" -> 200 -> 201 }"#), @"3:50 rest-clause the status is said twice (leave one of them out)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" as xml }"#), @"3:40 rest-clause this clause is not complete (write `as sse` or `as ndjson`)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" xml }"#), @"3:40 not-generated-yet XML bodies are not generated yet: they are JSON");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ all: GET "/x" }"#), @"3:28 rest-clause this clause belongs to one operation, not to `all` (`all` takes `-> status`, `as sse|ndjson`, `fault F -> status` and `xml`)");
}

#[test]
fn paths_are_segments() {
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}.json" }"#), @r#"3:34 rest-path `{id}.json` mixes text and variable in the path `/{id}.json` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/a//{id}" }"#), @r#"3:36 rest-path an empty segment in the path `/a//{id}` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/../{id}" }"#), @r#"3:34 rest-path the segment `..` in the path `/../{id}` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/:id" }"#), @r#"3:34 rest-path `:id` begins like a variable of another notation in the path `/:id` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}/*" }"#), @r#"3:39 rest-path `*` begins like a variable of another notation in the path `/{id}/*` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/a:b*/{id}" }"#), @"");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"at "/a b""#), @r#"3:26 rest-path the character ' ' in the path `/a b` (a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: "/orders/{id}")"#);
}

#[test]
fn inputs_have_exactly_one_place() {
    assert_snapshot!(rest("get(order: string) -> string safe", r#"{ get: GET "/{ordre}" }"#), @"3:35 rest-unknown-input the path's variable names `ordre`, which is no input of `get` (did you mean `order`?)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" query "id" = id }"#), @"3:53 rest-placed-twice `id` already travels in the path (an input goes to exactly one place: leave one of them out)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}/{id}" }"#), @"3:40 rest-placed-twice `id` already travels in the path (an input goes to exactly one place: leave one of them out)");
    assert_snapshot!(rest("get(id: string?) -> string safe", r#"{ get: GET "/{id}" }"#), @"3:35 rest-text-form `id` cannot stand in a path (a path variable is a required input of a scalar or enum type)");
    assert_snapshot!(rest("get(flat: Flat) -> string safe", r#"{ get: GET "/{flat}" }"#), @"3:35 rest-text-form `flat` cannot stand in a path (a path variable is a required input of a scalar or enum type)");
    assert_snapshot!(rest("get(flat: Flat) -> string safe", r#"{ get: GET "/" header "X-Flat" = flat }"#), @"3:54 rest-text-form `flat` cannot stand in a header (a header carries a scalar or an enum that is never null)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/" header "Host" = id }"#), @r#"3:43 rest-header `Host` cannot be the header of an input (take a name of letters, digits and `-` that is not in use already, such as "X-Tenant")"#);
    for name in ["Request-Timeout", "x-request-id", "Traceparent"] {
        let said = rest("get(id: string) -> string safe", &format!("{{ get: GET \"/\" header \"{name}\" = id }}"));
        assert!(said.starts_with("3:43 rest-header"), "{name} belongs to the runtime: {said}");
    }
    assert_snapshot!(rest("place(a: Flat, b: Flat) -> string", r#"{ place: POST "/" body a }"#), @"");
    assert_snapshot!(rest("place(a: Flat, b: Nested) -> string", r#"{ place: POST "/" body a }"#), @"2:40 rest-query `b` cannot travel in the query: only flat records, whose fields are scalars and enums or lists of them, have a form in a query (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
}

#[test]
fn queries_are_flat() {
    assert_snapshot!(rest("find(filter: map<string, string>) -> string safe", r#"{ find: GET "/" }"#), @"2:30 rest-query `filter` cannot travel in the query: a map has no form in a query (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(nested: Nested) -> string safe", r#"{ find: GET "/" }"#), @"2:30 rest-query `nested` cannot travel in the query: only flat records, whose fields are scalars and enums or lists of them, have a form in a query (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(flat: Flat?) -> string safe", r#"{ find: GET "/" }"#), @"2:30 rest-query `flat` cannot travel in the query: a record that may be absent has no form in a query (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(hue: Hue or null) -> string safe", r#"{ find: GET "/" query "h" = hue }"#), @"3:49 rest-query `hue` cannot travel in the query: a null has no form in a query (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(size: u32, flat: Flat) -> string safe", r#"{ find: GET "/" }"#), @r#"2:41 rest-name-clash two inputs have the query name `size` (give one of them another name: `query "other" = input`)"#);
    assert_snapshot!(rest("find(hues: [Hue] = [red]) -> string safe", r#"{ find: GET "/" }"#), @"2:30 rest-query `hues` cannot travel in the query: a query cannot tell an empty list from an absent one, which has a default that is not empty (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(hues: [Hue] = [red]) -> string safe", r#"{ find: GET "/" query "h" = hues }"#), @"3:49 rest-query `hues` cannot travel in the query: a query cannot tell an empty list from an absent one, which has a default that is not empty (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(listed: Listed) -> string safe", r#"{ find: GET "/" }"#), @"2:30 rest-query `listed` cannot travel in the query: a query cannot tell an empty list from an absent one, and a list in it has a default that is not empty (send it as the body: take POST, PUT or PATCH, or say `body` for it)");
    assert_snapshot!(rest("find(hues: [Hue] = []) -> string safe", r#"{ find: GET "/" }"#), @"");
    assert_snapshot!(rest("find(nested: Nested) -> string safe", ""), @r#"2:25 rest-derived-post `find` is bound to POST, since its inputs do not fit a query (say so yourself to be rid of this: `find: POST "/find"`)"#);
    assert_snapshot!(rest("find(a: string, b: string) -> string safe", r#"{ find: GET "/" header "X-A" = a header "x-a" = b }"#), @r#"3:69 rest-name-clash two inputs have the header name `x-a` (give one of them another name: `header "other" = input`)"#);
}

#[test]
fn verbs_and_statuses_fit_the_operation() {
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/one" body id }"#), @"3:44 rest-body a GET request has no body (send the input in the query (leave `body` out), or take POST)");
    assert_snapshot!(rest("place(id: string) -> string", r#"{ place: GET "/{id}" }"#), @"3:30 rest-verb-safe GET is for operations without side effect, and `place` is not `safe` (take POST, or declare `place` as `safe`)");
    assert_snapshot!(rest("place(id: string) -> string", r#"{ place: PUT "/{id}" }"#), @"3:30 rest-verb-idempotent PUT may be repeated at will, and `place` is not `idempotent` (take POST, or declare `place` as `idempotent`)");
    assert_snapshot!(rest("place(key: idempotency_key) -> string keyed(key)", r#"{ place: DELETE "/" }"#), @"3:30 rest-verb-idempotent DELETE may be repeated at will, and `place` is not `idempotent` (take POST, or declare `place` as `idempotent`)");
    assert_snapshot!(rest("ping() -> string safe", r#"{ ping: HEAD "/" }"#), @"3:29 rest-status the answer to HEAD has no body, and `ping` answers with something (take GET)");
    assert_snapshot!(rest("place(id: string) -> string", r#"{ place: POST "/{id}" -> 204 }"#), @"3:46 rest-status 204 forbids a body, and `place` answers with one (take 200 or 201)");
    assert_snapshot!(rest("place(id: string) -> string", r#"{ place: POST "/{id}" -> 302 }"#), @"3:46 rest-status 302 is no status of success (take one in 200..299; failures are declared as faults)");
    assert_snapshot!(rest("place(id: string) -> string fails Gone", r#"{ place: POST "/{id}" fault Gone -> 200 }"#), @"3:57 rest-status 200 is no status of a failure (take one in 400..599)");
    assert_snapshot!(rest("place(id: string) -> string fails Gone", r#"{ place: POST "/{id}" fault Busy -> 503 }"#), @"3:49 rest-fault `place` does not fail with `Busy` (the declared faults are `Gone`)");
    assert_snapshot!(rest("place(id: string) -> string fails Gone", r#"{ all: fault Busy -> 503, ... }"#), @"3:34 rest-fault no operation of `Orders` fails with `Busy` (the declared faults are `Gone`)");
}

#[test]
fn rest_carries_only_what_it_can() {
    assert_snapshot!(rest("upload(lines: stream string) -> u32", r#"{ upload: POST "/lines" }"#), @"3:23 rest-client-stream `upload` takes a stream, which REST cannot carry (leave it out here and bind it to `grpc`, `rpc` or `ws`)");
    assert_snapshot!(rest("get(id: string) -> string safe", r#"{ get: GET "/{id}" as sse }"#), @"3:40 rest-carries `get` does not answer with a stream (leave `as` out: the answer is JSON)");
    assert_snapshot!(rest("ring() emits Rang", r#"{ Rang }"#), @r#"
    2:25 not-generated-yet `ring` publishes where a build asks for it: `Rang` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:23 rest-carries REST carries operations, no events (bind it to `broker` and leave it out here)
    "#);
}

#[test]
fn routes_are_told_apart() {
    assert_snapshot!(rest("a(id: string) -> string safe b(name: string) -> string safe", r#"{ a: GET "/{id}", b: GET "/{name}" }"#), @"3:46 rest-routes `Orders.b` has the route of `Orders.a`: GET /orders/{name} (give one of them another path or verb, or bind its service at another place)");
    assert_snapshot!(rest("a(id: string) -> string safe b(id: string) -> string safe", r#"{ a: GET "/x/{id}", b: GET "/{id}/x" }"#), @"3:48 rest-routes the routes of `Orders.a` and `Orders.b` cross: GET /orders/x/{id} and GET /orders/{id}/x (some path would fit both: make the literal segments of one a prefix of the other's)");
    assert_snapshot!(rest("a(id: string) -> string safe b() -> string safe", r#"{ a: GET "/{id}", b: GET "/new" }"#), @"");
    assert_snapshot!(rest("place() -> string", r#"at "/shop.Orders" { place: POST "/Place" }"#), @"3:53 rest-routes `/shop.Orders/…` is reserved: gRPC is served there on the same port (bind the service at another place)");
    assert_snapshot!(check("package shop\nservice A { public ping() safe }\nservice B { public ping() safe }\nbind A to rest at \"/x\"\nbind B to rest at \"/x\"\n"), @"3:20 rest-routes `B.ping` has the route of `A.ping`: GET /x/ping (give one of them another path or verb, or bind its service at another place)");
}

#[test]
fn a_path_of_another_verb_may_hide_one() {
    assert_snapshot!(rest("a() -> string safe b(id: string) idempotent", r#"{ a: GET "/new", b: DELETE "/{id}" }"#), @"3:48 rest-hidden-path DELETE /orders/new does not reach `Orders.b`: the path is that of `Orders.a` (a path is found before its verb: give one of them another path if that value may occur)");
    assert_snapshot!(rest("a(x: u32) -> string safe b(hue: Hue, x: u32)", r#"{ a: GET "/red/{x}", b: POST "/{hue}/{x}" }"#), @"3:50 rest-hidden-path POST /orders/red/{x} does not reach `Orders.b`: the path is that of `Orders.a` (a path is found before its verb: give one of them another path if that value may occur)");
    assert_snapshot!(rest("a(id: string) -> string safe b(id: string)", r#"{ a: GET "/x/{id}", b: POST "/{id}/x" }"#), @"3:49 rest-hidden-path POST /orders/x/{id} does not reach `Orders.b`: the path is that of `Orders.a` (a path is found before its verb: give one of them another path if that value may occur)");
    assert_snapshot!(rest("a() -> string safe b(id: uuid) idempotent", r#"{ a: GET "/new", b: DELETE "/{id}" }"#), @"");
    assert_snapshot!(rest("a() -> string safe b(hue: Hue) idempotent", r#"{ a: GET "/new", b: DELETE "/{hue}" }"#), @"");
    assert_snapshot!(rest("a() -> string safe b(id: string) idempotent c() idempotent", r#"{ a: GET "/new", b: DELETE "/{id}", c: DELETE "/new" }"#), @"");
}

#[test]
fn variables_of_one_path_have_names_of_their_own() {
    let paths = |operations: &str, block: &str| {
        let text =
            format!("package shop\nservice Orders {{ public {operations} }}\nbind Orders to rest at \"/\" {block}\n");
        let read = read(&[("a.loom", &text)]);
        let (views, report) = wireloom_codegen::bind::bind(&read.contract, wireloom_codegen::Wires::default());
        assert!(report.is_empty(), "{}", lines(&read.sources, &report));
        let all = views.http.services.iter().flat_map(|service| &service.operations);
        all.map(wireloom_codegen::bind::http::HttpOperation::path_template).collect::<Vec<_>>().join(" ")
    };
    let (one, line) = ("get(id: u32) -> string safe", "line(order: u32, id: u32) -> string safe");
    assert_eq!(
        paths(&format!("{one} {line}"), r#"{ get: GET "/{id}", line: GET "/{order}/lines/{id}" }"#),
        "/{order} /{order}/lines/{id}"
    );
    assert_eq!(
        paths(
            "a(x: u32, y: u32) -> u32 safe b(x: u32, y: u32) -> u32 safe",
            r#"{ a: GET "/{x}/{y}", b: GET "/{y}/{x}/end" }"#
        ),
        "/{x}/{y} /{x}/{y}/end"
    );
    assert_eq!(
        paths(
            "a(x: u32) -> u32 safe b(y: u32, x: u32) -> u32 safe c(x: u32, y: u32) -> u32 safe",
            r#"{ a: GET "/{x}", b: GET "/{y}/b/{x}", c: GET "/{x}/c/{y}" }"#
        ),
        "/{x} /{x}/b/{x_} /{x}/c/{y}"
    );
}

#[test]
fn what_is_not_generated_is_said() {
    assert_snapshot!(check("package shop\nservice A { public ping() safe }\nbind A to grpc\nbind A to rest at \"/a\"\nbind A to rest at \"/b\"\n"), @r#"
    3:11 not-generated-yet `A` on `grpc` is generated where a build asks for it (`Compiler::grpc()` in build.rs, `--wires grpc` on the command line)
    5:11 not-generated-yet a second REST place of one service is not generated yet
    "#);
    assert_snapshot!(check("package shop\nevent E { at: timestamp }\nservice A { public policy { retry 3, deadline 2s } ping() safe policy { hedge p95 } ring() emits E on E as heard }\nbind A to rest\n"), @r#"
    3:85 not-generated-yet `ring` publishes where a build asks for it: `E` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:108 not-generated-yet the handler `heard` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    "#);
}

#[test]
fn a_name_on_its_own_line_wants_a_comma() {
    assert_snapshot!(rest("get(id: string) -> string safe ping() safe", "{ get: GET \"/{id}\"\n    ping }"), @"4:5 rest-clause `ping` is no clause of `rest` (it is an operation: an entry of its own stands behind a comma, `, ping`)");
    assert_snapshot!(broker("on Placed as count on Placed as other", "{ all: group \"a\"\n Placed: topic \"p\"\n count\n    other: group \"b\" }"), @r"
    2:114 broker-derived `count` listens on `p` in the group `a` (say so in `bind Orders to broker { count }` to be rid of this)
    5:2 broker-clause `count` is no clause of `broker` (it is a handler: an entry of its own stands behind a comma, `, count`)
    ");
    let text = "package shop\nservice A { public ping() safe pong() safe }\nbind A to rest { ping: GET \"/x\" pong }\n";
    let read = read(&[("a.loom", text)]);
    let report = wireloom_codegen::check(&read.contract, wireloom_codegen::Wires::default());
    let fix = report.iter().find_map(|it| it.fix.as_ref()).expect("a comma is missing");
    let (edit, mut mended) = (&fix.edits[0], text.to_owned());
    mended.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    assert_snapshot!(check(&mended), @"");
}

#[test]
fn events_that_the_broker_lacks_are_not_followed() {
    let events = |bindings: &str| {
        messaging(&format!(
            "package shop\nevent E {{ at: timestamp }}\nservice S {{ public emits E ping() safe }}\n{bindings}\n"
        ))
    };
    assert_snapshot!(events("bind S to ws\nbind S to broker"), @"4:11 not-generated-yet `S` on `ws` is generated where a build asks for it (`Compiler::ws()` in build.rs, `--wires ws` on the command line)");
    assert_snapshot!(events("bind S to ws\nbind S to broker { without E }"), @"4:11 not-generated-yet `S` on `ws` is generated where a build asks for it (`Compiler::ws()` in build.rs, `--wires ws` on the command line)");
    assert_snapshot!(events("bind S to ws { E, ping }\nbind S to broker { without E }"), @r"
    4:11 not-generated-yet `S` on `ws` is generated where a build asks for it (`Compiler::ws()` in build.rs, `--wires ws` on the command line)
    4:16 wire-carries `E` is left out of `broker`, where `ws` hears it (take it out of `without` there, or leave it out here: `without E`)
    ");
}

/// Code is made of the binding to `broker`, else to a product: what that one leaves out, nobody follows.
#[test]
fn events_that_a_product_lacks_are_not_followed() {
    let followed = |bindings: &str| {
        let text = format!(
            "package shop\nevent E {{ at: timestamp }} event F {{ at: timestamp }}\nservice S {{ public emits E, F ping() safe }}\n{bindings}\n"
        );
        let read = read(&[("a.loom", &text)]);
        assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
        let (views, report) = wireloom_codegen::bind::bind(
            &read.contract,
            wireloom_codegen::Wires::of(wireloom_codegen::Wire::ALL.iter().copied()),
        );
        assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
        let ws = views.calls.on(wireloom_codegen::bind::calls::CallWire::Ws).next().expect("it is bound to it");
        let names: Vec<&str> = ws.events.iter().map(|&event| read.contract.type_def(event).name.as_str()).collect();
        // What is followed is what is emitted.
        let emitted = views.messages.services.first().map(|it| it.events.iter().map(|it| it.event).collect::<Vec<_>>());
        assert!(ws.events.iter().all(|event| emitted.as_ref().is_some_and(|all| all.contains(event))), "{bindings}");
        names.join(" ")
    };
    for product in ["broker", "nats", "kafka"] {
        assert_eq!(followed(&format!("bind S to ws\nbind S to {product} {{ without E, ... }}")), "F", "{product}");
    }
    assert_eq!(followed("bind S to ws\nbind S to kafka { without E, ... }\nbind S to nats"), "E F");
    assert_eq!(followed("bind S to ws\nbind S to nats { without E, ... }\nbind S to broker { without F, ... }"), "E");
    assert_snapshot!(check("package shop\nevent E { at: timestamp }\nservice S { public emits E ping() safe }\nbind S to ws { E }\nbind S to nats { without E }\n").lines().filter(|line| line.contains("wire-carries")).collect::<Vec<_>>().join("\n"), @"4:16 wire-carries `E` is left out of `nats`, where `ws` hears it (take it out of `without` there, or leave it out here: `without E`)");
}

#[test]
fn what_is_allowed_is_not_told() {
    let check = |mark: &str| {
        check(&format!(
            "package shop\nrecord Nested {{ flat: Flat }} record Flat {{ size: u32 }}\n{mark}\nservice A {{ auth jwt find(nested: Nested) safe }}\nbind A to rest\n"
        ))
    };
    assert_snapshot!(check(""), @r#"4:22 rest-derived-post `find` is bound to POST, since its inputs do not fit a query (say so yourself to be rid of this: `find: POST "/find"`)"#);
    assert_snapshot!(check(r#"@allow("rest-derived-post", "nobody caches it")"#), @"");
}

#[test]
fn calls_are_carried_as_they_are() {
    let service = "event Placed { id: string }\nevent Seen { id: string }\nservice A { public ping() safe place() emits Placed on Seen as seen }";
    let errors = |bindings: &str| {
        let all = check(&format!("package shop\n{service}\n{bindings}\n"));
        all.lines().filter(|line| !line.contains("not-generated-yet")).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(errors("bind A to grpc as \"acme.v1.A\" { ping: GET \"/\", Placed, seen }\nbind A to rpc { all: prefetch 3 }"), @r#"
    5:39 wire-clause `grpc` has no clauses: it carries calls as they are (leave it out, or bind this to a wire that knows it)
    5:48 wire-carries `grpc` carries operations, no events (bind it to `broker` and leave it out here)
    5:56 wire-carries `grpc` carries operations, no handlers (bind it to `broker` and leave it out here)
    6:22 wire-clause `rpc` has no clauses: it carries calls as they are (leave it out, or bind this to a wire that knows it)
    "#);
    assert_snapshot!(errors("bind A to grpc { ping, ... }\nbind A to ws at \"/live/{id}\""), @r#"
    6:25 wire-place a WebSocket is at one place, and `{id}` makes many of it (make it an input of the operations)
    "#);
    assert_snapshot!(errors("bind A to rest { ping: GET \"/live\" }\nbind A to ws at \"/a/live\""), @r#"6:1 wire-place `A.ping` is at `/a/live` on REST (give the WebSocket another place: `at "…"`)"#);
}

#[test]
fn annotations_have_schemas() {
    assert_snapshot!(check("package shop\nrecord A { @jsn(\"x\") a: string, @json b: string, @proto(bytes) c: uuid }\n@json(\"x\") record B { @json(\"c\") a: string, c: string }\n"), @r#"
    2:12 unknown-annotation there is no annotation `@jsn` (did you mean `json`?)
    2:33 annotation-arguments `@json` is not written like this (write `@json("name")` or `@json(number)`)
    3:1 annotation-place `@json` says nothing about types (it marks fields, members, cases and scalars)
    3:45 json-name-twice two fields have the JSON name `c` (give one of them another `@json("…")`)
    "#);
    assert_snapshot!(check("package shop\n@sensitive record A { a: string }\n@sensitive extern record Geo = rust \"crate::Geo\"\n"), @"3:1 annotation-place `@sensitive` says nothing about foreign types (it marks fields, types and scalars)");
    assert_snapshot!(check("package shop\nextern record Geo = rust \"not a path\"\n"), @r#"2:15 extern-type `not a path` is no path of a Rust type (name a Rust type: extern record Geo = rust "crate::Geo")"#);
}

#[test]
fn forms_of_json_are_told_from_names() {
    let said = |record: &str| check(&format!("package shop\n{record}\n"));
    assert_snapshot!(said("@json(number) scalar Big: i64\nrecord A { @json(number) a: i64, @json(number) @json(\"b2\") b: [u64], @json(\"number\") c: u32 }"), @"");
    assert_snapshot!(said("scalar Big: i64\nrecord A { @json(number) a: Big, @json(number) b: u32, @json(text) c: i64 }\n@json(\"x\") scalar C: i64"), @r#"
    3:12 annotation-arguments `@json(number)` is about `i64` and `u64`, and this is none (put it before the declaration of the scalar)
    3:34 annotation-arguments `@json(number)` is about `i64` and `u64`, and this is none (leave it out)
    3:56 annotation-arguments only `number` is a form of JSON (a name stands in quotes: `@json("name")`)
    4:1 annotation-arguments a scalar has no name in JSON (name the fields of its type)
    "#);
    assert_snapshot!(said("record A { @json(\"x\") @json(\"y\") a: i64, @sensitive @sensitive b: string }"), @r"
    2:23 annotation-arguments `@json` stands here twice (put both into one)
    2:53 annotation-arguments `@sensitive` stands here twice (put both into one)
    ");
    assert_snapshot!(said("record B {}\nrecord A { @xml(attribute) a: string, @xml(attribute) b: [string], @xml(\"attribute\") c: string, @proto(\"bytes\") d: uuid }"), @r"
    3:12 not-generated-yet `@xml` changes nothing yet: its wire is not generated
    3:39 annotation-arguments an attribute is one text, and this has no such form (it marks scalars and enums)
    3:68 annotation-arguments `@xml` is not written like this (write `@xml(attribute)`)
    3:97 annotation-arguments `@proto` is not written like this (write `@proto(bytes)`)
    ");
}

#[test]
fn allowances_reach_the_generator() {
    let said = |text: &str| check(&format!("package shop\n{text}\n"));
    assert_snapshot!(said("service S { public get(a: f32) safe policy { balance hash(a) } }\n@allow(\"not-generated-yet\", \"SOAP comes later\") bind S to soap"), @"2:20 not-generated-yet `hash(a)` of `get` goes by no value: it is no text, number or enum");
    assert_snapshot!(said("@allow(\"unknown-annotation\", \"an error stays\") record A { @nonsense a: u32 }"), @"2:59 unknown-annotation there is no annotation `@nonsense` (the annotations are `json`, `xml`, `proto`, `sensitive`, `allow`, `nats`, `kafka`, `amqp`, `mqtt`, `stomp`, `pulsar`, `rocketmq`)");
}

#[test]
fn annotations_stand_where_they_say_something() {
    let said = |text: &str| {
        check(&format!("{text}\n"))
            .lines()
            .filter(|line| !line.contains("not generated yet"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(said("@sensitive package shop\n@json(\"x\") service S { public @sensitive get() -> u32 safe }\n@xml(attribute) example S.get \"a\" { given {} gives 3 }"), @r"
    1:1 annotation-place `@sensitive` says nothing about `package` lines, imports and examples (it marks fields, types and scalars)
    2:1 annotation-place `@json` says nothing about services (it marks fields, members, cases and scalars)
    2:31 annotation-place `@sensitive` says nothing about operations (it marks fields, types and scalars)
    3:1 annotation-place `@xml` says nothing about `package` lines, imports and examples (it marks fields)
    ");
    let service = "package shop\nevent E { a: u32 }\nservice S { public ring() emits E on E as heard }\n";
    let bound = |binding: &str| said(&format!("{service}{binding}"));
    assert_snapshot!(bound("@nats(stream: \"ORDERS\", replicas: 3, max_age: 7d, storage: memory) bind S to nats { E, @nats(ack_wait: 30s) heard }"), @r"
    3:20 not-generated-yet `ring` publishes where a build asks for it: `E` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:43 not-generated-yet the handler `heard` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    4:1 not-generated-yet `@nats` changes nothing yet: topics and groups are made without it
    4:78 not-generated-yet `S` on `nats` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line)
    4:88 not-generated-yet `@nats` changes nothing yet: topics and groups are made without it
    ");
    assert_snapshot!(bound("@nats(streem: \"O\", replicas: 9, \"x\", max_age: \"long\", storage: tape, stream: \"\", stream: \"b\") bind S to nats"), @r"
    3:20 not-generated-yet `ring` publishes where a build asks for it: `E` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:43 not-generated-yet the handler `heard` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    4:1 annotation-arguments `max_age` is not set like this (it takes a time like `7d`)
    4:1 annotation-arguments `nats` has no setting `streem` (did you mean `stream`?)
    4:1 annotation-arguments `replicas` is not set like this (it takes a number in 1..5)
    4:1 annotation-arguments `storage` is not set like this (it takes one of `file`, `memory`)
    4:1 annotation-arguments `stream` is not set like this (it takes a text)
    4:1 annotation-arguments `stream` is set twice (leave one of them out)
    4:1 annotation-arguments a setting has a name (write `@nats(stream: …)`)
    4:105 not-generated-yet `S` on `nats` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line)
    ");
    assert_snapshot!(bound("@kafka(partitions: 3) bind S to nats { @nats(ack_wait: 1s) E, @nats heard }"), @r"
    3:20 not-generated-yet `ring` publishes where a build asks for it: `E` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:43 not-generated-yet the handler `heard` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    4:1 annotation-place `@kafka` says nothing about a binding to `nats` (bind the service to `kafka`)
    4:33 not-generated-yet `S` on `nats` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line)
    4:40 annotation-arguments `ack_wait` is about groups, so about handlers (here it sets `stream`, `replicas`, `storage`, `max_age`, `max_bytes`, `duplicates`)
    4:63 annotation-arguments `@nats` sets nothing (here it sets `ack_wait`, `max_ack_pending`)
    ");
    assert_snapshot!(bound("@sensitive bind S to kafka { @kafka(partitions: 12, compact: true, compression: zstd) E, @kafka(partitions: 2) heard }"), @r"
    3:20 not-generated-yet `ring` publishes where a build asks for it: `E` (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    3:43 not-generated-yet the handler `heard` is generated where a build asks for it (`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well)
    4:1 annotation-place `@sensitive` says nothing about bindings (it marks fields, types and scalars)
    4:30 not-generated-yet `@kafka` changes nothing yet: topics and groups are made without it
    4:90 annotation-arguments `partitions` is about topics, so about events (here it sets `start`)
    ");
    assert_snapshot!(said("package shop\n@kafka(partitions: 3) event E { @nats(stream: \"x\") a: u32 }"), @r"
    2:1 annotation-place `@kafka` says nothing about types (it marks bindings to `kafka` and their entries: what a service promises names no product)
    2:33 annotation-place `@nats` says nothing about fields (it marks bindings to `nats` and their entries: what a service promises names no product)
    ");
    assert_snapshot!(said("package shop\n@mqqt(qos: 1) event E { a: u32 }"), @"2:1 unknown-annotation there is no annotation `@mqqt` (did you mean `mqtt`?)");
}

#[test]
fn bytes_are_those_of_a_uuid() {
    assert_snapshot!(check("package shop\n@proto(bytes) scalar Id: uuid\nrecord A { @proto(bytes) a: uuid?, b: [Id], c: map<string, Id> }\n"), @"");
    assert_snapshot!(check("package shop\n@proto(bytes) scalar Name: string\n@proto(bytes) record A { @proto(bytes) a: [uuid], @proto(bytes) b: string readonly }\nservice S { public get(a: draft A) safe }\n"), @r"
    2:1 proto-bytes `@proto(bytes)` is about a `uuid`, and this is none (it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`)
    3:1 proto-bytes `@proto(bytes)` is about a `uuid`, and this is none (it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`)
    3:26 proto-bytes `@proto(bytes)` is about a `uuid`, and this is none (it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`)
    3:51 proto-bytes `@proto(bytes)` is about a `uuid`, and this is none (it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`)
    ");
    assert_snapshot!(check("package shop\n@proto(bytes) scalar Id: uuid\nrecord A { a: [map<Id, u32>] }\nunion U { a: map<Id, u32> }\nservice S { public get(@proto(bytes) a: stream uuid) -> map<Id, u32> }\n"), @r"
    3:15 proto-bytes `Id` is bytes on protobuf, and no key of a map is (take a scalar without `@proto(bytes)` as the key)
    4:11 proto-bytes `Id` is bytes on protobuf, and no key of a map is (take a scalar without `@proto(bytes)` as the key)
    5:20 proto-bytes `Id` is bytes on protobuf, and no key of a map is (take a scalar without `@proto(bytes)` as the key)
    5:24 proto-bytes `@proto(bytes)` is about a `uuid`, and this is none (it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`)
    ");
}

#[test]
fn other_names_on_protobuf_are_told_where_grpc_is_bound() {
    let contract = "package shop\nrecord A { self: bool, `self_`: bool }\nenum B { unspecified }\nservice S { public get() -> A safe }\n";
    assert_snapshot!(check(contract), @"");
    assert_snapshot!(check(&format!("{contract}bind S to grpc")), @r"
    2:24 proto-name in the `.proto` this is `self_2`, since there is something like `self_` already (protobuf tells names apart neither by case nor by `_`; give it another one to choose yourself)
    3:10 proto-name in the `.proto` this is `B_UNSPECIFIED_1`, since there is something like `B_UNSPECIFIED` already (protobuf tells names apart neither by case nor by `_`; give it another one to choose yourself)
    5:11 not-generated-yet `S` on `grpc` is generated where a build asks for it (`Compiler::grpc()` in build.rs, `--wires grpc` on the command line)
    ");
}

/// A service that emits and handles, with this block of its `broker` binding in the third line; messaging is generated.
fn broker(handlers: &str, block: &str) -> String {
    let order = "record Order { id: uuid, tags: [string] }\nevent Placed { order: Order, total: u32 } key order.id";
    let text = format!(
        "package shop {order} service Orders {{ public place() emits Placed {handlers} }}\nbind Orders to broker {block}\n"
    );
    messaging(&text)
}

fn messaging(text: &str) -> String {
    let read = read(&[("a.loom", text)]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let wires = wireloom_codegen::Wires::default().and(wireloom_codegen::Wire::Broker);
    lines(&read.sources, &wireloom_codegen::check(&read.contract, wires))
}

#[test]
fn a_wire_that_is_not_generated_is_told() {
    let bound = |wire: &str| check(&format!("package a\nservice S {{ public ring() }}\nbind S to {wire}\n"));
    assert_snapshot!(bound("mqtt"), @"3:11 not-generated-yet `S` on `mqtt` is not generated yet");
    assert_snapshot!(bound("rpc"), @"3:11 not-generated-yet `S` on `rpc` is generated where a build asks for it (`Compiler::rpc()` in build.rs, `--wires rpc` on the command line)");
    let read = read(&[("a.loom", "package a\nservice S { public ring() }\nbind S to rest\n")]);
    let said = wireloom_codegen::check(&read.contract, wireloom_codegen::Wires::of([]));
    assert_snapshot!(lines(&read.sources, &said), @"3:11 not-generated-yet `S` on `rest` is generated where a build asks for it (`Compiler::rest()` in build.rs, `--wires rest` on the command line)");
}

#[test]
fn sound_messaging_says_nothing() {
    assert_snapshot!(broker("on Placed as count", ""), @"");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed: topic "p" key total, count: topic "p" group "g" key order.id retry 0 backoff 1ms..1d dead "p.dead" prefetch 1 }"#), @"");
    assert_snapshot!(broker("on Placed as count on Placed as other", r#"{ without count }"#), @"");
    assert_snapshot!(broker("on Placed as count on Placed as other", r#"{ other: group "b", ... }"#), @"");
}

#[test]
fn clauses_are_those_of_brokers() {
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: topik "x" }"#), @"3:40 broker-clause `topik` is no clause of `broker` (did you mean `topic`?)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: -> 200 }"#), @r#"3:40 broker-clause this is no clause of `broker` (the clauses are `topic "shop.orders.placed"`, `group "orders"`, `key order.id`, `retry 5 backoff 200ms..30s`, `dead "shop.orders.dead"`, `prefetch 64`, `requires [replay, delay]`)"#);
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: topic retry 3 }"#), @r#"3:40 broker-clause this clause is not complete (write `topic "shop.orders.placed"`)"#);
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: retry 3 backoff 2s..1s }"#), @"3:40 broker-clause this clause is not complete (write `retry 5 backoff 200ms..30s`)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: prefetch 0 }"#), @"3:40 broker-clause this clause is not complete (write `prefetch 64`)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: dead "a.>" group "" }"#), @r"
    3:45 broker-clause `a.>` cannot stand behind `dead` on `broker` (a name has no empty part between its dots, no space, no `*` and no `>`)
    3:57 broker-clause `` cannot stand behind `group` on `broker` (a name has no empty part between its dots, no space, no `*` and no `>`)
    ");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: retry 3 retry 4 }"#), @"3:48 broker-clause `retry` is said twice (leave one of them out)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed: topic "p" retry 3, count }"#), @"3:43 broker-clause `retry` is about handlers, and `Placed` is an event (an event takes `topic`, `key`, `requires`)");
    assert_snapshot!(broker("on Placed as count", r#"{ all: topic "p", ... }"#), @"3:30 broker-clause `topic` belongs to one event or handler or call, not to `all` (`all` takes `group`, `retry`, `dead`, `prefetch`, `requires`)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: requires [replay], place }"#), @r"
    3:50 not-generated-yet whether the broker can do `replay` is not checked yet: which one it is, a URL says (bind it to a product to have it checked: `nats`, `kafka`, `amqp`, `pulsar`, `rocketmq`)
    3:59 not-generated-yet `place` over a broker, by request and reply, is not generated yet
    ");
}

#[test]
fn keys_lead_to_scalars_and_groups_are_of_one_handler() {
    assert_snapshot!(broker("on Placed as count", r#"{ Placed, count: key order.idd }"#), @"3:50 broker-key the key names `idd`, which is no field here (did you mean `id`?)");
    assert_snapshot!(broker("on Placed as count", r#"{ Placed: key order, count: key order.tags.x }"#), @r#"
    3:37 broker-key `order` cannot be a key: a key is a scalar or an enum (go on to one of its fields: `key order.id`)
    3:66 broker-key the key names `x`, which is no field here (there are no fields here)
    "#);
    assert_snapshot!(broker("on Placed as count on Placed as other", ""), @"2:133 broker-group `Orders.count` and `Orders.other` are one group, `orders`, on the topic `shop.placed` (each event would reach only one of them: give one another `group`)");
    assert_snapshot!(broker("on Placed as count on Placed as other", r#"{ Placed: topic "p", count, other: topic "p" }"#), @"3:51 broker-group `Orders.count` and `Orders.other` are one group, `orders`, on the topic `p` (each event would reach only one of them: give one another `group`)");
}

#[test]
fn what_is_derived_is_told() {
    assert_snapshot!(broker("on Placed as count", "{ Placed }"), @"2:114 broker-derived `count` listens on `shop.placed` in the group `orders` (say so in `bind Orders to broker { count }` to be rid of this)");
    assert_snapshot!(messaging("package shop\nevent E { at: timestamp }\nservice S { public ring() emits E on E as heard }\nbind S to broker at \"x\"\nbind S to broker\n"), @r#"
    4:21 not-generated-yet a broker is chosen when the program starts; this changes nothing here
    5:11 not-generated-yet a second broker of one service is not generated yet
    "#);
    assert_snapshot!(messaging("package shop\nevent E { at: timestamp }\nservice S { public ring() emits E on E as heard }\n"), @r#"
    3:20 broker-derived `E` goes to its default topic, `shop.e` (say so in `bind S to broker { E }` to be rid of this)
    3:43 broker-derived `heard` listens on `shop.e` in the group `s` (say so in `bind S to broker { heard }` to be rid of this)
    "#);
}

/// A type that is not known is one mistake for each place where it stands, whatever bindings and policies would ask of it.
#[test]
fn an_unknown_type_costs_nothing_of_bindings() {
    let read = read(&[("a.loom",
        "package shop
         fault Lost: not_found { id: Foo }
         event Made { by: Foo } key by.id
         record Page { a: Foo }
         service S {
             public
             get(id: Foo) -> Foo fails Lost safe policy { balance hash(id), limit 5/s per key(id) }
             find(of: Foo, page: Page) -> [Foo] safe
             put(id: Foo, to: patch Foo, by: draft Foo) -> Foo keyed(id)
             watch(from: Foo) -> stream Foo emits Made
             on Made as made where by.size > 3
         }
         bind S to rest { get: GET \"/{id}\", find: GET \"/\", put: POST \"/{id}\" body to query \"by\" = by, watch: POST \"/w/now\" as sse }
         bind S to grpc bind S to ws bind S to rpc
         bind S to broker { Made: topic \"x\" key by, made: topic \"x\" key by }
         example S.get \"x\" { given { id: 3 } gives { a: 2 } }",
    )]);
    let wires = wireloom_codegen::Wires::default();
    let all = lines(&read.sources, &read.report)
        + "\n"
        + &lines(&read.sources, &wireloom_codegen::check(&read.contract, wires));
    let said: Vec<&str> = all.lines().collect();
    let others = said.iter().filter(|line| !line.contains("no type `Foo`") && !line.contains("not-generated-yet"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(said.iter().filter(|line| line.contains("no type `Foo`")).count(), 13);
}
