//! Schemas of types: each named type a component, under its own name unless two packages share it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wireloom_idl::Contract;
use wireloom_idl::contract::{
    Constraint, Enum, Field, Literal, Origin, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind, Union,
};

use super::document::{Additional, Properties, Schema};
use super::values;
use crate::model;
use crate::rust::literal::plain_integer;

/// The components asked for so far.
pub(super) struct Schemas<'c> {
    contract: &'c Contract,
    written: BTreeMap<String, Schema>,
    /// Types being written or written.
    seen: BTreeSet<TypeId>,
}

impl<'c> Schemas<'c> {
    pub(super) fn new(contract: &'c Contract) -> Schemas<'c> {
        Schemas { contract, written: BTreeMap::new(), seen: BTreeSet::new() }
    }

    /// Adds a component that is no type of the contract.
    pub(super) fn add(&mut self, name: &str, schema: Schema) {
        self.written.entry(name.to_owned()).or_insert(schema);
    }

    pub(super) fn finish(self) -> BTreeMap<String, Schema> {
        self.written
    }

    /// The component name of a type.
    pub(super) fn name(&self, id: TypeId) -> String {
        let def = self.contract.type_def(id);
        let shared = self.contract.types.iter().any(|other| other.id != id && other.name == def.name);
        if shared || def.name == super::problems::COMPONENT { self.contract.full_name(id) } else { def.name.clone() }
    }

    /// The schema of a type, by reference where it has a name.
    pub(super) fn ty(&mut self, ty: &Type, number: bool) -> Schema {
        match ty {
            Type::Scalar(scalar) => scalar_schema(*scalar, number),
            Type::Named(id) => self.reference(*id),
            Type::List(item) | Type::Set(item) => {
                let items = Some(Box::new(self.ty(item, number)));
                Schema { items, ..Schema::of("array") }
            }
            Type::Map(key, value) => {
                let names = (**key != Type::Scalar(ScalarType::String)).then(|| Box::new(self.key(key)));
                let value = Additional::Of(Box::new(self.ty(value, number)));
                Schema { property_names: names, additional_properties: Some(value), ..Schema::of("object") }
            }
            Type::Nullable(inner) => self.ty(inner, number).or_null(),
        }
    }

    /// The names that a map's keys may have.
    fn key(&mut self, key: &Type) -> Schema {
        match model::scalar_of(self.contract, key) {
            Some(ScalarType::Bool) => {
                Schema { members: Some(vec!["true".into(), "false".into()]), ..Schema::default() }
            }
            Some(ScalarType::I32) => integer_text(i128::from(i32::MIN), i128::from(i32::MAX)),
            Some(ScalarType::U32) => integer_text(0, i128::from(u32::MAX)),
            Some(ScalarType::I64) => integer_text(i128::from(i64::MIN), i128::from(i64::MAX)),
            Some(ScalarType::U64) => integer_text(0, i128::from(u64::MAX)),
            _ => self.ty(key, false),
        }
    }

    fn reference(&mut self, id: TypeId) -> Schema {
        let name = self.name(id);
        if self.seen.insert(id) {
            let schema = self.definition(self.contract.type_def(id));
            self.written.insert(name.clone(), schema);
        }
        Schema::component(&name)
    }

    fn definition(&mut self, def: &TypeDef) -> Schema {
        let schema = match &def.kind {
            TypeKind::Scalar(scalar) => {
                let ty = Type::Scalar(scalar.base);
                let schema = scalar_schema(scalar.base, model::json_number(&def.annotations));
                constrained(schema, scalar.base, &ty, &scalar.constraints)
            }
            TypeKind::Enum(it) => enum_schema(it),
            TypeKind::Union(it) => self.union(it),
            TypeKind::Extern(foreign) => {
                foreign.fields.as_ref().map_or_else(Schema::default, |it| self.object(it, false))
            }
            TypeKind::Record(record) => self.object(&record.fields, matches!(record.origin, Origin::Patch(_))),
            TypeKind::Fault(fault) => self.object(&fault.fields, false),
            TypeKind::Event(event) => self.object(&event.fields, false),
        };
        Schema { description: def.docs.clone(), ..schema }
    }

    /// An object of fields.
    pub(super) fn object(&mut self, fields: &[Field], patch: bool) -> Schema {
        let required = fields.iter().filter(|field| model::must_be_there(field));
        let required = required.map(model::json_name).collect();
        let properties = fields.iter().map(|field| (model::json_name(field), self.field(field, patch)));
        let properties = Some(Properties(properties.collect()));
        Schema { properties, required, ..Schema::of("object") }
    }

    /// The schema of a field, with all that is said of it there.
    fn field(&mut self, field: &Field, patch: bool) -> Schema {
        let schema = self.value(field);
        let null = match field.presence {
            Presence::Required => false,
            // A null that is read counts as absent, but not in a patch.
            Presence::Optional => !patch,
            Presence::Nullable | Presence::OptionalNullable => true,
        };
        let schema = if null { schema.or_null() } else { schema };
        let default_value = field.default.as_ref().map(|value| values::of_field(self.contract, field, value));
        Schema { description: field.docs.clone(), default_value, read_only: field.readonly, ..schema }
    }

    /// The schema of a field's value: its type with its constraints.
    pub(super) fn value(&mut self, field: &Field) -> Schema {
        let schema = self.ty(&field.ty, model::json_number(&field.annotations));
        let base = model::scalar_of(self.contract, &field.ty).unwrap_or(ScalarType::Json);
        if field.constraints.is_empty() {
            return schema;
        }
        match schema.reference.is_some() {
            false => constrained(schema, base, &field.ty, &field.constraints),
            true => {
                let number = matches!(&field.ty, Type::Named(id) if model::json_number(&self.contract.type_def(*id).annotations));
                let more = constrained(
                    Schema { ty: scalar_schema(base, number).ty, ..Schema::default() },
                    base,
                    &field.ty,
                    &field.constraints,
                );
                Schema { all_of: vec![schema, more], ..Schema::default() }
            }
        }
    }

    fn union(&mut self, it: &Union) -> Schema {
        let mut any_of: Vec<Schema> = it.cases.iter().map(|case| self.case(it, case)).collect();
        if !it.closed {
            any_of.extend(unknown_cases(it));
        }
        Schema { any_of, ..Schema::default() }
    }

    fn case(&mut self, it: &Union, case: &wireloom_idl::contract::Case) -> Schema {
        let name = model::json_name_of(&case.annotations, &case.name);
        let payload = case.ty.as_ref().map(|ty| self.ty(ty, model::json_number(&case.annotations)));
        let schema = match (&it.tag, payload) {
            (None, None) => Schema::text(name),
            (None, Some(payload)) => {
                Schema { additional_properties: Some(Additional::Allowed(false)), ..object_of(name, payload) }
            }
            (Some(tag), None) => object_of(tag, Schema::text(name)),
            (Some(tag), Some(payload)) => {
                Schema { all_of: vec![payload, object_of(tag, Schema::text(name))], ..Schema::default() }
            }
        };
        Schema { description: case.docs.clone(), ..schema }
    }
}

fn object_of(name: &str, schema: Schema) -> Schema {
    let properties = Some(Properties(vec![(name.to_owned(), schema)]));
    Schema { properties, required: vec![name.to_owned()], ..Schema::of("object") }
}

/// What an open union may hold beside its cases: a case of any other name.
fn unknown_cases(it: &Union) -> Vec<Schema> {
    let names = |wanted: &dyn Fn(bool) -> bool| -> Vec<Value> {
        let cases = it.cases.iter().filter(|case| wanted(case.ty.is_some()));
        cases.map(|case| Value::from(model::json_name_of(&case.annotations, &case.name))).collect()
    };
    let other = |names: Vec<Value>| Schema {
        not: (!names.is_empty()).then(|| Box::new(Schema { members: Some(names), ..Schema::default() })),
        ..Schema::of("string")
    };
    match &it.tag {
        Some(tag) => vec![object_of(tag, other(names(&|_| true)))],
        None => vec![
            other(names(&|_| true)),
            Schema {
                property_names: Some(Box::new(other(names(&|_| true)))),
                min_properties: Some(1),
                max_properties: Some(1),
                ..Schema::of("object")
            },
        ],
    }
}

/// An open enum takes any text; what it knows is listed for readers.
fn enum_schema(it: &Enum) -> Schema {
    let names = it.members.iter().map(|member| Value::from(model::json_name_of(&member.annotations, &member.name)));
    let known = Schema { members: Some(names.collect()), ..Schema::of("string") };
    match it.closed {
        true => known,
        false => Schema { any_of: vec![known, Schema::of("string")], ..Schema::default() },
    }
}

/// The JSON form of a built-in type.
fn scalar_schema(scalar: ScalarType, number: bool) -> Schema {
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
        ScalarType::Decimal => Schema { pattern: Some(r"^-?[0-9]{1,14}(\.[0-9]{1,14})?$".to_owned()), ..text() },
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

fn wide(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| Value::from(u64::try_from(value).unwrap_or(u64::MAX)), Value::from)
}

fn integer_text(min: i128, max: i128) -> Schema {
    let mut parts = Vec::new();
    if min < 0 {
        let (low, high) = ((-max).max(1).min(-min), -min);
        let low = if max >= 0 { 1 } else { low };
        parts.push(format!("-({})", natural_range(low as u128, high as u128)));
    }
    if max >= 0 {
        parts.push(natural_range(min.max(0) as u128, max as u128));
    }
    Schema { pattern: Some(format!("^({})$", parts.join("|"))), ..Schema::of("string") }
}

/// A regular expression of the natural numbers in a range, without leading zeros.
fn natural_range(min: u128, max: u128) -> String {
    let mut parts = Vec::new();
    let mut from = min;
    while from <= max {
        let to = block_end(from, max);
        parts.push(block(&from.to_string(), &to.to_string()));
        from = to + 1;
    }
    parts.join("|")
}

/// The end of the longest run from `from` whose numbers differ only in one digit and any digits behind it.
fn block_end(from: u128, max: u128) -> u128 {
    let mut step: u128 = 1;
    loop {
        let next = step * 10;
        let last = (from / next) * next + next - 1;
        if !from.is_multiple_of(next) || from == 0 || last > max {
            break;
        }
        step = next;
    }
    let digit = (from / step) % 10;
    let count = ((max - from + 1) / step).clamp(1, 10 - digit);
    from + count * step - 1
}

fn block(from: &str, to: &str) -> String {
    let mut pattern = String::new();
    let mut free = 0;
    for (a, b) in from.chars().zip(to.chars()) {
        match (a, b) {
            ('0', '9') => free += 1,
            _ if a == b => pattern.push(a),
            _ => pattern.push_str(&format!("[{a}-{b}]")),
        }
    }
    match free {
        0 => pattern,
        1 => pattern + "[0-9]",
        free => format!("{pattern}[0-9]{{{free}}}"),
    }
}

/// Adds what constraints demand, as far as JSON Schema can say it.
fn constrained(mut schema: Schema, base: ScalarType, ty: &Type, constraints: &[Constraint]) -> Schema {
    for constraint in constraints {
        constrain(&mut schema, base, ty, constraint);
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

fn is_number(base: ScalarType) -> bool {
    matches!(
        base,
        ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64 | ScalarType::F32 | ScalarType::F64
    )
}

/// Bounds of numbers; of decimals, durations and times JSON Schema can say nothing.
fn bounds(schema: &mut Schema, base: ScalarType, min: Option<&Literal>, max: Option<&Literal>) {
    if !is_number(base) {
        return;
    }
    let digits = |bound: Option<&Literal>| bound.and_then(Literal::as_number).map(str::to_owned);
    let (min, max) = (digits(min), digits(max));
    if let Some(min) = &min {
        schema.minimum = Some(values::number(min));
    }
    if let Some(max) = &max {
        schema.maximum = Some(values::number(max));
    }
    let as_text = schema.ty.as_ref().is_some_and(Value::is_array);
    if as_text && matches!(base, ScalarType::I64 | ScalarType::U64) {
        let (least, most) = match base {
            ScalarType::I64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
            _ => (0, i128::from(u64::MAX)),
        };
        let whole = |digits: &Option<String>, otherwise: i128| {
            digits.as_ref().and_then(|digits| plain_integer(digits).parse().ok()).unwrap_or(otherwise)
        };
        schema.pattern = integer_text(whole(&min, least), whole(&max, most)).pattern;
    }
}

#[cfg(test)]
mod tests {
    use super::natural_range;

    #[test]
    fn ranges_of_numbers_are_exact() {
        assert_eq!(natural_range(1, 10), "[1-9]|10");
        assert_eq!(natural_range(0, 255), "[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]");
        assert_eq!(natural_range(7, 7), "7");
        assert_eq!(natural_range(95, 105), "9[5-9]|10[0-5]");
    }
}
