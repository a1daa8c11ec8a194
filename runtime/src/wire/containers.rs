//! Lists, sets, maps and optional values where protobuf wants one value: in each other, in maps, in `optional` fields.
//!
//! protobuf has no list of lists and no optional list. Such a value is a message with the container in its field 1.

use std::collections::{BTreeMap, BTreeSet};

use super::Wire;
use super::fields::{entries, items};
use super::place::Place;
use super::reader::{Occurs, Reader};
use super::value::Value;
use super::writer::Writer;
use crate::text::Text;
use crate::validate::Step;

impl<T: Value> Wire for Vec<T> {
    fn put(&self, out: &mut Writer) {
        out.list(1, self);
    }

    fn get(from: &mut Reader<'_>) -> Option<Vec<T>> {
        from.fields(&[1]);
        items(from.all(1), &from.above.uncounted())
    }
}

impl<T: Value + Ord> Wire for BTreeSet<T> {
    fn put(&self, out: &mut Writer) {
        out.list(1, self);
    }

    fn get(from: &mut Reader<'_>) -> Option<BTreeSet<T>> {
        Vec::get(from).map(BTreeSet::from_iter)
    }
}

impl<K: Value + Text + Ord, V: Value> Wire for BTreeMap<K, V> {
    fn put(&self, out: &mut Writer) {
        out.map(1, self);
    }

    fn get(from: &mut Reader<'_>) -> Option<BTreeMap<K, V>> {
        from.fields(&[1]);
        entries(from.all(1), &from.above.uncounted())
    }
}

/// `T or null` inside a list or map.
impl<T: Value> Wire for Option<T> {
    fn put(&self, out: &mut Writer) {
        out.optional(1, self.as_ref());
    }

    fn get(from: &mut Reader<'_>) -> Option<Option<T>> {
        from.fields(&[1]);
        match from.next(1, T::TYPE) {
            Occurs::Never => Some(None),
            occurs => from.one(occurs, &Place { above: &from.above.uncounted(), step: Step::Here }, |_| None).map(Some),
        }
    }
}

/// What recursion passes through is always a message.
impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Writer) {
        (**self).put(out);
    }

    fn get(from: &mut Reader<'_>) -> Option<Box<T>> {
        T::get(from).map(Box::new)
    }
}

/// The empty message: no answer, or a case without a payload.
impl Wire for () {
    fn put(&self, _: &mut Writer) {}

    fn get(from: &mut Reader<'_>) -> Option<()> {
        from.fields(&[]);
        Some(())
    }
}
