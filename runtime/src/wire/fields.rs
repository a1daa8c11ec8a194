//! The fields of a message, each by its kind: what generated code calls, one line a field.
//!
//! Every method answers `None` when the field is missing or wrong and notes it with its path, so a message looks at all
//! its fields before it gives up: whoever sent it learns of everything at once.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Cursor;
use super::index::{Occurrences, Slot};
use super::place::{Above, Place};
use super::raw::{Raw, WireType};
use super::reader::{Occurs, Reader};
use super::value::Value;
use crate::text::Text;
use crate::validate::Step;
use crate::value::Maybe;

/// How much memory a list gets before its entries are read.
const RESERVED_BYTES_MAX: usize = 64 * 1024;

impl<'a> Reader<'a> {
    /// A field that must be there.
    #[inline]
    pub fn need<T: Value>(&mut self, number: u32, name: &str) -> Option<T> {
        let occurs = self.next(number, T::TYPE);
        self.one(occurs, &self.field(name), |place| place.wrong("missing"))
    }

    /// A field of a type written by hand, as a contract's would stand there: see [`Value::PLAIN`].
    #[inline]
    pub fn required<T: Value>(&mut self, number: u32, name: &str) -> Option<T> {
        if T::PLAIN { self.plain(number, name) } else { self.need(number, name) }
    }

    /// A plain scalar, which is zero when it is not there.
    #[inline]
    pub fn plain<T: Value>(&mut self, number: u32, name: &str) -> Option<T> {
        let occurs = self.next(number, T::TYPE);
        self.one(occurs, &self.field(name), zero)
    }

    /// A field that may be absent; the outer `None` is one that is wrong.
    #[inline]
    pub fn optional<T: Value>(&mut self, number: u32, name: &str) -> Option<Option<T>> {
        match self.next(number, T::TYPE) {
            Occurs::Never => Some(None),
            occurs => self.one(occurs, &self.field(name), |_| None).map(Some),
        }
    }

    /// A field with a default.
    #[inline]
    pub fn or<T: Value>(&mut self, number: u32, name: &str, default: impl FnOnce() -> T) -> Option<T> {
        let occurs = self.next(number, T::TYPE);
        self.one(occurs, &self.field(name), |_| Some(default()))
    }

    /// A list.
    pub fn list<T: Value>(&mut self, number: u32, name: &str) -> Option<Vec<T>> {
        let all = self.all(number);
        items(all, &self.field(name).within())
    }

    /// A set; what stands in it twice is in it once.
    pub fn set<T: Value + Ord>(&mut self, number: u32, name: &str) -> Option<BTreeSet<T>> {
        self.list(number, name).map(BTreeSet::from_iter)
    }

    /// A map; of entries with the same key the last holds.
    pub fn map<K: Value + Text + Ord, V: Value>(&mut self, number: u32, name: &str) -> Option<BTreeMap<K, V>> {
        let all = self.all(number);
        entries(all, &self.field(name).within())
    }

    /// The field mask that says which fields are null, of a message that has some that may be absent or null; the fields
    /// of `others` must not be.
    pub fn nulls(&mut self, number: u32, name: &str, others: &[&str]) -> Option<Nulls> {
        let names: Option<Vec<String>> = self.optional(number, name)?;
        let nulls = Nulls { names: names.unwrap_or_default() };
        let wrong = others.iter().filter(|other| nulls.has(other));
        let count = wrong.inspect(|other| self.field(other).wrong("must not be null").unwrap_or_default()).count();
        (count == 0).then_some(nulls)
    }

    #[inline]
    pub(super) const fn field<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place { above: &self.above, step: Step::Field(name) }
    }

    /// A field that holds one value.
    #[inline]
    pub(super) fn one<T: Value>(
        &self,
        occurs: Occurs<'a>,
        place: &Place<'_>,
        never: impl FnOnce(&Place<'_>) -> Option<T>,
    ) -> Option<T> {
        match occurs {
            Occurs::Once(payload) => T::read(payload, place),
            Occurs::Never => never(place),
            Occurs::Often(slot) => self.often(slot, place),
        }
    }

    #[cold]
    fn often<T: Value>(&self, slot: Slot, place: &Place<'_>) -> Option<T> {
        let occurrences = self.index.as_ref()?.occurrences(slot);
        match T::MERGE {
            Some(merge) => merge(occurrences, place),
            None => T::read(last::<T>(occurrences, place), place),
        }
    }
}

/// A plain scalar that is not there.
#[inline]
pub(super) fn zero<T: Value>(place: &Place<'_>) -> Option<T> {
    T::read(Raw::number(T::TYPE, 0), place)
}

/// The payload that holds of a field.
fn last<'a, T: Value>(occurrences: Occurrences<'a>, place: &Place<'_>) -> Raw<'a> {
    let found = place.above.found;
    let mark = found.mark();
    let mut last = Raw::number(T::TYPE, 0);
    for (index, raw) in occurrences.enumerate() {
        if index > 0 {
            // What is replaced must be well-formed, no more.
            T::read(last, place);
            found.forget(mark);
        }
        last = raw;
    }
    last
}

pub(super) fn items<T: Value>(all: Occurrences<'_>, above: &Above<'_>) -> Option<Vec<T>> {
    let mut items = Items::new(above, all.left());
    for raw in all {
        if T::TYPE != WireType::Len && raw.wire_type == WireType::Len {
            items.unpack(raw.bytes);
        } else {
            items.push(raw);
        }
    }
    items.whole.then_some(items.list)
}

pub(super) fn entries<K: Value + Text + Ord, V: Value>(
    all: Occurrences<'_>,
    above: &Above<'_>,
) -> Option<BTreeMap<K, V>> {
    let mut entries = BTreeMap::new();
    let mut whole = true;
    for raw in all {
        match entry(raw, above) {
            Some((key, value)) => drop(entries.insert(key, value)),
            None => whole = false,
        }
    }
    whole.then_some(entries)
}

/// A list that grows entry by entry.
struct Items<'p, T> {
    list: Vec<T>,
    /// How many have come; also those count that do not fit.
    count: usize,
    whole: bool,
    above: &'p Above<'p>,
}

impl<'p, T: Value> Items<'p, T> {
    fn new(above: &'p Above<'p>, count: usize) -> Items<'p, T> {
        let reserved = count.min(RESERVED_BYTES_MAX / size_of::<T>().max(1));
        Items { list: Vec::with_capacity(reserved), count: 0, whole: true, above }
    }

    #[inline]
    fn push(&mut self, raw: Raw<'_>) {
        let place = Place { above: self.above, step: Step::Index(self.count) };
        self.count += 1;
        // Not by a match and a push, which move the item once more.
        let before = self.list.len();
        self.list.extend(T::read(raw, &place));
        self.whole &= self.list.len() > before;
    }

    fn unpack(&mut self, packed: &[u8]) {
        let count = match T::TYPE {
            WireType::Fixed32 => packed.len() / 4,
            WireType::Fixed64 => packed.len() / 8,
            _ => packed.iter().filter(|byte| **byte < 0x80).count(),
        };
        self.list.reserve(count.min(RESERVED_BYTES_MAX / size_of::<T>().max(1)));
        let mut cursor = Cursor::new(packed);
        while !cursor.is_empty() {
            match cursor.payload(0, T::TYPE) {
                Ok(raw) => self.push(raw),
                Err(why) => {
                    self.whole = false;
                    let list = Place { above: self.above, step: Step::Here };
                    return list.malformed(&format!("a packed list {}", why.as_str())).unwrap_or(());
                }
            }
        }
    }
}

/// An entry of a map: a message of key and value, which are zero when they are not there.
fn entry<K: Value + Text, V: Value>(raw: Raw<'_>, above: &Above<'_>) -> Option<(K, V)> {
    let map = Place { above, step: Step::Here };
    let payload = map.payload(raw)?;
    let mut reader = Reader::over(payload, *above);
    reader.fields(&[1, 2]);
    let occurs = reader.next(1, K::TYPE);
    let key: Option<K> = reader.one(occurs, &map, zero);
    // The key becomes text only when there is something to say of its value, whose path begins anew until then.
    let found = above.found;
    let (was_over, mark) = (found.is_over(), found.mark());
    let anew = Above { within: None, ..*above };
    let occurs = reader.next(2, V::TYPE);
    let value: Option<V> = reader.one(occurs, &Place { above: &anew, step: Step::Here }, zero);
    drop(reader);
    if value.is_none() && !was_over {
        above.path(&mut |at| match &key {
            Some(key) => found.move_below(mark, &at.key(&key.to_text())),
            None => found.move_below(mark, at),
        });
    }
    Some((key?, value?))
}

/// Which fields of a message are null: what a field mask names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nulls {
    names: Vec<String>,
}

impl Nulls {
    /// A field that may be absent or null: its value, if there is one, and what the mask calls it.
    pub fn maybe<T>(&self, value: Option<T>, in_mask: &str) -> Maybe<T> {
        match value {
            Some(value) => Maybe::Value(value),
            None if self.has(in_mask) => Maybe::Null,
            None => Maybe::Absent,
        }
    }

    fn has(&self, in_mask: &str) -> bool {
        self.names.iter().any(|name| name == in_mask)
    }
}
