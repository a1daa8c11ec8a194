//! Built-in types against each other: which values of one can be read as the other, in texts and in protobuf.

use crate::contract::ScalarType;

/// How a type relates to the one that stood there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Same,
    /// Every old value is one of the new ones.
    Wider,
    /// Every new value is one of the old ones.
    Narrower,
    Other,
}

/// In JSON and other texts.
pub(super) fn in_texts(old: ScalarType, new: ScalarType) -> Relation {
    relation(old, new, is_wider_text)
}

/// In protobuf.
pub(super) fn in_proto(old: ScalarType, new: ScalarType) -> Relation {
    relation(old, new, is_wider_proto)
}

fn relation(old: ScalarType, new: ScalarType, is_wider: impl Fn(ScalarType, ScalarType) -> bool) -> Relation {
    match () {
        () if old == new => Relation::Same,
        () if is_wider(old, new) => Relation::Wider,
        () if is_wider(new, old) => Relation::Narrower,
        () => Relation::Other,
    }
}

/// Numbers are read from numbers, 64 bits from texts as well; whatever is a text is a string.
fn is_wider_text(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    match (from, to) {
        (_, Json) => true,
        (Json, _) => false,
        (from, String) => !matches!(from, Bool | I32 | U32 | F32 | F64),
        (from, to) => is_wider_number(from, to) || matches!((from, to), (I32 | U32, F64) | (F32, F64)),
    }
}

/// Numbers of one way of writing; texts of all kinds are strings.
fn is_wider_proto(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    let is_text = matches!(from, Uuid | Decimal | Url | IdempotencyKey | Date | Time);
    (to == String && is_text) || is_wider_number(from, to)
}

fn is_wider_number(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    matches!((from, to), (I32, I64) | (U32, U64) | (U32, I64))
}
