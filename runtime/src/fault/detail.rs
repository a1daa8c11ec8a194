//! The fields of a declared fault, in the form in which they are at hand.
//!
//! A handler's fault is kept as what it is, so each wire writes its own form of it; one that came over a wire is kept as it came
//! until somebody reads it as the fault that it is.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::DeclaredFault;

/// The fields of a declared fault.
#[derive(Clone, Default)]
pub(super) enum Detail {
    /// There are none, or they did not come.
    #[default]
    None,
    /// Made in this process.
    Declared(Arc<dyn Declared>),
    /// Came over a wire of JSON.
    Json(serde_json::Value),
    /// Came over a wire of protobuf.
    Message { proto_name: Cow<'static, str>, message: Bytes },
}

impl Detail {
    pub(super) fn to_json(&self) -> Option<Cow<'_, serde_json::Value>> {
        match self {
            Detail::None | Detail::Message { .. } => None,
            Detail::Declared(declared) => declared.to_json().map(Cow::Owned),
            Detail::Json(fields) => Some(Cow::Borrowed(fields)),
        }
    }

    pub(super) fn to_message(&self) -> Option<(&str, Bytes)> {
        match self {
            Detail::None | Detail::Json(_) => None,
            Detail::Declared(declared) => Some((declared.proto_name(), declared.message()?.into())),
            Detail::Message { proto_name, message } => Some((proto_name, message.clone())),
        }
    }

    /// The fault itself; `None` when its fields are of another one, or did not come whole.
    pub(super) fn to_declared<F: DeclaredFault>(&self) -> Option<F> {
        match self {
            Detail::None => None,
            Detail::Declared(declared) => declared.as_any().downcast_ref().cloned(),
            Detail::Json(fields) => F::deserialize(fields).ok(),
            // A wire that says no name has told the kind.
            Detail::Message { proto_name, message } if proto_name.is_empty() || proto_name == F::PROTO_NAME => {
                F::from_message(message)
            }
            Detail::Message { .. } => None,
        }
    }
}

/// By their JSON form, in which what was made here may be compared to what came. A message of protobuf has none before somebody reads
/// it, so it equals the same message alone.
impl PartialEq for Detail {
    fn eq(&self, other: &Detail) -> bool {
        match (self, other) {
            (Detail::Message { proto_name, message }, Detail::Message { proto_name: name, message: other }) => {
                proto_name == name && message == other
            }
            (Detail::Message { .. }, _) | (_, Detail::Message { .. }) => false,
            _ => self.to_json() == other.to_json(),
        }
    }
}

impl Eq for Detail {}

impl std::fmt::Debug for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Detail::None => f.write_str("None"),
            Detail::Declared(declared) => declared.fmt(f),
            Detail::Json(fields) => fields.fmt(f),
            Detail::Message { proto_name, message } => write!(f, "{proto_name} in {} bytes", message.len()),
        }
    }
}

/// A declared fault whose type is forgotten.
pub(super) trait Declared: std::fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn proto_name(&self) -> &'static str;
    fn to_json(&self) -> Option<serde_json::Value>;
    fn message(&self) -> Option<Vec<u8>>;
}

impl<F: DeclaredFault> Declared for F {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn proto_name(&self) -> &'static str {
        F::PROTO_NAME
    }

    fn to_json(&self) -> Option<serde_json::Value> {
        serde_json::to_value(self).ok()
    }

    fn message(&self) -> Option<Vec<u8>> {
        self.to_message()
    }
}
