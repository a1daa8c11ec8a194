//! JSON: decoding with places, and the JSON forms that serde has not.
//!
//! [`decode`] takes the fast way first. Only when it fails is the text read again to find the path, so telling a caller
//! where the mistake is costs nothing while there is none. The adapters ([`Int64`], [`Base64`], …) compose through
//! [`As`]: `#[serde(with = "::wireloom::json::As::<Vec<::wireloom::json::Int64>>")]`.

mod adapters;
mod decode;

pub use adapters::{Base64, Int64, Seconds, UInt64, nullable, present};
#[cfg(feature = "rest")]
pub(crate) use decode::decode_below;
pub use decode::{DEPTH_MAX, decode};
pub use serde_with::{As, DeserializeAs, Same, SerializeAs};
