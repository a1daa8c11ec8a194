//! Operations as types: a marker each, in a module of the service, with what the runtime's generic parts ask of it.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use wireloom_idl::contract::{
    Access, Auth, AuthScheme, Balance, Effect, Inputs, LimitKey, Operation, Presence, ScalarType, Service, Shape, Type,
};

use super::naming::{OperationNames, ServiceNames};
use super::scope::Scope;
use super::{docs, policies, shape};
use crate::model;

/// The module of markers, and `Operation` for each.
pub(crate) fn items(scope: &Scope<'_>, service: &Service, names: &ServiceNames) -> TokenStream {
    let module = &names.module;
    let markers = service.operations.iter().zip(&names.operations).map(|(operation, own)| {
        let docs = docs::text(&format!("`{}.{}`", service.name, operation.name));
        let marker = &own.marker;
        quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            pub struct #marker;
        }
    });
    let docs = docs::text(&format!("The operations of `{}` as types.", service.name));
    let common = policies::common(service);
    let service_facts = service_facts(scope, service, names);
    let operations = service.operations.iter().zip(&names.operations);
    let operations = operations.map(|(operation, own)| one(scope, service, operation, names, own));
    quote! {
        #docs
        #[doc(hidden)]
        pub mod #module {
            #service_facts
            #common
            #(#markers)*
        }

        #(#operations)*
    }
}

/// What is known of the service before any call.
fn service_facts(scope: &Scope<'_>, of: &Service, names: &ServiceNames) -> TokenStream {
    let docs = docs::text(&format!("What is known of `{}` before any call.", of.name));
    let (package, name) = (&scope.contract.package(scope.package).name, &of.name);
    let markers = names.operations.iter().map(|own| &own.marker);
    let handlers = of.handlers.iter().map(|handler| &handler.name);
    let auth = auth(of, &Access::Service);
    quote! {
        #docs
        pub static SERVICE: ::wireloom::ServiceFacts = ::wireloom::ServiceFacts {
            package: #package,
            name: #name,
            auth: #auth,
            operations: &[#(<#markers as ::wireloom::Operation>::FACTS),*],
            handlers: &[#(#handlers),*],
        };
    }
}

fn one(
    scope: &Scope<'_>,
    service: &Service,
    operation: &Operation,
    names: &ServiceNames,
    own: &OperationNames,
) -> TokenStream {
    let (module, marker, fault) = (&names.module, &own.marker, &own.fault);
    let input = match &operation.inputs {
        Inputs::Fields(_) => {
            let request = &own.request;
            quote!(#request)
        }
        Inputs::Stream(field) => scope.ty(&field.ty),
    };
    let output = scope.answer(&operation.answer);
    let facts = facts(scope, service, operation, names);
    let keyed = keyed(scope, operation);
    let keys = keys(scope, operation);
    quote! {
        impl ::wireloom::Operation for #module::#marker {
            type Input = #input;
            type Output = #output;
            type Fault = #fault;
            const FACTS: &'static ::wireloom::OperationFacts = &#facts;

            #keyed

            #keys
        }
    }
}

/// What of its input the policies of an operation go by.
fn keys(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    let balance = match &operation.policy.balance {
        Some(Balance::Hash(input)) => Some((quote!(balance_key), input)),
        _ => None,
    };
    let limit = match operation.policy.limit.as_ref().and_then(|limit| limit.per.as_ref()) {
        Some(LimitKey::Input(input)) => Some((quote!(limit_key), input)),
        _ => None,
    };
    let idents = super::naming::fields(operation.inputs.fields().iter().map(|field| field.name.as_str()));
    let keys = balance.into_iter().chain(limit).filter_map(|(method, input)| {
        let at = operation.inputs.fields().iter().position(|field| field.name == *input)?;
        let ident = model::has_key_form(scope.contract, &operation.inputs.fields()[at].ty).then(|| &idents[at])?;
        Some(quote! {
            fn #method(input: &Self::Input) -> u64 {
                ::wireloom::policy::key(&input.#ident)
            }
        })
    });
    quote!(#(#keys)*)
}

fn facts(scope: &Scope<'_>, service: &Service, operation: &Operation, names: &ServiceNames) -> TokenStream {
    let shape = format_ident!(
        "{}",
        match operation.shape() {
            Shape::Unary => "Unary",
            Shape::Oneway => "Oneway",
            Shape::ServerStream => "ServerStream",
            Shape::ClientStream => "ClientStream",
            Shape::Duplex => "Duplex",
        }
    );
    let effect = format_ident!(
        "{}",
        match operation.effect {
            Effect::Safe => "Safe",
            Effect::Idempotent => "Idempotent",
            Effect::Keyed(_) => "Keyed",
            Effect::Once => "Once",
        }
    );
    let policy = policies::of_operation(service, operation, &names.module);
    let auth = auth(service, &operation.access);
    let (package, service, name) = (&scope.contract.package(scope.package).name, &service.name, &operation.name);
    quote! {
        ::wireloom::OperationFacts {
            package: #package,
            service: #service,
            name: #name,
            shape: ::wireloom::Shape::#shape,
            effect: ::wireloom::Effect::#effect,
            policy: #policy,
            auth: #auth,
        }
    }
}

/// Who may call, as a constant: what a service says, and what an operation of it wants besides.
pub(crate) fn auth(service: &Service, access: &Access) -> TokenStream {
    let (Auth::AnyOf { schemes, .. }, false) = (&service.auth, *access == Access::Public) else {
        return quote!(::wireloom::Auth::PUBLIC);
    };
    let schemes = schemes.iter().map(|scheme| {
        let variant = match scheme {
            AuthScheme::Jwt => quote!(Jwt),
            AuthScheme::Oauth2 => quote!(Oauth2),
            AuthScheme::ApiKey => quote!(ApiKey),
            AuthScheme::Mtls => quote!(Mtls),
        };
        quote!(::wireloom::Scheme::#variant)
    });
    let wanted = match access {
        Access::Service | Access::Public => TokenStream::new(),
        Access::Scopes(scopes) => quote!(.with_scopes(&[#(#scopes),*])),
        Access::Role(role) => quote!(.with_role(#role)),
    };
    quote!(::wireloom::Auth::any_of(&[#(#schemes),*])#wanted)
}

/// How a `keyed` operation knows a call again, where its key is a text.
fn keyed(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    let Effect::Keyed(input) = operation.effect else { return TokenStream::new() };
    let Some(field) = operation.inputs.fields().get(input) else { return TokenStream::new() };
    let scalar = model::scalar_of(scope.contract, &field.ty);
    if !matches!(scalar, Some(ScalarType::String | ScalarType::IdempotencyKey | ScalarType::Url)) {
        return TokenStream::new();
    }
    let idents = super::naming::fields(operation.inputs.fields().iter().map(|field| field.name.as_str()));
    let (ident, option) = (&idents[input], scope.prelude("Option"));
    let is_string = field.ty == Type::Scalar(ScalarType::String);
    let key = match field.presence {
        Presence::Required => quote!(Some(input.#ident.as_str())),
        Presence::OptionalNullable => quote!(input.#ident.as_value().map(|key| key.as_str())),
        _ if is_string => quote!(input.#ident.as_deref()),
        _ => quote!(input.#ident.as_ref().map(|key| key.as_str())),
    };
    let shape = shape::of_inputs(scope.contract, operation.inputs.fields());
    let shape: Literal = format!("0x{shape:016x}").parse().expect("a number is a literal");
    quote! {
        fn keyed() -> #option<::wireloom::Keyed<Self>> {
            Some(::wireloom::Keyed::<Self>::by(|input| #key).of_shape(#shape))
        }
    }
}
