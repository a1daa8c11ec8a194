//! The server of a service: a newtype that makes the author's implementation servable.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wireloom_idl::contract::Service;

use super::naming::ServiceNames;
use super::scope::Scope;
use super::{docs, service};

/// What wires add to a server.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    /// Statements, each mounting one wire.
    pub(crate) statements: Vec<TokenStream>,
    /// Traits that an implementation needs beside the service's own.
    pub(crate) bounds: Vec<Ident>,
}

/// The newtype, the runtime's traits for it, and what it mounts.
pub(crate) fn items(scope: &Scope<'_>, of: &Service, names: &ServiceNames, mounts: &Mounts) -> TokenStream {
    let (server, service) = (&names.server, &names.service);
    let docs = docs::text(&format!(
        "Serves a [`{service}`] over the wires that its contract binds: give it to `wireloom::Server::serve`."
    ));
    let performs = performs(scope, of, names);
    let s = scope.parameter("S");
    let served = served(scope, names, mounts);
    quote! {
        #docs
        #[derive(Clone, Debug)]
        pub struct #server<#s>(#s);

        impl<#s: #service> #server<#s> {
            /// Serves this implementation.
            pub fn new(service: #s) -> #server<#s> {
                #server(service)
            }
        }

        #performs
        #served
    }
}

fn performs(scope: &Scope<'_>, of: &Service, names: &ServiceNames) -> TokenStream {
    let (server, service, module) = (&names.server, &names.service, &names.module);
    let s = scope.parameter("S");
    let all = of.operations.iter().zip(&names.operations).map(|(operation, own)| {
        let (method, marker) = (&own.method, &own.marker);
        let (seam, perform) = service::seam(operation.shape());
        let signature = service::signature(scope, operation, own, &perform);
        let deprecated = operation.deprecated.is_some().then(|| quote!(#[allow(deprecated)]));
        quote! {
            impl<#s: #service> #seam<#module::#marker> for #server<#s> {
                #deprecated
                #signature {
                    self.0.#method(cx, input)
                }
            }
        }
    });
    quote!(#(#all)*)
}

fn served(scope: &Scope<'_>, names: &ServiceNames, mounts: &Mounts) -> TokenStream {
    let (server, service, module) = (&names.server, &names.service, &names.module);
    let s = scope.parameter("S");
    let Mounts { statements, bounds } = mounts;
    let mount = if statements.is_empty() { quote!(_) } else { quote!(mount) };
    quote! {
        impl<#s: #service #(+ #bounds)*> ::wireloom::Served for #server<#s> {
            const FACTS: &'static ::wireloom::ServiceFacts = &#module::SERVICE;

            fn mount(#mount: &mut ::wireloom::Mount<Self>) {
                #(#statements)*
            }
        }
    }
}
