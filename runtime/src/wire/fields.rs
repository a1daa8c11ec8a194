//! The fields of a message, each by its kind: what generated code calls, one line a field.
//!
//! Every method answers `None` when the field is missing or wrong and notes it with its path, so a message looks at all
//! its fields before it gives up: whoever sent it learns of everything at once.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Cursor;
use super::raw::{Raw, WireType};
use super::reader::{Place, Reader, Slot};
use super::value::Value;
use crate::text::Text;
use crate::validate::At;
use crate::value::Maybe;

/// How much memory a list gets before its entries are read.
const RESERVED_BYTES_MAX: usize = 64 * 1024;

impl<'a> Reader<'a> {
    /// A field that must be there.
    #[inline]
    pub fn need<T: Value>(&self, slot: Slot<'a>, name: &str) -> Option<T> {
        let at = self.place.at.field(name);
        if slot.count == 0 { self.place.at(&at).wrong("missing") } else { self.one(slot, self.place.at(&at)) }
    }

    /// A plain scalar, which is zero when it is not there.
    #[inline]
    pub fn plain<T: Value>(&self, slot: Slot<'a>, name: &str) -> Option<T> {
        let at = self.place.at.field(name);
        self.plain_here(slot, self.place.at(&at))
    }

    /// A field that may be absent; the outer `None` is one that is wrong.
    #[inline]
    pub fn optional<T: Value>(&self, slot: Slot<'a>, name: &str) -> Option<Option<T>> {
        if slot.count == 0 {
            return Some(None);
        }
        let at = self.place.at.field(name);
        self.one(slot, self.place.at(&at)).map(Some)
    }

    /// A field with a default.
    #[inline]
    pub fn or<T: Value>(&self, slot: Slot<'a>, name: &str, default: impl FnOnce() -> T) -> Option<T> {
        if slot.count == 0 {
            return Some(default());
        }
        let at = self.place.at.field(name);
        self.one(slot, self.place.at(&at))
    }

    /// A list.
    #[inline]
    pub fn list<T: Value>(&self, slot: Slot<'a>, name: &str) -> Option<Vec<T>> {
        if slot.count == 0 {
            return Some(Vec::new());
        }
        let at = self.place.at.field(name);
        self.items(slot, self.place.at(&at))
    }

    /// A set; what stands in it twice is in it once.
    #[inline]
    pub fn set<T: Value + Ord>(&self, slot: Slot<'a>, name: &str) -> Option<BTreeSet<T>> {
        self.list(slot, name).map(BTreeSet::from_iter)
    }

    /// A map; of entries with the same key the last holds.
    #[inline]
    pub fn map<K: Value + Text + Ord, V: Value>(&self, slot: Slot<'a>, name: &str) -> Option<BTreeMap<K, V>> {
        if slot.count == 0 {
            return Some(BTreeMap::new());
        }
        let at = self.place.at.field(name);
        self.entries(slot, self.place.at(&at))
    }

    /// A field that may be absent or null; `nulls` is what [`Reader::nulls`] gave.
    #[inline]
    pub fn maybe<T: Value>(&self, slot: Slot<'a>, name: &str, nulls: &Option<Nulls>) -> Option<Maybe<T>> {
        Some(match self.optional(slot, name)? {
            Some(value) => Maybe::Value(value),
            None if nulls.as_ref().is_some_and(|nulls| nulls.names(name)) => Maybe::Null,
            None => Maybe::Absent,
        })
    }

    /// The field mask that says which fields are null, of a message that has some that may be absent or null.
    #[inline]
    pub fn nulls(&self, slot: Slot<'a>, name: &str) -> Option<Nulls> {
        let mask: Option<Vec<Vec<String>>> = self.optional(slot, name).map(|mask| mask.into_iter().collect());
        mask.map(|mask| Nulls { names: mask.into_iter().flatten().collect() })
    }

    /// A field that occurs, at `place`.
    pub(super) fn one<T: Value>(&self, slot: Slot<'a>, place: Place<'_>) -> Option<T> {
        match slot.count {
            1 => T::read(slot.first(), place),
            _ => T::read_all(self.occurrences(slot), place),
        }
    }

    pub(super) fn plain_here<T: Value>(&self, slot: Slot<'a>, place: Place<'_>) -> Option<T> {
        if slot.count == 0 { T::read(T::TYPE.zero(), place) } else { self.one(slot, place) }
    }

    pub(super) fn items<T: Value>(&self, slot: Slot<'a>, place: Place<'_>) -> Option<Vec<T>> {
        let mut items = Items::new(place, slot.count as usize);
        for raw in self.occurrences(slot) {
            match raw {
                Raw::Len(packed) if T::TYPE != WireType::Len => items.unpack(packed),
                _ => items.push(raw),
            }
        }
        items.whole.then_some(items.list)
    }

    pub(super) fn entries<K: Value + Text + Ord, V: Value>(
        &self,
        slot: Slot<'a>,
        place: Place<'_>,
    ) -> Option<BTreeMap<K, V>> {
        let mut entries = BTreeMap::new();
        let mut whole = true;
        for raw in self.occurrences(slot) {
            match entry(raw, place) {
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
    place: Place<'p>,
}

impl<'p, T: Value> Items<'p, T> {
    fn new(place: Place<'p>, count: usize) -> Items<'p, T> {
        let reserved = count.min(RESERVED_BYTES_MAX / size_of::<T>().max(1));
        Items { list: Vec::with_capacity(reserved), count: 0, whole: true, place }
    }

    fn push(&mut self, raw: Raw<'_>) {
        let at = self.place.at.index(self.count);
        self.count += 1;
        match T::read(raw, self.place.at(&at)) {
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
                    return self.place.malformed(&format!("a packed list {}", why.as_str())).unwrap_or(());
                }
            }
        }
    }
}

/// An entry of a map: a message of key and value, which are zero when they are not there.
fn entry<K: Value + Text, V: Value>(raw: Raw<'_>, place: Place<'_>) -> Option<(K, V)> {
    let payload = place.payload(raw)?;
    let reader = Reader::over(std::slice::from_ref(&payload), place);
    let [key, value] = reader.fields([1, 2]);
    let key: Option<K> = reader.plain_here(key, place);
    let was_malformed = place.found.is_malformed();
    let mark = place.found.mark();
    // The key becomes text only when there is something to say of its value.
    let root = At::root();
    let value = reader.plain_here(value, place.at(&root));
    if value.is_none() && !was_malformed {
        match &key {
            Some(key) => place.found.move_below(mark, &place.at.key(&key.to_text())),
            None => place.found.move_below(mark, place.at),
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
