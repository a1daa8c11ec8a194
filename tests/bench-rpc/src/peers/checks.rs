//! An order in types of our own, made of protobuf's and checked: what a service does that does not work on strings.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::proto::bench::v1::CallsOrderRequest;
use super::proto::shop::common::v1::Money as MoneyMessage;
use super::proto::shop::orders::v1::{
    Card, InvoiceRef, Line as LineMessage, Order, Payment as PaymentMessage, Status, payment::Case,
};

static SKU: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z0-9-]{1,32}$").expect("a fixed pattern"));
static CURRENCY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z]{3}$").expect("a fixed pattern"));
static LAST4: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[0-9]{4}$").expect("a fixed pattern"));

/// A checked draft.
pub struct Draft {
    customer: Uuid,
    lines: Vec<Line>,
    total: Money,
    payment: Payment,
    status: Status,
    note: Option<String>,
    tags: BTreeMap<String, String>,
}

struct Line {
    sku: String,
    quantity: u32,
    price: Money,
}

struct Money {
    amount: Decimal,
    currency: String,
}

enum Payment {
    Card { token: String, last4: String },
    Invoice { number: String },
    Cash,
}

/// What is wrong, each with its path.
#[derive(Default)]
struct Violations(Vec<String>);

impl Violations {
    fn check(&mut self, holds: bool, path: impl FnOnce() -> String, message: &str) {
        if !holds {
            self.0.push(format!("{}: {message}", path()));
        }
    }

    /// A value that must be there and mean something; where it does not, any will do, for the whole is refused.
    fn parse<T: FromStr + Default>(&mut self, text: Option<String>, path: impl FnOnce() -> String) -> T {
        let parsed = text.and_then(|text| text.parse().ok());
        self.check(parsed.is_some(), path, "is missing or malformed");
        parsed.unwrap_or_default()
    }

    fn money(&mut self, message: Option<MoneyMessage>, at: impl Fn(&str) -> String) -> Money {
        let message = message.unwrap_or_default();
        let amount = self.parse(message.amount, || at("amount"));
        self.check(CURRENCY.is_match(&message.currency), || at("currency"), "must match /^[A-Z]{3}$/");
        Money { amount, currency: message.currency }
    }

    fn line(&mut self, index: usize, message: LineMessage) -> Line {
        let at = |field: &str| format!("draft.lines[{index}].{field}");
        let sku = message.sku.unwrap_or_default();
        self.check(SKU.is_match(&sku), || at("sku"), "must match /^[A-Z0-9-]{1,32}$/");
        self.check((1..=999).contains(&message.quantity), || at("quantity"), "must be in 1..999");
        let price = self.money(message.price, |field| format!("draft.lines[{index}].price.{field}"));
        Line { sku, quantity: message.quantity, price }
    }

    fn payment(&mut self, message: Option<PaymentMessage>) -> Payment {
        match message.and_then(|payment| payment.case) {
            Some(Case::Card(Card { token, last4 })) => {
                self.check(LAST4.is_match(&last4), || "draft.payment.card.last4".into(), "must match /^[0-9]{4}$/");
                Payment::Card { token, last4 }
            }
            Some(Case::Invoice(InvoiceRef { number })) => Payment::Invoice { number },
            Some(Case::Cash(())) => Payment::Cash,
            None => {
                self.check(false, || "draft.payment".into(), "is missing");
                Payment::Cash
            }
        }
    }
}

impl TryFrom<CallsOrderRequest> for Draft {
    type Error = Vec<String>;

    fn try_from(request: CallsOrderRequest) -> Result<Draft, Vec<String>> {
        let draft = request.draft.ok_or_else(|| vec!["draft: is missing".to_owned()])?;
        let mut found = Violations::default();
        found.check((1..=200).contains(&draft.lines.len()), || "draft.lines".into(), "size must be in 1..200");
        let note = draft.note;
        let short = note.as_ref().is_none_or(|note| note.chars().count() <= 500);
        found.check(short, || "draft.note".into(), "length must be at most 500");
        let status = draft.status.map_or(Some(Status::Placed), |number| Status::try_from(number).ok());
        found.check(status.is_some(), || "draft.status".into(), "is unknown");
        let draft = Draft {
            customer: found.parse(draft.customer, || "draft.customer".into()),
            lines: draft.lines.into_iter().enumerate().map(|(index, line)| found.line(index, line)).collect(),
            total: found.money(draft.total, |field| format!("draft.total.{field}")),
            payment: found.payment(draft.payment),
            status: status.unwrap_or_default(),
            note,
            tags: draft.tags,
        };
        if found.0.is_empty() { Ok(draft) } else { Err(found.0) }
    }
}

impl From<Draft> for Order {
    fn from(draft: Draft) -> Order {
        let placed_at = Timestamp::UNIX_EPOCH;
        Order {
            id: Some(Uuid::nil().to_string()),
            customer: Some(draft.customer.to_string()),
            lines: draft.lines.into_iter().map(LineMessage::from).collect(),
            total: Some(draft.total.into()),
            payment: Some(draft.payment.into()),
            status: Some(draft.status.into()),
            note: draft.note,
            tags: draft.tags,
            placed_at: Some(prost_types::Timestamp {
                seconds: placed_at.as_second(),
                nanos: placed_at.subsec_nanosecond(),
            }),
        }
    }
}

impl From<Line> for LineMessage {
    fn from(line: Line) -> LineMessage {
        LineMessage { sku: Some(line.sku), quantity: line.quantity, price: Some(line.price.into()) }
    }
}

impl From<Money> for MoneyMessage {
    fn from(money: Money) -> MoneyMessage {
        MoneyMessage { amount: Some(money.amount.to_string()), currency: money.currency }
    }
}

impl From<Payment> for PaymentMessage {
    fn from(payment: Payment) -> PaymentMessage {
        let case = match payment {
            Payment::Card { token, last4 } => Case::Card(Card { token, last4 }),
            Payment::Invoice { number } => Case::Invoice(InvoiceRef { number }),
            Payment::Cash => Case::Cash(()),
        };
        PaymentMessage { case: Some(case) }
    }
}
