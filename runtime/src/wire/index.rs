//! Where the fields of a message stand, when they may stand anywhere.
//!
//! One pass notes it, which knows nothing of types. A [`Slot`] remembers where a field stands first and how often it occurs;
//! lists are read from there with their exact size known. protobuf merges a message that occurs twice: the pass goes over
//! both pieces, as if they stood one behind the other.

use super::bits::{Broken, Cursor};
use super::place::{Above, Place};
use super::raw::{Raw, WireType};
use super::reader::Occurs;
use crate::validate::Step;

/// The fields of one message.
#[derive(Debug)]
pub(super) struct Index<'a> {
    /// The message, and the other pieces of it where it occurred more than once.
    payload: &'a [u8],
    others: &'a [&'a [u8]],
    /// Those that are wanted, ascending.
    numbers: &'static [u32],
    /// One for each of them.
    slots: Vec<Slot>,
}

impl<'a> Index<'a> {
    pub(super) const fn over(payload: &'a [u8], others: &'a [&'a [u8]]) -> Index<'a> {
        Index { payload, others, numbers: &[], slots: Vec::new() }
    }

    /// Finds the fields of these numbers; skips all others.
    pub(super) fn find(&mut self, numbers: &'static [u32], above: &Above<'_>) {
        debug_assert!(numbers.is_sorted(), "the numbers ascend");
        let mut slots = vec![Slot::EMPTY; numbers.len()];
        self.each(above, |field| {
            if let Ok(index) = numbers.binary_search(&field.number) {
                slots[index].note(&field);
            }
        });
        (self.numbers, self.slots) = (numbers, slots);
    }

    /// Goes over all fields; stops where the bytes are malformed, and does not begin when they are known to be.
    pub(super) fn each(&self, above: &Above<'_>, mut take: impl FnMut(Field<'a>)) {
        if above.found.is_over() {
            return;
        }
        for (piece, bytes) in std::iter::once(&self.payload).chain(self.others).enumerate() {
            let mut cursor = Cursor::new(bytes);
            while !cursor.is_empty() {
                let start = bytes.len() - cursor.rest().len();
                match cursor.field() {
                    Ok((number, _)) => {
                        let end = bytes.len() - cursor.rest().len();
                        take(Field { number, bytes: &bytes[start..end], start, piece });
                    }
                    Err(broken) => return note_broken(broken, above),
                }
            }
        }
    }

    pub(super) fn slot(&self, number: u32) -> Slot {
        self.slots[self.numbers.binary_search(&number).expect("a message says which fields it will ask for")]
    }

    /// What there is of a field that holds one value.
    pub(super) fn occurs(&self, slot: Slot) -> Occurs<'a> {
        match slot.count {
            0 => Occurs::Never,
            1 => self.occurrences(slot).next().map_or(Occurs::Never, Occurs::Once),
            _ => Occurs::Often(slot),
        }
    }

    /// All payloads of a field.
    pub(super) fn occurrences(&self, slot: Slot) -> Occurrences<'a> {
        let piece = slot.piece as usize;
        let bytes = piece.checked_sub(1).and_then(|index| self.others.get(index)).unwrap_or(&self.payload);
        let rest = bytes.get(slot.start as usize..).unwrap_or_default();
        let later = self.others.get(piece..).unwrap_or_default();
        Occurrences { number: slot.number, left: slot.count, cursor: Cursor::new(rest), later }
    }
}

#[cold]
fn note_broken(Broken { number, why }: Broken, above: &Above<'_>) {
    let place = Place { above, step: Step::Here };
    let _: Option<()> = match number {
        0 => place.malformed(&format!("the message {}", why.as_str())),
        _ => place.malformed(&format!("field {number} {}", why.as_str())),
    };
}

/// A field as the pass meets it.
pub(super) struct Field<'a> {
    pub(super) number: u32,
    /// With its tag.
    pub(super) bytes: &'a [u8],
    start: usize,
    piece: usize,
}

/// Where a field stands in a message, if it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) count: u32,
    pub(super) number: u32,
    /// Where the first begins. An input has less than 2^31 bytes, so places in it and pieces of it fit.
    start: u32,
    piece: u32,
}

impl Slot {
    pub(super) const EMPTY: Slot = Slot { count: 0, number: 0, start: 0, piece: 0 };

    pub(super) fn note(&mut self, field: &Field<'_>) {
        if self.count == 0 {
            *self = Slot { count: 0, number: field.number, start: field.start as u32, piece: field.piece as u32 };
        }
        self.count += 1;
    }
}

/// The payloads of one field, in their order.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    number: u32,
    left: u32,
    cursor: Cursor<'a>,
    later: &'a [&'a [u8]],
}

impl<'a> Occurrences<'a> {
    /// So many that stand one behind the other.
    #[inline]
    pub(super) const fn run(number: u32, count: u32, cursor: Cursor<'a>) -> Occurrences<'a> {
        Occurrences { number, left: count, cursor, later: &[] }
    }

    /// How many there still are.
    pub(super) const fn left(&self) -> usize {
        self.left as usize
    }

    #[inline(never)]
    fn next_anywhere(&mut self) -> Option<Raw<'a>> {
        loop {
            while self.cursor.is_empty() {
                let (next, later) = self.later.split_first()?;
                (self.cursor, self.later) = (Cursor::new(next), later);
            }
            let (number, payload) = self.cursor.field().ok()?;
            if number == self.number {
                return Some(payload);
            }
        }
    }
}

impl<'a> Iterator for Occurrences<'a> {
    type Item = Raw<'a>;

    #[inline]
    fn next(&mut self) -> Option<Raw<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.cursor.short_field(self.number, WireType::Len).or_else(|| self.next_anywhere())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left as usize))
    }
}
