//! Lists, sets, maps and optional values where protobuf wants one value: in each other, in maps, in `optional` fields.
//!
//! protobuf has no list of lists and no optional list. Such a value is a message with the container in its field 1.

use std::collections::{BTreeMap, BTreeSet};

use super::Wire;
use super::place::Place;
use super::reader::{Reader, slots};
use super::value::Value;
use super::writer::Writer;
use crate::text::Text;
use crate::validate::Step;

impl<T: Value> Wire for Vec<T> {
    fn put(&self, out: &mut Writer) {
        out.list(1, self);
    }

    fn get(from: &Reader<'_>) -> Option<Vec<T>> {
        let mut slots = slots();
        let [items] = from.fields(&[1], &mut slots);
        from.items(items, &from.above.uncounted())
    }
}

impl<T: Value + Ord> Wire for BTreeSet<T> {
    fn put(&self, out: &mut Writer) {
        out.list(1, self);
    }

    fn get(from: &Reader<'_>) -> Option<BTreeSet<T>> {
        Vec::get(from).map(BTreeSet::from_iter)
    }
}

impl<K: Value + Text + Ord, V: Value> Wire for BTreeMap<K, V> {
    fn put(&self, out: &mut Writer) {
        out.map(1, self);
    }

    fn get(from: &Reader<'_>) -> Option<BTreeMap<K, V>> {
        let mut slots = slots();
        let [entries] = from.fields(&[1], &mut slots);
        from.entries(entries, &from.above.uncounted())
    }
}

/// `T or null` inside a list or map.
impl<T: Value> Wire for Option<T> {
    fn put(&self, out: &mut Writer) {
        out.optional(1, self.as_ref());
    }

    fn get(from: &Reader<'_>) -> Option<Option<T>> {
        let mut slots = slots();
        let [value] = from.fields(&[1], &mut slots);
        match value.count {
            0 => Some(None),
            _ => from.one(value, Place { above: &from.above.uncounted(), step: Step::Here }).map(Some),
        }
    }
}

/// What recursion passes through is always a message.
impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Writer) {
        (**self).put(out);
    }

    fn get(from: &Reader<'_>) -> Option<Box<T>> {
        T::get(from).map(Box::new)
    }
}

/// The empty message: no answer, or a case without a payload.
impl Wire for () {
    fn put(&self, _: &mut Writer) {}

    fn get(from: &Reader<'_>) -> Option<()> {
        let mut slots = slots();
        let [] = from.fields(&[], &mut slots);
        Some(())
    }
}
