//! What may stand in a field: scalars by themselves, messages through [`Wire`].

use super::Wire;
use super::raw::{Raw, WireType};
pub use super::reader::Occurrences;
use super::reader::{Place, Reader};
use super::writer::Writer;

/// A value as the payload of a field. Built in for the scalars of the language; every [`Wire`] is one.
///
/// Generated for enums and named scalars: an enum reads and writes its number, a named scalar what it is made of.
///
/// ```
/// use wireloom::wire::{Place, Raw, Value, WireType, Writer};
///
/// struct Sku(String);
///
/// impl Value for Sku {
///     const TYPE: WireType = String::TYPE;
///
///     fn write(&self, out: &mut Writer) {
///         self.0.write(out);
///     }
///
///     fn read(raw: Raw<'_>, place: Place<'_>) -> Option<Sku> {
///         String::read(raw, place).map(Sku)
///     }
/// }
/// ```
pub trait Value: Sized {
    /// How the payload is framed.
    const TYPE: WireType;

    /// Writes the payload; of a length-delimited one without its length.
    fn write(&self, out: &mut Writer);

    /// Reads one payload. `None` when it does not fit; `place` has then noted why.
    fn read(raw: Raw<'_>, place: Place<'_>) -> Option<Self>;

    /// Reads a field that is no list and yet occurs several times: the last one holds, messages merge.
    fn read_all(all: Occurrences<'_>, place: Place<'_>) -> Option<Self> {
        let mark = place.found.mark();
        let mut last = None;
        for raw in all {
            place.found.forget(mark);
            last = Self::read(raw, place);
        }
        last
    }
}

impl<T: Wire> Value for T {
    const TYPE: WireType = WireType::Len;

    fn write(&self, out: &mut Writer) {
        self.put(out);
    }

    fn read(raw: Raw<'_>, place: Place<'_>) -> Option<T> {
        let payload = place.payload(raw)?;
        T::get(Reader::over(std::slice::from_ref(&payload), place.deeper()?))
    }

    fn read_all(all: Occurrences<'_>, place: Place<'_>) -> Option<T> {
        let mut chunks = Vec::new();
        for raw in all {
            let payload = place.payload(raw)?;
            if !payload.is_empty() {
                chunks.push(payload);
            }
        }
        T::get(Reader::over(&chunks, place.deeper()?))
    }
}

impl<'a> Place<'a> {
    /// The payload of a length-delimited field.
    #[inline]
    pub fn payload<'b>(&self, raw: Raw<'b>) -> Option<&'b [u8]> {
        match raw {
            Raw::Len(payload) => Some(payload),
            _ => self.mismatch(raw, WireType::Len),
        }
    }

    /// The text of a length-delimited field.
    #[inline]
    pub fn text<'b>(&self, raw: Raw<'b>) -> Option<&'b str> {
        match std::str::from_utf8(self.payload(raw)?) {
            Ok(text) => Some(text),
            Err(_) => self.malformed("text that is not UTF-8"),
        }
    }

    /// The number of a varint field.
    #[inline]
    pub fn varint(&self, raw: Raw<'_>) -> Option<u64> {
        match raw {
            Raw::Varint(value) => Some(value),
            _ => self.mismatch(raw, WireType::Varint),
        }
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
        self.malformed(&format!("must be {}, not {}", name(wanted), name(raw.wire_type())))
    }
}
