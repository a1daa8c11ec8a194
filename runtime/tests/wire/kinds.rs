//! A record with a field of every kind there is, as the generator would write it.

use std::collections::{BTreeMap, BTreeSet};

use wireloom::wire::{Place, Raw, Reader, UuidBytes, Value, WireType, Writer};
use wireloom::{Bytes, Date, Duration, Json, Maybe, Time, Timestamp, Uuid, Wire};

use super::shop::{Line, Money, Order, Payment, Status};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kinds {
    pub(crate) flag: bool,
    pub(crate) small: i32,
    pub(crate) wide: i64,
    pub(crate) huge: u64,
    pub(crate) single: f32,
    pub(crate) double: f64,
    pub(crate) blob: Bytes,
    pub(crate) until: Duration,
    pub(crate) day: Date,
    pub(crate) hour: Time,
    pub(crate) content: Json,
    pub(crate) priority: Priority,
    pub(crate) binary: Uuid,
    pub(crate) size: u32,
    pub(crate) counts: Vec<i32>,
    pub(crate) weights: Vec<f64>,
    pub(crate) flags: BTreeSet<u32>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) names: Vec<String>,
    pub(crate) keys: Vec<Uuid>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) by_status: BTreeMap<Status, u64>,
    pub(crate) prices: BTreeMap<Uuid, Money>,
    pub(crate) moments: BTreeMap<bool, Timestamp>,
    pub(crate) groups: BTreeMap<i32, Vec<String>>,
    pub(crate) matrix: Vec<Vec<i64>>,
    pub(crate) gaps: Vec<Option<f32>>,
    pub(crate) aliases: Option<Vec<String>>,
    pub(crate) urgent: Option<Priority>,
    pub(crate) memo: Maybe<String>,
    pub(crate) fallback: Maybe<Payment>,
    pub(crate) order: Option<Order>,
    pub(crate) below: Option<Box<Kinds>>,
    pub(crate) value: Scalar,
}

impl Wire for Kinds {
    fn put(&self, out: &mut Writer) {
        out.nulls(18_999, [("memo", self.memo.is_null()), ("fallback", self.fallback.is_null())]);
        out.value(34, &self.value);
        out.optional(33, self.below.as_ref());
        out.optional(32, self.order.as_ref());
        out.maybe(31, &self.fallback);
        out.maybe(30, &self.memo);
        out.optional(29, self.urgent.as_ref());
        out.optional(28, self.aliases.as_ref());
        out.list(27, &self.gaps);
        out.list(26, &self.matrix);
        out.map(25, &self.groups);
        out.map(24, &self.moments);
        out.map(23, &self.prices);
        out.map(22, &self.by_status);
        out.list(21, &self.payments);
        out.list(20, &self.keys);
        out.list(19, &self.names);
        out.list(18, &self.statuses);
        out.list(17, &self.flags);
        out.list(16, &self.weights);
        out.list(15, &self.counts);
        out.value(14, &self.size);
        out.value(13, &UuidBytes(self.binary));
        out.value(12, &self.priority);
        out.value(11, &self.content);
        out.value(10, &self.hour);
        out.value(9, &self.day);
        out.value(8, &self.until);
        out.plain(7, &self.blob);
        out.plain(6, &self.double);
        out.plain(5, &self.single);
        out.plain(4, &self.huge);
        out.plain(3, &self.wide);
        out.plain(2, &self.small);
        out.plain(1, &self.flag);
    }

    #[rustfmt::skip]
    fn get(from: &mut Reader<'_>) -> Option<Kinds> {
        from.fields(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
            30, 31, 32, 33, 34, 18_999]);
        let flag = from.plain(1, "flag");
        let small = from.plain(2, "small");
        let wide = from.plain(3, "wide");
        let huge = from.plain(4, "huge");
        let single = from.plain(5, "single");
        let double = from.plain(6, "double");
        let blob = from.plain(7, "blob");
        let until = from.need(8, "until");
        let day = from.need(9, "day");
        let hour = from.need(10, "hour");
        let content = from.need(11, "content");
        let priority = from.need(12, "priority");
        let binary = from.need::<UuidBytes>(13, "binary");
        let size = from.or(14, "size", || 50);
        let counts = from.list(15, "counts");
        let weights = from.list(16, "weights");
        let flags = from.set(17, "flags");
        let statuses = from.list(18, "statuses");
        let names = from.list(19, "names");
        let keys = from.list(20, "keys");
        let payments = from.list(21, "payments");
        let by_status = from.map(22, "by_status");
        let prices = from.map(23, "prices");
        let moments = from.map(24, "moments");
        let groups = from.map(25, "groups");
        let matrix = from.list(26, "matrix");
        let gaps = from.list(27, "gaps");
        let aliases = from.optional(28, "aliases");
        let urgent = from.optional(29, "urgent");
        let memo = from.optional(30, "memo");
        let fallback = from.optional(31, "fallback");
        let order = from.optional(32, "order");
        let below = from.optional(33, "below");
        let value = from.need(34, "value");
        let nulls = from.nulls(18_999, "nulls", &["flag", "order"]);
        let nulls = nulls?;
        Some(Kinds {
            flag: flag?, small: small?, wide: wide?, huge: huge?, single: single?, double: double?, blob: blob?, until: until?,
            day: day?, hour: hour?, content: content?, priority: priority?, binary: binary?.0, size: size?, counts: counts?,
            weights: weights?, flags: flags?, statuses: statuses?, names: names?, keys: keys?, payments: payments?,
            by_status: by_status?, prices: prices?, moments: moments?, groups: groups?, matrix: matrix?, gaps: gaps?,
            aliases: aliases?, urgent: urgent?, memo: nulls.maybe(memo?, "memo"),
            fallback: nulls.maybe(fallback?, "fallback"), order: order?, below: below?, value: value?,
        })
    }
}

/// A closed enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Priority {
    Low,
    High,
}

impl Value for Priority {
    const TYPE: WireType = i32::TYPE;

    fn write(&self, out: &mut Writer) {
        let number = match self {
            Priority::Low => 1,
            Priority::High => 5,
        };
        i32::write(&number, out);
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Priority> {
        match i32::read(raw, place)? {
            1 => Some(Priority::Low),
            5 => Some(Priority::High),
            number => place.not_listed(number, "low, high"),
        }
    }
}

/// A closed union whose payloads are of every sort.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(i64),
    Line(Box<Line>),
    List(Vec<u32>),
    Id(Uuid),
    Nothing,
}

impl Wire for Scalar {
    fn put(&self, out: &mut Writer) {
        match self {
            Scalar::Text(it) => out.value(1, it),
            Scalar::Number(it) => out.value(2, it),
            Scalar::Line(it) => out.value(3, it),
            Scalar::List(it) => out.value(4, it),
            Scalar::Id(it) => out.value(5, it),
            Scalar::Nothing => out.value(6, &()),
        }
    }

    fn get(from: &mut Reader<'_>) -> Option<Scalar> {
        const CASES: &[(u32, &str)] =
            &[(1, "text"), (2, "number"), (3, "line"), (4, "list"), (5, "id"), (6, "nothing")];
        from.union(CASES, |case| match case.number() {
            1 => case.value().map(Scalar::Text),
            2 => case.value().map(Scalar::Number),
            3 => case.value().map(Scalar::Line),
            4 => case.value().map(Scalar::List),
            5 => case.value().map(Scalar::Id),
            6 => case.empty().map(|()| Scalar::Nothing),
            _ => case.none(),
        })
    }
}
