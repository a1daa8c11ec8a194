//! JSON: decoding with places, and the JSON forms that serde has not.
//!
//! [`decode`] takes the fast way first. Only when it fails is the text read again to find the path, so telling a caller
//! where the mistake is costs nothing while there is none. The adapters ([`Int64`], [`Base64`], …) compose through
//! [`As`]: `#[serde(with = "::wireloom::json::As::<Vec<::wireloom::json::Int64>>")]`.

mod adapters;
mod decode;
mod encode;
mod union;

pub use adapters::{Base64, Int32, Int64, Present, Seconds, UInt32, UInt64, from_text, nullable, present};
pub(crate) use decode::decode_below;
pub(crate) use decode::decode_checked;
pub use decode::{DEPTH_MAX, decode};
pub(crate) use encode::encode;
pub use serde_with::{As, DeserializeAs, Same, SerializeAs};
pub use union::{TaggedUnion, Union, case, fields, payload, tagged, tagged_union, union, unknown_case, unknown_tagged};
