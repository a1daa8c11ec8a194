//! Enums: a Rust enum, its text form, and through it JSON, paths, queries and map keys.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{Enum, TypeDef};

use super::scope::Scope;
use super::{docs, fields, naming, validate, wire};
use crate::model;

/// The items of an enum.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, it: &Enum) -> TokenStream {
    let definition = definition(scope, def, it);
    let all = all(scope, def, it);
    let text = text(scope, def, it);
    let conversions = conversions(scope, def);
    let validate = validate::of(scope.naming.ty(def.id), &TokenStream::new());
    let catch_all = (!it.closed).then(|| unknown(it));
    let numbers = scope.contract.numbers.of_type(def.id);
    let wire = wire::of_enum(scope, scope.naming.ty(def.id), it, &variants(it), catch_all.as_ref(), numbers);
    quote!(#definition #all #text #conversions #validate #wire)
}

fn definition(scope: &Scope<'_>, def: &TypeDef, it: &Enum) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let docs = docs::or(def.docs.as_deref(), &format!("The enum `{}`.", def.name));
    let variants = variants(it);
    let members = it.members.iter().zip(&variants).map(|(member, variant)| {
        let docs = docs::or(member.docs.as_deref(), &format!("`{}`", member.name));
        quote!(#docs #variant,)
    });
    let unknown = (!it.closed).then(|| {
        let variant = unknown(it);
        quote! {
            /// A member that this contract does not list: the peer's is newer.
            #variant(::wireloom::Unrecognized),
        }
    });
    let (copy, open) = match it.closed {
        true => (quote!(Copy,), None),
        false => (TokenStream::new(), Some(quote!(#[non_exhaustive]))),
    };
    let secret = model::sensitive(&def.annotations);
    let debug = (!secret).then(|| quote!(Debug,));
    let by_hand = secret.then(|| fields::secret_debug(name));
    quote! {
        #docs
        #[derive(Clone, #copy #debug PartialEq, Eq, PartialOrd, Ord, Hash)]
        #open
        pub enum #name { #(#members)* #unknown }
        #by_hand
    }
}

fn variants(it: &Enum) -> Vec<proc_macro2::Ident> {
    naming::variants(it.members.iter().map(|member| member.name.as_str()))
}

fn unknown(it: &Enum) -> proc_macro2::Ident {
    naming::catch_all(&variants(it), "Unknown", "Unrecognized")
}

fn all(scope: &Scope<'_>, def: &TypeDef, it: &Enum) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let (variants, count) = (variants(it), it.members.len());
    let all = quote! {
        /// All that the contract lists, in its order.
        pub const ALL: [#name; #count] = [#(#name::#variants),*];
    };
    let as_str = it.closed.then(|| {
        let arms = it.members.iter().zip(&variants).map(|(member, variant)| {
            let text = model::json_name_of(&member.annotations, &member.name);
            quote!(#name::#variant => #text)
        });
        quote! {
            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { #(#arms,)* }
            }
        }
    });
    quote!(impl #name { #all #as_str })
}

fn text(scope: &Scope<'_>, def: &TypeDef, it: &Enum) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let variants = variants(it);
    let (result, string) = (scope.prelude("Result"), scope.prelude("String"));
    let to_text = match it.closed {
        true => quote!(::std::borrow::Cow::Borrowed(self.as_str())),
        false => {
            let unknown = unknown(it);
            let arms = it.members.iter().zip(&variants).map(|(member, variant)| {
                let text = model::json_name_of(&member.annotations, &member.name);
                quote!(#name::#variant => ::std::borrow::Cow::Borrowed(#text))
            });
            quote!(match self { #(#arms,)* #name::#unknown(it) => it.to_text() })
        }
    };
    let from_arms = it.members.iter().zip(&variants).map(|(member, variant)| {
        let text = model::json_name_of(&member.annotations, &member.name);
        let was = member.was.iter().filter(|was| !it.members.iter().any(|other| other.name == **was));
        quote!(#text #(| #was)* => Ok(#name::#variant))
    });
    let otherwise = match it.closed {
        true => {
            let names: Vec<&str> =
                it.members.iter().map(|member| model::json_name_of(&member.annotations, &member.name)).collect();
            let message = format!("must be one of {}", names.join(", "));
            quote!(Err(#string::from(#message)))
        }
        false => {
            let unknown = unknown(it);
            quote!(Ok(#name::#unknown(::wireloom::Unrecognized::Text(#string::from(text)))))
        }
    };
    quote! {
        impl ::wireloom::Text for #name {
            fn to_text(&self) -> ::std::borrow::Cow<'_, str> {
                #to_text
            }

            fn from_text(text: &str) -> #result<#name, #string> {
                match text { #(#from_arms,)* _ => #otherwise }
            }
        }
    }
}

/// `Display`, `FromStr` and serde by way of the text.
fn conversions(scope: &Scope<'_>, def: &TypeDef) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let (result, string) = (scope.prelude("Result"), scope.prelude("String"));
    let (s, d) = (scope.parameter("S"), scope.parameter("D"));
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&::wireloom::Text::to_text(self))
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = #string;

            fn from_str(text: &str) -> #result<#name, #string> {
                ::wireloom::Text::from_text(text)
            }
        }

        impl ::wireloom::serde::Serialize for #name {
            fn serialize<#s: ::wireloom::serde::Serializer>(&self, serializer: #s) -> #result<#s::Ok, #s::Error> {
                serializer.serialize_str(&::wireloom::Text::to_text(self))
            }
        }

        impl<'de> ::wireloom::serde::Deserialize<'de> for #name {
            fn deserialize<#d: ::wireloom::serde::Deserializer<'de>>(deserializer: #d) -> #result<#name, #d::Error> {
                ::wireloom::json::from_text(deserializer)
            }
        }
    }
}
