//! The JSON forms that serde has not by itself: which adapter a type needs, if any.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{ScalarType, Type};

use super::scope::Scope;

/// The adapter of a type; none where serde's own form is right. `number` is `@json(number)`.
pub(crate) fn adapter(scope: &Scope<'_>, ty: &Type, number: bool) -> Option<TokenStream> {
    match ty {
        Type::Scalar(scalar) => scalar_adapter(*scalar, number),
        Type::Named(_) => None,
        Type::List(item) => {
            let (vec, item) = (scope.prelude("Vec"), adapter(scope, item, number)?);
            Some(quote!(#vec<#item>))
        }
        Type::Set(item) => adapter(scope, item, number).map(|item| quote!(::std::collections::BTreeSet<#item>)),
        Type::Map(_, value) => adapter(scope, value, number)
            .map(|value| quote!(::std::collections::BTreeMap<::wireloom::json::Same, #value>)),
        Type::Nullable(inner) => {
            let (option, inner) = (scope.prelude("Option"), adapter(scope, inner, number)?);
            Some(quote!(#option<#inner>))
        }
    }
}

/// The adapter of a built-in type.
pub(crate) fn scalar_adapter(scalar: ScalarType, number: bool) -> Option<TokenStream> {
    match scalar {
        ScalarType::I32 => Some(quote!(::wireloom::json::Int32)),
        ScalarType::U32 => Some(quote!(::wireloom::json::UInt32)),
        ScalarType::I64 if !number => Some(quote!(::wireloom::json::Int64)),
        ScalarType::U64 if !number => Some(quote!(::wireloom::json::UInt64)),
        ScalarType::Bytes => Some(quote!(::wireloom::json::Base64)),
        ScalarType::Duration => Some(quote!(::wireloom::json::Seconds)),
        _ => None,
    }
}

/// The adapter of a type, or the one that changes nothing.
pub(crate) fn adapter_or_same(scope: &Scope<'_>, ty: &Type, number: bool) -> TokenStream {
    adapter(scope, ty, number).unwrap_or_else(|| quote!(::wireloom::json::Same))
}

/// A path as text, for serde's attributes: without the blanks that tokens have between them.
pub(crate) fn path_text(tokens: &TokenStream) -> String {
    tokens
        .to_string()
        .replace(" :: ", "::")
        .replace(":: ", "::")
        .replace(" ::", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
}
