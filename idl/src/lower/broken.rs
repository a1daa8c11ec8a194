//! Placeholders: what stands for a type that could not be resolved.
//!
//! A placeholder has been reported already (or is a parameter of a generic that is checked before it has arguments).
//! Every check accepts it, so one mistake gives one diagnostic. None leaves lowering: [`mend`] puts `string` in its place, which
//! every wire can carry wherever it stands.

use super::PackageParts;
use crate::contract::{Answer, Condition, Field, FieldPath, Inputs, ScalarType, Type, TypeDef, TypeId, TypeKind};

/// Ids from here on are placeholders; no contract has so many types.
const FIRST: u32 = u32::MAX - 20_000;

/// The type of what could not be resolved.
pub(super) fn broken() -> Type {
    Type::Named(TypeId(u32::MAX))
}

/// What the parameter of that position stands for while a generic is checked without arguments.
pub(super) fn parameter(position: usize) -> Type {
    Type::Named(TypeId(FIRST + (position as u32).min(19_999)))
}

/// Whether a placeholder is somewhere in it.
pub(super) fn is_broken(ty: &Type) -> bool {
    match ty {
        Type::Scalar(_) => false,
        Type::Named(id) => id.0 >= FIRST,
        Type::List(inner) | Type::Set(inner) | Type::Nullable(inner) => is_broken(inner),
        Type::Map(key, value) => is_broken(key) || is_broken(value),
    }
}

/// Whether something that could not be resolved is somewhere in it; parameters of a generic do not count.
pub(super) fn is_unresolved(ty: &Type) -> bool {
    match ty {
        Type::Scalar(_) => false,
        Type::Named(id) => id.0 == u32::MAX,
        Type::List(inner) | Type::Set(inner) | Type::Nullable(inner) => is_unresolved(inner),
        Type::Map(key, value) => is_unresolved(key) || is_unresolved(value),
    }
}

/// Puts `string` in the place of all placeholders.
pub(super) fn mend(types: &mut [TypeDef], parts: &mut [PackageParts]) {
    for def in types {
        match &mut def.kind {
            TypeKind::Record(record) => mend_fields(&mut record.fields),
            TypeKind::Fault(fault) => mend_fields(&mut fault.fields),
            TypeKind::Event(event) => {
                mend_fields(&mut event.fields);
                event.key.iter_mut().for_each(mend_path);
            }
            TypeKind::Union(union) => union.cases.iter_mut().filter_map(|case| case.ty.as_mut()).for_each(mend_type),
            TypeKind::Scalar(_) | TypeKind::Enum(_) => {}
            TypeKind::Extern(foreign) => foreign.fields.iter_mut().for_each(|fields| mend_fields(fields)),
        }
    }
    for service in parts.iter_mut().flat_map(|parts| &mut parts.services) {
        for operation in &mut service.operations {
            match &mut operation.inputs {
                Inputs::Fields(fields) => mend_fields(fields),
                Inputs::Stream(item) => mend_type(&mut item.ty),
            }
            match &mut operation.answer {
                Answer::Nothing => {}
                Answer::One(ty) | Answer::Stream(ty) => mend_type(ty),
            }
        }
        service.handlers.iter_mut().filter_map(|handler| handler.condition.as_mut()).for_each(mend_condition);
    }
}

fn mend_fields(fields: &mut [Field]) {
    fields.iter_mut().for_each(|field| mend_type(&mut field.ty));
}

fn mend_path(path: &mut FieldPath) {
    mend_type(&mut path.ty);
}

fn mend_condition(condition: &mut Condition) {
    match condition {
        Condition::And(left, right) | Condition::Or(left, right) => {
            mend_condition(left);
            mend_condition(right);
        }
        Condition::Not(inner) => mend_condition(inner),
        Condition::Holds(path) | Condition::Compare(path, ..) => mend_path(path),
    }
}

fn mend_type(ty: &mut Type) {
    match ty {
        Type::Scalar(_) => {}
        Type::Named(id) if id.0 >= FIRST => *ty = Type::Scalar(ScalarType::String),
        Type::Named(_) => {}
        Type::List(inner) | Type::Nullable(inner) | Type::Set(inner) => mend_type(inner),
        Type::Map(key, value) => {
            mend_type(key);
            mend_type(value);
        }
    }
}
