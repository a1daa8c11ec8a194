//! Unions in JSON: `{"card": {…}}` or a bare `"cash"`, and those told apart by a member, `{"kind": "card", …}`.
//!
//! serde's own derive has no case for what a newer peer sends; generated code says its cases here, and this reads them.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use serde_with::de::DeserializeAsWrap;
use serde_with::ser::SerializeAsWrap;
use serde_with::{DeserializeAs, SerializeAs};

use super::decode::Records;
use crate::value::UnknownCase;

/// The cases of a generated union, by their names in JSON.
pub trait Union: Sized {
    /// All that the contract lists.
    const CASES: &'static [&'static str];

    /// The case that stands there as a bare name.
    fn bare(name: &str) -> Option<Self>;

    /// The case of an object's only member, whose value is still to be read; `None` where a case has no payload.
    ///
    /// # Errors
    /// Those of the payload.
    fn loaded<'de, M: MapAccess<'de>>(name: &str, map: &mut M) -> Result<Option<Self>, M::Error>;
}

/// The cases of a generated union that a member tells apart.
pub trait TaggedUnion: Sized {
    /// The member that names the case.
    const TAG: &'static str;
    /// All that the contract lists.
    const CASES: &'static [&'static str];

    /// The case of that name, made of the other members.
    ///
    /// # Errors
    /// Those of the payload.
    fn of<E: serde::de::Error>(case: &str, fields: Value) -> Result<Option<Self>, E>;
}

/// Reads a union.
///
/// # Errors
/// Neither a name nor an object of one member, an unknown case of a closed union, or what is wrong with the payload.
pub fn union<'de, U: Union, D: Deserializer<'de>>(deserializer: D) -> Result<U, D::Error> {
    deserializer.deserialize_any(UnionVisitor(PhantomData))
}

struct UnionVisitor<U>(PhantomData<U>);

impl<U: Union> UnionVisitor<U> {
    fn unknown<E: serde::de::Error>(name: &str) -> E {
        match U::CASES.contains(&name) {
            true => E::custom(format_args!("the case `{name}` stands in another form")),
            false => E::unknown_variant(name, U::CASES),
        }
    }
}

impl<'de, U: Union> Visitor<'de> for UnionVisitor<U> {
    type Value = U;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a case or an object with one member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<U, E> {
        U::bare(name).ok_or_else(|| Self::unknown(name))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<U, M::Error> {
        let name: String =
            map.next_key()?.ok_or_else(|| M::Error::custom("an object with one member is missing it"))?;
        let value = U::loaded(&name, &mut map)?.ok_or_else(|| Self::unknown(&name))?;
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(second) => {
                Err(M::Error::custom(format_args!("a case has one member, but there is `{second}` as well")))
            }
        }
    }
}

/// Reads the payload of a case, in the JSON form of `A`.
///
/// # Errors
/// Those of the payload.
pub fn payload<'de, A, T, M>(map: &mut M) -> Result<T, M::Error>
where
    A: DeserializeAs<'de, T>,
    M: MapAccess<'de>,
{
    Ok(map.next_value::<DeserializeAsWrap<T, A>>()?.into_inner())
}

/// Writes a case with a payload, in the JSON form of `A`.
///
/// # Errors
/// Those of the payload.
pub fn case<A, T, S>(serializer: S, name: &'static str, payload: &T) -> Result<S::Ok, S::Error>
where
    A: SerializeAs<T>,
    S: Serializer,
{
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, &SerializeAsWrap::<T, A>::new(payload))?;
    map.end()
}

/// Writes a case that the contract does not list, as it came.
///
/// # Errors
/// Those of the serializer.
pub fn unknown_case<S: Serializer>(serializer: S, case: &UnknownCase) -> Result<S::Ok, S::Error> {
    if case.content().is_null() {
        return serializer.serialize_str(case.name());
    }
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(case.name(), case.content())?;
    map.end()
}

/// Reads a tagged union.
///
/// # Errors
/// No object, no tag, an unknown case of a closed union, or what is wrong with the other members.
pub fn tagged_union<'de, U: TaggedUnion, D: Deserializer<'de>>(deserializer: D) -> Result<U, D::Error> {
    let mut fields = Map::deserialize(deserializer)?;
    match fields.remove(U::TAG) {
        Some(Value::String(case)) => {
            U::of(&case, Value::Object(fields))?.ok_or_else(|| D::Error::unknown_variant(&case, U::CASES))
        }
        Some(_) => Err(D::Error::custom(format_args!("`{}` must be a text", U::TAG))),
        None => Err(D::Error::missing_field(U::TAG)),
    }
}

/// Reads the payload of a tagged case from the other members.
///
/// # Errors
/// What is wrong with them, with its place.
pub fn fields<T: DeserializeOwned, E: serde::de::Error>(fields: Value) -> Result<T, E> {
    let mut track = serde_path_to_error::Track::new();
    let read = T::deserialize(Records(serde_path_to_error::Deserializer::new(fields, &mut track)));
    read.map_err(|error| match track.path().to_string().as_str() {
        "." => E::custom(error),
        path => E::custom(format_args!("{path}: {error}")),
    })
}

/// Writes a case of a tagged union: the tag, then the payload's own members.
///
/// # Errors
/// A payload that is no object.
pub fn tagged<T: Serialize, S: Serializer>(
    serializer: S,
    tag: &'static str,
    case: &str,
    payload: &T,
) -> Result<S::Ok, S::Error> {
    write_tagged(serializer, tag, case, serde_json::to_value(payload).map_err(S::Error::custom)?)
}

/// Writes a case of a tagged union that the contract does not list, as it came.
///
/// # Errors
/// Those of the serializer.
pub fn unknown_tagged<S: Serializer>(serializer: S, tag: &'static str, case: &UnknownCase) -> Result<S::Ok, S::Error> {
    write_tagged(serializer, tag, case.name(), case.content().clone())
}

fn write_tagged<S: Serializer>(
    serializer: S,
    tag: &'static str,
    case: &str,
    payload: Value,
) -> Result<S::Ok, S::Error> {
    let fields = match payload {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => return Err(S::Error::custom("the payload of a tagged case is an object")),
    };
    let mut map = serializer.serialize_map(Some(fields.len() + 1))?;
    map.serialize_entry(tag, case)?;
    for (name, value) in &fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
