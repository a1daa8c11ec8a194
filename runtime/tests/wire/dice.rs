//! Values out of any bytes: what a property test or a fuzzer draws becomes an order.

use std::collections::{BTreeMap, BTreeSet};

use wireloom::{Bytes, Date, Decimal, Duration, Json, Maybe, Time, Timestamp, Unrecognized, Uuid};

use super::kinds::{Kinds, Priority, Scalar};
use super::shop::{Card, InvoiceRef, Line, Money, Order, OrderId, Payment, Sku, Status};

/// Draws from bytes; zero when they are used up, so values are small at last.
pub(crate) struct Dice<'a> {
    bytes: &'a [u8],
}

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Dice<'a> {
        Dice { bytes }
    }

    pub(crate) fn kinds(&mut self) -> Kinds {
        Kinds {
            flag: self.below(2) == 1,
            small: self.integer() as i32,
            wide: self.integer() as i64,
            huge: self.integer(),
            single: self.float() as f32,
            double: self.float(),
            blob: Bytes::from(self.many(|dice| dice.byte())),
            until: self.duration(),
            day: Date::ZERO.saturating_add(Duration::from_hours(24 * self.below(2_900_000) as i64)),
            hour: Time::MIN.wrapping_add(self.duration()),
            content: self.json(3),
            priority: self.priority(),
            binary: self.uuid(),
            size: self.integer() as u32,
            counts: self.many(|dice| dice.integer() as i32),
            weights: self.many(Dice::float),
            flags: self.many(|dice| dice.integer() as u32).into_iter().collect::<BTreeSet<_>>(),
            statuses: self.many(Dice::status),
            names: self.many(Dice::text),
            keys: self.many(Dice::uuid),
            payments: self.many(Dice::payment),
            // Members that the contract lists: their order is that of their numbers, as prost has it.
            by_status: self.map(Dice::listed_status, Dice::integer),
            prices: self.map(Dice::uuid, Dice::money),
            moments: self.map(|dice| dice.below(2) == 1, Dice::timestamp),
            groups: self.map(|dice| dice.integer() as i32, |dice| dice.many(Dice::text)),
            matrix: self.many(|dice| dice.many(|dice| dice.integer() as i64)),
            gaps: self.many(|dice| dice.option(|dice| dice.float() as f32)),
            aliases: self.option(|dice| dice.many(Dice::text)),
            urgent: self.option(Dice::priority),
            memo: self.maybe(Dice::text),
            fallback: self.maybe(Dice::payment),
            order: self.option(Dice::order),
            below: (self.byte() > 180).then(|| Box::new(self.kinds())),
            value: self.scalar(),
        }
    }

    pub(crate) fn order(&mut self) -> Order {
        Order {
            id: OrderId(self.uuid()),
            customer: self.uuid(),
            lines: self.many(Dice::line),
            total: self.money(),
            payment: self.payment(),
            status: self.status(),
            note: self.option(Dice::text),
            tags: self.map(Dice::text, Dice::text),
            placed_at: self.timestamp(),
        }
    }

    fn scalar(&mut self) -> Scalar {
        match self.below(6) {
            0 => Scalar::Nothing,
            1 => Scalar::Text(self.text()),
            2 => Scalar::Number(self.integer() as i64),
            3 => Scalar::Line(Box::new(self.line())),
            4 => Scalar::List(self.many(|dice| dice.integer() as u32)),
            _ => Scalar::Id(self.uuid()),
        }
    }

    fn line(&mut self) -> Line {
        Line { sku: Sku(self.text()), quantity: self.below(1000) as u32, price: self.money() }
    }

    fn money(&mut self) -> Money {
        let mantissa = i128::from(self.integer() as i64);
        let scale = self.below(29) as u32;
        Money { amount: Decimal::from_i128_with_scale(mantissa, scale), currency: self.text() }
    }

    fn payment(&mut self) -> Payment {
        match self.below(3) {
            0 => Payment::Cash,
            1 => Payment::Card(Card { token: self.text(), last4: self.text() }),
            _ => Payment::Invoice(InvoiceRef { number: self.text() }),
        }
    }

    fn status(&mut self) -> Status {
        match self.byte() {
            255 => Status::Unknown(Unrecognized::Number(self.integer() as i32 | 64)),
            _ => self.listed_status(),
        }
    }

    fn listed_status(&mut self) -> Status {
        [Status::Placed, Status::Paid, Status::Shipped, Status::Cancelled][self.below(4) as usize].clone()
    }

    fn priority(&mut self) -> Priority {
        [Priority::Low, Priority::High][self.below(2) as usize]
    }

    fn json(&mut self, depth: u32) -> Json {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => Json::Null,
            1 => Json::Bool(self.below(2) == 1),
            2 => Json::from(i64::from(self.integer() as i32)),
            3 => Json::String(self.text()),
            4 => Json::Array(self.many(|dice| dice.json(depth - 1))),
            _ => Json::Object(self.many(|dice| (dice.text(), dice.json(depth - 1))).into_iter().collect()),
        }
    }

    fn timestamp(&mut self) -> Timestamp {
        let seconds = self.integer() as i64 % 200_000_000_000;
        Timestamp::new(seconds, self.below(1_000_000_000) as i32).expect("within jiff's range")
    }

    fn duration(&mut self) -> Duration {
        let nanos = self.below(1_000_000_000) as i32;
        let seconds = self.integer() as i64 % 1_000_000_000_000;
        Duration::new(seconds, if seconds < 0 { -nanos } else { nanos })
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.integer(), self.integer())
    }

    fn text(&mut self) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '-', '0', 'ß', '茶', '🫖', '\0'];
        self.many(|dice| LETTERS[dice.below(8) as usize]).into_iter().collect()
    }

    /// Never the negative zero: prost takes it for zero and leaves it out of plain fields.
    fn float(&mut self) -> f64 {
        (self.integer() as i32) as f64 / 8.0
    }

    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Maybe<T> {
        match self.below(3) {
            0 => Maybe::Absent,
            1 => Maybe::Null,
            _ => Maybe::Value(draw(self)),
        }
    }

    fn option<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 1).then(|| draw(self))
    }

    fn map<K: Ord, V>(
        &mut self,
        mut key: impl FnMut(&mut Self) -> K,
        mut value: impl FnMut(&mut Self) -> V,
    ) -> BTreeMap<K, V> {
        self.many(|dice| (key(dice), value(dice))).into_iter().collect()
    }

    fn many<T>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| draw(self)).collect()
    }

    /// Of every width, zero among them.
    fn integer(&mut self) -> u64 {
        let width = self.below(9);
        (0..width).fold(0, |value, _| value << 8 | u64::from(self.byte()))
    }

    fn below(&mut self, bound: u64) -> u64 {
        match bound {
            0..=256 => u64::from(self.byte()) % bound,
            _ => (0..4).fold(0, |value, _| value << 8 | u64::from(self.byte())) % bound,
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }
}
