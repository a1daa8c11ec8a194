//! Requests: the inputs of one operation as a struct, so that a new optional input breaks nobody.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{Field, Inputs, Operation, Presence, ScalarType, Type};

use super::fields::{self, Struct};
use super::naming::OperationNames;
use super::scope::Scope;
use super::{docs, validate, wire};
use crate::model;

/// The items of an operation's request; none where it takes a stream. `link` names the operation in its documentation.
///
/// `numbers` are those of the inputs.
pub(crate) fn items(
    scope: &Scope<'_>,
    operation: &Operation,
    names: &OperationNames,
    numbers: &[u32],
    link: &str,
) -> TokenStream {
    let Inputs::Fields(inputs) = &operation.inputs else { return TokenStream::new() };
    let it = Struct::of_inputs(&names.request, inputs, scope.json_of_request(operation));
    let name = it.name;
    let docs = docs::text(&format!("What {link} is given."));
    let eq = inputs.iter().all(|field| scope.abilities.eq(&field.ty)).then(|| quote!(, Eq));
    let debug_derive = (!it.has_secrets()).then(|| quote!(Debug,));
    let derives = it.json.derives(&quote!(Clone, #debug_derive PartialEq #eq));
    let definitions = fields::definitions(scope, &it);
    let debug = fields::debug(&it);
    let construction = fields::construction(scope, &it, "a request");
    let validate = validate::of_struct(scope, &it);
    let from = from_single(scope, &it);
    let wire = wire::of_struct(scope, &it, numbers);
    quote! {
        #docs
        #derives
        #[non_exhaustive]
        pub struct #name { #definitions }
        #debug
        #construction
        #from
        #validate
        #wire
    }
}

/// `From` of the only input that must be said.
fn from_single(scope: &Scope<'_>, it: &Struct<'_>) -> TokenStream {
    let required: Vec<&Field> = it.fields.iter().filter(|field| model::must_be_there(field)).collect();
    let [single] = required.as_slice() else { return TokenStream::new() };
    if single.presence != Presence::Required || single.ty == Type::Scalar(ScalarType::Json) {
        return TokenStream::new();
    }
    let (name, ty, from) = (it.name, scope.ty(&single.ty), scope.prelude("From"));
    quote! {
        impl #from<#ty> for #name {
            fn from(value: #ty) -> #name {
                #name::new(value)
            }
        }
    }
}
