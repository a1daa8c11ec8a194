//! Reading a message: its fields are asked for as their numbers ascend, and mostly that is how they stand.
//!
//! So a decoding first reads straight on: a field is there when its tag comes next. Whatever is not so (another order, a field
//! twice, anything that is missing or does not fit) ends that reading, and a second one begins, a careful one. It looks at
//! the order of each message first, and finds the fields of one that has its own by an [`Index`]. It tells all that is
//! wrong, and goes over a message a few times at most, once for its order and once for each list in it.

use super::bits::Cursor;
use super::index::{Index, Occurrences, Slot};
use super::place::{Above, Place};
use super::raw::{Raw, WireType};
use crate::validate::{Step, Validate};

/// A message that is being read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// Straight on: what is not read yet.
    cursor: Cursor<'a>,
    /// Straight on: the field that was asked for last.
    last: u32,
    /// Where the fields stand, when they do not stand in order. There is nothing at the cursor then.
    pub(super) index: Option<Box<Index<'a>>>,
    /// What its fields stand in.
    pub(super) above: Above<'a>,
}

/// What there is of a field that holds one value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Occurs<'a> {
    Never,
    Once(Raw<'a>),
    /// Only a careful reading finds it so.
    Often(Slot),
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) const fn over(payload: &'a [u8], above: Above<'a>) -> Reader<'a> {
        Reader { cursor: Cursor::new(payload), last: 0, index: None, above }
    }

    /// Of a message that occurred more than once: these are the pieces.
    pub(super) fn merging(pieces: &'a [&'a [u8]], above: Above<'a>) -> Reader<'a> {
        let (payload, others) = pieces.split_first().map_or((&[][..], &[][..]), |(first, others)| (*first, others));
        Reader { cursor: Cursor::EMPTY, last: 0, index: Some(Box::new(Index::over(payload, others))), above }
    }

    /// Says which numbers will be asked for: all there are of the message, ascending. All others are skipped.
    #[inline]
    pub fn fields(&mut self, numbers: &'static [u32]) {
        if self.above.found.is_careful() {
            self.find(numbers);
        }
    }

    #[cold]
    fn find(&mut self, numbers: &'static [u32]) {
        if self.index.is_some() || !self.cursor.ascends() {
            let above = self.above;
            self.index().find(numbers, &above);
        }
    }

    /// The index of a message that is not to be read straight on.
    pub(super) fn index(&mut self) -> &mut Index<'a> {
        let payload = std::mem::replace(&mut self.cursor, Cursor::EMPTY).rest();
        self.index.get_or_insert_with(|| Box::new(Index::over(payload, &[])))
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

    /// A field that holds one value, framed so.
    #[inline(always)]
    pub(super) fn next(&mut self, number: u32, wire_type: WireType) -> Occurs<'a> {
        debug_assert!(self.index.is_some() || number > self.last, "fields are asked for as their numbers ascend");
        match self.cursor.short_field(number, wire_type) {
            Some(payload) => {
                self.last = number;
                Occurs::Once(payload)
            }
            None => self.next_of_any_form(number),
        }
    }

    #[inline(never)]
    fn next_of_any_form(&mut self, number: u32) -> Occurs<'a> {
        if let Some(index) = &self.index {
            return index.occurs(index.slot(number));
        }
        while self.cursor.number_ahead() < number {
            self.skip_before(number);
        }
        self.last = number;
        if self.cursor.number_ahead() > number {
            return Occurs::Never;
        }
        match self.cursor.field() {
            Ok((_, payload)) => Occurs::Once(payload),
            Err(_) => self.astray().unwrap_or(Occurs::Never),
        }
    }

    /// A field that holds many values: each payload.
    pub(super) fn all(&mut self, number: u32) -> Occurrences<'a> {
        if let Some(index) = &self.index {
            return index.occurrences(index.slot(number));
        }
        debug_assert!(number > self.last, "fields are asked for as their numbers ascend");
        while self.cursor.number_ahead() < number {
            self.skip_before(number);
        }
        self.last = number;
        let (start, mut count) = (self.cursor, 0);
        while self.cursor.short_field(number, WireType::Len).is_some() {
            count += 1;
        }
        while self.cursor.number_ahead() == number {
            match self.cursor.field() {
                Ok(_) => count += 1,
                Err(_) => self.astray().unwrap_or(()),
            }
        }
        Occurrences::run(number, count, start)
    }

    /// The only field of a message that has no other, if it is one that is wanted.
    pub(super) fn only(&mut self, is_wanted: impl FnOnce(u32) -> bool) -> Option<(u32, Raw<'a>)> {
        let mut cursor = self.cursor;
        let field = cursor.field().ok().filter(|(number, _)| cursor.is_empty() && is_wanted(*number))?;
        self.cursor = cursor;
        Some(field)
    }

    /// Skips one field that the contract does not list: its number is between those asked for last and now.
    #[cold]
    fn skip_before(&mut self, number: u32) {
        match self.cursor.field() {
            Ok((skipped, _)) if skipped > self.last && skipped < number => {}
            _ => self.astray().unwrap_or(()),
        }
    }

    #[cold]
    fn skip_rest(&mut self) {
        while !self.cursor.is_empty() {
            self.skip_before(u32::MAX);
        }
    }

    /// Gives up reading straight on.
    #[cold]
    pub(super) fn astray<T>(&mut self) -> Option<T> {
        self.above.found.astray();
        self.cursor = Cursor::EMPTY;
        None
    }
}

/// Whoever read the message has asked for all its fields. Looked at here and not by who calls [`Wire::get`](super::Wire::get),
/// so that the message is made where it is wanted: moving it costs as much as reading it.
impl Drop for Reader<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.cursor.is_empty() {
            self.skip_rest();
        }
    }
}
