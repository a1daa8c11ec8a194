//! Fields of structs: their definitions with serde's attributes, a constructor of what must be said, setters for the rest.
//!
//! Records, faults, events and requests are all made of this.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{format_ident, quote};
use wireloom_idl::contract::{Field, Origin, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind};

use super::scope::{Json, Scope};
use super::{docs, json, literal, naming};
use crate::model;

/// A struct with fields of the contract.
#[derive(Clone, Debug)]
pub(crate) struct Struct<'a> {
    /// Its name.
    pub(crate) name: &'a Ident,
    /// The type of the contract it stands for; none for requests.
    pub(crate) owner: Option<TypeId>,
    /// Its fields.
    pub(crate) fields: &'a [Field],
    /// Their names in Rust.
    pub(crate) idents: Vec<Ident>,
    /// Whether it is a patch, whose optional fields refuse null.
    pub(crate) patch: bool,
    /// Whether none of it must be seen in logs.
    pub(crate) secret: bool,
    /// What it is in JSON.
    pub(crate) json: Json,
}

impl<'a> Struct<'a> {
    /// The inputs of an operation.
    pub(crate) fn of_inputs(name: &'a Ident, inputs: &'a [Field], json: Json) -> Struct<'a> {
        Struct::new(name, None, inputs, json)
    }

    /// A record, fault or event.
    pub(crate) fn of_type(scope: &Scope<'_>, name: &'a Ident, def: &TypeDef, fields: &'a [Field]) -> Struct<'a> {
        let patch = matches!(&def.kind, TypeKind::Record(record) if matches!(record.origin, Origin::Patch(_)));
        let secret = model::sensitive(&def.annotations);
        Struct { patch, secret, ..Struct::new(name, Some(def.id), fields, scope.json_of_type(def.id)) }
    }

    fn new(name: &'a Ident, owner: Option<TypeId>, fields: &'a [Field], json: Json) -> Struct<'a> {
        let idents = naming::fields(fields.iter().map(|field| field.name.as_str()));
        Struct { name, owner, fields, idents, patch: false, secret: false, json }
    }

    /// Fields with their Rust names.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a Field, &Ident)> {
        self.fields.iter().zip(&self.idents)
    }

    /// Whether every field may be left unsaid.
    pub(crate) fn all_optional(&self) -> bool {
        !self.fields.iter().any(model::must_be_there)
    }

    /// Whether it or some field must not be seen in logs.
    pub(crate) fn has_secrets(&self) -> bool {
        self.secret || self.fields.iter().any(|field| model::sensitive(&field.annotations))
    }
}

/// `pub name: Type,` for each field.
pub(crate) fn definitions(scope: &Scope<'_>, it: &Struct<'_>) -> TokenStream {
    let fields = it.pairs().map(|(field, ident)| {
        let docs = docs::or(field.docs.as_deref(), &format!("`{}`", field.name));
        let serde = it.json.written.then(|| serde_attribute(scope, it, field, ident));
        let ty = scope.field(it.owner, field);
        quote!(#docs #serde pub #ident: #ty,)
    });
    quote!(#(#fields)*)
}

fn serde_attribute(scope: &Scope<'_>, it: &Struct<'_>, field: &Field, ident: &Ident) -> TokenStream {
    let mut parts: Vec<TokenStream> = Vec::new();
    let name = model::json_name(field);
    if ident.to_string().trim_start_matches("r#") != name {
        parts.push(quote!(rename = #name));
    }
    if let Some(was) = model::former_name(it.fields, field) {
        parts.push(quote!(alias = #was));
    }
    presence(scope, it, field, ident, &mut parts);
    if parts.is_empty() { TokenStream::new() } else { quote!(#[serde(#(#parts),*)]) }
}

fn presence(scope: &Scope<'_>, it: &Struct<'_>, field: &Field, ident: &Ident, parts: &mut Vec<TokenStream>) {
    let mut adapter = json::adapter(scope, &field.ty, model::json_number(&field.annotations));
    if let (Some(inner), true) = (&adapter, scope.boxes(it.owner, field)) {
        let boxed = scope.prelude("Box");
        adapter = Some(quote!(#boxed<#inner>));
    }
    let option = scope.prelude("Option");
    let with = |form: TokenStream| {
        let path = json::path_text(&quote!(::wireloom::json::As::<#form>));
        quote!(with = #path)
    };
    match field.presence {
        Presence::Required | Presence::Nullable if field.default.is_some() => {
            let default = field.default.as_ref().expect("just seen");
            match literal::is_plain_default(&field.ty, field.presence, default) {
                true => parts.push(quote!(default)),
                false => {
                    let path = format!("{}::{}", it.name, default_fn(ident));
                    parts.push(quote!(default = #path));
                }
            }
            let nullable = field.presence == Presence::Nullable;
            parts.extend(adapter.map(|form| with(if nullable { quote!(#option<#form>) } else { form })));
        }
        Presence::Required => parts.extend(adapter.map(with)),
        Presence::Optional => {
            parts.push(quote!(default));
            let skip = json::path_text(&quote!(#option::is_none));
            parts.push(quote!(skip_serializing_if = #skip));
            match (adapter, it.patch) {
                (Some(form), true) => parts.push(with(quote!(::wireloom::json::Present<#form>))),
                (Some(form), false) => parts.push(with(quote!(#option<#form>))),
                (None, true) => parts.push(quote!(deserialize_with = "::wireloom::json::present")),
                (None, false) => {}
            }
        }
        Presence::Nullable => match adapter {
            Some(form) => parts.push(with(quote!(#option<#form>))),
            None => parts.push(quote!(deserialize_with = "::wireloom::json::nullable")),
        },
        Presence::OptionalNullable => {
            parts.push(quote!(default));
            parts.push(quote!(skip_serializing_if = "::wireloom::Maybe::is_absent"));
            parts.extend(adapter.map(|form| with(quote!(::wireloom::Maybe<#form>))));
        }
    }
}

fn default_fn(ident: &Ident) -> Ident {
    format_ident!("default_{}", ident.to_string().trim_start_matches("r#"))
}

/// The `impl` with `new`, a setter for each field that `new` leaves out, and the defaults; `what` names a value: `an order`.
pub(crate) fn construction(scope: &Scope<'_>, it: &Struct<'_>, what: &str) -> TokenStream {
    let name = it.name;
    let new = constructor(scope, it, what);
    let setters = it
        .pairs()
        .filter(|(field, _)| !model::must_be_there(field))
        .map(|(field, ident)| setter(scope, it, field, ident));
    let defaults = it.pairs().filter_map(|(field, ident)| default_function(scope, field, ident));
    let default_impl = it.all_optional().then(|| {
        let default = scope.prelude("Default");
        quote! {
            impl #default for #name {
                fn default() -> #name {
                    #name::new()
                }
            }
        }
    });
    quote! {
        impl #name {
            #new
            #(#setters)*
            #(#defaults)*
        }
        #default_impl
    }
}

fn constructor(scope: &Scope<'_>, it: &Struct<'_>, what: &str) -> TokenStream {
    let name = it.name;
    let required: Vec<_> = it.pairs().filter(|(field, _)| model::must_be_there(field)).collect();
    let arguments = required.iter().map(|(field, ident)| {
        let ty = parameter(scope, field);
        quote!(#ident: #ty)
    });
    let values = it.pairs().map(|(field, ident)| {
        let value = initial(scope, it, field, ident);
        match value {
            Some(value) => quote!(#ident: #value),
            None => quote!(#ident),
        }
    });
    let text = match (required.len(), it.fields.len()) {
        (0, 0) => format!("{what}, which says nothing."),
        (0, _) => format!("{what} that says nothing yet: each field has a default or is absent, and has a setter."),
        (some, all) if some == all => format!("{what}."),
        _ => format!("{what} with what it must have; the rest stands at its default or is absent, and has a setter."),
    };
    let docs = docs::text(&capitalized(&text));
    let many = (required.len() > 7)
        .then(|| quote!(#[allow(clippy::too_many_arguments, reason = "one for each field that must be there")]));
    quote! {
        #docs
        #many
        pub fn new(#(#arguments),*) -> #name {
            #name { #(#values),* }
        }
    }
}

fn parameter(scope: &Scope<'_>, field: &Field) -> TokenStream {
    let ty = scope.ty(&field.ty);
    match field.presence {
        Presence::Nullable => {
            let option = scope.prelude("Option");
            quote!(#option<#ty>)
        }
        _ if field.ty == Type::Scalar(ScalarType::String) => {
            let into = scope.prelude("Into");
            quote!(impl #into<#ty>)
        }
        _ => ty,
    }
}

/// The value in `new`; none where the argument goes there as it is.
fn initial(scope: &Scope<'_>, it: &Struct<'_>, field: &Field, ident: &Ident) -> Option<TokenStream> {
    let boxed = scope.prelude("Box");
    if model::must_be_there(field) {
        return match field.presence {
            Presence::Nullable if scope.boxes(it.owner, field) => Some(quote!(#ident.map(#boxed::new))),
            Presence::Required if field.ty == Type::Scalar(ScalarType::String) => Some(quote!(#ident.into())),
            _ => None,
        };
    }
    Some(match &field.default {
        Some(default) if literal::is_plain_default(&field.ty, field.presence, default) => {
            literal::with_presence(scope, field, default)
        }
        Some(_) => {
            let function = default_fn(ident);
            quote!(Self::#function())
        }
        None if field.presence == Presence::OptionalNullable => quote!(::wireloom::Maybe::Absent),
        None => quote!(None),
    })
}

/// The function that makes the default of a field that has one.
pub(crate) fn default_maker(scope: &Scope<'_>, it: &Struct<'_>, field: &Field, ident: &Ident) -> TokenStream {
    let is_plain = |default| literal::is_plain_default(&field.ty, field.presence, default);
    if field.default.as_ref().is_some_and(is_plain) {
        let default = scope.prelude("Default");
        return quote!(#default::default);
    }
    let (name, function) = (it.name, default_fn(ident));
    quote!(#name::#function)
}

fn setter(scope: &Scope<'_>, it: &Struct<'_>, field: &Field, ident: &Ident) -> TokenStream {
    let method = format_ident!("with_{}", ident.to_string().trim_start_matches("r#"));
    let name = it.name;
    let docs = docs::text(&format!("Sets `{}`.", field.name));
    let boxed = scope.prelude("Box");
    let is_text = field.ty == Type::Scalar(ScalarType::String);
    let (ty, into) = (scope.ty(&field.ty), scope.prelude("Into"));
    let given = if is_text { quote!(value.into()) } else { quote!(value) };
    let given = if scope.boxes(it.owner, field) { quote!(#boxed::new(#given)) } else { given };
    let (parameter, value) = match field.presence {
        Presence::Required => (parameter(scope, field), given),
        Presence::Optional if is_text => (quote!(impl #into<#ty>), quote!(Some(#given))),
        Presence::Optional => (ty, quote!(Some(#given))),
        Presence::Nullable | Presence::OptionalNullable => {
            let whole = scope.field(it.owner, field);
            (quote!(impl #into<#whole>), quote!(value.into()))
        }
    };
    quote! {
        #docs
        #[must_use]
        pub fn #method(mut self, value: #parameter) -> #name {
            self.#ident = #value;
            self
        }
    }
}

fn default_function(scope: &Scope<'_>, field: &Field, ident: &Ident) -> Option<TokenStream> {
    let default = field.default.as_ref()?;
    if literal::is_plain_default(&field.ty, field.presence, default) {
        return None;
    }
    let (function, ty) = (default_fn(ident), scope.field(None, field));
    let value = literal::with_presence(scope, field, default);
    Some(quote! {
        fn #function() -> #ty {
            #value
        }
    })
}

/// `Debug` by hand, where some field must not be seen.
pub(crate) fn debug(it: &Struct<'_>) -> TokenStream {
    if !it.has_secrets() {
        return TokenStream::new();
    }
    let name = it.name;
    if it.secret {
        return secret_debug(name);
    }
    let text = name.to_string();
    let fields = it.pairs().map(|(field, ident)| {
        let label = Token::string(ident.to_string().trim_start_matches("r#"));
        match model::sensitive(&field.annotations) {
            true => quote!(.field(#label, &::std::format_args!("…"))),
            false => quote!(.field(#label, &self.#ident)),
        }
    });
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text)#(#fields)*.finish()
            }
        }
    }
}

/// `Debug` of a type of which nothing must be seen.
pub(crate) fn secret_debug(name: &Ident) -> TokenStream {
    let text = name.to_string();
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(#text).field(&::std::format_args!("…")).finish()
            }
        }
    }
}

pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// `an order`, `a line`
pub(crate) fn with_article(name: &str) -> String {
    let words = crate::names::snake(name).replace('_', " ");
    let article = if words.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {words}")
}
