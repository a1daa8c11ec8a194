//! The order of the language's tour, as the generator would write it: types and their binary form.

use std::collections::BTreeMap;

use wireloom::wire::{Place, Raw, Reader, Value, WireType, Writer};
use wireloom::{Decimal, Timestamp, UnknownCase, Unrecognized, Uuid, Wire};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OrderId(pub(crate) Uuid);

impl Value for OrderId {
    const TYPE: WireType = Uuid::TYPE;

    fn write(&self, out: &mut Writer) {
        self.0.write(out);
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<OrderId> {
        Value::read(raw, place).map(OrderId)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sku(pub(crate) String);

impl Value for Sku {
    const TYPE: WireType = String::TYPE;

    fn write(&self, out: &mut Writer) {
        self.0.write(out);
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Sku> {
        Value::read(raw, place).map(Sku)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) customer: Uuid,
    pub(crate) lines: Vec<Line>,
    pub(crate) total: Money,
    pub(crate) payment: Payment,
    pub(crate) status: Status,
    pub(crate) note: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) placed_at: Timestamp,
}

impl Wire for Order {
    fn put(&self, out: &mut Writer) {
        out.value(9, &self.placed_at);
        out.map(8, &self.tags);
        out.optional(7, self.note.as_ref());
        out.value(6, &self.status);
        out.value(5, &self.payment);
        out.value(4, &self.total);
        out.list(3, &self.lines);
        out.value(2, &self.customer);
        out.value(1, &self.id);
    }

    fn get(from: &mut Reader<'_>) -> Option<Order> {
        from.fields(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let id = from.need(1, "id");
        let customer = from.need(2, "customer");
        let lines = from.list(3, "lines");
        let total = from.need(4, "total");
        let payment = from.need(5, "payment");
        let status = from.or(6, "status", || Status::Placed);
        let note = from.optional(7, "note");
        let tags = from.map(8, "tags");
        let placed_at = from.need(9, "placed_at");
        Some(Order {
            id: id?,
            customer: customer?,
            lines: lines?,
            total: total?,
            payment: payment?,
            status: status?,
            note: note?,
            tags: tags?,
            placed_at: placed_at?,
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) sku: Sku,
    pub(crate) quantity: u32,
    pub(crate) price: Money,
}

impl Wire for Line {
    fn put(&self, out: &mut Writer) {
        out.value(3, &self.price);
        out.plain(2, &self.quantity);
        out.value(1, &self.sku);
    }

    fn get(from: &mut Reader<'_>) -> Option<Line> {
        from.fields(&[1, 2, 3]);
        let sku = from.need(1, "sku");
        let quantity = from.plain(2, "quantity");
        let price = from.need(3, "price");
        Some(Line { sku: sku?, quantity: quantity?, price: price? })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Money {
    pub(crate) amount: Decimal,
    pub(crate) currency: String,
}

impl Wire for Money {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.currency);
        out.value(1, &self.amount);
    }

    fn get(from: &mut Reader<'_>) -> Option<Money> {
        from.fields(&[1, 2]);
        let amount = from.need(1, "amount");
        let currency = from.plain(2, "currency");
        Some(Money { amount: amount?, currency: currency? })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Status {
    Placed,
    Paid,
    Shipped,
    Cancelled,
    Unknown(Unrecognized),
}

impl Value for Status {
    const TYPE: WireType = i32::TYPE;

    fn write(&self, out: &mut Writer) {
        let number = match self {
            Status::Placed => 1,
            Status::Paid => 2,
            Status::Shipped => 3,
            Status::Cancelled => 4,
            Status::Unknown(it) => it.to_number(),
        };
        i32::write(&number, out);
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Status> {
        i32::read(raw, place).map(|number| match number {
            1 => Status::Placed,
            2 => Status::Paid,
            3 => Status::Shipped,
            4 => Status::Cancelled,
            _ => Status::Unknown(Unrecognized::Number(number)),
        })
    }
}

impl wireloom::Text for Status {
    fn to_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Status::Placed => "placed".into(),
            Status::Paid => "paid".into(),
            Status::Shipped => "shipped".into(),
            Status::Cancelled => "cancelled".into(),
            Status::Unknown(it) => it.to_text(),
        }
    }

    fn from_text(text: &str) -> Result<Status, String> {
        Ok(match text {
            "placed" => Status::Placed,
            "paid" => Status::Paid,
            "shipped" => Status::Shipped,
            "cancelled" => Status::Cancelled,
            _ => Status::Unknown(Unrecognized::Text(text.to_owned())),
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Payment {
    Card(Card),
    Invoice(InvoiceRef),
    Cash,
    Unknown(UnknownCase),
}

impl Wire for Payment {
    fn put(&self, out: &mut Writer) {
        match self {
            Payment::Card(it) => out.value(1, it),
            Payment::Invoice(it) => out.value(2, it),
            Payment::Cash => out.value(3, &()),
            Payment::Unknown(it) => out.unknown(it),
        }
    }

    fn get(from: &mut Reader<'_>) -> Option<Payment> {
        from.union(&[(1, "card"), (2, "invoice"), (3, "cash")], |case| match case.number() {
            1 => case.value().map(Payment::Card),
            2 => case.value().map(Payment::Invoice),
            3 => case.empty().map(|()| Payment::Cash),
            _ => case.unknown().map(Payment::Unknown),
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    pub(crate) token: String,
    pub(crate) last4: String,
}

impl Wire for Card {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.last4);
        out.plain(1, &self.token);
    }

    fn get(from: &mut Reader<'_>) -> Option<Card> {
        from.fields(&[1, 2]);
        let token = from.plain(1, "token");
        let last4 = from.plain(2, "last4");
        Some(Card { token: token?, last4: last4? })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InvoiceRef {
    pub(crate) number: String,
}

impl Wire for InvoiceRef {
    fn put(&self, out: &mut Writer) {
        out.plain(1, &self.number);
    }

    fn get(from: &mut Reader<'_>) -> Option<InvoiceRef> {
        from.fields(&[1]);
        let number = from.plain(1, "number");
        Some(InvoiceRef { number: number? })
    }
}

/// An order with eight lines.
pub(crate) fn sample() -> Order {
    let line = |index: u32| Line {
        sku: Sku(format!("TEA-{index}")),
        quantity: index * 3 + 1,
        price: Money { amount: format!("{index}.50").parse().expect("a decimal"), currency: "EUR".into() },
    };
    Order {
        id: OrderId(Uuid::from_u128(0x6f2c_1f8e_3d0f_4f9c_9c37_0d9f_5b1f_9a01)),
        customer: Uuid::from_u128(0x0192_8c1f_8e3d_7f4f_9c9c_370d_9f5b_1f9a),
        lines: (0..8).map(line).collect(),
        total: Money { amount: "128.00".parse().expect("a decimal"), currency: "EUR".into() },
        payment: Payment::Card(Card { token: "tok_8f3a9b2c".into(), last4: "4242".into() }),
        status: Status::Placed,
        note: Some("ring twice".into()),
        tags: [("channel", "web"), ("campaign", "autumn")].map(|(key, value)| (key.into(), value.into())).into(),
        placed_at: "2026-03-01T12:34:56.789Z".parse().expect("a timestamp"),
    }
}
