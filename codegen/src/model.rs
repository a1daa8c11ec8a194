//! Small questions that more than one part of the generator asks of the contract.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Annotations, Field, Literal, Presence, ScalarType, Type, TypeKind};

/// The built-in type below a type: itself, or what a named scalar is made of.
pub(crate) fn scalar_of(contract: &Contract, ty: &Type) -> Option<ScalarType> {
    match ty {
        Type::Scalar(scalar) => Some(*scalar),
        Type::Named(id) => match &contract.type_def(*id).kind {
            TypeKind::Scalar(scalar) => Some(scalar.base),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value has a form as one text, for paths, queries and headers: scalars but `json`, and enums.
pub(crate) fn has_text_form(contract: &Contract, ty: &Type) -> bool {
    match scalar_of(contract, ty) {
        Some(scalar) => scalar != ScalarType::Json,
        None => matches!(ty, Type::Named(id) if matches!(contract.type_def(*id).kind, TypeKind::Enum(_))),
    }
}

/// Whether policies can go by a value: it has a form as text, and equal values are one.
pub(crate) fn has_key_form(contract: &Contract, ty: &Type) -> bool {
    has_text_form(contract, ty) && !matches!(scalar_of(contract, ty), Some(ScalarType::F32 | ScalarType::F64))
}

/// What stands in a list or set of texts, which a query repeats.
pub(crate) fn repeated_text<'t>(contract: &Contract, ty: &'t Type) -> Option<&'t Type> {
    match ty {
        Type::List(item) | Type::Set(item) if has_text_form(contract, item) => Some(item),
        _ => None,
    }
}

/// Whether an absent field is an error: it is required and has no default.
pub(crate) fn must_be_there(field: &Field) -> bool {
    matches!(field.presence, Presence::Required | Presence::Nullable) && field.default.is_none()
}

/// Whether the type is `i64`, `u64` or made of them: what `@json(number)` is for.
pub(crate) fn holds_wide_integer(ty: &Type) -> bool {
    match ty {
        Type::List(item) | Type::Set(item) | Type::Nullable(item) => holds_wide_integer(item),
        Type::Map(_, value) => holds_wide_integer(value),
        _ => matches!(ty, Type::Scalar(ScalarType::I64 | ScalarType::U64)),
    }
}

/// The name a field has on JSON: its own, or the one `@json("…")` gives it.
pub(crate) fn json_name(field: &Field) -> String {
    json_name_of(&field.annotations, &field.name).to_owned()
}

/// The former name that JSON may say of a field and mean it: no other has it, and no earlier one had it.
pub(crate) fn former_name<'f>(fields: &[Field], field: &'f Field) -> Option<&'f str> {
    let was = field.was.as_deref()?;
    let mut earlier = fields.iter().take_while(|other| other.name != field.name);
    let is_free =
        fields.iter().all(|other| json_name(other) != was) && earlier.all(|other| other.was.as_deref() != Some(was));
    is_free.then_some(was)
}

/// The name a member or case has on JSON.
pub(crate) fn json_name_of<'a>(annotations: &'a Annotations, name: &'a str) -> &'a str {
    json_arguments(annotations).find(|(_, is_word)| !is_word).map_or(name, |(text, _)| text)
}

/// Whether `@json(number)` stands there.
pub(crate) fn json_number(annotations: &Annotations) -> bool {
    json_arguments(annotations).any(|(text, is_word)| is_word && text == "number")
}

/// Whether the value must not show up in logs.
pub(crate) fn sensitive(annotations: &Annotations) -> bool {
    annotations.has("sensitive")
}

/// What stands in the brackets of each `@json`, and whether it is a bare word.
fn json_arguments(annotations: &Annotations) -> impl Iterator<Item = (&str, bool)> {
    let named = annotations.0.iter().filter(|annotation| annotation.name == "json");
    named.filter_map(|annotation| match annotation.arguments.as_slice() {
        [(None, Literal::Text(text))] => Some((text.as_str(), annotation.is_word)),
        _ => None,
    })
}

/// The case a union's value names, and what it carries.
pub(crate) fn case_of(tag: Option<&str>, value: &Literal) -> (String, Option<Literal>) {
    match (tag, value) {
        (_, Literal::Text(name)) => (name.clone(), None),
        (Some(tag), Literal::Object(entries)) => {
            let (kind, rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(name, _)| name == tag);
            match kind.into_iter().next() {
                Some((_, Literal::Text(name))) => (name, Some(Literal::Object(rest))),
                // A case may also be written `{ card: {…} }`, whatever the tag.
                _ => single(entries),
            }
        }
        (None, Literal::Object(entries)) => single(entries),
        _ => unreachable!("lowering checks values against their types: {value:?}"),
    }
}

fn single(entries: &[(String, Literal)]) -> (String, Option<Literal>) {
    entries.first().map(|(name, value)| (name.clone(), Some(value.clone()))).unwrap_or_default()
}
