//! `wireloom explain Orders.place`, and the codes' explanations.

use insta::assert_snapshot;
use wireloom_codegen::{Wire, Wires, codes, explain_operation};

use crate::harness::{corpus, read};

#[test]
fn an_operation_is_explained_over_every_wire() {
    let shop = corpus(&["shop/common/common.loom", "payments/payments.loom", "shop/orders/orders.loom"]);
    assert_snapshot!(explain_operation(&shop.contract, "Orders.place").expect("there is such an operation"), @r#"
    operation  shop.orders.Orders.place
    effect     keyed by `token`: may be retried with the same key
    deadline   2s
    rest       POST /v1/orders
      input    draft: body
      input    token: header `Idempotency-Key`
      status   201
      fault    OutOfStock: 400
      fault    Busy: 503
    grpc       /shop.orders.v1.Orders/place
      input    draft: field 1
      input    token: field 2
    rpc        shop.orders.Orders/place
      input    draft: field 1
      input    token: field 2
    ws         shop.orders.Orders/place at /v1/orders/live
      input    draft: field 1
      input    token: field 2
    "#);
    assert_snapshot!(explain_operation(&shop.contract, "shop.orders.Orders.find").expect("there is such an operation"), @r#"
    operation  shop.orders.Orders.find
    effect     safe: may be cached, hedged, retried
    deadline   2s
    rest       GET /v1/orders
      input    status: query `status`
      input    page: query `size`, `token`
      status   200
    grpc       /shop.orders.v1.Orders/find
      input    status: field 1
      input    page: field 2
    rpc        shop.orders.Orders/find
      input    status: field 1
      input    page: field 2
    ws         shop.orders.Orders/find at /v1/orders/live
      input    status: field 1
      input    page: field 2
    "#);
    assert_snapshot!(explain_operation(&shop.contract, "Orders.watch").expect("there is such an operation"), @r#"
    operation  shop.orders.Orders.watch
    effect     safe: may be cached, hedged, retried
    deadline   2s
    rest       GET /v1/orders/changes
      input    since: query `since`
      status   200
      stream   server-sent events
    grpc       /shop.orders.v1.Orders/watch
      input    since: field 1
    rpc        shop.orders.Orders/watch
      input    since: field 1
    ws         shop.orders.Orders/watch at /v1/orders/live
      input    since: field 1
    "#);
    assert_eq!(explain_operation(&shop.contract, "Orders.plaice"), None);
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
