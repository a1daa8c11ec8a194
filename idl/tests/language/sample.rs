//! The contract of the language's own page.

use insta::assert_snapshot;

use wireloom_idl::Contract;
use wireloom_idl::contract::{Answer, Binding, Field, Inputs, Operation, Type};

use super::door::run;

fn sample() -> String {
    let file = |path: &str| {
        let text =
            std::fs::read_to_string(format!("{}/../examples/orders/contracts/{path}", env!("CARGO_MANIFEST_DIR")));
        format!("// file {path}\n{}", text.expect("the corpus holds the sample"))
    };
    ["shop/common/common.loom", "payments/payments.loom", "shop/orders/orders.loom"].map(file).concat()
}

#[test]
fn it_has_nothing_to_complain_about() {
    let (sources, _, diagnostics) = run(&sample());
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|it| {
            let at = it.span().map(|span| sources[span.file].line_column(span.start));
            format!("{at:?} {}: {}", it.code.name, it.message)
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"");
}

/// The fields of a type, one a line.
fn fields(contract: &Contract, name: &str) -> String {
    let def = contract.types.iter().find(|def| def.name == name).expect("the sample makes this type");
    let line = |field: &Field| {
        let default = field.default.as_ref().map_or_else(String::new, |value| format!(" = {value:?}"));
        let constraints: String = field.constraints.iter().map(|it| format!(" {it:?}")).collect();
        let readonly = if field.readonly { " readonly" } else { "" };
        format!("{}: {} {:?}{default}{constraints}{readonly}", field.name, show(contract, &field.ty), field.presence)
    };
    let lines: Vec<String> = def.fields().unwrap_or_default().iter().map(line).collect();
    format!("{} {}", contract.full_name(def.id), lines.join("\n"))
}

fn show(contract: &Contract, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.as_str().to_owned(),
        Type::Named(id) => contract.type_def(*id).name.clone(),
        Type::List(inner) => format!("[{}]", show(contract, inner)),
        Type::Set(inner) => format!("set<{}>", show(contract, inner)),
        Type::Map(key, value) => format!("map<{}, {}>", show(contract, key), show(contract, value)),
        Type::Nullable(inner) => format!("{} or null", show(contract, inner)),
    }
}

#[test]
fn packages_come_before_those_that_import_them() {
    let (_, contract, _) = run(&sample());
    let lines = contract.packages().map(|(_, package)| {
        let types: Vec<&str> = package.types.iter().map(|id| contract.type_def(*id).name.as_str()).collect();
        format!("{} {}: {}", package.name, package.version, types.join(" "))
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    payments 1: Settled
    shop.common 1: Money Page MoneyPatch
    shop.orders 1: OrderId Sku Order Line Status Payment Card InvoiceRef Change OutOfStock NotFound Busy OrderPlaced OrderDraft PagedOrder OrderPatch
    ");
}

#[test]
fn drafts_patches_and_instances_are_records() {
    let (_, contract, _) = run(&sample());
    let names = ["Order", "OrderDraft", "OrderPatch", "PagedOrder", "MoneyPatch"];
    assert_snapshot!(names.map(|name| fields(&contract, name)).join("\n\n"), @r#"
    shop.orders.Order id: OrderId Required readonly
    customer: uuid Required
    lines: [Line] Required Size { min: Some(1), max: Some(200) }
    total: Money Required
    payment: Payment Required
    status: Status Required = Text("placed")
    note: string Optional Length { min: None, max: Some(500) }
    tags: map<string, string> Required = Object([])
    placed_at: timestamp Required readonly

    shop.orders.OrderDraft customer: uuid Required
    lines: [Line] Required Size { min: Some(1), max: Some(200) }
    total: Money Required
    payment: Payment Required
    status: Status Required = Text("placed")
    note: string Optional Length { min: None, max: Some(500) }
    tags: map<string, string> Required = Object([])

    shop.orders.OrderPatch customer: uuid Optional
    lines: [Line] Optional Size { min: Some(1), max: Some(200) }
    total: MoneyPatch Optional
    payment: Payment Optional
    status: Status Optional
    note: string OptionalNullable Length { min: None, max: Some(500) }
    tags: map<string, string> Optional

    shop.orders.PagedOrder items: [Order] Required
    next: string Optional

    shop.common.MoneyPatch amount: decimal Optional
    currency: string Optional Matches("^[A-Z]{3}$")
    "#);
}

#[test]
fn operations_know_their_effect_and_policy() {
    let (_, contract, _) = run(&sample());
    let (_, service) = contract.services().next().expect("the sample has a service");
    let line = |it: &Operation| {
        let inputs: Vec<String> = match &it.inputs {
            Inputs::Fields(fields) => {
                fields.iter().map(|field| format!("{}: {}", field.name, show(&contract, &field.ty))).collect()
            }
            Inputs::Stream(item) => vec![format!("{}: stream {}", item.name, show(&contract, &item.ty))],
        };
        let answer = match &it.answer {
            Answer::Nothing => String::new(),
            Answer::One(ty) => format!(" -> {}", show(&contract, ty)),
            Answer::Stream(ty) => format!(" -> stream {}", show(&contract, ty)),
        };
        format!(
            "{}({}){answer} {:?} deadline {:?} hedge {}",
            it.name,
            inputs.join(", "),
            it.effect,
            it.policy.deadline,
            it.policy.hedge.is_some()
        )
    };
    assert_snapshot!(service.operations.iter().map(line).collect::<Vec<_>>().join("\n"), @r"
    place(draft: OrderDraft, token: idempotency_key) -> Order Keyed(1) deadline Some(2s) hedge false
    get(id: OrderId) -> Order Safe deadline Some(300ms) hedge true
    find(status: Status, page: Page) -> PagedOrder Safe deadline Some(2s) hedge false
    change(id: OrderId, patch: OrderPatch) -> Order Idempotent deadline Some(2s) hedge false
    cancel(id: OrderId) Idempotent deadline Some(2s) hedge false
    watch(since: timestamp) -> stream Change Safe deadline Some(2s) hedge false
    upload(lines: stream Line) -> u32 Once deadline Some(2s) hedge false
    chat(say: stream string) -> stream string Once deadline Some(2s) hedge false
    ");
}

#[test]
fn bindings_name_what_they_bind() {
    let (_, contract, _) = run(&sample());
    let bindings = contract.packages.iter().flat_map(|package| &package.bindings);
    let line = |it: &Binding| {
        let subjects: Vec<String> = it.entries.iter().map(|entry| format!("{:?}", entry.subject)).collect();
        format!("{} rest={} [{}]", it.wire.text, it.rest, subjects.join(" "))
    };
    assert_snapshot!(bindings.map(line).collect::<Vec<_>>().join("\n"), @r"
    rest rest=false [Operation(0) Operation(1) Operation(2) Operation(3) Operation(4) Operation(5)]
    grpc rest=true []
    rpc rest=true []
    ws rest=true []
    broker rest=false [Event(TypeId(15)) Handler(0)]
    ");
}

#[test]
fn the_example_is_in_canonical_form() {
    let (_, contract, _) = run(&sample());
    let example =
        contract.packages.iter().find_map(|package| package.examples.first()).expect("the sample has an example");
    assert_snapshot!(format!("{:#?}\n{:?}", example.given, example.outcome), @r#"
    [
        (
            "draft",
            Object(
                [
                    (
                        "customer",
                        Text(
                            "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
                        ),
                    ),
                    (
                        "lines",
                        List(
                            [
                                Object(
                                    [
                                        (
                                            "sku",
                                            Text(
                                                "TEA-1",
                                            ),
                                        ),
                                        (
                                            "quantity",
                                            Number(
                                                "2",
                                            ),
                                        ),
                                        (
                                            "price",
                                            Object(
                                                [
                                                    (
                                                        "amount",
                                                        Number(
                                                            "3.50",
                                                        ),
                                                    ),
                                                    (
                                                        "currency",
                                                        Text(
                                                            "EUR",
                                                        ),
                                                    ),
                                                ],
                                            ),
                                        ),
                                    ],
                                ),
                            ],
                        ),
                    ),
                    (
                        "total",
                        Object(
                            [
                                (
                                    "amount",
                                    Number(
                                        "7.00",
                                    ),
                                ),
                                (
                                    "currency",
                                    Text(
                                        "EUR",
                                    ),
                                ),
                            ],
                        ),
                    ),
                    (
                        "payment",
                        Text(
                            "cash",
                        ),
                    ),
                ],
            ),
        ),
        (
            "token",
            Text(
                "k-1",
            ),
        ),
    ]
    Gives(Object([("status", Text("placed"))]))
    "#);
}
