//! Checks: what the contract demands of values, as calls of `::wireloom::check`.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Constraint, Field, Literal, Presence, ScalarType, Type, TypeKind};

use super::fields::Struct;
use super::literal;
use super::scope::Scope;
use crate::model;

/// `impl Validate` of a struct with fields.
pub(crate) fn of_struct(scope: &Scope<'_>, it: &Struct<'_>) -> TokenStream {
    let checks: Vec<TokenStream> =
        it.pairs().map(|(field, ident)| field_checks(scope, field, &quote!(self.#ident))).collect();
    of(it.name, &quote!(#(#checks)*))
}

/// `impl Validate` with these statements, perhaps none.
pub(crate) fn of(name: &proc_macro2::Ident, checks: &TokenStream) -> TokenStream {
    let (at, found) = if checks.is_empty() { (quote!(_), quote!(_)) } else { (quote!(at), quote!(found)) };
    quote! {
        impl ::wireloom::Validate for #name {
            fn check(&self, #at: &::wireloom::At<'_>, #found: &mut ::wireloom::Violations) {
                #checks
            }
        }
    }
}

fn field_checks(scope: &Scope<'_>, field: &Field, value: &TokenStream) -> TokenStream {
    let name = model::json_name(field);
    let place = quote!(&at.field(#name));
    let nested =
        scope.abilities.checks(&field.ty).then(|| quote!(::wireloom::Validate::check(&#value, #place, found);));
    if field.constraints.is_empty() {
        return quote!(#nested);
    }
    let own = match field.presence {
        Presence::Required => {
            let checks = conditions(scope, &field.ty, &field.constraints, &Subject::Place(value.clone()), &place);
            quote!(#checks)
        }
        _ => {
            let checks = conditions(scope, &field.ty, &field.constraints, &Subject::Reference(quote!(value)), &place);
            match field.presence {
                Presence::OptionalNullable => quote!(if let Some(value) = #value.as_value() { #checks }),
                _ => quote!(if let Some(value) = &#value { #checks }),
            }
        }
    };
    quote!(#own #nested)
}

/// What is checked: a place (`self.note`) or a reference to one (`value`).
pub(crate) enum Subject {
    Place(TokenStream),
    Reference(TokenStream),
}

impl Subject {
    fn reference(&self) -> TokenStream {
        match self {
            Subject::Place(place) => quote!(&#place),
            Subject::Reference(reference) => reference.clone(),
        }
    }

    /// To call methods on.
    fn receiver(&self) -> &TokenStream {
        let (Subject::Place(tokens) | Subject::Reference(tokens)) = self;
        tokens
    }
}

/// A call for each condition.
pub(crate) fn conditions(
    scope: &Scope<'_>,
    ty: &Type,
    constraints: &[Constraint],
    subject: &Subject,
    place: &TokenStream,
) -> TokenStream {
    let calls = constraints.iter().map(|constraint| condition(scope, ty, constraint, subject, place));
    quote!(#(#calls)*)
}

fn condition(
    scope: &Scope<'_>,
    ty: &Type,
    constraint: &Constraint,
    subject: &Subject,
    place: &TokenStream,
) -> TokenStream {
    match constraint {
        Constraint::Length { min, max } => {
            let (text, min, max) = (text(scope, ty, subject), count(*min), count(*max));
            quote!(::wireloom::check::length(#text, #min, #max, #place, found);)
        }
        Constraint::Size { min, max } => {
            let (held, min, max) = (held(scope, ty, subject), count(*min), count(*max));
            quote!(::wireloom::check::size(#held.len(), #min, #max, #place, found);)
        }
        Constraint::Value { min, max } => {
            let value = value(scope, ty, subject);
            let (min, max) = (bound(scope, ty, min.as_ref()), bound(scope, ty, max.as_ref()));
            quote!(::wireloom::check::value(#value, #min, #max, #place, found);)
        }
        Constraint::Matches(pattern) => {
            let text = text(scope, ty, subject);
            quote! {{
                static PATTERN: ::std::sync::LazyLock<::wireloom::check::Pattern> =
                    ::std::sync::LazyLock::new(|| ::wireloom::check::Pattern::new(#pattern));
                ::wireloom::check::matches(#text, &PATTERN, #place, found);
            }}
        }
        Constraint::OneOf(values) => one_of(scope, ty, values, subject, place),
        Constraint::Format(format) => {
            let (check, text) = (crate::names::ident(format.as_str()), text(scope, ty, subject));
            quote!(::wireloom::check::#check(#text, #place, found);)
        }
        Constraint::MultipleOf(step) => multiple_of(scope, ty, step, subject, place),
        Constraint::Unique => {
            let held = subject.reference();
            match scope.abilities.orders_items(ty) {
                true => quote!(::wireloom::check::unique_ord(#held, #place, found);),
                false => quote!(::wireloom::check::unique(#held, #place, found);),
            }
        }
    }
}

fn count(bound: Option<u64>) -> TokenStream {
    match bound {
        Some(bound) => {
            let bound = Token::u64_unsuffixed(bound);
            quote!(Some(#bound))
        }
        None => quote!(None),
    }
}

fn bound(scope: &Scope<'_>, ty: &Type, bound: Option<&Literal>) -> TokenStream {
    match bound {
        Some(bound) => {
            let value = literal::expression(scope, &base(scope, ty), bound);
            quote!(Some(#value))
        }
        None => quote!(None),
    }
}

/// The type below a named scalar, else the type itself.
fn base(scope: &Scope<'_>, ty: &Type) -> Type {
    model::scalar_of(scope.contract, ty).map_or_else(|| ty.clone(), Type::Scalar)
}

fn is_newtype(scope: &Scope<'_>, ty: &Type) -> bool {
    matches!(ty, Type::Named(id) if matches!(scope.contract.type_def(*id).kind, TypeKind::Scalar(_)))
}

/// The value as `&str`.
fn text(scope: &Scope<'_>, ty: &Type, subject: &Subject) -> TokenStream {
    let receiver = subject.receiver();
    match ty {
        Type::Scalar(ScalarType::String) => subject.reference(),
        _ if matches!(
            model::scalar_of(scope.contract, ty),
            Some(ScalarType::String | ScalarType::Url | ScalarType::IdempotencyKey)
        ) =>
        {
            quote!(#receiver.as_str())
        }
        _ => quote!(&::wireloom::Text::to_text(&#receiver)),
    }
}

/// What has a length.
fn held(scope: &Scope<'_>, ty: &Type, subject: &Subject) -> TokenStream {
    let receiver = subject.receiver();
    if is_newtype(scope, ty) { quote!(#receiver.get()) } else { receiver.clone() }
}

/// A reference to the value that is compared.
fn value(scope: &Scope<'_>, ty: &Type, subject: &Subject) -> TokenStream {
    let receiver = subject.receiver();
    match (is_newtype(scope, ty), scope.abilities.copies(ty)) {
        (true, true) => quote!(&#receiver.get()),
        (true, false) => quote!(#receiver.get()),
        (false, _) => subject.reference(),
    }
}

fn one_of(scope: &Scope<'_>, ty: &Type, values: &[Literal], subject: &Subject, place: &TokenStream) -> TokenStream {
    let list = format!("[{}]", values.iter().map(literal::json_text).collect::<Vec<_>>().join(", "));
    let texts: Option<Vec<&str>> = values.iter().map(Literal::as_text).collect();
    let is_string = model::scalar_of(scope.contract, ty) == Some(ScalarType::String);
    let is_one = match texts {
        Some(texts) if is_string => {
            let text = match is_newtype(scope, ty) {
                true => text(scope, ty, subject),
                false => {
                    let receiver = subject.receiver();
                    quote!(#receiver.as_str())
                }
            };
            quote!(::std::matches!(#text, #(#texts)|*))
        }
        _ => {
            let base = base(scope, ty);
            let values = values.iter().map(|value| literal::expression(scope, &base, value));
            let value = value(scope, ty, subject);
            quote!([#(#values),*].contains(#value))
        }
    };
    quote!(::wireloom::check::one_of(#is_one, #list, #place, found);)
}

fn multiple_of(scope: &Scope<'_>, ty: &Type, step: &Literal, subject: &Subject, place: &TokenStream) -> TokenStream {
    let step_value = literal::expression(scope, &base(scope, ty), step);
    match model::scalar_of(scope.contract, ty) {
        Some(ScalarType::Decimal) => {
            let value = value(scope, ty, subject);
            quote!(::wireloom::check::multiple_of_decimal(#value, #step_value, #place, found);)
        }
        Some(ScalarType::F32 | ScalarType::F64) => {
            let value = number(scope, ty, subject);
            let step = literal::expression(scope, &Type::Scalar(ScalarType::F64), step);
            quote!(::wireloom::check::multiple_of_float(#value, #step, #place, found);)
        }
        _ => {
            let value = number(scope, ty, subject);
            quote!(::wireloom::check::multiple_of_integer(#value, #step_value, #place, found);)
        }
    }
}

/// The number itself.
fn number(scope: &Scope<'_>, ty: &Type, subject: &Subject) -> TokenStream {
    let receiver = subject.receiver();
    match subject {
        _ if is_newtype(scope, ty) => quote!(#receiver.get()),
        Subject::Place(place) => place.clone(),
        Subject::Reference(reference) => quote!(*#reference),
    }
}
