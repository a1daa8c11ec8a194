//! The same messages as prost derives them, and their conversion to and from the idiomatic types.
//!
//! `From` and `TryFrom` are what a service on prost writes by hand; they are the judge of our bytes and of what we refuse.

use std::collections::BTreeMap;

use wireloom::{Bytes, Date, Decimal, Duration, Json, Maybe, Time, Timestamp, UnknownCase, Unrecognized, Uuid, wire};

use super::kinds::{self, Priority};
use super::shop::{self, OrderId, Sku, Status};

/// Why a message is no value of the contract; where, our own decoder says.
#[derive(Debug)]
pub(crate) struct Refused;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Order {
    #[prost(string, optional, tag = "1")]
    pub(crate) id: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) customer: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) lines: Vec<Line>,
    #[prost(message, optional, tag = "4")]
    pub(crate) total: Option<Money>,
    #[prost(message, optional, tag = "5")]
    pub(crate) payment: Option<Payment>,
    #[prost(int32, optional, tag = "6")]
    pub(crate) status: Option<i32>,
    #[prost(string, optional, tag = "7")]
    pub(crate) note: Option<String>,
    #[prost(btree_map = "string, string", tag = "8")]
    pub(crate) tags: BTreeMap<String, String>,
    #[prost(message, optional, tag = "9")]
    pub(crate) placed_at: Option<prost_types::Timestamp>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Line {
    #[prost(string, optional, tag = "1")]
    pub(crate) sku: Option<String>,
    #[prost(uint32, tag = "2")]
    pub(crate) quantity: u32,
    #[prost(message, optional, tag = "3")]
    pub(crate) price: Option<Money>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Money {
    #[prost(string, optional, tag = "1")]
    pub(crate) amount: Option<String>,
    #[prost(string, tag = "2")]
    pub(crate) currency: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Payment {
    #[prost(oneof = "PaymentCase", tags = "1, 2, 3")]
    pub(crate) case: Option<PaymentCase>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum PaymentCase {
    #[prost(message, tag = "1")]
    Card(Card),
    #[prost(message, tag = "2")]
    Invoice(InvoiceRef),
    #[prost(message, tag = "3")]
    Cash(()),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Card {
    #[prost(string, tag = "1")]
    pub(crate) token: String,
    #[prost(string, tag = "2")]
    pub(crate) last4: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InvoiceRef {
    #[prost(string, tag = "1")]
    pub(crate) number: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Kinds {
    #[prost(bool, tag = "1")]
    pub(crate) flag: bool,
    #[prost(int32, tag = "2")]
    pub(crate) small: i32,
    #[prost(int64, tag = "3")]
    pub(crate) wide: i64,
    #[prost(uint64, tag = "4")]
    pub(crate) huge: u64,
    #[prost(float, tag = "5")]
    pub(crate) single: f32,
    #[prost(double, tag = "6")]
    pub(crate) double: f64,
    #[prost(bytes = "bytes", tag = "7")]
    pub(crate) blob: Bytes,
    #[prost(message, optional, tag = "8")]
    pub(crate) until: Option<prost_types::Duration>,
    #[prost(string, optional, tag = "9")]
    pub(crate) day: Option<String>,
    #[prost(string, optional, tag = "10")]
    pub(crate) hour: Option<String>,
    #[prost(message, optional, tag = "11")]
    pub(crate) content: Option<prost_types::Value>,
    #[prost(int32, optional, tag = "12")]
    pub(crate) priority: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "13")]
    pub(crate) binary: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "14")]
    pub(crate) size: Option<u32>,
    #[prost(int32, repeated, tag = "15")]
    pub(crate) counts: Vec<i32>,
    #[prost(double, repeated, tag = "16")]
    pub(crate) weights: Vec<f64>,
    #[prost(uint32, repeated, tag = "17")]
    pub(crate) flags: Vec<u32>,
    #[prost(int32, repeated, tag = "18")]
    pub(crate) statuses: Vec<i32>,
    #[prost(string, repeated, tag = "19")]
    pub(crate) names: Vec<String>,
    #[prost(string, repeated, tag = "20")]
    pub(crate) keys: Vec<String>,
    #[prost(message, repeated, tag = "21")]
    pub(crate) payments: Vec<Payment>,
    #[prost(btree_map = "int32, uint64", tag = "22")]
    pub(crate) by_status: BTreeMap<i32, u64>,
    #[prost(btree_map = "string, message", tag = "23")]
    pub(crate) prices: BTreeMap<String, Money>,
    #[prost(btree_map = "bool, message", tag = "24")]
    pub(crate) moments: BTreeMap<bool, prost_types::Timestamp>,
    #[prost(btree_map = "int32, message", tag = "25")]
    pub(crate) groups: BTreeMap<i32, Texts>,
    #[prost(message, repeated, tag = "26")]
    pub(crate) matrix: Vec<Integers>,
    #[prost(message, repeated, tag = "27")]
    pub(crate) gaps: Vec<Gap>,
    #[prost(message, optional, tag = "28")]
    pub(crate) aliases: Option<Texts>,
    #[prost(int32, optional, tag = "29")]
    pub(crate) urgent: Option<i32>,
    #[prost(string, optional, tag = "30")]
    pub(crate) memo: Option<String>,
    #[prost(message, optional, tag = "31")]
    pub(crate) fallback: Option<Payment>,
    #[prost(message, optional, tag = "32")]
    pub(crate) order: Option<Order>,
    #[prost(message, optional, boxed, tag = "33")]
    pub(crate) below: Option<Box<Kinds>>,
    #[prost(message, optional, tag = "34")]
    pub(crate) value: Option<Scalar>,
    #[prost(message, optional, tag = "18999")]
    pub(crate) nulls: Option<prost_types::FieldMask>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Texts {
    #[prost(string, repeated, tag = "1")]
    pub(crate) items: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Integers {
    #[prost(int64, repeated, tag = "1")]
    pub(crate) items: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Counts {
    #[prost(uint32, repeated, tag = "1")]
    pub(crate) items: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Gap {
    #[prost(float, optional, tag = "1")]
    pub(crate) value: Option<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Scalar {
    #[prost(oneof = "ScalarCase", tags = "1, 2, 3, 4, 5, 6")]
    pub(crate) case: Option<ScalarCase>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum ScalarCase {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "2")]
    Number(i64),
    #[prost(message, tag = "3")]
    Line(Line),
    #[prost(message, tag = "4")]
    List(Counts),
    #[prost(string, tag = "5")]
    Id(String),
    #[prost(message, tag = "6")]
    Nothing(()),
}

impl From<shop::Order> for Order {
    fn from(it: shop::Order) -> Order {
        Order {
            id: Some(it.id.0.to_string()),
            customer: Some(it.customer.to_string()),
            lines: it.lines.into_iter().map(Line::from).collect(),
            total: Some(it.total.into()),
            payment: Some(it.payment.into()),
            status: Some(status_number(&it.status)),
            note: it.note,
            tags: it.tags,
            placed_at: Some(from_timestamp(it.placed_at)),
        }
    }
}

impl TryFrom<Order> for shop::Order {
    type Error = Refused;

    fn try_from(it: Order) -> Result<shop::Order, Refused> {
        Ok(shop::Order {
            id: OrderId(uuid(&it.id.ok_or(Refused)?)?),
            customer: uuid(&it.customer.ok_or(Refused)?)?,
            lines: all(it.lines)?,
            total: it.total.ok_or(Refused)?.try_into()?,
            payment: it.payment.ok_or(Refused)?.try_into()?,
            status: it.status.map_or(Status::Placed, status),
            note: it.note,
            tags: it.tags,
            placed_at: to_timestamp(it.placed_at.ok_or(Refused)?)?,
        })
    }
}

impl From<shop::Line> for Line {
    fn from(it: shop::Line) -> Line {
        Line { sku: Some(it.sku.0), quantity: it.quantity, price: Some(it.price.into()) }
    }
}

impl TryFrom<Line> for shop::Line {
    type Error = Refused;

    fn try_from(it: Line) -> Result<shop::Line, Refused> {
        let sku = Sku(it.sku.ok_or(Refused)?);
        Ok(shop::Line { sku, quantity: it.quantity, price: it.price.ok_or(Refused)?.try_into()? })
    }
}

impl From<shop::Money> for Money {
    fn from(it: shop::Money) -> Money {
        Money { amount: Some(it.amount.to_string()), currency: it.currency }
    }
}

impl TryFrom<Money> for shop::Money {
    type Error = Refused;

    fn try_from(it: Money) -> Result<shop::Money, Refused> {
        let amount: Decimal = it.amount.ok_or(Refused)?.parse().map_err(|_| Refused)?;
        Ok(shop::Money { amount, currency: it.currency })
    }
}

impl From<shop::Payment> for Payment {
    fn from(it: shop::Payment) -> Payment {
        let case = match it {
            shop::Payment::Card(it) => Some(PaymentCase::Card(Card { token: it.token, last4: it.last4 })),
            shop::Payment::Invoice(it) => Some(PaymentCase::Invoice(InvoiceRef { number: it.number })),
            shop::Payment::Cash => Some(PaymentCase::Cash(())),
            shop::Payment::Unknown(_) => None,
        };
        Payment { case }
    }
}

/// The name of a case of which prost keeps nothing.
pub(crate) const LOST: &str = "lost";

impl TryFrom<Payment> for shop::Payment {
    type Error = Refused;

    fn try_from(it: Payment) -> Result<shop::Payment, Refused> {
        Ok(match it.case {
            Some(PaymentCase::Card(it)) => shop::Payment::Card(shop::Card { token: it.token, last4: it.last4 }),
            Some(PaymentCase::Invoice(it)) => shop::Payment::Invoice(shop::InvoiceRef { number: it.number }),
            Some(PaymentCase::Cash(())) => shop::Payment::Cash,
            None => shop::Payment::Unknown(UnknownCase::new(LOST, Json::Null)),
        })
    }
}

impl From<kinds::Kinds> for Kinds {
    fn from(it: kinds::Kinds) -> Kinds {
        let null = |is_null: bool, name: &str| is_null.then(|| name.to_owned());
        let nulls: Vec<String> =
            [null(it.memo.is_null(), "memo"), null(it.fallback.is_null(), "fallback")].into_iter().flatten().collect();
        Kinds {
            flag: it.flag,
            small: it.small,
            wide: it.wide,
            huge: it.huge,
            single: it.single,
            double: it.double,
            blob: it.blob,
            until: Some(prost_types::Duration { seconds: it.until.as_secs(), nanos: it.until.subsec_nanos() }),
            day: Some(it.day.to_string()),
            hour: Some(it.hour.to_string()),
            content: Some(from_json(it.content)),
            priority: Some(priority_number(it.priority)),
            binary: Some(it.binary.as_bytes().to_vec()),
            size: Some(it.size),
            counts: it.counts,
            weights: it.weights,
            flags: it.flags.into_iter().collect(),
            statuses: it.statuses.iter().map(status_number).collect(),
            names: it.names,
            keys: it.keys.iter().map(Uuid::to_string).collect(),
            payments: it.payments.into_iter().map(Payment::from).collect(),
            by_status: it.by_status.into_iter().map(|(key, value)| (status_number(&key), value)).collect(),
            prices: it.prices.into_iter().map(|(key, value)| (key.to_string(), value.into())).collect(),
            moments: it.moments.into_iter().map(|(key, value)| (key, from_timestamp(value))).collect(),
            groups: it.groups.into_iter().map(|(key, items)| (key, Texts { items })).collect(),
            matrix: it.matrix.into_iter().map(|items| Integers { items }).collect(),
            gaps: it.gaps.into_iter().map(|value| Gap { value }).collect(),
            aliases: it.aliases.map(|items| Texts { items }),
            urgent: it.urgent.map(priority_number),
            memo: it.memo.value(),
            fallback: it.fallback.value().map(Payment::from),
            order: it.order.map(Order::from),
            below: it.below.map(|below| Box::new((*below).into())),
            value: Some(it.value.into()),
            nulls: (!nulls.is_empty()).then_some(prost_types::FieldMask { paths: nulls }),
        }
    }
}

impl TryFrom<Kinds> for kinds::Kinds {
    type Error = Refused;

    fn try_from(it: Kinds) -> Result<kinds::Kinds, Refused> {
        let nulls = it.nulls.unwrap_or_default().paths;
        let absent = |name: &str| nulls.iter().any(|null| null == name);
        Ok(kinds::Kinds {
            flag: it.flag,
            small: it.small,
            wide: it.wide,
            huge: it.huge,
            single: it.single,
            double: it.double,
            blob: it.blob,
            until: to_duration(it.until.ok_or(Refused)?)?,
            day: it.day.ok_or(Refused)?.parse::<Date>().map_err(|_| Refused)?,
            hour: it.hour.ok_or(Refused)?.parse::<Time>().map_err(|_| Refused)?,
            content: to_json(it.content.ok_or(Refused)?)?,
            priority: priority(it.priority.ok_or(Refused)?)?,
            binary: Uuid::from_slice(&it.binary.ok_or(Refused)?).map_err(|_| Refused)?,
            size: it.size.unwrap_or(50),
            counts: it.counts,
            weights: it.weights,
            flags: it.flags.into_iter().collect(),
            statuses: it.statuses.into_iter().map(status).collect(),
            names: it.names,
            keys: it.keys.iter().map(|key| uuid(key)).collect::<Result<_, _>>()?,
            payments: all(it.payments)?,
            by_status: it.by_status.into_iter().map(|(key, value)| (status(key), value)).collect(),
            prices: pairs(it.prices, |key| uuid(&key), shop::Money::try_from)?,
            moments: pairs(it.moments, Ok, to_timestamp)?,
            groups: it.groups.into_iter().map(|(key, value)| (key, value.items)).collect(),
            matrix: it.matrix.into_iter().map(|row| row.items).collect(),
            gaps: it.gaps.into_iter().map(|gap| gap.value).collect(),
            aliases: it.aliases.map(|texts| texts.items),
            urgent: it.urgent.map(priority).transpose()?,
            memo: maybe(it.memo, absent("memo")),
            fallback: maybe(it.fallback.map(shop::Payment::try_from).transpose()?, absent("fallback")),
            order: it.order.map(shop::Order::try_from).transpose()?,
            below: it.below.map(|below| kinds::Kinds::try_from(*below).map(Box::new)).transpose()?,
            value: it.value.ok_or(Refused)?.try_into()?,
        })
    }
}

impl From<kinds::Scalar> for Scalar {
    fn from(it: kinds::Scalar) -> Scalar {
        let case = match it {
            kinds::Scalar::Text(it) => ScalarCase::Text(it),
            kinds::Scalar::Number(it) => ScalarCase::Number(it),
            kinds::Scalar::Line(it) => ScalarCase::Line((*it).into()),
            kinds::Scalar::List(items) => ScalarCase::List(Counts { items }),
            kinds::Scalar::Id(it) => ScalarCase::Id(it.to_string()),
            kinds::Scalar::Nothing => ScalarCase::Nothing(()),
        };
        Scalar { case: Some(case) }
    }
}

impl TryFrom<Scalar> for kinds::Scalar {
    type Error = Refused;

    fn try_from(it: Scalar) -> Result<kinds::Scalar, Refused> {
        Ok(match it.case.ok_or(Refused)? {
            ScalarCase::Text(it) => kinds::Scalar::Text(it),
            ScalarCase::Number(it) => kinds::Scalar::Number(it),
            ScalarCase::Line(it) => kinds::Scalar::Line(Box::new(it.try_into()?)),
            ScalarCase::List(it) => kinds::Scalar::List(it.items),
            ScalarCase::Id(it) => kinds::Scalar::Id(uuid(&it)?),
            ScalarCase::Nothing(()) => kinds::Scalar::Nothing,
        })
    }
}

fn all<T, U: TryFrom<T, Error = Refused>>(items: Vec<T>) -> Result<Vec<U>, Refused> {
    items.into_iter().map(U::try_from).collect()
}

fn pairs<K, V, L: Ord, W>(
    map: BTreeMap<K, V>,
    key: impl Fn(K) -> Result<L, Refused>,
    value: impl Fn(V) -> Result<W, Refused>,
) -> Result<BTreeMap<L, W>, Refused> {
    map.into_iter().map(|(k, v)| Ok((key(k)?, value(v)?))).collect()
}

fn maybe<T>(value: Option<T>, is_null: bool) -> Maybe<T> {
    match value {
        Some(value) => Maybe::Value(value),
        None if is_null => Maybe::Null,
        None => Maybe::Absent,
    }
}

fn uuid(text: &str) -> Result<Uuid, Refused> {
    text.parse().map_err(|_| Refused)
}

fn status_number(status: &Status) -> i32 {
    match status {
        Status::Placed => 1,
        Status::Paid => 2,
        Status::Shipped => 3,
        Status::Cancelled => 4,
        Status::Unknown(it) => it.to_number(),
    }
}

fn status(number: i32) -> Status {
    match number {
        1 => Status::Placed,
        2 => Status::Paid,
        3 => Status::Shipped,
        4 => Status::Cancelled,
        _ => Status::Unknown(Unrecognized::Number(number)),
    }
}

fn priority_number(priority: Priority) -> i32 {
    match priority {
        Priority::Low => 1,
        Priority::High => 5,
    }
}

fn priority(number: i32) -> Result<Priority, Refused> {
    match number {
        1 => Ok(Priority::Low),
        5 => Ok(Priority::High),
        _ => Err(Refused),
    }
}

fn from_timestamp(it: Timestamp) -> prost_types::Timestamp {
    let nanos = it.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).expect("jiff's range");
    prost_types::Timestamp { seconds, nanos: nanos.rem_euclid(1_000_000_000) as i32 }
}

fn to_timestamp(it: prost_types::Timestamp) -> Result<Timestamp, Refused> {
    if !(0..1_000_000_000).contains(&it.nanos) {
        return Err(Refused);
    }
    Timestamp::new(it.seconds, it.nanos).map_err(|_| Refused)
}

fn to_duration(it: prost_types::Duration) -> Result<Duration, Refused> {
    let against = (it.seconds > 0 && it.nanos < 0) || (it.seconds < 0 && it.nanos > 0);
    if against || it.nanos.unsigned_abs() >= 1_000_000_000 {
        return Err(Refused);
    }
    Ok(Duration::new(it.seconds, it.nanos))
}

fn from_json(json: Json) -> prost_types::Value {
    use prost_types::value::Kind;
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(it) => Kind::BoolValue(it),
        Json::Number(it) => Kind::NumberValue(it.as_f64().expect("a double")),
        Json::String(it) => Kind::StringValue(it),
        Json::Array(it) => Kind::ListValue(prost_types::ListValue { values: it.into_iter().map(from_json).collect() }),
        Json::Object(it) => {
            let fields = it.into_iter().map(|(key, value)| (key, from_json(value))).collect();
            Kind::StructValue(prost_types::Struct { fields })
        }
    };
    prost_types::Value { kind: Some(kind) }
}

fn to_json(value: prost_types::Value) -> Result<Json, Refused> {
    use prost_types::value::Kind;
    Ok(match value.kind.ok_or(Refused)? {
        Kind::NullValue(_) => Json::Null,
        Kind::BoolValue(it) => Json::Bool(it),
        Kind::NumberValue(it) if it.fract() == 0.0 && it.abs() <= 2_f64.powi(53) => Json::from(it as i64),
        Kind::NumberValue(it) => Json::Number(wireloom_json_number(it)?),
        Kind::StringValue(it) => Json::String(it),
        Kind::ListValue(it) => Json::Array(it.values.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Kind::StructValue(it) => {
            let members = it.fields.into_iter().map(|(key, value)| Ok((key, to_json(value)?)));
            Json::Object(members.collect::<Result<_, Refused>>()?)
        }
    })
}

fn wireloom_json_number(it: f64) -> Result<serde_json::Number, Refused> {
    serde_json::Number::from_f64(it).ok_or(Refused)
}

/// Holds our decoder of `Kinds` against prost's on any bytes; panics where they disagree.
pub(crate) fn judge(bytes: &Bytes) {
    use prost::Message as _;
    // Deeper than prost goes, which counts in its own way and must then not be asked.
    let ours = wire::decode::<kinds::Kinds>(bytes, 1000);
    let decoded = Kinds::decode(bytes.clone());
    if decoded.as_ref().is_err_and(|error| error.to_string().contains("recursion limit")) {
        return;
    }
    let malformed = ours.as_ref().err().is_some_and(|found| found.to_string().contains("malformed protobuf"));
    assert_eq!(malformed, decoded.is_err(), "one of us takes it for malformed: {ours:?} {decoded:?}");
    let Ok(decoded) = decoded else { return };
    let Ok(theirs) = kinds::Kinds::try_from(decoded.clone()) else {
        return assert!(ours.is_err(), "only we take it: {ours:?} {decoded:?}");
    };
    // prost forgets cases that it does not know, and we refuse a union without any.
    if format!("{theirs:?}").contains(LOST) {
        return;
    }
    match ours {
        Ok(ours) => {
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
            let again = Bytes::from(wire::encode_to_vec(&ours));
            let back = wire::decode::<kinds::Kinds>(&again, 1000).expect("our own bytes");
            assert_eq!(format!("{back:?}"), format!("{ours:?}"));
        }
        // Of a map's entries with one key prost keeps the last and converts only that one; we look at all.
        Err(found) => {
            let kept = Bytes::from(decoded.encode_to_vec());
            let ours =
                wire::decode::<kinds::Kinds>(&kept, 1000).unwrap_or_else(|_| panic!("only prost takes it: {found}"));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        }
    }
}
