//! What may stand in a field: scalars by themselves, messages through [`Wire`].

use super::Wire;
use super::index::Occurrences;
use super::place::Place;
use super::raw::{Raw, WireType};
use super::reader::Reader;
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
///     fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Sku> {
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
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<Self>;

    /// Whether a field of it has no presence unless that is asked for: zero is not written, and absent it is zero. So it is
    /// with protobuf's own scalars.
    const PLAIN: bool = false;

    /// How a field that is no list and yet occurs several times becomes one value; `None` when its last payload holds.
    /// Only messages merge.
    const MERGE: Option<Merge<Self>> = None;
}

/// See [`Value::MERGE`].
pub type Merge<T> = fn(Occurrences<'_>, &Place<'_>) -> Option<T>;

impl<T: Wire> Value for T {
    const TYPE: WireType = WireType::Len;

    #[inline]
    fn write(&self, out: &mut Writer) {
        self.put(out);
    }

    #[inline]
    fn read(raw: Raw<'_>, place: &Place<'_>) -> Option<T> {
        let payload = place.payload(raw)?;
        T::get(&mut Reader::over(payload, place.deeper()?))
    }

    const MERGE: Option<Merge<T>> = Some(merge);
}

/// Reads a message that came in several pieces.
#[cold]
fn merge<T: Wire>(occurrences: Occurrences<'_>, place: &Place<'_>) -> Option<T> {
    let mut pieces = Vec::new();
    for occurrence in occurrences {
        let payload = place.payload(occurrence)?;
        if !payload.is_empty() {
            pieces.push(payload);
        }
    }
    T::get(&mut Reader::merging(&pieces, place.deeper()?))
}
