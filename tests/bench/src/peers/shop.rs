//! Types, checks and handlers of the hand-written servers: what the contract says, said in Rust.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

static SKU: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z0-9-]{1,32}$").expect("a fixed pattern"));
static CURRENCY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z]{3}$").expect("a fixed pattern"));
static LAST4: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[0-9]{4}$").expect("a fixed pattern"));

#[derive(Deserialize)]
struct EchoRequest {
    text: String,
}

#[derive(Serialize)]
struct Echo {
    text: String,
}

#[derive(Deserialize)]
struct OrderDraft {
    customer: Uuid,
    lines: Vec<Line>,
    total: Money,
    payment: Payment,
    #[serde(default)]
    status: Status,
    note: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Order {
    id: Uuid,
    customer: Uuid,
    lines: Vec<Line>,
    total: Money,
    payment: Payment,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    tags: BTreeMap<String, String>,
    placed_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    quantity: u32,
    price: Money,
}

#[derive(Serialize, Deserialize)]
struct Money {
    amount: Decimal,
    currency: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[default]
    Placed,
    Paid,
    Shipped,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Payment {
    Card { token: String, last4: String },
    Invoice { number: String },
    Cash,
}

/// What is wrong with an input, each with its path.
#[derive(Default, Serialize)]
struct Violations(Vec<Violation>);

#[derive(Serialize)]
struct Violation {
    path: String,
    message: &'static str,
}

impl Violations {
    fn check(&mut self, holds: bool, path: impl FnOnce() -> String, message: &'static str) {
        if !holds {
            self.0.push(Violation { path: path(), message });
        }
    }

    fn refuse(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(self)).into_response()
    }
}

impl EchoRequest {
    fn check(&self) -> Violations {
        let mut found = Violations::default();
        let length = self.text.chars().count();
        found.check((1..=1000).contains(&length), || "text".into(), "length must be in 1..1000");
        found
    }
}

impl OrderDraft {
    fn check(&self) -> Violations {
        let mut found = Violations::default();
        found.check((1..=200).contains(&self.lines.len()), || "lines".into(), "size must be in 1..200");
        for (index, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("lines[{index}].{field}");
            found.check(SKU.is_match(&line.sku), || at("sku"), "must match /^[A-Z0-9-]{1,32}$/");
            found.check((1..=999).contains(&line.quantity), || at("quantity"), "must be in 1..999");
            found.check(CURRENCY.is_match(&line.price.currency), || at("price.currency"), "must match /^[A-Z]{3}$/");
        }
        found.check(CURRENCY.is_match(&self.total.currency), || "total.currency".into(), "must match /^[A-Z]{3}$/");
        if let Payment::Card { last4, .. } = &self.payment {
            found.check(LAST4.is_match(last4), || "payment.card.last4".into(), "must match /^[0-9]{4}$/");
        }
        if let Some(note) = &self.note {
            found.check(note.chars().count() <= 500, || "note".into(), "length must be at most 500");
        }
        found
    }
}

/// The routes, with nothing around them.
pub(super) fn routes() -> axum::Router {
    use axum::routing::post;
    axum::Router::new().route("/echo", post(echo)).route("/orders", post(order))
}

async fn echo(Json(input): Json<EchoRequest>) -> Response {
    let wrong = input.check();
    if !wrong.0.is_empty() {
        return wrong.refuse();
    }
    Json(Echo { text: input.text }).into_response()
}

async fn order(Json(draft): Json<OrderDraft>) -> Response {
    let wrong = draft.check();
    if !wrong.0.is_empty() {
        return wrong.refuse();
    }
    let order = Order {
        id: Uuid::nil(),
        customer: draft.customer,
        lines: draft.lines,
        total: draft.total,
        payment: draft.payment,
        status: draft.status,
        note: draft.note,
        tags: draft.tags,
        placed_at: Timestamp::UNIX_EPOCH,
    };
    (StatusCode::CREATED, Json(order)).into_response()
}
