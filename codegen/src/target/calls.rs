//! Native RPC, gRPC and WebSocket in Rust: what a server mounts, and the names that operations have there.
//!
//! Not a target of files: [`super::rust`] puts these items behind those of the service. All else about these wires is in the
//! runtime, generic over operations.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use wireloom_idl::contract::{Service, Shape};

use crate::Wires;
use crate::bind::calls::{CallWire, CallsService};
use crate::rust::naming::ServiceNames;
use crate::rust::scope::Scope;

/// Whether code for a wire is wanted.
pub(crate) fn is_wanted(wires: Wires, wire: CallWire) -> bool {
    match wire {
        CallWire::Rpc => wires.rpc,
        CallWire::Grpc => wires.grpc,
        CallWire::Ws => wires.ws,
    }
}

/// What a server of the service mounts.
pub(crate) fn mount(scope: &Scope<'_>, of: &Service, bound: &CallsService, names: &ServiceNames) -> TokenStream {
    let module = &names.module;
    let operations = bound.operations.iter().map(|&index| {
        let marker = &names.operations[index].marker;
        let shape = format_ident!(
            "{}",
            match of.operations[index].shape() {
                Shape::Unary | Shape::Oneway => "unary",
                Shape::ServerStream => "server_stream",
                Shape::ClientStream => "client_stream",
                Shape::Duplex => "duplex",
            }
        );
        quote!(.#shape::<#module::#marker>())
    });
    let events = bound.events.iter().map(|&event| {
        let event = scope.named(event);
        quote!(.event::<#event>())
    });
    if bound.operations.is_empty() && bound.events.is_empty() {
        return TokenStream::new();
    }
    let place = &bound.place;
    let wire = match bound.wire {
        CallWire::Rpc => quote!(mount.rpc()),
        CallWire::Grpc => quote!(mount.grpc(#place)),
        CallWire::Ws => quote!(mount.ws(#place)),
    };
    quote!(#wire #(#operations)* #(#events)*;)
}

/// What the operations of the service are called on a wire that has names of its own.
pub(crate) fn items(of: &Service, bound: &CallsService, names: &ServiceNames) -> TokenStream {
    if bound.wire != CallWire::Grpc {
        return TokenStream::new();
    }
    let module = &names.module;
    // All of them: a client implements the whole service, and what is not served answers `unimplemented`.
    let methods = of.operations.iter().zip(&names.operations).map(|(operation, own)| {
        let (marker, path) = (&own.marker, format!("/{}/{}", bound.place, operation.name));
        quote! {
            impl ::wireloom::grpc::Method for #module::#marker {
                const PATH: &'static str = #path;
            }
        }
    });
    quote!(#(#methods)*)
}
