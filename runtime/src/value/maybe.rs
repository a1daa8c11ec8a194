//! `T? or null`: absent, null and a value are three things.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{At, Validate, Violations};

/// A field that may be absent, null or a value; in a patch: leave it, clear it, set it.
///
/// ```
/// use wireloom::Maybe;
///
/// let mut note = Some("ring twice".to_owned());
/// Maybe::Absent.apply(&mut note);
/// assert_eq!(note.as_deref(), Some("ring twice"));
/// Maybe::Null.apply(&mut note);
/// assert_eq!(note, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maybe<T> {
    /// Not there.
    #[default]
    Absent,
    /// There, as null.
    Null,
    /// There.
    Value(T),
}

impl<T> Maybe<T> {
    /// Whether it is not there; a field of this kind is then not written.
    pub fn is_absent(&self) -> bool {
        matches!(self, Maybe::Absent)
    }

    /// Whether it is there, as null.
    pub fn is_null(&self) -> bool {
        matches!(self, Maybe::Null)
    }

    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Maybe::Value(value) => Some(value),
            Maybe::Absent | Maybe::Null => None,
        }
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Maybe<U> {
        match self {
            Maybe::Absent => Maybe::Absent,
            Maybe::Null => Maybe::Null,
            Maybe::Value(value) => Maybe::Value(change(value)),
        }
    }

    /// A value or null, which is `None`; `default` makes what an absent one stands for.
    pub fn or_absent(self, default: impl FnOnce() -> Option<T>) -> Option<T> {
        match self {
            Maybe::Absent => default(),
            Maybe::Null => None,
            Maybe::Value(value) => Some(value),
        }
    }

    /// The value, borrowed, if there is one.
    pub fn as_value(&self) -> Option<&T> {
        match self {
            Maybe::Value(value) => Some(value),
            Maybe::Absent | Maybe::Null => None,
        }
    }

    /// Leaves, clears or sets a field (RFC 7396).
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Maybe::Absent => {}
            Maybe::Null => *field = None,
            Maybe::Value(value) => *field = Some(value),
        }
    }
}

impl<T> From<Option<T>> for Maybe<T> {
    fn from(value: Option<T>) -> Maybe<T> {
        value.map_or(Maybe::Null, Maybe::Value)
    }
}

impl<T> From<T> for Maybe<T> {
    fn from(value: T) -> Maybe<T> {
        Maybe::Value(value)
    }
}

impl<T: Validate> Validate for Maybe<T> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        if let Maybe::Value(value) = self {
            value.check(at, found);
        }
    }
}

impl<T: Serialize> Serialize for Maybe<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Maybe::Value(value) => value.serialize(serializer),
            Maybe::Absent | Maybe::Null => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Maybe<T>, D::Error> {
        Option::deserialize(deserializer).map(Maybe::from)
    }
}

impl<T, U: serde_with::SerializeAs<T>> serde_with::SerializeAs<Maybe<T>> for Maybe<U> {
    fn serialize_as<S: Serializer>(source: &Maybe<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match source {
            Maybe::Value(value) => U::serialize_as(value, serializer),
            Maybe::Absent | Maybe::Null => serializer.serialize_none(),
        }
    }
}

impl<'de, T, U: serde_with::DeserializeAs<'de, T>> serde_with::DeserializeAs<'de, Maybe<T>> for Maybe<U> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Maybe<T>, D::Error> {
        <Option<U> as serde_with::DeserializeAs<'de, Option<T>>>::deserialize_as(deserializer).map(Maybe::from)
    }
}
