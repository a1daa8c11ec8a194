//! `wireloom explain Orders.place`, and the codes' explanations.

use insta::assert_snapshot;
use wireloom_codegen::{Wire, Wires, codes, explain, mapping};

use crate::harness::{corpus, read};

#[test]
fn an_operation_is_explained_over_every_wire() {
    let shop = corpus(&["shop/common/common.loom", "payments/payments.loom", "shop/orders/orders.loom"]);
    assert_snapshot!(explain(&shop.contract, "Orders.place").expect("there is such an operation"), @r"
    operation   shop.orders.Orders.place
    effect      keyed by `token`: may be retried with the same key
    access      public
    emits       `OrderPlaced`
    policy      deadline: 2s (shop/orders/orders.loom:47)
    policy      retry: 3 budget 10% (shop/orders/orders.loom:47)
    policy      limit: 200/s per peer (shop/orders/orders.loom:47)
    policy      by default: hedge none, throttle k 1.5, breaker none, balance p2c, concurrency no bound,
                priority normal
    rest        POST /v1/orders
      input     draft: body
      input     token: header `Idempotency-Key`
      status    201
      fault     OutOfStock: 400
      fault     Busy: 503
    grpc        /shop.orders.v1.Orders/place
      takes     PlaceRequest
      gives     Order
      input     draft: field 1
      input     token: field 2
      fault     OutOfStock: FAILED_PRECONDITION, with the fault as a detail
      fault     Busy: UNAVAILABLE, with the fault as a detail
    rpc         shop.orders.Orders/place
      input     draft: field 1
      input     token: field 2
      fault     OutOfStock: failed_precondition
      fault     Busy: unavailable
    ws          /v1/orders/live
      name      shop.orders.Orders/place
      input     draft: member `draft`, in binary field 1
      input     token: member `token`, in binary field 2
      fault     OutOfStock: failed_precondition
      fault     Busy: unavailable
    ");
    assert_snapshot!(explain(&shop.contract, "shop.orders.Orders.find").expect("there is such an operation"), @r"
    operation   shop.orders.Orders.find
    effect      safe: may be cached, hedged, retried
    access      public
    policy      deadline: 2s (shop/orders/orders.loom:47)
    policy      retry: 3 budget 10% (shop/orders/orders.loom:47)
    policy      limit: 200/s per peer (shop/orders/orders.loom:47)
    policy      by default: hedge none, throttle k 1.5, breaker none, balance p2c, concurrency no bound,
                priority normal
    rest        GET /v1/orders
      input     status: query `status`
      input     page: query `size`, `token`
      status    200
    grpc        /shop.orders.v1.Orders/find
      takes     FindRequest
      gives     PagedOrder
      input     status: field 1
      input     page: field 2
    rpc         shop.orders.Orders/find
      input     status: field 1
      input     page: field 2
    ws          /v1/orders/live
      name      shop.orders.Orders/find
      input     status: member `status`, in binary field 1
      input     page: member `page`, in binary field 2
    ");
    assert_snapshot!(explain(&shop.contract, "Orders.watch").expect("there is such an operation"), @r"
    operation   shop.orders.Orders.watch
    effect      safe: may be cached, hedged, retried
    access      public
    policy      deadline: 2s (shop/orders/orders.loom:47)
    policy      retry: 3 budget 10% (shop/orders/orders.loom:47)
    policy      limit: 200/s per peer (shop/orders/orders.loom:47)
    policy      by default: hedge none, throttle k 1.5, breaker none, balance p2c, concurrency no bound,
                priority normal, first no bound, idle no bound, lifetime no bound
    rest        GET /v1/orders/changes
      input     since: query `since`
      status    200
      stream    server-sent events
    grpc        /shop.orders.v1.Orders/watch
      takes     WatchRequest
      gives     stream of Change
      input     since: field 1
    rpc         shop.orders.Orders/watch
      input     since: field 1
    ws          /v1/orders/live
      name      shop.orders.Orders/watch
      input     since: member `since`, in binary field 1
    ");
    assert_eq!(explain(&shop.contract, "Orders.plaice"), None);
    assert_eq!(explain(&shop.contract, "orders.Orders.place"), None);
}

#[test]
fn events_and_handlers_are_explained() {
    let shop = corpus(&["shop/common/common.loom", "payments/payments.loom", "shop/orders/orders.loom"]);
    assert_snapshot!(explain(&shop.contract, "Orders.OrderPlaced").expect("there is such an event"), @r"
    event       shop.orders.Orders.OrderPlaced
    emitted     by `place`
    key         order.id
    ws          /v1/orders/live
      name      shop.orders.OrderPlaced
    broker      topic shop.orders.placed
      key       order.id
    ");
    assert_snapshot!(explain(&shop.contract, "Orders.settle").expect("there is such a handler"), @r"
    handler     shop.orders.Orders.settle
    event       payments.Settled
    policy      deadline: 2s (shop/orders/orders.loom:47)
    broker      topic payments.settled
      group     orders
      retry     5 times
      dead      shop.orders.dead
      prefetch  64 events
    ");
    let whole = explain(&shop.contract, "shop.orders.Orders").expect("there is such a service");
    let heads: Vec<&str> = whole.split("\n\n").filter_map(|table| table.lines().next()).collect();
    assert_snapshot!(heads.join("\n"), @r"
    operation   shop.orders.Orders.place
    operation   shop.orders.Orders.get
    operation   shop.orders.Orders.find
    operation   shop.orders.Orders.change
    operation   shop.orders.Orders.cancel
    operation   shop.orders.Orders.watch
    operation   shop.orders.Orders.upload
    operation   shop.orders.Orders.chat
    event       shop.orders.Orders.OrderPlaced
    handler     shop.orders.Orders.settle
    ");
    assert!(whole.lines().all(|line| line.chars().count() <= 100), "{whole}");
}

const EVERYWHERE: &str = r#"
package shop version 2

event Placed { order: uuid } key order
fault Sold: failed_precondition { sku: string }

service Orders {
    auth jwt scopes ["write"]

    get(id: uuid) -> string
        public
        deprecated "use find" until "2030-01-01"

    place(sku: string)
        fails Sold
        emits Placed
        scope "write"

    watch() -> stream u32
        safe

    on Placed as count where order != "00000000-0000-0000-0000-000000000000"
}

bind Orders to rest {
    get: POST "/get" xml
}
bind Orders to webrtc {
    all: unordered
    watch: ordered retransmits 2
    Placed: lossy, place
}
bind Orders to soap at "/v2/orders" as "OrdersService" {
    all: namespace "urn:acme:orders" soap12
    ...
}
bind Orders to kafka {
    Placed: topic "placed" requires [compression, delay]
    count: retry 3 backoff 1s..1m dead "broken" prefetch 8
    place: topic "place" group "all"
}
bind Orders to rocketmq
"#;

#[test]
fn wires_without_generator_are_explained_as_well() {
    let shop = read(&[("shop.loom", EVERYWHERE)]);
    assert!(!shop.report.has_errors(), "{:?}", shop.report);
    let said = wireloom_codegen::check(&shop.contract, Wires::default());
    let errors: Vec<&str> = said.iter().map(|it| it.code.name).filter(|name| *name != "not-generated-yet").collect();
    assert_eq!(errors, [""; 0]);
    assert_snapshot!(explain(&shop.contract, "Orders").expect("there is such a service"), @r"
    operation   shop.Orders.get
    effect      once: resent only when certainly not sent
    access      public
    deprecated  use find, gone from 2030-01-01 on
    policy      by default: deadline 30s, retry 2 backoff 25ms..250ms budget 10%, hedge none, throttle k
                1.5, breaker none, balance p2c, limit none, concurrency no bound, priority normal
    rest        POST /orders/get
      input     id: body, member `id`
      status    200
      bodies    XML, which is not generated yet: they are JSON
    webrtc      not carried
    soap        /v2/orders (not generated yet)
      name      element `get` in `urn:acme:orders`
      service   OrdersService
      versions  1.2
      input     id: element `id`

    operation   shop.Orders.place
    effect      once: resent only when certainly not sent
    access      who has the scope `write`, known by jwt
    emits       `Placed`
    policy      by default: deadline 30s, retry 2 backoff 25ms..250ms budget 10%, hedge none, throttle k
                1.5, breaker none, balance p2c, limit none, concurrency no bound, priority normal
    rest        not carried
    webrtc      /rtc/orders (derived, not generated yet)
      name      shop.Orders/place
      input     sku: member `sku`, in binary field 1
      fault     Sold: failed_precondition
    soap        /v2/orders (not generated yet)
      name      element `place` in `urn:acme:orders`
      service   OrdersService
      versions  1.2
      input     sku: element `sku`
      fault     Sold: Sender (1.2), with the fault as detail
    kafka       topic place (not generated yet)
      group     all
      prefetch  64 events

    operation   shop.Orders.watch
    effect      safe: may be cached, hedged, retried
    access      who is known by jwt
    policy      by default: deadline 30s, retry 2 backoff 25ms..250ms budget 10%, hedge none, throttle k
                1.5, breaker none, balance p2c, limit none, concurrency no bound, priority normal, first
                no bound, idle no bound, lifetime no bound
    rest        not carried
    webrtc      /rtc/orders (derived, not generated yet)
      name      shop.Orders/watch
      channel   ordered, lost after 2 further attempts
    soap        not carried

    event       shop.Orders.Placed
    emitted     by `place`
    key         order
    webrtc      /rtc/orders (derived, not generated yet)
      name      shop.Placed
      channel   unordered, what is lost is not sent again
    kafka       topic placed (not generated yet)
      key       order
      requires  compression: done by the broker
      requires  delay: made of other means: a topic of what waits
    rocketmq    topic shop-placed (derived, not generated yet)
      key       order

    handler     shop.Orders.count
    event       shop.Placed
    filter      events that its condition does not admit are done with at once
    policy      by default: deadline 30s
    kafka       topic placed (derived, not generated yet)
      group     orders
      retry     3 times, after 1s to 60s
      dead      broken
      prefetch  8
    rocketmq    topic shop-placed (derived, not generated yet)
      group     orders
      retry     5 times, after 200ms to 30s
      dead      shop-placed.dead
      prefetch  64 events
    ");
}

#[test]
fn mappings_are_data() {
    let shop = read(&[(
        "shop.loom",
        "package shop\nservice S { public get(id: uuid) -> string safe }\nbind S to rest\nbind S to rest at \"/x\"\n",
    )]);
    let (views, _) = wireloom_codegen::bind::bind(&shop.contract, Wires::default());
    let found = mapping::named(&shop.contract, &views, "S.get");
    assert_snapshot!(serde_json::to_string_pretty(&found).expect("a mapping is JSON"), @r#"
    [
      {
        "name": "shop.S.get",
        "kind": "operation",
        "facts": [
          {
            "what": "effect",
            "says": "safe: may be cached, hedged, retried"
          },
          {
            "what": "access",
            "says": "public"
          },
          {
            "what": "policy",
            "name": "by default",
            "says": "deadline 30s, retry 2 backoff 25ms..250ms budget 10%, hedge none, throttle k 1.5, breaker none, balance p2c, limit none, concurrency no bound, priority normal"
          }
        ],
        "wires": [
          {
            "wire": "rest",
            "place": "GET /s/get",
            "derived": true,
            "generated": true,
            "rows": [
              {
                "what": "input",
                "name": "id",
                "says": "query `id`"
              },
              {
                "what": "status",
                "says": "200"
              }
            ]
          },
          {
            "wire": "rest",
            "place": null,
            "derived": false,
            "generated": false,
            "rows": [
              {
                "what": "note",
                "says": "a second place of one service is not generated yet"
              }
            ]
          }
        ]
      }
    ]
    "#);
    assert_eq!(mapping::names(&shop.contract), ["S", "S.get"]);
}

/// Each explanation shows a contract with the mistake, which is found, and one without.
#[test]
fn codes_are_explained_by_contracts_that_have_them_and_have_not() {
    for code in codes::ALL {
        let wrong = fenced(code.explanation, "loom wrong");
        let right = fenced(code.explanation, "loom right");
        assert!(
            codes_of(wrong).contains(&code.name),
            "{}: the wrong contract is fine: {:?}",
            code.name,
            codes_of(wrong)
        );
        assert!(!codes_of(right).contains(&code.name), "{}: the right contract is wrong", code.name);
        let errors = read(&[("right.loom", right)]).report;
        assert!(!errors.has_errors(), "{}: {errors:?}", code.name);
    }
}

fn fenced<'t>(text: &'t str, language: &str) -> &'t str {
    let fence = format!("```{language}\n");
    let start = text.find(&fence).unwrap_or_else(|| panic!("no `{language}` in {text}")) + fence.len();
    let end = text[start..].find("```").expect("the fence is closed");
    &text[start..start + end]
}

fn codes_of(text: &str) -> Vec<&'static str> {
    let read = read(&[("explained.loom", text)]);
    let messaging = Wires::default().and(Wire::Broker);
    let said = [Wires::default(), messaging].map(|wires| wireloom_codegen::check(&read.contract, wires));
    said.iter().flatten().map(|diagnostic| diagnostic.code.name).collect()
}
