//! Where a value stands, and what is noted of it there.
//!
//! A place is a step below what is above it; a path becomes of it only when there is something to note.

use super::found::Found;
use super::raw::{Raw, WireType};
use crate::scalar;
use crate::validate::{At, Step, Validate};

/// What a value stands in: a message or a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above<'a> {
    /// Where that stands; nowhere is the whole.
    pub(super) within: Option<&'a Place<'a>>,
    /// How many messages may still nest in each other.
    pub(super) depth_left: usize,
    pub(super) found: &'a Found<'a>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub(super) above: &'a Above<'a>,
    pub(super) step: Step<'a>,
}

impl<'a> Place<'a> {
    /// A named scalar that keeps its contract; what it breaks is noted. Where validation follows, any value is taken.
    pub fn checked<T: Validate>(&self, value: T) -> Option<T> {
        if scalar::deferred() {
            return Some(value);
        }
        match value.validate() {
            Ok(()) => Some(value),
            Err(violations) => self.wrong(violations.to_string()),
        }
    }

    /// Notes that the value is framed well, but not what its type wants: `must be a uuid`.
    #[cold]
    pub fn wrong<T>(&self, message: impl Into<String>) -> Option<T> {
        let message = message.into();
        self.path(&mut |at| self.above.found.wrong(at, &message));
        None
    }

    /// Notes that the bytes are not what the contract's types make: nothing more is read.
    #[cold]
    pub fn malformed<T>(&self, what: &str) -> Option<T> {
        let message = format!("malformed protobuf: {what}");
        self.path(&mut |at| self.above.found.malformed(at, &message));
        None
    }

    /// The payload of a length-delimited field.
    #[inline]
    pub fn payload<'b>(&self, raw: Raw<'b>) -> Option<&'b [u8]> {
        if raw.wire_type == WireType::Len { Some(raw.bytes) } else { self.mismatch(raw, WireType::Len) }
    }

    /// The text of a length-delimited field.
    #[inline]
    pub fn text<'b>(&self, raw: Raw<'b>) -> Option<&'b str> {
        match std::str::from_utf8(self.payload(raw)?) {
            Ok(text) => Some(text),
            Err(_) => self.malformed("text that is not UTF-8"),
        }
    }

    /// The bits of a field framed in another way.
    #[inline]
    pub(super) fn bits(&self, raw: Raw<'_>, wire_type: WireType) -> Option<u64> {
        if raw.wire_type == wire_type { Some(raw.bits) } else { self.mismatch(raw, wire_type) }
    }

    /// Notes that a closed enum has no member of that number.
    #[cold]
    pub fn not_listed<T>(&self, number: i32, members: &str) -> Option<T> {
        self.wrong(format!("must be one of {members}, not number {number}"))
    }

    #[cold]
    pub(super) fn mismatch<T>(&self, raw: Raw<'_>, wanted: WireType) -> Option<T> {
        let name = |wire_type| match wire_type {
            WireType::Varint => "a varint",
            WireType::Fixed64 => "eight bytes",
            WireType::Len => "a length-delimited field",
            WireType::Group | WireType::GroupEnd => "a group",
            WireType::Fixed32 => "four bytes",
        };
        self.malformed(&format!("must be {}, not {}", name(wanted), name(raw.wire_type)))
    }

    /// What stands in the message here.
    #[inline]
    pub(super) fn deeper(&self) -> Option<Above<'_>> {
        let Above { depth_left, found, .. } = self.above;
        match depth_left.checked_sub(1) {
            Some(depth_left) => Some(Above { within: Some(self), depth_left, found }),
            None => self.too_deep(),
        }
    }

    /// What stands in the list or map here.
    #[inline]
    pub(super) fn within(&self) -> Above<'_> {
        Above { within: Some(self), ..*self.above }
    }

    #[cold]
    fn too_deep<T>(&self) -> Option<T> {
        self.path(&mut |at| self.above.found.malformed(at, "is nested too deep"));
        None
    }

    /// Tells the path to here.
    fn path(&self, tell: &mut dyn FnMut(&At<'_>)) {
        self.above.path(&mut |at| tell(&at.step(self.step)));
    }
}

impl<'a> Above<'a> {
    /// Containers in their own messages do not count: only named types and JSON can nest without end.
    pub(super) fn uncounted(&self) -> Above<'a> {
        Above { depth_left: self.depth_left.saturating_add(1), ..*self }
    }

    /// Tells the path of what this is.
    #[cold]
    pub(super) fn path(&self, tell: &mut dyn FnMut(&At<'_>)) {
        match self.within {
            Some(place) => place.path(tell),
            None => tell(&At::root()),
        }
    }
}
