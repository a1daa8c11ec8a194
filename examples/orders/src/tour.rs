//! The tour: everything the contract offers, called through the typed client.
//!
//! It is written against the trait, so it runs the same over any wire and in process.

use wireloom::{Code, Context, Decimal, IdempotencyKey, Inbound, Uuid};

use crate::contract::shop::common::{Money, Page};
use crate::contract::shop::orders::*;

/// What is reported of a call that the wire does not carry.
pub const NOT_CARRIED: &str = "not carried";

/// Calls every operation; what it gets back is checked.
///
/// # Errors
/// The first call that did not answer as the contract promises, in words.
pub async fn run(orders: &impl Orders, report: impl Fn(&str, &str)) -> Result<(), String> {
    let cx = Context::new();
    let key = IdempotencyKey::random();
    let placed = orders.place(&cx, PlaceRequest::new(draft("TEA-1"), key.clone())).await.map_err(unexpected)?;
    report("place", &format!("order {} is {}", placed.id, placed.status));

    let again = orders.place(&cx, PlaceRequest::new(draft("TEA-1"), key)).await.map_err(unexpected)?;
    expect(again == placed, "the same key gives the same order")?;
    report("place again", "the same order, no second one");

    match orders.place(&cx, PlaceRequest::new(draft("SOLD-OUT-1"), IdempotencyKey::random())).await {
        Err(PlaceFault::OutOfStock(it)) => report("place too much", &format!("{} has {} left", it.sku, it.available)),
        other => return Err(format!("wanted OutOfStock, got {other:?}")),
    }
    let mut wrong = draft("TEA-1");
    wrong.lines[0].quantity = 0;
    wrong.total.currency = "euro".into();
    match orders.place(&cx, PlaceRequest::new(wrong, IdempotencyKey::random())).await {
        Err(PlaceFault::Other(fault)) if fault.violations().len() == 2 => report("place nonsense", &fault.to_string()),
        other => return Err(format!("wanted two violations, got {other:?}")),
    }

    let got = orders.get(&cx, placed.id.into()).await.map_err(unexpected)?;
    expect(got == placed, "get gives what place gave")?;
    match orders.get(&cx, OrderId::new(Uuid::nil()).into()).await {
        Err(GetFault::NotFound(it)) => report("get nothing", &format!("no order {}", it.id)),
        other => return Err(format!("wanted NotFound, got {other:?}")),
    }

    let page = Page::new().with_size(1);
    let found = orders.find(&cx, FindRequest::new(page).with_status(Status::Placed)).await.map_err(unexpected)?;
    expect(found.items.len() == 1, "a page has the size it was asked for")?;
    report("find", &format!("{} order on the page", found.items.len()));

    let mut changes = orders.watch(&cx, WatchRequest::new()).await.map(Inbound::new).map_err(unexpected)?;
    let patch = OrderPatch::new().with_note(wireloom::Maybe::Null);
    let changed = orders.change(&cx, ChangeRequest::new(placed.id, patch)).await.map_err(unexpected)?;
    expect(changed.note.is_none() && changed.total == placed.total, "a patch clears one field and leaves the rest")?;
    report("change", "the note is gone, the rest is there");
    let change = changes.next().await.ok_or("the stream ended")?.map_err(unexpected)?;
    report("watch", &format!("order {} is {}", change.order, change.status));

    orders.cancel(&cx, placed.id.into()).await.map_err(unexpected)?;
    let cancelled = orders.get(&cx, placed.id.into()).await.map_err(unexpected)?;
    expect(cancelled.status == Status::Cancelled, "a cancelled order is cancelled")?;
    report("cancel", &format!("order {} is {}", cancelled.id, cancelled.status));

    match orders.upload(&cx, Inbound::of(draft("TEA-1").lines)).await {
        Ok(count) => report("upload", &format!("{count} pieces")),
        Err(UploadFault::Other(fault)) if fault.code() == Code::Unimplemented => {
            report("upload", NOT_CARRIED);
        }
        Err(fault) => return Err(unexpected(fault)),
    }
    match orders.chat(&cx, Inbound::of(["hello".to_owned()])).await.map(Inbound::new) {
        Ok(mut back) => report("chat", &back.next().await.ok_or("the stream ended")?.map_err(unexpected)?),
        Err(ChatFault::Other(fault)) if fault.code() == Code::Unimplemented => report("chat", NOT_CARRIED),
        Err(fault) => return Err(unexpected(fault)),
    }
    Ok(())
}

/// A draft of one line.
pub fn draft(sku: &str) -> OrderDraft {
    let euro = |cents| Money { amount: Decimal::new(cents, 2), currency: "EUR".into() };
    let sku = Sku::new(sku).expect("the tour's own texts keep the contract");
    let line = Line { sku, quantity: 2, price: euro(350) };
    let customer = Uuid::from_u128(0x6f2c_1f8e_3d0f_4f9c_9c37_0d9f_5b1f_9a01);
    OrderDraft::new(customer, vec![line], euro(700), Payment::Cash).with_note("ring twice")
}

fn expect(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}")) }
}

fn unexpected(fault: impl std::fmt::Display) -> String {
    format!("unexpected: {fault}")
}
