//! The scalars that protobuf has: numbers, `bool`, text and bytes.

use bytes::Bytes;

use super::place::Place;
use super::raw::{Raw, WireType};
use super::value::Value;
use super::writer::Writer;

/// Numbers as varints: how one becomes 64 bits and is made of them. What is too wide is cut, as protobuf says.
macro_rules! varint {
    ($ty:ty, $value:ident => $to:expr, $bits:ident => $from:expr) => {
        impl Value for $ty {
            const TYPE: WireType = WireType::Varint;
            const PLAIN: bool = true;

            #[inline]
            fn write(&self, out: &mut Writer) {
                let $value = *self;
                out.varint($to);
            }

            #[inline]
            fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<$ty> {
                place.bits(raw, WireType::Varint).map(|$bits| $from)
            }
        }
    };
}

varint!(bool, value => u64::from(value), bits => bits != 0);
varint!(u32, value => u64::from(value), bits => bits as u32);
varint!(u64, value => value, bits => bits);
varint!(i64, value => value as u64, bits => bits as i64);
// Negative ones are as wide as an int64, so that the two can stand for each other.
varint!(i32, value => i64::from(value) as u64, bits => bits as i32);

impl Value for f32 {
    const TYPE: WireType = WireType::Fixed32;
    const PLAIN: bool = true;

    #[inline]
    fn write(&self, out: &mut Writer) {
        out.bytes(&self.to_le_bytes());
    }

    #[inline]
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<f32> {
        place.bits(raw, WireType::Fixed32).map(|bits| f32::from_bits(bits as u32))
    }
}

impl Value for f64 {
    const TYPE: WireType = WireType::Fixed64;
    const PLAIN: bool = true;

    #[inline]
    fn write(&self, out: &mut Writer) {
        out.bytes(&self.to_le_bytes());
    }

    #[inline]
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<f64> {
        place.bits(raw, WireType::Fixed64).map(f64::from_bits)
    }
}

impl Value for String {
    const TYPE: WireType = WireType::Len;
    const PLAIN: bool = true;

    #[inline]
    fn write(&self, out: &mut Writer) {
        out.bytes(self.as_bytes());
    }

    #[inline]
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<String> {
        place.text(raw).map(str::to_owned)
    }
}

/// A slice of the input, which lives on as long as the slice does.
impl Value for Bytes {
    const TYPE: WireType = WireType::Len;
    const PLAIN: bool = true;

    #[inline]
    fn write(&self, out: &mut Writer) {
        out.bytes(self);
    }

    #[inline]
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Bytes> {
        place.payload(raw).map(|payload| place.above.found.slice(payload))
    }
}
