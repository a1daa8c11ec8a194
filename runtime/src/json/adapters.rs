//! JSON forms that serde has not: integers by JSON's own idea of them, 64-bit ones and durations as text, bytes as base64.

use serde::{Deserialize, Deserializer, Serializer};
use serde_with::{DeserializeAs, SerializeAs};

use crate::text::Text;

/// `i32` as number. Unlike serde's own form it reads `7.0` as well: in JSON that is the integer 7.
#[derive(Debug)]
pub struct Int32;

/// `u32` as number; `7.0` is read as well.
#[derive(Debug)]
pub struct UInt32;

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

/// Reads an integer from a number, or from text where `text` says so.
struct Integer<T> {
    name: &'static str,
    text: bool,
    of: std::marker::PhantomData<T>,
}

impl<T: Text + TryFrom<i64> + TryFrom<u64>> serde::de::Visitor<'_> for Integer<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = if self.text { " as text or number" } else { "" };
        write!(f, "{}{form}", self.name)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<T, E> {
        // Beyond 2^53 a float no longer tells one integer from the next.
        let whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
        let value_as_integer = whole.then_some(value as i64).and_then(|value| T::try_from(value).ok());
        value_as_integer.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(value), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        match self.text {
            true => T::from_text(text).map_err(E::custom),
            false => Err(E::invalid_type(serde::de::Unexpected::Str(text), &self)),
        }
    }
}

macro_rules! integer_form {
    ($adapter:ident, $ty:ty, $name:literal, text: $text:literal, $read:ident, $write:ident) => {
        impl SerializeAs<$ty> for $adapter {
            fn serialize_as<S: Serializer>(source: &$ty, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$write(*source)
            }
        }

        impl<'de> DeserializeAs<'de, $ty> for $adapter {
            fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<$ty, D::Error> {
                let integer = Integer { name: $name, text: $text, of: std::marker::PhantomData::<$ty> };
                deserializer.$read(integer)
            }
        }
    };
}

// What is asked for tells serde_json that the key of a map is a number, in spite of its quotes.
integer_form!(Int32, i32, "an i32", text: false, deserialize_i32, serialize_i32);
integer_form!(UInt32, u32, "a u32", text: false, deserialize_u32, serialize_u32);
integer_form!(Int64, i64, "an i64", text: true, deserialize_any, collect_integer);
integer_form!(UInt64, u64, "a u64", text: true, deserialize_any, collect_integer);

/// Writes an integer as text.
trait CollectInteger: Serializer {
    fn collect_integer<T: std::fmt::Display>(self, value: T) -> Result<Self::Ok, Self::Error> {
        self.collect_str(&value)
    }
}

impl<S: Serializer> CollectInteger for S {}

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

/// A field that may be absent but not null, with its value in the JSON form of `A`.
#[derive(Debug)]
pub struct Present<A>(std::marker::PhantomData<A>);

impl<T, A: SerializeAs<T>> SerializeAs<Option<T>> for Present<A> {
    fn serialize_as<S: Serializer>(source: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        <Option<A> as SerializeAs<Option<T>>>::serialize_as(source, serializer)
    }
}

impl<'de, T, A: DeserializeAs<'de, T>> DeserializeAs<'de, Option<T>> for Present<A> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        match <Option<A> as DeserializeAs<'de, Option<T>>>::deserialize_as(deserializer)? {
            Some(value) => Ok(Some(value)),
            None => Err(serde::de::Error::custom("must not be null")),
        }
    }
}

/// Reads a value from its text form, without keeping the text.
///
/// # Errors
/// No text, or what the text must be.
pub fn from_text<'de, T: Text, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct OfText<T>(std::marker::PhantomData<T>);

    impl<T: Text> serde::de::Visitor<'_> for OfText<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            T::from_text(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(OfText(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// As a scalar with a name is read.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Site(u32);

    impl<'de> Deserialize<'de> for Site {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Site, D::Error> {
            UInt32::deserialize_as(deserializer).map(Site)
        }
    }

    #[test]
    fn an_integer_is_the_key_of_a_map_and_no_text_elsewhere() {
        let map: BTreeMap<Site, u32> = serde_json::from_str(r#"{"7": 1}"#).unwrap();
        assert_eq!(map, BTreeMap::from([(Site(7), 1)]));
        let map: BTreeMap<Site, u32> = serde_json::from_value(serde_json::json!({"7": 1})).unwrap();
        assert_eq!(map, BTreeMap::from([(Site(7), 1)]));
        assert_eq!(serde_json::from_str::<Vec<Site>>("[7, 7.0]").unwrap(), [Site(7), Site(7)]);
        for wrong in [r#"["7"]"#, "[7.5]", "[-1]", "[4294967296]"] {
            assert!(serde_json::from_str::<Vec<Site>>(wrong).is_err(), "{wrong}");
        }
    }
}
