//! Schemas of types: each named type a component, under its own name unless two packages share it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wireloom_idl::Contract;
use wireloom_idl::contract::{Enum, Field, Origin, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind, Union};

use super::scalars::{constrained, key_schema, scalar_schema, unsayable};
use super::{Additional, Properties, Schema, values};
use crate::model;

/// The schemas asked for so far, each under the name of its type.
pub(crate) struct Schemas<'c> {
    contract: &'c Contract,
    /// What stands before a name where it is referred to: `#/$defs/`.
    root: &'static str,
    /// Names that no type has.
    taken: &'static [&'static str],
    written: BTreeMap<String, Schema>,
    /// Types being written or written.
    seen: BTreeSet<TypeId>,
}

impl<'c> Schemas<'c> {
    pub(crate) fn new(contract: &'c Contract, root: &'static str, taken: &'static [&'static str]) -> Schemas<'c> {
        Schemas { contract, root, taken, written: BTreeMap::new(), seen: BTreeSet::new() }
    }

    /// Refers to the schema of that name.
    pub(crate) fn at(&self, name: &str) -> Schema {
        Schema::at(format!("{}{name}", self.root))
    }

    /// The schema under a name, to add to it.
    pub(crate) fn written_mut(&mut self, name: &str) -> Option<&mut Schema> {
        self.written.get_mut(name)
    }

    /// Adds a component that is no type of the contract.
    pub(crate) fn add(&mut self, name: &str, schema: Schema) {
        self.written.entry(name.to_owned()).or_insert(schema);
    }

    pub(crate) fn finish(self) -> BTreeMap<String, Schema> {
        self.written
    }

    /// The component name of a type.
    pub(crate) fn name(&self, id: TypeId) -> String {
        let def = self.contract.type_def(id);
        let shared = self.contract.types.iter().any(|other| other.id != id && other.name == def.name);
        if shared || self.taken.contains(&def.name.as_str()) { self.contract.full_name(id) } else { def.name.clone() }
    }

    /// The schema of a type, by reference where it has a name.
    pub(crate) fn ty(&mut self, ty: &Type, number: bool) -> Schema {
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
        let conditions = match key {
            Type::Named(id) => match &self.contract.type_def(*id).kind {
                TypeKind::Scalar(scalar) => scalar.constraints.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        let text = model::scalar_of(self.contract, key).and_then(|base| key_schema(base, conditions));
        text.unwrap_or_else(|| self.ty(key, false))
    }

    /// Refers to a named type, whose schema is written.
    pub(crate) fn reference(&mut self, id: TypeId) -> Schema {
        let name = self.name(id);
        if self.seen.insert(id) {
            let schema = self.definition(self.contract.type_def(id));
            self.written.insert(name.clone(), schema);
        }
        self.at(&name)
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
        let more = match &def.kind {
            TypeKind::Scalar(scalar) => unsayable(scalar.base, &scalar.constraints),
            TypeKind::Enum(it) => members_in_words(it),
            _ => None,
        };
        let description = described(def.docs.as_deref(), more);
        Schema { description, sensitive: model::sensitive(&def.annotations), ..schema }
    }

    /// An object of fields.
    pub(crate) fn object(&mut self, fields: &[Field], patch: bool) -> Schema {
        let required = fields.iter().filter(|field| model::must_be_there(field));
        let required = required.map(model::json_name).collect();
        let properties = fields.iter().map(|field| (model::json_name(field), self.field(fields, field, patch)));
        let properties = Some(Properties(properties.collect()));
        Schema { properties, required, ..Schema::of("object") }
    }

    /// The schema of one of an object's fields, with all that is said of it there.
    fn field(&mut self, fields: &[Field], field: &Field, patch: bool) -> Schema {
        let schema = self.value(field);
        let null = match field.presence {
            Presence::Required => false,
            // A null that is read counts as absent, but not in a patch.
            Presence::Optional => !patch,
            Presence::Nullable | Presence::OptionalNullable => true,
        };
        let schema = if null { schema.or_null() } else { schema };
        let default_value = field.default.as_ref().map(|value| values::of_field(self.contract, field, value));
        let former = model::former_name(fields, field).map(|was| format!("Read from `{was}` as well."));
        let description = described(self.description(field).as_deref(), former);
        let sensitive = model::sensitive(&field.annotations);
        Schema { description, default_value, read_only: field.readonly, sensitive, ..schema }
    }

    /// What is said of a field or an input beside its schema: its documentation, and what the schema cannot say.
    pub(crate) fn description(&self, field: &Field) -> Option<String> {
        let base = model::scalar_of(self.contract, &field.ty).unwrap_or(ScalarType::Json);
        described(field.docs.as_deref(), unsayable(base, &field.constraints))
    }

    /// The schema of a field's value: its type with its constraints.
    pub(crate) fn value(&mut self, field: &Field) -> Schema {
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

/// Documentation, and behind it what else is to be said.
fn described(docs: Option<&str>, more: Option<String>) -> Option<String> {
    let parts: Vec<String> = docs.map(str::to_owned).into_iter().chain(more).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The documentation of members, for which JSON Schema has no place.
fn members_in_words(it: &Enum) -> Option<String> {
    let lines = it.members.iter().filter_map(|member| {
        let name = model::json_name_of(&member.annotations, &member.name);
        member.docs.as_ref().map(|docs| format!("- `{name}`: {}", docs.replace('\n', "\n  ")))
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
