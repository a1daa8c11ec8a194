//! Enums without data: a number on binary wires.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::DeriveInput;

use super::unions::Cases;
use crate::report::Report;

pub(super) fn expand(input: &DeriveInput, cases: &Cases<'_>, report: &mut Report) -> TokenStream {
    cases.check_unknown("Unrecognized", report);
    let (name, (generics, arguments, conditions)) = (&input.ident, input.generics.split_for_impl());
    let listed: Vec<_> = cases.listed().collect();
    let variants: Vec<_> = listed.iter().map(|case| case.ident).collect();
    let numbers: Vec<_> = listed.iter().map(|case| Literal::u32_unsuffixed(case.member.number)).collect();
    let write_unknown = cases.unknown().map(|case| {
        let ident = case.ident;
        quote!(Self::#ident(it) => it.to_number(),)
    });
    let read = match cases.unknown() {
        Some(case) => {
            let ident = case.ident;
            quote!(number => ::std::option::Option::Some(Self::#ident(::wireloom::Unrecognized::Number(number))))
        }
        None => {
            let names = listed.iter().map(|case| case.member.json.as_str()).collect::<Vec<_>>().join(", ");
            quote!(number => place.not_listed(number, #names))
        }
    };
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::wire::Value for #name #arguments #conditions {
            const TYPE: ::wireloom::wire::WireType = <i32 as ::wireloom::wire::Value>::TYPE;

            fn write(&self, out: &mut ::wireloom::wire::Writer) {
                let number: i32 = match self { #(Self::#variants => #numbers,)* #write_unknown };
                ::wireloom::wire::Value::write(&number, out);
            }

            fn read(
                raw: ::wireloom::wire::Raw<'_>,
                place: &::wireloom::wire::Place<'_>,
            ) -> ::std::option::Option<Self> {
                match <i32 as ::wireloom::wire::Value>::read(raw, place)? {
                    #(#numbers => ::std::option::Option::Some(Self::#variants),)*
                    #read,
                }
            }
        }
    }
}
