//! `#[derive(Validate)]`: every field at its place, with what it demands as calls of `::wireloom::check`.

mod constraints;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Index, Type, Variant};

use self::constraints::Constraints;
use crate::member::{Container, Member, Of, generic};
use crate::report::Report;
use crate::wire::bound;

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
    let generics = bound(&input.generics, &quote!(::wireloom::Validate));
    let (name, (generics, arguments, conditions)) = (&input.ident, generics.split_for_impl());
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
        match &field.ident {
            Some(name) => checks.extend(check_field(container, name, &quote!(&self.#name), field, report)),
            None => {
                let index = Index::from(index);
                let name = index.index.to_string();
                let place = if is_newtype { quote!(at) } else { quote!(&at.field(#name)) };
                checks.extend(check(&quote!(&self.#index), &place, &field.ty, &field.attrs, report));
            }
        }
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
            let container = container.of_variant(&variant.attrs);
            let locals = locals(fields.named.len());
            let mut bindings = TokenStream::new();
            for (field, local) in fields.named.iter().zip(&locals) {
                let Some(name) = &field.ident else { continue };
                let check = check_field(&container, name, &quote!(#local), field, report);
                if !check.is_empty() {
                    bindings.extend(quote!(#name: #local,));
                    checks.extend(check);
                }
            }
            quote! { Self::#ident { #bindings .. } => { let at = &at.field(#name); #checks } }
        }
        Fields::Unnamed(fields) => {
            let locals = locals(fields.unnamed.len());
            for (field, local) in fields.unnamed.iter().zip(&locals) {
                checks.extend(check(&quote!(#local), &quote!(at), &field.ty, &field.attrs, report));
            }
            quote! { Self::#ident(#(#locals),*) => { let at = &at.field(#name); #checks } }
        }
    }
}

/// Locals of what a variant carries: apart from the parameters, whatever its fields are called.
fn locals(count: usize) -> Vec<Ident> {
    (0..count).map(|index| format_ident!("it{index}", span = Span::mixed_site())).collect()
}

/// Checks a field at its place, which is its name in JSON. What does not travel nobody else has sent: of that only what is said is checked.
fn check_field(
    container: &Container,
    ident: &Ident,
    value: &TokenStream,
    field: &Field,
    report: &mut Report,
) -> TokenStream {
    let member = Member::of(Of::Field, container, ident, &field.attrs, &mut Report::default());
    let name = &member.json;
    let place = quote!(&at.field(#name));
    match member.skip {
        true => demands(value, &place, &field.ty, &field.attrs, report),
        false => check(value, &place, &field.ty, &field.attrs, report),
    }
}

/// What a value demands, and then what its type does; `value` is a reference.
fn check(
    value: &TokenStream,
    place: &TokenStream,
    ty: &Type,
    attributes: &[Attribute],
    report: &mut Report,
) -> TokenStream {
    let own = demands(value, place, ty, attributes, report);
    quote! { #own ::wireloom::Validate::check(#value, #place, found); }
}

/// What a value demands.
fn demands(
    value: &TokenStream,
    place: &TokenStream,
    ty: &Type,
    attributes: &[Attribute],
    report: &mut Report,
) -> TokenStream {
    let constraints = Constraints::of(attributes, report);
    let inner = generic(ty).filter(|(name, arguments)| arguments.len() == 1 && (name == "Option" || name == "Maybe"));
    if constraints.is_empty() {
        return TokenStream::new();
    }
    match inner {
        Some((name, arguments)) => {
            let calls = constraints.calls(&quote!(value), place, arguments[0]);
            let there = if name == "Option" { quote!(as_ref) } else { quote!(as_value) };
            quote! { if let ::std::option::Option::Some(value) = (#value).#there() { #calls } }
        }
        None => {
            let calls = constraints.calls(&quote!(value), place, ty);
            quote! {{ let value = #value; #calls }}
        }
    }
}
