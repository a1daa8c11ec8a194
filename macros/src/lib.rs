//! Derive macros of Wireloom, for types written by hand.
//!
//! A contract may use a type of one's own (`extern record Geo = rust "crate::Geo"`). Such a type must say what its contract
//! demands of it, as generated types do; [`macro@Validate`] writes that for types made of validated parts. Used through the
//! feature `macros` of the crate `wireloom`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Index};

/// Implements `wireloom::Validate`: every field is validated, and a violation's path names it.
///
/// ```
/// use wireloom::{Maybe, Url, Validate as _};
/// use wireloom_macros::Validate;
///
/// #[derive(Validate)]
/// struct Geo {
///     latitude: f64,
///     longitude: f64,
///     source: Maybe<Url>,
/// }
///
/// let geo = Geo { latitude: 52.5, longitude: 13.4, source: Maybe::Value(Url::new("https://example.org/")?) };
/// assert!(geo.validate().is_ok());
/// # Ok::<(), wireloom::Violations>(())
/// ```
///
/// It is for structs and enums; a union has no fields that could be looked at one by one.
#[proc_macro_derive(Validate)]
pub fn validate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let body = match &input.data {
        Data::Struct(data) => check_struct(&data.fields),
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| check_variant(&variant.ident, &variant.fields));
            quote! { #[allow(unreachable_patterns)] match self { #(#arms)* _ => {} } }
        }
        Data::Union(data) => {
            return Err(syn::Error::new(data.union_token.span, "`Validate` is for structs and enums"));
        }
    };
    let (name, (generics, arguments, conditions)) = (&input.ident, input.generics.split_for_impl());
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::wireloom::Validate for #name #arguments #conditions {
            fn check(&self, at: &::wireloom::At<'_>, found: &mut ::wireloom::Violations) {
                let _ = (at, &found);
                #body
            }
        }
    })
}

/// Checks `self.field`, each at its own place.
fn check_struct(fields: &Fields) -> TokenStream {
    let checks = fields.iter().enumerate().map(|(index, field)| match &field.ident {
        Some(name) => check(&quote!(&self.#name), &name.to_string()),
        None => {
            let index = Index::from(index);
            check(&quote!(&self.#index), &index.index.to_string())
        }
    });
    quote!(#(#checks)*)
}

/// Checks what a variant carries; what stands in a tuple variant is the value itself.
fn check_variant(variant: &Ident, fields: &Fields) -> TokenStream {
    match fields {
        Fields::Unit => quote!(),
        Fields::Named(fields) => {
            let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
            let checks = names.iter().map(|name| check(&quote!(#name), &name.to_string()));
            quote! { Self::#variant { #(#names),* } => { #(#checks)* } }
        }
        Fields::Unnamed(fields) => {
            let names: Vec<_> =
                (0..fields.unnamed.len()).map(|index| format_ident!("it{index}", span = Span::mixed_site())).collect();
            quote! { Self::#variant(#(#names),*) => { #(::wireloom::Validate::check(#names, at, found);)* } }
        }
    }
}

fn check(value: &TokenStream, name: &str) -> TokenStream {
    quote! { ::wireloom::Validate::check(#value, &at.field(#name), found); }
}
