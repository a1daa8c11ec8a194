//! The binary codec: protobuf's wire format for idiomatic types.
//!
//! Native RPC, gRPC and binary WebSocket carry messages in this form; any protobuf implementation reads and writes it.
//! Generated types implement [`Wire`] where protobuf has a message and [`Value`] where it has a scalar. In reading order:
//! [`Writer`] (how values become bytes, from the last to the first), [`Reader`] (how bytes become values), [`Case`] (unions).
//!
//! - Nothing is made of defaults: what protobuf gives presence to and a peer left out is a violation with its path.
//! - Decoding finds *all* that is missing or does not fit; malformed bytes are one violation, and the end of it.
//! - Constraints are not looked at here: [`Validate`](crate::Validate) follows on every wire.
//! - Unknown fields are skipped and not kept, save the case of an open union.

mod bits;
mod containers;
mod fields;
mod found;
mod index;
mod place;
mod raw;
mod reader;
mod scalars;
mod shape;
mod texts;
mod union;
mod value;
mod well_known;
mod writer;

use bytes::{BufMut, Bytes};

pub use fields::Nulls;
pub use index::Occurrences;
pub use place::Place;
pub use raw::{Raw, WireType};
pub use reader::Reader;
pub use shape::{HasField, Shape, assert_field, assert_fields, assert_message};
pub use texts::UuidBytes;
pub use union::Case;
pub use value::{Merge, Value};
pub use writer::Writer;

use self::found::Found;
use self::place::Above;
use crate::validate::{Step, Violations};

/// How deep messages may nest unless said otherwise.
pub const DEPTH_MAX: usize = 64;

/// protobuf's own limit.
const BYTES_MAX: usize = i32::MAX as usize;

/// A message: a record, a union, or what else protobuf writes as one. Generated.
///
/// ```
/// use wireloom::Wire;
/// use wireloom::wire::{self, Reader, Writer};
///
/// #[derive(Debug, PartialEq)]
/// struct Line {
///     sku: String,
///     quantity: Option<u32>,
/// }
///
/// impl Wire for Line {
///     fn put(&self, out: &mut Writer) {
///         out.optional(2, self.quantity.as_ref());
///         out.plain(1, &self.sku);
///     }
///
///     fn get(from: &mut Reader<'_>) -> Option<Line> {
///         from.fields(&[1, 2]);
///         let sku = from.plain(1, "sku");
///         let quantity = from.optional(2, "quantity");
///         Some(Line { sku: sku?, quantity: quantity? })
///     }
/// }
///
/// let line = Line { sku: "TEA-1".into(), quantity: Some(2) };
/// let bytes = wire::encode_to_vec(&line);
/// assert_eq!(bytes, b"\x0a\x05TEA-1\x10\x02");
/// assert_eq!(wire::decode::<Line>(&bytes.into(), 64), Ok(line));
/// ```
pub trait Wire: Sized {
    /// Writes the fields, **those with higher numbers first**: the writer fills its buffer from the end.
    fn put(&self, out: &mut Writer);

    /// Reads the fields, **those with lower numbers first**. `None` when something is missing or wrong; `from` has then noted
    /// what. It is asked a second time when the first time finds anything wrong.
    fn get(from: &mut Reader<'_>) -> Option<Self>;
}

/// Appends a value to a buffer, behind what is there already: a message as it is, any other value as field 1 of a message
/// that has only this one (as protobuf's own wrappers, `google.protobuf.UInt32Value`, have it).
pub fn encode<T: Value>(value: &T, out: &mut impl BufMut) {
    writer::with_scratch(|scratch| {
        put_whole(value, scratch);
        out.put_slice(scratch.written());
    });
}

/// A value as bytes of its own.
pub fn encode_to_vec<T: Value>(value: &T) -> Vec<u8> {
    writer::with_scratch(|scratch| {
        put_whole(value, scratch);
        scratch.written().to_vec()
    })
}

fn put_whole<T: Value>(value: &T, out: &mut Writer) {
    match T::MERGE {
        Some(_) => value.write(out),
        None => out.value(1, value),
    }
}

/// Reads a value that takes up all of `bytes`, as [`encode`] writes it. Fields of the type `bytes` are slices of the input
/// and keep it alive.
///
/// Checks of named scalars are left to [`Validate`](crate::Validate), which must follow.
///
/// # Errors
/// What is missing or does not fit, each with its path; of malformed bytes or of a message that nests deeper than
/// `depth_max` only that.
///
/// ```
/// use wireloom::{Bytes, wire};
///
/// let wrong = wire::decode::<wireloom::Timestamp>(&Bytes::from_static(b"\x08\xff"), wire::DEPTH_MAX);
/// assert_eq!(wrong.unwrap_err().to_string(), "malformed protobuf: field 1 ends early");
/// ```
pub fn decode<T: Value>(bytes: &Bytes, depth_max: usize) -> Result<T, Violations> {
    crate::scalar::defer(|| decode_checked(bytes, depth_max))
}

/// Like [`decode`], and holds named scalars to what their contract says: for what no validation follows on, an answer.
///
/// # Errors
/// As [`decode`], and of a named scalar what it breaks.
pub fn decode_checked<T: Value>(bytes: &Bytes, depth_max: usize) -> Result<T, Violations> {
    if bytes.len() > BYTES_MAX {
        return Err(Violations::of("is larger than 2 GiB"));
    }
    let found = Found::straight(bytes);
    match get_whole(bytes, depth_max, &found) {
        Some(value) if !found.is_over() => Ok(value),
        _ => decode_again(bytes, depth_max),
    }
}

/// Reads what does not read straight on: its fields come in another order, or something is wrong with it.
#[cold]
fn decode_again<T: Value>(bytes: &Bytes, depth_max: usize) -> Result<T, Violations> {
    let found = Found::careful(bytes);
    let value = get_whole(bytes, depth_max, &found);
    found.into_result(value)
}

fn get_whole<T: Value>(whole: &[u8], depth_max: usize, found: &Found<'_>) -> Option<T> {
    // Reading a message goes one deeper; the whole counts for none.
    let above = Above { within: None, depth_left: depth_max.saturating_add(1), found };
    let place = Place { above: &above, step: Step::Here };
    match T::MERGE {
        Some(_) => T::read(Raw::len(whole), &place),
        None => Option::read(Raw::len(whole), &place)?.or_else(|| place.wrong("missing")),
    }
}
