//! The client of a service: the service's own trait over any channel.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::Service;

use super::naming::ServiceNames;
use super::scope::Scope;
use super::{docs, service};

/// The client.
pub(crate) fn items(scope: &Scope<'_>, of: &Service, names: &ServiceNames) -> TokenStream {
    let (client, service, module) = (&names.client, &names.service, &names.module);
    let docs = docs::text(&format!("Calls a [`{service}`] over a channel; itself a [`{service}`]."));
    let local = local(scope, names);
    let c = scope.parameter("C");
    let calls = calls(scope, of, names);
    quote! {
        #docs
        #[derive(Clone, Debug)]
        pub struct #client<#c>(#c);

        impl<#c> #client<#c> {
            /// Calls over this channel.
            pub fn new(channel: #c) -> #client<#c> {
                static CALLED: ::wireloom::Called = ::wireloom::Called::new(&#module::SERVICE);
                CALLED.note();
                #client(channel)
            }
        }

        impl<#c> ::wireloom::Client for #client<#c> {
            type Over = #c;
            const FACTS: &'static ::wireloom::ServiceFacts = &#module::SERVICE;

            fn over(channel: #c) -> Self {
                #client::new(channel)
            }
        }

        #local
        #calls
    }
}

fn local(scope: &Scope<'_>, names: &ServiceNames) -> TokenStream {
    if !scope.input.options.wires.server {
        return TokenStream::new();
    }
    let (client, server, service) = (&names.client, &names.server, &names.service);
    let s = scope.parameter("S");
    quote! {
        impl<#s: #service> #client<::wireloom::Local<#server<#s>>> {
            /// Calls an implementation in process, through the same checks as over any wire.
            pub fn local(service: #s) -> Self {
                #client(::wireloom::Local::new(#server::new(service)))
            }
        }
    }
}

fn calls(scope: &Scope<'_>, of: &Service, names: &ServiceNames) -> TokenStream {
    let (client, service, module) = (&names.client, &names.service, &names.module);
    let c = scope.parameter("C");
    let (send, sync) = (scope.prelude("Send"), scope.prelude("Sync"));
    let pairs: Vec<_> = of.operations.iter().zip(&names.operations).collect();
    let bounds = pairs.iter().map(|(operation, own)| {
        let ((seam, _), marker) = (service::seam(operation.shape()), &own.marker);
        quote!(+ #seam<#module::#marker>)
    });
    let methods = pairs.iter().map(|(operation, own)| {
        let marker = &own.marker;
        let (seam, perform) = service::seam(operation.shape());
        let signature = service::signature(scope, operation, own, &own.method);
        quote! {
            #signature {
                #seam::<#module::#marker>::#perform(&self.0, cx, input)
            }
        }
    });
    quote! {
        impl<#c> #service for #client<#c>
        where
            #c: #send + #sync + 'static #(#bounds)*,
        {
            #(#methods)*
        }
    }
}
