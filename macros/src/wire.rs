//! `#[derive(Wire)]`: which kind of type it is, and what all kinds have in common.

mod enums;
mod newtypes;
mod structs;
mod unions;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Fields, GenericParam, Generics, parse_quote};

pub(crate) use self::structs::{Field, Held};
pub(crate) use self::unions::{Case, Cases};
use crate::json;
use crate::member::Container;
use crate::report::Report;

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut report = Report::default();
    let container = Container::of(&input.attrs, &mut report);
    if let Some(lifetime) = input.generics.lifetimes().next() {
        report.push(lifetime.lifetime.span(), "`Wire` reads values that own what they hold: no lifetimes");
    }
    if let (Some(oneof), false) = (container.oneof, matches!(input.data, Data::Enum(_))) {
        report.push(oneof, "`oneof` is said of an enum");
    }
    let code = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => structs::expand(input, &container, fields, &mut report),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                newtypes::expand(input, &container, &fields.unnamed[0], &mut report)
            }
            Fields::Unnamed(fields) => {
                let message = "fields without names have none in JSON: name them, or leave one";
                report.push(fields.paren_token.span.join(), message);
                TokenStream::new()
            }
            Fields::Unit => {
                report.push(input.ident.span(), "a record without fields is written with braces: `struct Empty {}`");
                TokenStream::new()
            }
        },
        Data::Enum(data) if data.variants.is_empty() => {
            report.push(input.ident.span(), "an enum without cases has no value that could travel");
            TokenStream::new()
        }
        Data::Enum(data) => enumeration(input, &container, data, &mut report),
        Data::Union(data) => {
            report.push(data.union_token.span, "`Wire` is for structs and enums; one of several is an enum with data");
            TokenStream::new()
        }
    };
    report.finish(code)
}

/// An enum is a union as soon as a case carries something; what catches the unknown does not count.
fn enumeration(input: &DeriveInput, container: &Container, data: &DataEnum, report: &mut Report) -> TokenStream {
    let cases = unions::Cases::of(container, data, report);
    let is_union = cases.have_data() || container.oneof.is_some();
    let code = match is_union {
        true => unions::expand(input, &cases, report),
        false => enums::expand(input, &cases, report),
    };
    let json = container.json.then(|| json::of_enum(input, &cases, is_union));
    quote!(#code #json)
}

/// The generics, each type of which is bound.
pub(crate) fn bound(generics: &Generics, bound: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#bound));
        }
    }
    generics
}

/// The generics, bound to what travels.
fn travelling(generics: &Generics) -> Generics {
    bound(generics, &quote!(::wireloom::wire::Value))
}

/// `impl Wire`, of these bodies.
fn implementation(input: &DeriveInput, put: &TokenStream, get: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let generics = travelling(&input.generics);
    let (generics, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::Wire for #name #arguments #conditions {
            fn put(&self, out: &mut ::wireloom::wire::Writer) {
                let _ = &out;
                #put
            }

            fn get(from: &mut ::wireloom::wire::Reader<'_>) -> ::std::option::Option<Self> {
                #get
            }
        }
    }
}
