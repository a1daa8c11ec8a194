//! Shapes: types without their names, in a number each, so that what was renamed is found without comparing all with all.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::contract::{Contract, Origin, Type, TypeDef, TypeId, TypeKind};

/// Types that have fewer members look like one another by chance.
const MEMBERS_MIN: usize = 2;

/// Pairs of types among these that have the same shape, where no other one has it.
pub(super) fn alike(old: (&Contract, &[TypeId]), new: (&Contract, &[TypeId])) -> Vec<(TypeId, TypeId)> {
    let (left, right) = (by_shape(old.0, old.1), by_shape(new.0, new.1));
    let pairs = left.into_iter().filter_map(|(shape, ids)| match (ids.as_slice(), right.get(&shape)?.as_slice()) {
        (&[old], &[new]) => Some((old, new)),
        _ => None,
    });
    pairs.collect()
}

fn by_shape(contract: &Contract, types: &[TypeId]) -> BTreeMap<String, Vec<TypeId>> {
    let mut shapes: BTreeMap<String, Vec<TypeId>> = BTreeMap::new();
    for &id in types {
        if let Some(shape) = shape(contract, contract.type_def(id)) {
            shapes.entry(shape).or_default().push(id);
        }
    }
    shapes
}

/// Its kind, its members and what these are made of, one level down. It only proposes a pair; the comparison then looks at all of it.
fn shape(contract: &Contract, def: &TypeDef) -> Option<String> {
    let mut shape = String::new();
    match &def.kind {
        TypeKind::Enum(it) if it.members.len() >= MEMBERS_MIN => {
            shape.push_str("enum");
            it.members.iter().for_each(|member| write(&mut shape, &member.name, &""));
        }
        TypeKind::Union(it) if it.cases.len() >= MEMBERS_MIN && it.origin == Origin::Declared => {
            shape.push_str("union");
            it.cases
                .iter()
                .for_each(|case| write(&mut shape, &case.name, &case.ty.as_ref().map(|ty| rough(contract, ty))));
        }
        TypeKind::Record(it) if it.fields.len() >= MEMBERS_MIN && it.origin == Origin::Declared => {
            shape.push_str("record");
            it.fields
                .iter()
                .for_each(|field| write(&mut shape, &field.name, &(field.presence, rough(contract, &field.ty))));
        }
        TypeKind::Fault(it) if it.fields.len() >= MEMBERS_MIN => {
            let _ = write!(shape, "fault {:?}", it.code);
            it.fields.iter().for_each(|field| write(&mut shape, &field.name, &rough(contract, &field.ty)));
        }
        TypeKind::Event(it) if it.fields.len() >= MEMBERS_MIN => {
            shape.push_str("event");
            it.fields.iter().for_each(|field| write(&mut shape, &field.name, &rough(contract, &field.ty)));
        }
        _ => return None,
    }
    Some(shape)
}

fn write(shape: &mut String, name: &str, what: &dyn std::fmt::Debug) {
    // Writing into a text cannot fail.
    let _ = write!(shape, " {name}:{what:?}");
}

fn rough(contract: &Contract, ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.as_str().to_owned(),
        Type::List(item) => format!("[{}]", rough(contract, item)),
        Type::Set(item) => format!("{{{}}}", rough(contract, item)),
        Type::Map(key, value) => format!("<{},{}>", rough(contract, key), rough(contract, value)),
        Type::Nullable(inner) => format!("{}!", rough(contract, inner)),
        Type::Named(id) => match &contract.type_def(*id).kind {
            TypeKind::Scalar(scalar) => scalar.base.as_str().to_owned(),
            TypeKind::Enum(it) => format!("e{}", it.members.len()),
            TypeKind::Union(it) => format!("u{}", it.cases.len()),
            TypeKind::Extern(it) => format!("x{}", it.target),
            _ => format!("r{}", contract.type_def(*id).fields().unwrap_or_default().len()),
        },
    }
}
