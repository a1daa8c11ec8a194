//! The lowest layer of reading: varints, tags and payloads of one slice.
//!
//! What is accepted is what prost accepts: varints of up to ten bytes, also overlong ones, whose value fits 64 bits.

use super::raw::{Raw, WireType};

/// How deep groups may nest that nobody reads.
const GROUP_DEPTH_MAX: usize = 64;

/// Why bytes are not protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    EndsEarly,
    VarintTooLong,
    Tag,
    Group,
    GroupDepth,
}

impl Malformed {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Malformed::EndsEarly => "ends early",
            Malformed::VarintTooLong => "has a varint of more than 64 bits",
            Malformed::Tag => "has an invalid tag",
            Malformed::Group => "has a group that does not end as it began",
            Malformed::GroupDepth => "has groups nested too deep",
        }
    }
}

/// Where bytes are not protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// The field; 0 when not even its tag could be read.
    pub(super) number: u32,
    pub(super) why: Malformed,
}

/// A slice that is read from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const EMPTY: Cursor<'static> = Cursor::new(&[]);

    pub(super) const fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: bytes }
    }

    /// What is not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let value;
        (value, self.rest) = match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => (u64::from(*byte), rest),
            _ => long_varint(self.rest)?,
        };
        Ok(value)
    }

    /// The number of the field that comes next. Higher than any at the end, zero where none can be read.
    #[inline]
    pub(super) fn number_ahead(&self) -> u32 {
        match self.rest {
            [] => u32::MAX,
            [byte, ..] if *byte < 0x80 => u32::from(*byte >> 3),
            _ => long_varint(self.rest).ok().and_then(|(tag, _)| u32::try_from(tag).ok()).unwrap_or(0) >> 3,
        }
    }

    /// Whether all that follows are fields whose numbers ascend, none twice.
    pub(super) fn ascends(mut self) -> bool {
        let mut last = 0;
        while !self.is_empty() {
            match self.field() {
                Ok((number, _)) if number > last => last = number,
                _ => return false,
            }
        }
        true
    }

    /// The payload of the field that comes next, if it is that one and tag and length are of one byte, as most are.
    #[inline(always)]
    pub(super) fn short_field(&mut self, number: u32, wire_type: WireType) -> Option<Raw<'a>> {
        let [tag, byte, rest @ ..] = self.rest else { return None };
        if u32::from(*tag) != wire_type.tag(number) || (tag | byte) >= 0x80 {
            return None;
        }
        let payload;
        (payload, self.rest) = match wire_type {
            WireType::Varint => (Raw::number(wire_type, u64::from(*byte)), rest),
            WireType::Len => {
                let (payload, rest) = rest.split_at_checked(usize::from(*byte))?;
                (Raw::len(payload), rest)
            }
            _ => return None,
        };
        Some(payload)
    }

    /// A field: its number and payload.
    #[inline(always)]
    pub(super) fn field(&mut self) -> Result<(u32, Raw<'a>), Broken> {
        let (number, wire_type) = self.tag().map_err(|why| Broken { number: 0, why })?;
        let payload = self.payload(number, wire_type).map_err(|why| Broken { number, why })?;
        Ok((number, payload))
    }

    #[inline]
    fn tag(&mut self) -> Result<(u32, WireType), Malformed> {
        let tag = self.varint()?;
        let tag = u32::try_from(tag).map_err(|_| Malformed::Tag)?;
        let wire_type = WireType::of(tag & 7).ok_or(Malformed::Tag)?;
        if tag < 8 { Err(Malformed::Tag) } else { Ok((tag >> 3, wire_type)) }
    }

    /// What follows the tag.
    #[inline]
    pub(super) fn payload(&mut self, number: u32, wire_type: WireType) -> Result<Raw<'a>, Malformed> {
        // Comparisons, most frequent first: they are foreseen better than a jump through a table.
        if wire_type == WireType::Len {
            let length = self.varint()?;
            let length = usize::try_from(length).map_err(|_| Malformed::EndsEarly)?;
            let (payload, rest) = self.rest.split_at_checked(length).ok_or(Malformed::EndsEarly)?;
            self.rest = rest;
            return Ok(Raw::len(payload));
        }
        let bits = if wire_type == WireType::Varint {
            self.varint()?
        } else {
            let bits;
            (bits, self.rest) = rare(self.rest, number, wire_type)?;
            bits
        };
        Ok(Raw::number(wire_type, bits))
    }
}

// By value and not by cursor, so that the cursor of the usual way stays in registers.

#[inline(never)]
fn long_varint(bytes: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            // Of the tenth byte only one bit is left.
            if index == 9 && byte > 1 {
                return Err(Malformed::VarintTooLong);
            }
            return Ok((value, &bytes[index + 1..]));
        }
    }
    Err(if bytes.len() < 10 { Malformed::EndsEarly } else { Malformed::VarintTooLong })
}

#[inline(never)]
fn rare(bytes: &[u8], number: u32, wire_type: WireType) -> Result<(u64, &[u8]), Malformed> {
    match wire_type {
        WireType::Fixed32 => fixed(bytes).map(|(bits, rest)| (u64::from(u32::from_le_bytes(bits)), rest)),
        WireType::Fixed64 => fixed(bytes).map(|(bits, rest)| (u64::from_le_bytes(bits), rest)),
        WireType::Group => skip_group(bytes, number, GROUP_DEPTH_MAX).map(|rest| (0, rest)),
        WireType::GroupEnd => Err(Malformed::Group),
        WireType::Varint | WireType::Len => unreachable!("the cursor reads these itself"),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Malformed> {
    bytes.split_first_chunk().map(|(bits, rest)| (*bits, rest)).ok_or(Malformed::EndsEarly)
}

fn skip_group(bytes: &[u8], number: u32, depth_left: usize) -> Result<&[u8], Malformed> {
    let depth_left = depth_left.checked_sub(1).ok_or(Malformed::GroupDepth)?;
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_empty() {
        let (inner, wire_type) = cursor.tag()?;
        match wire_type {
            WireType::GroupEnd if inner == number => return Ok(cursor.rest),
            WireType::Group => cursor = Cursor::new(skip_group(cursor.rest, inner, depth_left)?),
            _ => drop(cursor.payload(inner, wire_type)?),
        }
    }
    Err(Malformed::EndsEarly)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(bytes: &[u8]) -> Result<u64, Malformed> {
        Cursor::new(bytes).varint()
    }

    #[test]
    fn varints_end_within_64_bits() {
        assert_eq!(varint(&[0x96, 0x01]), Ok(150));
        assert_eq!(varint(&[0x80, 0x80, 0x00]), Ok(0), "overlong, but of one meaning");
        assert_eq!(varint(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), Ok(u64::MAX));
        assert_eq!(varint(&[0xff; 10]), Err(Malformed::VarintTooLong));
        assert_eq!(
            varint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]),
            Err(Malformed::VarintTooLong)
        );
        assert_eq!(varint(&[0x80; 9]), Err(Malformed::EndsEarly));
        assert_eq!(varint(&[]), Err(Malformed::EndsEarly));
    }

    #[test]
    fn groups_end_as_they_began() {
        let skip = |bytes: &[u8]| {
            let mut cursor = Cursor::new(bytes);
            cursor.field().map(|_| cursor.rest().len()).map_err(|broken| broken.why)
        };
        assert_eq!(skip(&[0x0b, 0x10, 0x01, 0x13, 0x14, 0x0c, 0xff]), Ok(1));
        assert_eq!(skip(&[0x0b, 0x14]), Err(Malformed::Group));
        assert_eq!(skip(&[0x0b]), Err(Malformed::EndsEarly));
        assert_eq!(skip(&[0x0c]), Err(Malformed::Group));
        assert_eq!(skip(&[0x0b; 100]), Err(Malformed::GroupDepth));
    }
}
