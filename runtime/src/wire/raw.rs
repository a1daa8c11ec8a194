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

    /// What an absent plain field reads as.
    pub(super) const fn zero(self) -> Raw<'static> {
        match self {
            WireType::Varint => Raw::Varint(0),
            WireType::Fixed64 => Raw::Fixed64(0),
            WireType::Len => Raw::Len(&[]),
            WireType::Fixed32 => Raw::Fixed32(0),
            WireType::Group | WireType::GroupEnd => Raw::Group,
        }
    }
}

/// The payload of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// See [`WireType::Varint`].
    Varint(u64),
    /// See [`WireType::Fixed64`].
    Fixed64(u64),
    /// See [`WireType::Len`].
    Len(&'a [u8]),
    /// See [`WireType::Group`]; what stood in it is skipped.
    Group,
    /// See [`WireType::Fixed32`].
    Fixed32(u32),
}

impl Raw<'_> {
    /// How it is framed.
    pub const fn wire_type(&self) -> WireType {
        match self {
            Raw::Varint(_) => WireType::Varint,
            Raw::Fixed64(_) => WireType::Fixed64,
            Raw::Len(_) => WireType::Len,
            Raw::Group => WireType::Group,
            Raw::Fixed32(_) => WireType::Fixed32,
        }
    }
}
