//! Built-in types and the conditions on them.

use std::cmp::Ordering;

use serde_json::Value;
use wireloom_idl::contract::{Constraint, Literal, ScalarType, Type};

use super::integers::{integer_text, range_within, wide};
use super::{Schema, values};
use crate::rust::literal::plain_integer;
use crate::said;

/// What 96 bits hold, at least 28 digits; of a fraction that is too long the last ones are rounded.
const DECIMAL: &str = r"^-?([0-9]{1,28}|[1-6][0-9]{28}|7[0-8][0-9]{27})(\.[0-9]{1,28})?$";

/// The JSON form of a built-in type.
pub(super) fn scalar_schema(scalar: ScalarType, number: bool) -> Schema {
    let text = || Schema::of("string");
    let with_format = |schema: Schema, format: &str| Schema { format: Some(format.to_owned()), ..schema };
    match scalar {
        ScalarType::Bool => Schema::of("boolean"),
        ScalarType::I32 => integer("int32", i64::from(i32::MIN).into(), i32::MAX.into()),
        ScalarType::U32 => integer("uint32", 0.into(), u32::MAX.into()),
        ScalarType::I64 if number => integer("int64", i64::MIN.into(), i64::MAX.into()),
        ScalarType::U64 if number => integer("uint64", 0.into(), u64::MAX.into()),
        ScalarType::I64 => text_or_integer("int64", i128::from(i64::MIN), i128::from(i64::MAX)),
        ScalarType::U64 => text_or_integer("uint64", 0, i128::from(u64::MAX)),
        ScalarType::F32 => {
            let most = serde_json::Number::from_f64(f64::from(f32::MAX)).map(Value::Number);
            let least = serde_json::Number::from_f64(f64::from(f32::MIN)).map(Value::Number);
            with_format(Schema { minimum: least, maximum: most, ..Schema::of("number") }, "float")
        }
        ScalarType::F64 => with_format(Schema::of("number"), "double"),
        ScalarType::String => text(),
        ScalarType::Bytes => Schema {
            content_encoding: Some("base64"),
            pattern: Some(
                "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$".to_owned(),
            ),
            ..text()
        },
        ScalarType::Uuid => with_format(text(), "uuid"),
        ScalarType::Decimal => Schema { pattern: Some(DECIMAL.to_owned()), ..text() },
        ScalarType::Url => with_format(text(), "uri"),
        ScalarType::IdempotencyKey => Schema { pattern: Some(r"^[\x21-\x7e]{1,255}$".to_owned()), ..text() },
        ScalarType::Timestamp => with_format(text(), "date-time"),
        ScalarType::Date => with_format(text(), "date"),
        ScalarType::Time => Schema {
            pattern: Some(r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?$".to_owned()),
            ..text()
        },
        ScalarType::Duration => Schema { pattern: Some(r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$".to_owned()), ..text() },
        ScalarType::Json => Schema::default(),
    }
}

fn integer(format: &str, min: Value, max: Value) -> Schema {
    Schema { format: Some(format.to_owned()), minimum: Some(min), maximum: Some(max), ..Schema::of("integer") }
}

fn text_or_integer(format: &str, min: i128, max: i128) -> Schema {
    Schema {
        ty: Some(vec!["string", "integer"].into()),
        pattern: integer_text(min, max).pattern,
        ..integer(format, wide(min), wide(max))
    }
}

/// Adds what constraints demand, as far as JSON Schema can say it.
pub(super) fn constrained(mut schema: Schema, base: ScalarType, ty: &Type, constraints: &[Constraint]) -> Schema {
    for constraint in constraints {
        constrain(&mut schema, base, ty, constraint);
    }
    let is_bounded = constraints.iter().any(|it| matches!(it, Constraint::Value { .. }));
    if is_bounded && schema.ty.as_ref().is_some_and(Value::is_array) {
        // A wide integer may come as text, which `minimum` says nothing of.
        if let Some((min, max)) = range_within(base, constraints) {
            let text = integer_text(min, max);
            (schema.pattern, schema.not) = (text.pattern, text.not);
        }
    }
    schema
}

fn constrain(schema: &mut Schema, base: ScalarType, ty: &Type, constraint: &Constraint) {
    match constraint {
        Constraint::Length { min, max } => {
            schema.min_length = schema.min_length.max(*min);
            schema.max_length = lower(schema.max_length, *max);
        }
        Constraint::Size { min, max } => match (ty, base) {
            (Type::Map(..), _) => (schema.min_properties, schema.max_properties) = (*min, *max),
            // Sizes of `bytes` count before base64.
            (_, ScalarType::Bytes) => {
                schema.min_length = min.map(|min| min.div_ceil(3).saturating_mul(4));
                schema.max_length = max.map(|max| max.div_ceil(3).saturating_mul(4));
            }
            _ => (schema.min_items, schema.max_items) = (*min, *max),
        },
        Constraint::Value { min, max } => bounds(schema, base, min.as_ref(), max.as_ref()),
        Constraint::Matches(pattern) => match &schema.pattern {
            None => schema.pattern = Some(pattern.clone()),
            Some(_) => schema.all_of.push(Schema { pattern: Some(pattern.clone()), ..Schema::default() }),
        },
        Constraint::OneOf(members) => {
            let typed = members.iter().map(|value| one_of(base, value));
            schema.members = Some(typed.collect());
        }
        Constraint::Format(format) => schema.format = Some(format.as_str().to_owned()),
        Constraint::MultipleOf(Literal::Number(step)) if is_number(base) => {
            schema.multiple_of = Some(values::number(step))
        }
        Constraint::MultipleOf(_) => {}
        Constraint::Unique => schema.unique_items = Some(true),
    }
}

fn one_of(base: ScalarType, value: &Literal) -> Value {
    match (base, value) {
        (ScalarType::I64 | ScalarType::U64 | ScalarType::Decimal, Literal::Number(digits)) => {
            Value::from(digits.as_str())
        }
        _ => values::untyped(value),
    }
}

fn lower(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

pub(super) fn is_number(base: ScalarType) -> bool {
    matches!(
        base,
        ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64 | ScalarType::F32 | ScalarType::F64
    )
}

/// Bounds of numbers, which add up; of decimals, durations and times JSON Schema can say nothing.
fn bounds(schema: &mut Schema, base: ScalarType, min: Option<&Literal>, max: Option<&Literal>) {
    if !is_number(base) {
        return;
    }
    let number = |bound: Option<&Literal>| bound.and_then(Literal::as_number).map(values::number);
    if let Some(min) = number(min).filter(|min| is_tighter(min, schema.minimum.as_ref(), Ordering::Greater)) {
        schema.minimum = Some(min);
    }
    if let Some(max) = number(max).filter(|max| is_tighter(max, schema.maximum.as_ref(), Ordering::Less)) {
        schema.maximum = Some(max);
    }
}

/// Whether a bound lies on that side of the one there is.
fn is_tighter(new: &Value, old: Option<&Value>, side: Ordering) -> bool {
    let whole = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    let order = |old: &Value| match (whole(new), whole(old)) {
        (Some(new), Some(old)) => Some(new.cmp(&old)),
        _ => new.as_f64().partial_cmp(&old.as_f64()),
    };
    old.is_none_or(|old| order(old) == Some(side))
}

/// A key of a map, which is a text whatever its type: that of a number or a `bool`. None where the type is one of text anyway.
pub(super) fn key_schema(base: ScalarType, constraints: &[Constraint]) -> Option<Schema> {
    if base == ScalarType::Bool {
        return Some(Schema { members: Some(vec!["true".into(), "false".into()]), ..Schema::default() });
    }
    let (min, max) = range_within(base, constraints)?;
    let members = constraints.iter().rev().find_map(|constraint| match constraint {
        Constraint::OneOf(members) => Some(members.iter().filter_map(Literal::as_number)),
        _ => None,
    });
    let members = members.map(|digits| digits.map(|digits| Value::from(plain_integer(digits))).collect());
    let description = said::in_words(constraints.iter().filter(|it| matches!(it, Constraint::MultipleOf(_))));
    Some(Schema { description, members, ..integer_text(min, max) })
}

/// What JSON Schema cannot say of a value of that type, in the contract's words.
pub(super) fn unsayable(base: ScalarType, constraints: &[Constraint]) -> Option<String> {
    said::in_words(constraints.iter().filter(|constraint| match constraint {
        Constraint::Value { .. } | Constraint::MultipleOf(_) => !is_number(base),
        // Sizes of `bytes` count before base64.
        Constraint::Size { .. } => base == ScalarType::Bytes,
        _ => false,
    }))
}
