//! Reading a message: one pass notes where its fields stand, then each is read by its type.
//!
//! The pass knows nothing of types, so there is one of it for all messages. A [`Slot`] remembers a field's first payload
//! and how often it occurs; lists are read from there with their exact size known. protobuf merges a message that
//! occurs twice: its reader goes over both pieces, as if they stood one behind the other.

use super::bits::{Broken, Cursor};
use super::found::Found;
use super::place::{Above, Place};
use super::raw::{Raw, WireType};
use crate::validate::{At, Step, Validate};

/// A message that is being read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// More than one where the message occurred more than once.
    chunks: &'a [&'a [u8]],
    /// What its fields stand in.
    pub(super) above: Above<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(whole: &'a &'a [u8], depth_max: usize, found: &'a Found<'a>) -> Reader<'a> {
        Reader::over(std::slice::from_ref(whole), Above { at: At::root(), depth_left: depth_max, found })
    }

    pub(super) const fn over(chunks: &'a [&'a [u8]], above: Above<'a>) -> Reader<'a> {
        Reader { chunks, above }
    }

    /// Finds the fields of these numbers, which ascend; skips all others.
    #[inline]
    pub fn fields<'s, const N: usize>(
        &self,
        numbers: &'static [u32; N],
        slots: &'s mut [Slot<'a>; N],
    ) -> &'s [Slot<'a>; N] {
        self.scan(numbers, slots);
        slots
    }

    /// Notes that the message as a whole is not what its type wants.
    #[cold]
    pub fn wrong<T>(&self, message: impl Into<String>) -> Option<T> {
        self.here().wrong(message)
    }

    /// See [`Place::checked`], of the message as a whole.
    pub fn checked<T: Validate>(&self, value: T) -> Option<T> {
        self.here().checked(value)
    }

    /// The place of the message itself.
    pub(super) fn here(&self) -> Place<'_> {
        Place { above: &self.above, step: Step::Here }
    }

    fn scan(&self, numbers: &[u32], slots: &mut [Slot<'a>]) {
        debug_assert!(numbers.is_sorted(), "the numbers ascend");
        // Fields mostly come in their order, a list's entries one behind the other.
        let mut next = 0;
        self.each(|field| {
            if numbers.get(next) == Some(&field.number) {
                next += 1;
            } else if numbers.get(next.wrapping_sub(1)) != Some(&field.number) {
                match numbers.binary_search(&field.number) {
                    Ok(index) => next = index + 1,
                    Err(_) => return,
                }
            }
            slots[next - 1].note(&field);
        });
    }

    /// Goes over all fields; stops where the bytes are malformed, and does not begin when they are known to be.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(Field<'a>)) {
        if self.above.found.is_malformed() {
            return;
        }
        for (chunk, bytes) in self.chunks.iter().enumerate() {
            let mut cursor = Cursor::new(bytes);
            while !cursor.is_empty() {
                let start = bytes.len() - cursor.rest().len();
                match cursor.field() {
                    Ok((number, payload)) => {
                        let end = bytes.len() - cursor.rest().len();
                        take(Field { number, payload, bytes, start, end, chunk });
                    }
                    Err(broken) => return self.broken(broken),
                }
            }
        }
    }

    #[cold]
    fn broken(&self, Broken { number, why }: Broken) {
        let _: Option<()> = match number {
            0 => self.here().malformed(&format!("the message {}", why.as_str())),
            _ => self.here().malformed(&format!("field {number} {}", why.as_str())),
        };
    }

    /// All payloads of a field.
    pub(super) fn occurrences(&self, slot: &Slot<'a>) -> Occurrences<'a> {
        let (chunk, later) =
            self.chunks.get(slot.chunk as usize..).and_then(<[_]>::split_first).unwrap_or((&EMPTY, &[]));
        let rest = chunk.get(slot.end as usize..).unwrap_or_default();
        Occurrences {
            number: slot.number,
            left: slot.count,
            first: Some(slot.payload),
            cursor: Cursor::new(rest),
            later,
        }
    }
}

const EMPTY: &[u8] = &[];

/// A field as the pass meets it.
pub(super) struct Field<'a> {
    pub(super) number: u32,
    payload: Raw<'a>,
    bytes: &'a [u8],
    start: usize,
    end: usize,
    chunk: usize,
}

impl<'a> Field<'a> {
    /// Its bytes with the tag.
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.bytes[self.start..self.end]
    }
}

/// Where a field stands in a message, if it does.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// The first, when `count` says that there is one.
    pub(super) payload: Raw<'a>,
    pub(super) count: u32,
    number: u32,
    /// Where the first ends. An input has less than 2^31 bytes, so places in it and pieces of it fit.
    end: u32,
    chunk: u32,
}

/// Slots for the fields of a message, where nothing is found yet.
#[inline]
pub const fn slots<'a, const N: usize>() -> [Slot<'a>; N] {
    [Slot::EMPTY; N]
}

impl<'a> Slot<'a> {
    pub(super) const EMPTY: Slot<'a> =
        Slot { payload: Raw::number(WireType::Varint, 0), count: 0, number: 0, end: 0, chunk: 0 };

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    #[inline]
    pub(super) fn note(&mut self, field: &Field<'a>) {
        match self.count {
            0 => {
                self.payload = field.payload;
                self.number = field.number;
                self.end = field.end as u32;
                self.chunk = field.chunk as u32;
                self.count = 1;
            }
            _ => self.count += 1,
        }
    }
}

/// The payloads of one field, in their order.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    number: u32,
    left: u32,
    first: Option<Raw<'a>>,
    cursor: Cursor<'a>,
    later: &'a [&'a [u8]],
}

impl<'a> Iterator for Occurrences<'a> {
    type Item = Raw<'a>;

    #[inline]
    fn next(&mut self) -> Option<Raw<'a>> {
        self.left = self.left.checked_sub(1)?;
        if let Some(first) = self.first.take() {
            return Some(first);
        }
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

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left as usize))
    }
}
