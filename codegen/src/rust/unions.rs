//! Unions: a Rust enum with data, and its JSON form, `{"card": {…}}` or tagged.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Case, Origin, TypeDef, Union};

use super::scope::Scope;
use super::{docs, fields, json, naming, validate, wire};
use crate::model;

/// The items of a union.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, union: &Union) -> TokenStream {
    let it = Cases::of(scope, def, union);
    let definition = it.definition();
    let json = scope.json_of_type(def.id);
    let serialize = json.written.then(|| it.serialize());
    let deserialize = json.read.then(|| it.deserialize());
    let validate = it.validate();
    let from = it.conversions();
    let numbers = scope.contract.numbers.of_type(def.id);
    let wire = wire::of_union(scope, it.name, union, &it.variants, it.unknown.as_ref(), numbers);
    quote!(#definition #from #validate #serialize #deserialize #wire)
}

struct Cases<'a> {
    scope: &'a Scope<'a>,
    def: &'a TypeDef,
    union: &'a Union,
    name: &'a Ident,
    variants: Vec<Ident>,
    /// The variant for what is not listed, of an open union.
    unknown: Option<Ident>,
}

impl<'a> Cases<'a> {
    fn of(scope: &'a Scope<'a>, def: &'a TypeDef, union: &'a Union) -> Cases<'a> {
        let variants = naming::variants(union.cases.iter().map(|case| case.name.as_str()));
        let unknown = (!union.closed).then(|| naming::catch_all(&variants, "Unknown", "Unrecognized"));
        Cases { scope, def, union, name: scope.naming.ty(def.id), variants, unknown }
    }

    fn pairs(&self) -> impl Iterator<Item = (&'a Case, &Ident)> {
        self.union.cases.iter().zip(&self.variants)
    }

    fn json_name(case: &Case) -> &str {
        model::json_name_of(&case.annotations, &case.name)
    }

    /// The name on JSON, with the former one, as a pattern.
    fn pattern(&self, case: &Case) -> TokenStream {
        let taken = |was: &String| self.union.cases.iter().any(|other| Cases::json_name(other) == was);
        let (name, was) = (Cases::json_name(case), case.was.iter().filter(|was| !taken(was)));
        quote!(#name #(| #was)*)
    }

    fn payload(&self, case: &Case) -> Option<TokenStream> {
        let ty = case.ty.as_ref()?;
        let written = self.scope.ty(ty);
        Some(match self.scope.abilities.boxes(self.def.id, ty) {
            true => {
                let boxed = self.scope.prelude("Box");
                quote!(#boxed<#written>)
            }
            false => written,
        })
    }

    fn adapter(&self, case: &Case) -> Option<TokenStream> {
        let ty = case.ty.as_ref()?;
        let form = json::adapter(self.scope, ty, model::json_number(&case.annotations))?;
        Some(match self.scope.abilities.boxes(self.def.id, ty) {
            true => {
                let boxed = self.scope.prelude("Box");
                quote!(#boxed<#form>)
            }
            false => form,
        })
    }

    fn definition(&self) -> TokenStream {
        let name = self.name;
        let fallback = match &self.union.origin {
            Origin::Instance { generic, .. } => format!("`{generic}` of its arguments."),
            _ => format!("The union `{}`.", self.def.name),
        };
        let docs = docs::or(self.def.docs.as_deref(), &fallback);
        let secret = model::sensitive(&self.def.annotations);
        let derives = self.scope.derive_of_parts(self.def.id, !secret);
        let by_hand = secret.then(|| fields::secret_debug(name));
        let open = (!self.union.closed).then(|| quote!(#[non_exhaustive]));
        let cases = self.pairs().map(|(case, variant)| {
            let docs = docs::or(case.docs.as_deref(), &format!("`{}`", case.name));
            match self.payload(case) {
                Some(ty) => quote!(#docs #variant(#ty),),
                None => quote!(#docs #variant,),
            }
        });
        let unknown = self.unknown.as_ref().map(|variant| {
            quote! {
                /// A case that this contract does not list: the peer's is newer.
                #variant(::wireloom::UnknownCase),
            }
        });
        quote! {
            #docs
            #[derive(#derives)]
            #[allow(clippy::large_enum_variant, reason = "the contract decides what a case holds")]
            #open
            pub enum #name { #(#cases)* #unknown }
            #by_hand
        }
    }

    /// `From` of each payload that only one case has.
    fn conversions(&self) -> TokenStream {
        let (name, from) = (self.name, self.scope.prelude("From"));
        let all: Vec<_> = self.union.cases.iter().filter_map(|case| case.ty.as_ref()).collect();
        let conversions = self.pairs().filter_map(|(case, variant)| {
            let ty = case.ty.as_ref()?;
            let named = matches!(ty, wireloom_idl::contract::Type::Named(_));
            if !named || all.iter().filter(|other| **other == ty).count() > 1 {
                return None;
            }
            let written = self.scope.ty(ty);
            let value = match self.scope.abilities.boxes(self.def.id, ty) {
                true => {
                    let boxed = self.scope.prelude("Box");
                    quote!(#boxed::new(value))
                }
                false => quote!(value),
            };
            Some(quote! {
                impl #from<#written> for #name {
                    fn from(value: #written) -> #name {
                        #name::#variant(#value)
                    }
                }
            })
        });
        quote!(#(#conversions)*)
    }

    fn validate(&self) -> TokenStream {
        let name = self.name;
        let checked: Vec<(TokenStream, TokenStream)> = self
            .pairs()
            .filter(|(case, _)| case.ty.as_ref().is_some_and(|ty| self.scope.abilities.checks(ty)))
            .map(|(case, variant)| {
                let place = match self.union.tag {
                    Some(_) => quote!(at),
                    None => {
                        let json_name = Cases::json_name(case);
                        quote!(&at.field(#json_name))
                    }
                };
                (quote!(#name::#variant(it)), quote!(::wireloom::Validate::check(it, #place, found)))
            })
            .collect();
        let all_checked = checked.len() == self.union.cases.len() && self.union.closed;
        let body = match checked.as_slice() {
            [] => TokenStream::new(),
            [(pattern, call)] if !all_checked => quote!(if let #pattern = self { #call; }),
            _ => {
                let (patterns, calls): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
                let otherwise = (!all_checked).then(|| quote!(_ => {}));
                quote!(match self { #(#patterns => #calls,)* #otherwise })
            }
        };
        validate::of(name, &body)
    }

    fn serialize(&self) -> TokenStream {
        let s = self.scope.parameter("S");
        let (name, result) = (self.name, self.scope.prelude("Result"));
        let arms = self.pairs().map(|(case, variant)| self.serialize_case(case, variant));
        let unknown = self.unknown.as_ref().map(|variant| match &self.union.tag {
            Some(tag) => quote!(#name::#variant(it) => ::wireloom::json::unknown_tagged(serializer, #tag, it),),
            None => quote!(#name::#variant(it) => ::wireloom::json::unknown_case(serializer, it),),
        });
        quote! {
            impl ::wireloom::serde::Serialize for #name {
                fn serialize<#s: ::wireloom::serde::Serializer>(&self, serializer: #s) -> #result<#s::Ok, #s::Error> {
                    match self { #(#arms)* #unknown }
                }
            }
        }
    }

    fn serialize_case(&self, case: &Case, variant: &Ident) -> TokenStream {
        let (name, json_name) = (self.name, Cases::json_name(case));
        match (&self.union.tag, case.ty.is_some()) {
            (None, false) => quote!(#name::#variant => serializer.serialize_str(#json_name),),
            (None, true) => {
                let form = self.adapter(case).unwrap_or_else(|| quote!(::wireloom::json::Same));
                quote!(#name::#variant(it) => ::wireloom::json::case::<#form, _, _>(serializer, #json_name, it),)
            }
            (Some(tag), false) => {
                quote!(#name::#variant => ::wireloom::json::tagged(serializer, #tag, #json_name, &()),)
            }
            (Some(tag), true) => {
                quote!(#name::#variant(it) => ::wireloom::json::tagged(serializer, #tag, #json_name, it),)
            }
        }
    }

    fn deserialize(&self) -> TokenStream {
        let d = self.scope.parameter("D");
        let (name, result) = (self.name, self.scope.prelude("Result"));
        let (read, form) = match &self.union.tag {
            Some(tag) => (quote!(tagged_union), self.tagged_form(tag)),
            None => (quote!(union), self.form()),
        };
        quote! {
            impl<'de> ::wireloom::serde::Deserialize<'de> for #name {
                fn deserialize<#d: ::wireloom::serde::Deserializer<'de>>(deserializer: #d) -> #result<#name, #d::Error> {
                    ::wireloom::json::#read(deserializer)
                }
            }

            #form
        }
    }

    fn form(&self) -> TokenStream {
        let m = self.scope.parameter("M");
        let name = self.name;
        let (option, result) = (self.scope.prelude("Option"), self.scope.prelude("Result"));
        let names = self.union.cases.iter().map(Cases::json_name);
        let bare = self.pairs().filter(|(case, _)| case.ty.is_none());
        let bare_arms = bare.map(|(case, variant)| {
            let pattern = self.pattern(case);
            quote!(#pattern => Some(#name::#variant))
        });
        let bare_arms: Vec<_> = bare_arms.collect();
        let loaded = self.pairs().filter(|(case, _)| case.ty.is_some());
        let loaded_arms = loaded.map(|(case, variant)| {
            let pattern = self.pattern(case);
            let form = self.adapter(case).unwrap_or_else(|| quote!(::wireloom::json::Same));
            quote!(#pattern => #name::#variant(::wireloom::json::payload::<#form, _, _>(map)?))
        });
        let loaded_arms: Vec<_> = loaded_arms.collect();
        let with_payload: Vec<_> =
            self.union.cases.iter().filter(|case| case.ty.is_some()).map(|case| self.pattern(case)).collect();
        let without: Vec<_> =
            self.union.cases.iter().filter(|case| case.ty.is_none()).map(|case| self.pattern(case)).collect();
        let (bare_else, loaded_else) = match &self.unknown {
            Some(unknown) => {
                let known = (!with_payload.is_empty()).then(|| quote!(#(#with_payload)|* => None,));
                let known_bare = (!without.is_empty()).then(|| quote!(#(#without)|* => return Ok(None),));
                (
                    quote!(#known _ => Some(#name::#unknown(::wireloom::UnknownCase::new(name, ::wireloom::Json::Null)))),
                    quote!(#known_bare _ => #name::#unknown(::wireloom::UnknownCase::new(name, ::wireloom::json::payload::<::wireloom::json::Same, _, _>(map)?))),
                )
            }
            None => (quote!(_ => None), quote!(_ => return Ok(None))),
        };
        let bare_body = match bare_arms.is_empty() && self.unknown.is_none() {
            true => quote!(None),
            false => quote!(match name { #(#bare_arms,)* #bare_else }),
        };
        let bare_name = if bare_arms.is_empty() && self.unknown.is_none() { quote!(_) } else { quote!(name) };
        let loaded_body = match loaded_arms.is_empty() && self.unknown.is_none() {
            true => quote!(Ok(None)),
            false => quote!(Ok(Some(match name { #(#loaded_arms,)* #loaded_else }))),
        };
        let (loaded_name, map) = match loaded_arms.is_empty() && self.unknown.is_none() {
            true => (quote!(_), quote!(_)),
            false => (quote!(name), quote!(map)),
        };
        quote! {
            impl ::wireloom::json::Union for #name {
                const CASES: &'static [&'static str] = &[#(#names),*];

                fn bare(#bare_name: &str) -> #option<#name> {
                    #bare_body
                }

                fn loaded<'de, #m: ::wireloom::serde::de::MapAccess<'de>>(#loaded_name: &str, #map: &mut #m) -> #result<#option<#name>, #m::Error> {
                    #loaded_body
                }
            }
        }
    }

    fn tagged_form(&self, tag: &str) -> TokenStream {
        let e = self.scope.parameter("E");
        let name = self.name;
        let (option, result) = (self.scope.prelude("Option"), self.scope.prelude("Result"));
        let names = self.union.cases.iter().map(Cases::json_name);
        let arms = self.pairs().map(|(case, variant)| {
            let pattern = self.pattern(case);
            match case.ty {
                Some(_) => quote!(#pattern => #name::#variant(::wireloom::json::fields(fields)?)),
                None => quote!(#pattern => #name::#variant),
            }
        });
        let otherwise = match &self.unknown {
            Some(unknown) => quote!(_ => #name::#unknown(::wireloom::UnknownCase::new(case, fields))),
            None => quote!(_ => return Ok(None)),
        };
        quote! {
            impl ::wireloom::json::TaggedUnion for #name {
                const TAG: &'static str = #tag;
                const CASES: &'static [&'static str] = &[#(#names),*];

                fn of<#e: ::wireloom::serde::de::Error>(case: &str, fields: ::wireloom::Json) -> #result<#option<#name>, #e> {
                    Ok(Some(match case { #(#arms,)* #otherwise }))
                }
            }
        }
    }
}
