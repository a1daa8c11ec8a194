//! The fields of a message, each by its kind: what generated code calls, one line a field.
//!
//! Every method answers `None` when the field is missing or wrong and notes it with its path, so a message looks at all
//! its fields before it gives up: whoever sent it learns of everything at once.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Cursor;
use super::place::{Above, Place};
use super::raw::{Raw, WireType};
use super::reader::{Reader, Slot, slots};
use super::value::Value;
use crate::text::Text;
use crate::validate::{At, Step};
use crate::value::Maybe;

/// How much memory a list gets before its entries are read.
const RESERVED_BYTES_MAX: usize = 64 * 1024;

impl<'a> Reader<'a> {
    /// A field that must be there.
    pub fn need<T: Value>(&self, slot: &Slot<'a>, name: &str) -> Option<T> {
        let place = self.field(name);
        if slot.count == 0 { place.wrong("missing") } else { self.one(slot, place) }
    }

    /// A plain scalar, which is zero when it is not there.
    pub fn plain<T: Value>(&self, slot: &Slot<'a>, name: &str) -> Option<T> {
        self.plain_at(slot, self.field(name))
    }

    /// A field that may be absent; the outer `None` is one that is wrong.
    pub fn optional<T: Value>(&self, slot: &Slot<'a>, name: &str) -> Option<Option<T>> {
        if slot.count == 0 {
            return Some(None);
        }
        self.one(slot, self.field(name)).map(Some)
    }

    /// A field with a default.
    pub fn or<T: Value>(&self, slot: &Slot<'a>, name: &str, default: impl FnOnce() -> T) -> Option<T> {
        if slot.count == 0 { Some(default()) } else { self.one(slot, self.field(name)) }
    }

    /// A list.
    pub fn list<T: Value>(&self, slot: &Slot<'a>, name: &str) -> Option<Vec<T>> {
        if slot.count == 0 {
            return Some(Vec::new());
        }
        self.items(slot, &self.field(name).within())
    }

    /// A set; what stands in it twice is in it once.
    pub fn set<T: Value + Ord>(&self, slot: &Slot<'a>, name: &str) -> Option<BTreeSet<T>> {
        self.list(slot, name).map(BTreeSet::from_iter)
    }

    /// A map; of entries with the same key the last holds.
    pub fn map<K: Value + Text + Ord, V: Value>(&self, slot: &Slot<'a>, name: &str) -> Option<BTreeMap<K, V>> {
        if slot.count == 0 {
            return Some(BTreeMap::new());
        }
        self.entries(slot, &self.field(name).within())
    }

    /// A field that may be absent or null; `nulls` is what [`Reader::nulls`] gave, and `in_mask` what the field is called there.
    pub fn maybe<T: Value>(
        &self,
        slot: &Slot<'a>,
        name: &str,
        in_mask: &str,
        nulls: &Option<Nulls>,
    ) -> Option<Maybe<T>> {
        Some(match self.optional(slot, name)? {
            Some(value) => Maybe::Value(value),
            None if nulls.as_ref().is_some_and(|nulls| nulls.names(in_mask)) => Maybe::Null,
            None => Maybe::Absent,
        })
    }

    /// The field mask that says which fields are null, of a message that has some that may be absent or null.
    pub fn nulls(&self, slot: &Slot<'a>, name: &str) -> Option<Nulls> {
        let names: Option<Vec<String>> = self.optional(slot, name)?;
        Some(Nulls { names: names.unwrap_or_default() })
    }

    #[inline]
    const fn field<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place { above: &self.above, step: Step::Field(name) }
    }

    /// A field that occurs.
    #[inline]
    pub(super) fn one<T: Value>(&self, slot: &Slot<'a>, place: Place<'_>) -> Option<T> {
        if slot.count == 1 {
            return T::read(slot.payload, place);
        }
        if let Some(merge) = T::MERGE {
            return merge(self.occurrences(slot), place);
        }
        T::read(self.last::<T>(slot, place), place)
    }

    /// The payload that holds of a field; zero when there is none.
    #[cold]
    fn last<T: Value>(&self, slot: &Slot<'a>, place: Place<'_>) -> Raw<'a> {
        let found = self.above.found;
        let mark = found.mark();
        let mut last = Raw::number(T::TYPE, 0);
        for (index, raw) in self.occurrences(slot).enumerate() {
            if index > 0 {
                // What is replaced must be well-formed, no more.
                T::read(last, place);
                found.forget(mark);
            }
            last = raw;
        }
        last
    }

    #[inline]
    fn plain_at<T: Value>(&self, slot: &Slot<'a>, place: Place<'_>) -> Option<T> {
        if slot.count == 0 { T::read(Raw::number(T::TYPE, 0), place) } else { self.one(slot, place) }
    }

    pub(super) fn items<T: Value>(&self, slot: &Slot<'a>, above: &Above<'_>) -> Option<Vec<T>> {
        let mut items = Items::new(above, slot.count as usize);
        for raw in self.occurrences(slot) {
            if T::TYPE != WireType::Len && raw.wire_type == WireType::Len {
                items.unpack(raw.bytes);
            } else {
                items.push(raw);
            }
        }
        items.whole.then_some(items.list)
    }

    pub(super) fn entries<K: Value + Text + Ord, V: Value>(
        &self,
        slot: &Slot<'a>,
        above: &Above<'_>,
    ) -> Option<BTreeMap<K, V>> {
        let mut entries = BTreeMap::new();
        let mut whole = true;
        for raw in self.occurrences(slot) {
            match entry(raw, above) {
                Some((key, value)) => drop(entries.insert(key, value)),
                None => whole = false,
            }
        }
        whole.then_some(entries)
    }
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
        match T::read(raw, place) {
            Some(item) => self.list.push(item),
            None => self.whole = false,
        }
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
    let reader = Reader::over(std::slice::from_ref(&payload), *above);
    let mut slots = slots();
    let [key, value] = reader.fields(&[1, 2], &mut slots);
    let key: Option<K> = reader.plain_at(key, map);
    // The key becomes text only when there is something to say of its value, whose path begins anew until then.
    let found = above.found;
    let (was_malformed, mark) = (found.is_malformed(), found.mark());
    let anew = Above { at: At::root(), ..*above };
    let value = reader.plain_at(value, Place { above: &anew, step: Step::Here });
    if value.is_none() && !was_malformed {
        match &key {
            Some(key) => found.move_below(mark, &above.at.key(&key.to_text())),
            None => found.move_below(mark, &above.at),
        }
    }
    Some((key?, value?))
}

/// Which fields of a message are null: what a field mask names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nulls {
    names: Vec<String>,
}

impl Nulls {
    /// Whether the field is among them.
    pub fn names(&self, field: &str) -> bool {
        self.names.iter().any(|name| name == field)
    }
}
