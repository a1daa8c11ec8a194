//! Faults: a struct of its fields that is an error, and the enum of how one operation fails.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wireloom_idl::contract::{Fault, Operation, Presence, ScalarType, Type, TypeDef, TypeId};

use super::fields::{self, Struct};
use super::naming::{self, OperationNames};
use super::scope::Scope;
use super::{docs, validate, wire};
use crate::bind::proto;
use crate::{model, names};

/// The items of a declared fault.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, fault: &Fault) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let it = Struct::of_type(scope, name, def, &fault.fields);
    let docs = docs::or(def.docs.as_deref(), &format!("The fault `{}`.", def.name));
    let derives = it.json.derives(&scope.derive_of_parts(def.id, !it.has_secrets()));
    let definitions = fields::definitions(scope, &it);
    let debug = fields::debug(&it);
    let construction = fields::construction(scope, &it, &fields::with_article(&def.name));
    let validate = validate::of_struct(scope, &it);
    let wire = wire::of_struct(scope, &it, scope.contract.numbers.of_type(def.id));
    let error = error(scope, def, fault, &it);
    quote! {
        #docs
        #derives
        pub struct #name { #definitions }
        #debug
        #construction
        #validate
        #wire
        #error
    }
}

fn error(scope: &Scope<'_>, def: &TypeDef, fault: &Fault, it: &Struct<'_>) -> TokenStream {
    let name = it.name;
    let message = message(def);
    let code = format_ident!("{}", names::pascal(fault.code.as_str()));
    let kind = scope.contract.full_name(def.id);
    let proto_name = proto::full_name(scope.contract, def.id);
    let message_form = wire::of_fault(scope);
    let retry_after = retry_after(scope, it);
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(#message)
            }
        }

        impl ::std::error::Error for #name {}

        impl ::wireloom::DeclaredFault for #name {
            const CODE: ::wireloom::Code = ::wireloom::Code::#code;
            const KIND: &'static str = #kind;
            const PROTO_NAME: &'static str = #proto_name;

            #message_form
            #retry_after
        }
    }
}

/// What peers are told: the first line of the documentation, else the name in words.
fn message(def: &TypeDef) -> String {
    let first = def.docs.as_deref().and_then(|docs| docs.lines().find(|line| !line.trim().is_empty()));
    match first {
        Some(line) => line.trim().trim_end_matches('.').to_owned(),
        None => names::snake(&def.name).replace('_', " "),
    }
}

fn retry_after(scope: &Scope<'_>, it: &Struct<'_>) -> TokenStream {
    let is_wait = |field: &wireloom_idl::contract::Field| {
        field.name == "retry_after" && model::scalar_of(scope.contract, &field.ty) == Some(ScalarType::Duration)
    };
    let Some((field, ident)) = it.pairs().find(|(field, _)| is_wait(field)) else { return TokenStream::new() };
    let option = scope.prelude("Option");
    let newtype = matches!(field.ty, Type::Named(_));
    let read = |value: TokenStream| {
        let value = if newtype { quote!(#value.get()) } else { value };
        quote!(::std::time::Duration::try_from(#value).ok())
    };
    let body = match field.presence {
        Presence::Required => read(quote!(self.#ident)),
        Presence::OptionalNullable => {
            let read = read(quote!(*wait));
            quote!(self.#ident.as_value().and_then(|wait| #read))
        }
        _ => {
            let read = read(quote!(wait));
            quote!(self.#ident.and_then(|wait| #read))
        }
    };
    quote! {
        fn retry_after(&self) -> #option<::std::time::Duration> {
            #body
        }
    }
}

/// The enum of how an operation fails; `link` names the operation in its documentation.
pub(crate) fn of_operation(
    scope: &Scope<'_>,
    operation: &Operation,
    names: &OperationNames,
    link: &str,
) -> TokenStream {
    let name = &names.fault;
    let from = scope.prelude("From");
    let variants = naming::variants(operation.faults.iter().map(|&id| scope.contract.type_def(id).name.as_str()));
    let other = naming::catch_all(&variants, "Other", "Undeclared");
    let docs = docs::text(&format!("How {link} fails."));
    let declared: Vec<(&TypeId, &Ident, TokenStream)> =
        operation.faults.iter().zip(&variants).map(|(id, variant)| (id, variant, scope.named(*id))).collect();
    let cases = declared.iter().map(|(id, variant, ty)| {
        let def = scope.contract.type_def(**id);
        let docs = docs::or(def.docs.as_deref(), &format!("The fault `{}`.", def.name));
        quote!(#docs #variant(#ty),)
    });
    let f = scope.parameter("F");
    let conversions = declared.iter().map(|(_, variant, ty)| {
        quote! {
            impl ::wireloom::FailsWith<#ty> for #name {
                fn with(fault: #ty) -> #name {
                    #name::#variant(fault)
                }
            }
        }
    });
    let shows = declared.iter().map(|(_, variant, _)| quote!(#name::#variant(it) => ::std::fmt::Display::fmt(it, f),));
    let sources = (!declared.is_empty()).then(|| quote!(_ => None,));
    let to_fault =
        declared.iter().map(|(_, variant, _)| quote!(#name::#variant(it) => ::wireloom::Fault::declared(it),));
    let from_fault = declared.iter().map(|(_, variant, ty)| {
        quote! {
            <#ty as ::wireloom::DeclaredFault>::KIND => fault.declared_as().map_or_else(#name::#other, #name::#variant),
        }
    });
    let from_body = match declared.is_empty() {
        true => quote!(#name::#other(fault)),
        false => quote!(match fault.kind() { #(#from_fault)* _ => #name::#other(fault) }),
    };
    let option = scope.prelude("Option");
    let is_eq = operation.faults.iter().all(|&id| scope.abilities.eq(&Type::Named(id)));
    let eq = is_eq.then(|| quote!(, Eq));
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq #eq)]
        #[allow(clippy::large_enum_variant, reason = "the contract decides what a fault holds")]
        #[non_exhaustive]
        pub enum #name {
            #(#cases)*
            /// Any other way to fail.
            #other(::wireloom::Fault),
        }

        #(#conversions)*

        impl<#f> #from<#f> for #name
        where
            #name: ::wireloom::FailsWith<#f>,
        {
            fn from(fault: #f) -> #name {
                ::wireloom::FailsWith::with(fault)
            }
        }

        impl #from<::wireloom::Fault> for #name {
            fn from(fault: ::wireloom::Fault) -> #name {
                ::wireloom::OperationFault::from_fault(fault)
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#shows)* #name::#other(it) => ::std::fmt::Display::fmt(it, f) }
            }
        }

        impl ::std::error::Error for #name {
            fn source(&self) -> #option<&(dyn ::std::error::Error + 'static)> {
                match self { #name::#other(it) => it.source(), #sources }
            }
        }

        impl ::wireloom::OperationFault for #name {
            fn to_fault(&self) -> ::wireloom::Fault {
                match self { #(#to_fault)* #name::#other(it) => it.clone() }
            }

            fn from_fault(fault: ::wireloom::Fault) -> #name {
                #from_body
            }
        }
    }
}
