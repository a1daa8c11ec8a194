//! Whether a type is a record, which JSON has as an object.
//!
//! Derived code also reads a record from an array, field by field, and where all fields may be absent from an empty one. No
//! contract says so.

use std::cell::Cell;

use serde::de::value::Error;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_with::DeserializeAs;

/// Whether a value is read as a record is. Nothing is read to know it.
pub(super) fn is_record<'de, T, A: DeserializeAs<'de, T>>() -> bool {
    let asked = Cell::new(false);
    // It always fails; what matters is what was asked for.
    let _ = A::deserialize_as(Probe(&asked));
    asked.get()
}

struct Probe<'p>(&'p Cell<bool>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.set(true);
        Err(Error::custom("nothing is read"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing is read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::json::decode;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Patch {
        #[serde(default)]
        note: Option<String>,
    }

    #[test]
    fn an_array_is_no_record() {
        for text in ["[]", " [null]", r#"["note"]"#] {
            let wrong = decode::<Patch>(text.as_bytes(), 64).unwrap_err();
            assert_eq!(wrong.to_string(), "invalid type: sequence, expected an object", "{text}");
        }
        assert_eq!(decode::<Patch>(b"{}", 64), Ok(Patch { note: None }));
        assert_eq!(decode::<Vec<u32>>(b"[1]", 64), Ok(vec![1]));
    }
}
