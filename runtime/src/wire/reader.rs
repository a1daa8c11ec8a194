//! Reading a message: one pass notes where its fields stand, then each is read by its type.
//!
//! The pass knows nothing of types, so there is one of it for all messages. A [`Slot`] remembers where a field stands
//! first and how often it occurs; lists are read from there with their exact size known. protobuf merges a message that
//! occurs twice: its reader goes over both pieces, as if they stood one behind the other.

use super::bits::{Cursor, Malformed};
use super::found::Found;
use super::raw::{Raw, WireType};
use crate::validate::At;

/// Where a value stands: its path, and how deep the value may still nest.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub(super) at: &'a At<'a>,
    pub(super) depth_left: usize,
    pub(super) found: &'a Found<'a>,
}

impl<'a> Place<'a> {
    /// Notes that the value is framed well, but not what its type wants: `must be a uuid`.
    #[cold]
    pub fn wrong<T>(&self, message: impl Into<String>) -> Option<T> {
        self.found.wrong(self.at, message);
        None
    }

    /// Notes that the bytes are not what the contract's types make: nothing more is read.
    #[cold]
    pub fn malformed<T>(&self, what: &str) -> Option<T> {
        self.found.malformed(self.at, format!("malformed protobuf: {what}"));
        None
    }

    /// The same place by another path.
    pub(super) const fn at<'b>(&self, at: &'b At<'b>) -> Place<'b>
    where
        'a: 'b,
    {
        Place { at, depth_left: self.depth_left, found: self.found }
    }

    /// The place of what stands in a container's message: only named types and JSON can nest without end, so only they count.
    pub(super) fn uncounted(self) -> Place<'a> {
        Place { depth_left: self.depth_left + 1, ..self }
    }

    /// The place of what stands in the message here.
    pub(super) fn deeper(self) -> Option<Place<'a>> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Some(Place { depth_left, ..self }),
            None => {
                self.found.malformed(self.at, "is nested too deep");
                None
            }
        }
    }
}

/// A message that is being read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// More than one where the message occurred more than once.
    chunks: &'a [&'a [u8]],
    pub(super) place: Place<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(whole: &'a &'a [u8], depth_max: usize, found: &'a Found<'a>) -> Reader<'a> {
        const ROOT: At<'static> = At::root();
        Reader::over(std::slice::from_ref(whole), Place { at: &ROOT, depth_left: depth_max, found })
    }

    pub(super) const fn over(chunks: &'a [&'a [u8]], place: Place<'a>) -> Reader<'a> {
        Reader { chunks, place }
    }

    /// Finds the fields of these numbers, which ascend; skips all others.
    #[inline]
    pub fn fields<const N: usize>(&self, numbers: [u32; N]) -> [Slot<'a>; N] {
        let mut slots = numbers.map(Slot::empty);
        self.scan(&numbers, &mut slots);
        slots
    }

    /// Notes that the message as a whole is not what its type wants.
    #[cold]
    pub fn wrong<T>(&self, message: impl Into<String>) -> Option<T> {
        self.place.wrong(message)
    }

    fn scan(&self, numbers: &[u32], slots: &mut [Slot<'a>]) {
        debug_assert!(numbers.is_sorted(), "the numbers ascend");
        // Fields mostly come in their order, a list's entries one behind the other.
        let mut expected = 0;
        self.each(|field| {
            let index = match numbers.get(expected) {
                Some(&number) if number == field.number => expected,
                _ => match numbers.get(expected + 1) {
                    Some(&number) if number == field.number => expected + 1,
                    _ => match numbers.binary_search(&field.number) {
                        Ok(index) => index,
                        Err(_) => return,
                    },
                },
            };
            expected = index;
            slots[index].note(&field);
        });
    }

    /// Goes over all fields; stops where the bytes are malformed, and does not begin when they are known to be.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(Field<'a>)) {
        if self.place.found.is_malformed() {
            return;
        }
        for (chunk, bytes) in self.chunks.iter().enumerate() {
            let mut cursor = Cursor::new(bytes);
            let mut number = 0;
            while !cursor.is_empty() {
                let whole = cursor.rest();
                let step = cursor.tag().and_then(|(is, wire_type)| {
                    number = is;
                    let payload = cursor.rest();
                    cursor.payload(number, wire_type)?;
                    Ok(Field { number, wire_type, whole, payload, rest: cursor.rest(), chunk })
                });
                match step {
                    Ok(field) => take(field),
                    Err(why) => return self.broken(number, why),
                }
            }
        }
    }

    #[cold]
    fn broken(&self, number: u32, why: Malformed) {
        let _: Option<()> = match number {
            0 => self.place.malformed(&format!("the message {}", why.as_str())),
            _ => self.place.malformed(&format!("field {number} {}", why.as_str())),
        };
    }

    /// All payloads of a field.
    pub(super) fn occurrences(&self, slot: Slot<'a>) -> Occurrences<'a> {
        let later = self.chunks.get(slot.chunk as usize + 1..).unwrap_or_default();
        Occurrences {
            number: slot.number,
            left: slot.count,
            pending: Some(slot.wire_type),
            cursor: Cursor::new(slot.payload),
            later,
        }
    }
}

/// A field as the pass meets it.
pub(super) struct Field<'a> {
    pub(super) number: u32,
    wire_type: WireType,
    whole: &'a [u8],
    payload: &'a [u8],
    rest: &'a [u8],
    chunk: usize,
}

impl<'a> Field<'a> {
    /// Its bytes with the tag.
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.whole[..self.whole.len() - self.rest.len()]
    }
}

/// Where a field stands in a message, if it does.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// From the first payload to the end of its chunk.
    payload: &'a [u8],
    number: u32,
    pub(super) count: u32,
    chunk: u32,
    wire_type: WireType,
}

impl<'a> Slot<'a> {
    pub(super) const fn empty(number: u32) -> Slot<'a> {
        Slot { payload: &[], number, count: 0, chunk: 0, wire_type: WireType::Varint }
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    #[inline]
    pub(super) fn note(&mut self, field: &Field<'a>) {
        if self.count == 0 {
            self.payload = field.payload;
            self.wire_type = field.wire_type;
            self.chunk = u32::try_from(field.chunk).expect("an input has less than 2^31 bytes, so fewer pieces");
        }
        self.count += 1;
    }

    /// The first payload.
    #[inline]
    pub(super) fn first(&self) -> Raw<'a> {
        // The pass has read it already.
        Cursor::new(self.payload).payload(self.number, self.wire_type).unwrap_or(Raw::Group)
    }
}

/// The payloads of one field, in their order.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    number: u32,
    left: u32,
    /// The wire type of the first, whose tag is read already.
    pending: Option<WireType>,
    cursor: Cursor<'a>,
    later: &'a [&'a [u8]],
}

impl<'a> Iterator for Occurrences<'a> {
    type Item = Raw<'a>;

    #[inline]
    fn next(&mut self) -> Option<Raw<'a>> {
        self.left = self.left.checked_sub(1)?;
        if let Some(wire_type) = self.pending.take() {
            return self.cursor.payload(self.number, wire_type).ok();
        }
        loop {
            while self.cursor.is_empty() {
                let (next, later) = self.later.split_first()?;
                (self.cursor, self.later) = (Cursor::new(next), later);
            }
            let (number, wire_type) = self.cursor.tag().ok()?;
            let payload = self.cursor.payload(number, wire_type).ok()?;
            if number == self.number {
                return Some(payload);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}
