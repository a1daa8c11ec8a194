//! How each field stands in its message: the codec's calls are written by it, and the `.proto` describes it.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Annotations, Field, Literal, Presence, ScalarType, Type, TypeKind};

/// How a field stands in its message: which of the codec's calls write and read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A plain scalar: zero is not written, and absent it is zero (`plain`, `plain`).
    Plain,
    /// Always there (`value`, `need`).
    Present,
    /// Absent, it is the default (`value`, `or`).
    Default,
    /// Perhaps absent; of `T or null` that is what null is (`optional`, `optional`).
    Optional,
    /// A list, empty when it is absent (`list`, `list`).
    List,
    /// A set, empty when it is absent (`list`, `set`).
    Set,
    /// A map, empty when it is absent (`map`, `map`).
    Map,
    /// Absent, null or a value; null stands in the field mask (`maybe`, `optional`).
    Maybe,
    /// Null or a value, and absent it is a default that is not null; null stands in the field mask (`optional`, `optional`).
    MaybeOr,
}

impl Held {
    /// How a field stands in its message.
    ///
    /// A list, set or map is one value, a message with the container in its field 1, wherever its absence is told from its
    /// being empty.
    pub fn of(field: &Field) -> Held {
        match (field.presence, &field.default) {
            (Presence::OptionalNullable, _) => Held::Maybe,
            (Presence::Nullable, Some(default)) if *default != Literal::Null => Held::MaybeOr,
            (Presence::Optional | Presence::Nullable, _) => Held::Optional,
            (Presence::Required, Some(default)) if !is_empty_container(&field.ty, default) => Held::Default,
            (Presence::Required, _) => Held::required(&field.ty),
        }
    }

    fn required(ty: &Type) -> Held {
        match ty {
            Type::List(_) => Held::List,
            Type::Set(_) => Held::Set,
            Type::Map(..) => Held::Map,
            Type::Scalar(scalar) if is_plain(*scalar) => Held::Plain,
            Type::Scalar(_) | Type::Named(_) | Type::Nullable(_) => Held::Present,
        }
    }

    /// Whether the message's field mask ([`NULLS`](wireloom_idl::numbers::NULLS)) says of it that it is null.
    pub fn may_be_in_mask(self) -> bool {
        matches!(self, Held::Maybe | Held::MaybeOr)
    }
}

/// Whether a value is a message by itself; any other is field 1 of a message where it stands alone, as an answer does.
pub fn is_message(contract: &Contract, ty: &Type) -> bool {
    match ty {
        Type::List(_) | Type::Set(_) | Type::Map(..) | Type::Nullable(_) => true,
        Type::Scalar(scalar) => is_message_scalar(*scalar),
        Type::Named(id) => match &contract.type_def(*id).kind {
            TypeKind::Scalar(scalar) => is_message_scalar(scalar.base),
            TypeKind::Enum(_) => false,
            _ => true,
        },
    }
}

/// Whether `@proto(bytes)` stands there: a uuid as its sixteen bytes.
pub fn is_bytes(annotations: &Annotations) -> bool {
    annotations.has("proto")
}

/// The built-in types that protobuf has a message for.
pub(crate) fn is_message_scalar(scalar: ScalarType) -> bool {
    matches!(scalar, ScalarType::Timestamp | ScalarType::Duration | ScalarType::Json)
}

/// The built-in types that protobuf has itself.
fn is_plain(scalar: ScalarType) -> bool {
    use ScalarType::*;
    matches!(scalar, Bool | I32 | U32 | I64 | U64 | F32 | F64 | String | Bytes)
}

fn is_empty_container(ty: &Type, default: &Literal) -> bool {
    let empty = match default {
        Literal::List(items) => items.is_empty(),
        Literal::Object(members) => members.is_empty(),
        _ => false,
    };
    empty && matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(..))
}
