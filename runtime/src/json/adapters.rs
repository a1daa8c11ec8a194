//! JSON forms that serde has not: 64-bit integers and durations as text, bytes as base64.

use serde::{Deserialize, Deserializer, Serializer};
use serde_with::{DeserializeAs, SerializeAs};

use crate::text::Text;

/// `i64` as text (JSON numbers lose digits beyond 2^53); a number is read as well.
#[derive(Debug)]
pub struct Int64;

/// `u64` as text; a number is read as well.
#[derive(Debug)]
pub struct UInt64;

/// `bytes` as base64 (RFC 4648 section 4).
#[derive(Debug)]
pub struct Base64;

/// `duration` as seconds, `"1.5s"`.
#[derive(Debug)]
pub struct Seconds;

/// Reads a 64-bit integer from text or number.
struct Integer<T>(&'static str, std::marker::PhantomData<T>);

impl<T: Text + TryFrom<i64> + TryFrom<u64>> serde::de::Visitor<'_> for Integer<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} as text or number", self.0)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
}

macro_rules! integer_as_text {
    ($adapter:ident, $ty:ty, $name:literal) => {
        impl SerializeAs<$ty> for $adapter {
            fn serialize_as<S: Serializer>(source: &$ty, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(source)
            }
        }

        impl<'de> DeserializeAs<'de, $ty> for $adapter {
            fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<$ty, D::Error> {
                deserializer.deserialize_any(Integer($name, std::marker::PhantomData::<$ty>))
            }
        }
    };
}

integer_as_text!(Int64, i64, "an i64");
integer_as_text!(UInt64, u64, "a u64");

macro_rules! text_form {
    ($adapter:ident, $ty:ty) => {
        impl SerializeAs<$ty> for $adapter {
            fn serialize_as<S: Serializer>(source: &$ty, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&source.to_text())
            }
        }

        impl<'de> DeserializeAs<'de, $ty> for $adapter {
            fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<$ty, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                <$ty>::from_text(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_form!(Base64, bytes::Bytes);
text_form!(Seconds, jiff::SignedDuration);

/// Reads a field that must be there and may be null (serde by itself takes an absent one for null).
///
/// # Errors
/// Those of the value.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Reads a field that may be absent but not null: what a patch cannot clear.
///
/// # Errors
/// Those of the value, and null.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Option::deserialize(deserializer)? {
        Some(value) => Ok(Some(value)),
        None => Err(serde::de::Error::custom("must not be null")),
    }
}
