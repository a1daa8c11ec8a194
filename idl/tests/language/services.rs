//! Services: access, clauses, streams, handlers.

use insta::assert_snapshot;

use super::door::{check, run};

#[test]
fn a_service_says_who_may_call() {
    assert_snapshot!(check(r"service S {
    get()
}"), @"1:9 auth-unstated: `S` does not say who may call it (say `public`, or how callers prove who they are: `auth jwt`)");
    assert_snapshot!(check(r"service S {
    public
    auth jwt
}"), @"3:5 clause-conflict: `S` is public and has an `auth` (keep one; single operations may be `public`)");
    assert_snapshot!(check(r#"service S {
    auth jwtt
    get()
        scope "x"
}"#), @"2:10 unknown-auth-scheme: no way to authenticate is called `jwtt` (did you mean `jwt`?)");
    assert_snapshot!(check(r#"service S {
    auth any of jwt, api_key
    scopes ["a", "a"]
    get()
        scope "b"
    put()
        role "clerk"
    all_may()
        public
}"#), @r"
    3:18 duplicate-member: `a` is named twice
    5:15 unknown-scope: `S` declares no scope `b` (it can be `a`)
    ");
}

#[test]
fn nobody_is_known_in_a_public_service() {
    assert_snapshot!(check(r#"service S {
    public
    get()
        scope "a"
    put()
        role "b"
    open()
        public
}"#), @r"
    4:9 access-without-auth: `S` is public: nobody has scopes or roles in it (say `auth …` in the service; single operations may then be `public`)
    6:9 access-without-auth: `S` is public: nobody has scopes or roles in it (say `auth …` in the service; single operations may then be `public`)
    ");
    assert_snapshot!(check(r#"service S {
    public
    scopes ["a"]
}"#), @"3:5 access-without-auth: `S` is public: nobody has scopes in it");
}

#[test]
fn clauses_stand_once_and_where_they_belong() {
    assert_snapshot!(check(r#"service S {
    public
    get()
        safe
        safe
    put()
        safe
        once
    del()
        public
        role "x"
    old()
        deprecated "x" until "soon"
    sub()
        auth jwt
}"#), @r#"
    5:9 duplicate-clause: `safe` is said twice
    8:9 clause-conflict: `once` contradicts `safe` (an operation has one effect: `safe`, `idempotent`, `keyed(input)` or `once`)
    11:9 clause-conflict: `role` contradicts `public` (an operation is `public`, or wants scopes, or a role)
    13:30 deprecated-date: `soon` is no day (write it as `"2027-01-31"`)
    15:9 clause-misplaced: this clause belongs to the service (an operation says `public`, `scope "…"` or `role "…"`)
    "#);
    assert_snapshot!(check(r"service S {
    public
    public
    safe
}"), @r"
    3:5 duplicate-clause: `public` is said twice
    4:9 unexpected-token: expected `(` or `was` after the operation's name, the operation ends here
    ");
}

#[test]
fn operations_are_told_apart() {
    assert_snapshot!(check(r"service S {
    public
    get()
    get(a: u32)
    put(a: u32, a: u32)
}"), @r"
    4:5 duplicate-member: `S` has two members `get`
    5:17 duplicate-member: `put` has two members `a`
    ");
}

#[test]
fn faults_and_events_are_what_they_are() {
    assert_snapshot!(check(r"fault Gone: not_found
record R {}
event Placed {}
service S {
    public
    get()
        fails Gon, R, Gone, Gone
    put()
        emits Placd, Gone
}"), @r"
    7:15 unknown-fault: no fault `Gon` is known here (did you mean `Gone`?)
    7:20 wrong-kind: `R` is not declared as `fault`
    7:29 duplicate-member: `Gone` is named twice
    9:15 unknown-event: no event `Placd` is known here (did you mean `Placed`?)
    9:22 wrong-kind: `Gone` is not declared as `event`
    ");
}

#[test]
fn a_service_publishes_of_itself() {
    let said =
        |clauses: &str| check(&format!("event E {{}} event F {{}}\nservice S {{ public {clauses} put() emits F, E }}"));
    assert_snapshot!(said("emits E, Gone, E emits F"), @"2:37 duplicate-clause: `emits` is said twice");
    let (_, contract, _) = run("event E {} event F {}\nservice S { public emits E put() emits F, E }");
    let (_, service) = contract.services().next().expect("there is one");
    let names: Vec<&str> = service.events().iter().map(|&id| contract.type_def(id).name.as_str()).collect();
    assert_eq!(names, ["E", "F"]);
}

#[test]
fn a_safe_operation_publishes_nothing() {
    assert_snapshot!(check(r"event E {}
service S {
    public
    get()
        safe
        emits E
}"), @"6:9 emits-on-safe: `get` is safe and emits an event (what publishes has an effect: say `idempotent` or `once`, or emit nothing)");
}

#[test]
fn a_key_tells_calls_apart() {
    assert_snapshot!(check(r"scalar Id: uuid
service S {
    public
    a(t: idempotency_key)
        keyed(t)
    b(t: u32)
        keyed(t)
    c(token: Id)
        keyed(tokn)
    d(t: Nope)
        keyed(t)
}"), @r"
    7:15 keyed-input: `t` is no text that tells calls apart (the input of `keyed` is an `idempotency_key`, a string or a uuid)
    9:15 unknown-input: there is no input `tokn` (did you mean `token`?)
    10:10 unknown-type: no type `Nope` is known here
    ");
}

#[test]
fn a_stream_is_not_kept_for_a_key() {
    assert_snapshot!(check(r"service S {
    public
    a(t: idempotency_key) -> stream u32
        keyed(t)
    b(t: idempotency_key) -> [u32]
        keyed(t)
}"), @"4:9 clause-conflict: `a` is keyed and answers with a stream (a stream cannot be answered again: start the work in a keyed operation, and follow it in a safe one)");
}

#[test]
fn nobody_waits_for_oneway() {
    assert_snapshot!(check(r"fault F: aborted
service S {
    public
    a() -> u32
        oneway
    b(x: stream u32)
        oneway
    c()
        oneway
        fails F
    d() -> stream u32
        oneway
}"), @r"
    4:12 oneway-conflict: `a` is oneway and has an answer (without `oneway` an operation that answers nothing is still awaited)
    6:7 oneway-conflict: `b` is oneway and has a stream (without `oneway` an operation that answers nothing is still awaited)
    10:9 oneway-conflict: `c` is oneway and has faults (without `oneway` an operation that answers nothing is still awaited)
    11:12 oneway-conflict: `d` is oneway and has an answer (without `oneway` an operation that answers nothing is still awaited)
    ");
}

#[test]
fn a_stream_comes_in_alone() {
    assert_snapshot!(check(r"service S {
    public
    a(x: stream u32, y: u32)
    b(x: stream u32) -> stream u32
    c(x: [stream u32]) -> [stream u32]
    d(x: stream u32?)
    e(x: stream u32 = 5)
}"), @r"
    3:10 stream-input: `x` streams in and is not the only input (a stream stands alone: put what else comes in into its items, or call another operation first)
    5:11 stream-misplaced: `stream` stands at the front of an operation's only input or of its answer (what is sent whole is a list: `[T]`)
    5:28 stream-misplaced: `stream` stands at the front of an operation's only input or of its answer (what is sent whole is a list: `[T]`)
    6:17 optional-misplaced: `?` stands on fields, inputs and answers only (what may be missing inside a container is written `T or null`)
    7:23 stream-input: a stream has no default
    ");
}

#[test]
fn answers_are_any_type() {
    assert_snapshot!(check(r"service S {
    public
    a() -> u32?
    b() -> [u32] or null
    c() -> stream [u32]
    d() -> map<string, u32>
}"), @"");
}

#[test]
fn inputs_are_fields() {
    assert_snapshot!(check(r#"record R { id: u32 readonly, note: string }
service S {
    public
    a(x: u32 = "a", y: u32 where value in 5..1, z: u32? = 1, d: draft R = { note: "x", id: 1 })
}"#), @r"
    4:16 value-mismatch: a number (`u32`) is wanted here
    4:43 constraint-bounds: the lower bound is above the upper: nothing satisfies this (exchange them)
    4:59 optional-default: `z` is optional and has a default (with a default it is never absent: take the `?` away, or the default)
    4:88 unknown-field: `RDraft` has no field `id` (there is `note`)
    ");
}

#[test]
fn handlers_wait_for_events() {
    assert_snapshot!(check(r#"event Paid { amount: decimal, test: bool, note: string }
record R {}
service S {
    public
    on Paid as settle where amount > 100 and not test or note == "x"
    on Payd as b
    on R as c
    on Paid as settle
}"#), @r#"
    5:16 handler-unbound: no binding names `settle`: it hears what this process publishes (bind it: `bind S to broker { settle: topic "…" }`)
    6:8 unknown-event: no event `Payd` is known here (did you mean `Paid`?)
    7:8 wrong-kind: `R` is not declared as `event`
    8:16 duplicate-member: `S` has two members `settle`
    "#);
}

#[test]
fn conditions_compare_what_can_be_compared() {
    assert_snapshot!(check(r#"enum Status { placed, paid }
record R { at: timestamp }
event E { note: string?, status: Status, r: R, amount: decimal, wait: duration, list: [u32] }
service S {
    public
    on E as a where note > "a"
    on E as b where status < paid
    on E as c where status == payd
    on E as d where r == 1
    on E as e where amount
    on E as f where amunt > 1
    on E as g where r.at >= "2020-01-01T00:00:00Z"
    on E as h where note == null
    on E as i where r == null
    on E as j where wait > 2s
    on E as k where list > 1
}"#), @r#"
    6:13 handler-unbound: no binding names `a`: it hears what this process publishes (bind it: `bind S to broker { a: topic "…" }`)
    6:21 condition: `note` has no order: it is compared by `==` and `!=`
    7:13 handler-unbound: no binding names `b`: it hears what this process publishes (bind it: `bind S to broker { b: topic "…" }`)
    7:21 condition: members of an enum have no order: `status` is compared by `==` and `!=`
    8:13 handler-unbound: no binding names `c`: it hears what this process publishes (bind it: `bind S to broker { c: topic "…" }`)
    8:31 unknown-member: `Status` has no member `payd` (did you mean `paid`?)
    9:13 handler-unbound: no binding names `d`: it hears what this process publishes (bind it: `bind S to broker { d: topic "…" }`)
    9:21 condition: `r` cannot be compared: go on to one of its fields
    10:13 handler-unbound: no binding names `e`: it hears what this process publishes (bind it: `bind S to broker { e: topic "…" }`)
    10:21 condition: `amount` is not a `bool` (compare it: `order.total.amount > 100`)
    11:13 handler-unbound: no binding names `f`: it hears what this process publishes (bind it: `bind S to broker { f: topic "…" }`)
    11:21 unknown-field: `E` has no field `amunt` (did you mean `amount`?)
    12:13 handler-unbound: no binding names `g`: it hears what this process publishes (bind it: `bind S to broker { g: topic "…" }`)
    13:13 handler-unbound: no binding names `h`: it hears what this process publishes (bind it: `bind S to broker { h: topic "…" }`)
    14:13 handler-unbound: no binding names `i`: it hears what this process publishes (bind it: `bind S to broker { i: topic "…" }`)
    14:21 condition: `r` cannot be compared: go on to one of its fields
    15:13 handler-unbound: no binding names `j`: it hears what this process publishes (bind it: `bind S to broker { j: topic "…" }`)
    16:13 handler-unbound: no binding names `k`: it hears what this process publishes (bind it: `bind S to broker { k: topic "…" }`)
    16:21 condition: `list` cannot be compared: go on to one of its fields
    "#);
}

#[test]
fn an_event_has_one_value_for_its_key() {
    assert_snapshot!(check(r"record R { id: u32 }
event A { r: R } key r
event B { r: R } key r.idd
event C { r: R } key r.id.x
event D { r: [R] } key r.id
event E { r: R } key r.id"), @r"
    2:22 event-key: `r` cannot be a key: a key is a scalar or an enum (go on to one of its fields: `key order.id`)
    3:24 unknown-field: `R` has no field `idd` (did you mean `id`?)
    4:27 unknown-field: `x` is looked for in something that has no fields
    5:26 unknown-field: `id` is looked for in something that has no fields
    ");
}
