//! Values of the contract as Rust expressions, each of the type that the contract gives it.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Field, Literal, Presence, ScalarType, Type, TypeId, TypeKind};

use super::naming;
use super::scope::Scope;
use crate::model;

/// Whether a default is what Rust's `Default` gives anyway.
pub(crate) fn is_plain_default(ty: &Type, presence: Presence, value: &Literal) -> bool {
    if presence == Presence::Nullable {
        return *value == Literal::Null;
    }
    match (ty, value) {
        (Type::Scalar(ScalarType::Bool), Literal::Bool(false)) => true,
        (Type::Scalar(ScalarType::String), Literal::Text(text)) => text.is_empty(),
        (
            Type::Scalar(ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64),
            Literal::Number(digits),
        ) => digits == "0",
        (Type::List(_) | Type::Set(_), Literal::List(items)) => items.is_empty(),
        (Type::Map(..), Literal::Object(entries)) => entries.is_empty(),
        _ => false,
    }
}

/// The default of a field, as the field holds it.
pub(crate) fn with_presence(scope: &Scope<'_>, field: &Field, value: &Literal) -> TokenStream {
    match (field.presence, value) {
        (Presence::Nullable, Literal::Null) => quote!(None),
        (Presence::Nullable, _) => {
            let value = expression(scope, &field.ty, value);
            quote!(Some(#value))
        }
        _ => expression(scope, &field.ty, value),
    }
}

/// The value as an expression; it has been checked against the type.
pub(crate) fn expression(scope: &Scope<'_>, ty: &Type, value: &Literal) -> TokenStream {
    match (ty, value) {
        (Type::Scalar(scalar), _) => scalar_expression(scope, *scalar, value),
        (Type::Named(id), _) => named(scope, *id, value),
        (Type::Nullable(_), Literal::Null) => quote!(None),
        (Type::Nullable(inner), _) => {
            let value = expression(scope, inner, value);
            quote!(Some(#value))
        }
        (Type::List(item), Literal::List(items)) => match items.is_empty() {
            true => {
                let vec = scope.prelude("Vec");
                quote!(#vec::new())
            }
            false => {
                let items = items.iter().map(|value| expression(scope, item, value));
                quote!(::std::vec![#(#items),*])
            }
        },
        (Type::Set(item), Literal::List(items)) => match items.is_empty() {
            true => quote!(::std::collections::BTreeSet::new()),
            false => {
                let items = items.iter().map(|value| expression(scope, item, value));
                quote!(::std::collections::BTreeSet::from([#(#items),*]))
            }
        },
        (Type::Map(key, item), Literal::Object(entries)) => match entries.is_empty() {
            true => quote!(::std::collections::BTreeMap::new()),
            false => {
                let entries = entries.iter().map(|(text, value)| {
                    let (key, value) = (map_key(scope, key, text), expression(scope, item, value));
                    quote!((#key, #value))
                });
                quote!(::std::collections::BTreeMap::from([#(#entries),*]))
            }
        },
        _ => unreachable!("lowering checks values against their types: {ty:?}, {value:?}"),
    }
}

fn map_key(scope: &Scope<'_>, key: &Type, text: &str) -> TokenStream {
    let value = match model::scalar_of(scope.contract, key) {
        Some(ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64) => Literal::Number(text.to_owned()),
        Some(ScalarType::Bool) => Literal::Bool(text == "true"),
        _ => Literal::Text(text.to_owned()),
    };
    expression(scope, key, &value)
}

fn scalar_expression(scope: &Scope<'_>, scalar: ScalarType, value: &Literal) -> TokenStream {
    match (scalar, value) {
        (ScalarType::Bool, Literal::Bool(value)) => quote!(#value),
        (ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64, Literal::Number(digits)) => {
            number(&plain_integer(digits))
        }
        (ScalarType::F32 | ScalarType::F64, Literal::Number(digits)) => number(&float(digits)),
        (ScalarType::Decimal, Literal::Number(digits) | Literal::Text(digits)) => decimal(digits),
        (ScalarType::String, Literal::Text(text)) => {
            let string = scope.prelude("String");
            if text.is_empty() { quote!(#string::new()) } else { quote!(#string::from(#text)) }
        }
        (ScalarType::Json, _) => {
            let text = json_text(value);
            parsed(&quote!(#text.parse::<::wireloom::Json>()))
        }
        (ScalarType::Duration, Literal::Text(text)) => duration(text),
        (ScalarType::Url, Literal::Text(text)) => parsed(&quote!(::wireloom::Url::new(#text))),
        (ScalarType::IdempotencyKey, Literal::Text(text)) => parsed(&quote!(::wireloom::IdempotencyKey::new(#text))),
        (_, Literal::Text(text)) => {
            let ty = scope.scalar(scalar);
            parsed(&quote!(<#ty as ::wireloom::Text>::from_text(#text)))
        }
        _ => unreachable!("lowering checks values against their types: {scalar:?}, {value:?}"),
    }
}

/// The compiler has checked the text, so reading it cannot fail.
fn parsed(expression: &TokenStream) -> TokenStream {
    quote!(#expression.expect("the contract's own value"))
}

fn number(text: &str) -> TokenStream {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let token: Token = digits.parse().expect("digits are a literal of Rust");
    if negative { quote!(-#token) } else { quote!(#token) }
}

/// Integers may be written with an exponent; Rust's may not.
pub(crate) fn plain_integer(digits: &str) -> String {
    match digits.parse::<i128>() {
        Ok(value) => value.to_string(),
        Err(_) => digits.parse::<f64>().map_or_else(|_| digits.to_owned(), |value| format!("{value:.0}")),
    }
}

fn float(digits: &str) -> String {
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.contains(['.', 'e', 'E']) { digits.to_owned() } else { format!("{digits}.0") }
}

/// A decimal from its parts, so that nothing is parsed when the program runs.
fn decimal(digits: &str) -> TokenStream {
    let negative = digits.starts_with('-');
    let plain = digits.trim_start_matches(['-', '+']);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mantissa = format!("{whole}{fraction}").parse::<u128>();
    match mantissa {
        Ok(mantissa) if mantissa < 1 << 96 && fraction.len() <= 28 => {
            let part = |shift: u32| Token::u32_unsuffixed(((mantissa >> shift) & u128::from(u32::MAX)) as u32);
            let (low, middle, high) = (part(0), part(32), part(64));
            let scale = Token::u32_unsuffixed(fraction.len() as u32);
            quote!(::wireloom::Decimal::from_parts(#low, #middle, #high, #negative, #scale))
        }
        _ => parsed(&quote!(::wireloom::Decimal::from_scientific(#digits))),
    }
}

/// `0.25s` as seconds and nanoseconds.
fn duration(text: &str) -> TokenStream {
    let digits = text.trim_end_matches('s');
    let negative = digits.starts_with('-');
    let (whole, fraction) =
        digits.trim_start_matches('-').split_once('.').unwrap_or((digits.trim_start_matches('-'), ""));
    let seconds: i64 = whole.parse().unwrap_or(i64::MAX);
    let nanos: i32 = format!("{fraction:0<9}").get(..9).and_then(|digits| digits.parse().ok()).unwrap_or_default();
    let sign = if negative { -1 } else { 1 };
    let (seconds, nanos) = (number(&(seconds * sign).to_string()), number(&(i64::from(nanos) * sign).to_string()));
    quote!(::wireloom::Duration::new(#seconds, #nanos))
}

fn named(scope: &Scope<'_>, id: TypeId, value: &Literal) -> TokenStream {
    let def = scope.contract.type_def(id);
    let path = scope.named(id);
    match (&def.kind, value) {
        (TypeKind::Scalar(scalar), _) => {
            let inner = match (scalar.base, value) {
                // `new` takes anything that becomes a `String`.
                (ScalarType::String, Literal::Text(text)) => quote!(#text),
                _ => scalar_expression(scope, scalar.base, value),
            };
            if scalar.constraints.is_empty() { quote!(#path::new(#inner)) } else { parsed(&quote!(#path::new(#inner))) }
        }
        (TypeKind::Enum(it), Literal::Text(name)) => {
            let variants = naming::variants(it.members.iter().map(|member| member.name.as_str()));
            let index = it.members.iter().position(|member| member.name == *name).expect("lowering checks members");
            let variant = &variants[index];
            quote!(#path::#variant)
        }
        (TypeKind::Union(it), _) => {
            let variants = naming::variants(it.cases.iter().map(|case| case.name.as_str()));
            let (name, payload) = model::case_of(it.tag.as_deref(), value);
            let index = it.cases.iter().position(|case| case.name == name).expect("lowering checks cases");
            let (variant, case) = (&variants[index], &it.cases[index]);
            match &case.ty {
                None => quote!(#path::#variant),
                Some(ty) => {
                    let mut payload = expression(scope, ty, &payload.unwrap_or(Literal::Object(Vec::new())));
                    if scope.abilities.boxes(id, ty) {
                        let boxed = scope.prelude("Box");
                        payload = quote!(#boxed::new(#payload));
                    }
                    quote!(#path::#variant(#payload))
                }
            }
        }
        (TypeKind::Extern(_), _) => {
            let text = json_text(value);
            parsed(&quote!(::wireloom::json::decode(#text.as_bytes(), ::wireloom::json::DEPTH_MAX)))
        }
        (_, Literal::Object(entries)) => record(scope, id, def.fields().unwrap_or_default(), entries),
        _ => unreachable!("lowering checks values against their types: {}, {value:?}", def.name),
    }
}

fn record(scope: &Scope<'_>, id: TypeId, fields: &[Field], entries: &[(String, Literal)]) -> TokenStream {
    let path = scope.named(id);
    let idents = naming::fields(fields.iter().map(|field| field.name.as_str()));
    let values = fields.iter().zip(idents).map(|(field, ident)| {
        let said = entries.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
        let value = field_value(scope, id, field, said.or(field.default.as_ref()));
        quote!(#ident: #value)
    });
    quote!(#path { #(#values),* })
}

fn field_value(scope: &Scope<'_>, owner: TypeId, field: &Field, value: Option<&Literal>) -> TokenStream {
    let wrapped = |value: &Literal| {
        let value = expression(scope, &field.ty, value);
        match scope.boxes(Some(owner), field) {
            true => {
                let boxed = scope.prelude("Box");
                quote!(#boxed::new(#value))
            }
            false => value,
        }
    };
    match (field.presence, value) {
        (Presence::Required, Some(value)) => wrapped(value),
        (Presence::OptionalNullable, None) => quote!(::wireloom::Maybe::Absent),
        (Presence::OptionalNullable, Some(Literal::Null)) => quote!(::wireloom::Maybe::Null),
        (Presence::OptionalNullable, Some(value)) => {
            let value = wrapped(value);
            quote!(::wireloom::Maybe::Value(#value))
        }
        (_, None | Some(Literal::Null)) => quote!(None),
        (_, Some(value)) => {
            let value = wrapped(value);
            quote!(Some(#value))
        }
    }
}

/// The value as JSON text.
pub(crate) fn json_text(value: &Literal) -> String {
    crate::target::schema::values::untyped(value).to_string()
}
