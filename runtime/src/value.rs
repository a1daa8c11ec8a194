//! The values of the language that Rust has no type for.

mod idempotency_key;
mod maybe;
mod unknown;
mod url;

pub use idempotency_key::IdempotencyKey;
pub use maybe::Maybe;
pub use unknown::{UnknownCase, Unrecognized};
pub use url::Url;

/// A text newtype that is checked when it is made: its conversions and its serde form.
macro_rules! checked_text {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Violations;

            fn from_str(text: &str) -> Result<$name, $crate::Violations> {
                $name::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Violations;

            fn try_from(text: String) -> Result<$name, $crate::Violations> {
                $name::new(text)
            }
        }

        impl $crate::Text for $name {
            fn to_text(&self) -> std::borrow::Cow<'_, str> {
                std::borrow::Cow::Borrowed(&self.0)
            }

            fn from_text(text: &str) -> Result<$name, String> {
                let value = $name(text.to_owned());
                if !$crate::scalar::deferred() {
                    $crate::Validate::validate(&value).map_err(|violations| violations.to_string())?;
                }
                Ok(value)
            }
        }

        impl $crate::wire::Value for $name {
            const TYPE: $crate::wire::WireType = <String as $crate::wire::Value>::TYPE;

            fn write(&self, out: &mut $crate::wire::Writer) {
                self.0.write(out);
            }

            fn read(raw: $crate::wire::Raw<'_>, place: &$crate::wire::Place<'_>) -> Option<$name> {
                String::read(raw, place).map($name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let value = $name(String::deserialize(deserializer)?);
                if !$crate::scalar::deferred() {
                    $crate::Validate::validate(&value).map_err(serde::de::Error::custom)?;
                }
                Ok(value)
            }
        }
    };
}
use checked_text;
