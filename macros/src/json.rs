//! `#[wire(json)]`: serde's traits in the JSON forms that a contract has, written as generated code writes them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{DeriveInput, Generics, Path, Type};

use crate::member::{self, Absent};
use crate::wire::{Case, Cases, Field, Held, bound};

/// Of a struct: serde's own derives on a twin of it, which has the attributes that generated code has.
pub(crate) fn of_struct(input: &DeriveInput, fields: &[Field<'_>]) -> TokenStream {
    let (name, generics) = (&input.ident, &input.generics);
    let conditions = &generics.where_clause;
    let (_, arguments, _) = generics.split_for_impl();
    let text = name.to_string();
    let fields = fields.iter().map(|field| {
        let (ident, ty, said) = (field.ident, field.ty, attributes(field));
        let said = (!said.is_empty()).then(|| quote!(#[serde(#(#said),*)]));
        quote!(#said #ident: #ty)
    });
    // serde's own guess asks for `Default` where only an option's is meant.
    let bounds = |of: &str| {
        let bounds = generics.type_params().map(|it| format!("{}: {of}", it.ident)).collect::<Vec<_>>();
        bounds.join(", ")
    };
    let (write_bounds, read_bounds) =
        (bounds("::wireloom::serde::Serialize"), bounds("::wireloom::serde::de::DeserializeOwned"));
    let bounds = generics
        .type_params()
        .next()
        .is_some()
        .then(|| quote!(#[serde(bound(serialize = #write_bounds, deserialize = #read_bounds))]));
    let twin = Ident::new("Twin", proc_macro2::Span::mixed_site());
    let turbofish = arguments.as_turbofish();
    let write = quote!(#twin #turbofish::serialize(self, serializer));
    let read = quote!(#twin #turbofish::deserialize(deserializer));
    let traits = traits(name, generics, &write, &read);
    quote! {
        const _: () = {
            #[derive(::wireloom::serde::Serialize, ::wireloom::serde::Deserialize)]
            #[serde(crate = "::wireloom::serde", remote = #text)]
            #bounds
            #[allow(dead_code, reason = "it lends its fields' attributes")]
            struct #twin #generics #conditions { #(#fields),* }

            #traits
        };
    }
}

/// Of a newtype: the form of what it holds.
pub(crate) fn of_newtype(input: &DeriveInput, inner: &Type) -> TokenStream {
    let form = form(inner).unwrap_or_else(|| quote!(::wireloom::json::Same));
    let write = quote!(<#form as ::wireloom::json::SerializeAs<#inner>>::serialize_as(&self.0, serializer));
    let read = quote!(
        <#form as ::wireloom::json::DeserializeAs<'de, #inner>>::deserialize_as(deserializer).map(Self)
    );
    traits(&input.ident, &input.generics, &write, &read)
}

/// Of an enum: its text, or a union's form.
pub(crate) fn of_enum(input: &DeriveInput, cases: &Cases<'_>, is_union: bool) -> TokenStream {
    let (name, generics) = (&input.ident, &input.generics);
    if is_union {
        let (write, form) = (write_union(cases), union(input, cases));
        let traits = traits(name, generics, &write, &quote!(::wireloom::json::union(deserializer)));
        return quote!(#traits #form);
    }
    let text = text(input, cases);
    let write = quote!(serializer.serialize_str(&::wireloom::Text::to_text(self)));
    let traits = traits(name, generics, &write, &quote!(::wireloom::json::from_text(deserializer)));
    quote!(#traits #text)
}

/// The generics, bound to what is read. It owns what it holds, as what travels does, for a union's cases are read for any lifetime; the
/// same is asked everywhere, so that records and unions hold each other.
fn readable(generics: &Generics) -> Generics {
    bound(generics, &quote!(::wireloom::serde::de::DeserializeOwned))
}

fn traits(name: &Ident, generics: &Generics, write: &TokenStream, read: &TokenStream) -> TokenStream {
    let (_, arguments, conditions) = generics.split_for_impl();
    let serialized = bound(generics, &quote!(::wireloom::serde::Serialize));
    let (serialized, _, _) = serialized.split_for_impl();
    let mut deserialized = readable(generics);
    deserialized.params.insert(0, syn::parse_quote!('de));
    let (deserialized, _, _) = deserialized.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #serialized ::wireloom::serde::Serialize for #name #arguments #conditions {
            fn serialize<__S: ::wireloom::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::std::result::Result<__S::Ok, __S::Error> {
                #write
            }
        }

        #[automatically_derived]
        impl #deserialized ::wireloom::serde::Deserialize<'de> for #name #arguments #conditions {
            fn deserialize<__D: ::wireloom::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::std::result::Result<Self, __D::Error> {
                #read
            }
        }
    }
}

/// What serde is told of a field.
fn attributes(field: &Field<'_>) -> Vec<TokenStream> {
    let mut said = Vec::new();
    let json = &field.member.json;
    if field.ident.to_string().trim_start_matches("r#") != json {
        said.push(quote!(rename = #json));
    }
    match &field.member.absent {
        Some(Absent::Default) => said.push(quote!(default)),
        Some(Absent::Function(path)) => {
            let path = path_text(&quote!(#path));
            said.push(quote!(default = #path));
        }
        None if field.member.skip => said.push(quote!(default)),
        None => {}
    }
    if field.member.skip {
        said.push(quote!(skip));
        return said;
    }
    match field.held {
        Held::Optional if field.member.nullable => {
            let plain = form(field.ty).is_none();
            said.extend(plain.then(|| quote!(deserialize_with = "::wireloom::json::nullable")));
        }
        Held::Optional => {
            said.push(quote!(default));
            said.push(quote!(skip_serializing_if = "::std::option::Option::is_none"));
        }
        Held::Maybe => {
            said.push(quote!(default));
            said.push(quote!(skip_serializing_if = "::wireloom::Maybe::is_absent"));
        }
        _ => {}
    }
    if let Some(form) = form(field.ty) {
        let with = path_text(&quote!(::wireloom::json::As::<#form>));
        said.push(quote!(with = #with));
    }
    said
}

/// The adapter of a type, known by its name; none where serde's own form is right.
fn form(ty: &Type) -> Option<TokenStream> {
    let (name, arguments) = member::generic(ty)?;
    let adapter = |name: &str| -> Path { syn::parse_str(&format!("::wireloom::json::{name}")).expect("it is a path") };
    let scalar = match name.as_str() {
        "i32" => "Int32",
        "u32" => "UInt32",
        "i64" => "Int64",
        "u64" => "UInt64",
        "Bytes" => "Base64",
        "Duration" | "SignedDuration" => "Seconds",
        "Option" | "Vec" | "Box" => {
            let (outer, inner) = (Ident::new(&name, proc_macro2::Span::call_site()), form(arguments.first()?)?);
            let module = ["option", "vec", "boxed"][["Option", "Vec", "Box"].iter().position(|it| *it == name)?];
            let module = Ident::new(module, proc_macro2::Span::call_site());
            return Some(quote!(::std::#module::#outer<#inner>));
        }
        "BTreeSet" => {
            let inner = form(arguments.first()?)?;
            return Some(quote!(::std::collections::BTreeSet<#inner>));
        }
        "BTreeMap" => {
            let inner = form(arguments.get(1)?)?;
            return Some(quote!(::std::collections::BTreeMap<::wireloom::json::Same, #inner>));
        }
        "Maybe" => {
            let inner = form(arguments.first()?)?;
            return Some(quote!(::wireloom::Maybe<#inner>));
        }
        _ => return None,
    };
    let adapter = adapter(scalar);
    Some(quote!(#adapter))
}

/// A path as text, for serde's attributes.
fn path_text(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}

/// `Text` of an enum without data.
fn text(input: &DeriveInput, cases: &Cases<'_>) -> TokenStream {
    let (name, (generics, arguments, conditions)) = (&input.ident, input.generics.split_for_impl());
    let idents: Vec<_> = cases.listed().map(|case| case.ident).collect();
    let names: Vec<_> = cases.listed().map(|case| case.member.json.as_str()).collect();
    let (unknown_to, otherwise) = match cases.unknown() {
        Some(Case { ident, .. }) => (
            Some(quote!(Self::#ident(it) => it.to_text(),)),
            quote!(::std::result::Result::Ok(Self::#ident(::wireloom::Unrecognized::Text(text.to_owned())))),
        ),
        None => {
            let message = format!("must be one of {}", names.join(", "));
            (None, quote!(::std::result::Result::Err(#message.to_owned())))
        }
    };
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::Text for #name #arguments #conditions {
            fn to_text(&self) -> ::std::borrow::Cow<'_, str> {
                match self { #(Self::#idents => ::std::borrow::Cow::Borrowed(#names),)* #unknown_to }
            }

            fn from_text(text: &str) -> ::std::result::Result<Self, ::std::string::String> {
                match text { #(#names => ::std::result::Result::Ok(Self::#idents),)* _ => #otherwise }
            }
        }
    }
}

fn write_union(cases: &Cases<'_>) -> TokenStream {
    let arms = cases.listed().map(|Case { ident, payload, member }| {
        let name = &member.json;
        match payload {
            Some(ty) => {
                let form = form(ty).unwrap_or_else(|| quote!(::wireloom::json::Same));
                quote!(Self::#ident(it) => ::wireloom::json::case::<#form, _, _>(serializer, #name, it),)
            }
            None => quote!(Self::#ident => serializer.serialize_str(#name),),
        }
    });
    let unknown = cases
        .unknown()
        .map(|Case { ident, .. }| quote!(Self::#ident(it) => ::wireloom::json::unknown_case(serializer, it),));
    quote!(match self { #(#arms)* #unknown })
}

/// The runtime's `Union` of an enum with data.
fn union(input: &DeriveInput, cases: &Cases<'_>) -> TokenStream {
    let generics = readable(&input.generics);
    let (generics, _, conditions) = generics.split_for_impl();
    let (name, (_, arguments, _)) = (&input.ident, input.generics.split_for_impl());
    let names = cases.listed().map(|case| &case.member.json);
    let (loaded, bare): (Vec<_>, Vec<_>) = cases.listed().partition(|case| case.payload.is_some());
    let bare_names: Vec<_> = bare.iter().map(|case| &case.member.json).collect();
    let loaded_names: Vec<_> = loaded.iter().map(|case| &case.member.json).collect();
    let bare_idents = bare.iter().map(|case| case.ident);
    let loaded_arms = loaded.iter().map(|case| {
        let (ident, json) = (case.ident, &case.member.json);
        let form = case.payload.and_then(form).unwrap_or_else(|| quote!(::wireloom::json::Same));
        quote!(#json => Self::#ident(::wireloom::json::payload::<#form, _, _>(map)?),)
    });
    let (bare_unknown, loaded_unknown) = match cases.unknown() {
        Some(Case { ident, .. }) => (
            quote! {
                #(#loaded_names => ::std::option::Option::None,)*
                _ => ::std::option::Option::Some(
                    Self::#ident(::wireloom::UnknownCase::new(name, ::wireloom::Json::Null)),
                ),
            },
            quote! {
                #(#bare_names => return ::std::result::Result::Ok(::std::option::Option::None),)*
                _ => Self::#ident(::wireloom::UnknownCase::new(
                    name,
                    ::wireloom::json::payload::<::wireloom::json::Same, _, _>(map)?,
                )),
            },
        ),
        None => (
            quote!(_ => ::std::option::Option::None,),
            quote!(_ => return ::std::result::Result::Ok(::std::option::Option::None),),
        ),
    };
    let loaded_body = match loaded.is_empty() && cases.unknown().is_none() {
        true => quote!(::std::result::Result::Ok(::std::option::Option::None)),
        false => quote! {
            ::std::result::Result::Ok(::std::option::Option::Some(match name { #(#loaded_arms)* #loaded_unknown }))
        },
    };
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::json::Union for #name #arguments #conditions {
            const CASES: &'static [&'static str] = &[#(#names),*];

            fn bare(name: &str) -> ::std::option::Option<Self> {
                match name {
                    #(#bare_names => ::std::option::Option::Some(Self::#bare_idents),)*
                    #bare_unknown
                }
            }

            fn loaded<'de, __M: ::wireloom::serde::de::MapAccess<'de>>(
                name: &str,
                map: &mut __M,
            ) -> ::std::result::Result<::std::option::Option<Self>, __M::Error> {
                let _ = (name, &map);
                #loaded_body
            }
        }
    }
}
