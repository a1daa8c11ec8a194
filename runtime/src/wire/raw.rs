//! A field as it stands in the bytes, before anybody knows its type.

/// How a field's payload is framed: the low three bits of its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WireType {
    /// One varint: integers, `bool`, enums.
    Varint = 0,
    /// Eight bytes: `f64`.
    Fixed64 = 1,
    /// A length and that many bytes: text, bytes, messages, packed numbers.
    Len = 2,
    /// The start of a group, which is only ever skipped.
    Group = 3,
    /// The end of a group.
    GroupEnd = 4,
    /// Four bytes: `f32`.
    Fixed32 = 5,
}

impl WireType {
    pub(super) const fn of(bits: u32) -> Option<WireType> {
        Some(match bits {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Len,
            3 => WireType::Group,
            4 => WireType::GroupEnd,
            5 => WireType::Fixed32,
            _ => return None,
        })
    }

    /// The tag of a field that is framed so.
    #[inline]
    pub(super) const fn tag(self, number: u32) -> u32 {
        number << 3 | self as u32
    }
}

/// The payload of a field, before anybody knows its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    // Not an enum: this is copied for every field, and whole words copy best.
    pub(super) wire_type: WireType,
    /// Of a varint or of fixed bytes, little-endian.
    pub(super) bits: u64,
    /// Of a length-delimited field.
    pub(super) bytes: &'a [u8],
}

impl<'a> Raw<'a> {
    #[inline]
    pub(super) const fn number(wire_type: WireType, bits: u64) -> Raw<'a> {
        Raw { wire_type, bits, bytes: &[] }
    }

    #[inline]
    pub(super) const fn len(bytes: &'a [u8]) -> Raw<'a> {
        Raw { wire_type: WireType::Len, bits: 0, bytes }
    }

    /// How it is framed.
    pub const fn wire_type(&self) -> WireType {
        self.wire_type
    }
}
