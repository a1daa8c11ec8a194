//! Scalars that protobuf has not, as text: every language reads it.

use uuid::Uuid;

use super::place::Place;
use super::raw::{Raw, WireType};
use super::value::Value;
use super::writer::Writer;
use crate::text::Text;

/// Reads a text by the form that paths and JSON have, too.
#[inline(never)]
fn read_text<T: Text>(raw: Raw<'_>, place: &Place<'_>) -> Option<T> {
    let text = place.text(raw)?;
    T::from_text(text).or_else(|message| place.wrong(message).ok_or(())).ok()
}

impl Value for Uuid {
    const TYPE: WireType = WireType::Len;

    fn write(&self, out: &mut Writer) {
        out.bytes(self.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Uuid> {
        match Uuid::try_parse_ascii(place.payload(raw)?) {
            Ok(uuid) => Some(uuid),
            Err(_) => read_text(raw, place),
        }
    }
}

/// A uuid as its sixteen bytes: `@proto(bytes)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UuidBytes(pub Uuid);

impl Value for UuidBytes {
    const TYPE: WireType = WireType::Len;

    fn write(&self, out: &mut Writer) {
        out.bytes(self.0.as_bytes());
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<UuidBytes> {
        match place.payload(raw)?.try_into() {
            Ok(bytes) => Some(UuidBytes(Uuid::from_bytes(bytes))),
            Err(_) => place.wrong("must be the sixteen bytes of a uuid"),
        }
    }
}

impl Value for rust_decimal::Decimal {
    const TYPE: WireType = WireType::Len;

    /// The digits from the last to the first, as they are divided off: no text is made on the way.
    fn write(&self, out: &mut Writer) {
        let mut digits = [0; DECIMAL_BYTES_MAX];
        let mut start = digits.len();
        let mut put = |byte| {
            start -= 1;
            digits[start] = byte;
        };
        let mut rest = self.mantissa().unsigned_abs();
        let mut place = 0;
        while rest > 0 || place <= self.scale() {
            if place > 0 && place == self.scale() {
                put(b'.');
            }
            // Most fit 64 bits, where dividing is cheap.
            let digit = match u64::try_from(rest) {
                Ok(small) => {
                    rest = u128::from(small / 10);
                    small % 10
                }
                Err(_) => {
                    let digit = rest % 10;
                    rest /= 10;
                    digit as u64
                }
            };
            put(b'0' + digit as u8);
            place += 1;
        }
        if self.is_sign_negative() {
            put(b'-');
        }
        out.bytes(&digits[start..]);
    }

    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<rust_decimal::Decimal> {
        match short_decimal(place.payload(raw)?) {
            Some(decimal) => Some(decimal),
            None => read_text(raw, place),
        }
    }
}

/// A decimal as most are written: up to 18 bytes of digits, and a point between two of them. Any other is for the full parser.
fn short_decimal(text: &[u8]) -> Option<rust_decimal::Decimal> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 18 || !digits.first()?.is_ascii_digit() || !digits.last()?.is_ascii_digit() {
        return None;
    }
    let (mut value, mut scale, mut behind_point) = (0_u64, 0, 0);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value * 10 + u64::from(digit);
            scale += behind_point;
        } else if *byte == b'.' && behind_point == 0 {
            behind_point = 1;
        } else {
            return None;
        }
    }
    // Of a negative zero the full parser knows what to keep.
    if negative && value == 0 {
        return None;
    }
    Some(rust_decimal::Decimal::from_parts(value as u32, (value >> 32) as u32, 0, negative, scale))
}

/// 29 digits, or 28 behind "0.", and a sign.
const DECIMAL_BYTES_MAX: usize = 32;

macro_rules! as_text {
    ($($ty:ty),*) => {
        $(impl Value for $ty {
            const TYPE: WireType = WireType::Len;

            fn write(&self, out: &mut Writer) {
                out.bytes(self.to_text().as_bytes());
            }

            fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<$ty> {
                read_text(raw, place)
            }
        })*
    };
}

as_text!(jiff::civil::Date, jiff::civil::Time);

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::wire::writer::with_scratch;

    #[test]
    fn decimals_are_written_as_they_print() {
        let large =
            ["79228162514264337593543950335", "-7.9228162514264337593543950335", "-0.0000000000000000000000000001"];
        let small = ["0", "0.00", "-0", "1", "-1.50", "10", "0.05", "100.000", "18446744073709551616"];
        for text in large.iter().chain(&small) {
            let decimal: Decimal = text.parse().expect("a decimal");
            let written = with_scratch(|out| {
                decimal.write(out);
                String::from_utf8_lossy(out.written()).into_owned()
            });
            assert_eq!(written, decimal.to_string());
        }
    }

    #[test]
    fn short_decimals_read_as_the_full_parser_reads_them() {
        let read = ["0", "0.00", "1", "-1.50", "10", "0.05", "007", "999999999999999999", "9.9999999999999999"];
        for text in read {
            let decimal: Decimal = text.parse().expect("a decimal");
            let short = short_decimal(text.as_bytes()).expect(text);
            assert_eq!((short.mantissa(), short.scale()), (decimal.mantissa(), decimal.scale()), "{text}");
        }
        let left =
            ["", "-", ".", "1.", ".5", "-.5", "1.2.3", "-0", "-0.0", "+1", "1e3", "1_0", "a", "9.99999999999999999"];
        for text in left {
            assert_eq!(short_decimal(text.as_bytes()), None, "{text}");
        }
    }
}
