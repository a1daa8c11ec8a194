//! `#[derive(Validate)]`: every field at its place, with what it demands as calls of `::wireloom::check`.

mod constraints;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Fields, Index, Type, Variant};

use self::constraints::Constraints;
use crate::member::{Container, Member, Of, generic};
use crate::report::Report;

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut report = Report::default();
    // The derive of `Wire` tells what is wrong with its own attributes.
    let container = Container::of(&input.attrs, &mut Report::default());
    let body = match &input.data {
        Data::Struct(data) => check_struct(&container, &data.fields, &mut report),
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| check_variant(&container, variant, &mut report));
            let arms: Vec<_> = arms.collect();
            quote! { #[allow(unreachable_patterns)] match self { #(#arms)* _ => {} } }
        }
        Data::Union(data) => {
            report.push(data.union_token.span, "`Validate` is for structs and enums");
            TokenStream::new()
        }
    };
    let (name, (generics, arguments, conditions)) = (&input.ident, input.generics.split_for_impl());
    report.finish(quote! {
        #[automatically_derived]
        impl #generics ::wireloom::Validate for #name #arguments #conditions {
            fn check(&self, at: &::wireloom::At<'_>, found: &mut ::wireloom::Violations) {
                let _ = (at, &found);
                #body
            }
        }
    })
}

/// Checks `self.field`, each at its own place; what a newtype holds is the value itself.
fn check_struct(container: &Container, fields: &Fields, report: &mut Report) -> TokenStream {
    let is_newtype = matches!(fields, Fields::Unnamed(_)) && fields.len() == 1;
    let mut checks = TokenStream::new();
    for (index, field) in fields.iter().enumerate() {
        let (value, place) = match &field.ident {
            Some(name) => (quote!(&self.#name), below(container, name, &field.attrs)),
            None => {
                let index = Index::from(index);
                let name = index.index.to_string();
                (quote!(&self.#index), if is_newtype { quote!(at) } else { quote!(&at.field(#name)) })
            }
        };
        checks.extend(check(&value, &place, &field.ty, &field.attrs, report));
    }
    checks
}

/// Checks what a variant carries, below its name.
fn check_variant(container: &Container, variant: &Variant, report: &mut Report) -> TokenStream {
    let ident = &variant.ident;
    let member = Member::of(Of::Case, container, ident, &variant.attrs, &mut Report::default());
    if member.unknown {
        return TokenStream::new();
    }
    let name = &member.json;
    let mut checks = TokenStream::new();
    match &variant.fields {
        Fields::Unit => TokenStream::new(),
        Fields::Named(fields) => {
            let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
            for (field, name) in fields.named.iter().zip(&names) {
                let place = below(&Container::default(), name, &field.attrs);
                checks.extend(check(&quote!(#name), &place, &field.ty, &field.attrs, report));
            }
            quote! { Self::#ident { #(#names),* } => { let at = &at.field(#name); #checks } }
        }
        Fields::Unnamed(fields) => {
            let names: Vec<_> =
                (0..fields.unnamed.len()).map(|index| format_ident!("it{index}", span = Span::mixed_site())).collect();
            for (field, name) in fields.unnamed.iter().zip(&names) {
                checks.extend(check(&quote!(#name), &quote!(at), &field.ty, &field.attrs, report));
            }
            quote! { Self::#ident(#(#names),*) => { let at = &at.field(#name); #checks } }
        }
    }
}

/// The place of a field, by its name in JSON.
fn below(container: &Container, ident: &Ident, attributes: &[Attribute]) -> TokenStream {
    let name = Member::of(Of::Field, container, ident, attributes, &mut Report::default()).json;
    quote!(&at.field(#name))
}

/// What a value demands, and then what its type does; `value` is a reference.
fn check(
    value: &TokenStream,
    place: &TokenStream,
    ty: &Type,
    attributes: &[Attribute],
    report: &mut Report,
) -> TokenStream {
    let constraints = Constraints::of(attributes, report);
    let inner = generic(ty).filter(|(name, arguments)| arguments.len() == 1 && (name == "Option" || name == "Maybe"));
    let own = (!constraints.is_empty()).then(|| match inner {
        Some((name, arguments)) => {
            let calls = constraints.calls(&quote!(value), place, arguments[0]);
            let there = if name == "Option" { quote!(as_ref) } else { quote!(as_value) };
            quote! { if let ::std::option::Option::Some(value) = (#value).#there() { #calls } }
        }
        None => {
            let calls = constraints.calls(&quote!(value), place, ty);
            quote! {{ let value = #value; #calls }}
        }
    });
    quote! { #own ::wireloom::Validate::check(#value, #place, found); }
}
