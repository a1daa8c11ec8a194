//! Records are objects in JSON, wherever they stand.
//!
//! Derived code also reads a record from an array, field by field, and where all fields may be absent from an empty one. No
//! contract says so. What is read through [`Records`] has no such records: every value below goes through it again, and all of
//! it is resolved while compiling.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

/// What is read through it has records from objects only. It also wraps what a deserializer hands out to read further values.
pub(in crate::json) struct Records<T>(pub(in crate::json) T);

/// A visitor that hands on what reads below, wrapped; a record's refuses an array.
struct Below<V> {
    visitor: V,
    is_record: bool,
}

fn below<V>(visitor: V) -> Below<V> {
    Below { visitor, is_record: false }
}

/// Methods whose values hold nothing to read further: the visitor goes on as it is.
macro_rules! flat {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
                self.0.$method(visitor)
            }
        )*
    };
}

/// Methods whose values may hold records.
macro_rules! deep {
    ($($method:ident($($name:ident: $ty:ty),*))*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, $($name: $ty,)* visitor: V) -> Result<V::Value, D::Error> {
                self.0.$method($($name,)* below(visitor))
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Records<D> {
    type Error = D::Error;

    flat! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier
        deserialize_ignored_any
    }

    deep! {
        deserialize_any()
        deserialize_option()
        deserialize_seq()
        deserialize_map()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(count: usize)
        deserialize_tuple_struct(name: &'static str, count: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Below { visitor, is_record: true })
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// A visitor's methods for values that hold nothing to read further.
macro_rules! visit_flat {
    ($($method:ident: $ty:ty;)*) => {
        $(
            #[inline]
            fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
                self.visitor.$method(value)
            }
        )*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Below<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    visit_flat! {
        visit_bool: bool;
        visit_i64: i64;
        visit_i128: i128;
        visit_u64: u64;
        visit_u128: u128;
        visit_f64: f64;
        visit_char: char;
        visit_str: &str;
        visit_borrowed_str: &'de str;
        visit_string: String;
        visit_bytes: &[u8];
        visit_borrowed_bytes: &'de [u8];
        visit_byte_buf: Vec<u8>;
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Records(deserializer))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Records(deserializer))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        match self.is_record {
            true => Err(A::Error::invalid_type(Unexpected::Seq, &"an object")),
            false => self.visitor.visit_seq(Records(items)),
        }
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Records(members))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Records(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Records<S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Records(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Records<A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Records(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Records<A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Records(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Records<A> {
    type Error = A::Error;
    type Variant = Records<A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Records<A::Variant>), A::Error> {
        self.0.variant_seed(seed).map(|(value, variant)| (value, Records(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Records<A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Records(seed))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(count, below(visitor))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Below { visitor, is_record: true })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use crate::json::decode;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Patch {
        #[serde(default)]
        note: Option<String>,
    }

    /// Records wherever a record may stand.
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Deep {
        own: Option<Patch>,
        list: Vec<Patch>,
        map: BTreeMap<String, Patch>,
        newtype: Option<Wrapped>,
        case: Option<Case>,
        pair: Option<(u32, Patch)>,
        any: serde_json::Value,
        raw: Option<Box<serde_json::value::RawValue>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Patch);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Case {
        One(Patch),
        Fields { note: Option<String> },
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

    #[test]
    fn nor_is_one_below() {
        for (text, place) in [
            (r#"{"own": []}"#, "own"),
            (r#"{"list": [{}, []]}"#, "list[1]"),
            (r#"{"map": {"a": []}}"#, "map.a"),
            (r#"{"newtype": []}"#, "newtype"),
            (r#"{"case": {"one": []}}"#, "case.one"),
            (r#"{"case": {"fields": []}}"#, "case.fields"),
            (r#"{"pair": [1, []]}"#, "pair[1]"),
        ] {
            let wrong = decode::<Deep>(text.as_bytes(), 64).unwrap_err();
            assert_eq!(wrong.to_string(), format!("{place}: invalid type: sequence, expected an object"), "{text}");
        }
    }

    #[test]
    fn whatever_else_is_read_as_before() {
        let text = r#"{
            "own": {"note": "a"}, "list": [{}], "map": {"a": {}}, "newtype": {}, "case": {"one": {}}, "pair": [1, {}],
            "any": [[], {"a": [1.5, null, true, "x"]}], "raw": [1, {}]
        }"#;
        let read: Deep = decode(text.as_bytes(), 64).unwrap();
        assert_eq!(read.any, serde_json::json!([[], {"a": [1.5, null, true, "x"]}]));
        assert_eq!(read.raw.unwrap().get(), "[1, {}]");
        assert_eq!((read.list.len(), read.map.len(), read.pair), (1, 1, Some((1, Patch { note: None }))));
        assert_eq!(decode::<Deep>(br#"{"case": {"fields": {}}}"#, 64).unwrap().case, Some(Case::Fields { note: None }));
    }
}
