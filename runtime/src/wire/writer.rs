//! Writing backwards: from the end of the buffer to its start, so that a length is known when its turn comes.
//!
//! One pass, no sizes computed beforehand. A message writes its fields with the highest number first; in the bytes they
//! ascend, as protobuf's canonical form wants. The buffer is kept per thread, so writing allocates nothing.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::raw::WireType;
use super::value::Value;
use crate::value::{Maybe, UnknownCase};

/// How large a buffer stays with its thread.
const KEPT_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Runs `write` with an empty writer.
pub(super) fn with_scratch<R>(write: impl FnOnce(&mut Writer) -> R) -> R {
    // Taken and put back, so that a value that encodes another while it is written finds an empty one.
    let buffer = SCRATCH.take();
    let mut writer = Writer { start: buffer.len(), buffer };
    let result = write(&mut writer);
    if writer.buffer.len() <= KEPT_BYTES_MAX {
        SCRATCH.set(writer.buffer);
    }
    result
}

/// What messages write themselves to.
#[derive(Debug)]
pub struct Writer {
    /// Filled from `start` to its end; what stands before is of no meaning.
    buffer: Vec<u8>,
    start: usize,
}

impl Writer {
    /// A plain scalar: zero is not written.
    pub fn plain<T: Value>(&mut self, number: u32, value: &T) {
        let end = self.mark();
        value.write(self);
        if T::TYPE == WireType::Len {
            if self.mark() > end {
                self.close(number, end);
            }
        } else if self.since(end).iter().all(|byte| *byte == 0) {
            self.start = self.buffer.len() - end;
        } else {
            self.tag(number, T::TYPE);
        }
    }

    /// A field that has presence.
    pub fn value<T: Value>(&mut self, number: u32, value: &T) {
        let end = self.mark();
        value.write(self);
        match T::TYPE {
            WireType::Len => self.close(number, end),
            wire_type => self.tag(number, wire_type),
        }
    }

    /// A field of a type written by hand, as a contract's would stand there: see [`Value::PLAIN`].
    pub fn required<T: Value>(&mut self, number: u32, value: &T) {
        if T::PLAIN { self.plain(number, value) } else { self.value(number, value) }
    }

    /// A field that may be absent.
    pub fn optional<T: Value>(&mut self, number: u32, value: Option<&T>) {
        if let Some(value) = value {
            self.value(number, value);
        }
    }

    /// A field that may be absent or null; null is written by [`Writer::nulls`].
    pub fn maybe<T: Value>(&mut self, number: u32, value: &Maybe<T>) {
        self.optional(number, value.as_value());
    }

    /// The field mask of those fields that are null, absent when there are none.
    pub fn nulls<const N: usize>(&mut self, number: u32, fields: [(&str, bool); N]) {
        let end = self.mark();
        for (name, _) in fields.iter().rev().filter(|(_, is_null)| *is_null) {
            let end = self.mark();
            self.bytes(name.as_bytes());
            self.close(1, end);
        }
        if self.mark() > end {
            self.close(number, end);
        }
    }

    /// A list or set; numbers are packed.
    pub fn list<'v, T, I>(&mut self, number: u32, items: I)
    where
        T: Value + 'v,
        I: IntoIterator<Item = &'v T, IntoIter: DoubleEndedIterator>,
    {
        let items = items.into_iter().rev();
        if T::TYPE == WireType::Len {
            return items.for_each(|item| self.value(number, item));
        }
        let end = self.mark();
        items.for_each(|item| item.write(self));
        if self.mark() > end {
            self.close(number, end);
        }
    }

    /// A map: a message of key and value for each entry.
    pub fn map<K: Value, V: Value>(&mut self, number: u32, map: &BTreeMap<K, V>) {
        for (key, value) in map.iter().rev() {
            self.entry(number, key, value);
        }
    }

    /// A case that the contract does not list, as it came. One that came by name has no number, so nothing is written.
    pub fn unknown(&mut self, case: &UnknownCase) {
        self.bytes(case.field());
    }

    pub(super) fn entry<K: Value, V: Value>(&mut self, number: u32, key: &K, value: &V) {
        let end = self.mark();
        self.plain(2, value);
        self.plain(1, key);
        self.close(number, end);
    }

    /// Bytes as they are, before what is written already.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
    }

    /// A varint, before what is written already.
    #[inline]
    pub fn varint(&mut self, value: u64) {
        match u8::try_from(value) {
            Ok(byte) if byte < 0x80 => self.bytes(&[byte]),
            _ => self.long_varint(value),
        }
    }

    fn long_varint(&mut self, mut value: u64) {
        let count = (64 - value.leading_zeros()).div_ceil(7).max(1) as usize;
        let room = self.room(count);
        for byte in &mut *room {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        room[count - 1] &= 0x7f;
    }

    /// How much is written.
    pub(super) fn mark(&self) -> usize {
        self.buffer.len() - self.start
    }

    pub(super) fn written(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// What was written since a mark.
    fn since(&self, mark: usize) -> &[u8] {
        &self.buffer[self.start..self.buffer.len() - mark]
    }

    /// Makes what was written since a mark the payload of a field.
    #[inline]
    pub(super) fn close(&mut self, number: u32, mark: usize) {
        self.varint((self.mark() - mark) as u64);
        self.tag(number, WireType::Len);
    }

    #[inline]
    fn tag(&mut self, number: u32, wire_type: WireType) {
        self.varint(u64::from(number << 3 | wire_type as u32));
    }

    /// Room before what is written already.
    #[inline]
    fn room(&mut self, count: usize) -> &mut [u8] {
        if self.start < count {
            self.grow(count);
        }
        self.start -= count;
        &mut self.buffer[self.start..self.start + count]
    }

    #[cold]
    fn grow(&mut self, count: usize) {
        let written = self.mark();
        let size = (written + count).next_power_of_two().max(1024);
        let mut larger = vec![0; size];
        larger[size - written..].copy_from_slice(self.written());
        self.start = size - written;
        self.buffer = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_take_as_many_bytes_as_they_need() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let bytes = with_scratch(|out| {
                out.varint(value);
                out.written().to_vec()
            });
            assert_eq!(super::super::bits::Cursor::new(&bytes).varint(), Ok(value));
            assert_eq!(bytes.len(), (64 - value.leading_zeros()).div_ceil(7).max(1) as usize);
        }
    }

    #[test]
    fn a_large_buffer_does_not_stay_with_its_thread() {
        let size = with_scratch(|out| {
            out.bytes(&vec![7; 100_000]);
            out.bytes(&[8]);
            assert_eq!(out.written()[..3], [8, 7, 7]);
            out.mark()
        });
        assert_eq!(size, 100_001);
        with_scratch(|out| assert!(out.buffer.len() <= KEPT_BYTES_MAX && out.written().is_empty()));
    }
}
