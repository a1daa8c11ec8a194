//! Values of the contract as JSON: defaults and examples.

use serde_json::{Map, Value};
use wireloom_idl::Contract;
use wireloom_idl::contract::{Enum, Field, Literal, ScalarType, Type, TypeKind, Union};

use crate::model;

/// The value as it was written, without a type to go by.
pub(crate) fn untyped(value: &Literal) -> Value {
    match value {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(digits) => number(digits),
        Literal::Text(text) => Value::from(text.as_str()),
        Literal::List(items) => items.iter().map(untyped).collect(),
        Literal::Object(entries) => {
            entries.iter().map(|(name, value)| (name.clone(), untyped(value))).collect::<Map<_, _>>().into()
        }
    }
}

/// Digits as a JSON number.
pub(crate) fn number(digits: &str) -> Value {
    let plain = digits.strip_prefix('+').unwrap_or(digits);
    serde_json::from_str(plain).unwrap_or_else(|_| Value::from(digits))
}

/// The value in the JSON form of its type, with the names that JSON has.
pub(crate) fn typed(contract: &Contract, ty: &Type, value: &Literal) -> Value {
    if *value == Literal::Null {
        return Value::Null;
    }
    match (ty, value) {
        (Type::Nullable(inner), _) => typed(contract, inner, value),
        (Type::List(item) | Type::Set(item), Literal::List(items)) => {
            items.iter().map(|value| typed(contract, item, value)).collect()
        }
        (Type::Map(key, item), Literal::Object(entries)) => {
            let entries =
                entries.iter().map(|(text, value)| (map_key(contract, key, text), typed(contract, item, value)));
            entries.collect::<Map<_, _>>().into()
        }
        (Type::Scalar(scalar), _) => scalar_value(*scalar, value),
        (Type::Named(id), _) => {
            let def = contract.type_def(*id);
            match (&def.kind, value) {
                (TypeKind::Scalar(scalar), _) => scalar_value(scalar.base, value),
                (TypeKind::Enum(it), Literal::Text(name)) => Value::from(member(it, name)),
                (TypeKind::Union(it), _) => union(contract, it, value),
                (_, Literal::Object(entries)) => object(contract, def.fields().unwrap_or_default(), entries),
                _ => untyped(value),
            }
        }
        _ => untyped(value),
    }
}

fn map_key(contract: &Contract, ty: &Type, text: &str) -> String {
    let def = if let Type::Named(id) = ty { Some(contract.type_def(*id)) } else { None };
    match def.map(|def| &def.kind) {
        Some(TypeKind::Enum(it)) => member(it, text).to_owned(),
        _ => text.to_owned(),
    }
}

/// What a member is called on JSON.
fn member<'c>(of: &'c Enum, name: &'c str) -> &'c str {
    let member = of.members.iter().find(|member| member.name == name);
    member.map_or(name, |member| model::json_name_of(&member.annotations, name))
}

/// A case, in the form that its union has: its bare name, its fields beside the tag, or the only member of an object.
fn union(contract: &Contract, of: &Union, value: &Literal) -> Value {
    let (name, payload) = model::case_of(of.tag.as_deref(), value);
    let Some(case) = of.cases.iter().find(|case| case.name == name) else { return untyped(value) };
    let json_name = model::json_name_of(&case.annotations, &name);
    let inner = case.ty.as_ref().map(|ty| typed(contract, ty, &payload.unwrap_or(Literal::Object(Vec::new()))));
    match (&of.tag, inner) {
        (Some(tag), inner) => {
            let mut flat = Map::from_iter([(tag.clone(), Value::from(json_name))]);
            if let Some(Value::Object(fields)) = inner {
                flat.extend(fields);
            }
            flat.into()
        }
        (None, Some(inner)) => Map::from_iter([(json_name.to_owned(), inner)]).into(),
        (None, None) => Value::from(json_name),
    }
}

fn object(contract: &Contract, fields: &[Field], entries: &[(String, Literal)]) -> Value {
    let entries = entries.iter().map(|(name, value)| match fields.iter().find(|field| field.name == *name) {
        Some(field) => (model::json_name(field), of_field(contract, field, value)),
        None => (name.clone(), untyped(value)),
    });
    entries.collect::<Map<_, _>>().into()
}

/// The value of a field, which may have `@json(number)`.
pub(crate) fn of_field(contract: &Contract, field: &Field, value: &Literal) -> Value {
    let plain = model::json_number(&field.annotations) && matches!(value, Literal::Number(_));
    if plain { untyped(value) } else { typed(contract, &field.ty, value) }
}

fn scalar_value(scalar: ScalarType, value: &Literal) -> Value {
    match (scalar, value) {
        (ScalarType::I64 | ScalarType::U64 | ScalarType::Decimal, Literal::Number(digits)) => {
            Value::from(digits.as_str())
        }
        _ => untyped(value),
    }
}

/// Whether a value says everything that its type must have: examples may leave out what they do not care about.
pub(crate) fn is_complete(contract: &Contract, ty: &Type, value: &Literal) -> bool {
    match (ty, value) {
        (Type::Nullable(inner), _) => *value == Literal::Null || is_complete(contract, inner, value),
        (Type::List(item) | Type::Set(item), Literal::List(items)) => {
            items.iter().all(|value| is_complete(contract, item, value))
        }
        (Type::Map(_, item), Literal::Object(entries)) => {
            entries.iter().all(|(_, value)| is_complete(contract, item, value))
        }
        (Type::Named(id), Literal::Object(entries)) => {
            let def = contract.type_def(*id);
            match &def.kind {
                TypeKind::Union(it) => {
                    let (name, payload) = model::case_of(it.tag.as_deref(), value);
                    let ty = it.cases.iter().find(|case| case.name == name).and_then(|case| case.ty.as_ref());
                    ty.zip(payload).is_none_or(|(ty, payload)| is_complete(contract, ty, &payload))
                }
                _ => def.fields().unwrap_or_default().iter().all(|field| {
                    match entries.iter().find(|(name, _)| *name == field.name) {
                        Some((_, value)) => *value == Literal::Null || is_complete(contract, &field.ty, value),
                        None => !model::must_be_there(field),
                    }
                }),
            }
        }
        _ => true,
    }
}
