//! Structs of one unnamed field: on every wire what that field is.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Field};

use crate::json;
use crate::member::{self, Container};
use crate::report::Report;

pub(super) fn expand(input: &DeriveInput, container: &Container, field: &Field, report: &mut Report) -> TokenStream {
    member::refuse(&field.attrs, report, "a newtype is what this field is: nothing more is said of it");
    let (name, inner) = (&input.ident, &field.ty);
    let generics = super::travelling(&input.generics);
    let (generics, _, conditions) = generics.split_for_impl();
    let (_, arguments, _) = input.generics.split_for_impl();
    let json = container.json.then(|| json::of_newtype(input, inner));
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::wire::Value for #name #arguments #conditions {
            const TYPE: ::wireloom::wire::WireType = <#inner as ::wireloom::wire::Value>::TYPE;

            fn write(&self, out: &mut ::wireloom::wire::Writer) {
                ::wireloom::wire::Value::write(&self.0, out);
            }

            fn read(
                raw: ::wireloom::wire::Raw<'_>,
                place: &::wireloom::wire::Place<'_>,
            ) -> ::std::option::Option<Self> {
                <#inner as ::wireloom::wire::Value>::read(raw, place).map(Self)
            }

            const MERGE: ::std::option::Option<::wireloom::wire::Merge<Self>> =
                match <#inner as ::wireloom::wire::Value>::MERGE {
                    ::std::option::Option::None => ::std::option::Option::None,
                    ::std::option::Option::Some(_) => ::std::option::Option::Some(|occurrences, place| {
                        (<#inner as ::wireloom::wire::Value>::MERGE?)(occurrences, place).map(Self)
                    }),
                };
        }
        #json
    }
}
