//! Values of a contract's types, drawn as JSON: no type has a line of its own here.
//!
//! Constraints are not kept, since decoding leaves them to the validation that follows. What is never drawn: a member or case
//! that the contract does not list, for by its name alone it has no binary form; and null for what counts it as absent.

use prost_types::FileDescriptorSet;
use serde_json::{Map, Value as Json, json};
use wireloom::{Bytes, Date, Decimal, Duration, Time, Timestamp, Uuid};
use wireloom_idl::Contract;
use wireloom_idl::contract::{
    Annotations, Enum, Field, Inputs, Literal, PackageId, Presence, ScalarType, Type, TypeDef, TypeKind, Union,
};

use super::dice::Dice;

/// Below this, nothing is drawn any more.
const DEPTH_MAX: usize = 12;

/// Draws values of the types of a contract.
pub(crate) struct Values<'c> {
    contract: &'c Contract,
    set: &'c FileDescriptorSet,
}

impl<'c> Values<'c> {
    pub(crate) fn new(contract: &'c Contract, set: &'c FileDescriptorSet) -> Values<'c> {
        Values { contract, set }
    }

    /// A value of a message, by the name that protobuf has for it: a type, or what an operation is given.
    pub(crate) fn of_message(&self, message: &str, dice: &mut Dice<'_>) -> Json {
        let (package, name) = message.rsplit_once('.').expect("the name is a full one");
        let (id, _) = self
            .contract
            .packages()
            .find(|(_, it)| format!("{}.v{}", it.name, it.version) == package)
            .expect("the package is there");
        match self.contract.find_type(id, name) {
            Some(def) => self.named(def, dice, 0),
            None => Json::Object(self.fields(self.inputs(id, package, message), dice, 0)),
        }
    }

    fn inputs(&self, id: PackageId, package: &str, message: &str) -> &'c [Field] {
        let file = self.set.file.iter().find(|file| file.package() == package).expect("a file a package");
        let methods = file.service.iter().flat_map(|of| of.method.iter().map(move |method| (of, method)));
        let (service, method) =
            methods.into_iter().find(|(_, method)| method.input_type()[1..] == *message).expect("a method takes it");
        let service = self.contract.package(id).services.iter().find(|it| it.name == service.name());
        match service.and_then(|service| service.operation(method.name())).map(|it| &it.inputs) {
            Some(Inputs::Fields(fields)) => fields,
            other => panic!("{message} is no request: {other:?}"),
        }
    }

    fn named(&self, def: &TypeDef, dice: &mut Dice<'_>, depth: usize) -> Json {
        // What is too deep ends as if there were nothing to draw from.
        let mut none = Dice::new(&[]);
        let dice = if depth > DEPTH_MAX { &mut none } else { dice };
        match &def.kind {
            TypeKind::Scalar(scalar) => self.scalar(scalar.base, dice),
            TypeKind::Enum(it) => Json::from(member(it, dice)),
            TypeKind::Union(union) => self.union(union, dice, depth + 1),
            TypeKind::Record(_) | TypeKind::Extern(_) | TypeKind::Fault(_) | TypeKind::Event(_) => {
                Json::Object(self.fields(def.fields().unwrap_or_default(), dice, depth + 1))
            }
        }
    }

    fn fields(&self, fields: &[Field], dice: &mut Dice<'_>, depth: usize) -> Map<String, Json> {
        let mut members = Map::new();
        for field in fields {
            let (may_lack, may_be_null) = match field.presence {
                Presence::Required => (field.default.is_some(), false),
                Presence::Optional => (true, false),
                Presence::Nullable => (field.default.is_some(), true),
                Presence::OptionalNullable => (true, true),
            };
            let value = match dice.below(4) {
                0 | 1 if may_lack => continue,
                0 | 2 if may_be_null => Json::Null,
                _ => self.value(&field.ty, dice, depth),
            };
            // A `json` may be null itself, which counts as absent where it may be.
            if !(value.is_null() && field.presence == Presence::Optional) {
                members.insert(json_name(&field.annotations, &field.name).to_owned(), value);
            }
        }
        members
    }

    fn union(&self, union: &Union, dice: &mut Dice<'_>, depth: usize) -> Json {
        let case = dice.one_of(&union.cases);
        let name = json_name(&case.annotations, &case.name);
        let payload = case.ty.as_ref().map(|ty| self.value(ty, dice, depth));
        match (&union.tag, payload) {
            (Some(tag), payload) => {
                let mut members = payload.and_then(|it| it.as_object().cloned()).unwrap_or_default();
                members.insert(tag.clone(), Json::from(name));
                Json::Object(members)
            }
            (None, Some(payload)) => json!({ name: payload }),
            (None, None) => Json::from(name),
        }
    }

    fn value(&self, ty: &Type, dice: &mut Dice<'_>, depth: usize) -> Json {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar, dice),
            Type::Named(id) => self.named(self.contract.type_def(*id), dice, depth),
            Type::List(item) | Type::Set(item) => Json::from(dice.many(|dice| self.value(item, dice, depth))),
            Type::Map(key, value) => {
                let entries = dice.many(|dice| (self.key(key, dice, depth), self.value(value, dice, depth)));
                Json::Object(entries.into_iter().collect())
            }
            Type::Nullable(_) if dice.below(2) == 0 => Json::Null,
            Type::Nullable(inner) => self.value(inner, dice, depth),
        }
    }

    fn key(&self, ty: &Type, dice: &mut Dice<'_>, depth: usize) -> String {
        match self.value(ty, dice, depth) {
            Json::String(text) => text,
            other => other.to_string(),
        }
    }

    fn scalar(&self, scalar: ScalarType, dice: &mut Dice<'_>) -> Json {
        match scalar {
            ScalarType::Bool => Json::from(dice.below(2) == 1),
            ScalarType::I32 => Json::from(dice.integer() as i32),
            ScalarType::U32 => Json::from(dice.integer() as u32),
            ScalarType::I64 => Json::from(dice.integer() as i64),
            ScalarType::U64 => Json::from(dice.integer()),
            ScalarType::F32 | ScalarType::F64 => Json::from(dice.float()),
            ScalarType::String | ScalarType::Url | ScalarType::IdempotencyKey => Json::from(dice.text()),
            ScalarType::Bytes => text(&Bytes::from(dice.many(Dice::byte))),
            ScalarType::Uuid => text(&Uuid::from_u64_pair(dice.integer(), dice.integer())),
            ScalarType::Decimal => {
                let mantissa = i128::from(dice.integer() as i64);
                text(&Decimal::from_i128_with_scale(mantissa, dice.below(29) as u32))
            }
            ScalarType::Timestamp => text(&timestamp(dice)),
            ScalarType::Date => {
                text(&Date::ZERO.saturating_add(Duration::from_hours(24 * dice.below(2_900_000) as i64)))
            }
            ScalarType::Time => text(&Time::MIN.wrapping_add(duration(dice))),
            ScalarType::Duration => text(&duration(dice)),
            ScalarType::Json => json(dice, 3),
        }
    }
}

fn text(value: &impl wireloom::Text) -> Json {
    Json::from(value.to_text().into_owned())
}

fn member<'e>(it: &'e Enum, dice: &mut Dice<'_>) -> &'e str {
    let member = dice.one_of(&it.members);
    json_name(&member.annotations, &member.name)
}

fn timestamp(dice: &mut Dice<'_>) -> Timestamp {
    let seconds = dice.integer() as i64 % 200_000_000_000;
    Timestamp::new(seconds, dice.below(1_000_000_000) as i32).expect("within jiff's range")
}

fn duration(dice: &mut Dice<'_>) -> Duration {
    let nanos = dice.below(1_000_000_000) as i32;
    let seconds = dice.integer() as i64 % 1_000_000_000_000;
    Duration::new(seconds, if seconds < 0 { -nanos } else { nanos })
}

/// Any JSON, with numbers that a double holds.
fn json(dice: &mut Dice<'_>, depth: u32) -> Json {
    match dice.below(if depth == 0 { 5 } else { 7 }) {
        0 => Json::Null,
        1 => Json::from(dice.below(2) == 1),
        2 => Json::from(dice.integer() as i32),
        3 => Json::from(f64::from(dice.integer() as i32) + 0.5),
        4 => Json::from(dice.text()),
        5 => Json::from(dice.many(|dice| json(dice, depth - 1))),
        _ => Json::Object(dice.many(|dice| (dice.text(), json(dice, depth - 1))).into_iter().collect()),
    }
}

/// The name on JSON: `@json(number)` is a form and no name.
fn json_name<'n>(annotations: &'n Annotations, name: &'n str) -> &'n str {
    let texts = annotations.0.iter().filter(|it| it.name == "json").flat_map(|it| &it.arguments);
    let mut names = texts.filter_map(|(_, argument)| match argument {
        Literal::Text(text) if text != "number" => Some(text.as_str()),
        _ => None,
    });
    names.next().unwrap_or(name)
}
