//! Named scalars: a newtype that can only be made of what its contract allows.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Scalar, ScalarType, Type, TypeDef};

use super::scope::Scope;
use super::validate::{self, Subject};
use super::{docs, fields, json, wire};
use crate::bind::proto;
use crate::model;

/// The items of a named scalar.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, scalar: &Scalar) -> TokenStream {
    let it = Newtype { scope, def, scalar, name: scope.naming.ty(def.id), inner: scope.scalar(scalar.base) };
    let wire = wire::of_scalar(scope, it.name, scalar, proto::is_bytes(&def.annotations));
    let parts = [it.definition(), it.methods(), it.conversions(), it.text(), it.validate(), it.serde(), wire];
    quote!(#(#parts)*)
}

struct Newtype<'a> {
    scope: &'a Scope<'a>,
    def: &'a TypeDef,
    scalar: &'a Scalar,
    name: &'a Ident,
    inner: TokenStream,
}

impl Newtype<'_> {
    fn base(&self) -> Type {
        Type::Scalar(self.scalar.base)
    }

    fn checked(&self) -> bool {
        !self.scalar.constraints.is_empty()
    }

    fn copies(&self) -> bool {
        self.scope.abilities.copies(&self.base())
    }

    /// Whether the inner value lends a `&str`.
    fn is_text(&self) -> bool {
        matches!(self.scalar.base, ScalarType::String | ScalarType::Url | ScalarType::IdempotencyKey)
    }

    fn definition(&self) -> TokenStream {
        let (name, inner) = (self.name, &self.inner);
        let docs = docs::or(self.def.docs.as_deref(), &format!("The scalar `{}`.", self.def.name));
        let abilities = &self.scope.abilities;
        let copy = self.copies().then(|| quote!(Copy,));
        let eq = abilities.eq(&self.base()).then(|| quote!(, Eq));
        let ord = abilities.orders(&self.base()).then(|| quote!(, PartialOrd, Ord, Hash));
        let secret = model::sensitive(&self.def.annotations);
        let debug = (!secret).then(|| quote!(Debug,));
        let by_hand = secret.then(|| fields::secret_debug(name));
        quote! {
            #docs
            #[derive(Clone, #copy #debug PartialEq #eq #ord)]
            pub struct #name(#inner);
            #by_hand
        }
    }

    fn methods(&self) -> TokenStream {
        let (name, inner) = (self.name, &self.inner);
        let into = self.scope.prelude("Into");
        let (parameter, value) = match self.scalar.base {
            ScalarType::String => (quote!(impl #into<#inner>), quote!(value.into())),
            _ => (inner.clone(), quote!(value)),
        };
        let new = match self.checked() {
            true => {
                let result = self.scope.prelude("Result");
                quote! {
                    /// Checks and keeps the value.
                    ///
                    /// # Errors
                    /// Everything that the contract demands and the value does not keep.
                    pub fn new(value: #parameter) -> #result<#name, ::wireloom::Violations> {
                        let value = #name(#value);
                        ::wireloom::Validate::validate(&value)?;
                        Ok(value)
                    }
                }
            }
            false => quote! {
                /// Gives the value its name.
                pub fn new(value: #parameter) -> #name {
                    #name(#value)
                }
            },
        };
        let get = match (self.is_text(), self.copies()) {
            (true, _) => quote! {
                /// The text.
                pub fn as_str(&self) -> &str {
                    self.0.as_str()
                }
            },
            (false, true) => quote! {
                /// The value.
                pub fn get(self) -> #inner {
                    self.0
                }
            },
            (false, false) => quote! {
                /// The value.
                pub fn get(&self) -> &#inner {
                    &self.0
                }
            },
        };
        quote! {
            impl #name {
                #new
                #get
                /// The value itself.
                pub fn into_inner(self) -> #inner {
                    self.0
                }
            }
        }
    }

    fn conversions(&self) -> TokenStream {
        let (name, inner) = (self.name, &self.inner);
        let (from, result) = (self.scope.prelude("From"), self.scope.prelude("Result"));
        let from_inner = match self.checked() {
            true => {
                let try_from = self.scope.prelude("TryFrom");
                quote! {
                    impl #try_from<#inner> for #name {
                        type Error = ::wireloom::Violations;

                        fn try_from(value: #inner) -> #result<#name, ::wireloom::Violations> {
                            #name::new(value)
                        }
                    }
                }
            }
            false => quote! {
                impl #from<#inner> for #name {
                    fn from(value: #inner) -> #name {
                        #name(value)
                    }
                }
            },
        };
        let as_ref = self.is_text().then(|| {
            let as_ref = self.scope.prelude("AsRef");
            quote! {
                impl #as_ref<str> for #name {
                    fn as_ref(&self) -> &str {
                        self.as_str()
                    }
                }
            }
        });
        quote! {
            #from_inner

            impl #from<#name> for #inner {
                fn from(value: #name) -> #inner {
                    value.0
                }
            }

            #as_ref
        }
    }

    /// The text form, and through it `Display` and `FromStr`; `json` has none.
    fn text(&self) -> TokenStream {
        let name = self.name;
        if self.scalar.base == ScalarType::Json {
            return TokenStream::new();
        }
        let (result, string) = (self.scope.prelude("Result"), self.scope.prelude("String"));
        let read = quote!(#name(::wireloom::Text::from_text(text)?));
        let from_text = match self.checked() {
            true => quote! {
                let value = #read;
                if !::wireloom::scalar::deferred() {
                    ::wireloom::Validate::validate(&value).map_err(|violations| violations.to_string())?;
                }
                Ok(value)
            },
            false => quote!(Ok(#read)),
        };
        quote! {
            impl ::wireloom::Text for #name {
                fn to_text(&self) -> ::std::borrow::Cow<'_, str> {
                    ::wireloom::Text::to_text(&self.0)
                }

                fn from_text(text: &str) -> #result<#name, #string> {
                    #from_text
                }
            }

            impl ::std::fmt::Display for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(&::wireloom::Text::to_text(&self.0))
                }
            }

            impl ::std::str::FromStr for #name {
                type Err = #string;

                fn from_str(text: &str) -> #result<#name, #string> {
                    ::wireloom::Text::from_text(text)
                }
            }
        }
    }

    fn validate(&self) -> TokenStream {
        let base = self.base();
        let inner =
            self.scope.abilities.checks(&base).then(|| quote!(::wireloom::Validate::check(&self.0, at, found);));
        let subject = Subject::Place(quote!(self.0));
        let own = validate::conditions(self.scope, &base, &self.scalar.constraints, &subject, &quote!(at));
        validate::of(self.name, &quote!(#inner #own))
    }

    fn serde(&self) -> TokenStream {
        let (name, inner) = (self.name, &self.inner);
        let result = self.scope.prelude("Result");
        let (s, d) = (self.scope.parameter("S"), self.scope.parameter("D"));
        let number = model::json_number(&self.def.annotations);
        let form = json::scalar_adapter(self.scalar.base, number);
        let (write, read) = match &form {
            Some(form) => (
                quote!(<#form as ::wireloom::json::SerializeAs<#inner>>::serialize_as(&self.0, serializer)),
                quote!(<#form as ::wireloom::json::DeserializeAs<'de, #inner>>::deserialize_as(deserializer)?),
            ),
            None => (
                quote!(::wireloom::serde::Serialize::serialize(&self.0, serializer)),
                quote!(::wireloom::serde::Deserialize::deserialize(deserializer)?),
            ),
        };
        let finish = match self.checked() {
            true => quote! {
                let value = #name(#read);
                if !::wireloom::scalar::deferred() {
                    ::wireloom::Validate::validate(&value).map_err(::wireloom::serde::de::Error::custom)?;
                }
                Ok(value)
            },
            false => quote!(Ok(#name(#read))),
        };
        quote! {
            impl ::wireloom::serde::Serialize for #name {
                fn serialize<#s: ::wireloom::serde::Serializer>(&self, serializer: #s) -> #result<#s::Ok, #s::Error> {
                    #write
                }
            }

            impl<'de> ::wireloom::serde::Deserialize<'de> for #name {
                fn deserialize<#d: ::wireloom::serde::Deserializer<'de>>(deserializer: #d) -> #result<#name, #d::Error> {
                    #finish
                }
            }
        }
    }
}
