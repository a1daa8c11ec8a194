//! Native RPC, gRPC and WebSocket in Rust: what a server mounts, and the names that operations have there.
//!
//! Not a target of files: [`super::rust`] puts these items behind those of the service. All else about these wires is in the
//! runtime, generic over operations.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Answer, Inputs, Operation, Service, Shape};

use super::proto;
use crate::bind::calls::{CallWire, CallsService};
use crate::names::ident;
use crate::rust::json;
use crate::rust::naming::ServiceNames;
use crate::rust::scope::Scope;
use crate::{Wire, model};

/// About how long the lines of a literal of bytes are.
const BYTES_LINE_MAX: usize = 100;

/// What a server of the service mounts.
pub(crate) fn mount(scope: &Scope<'_>, of: &Service, bound: &CallsService, names: &ServiceNames) -> TokenStream {
    if bound.operations.is_empty() && bound.events.is_empty() {
        return TokenStream::new();
    }
    let module = &names.module;
    let operations = bound.operations.iter().map(|&index| {
        let marker = &names.operations[index].marker;
        let shape = match of.operations[index].shape() {
            Shape::Unary | Shape::Oneway => quote!(unary),
            Shape::ServerStream => quote!(server_stream),
            Shape::ClientStream => quote!(client_stream),
            Shape::Duplex => quote!(duplex),
        };
        quote!(.#shape::<#module::#marker>())
    });
    // Events come from the broker, which a build may go without.
    let events = bound.events.iter().filter(|_| scope.input.options.wires.has(Wire::Broker)).map(|&event| {
        let (emitter, event) = (&names.events, scope.named(event));
        quote!(.event::<#emitter, #event>())
    });
    let place = &bound.place;
    let wire = match bound.wire {
        CallWire::Rpc => quote!(rpc()),
        CallWire::Grpc => {
            let descriptors = descriptors_name(scope);
            quote!(grpc(&::wireloom::grpc::ServiceInfo { name: #place, descriptors: #descriptors }))
        }
        CallWire::Ws => quote!(ws(#place)),
    };
    quote!(mount.#wire #(#operations)* #(#events)*;)
}

/// What a wire wants to know of each operation. All of them, bound or not: a client implements the whole service, and what is
/// not served answers `unimplemented`.
pub(crate) fn items(scope: &Scope<'_>, of: &Service, bound: &CallsService, names: &ServiceNames) -> TokenStream {
    let all = of.operations.iter().zip(&names.operations);
    let (module, place) = (&names.module, &bound.place);
    match bound.wire {
        CallWire::Rpc => TokenStream::new(),
        CallWire::Grpc => {
            let methods = all.map(|(operation, own)| {
                let (marker, path) = (&own.marker, format!("/{place}/{}", operation.name));
                quote! {
                    impl ::wireloom::grpc::Method for #module::#marker {
                        const PATH: &'static str = #path;
                    }
                }
            });
            quote!(#(#methods)*)
        }
        CallWire::Ws => {
            let bindings = all.map(|(operation, own)| {
                let (marker, input, output) =
                    (&own.marker, input_form(scope, operation), output_form(scope, operation));
                quote! {
                    impl ::wireloom::ws::Binding<#module::#marker> for ::wireloom::ws::Ws {
                        type Input = #input;
                        type Output = #output;
                    }
                }
            });
            quote!(#(#bindings)*)
        }
    }
}

/// The JSON form of what goes in.
fn input_form(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    match &operation.inputs {
        Inputs::Fields(_) => quote!(::wireloom::json::Same),
        Inputs::Stream(item) => json::adapter_or_same(scope, &item.ty, model::json_number(&item.annotations)),
    }
}

/// The JSON form of what comes out.
pub(super) fn output_form(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    match &operation.answer {
        Answer::Nothing => quote!(::wireloom::json::Same),
        Answer::One(ty) | Answer::Stream(ty) => json::adapter_or_same(scope, ty, false),
    }
}

/// What reflection tells of the package's services on gRPC; stands once a package, behind all else.
pub(crate) fn descriptors(scope: &Scope<'_>) -> TokenStream {
    let views = scope.input.views;
    let wires = scope.input.options.wires;
    let is_served = wires.has(Wire::Grpc) && wires.server;
    if !is_served || !views.calls.on(CallWire::Grpc).any(|bound| bound.package == scope.package) {
        return TokenStream::new();
    }
    let name = descriptors_name(scope);
    let bytes = proto::package_descriptors(scope.contract, views, scope.package);
    let literal = byte_string(&bytes);
    quote! {
        /// The package in protobuf, a `google.protobuf.FileDescriptorSet` with all that it imports.
        const #name: &[u8] = #literal;
    }
}

fn descriptors_name(scope: &Scope<'_>) -> Ident {
    let mut name = "DESCRIPTORS".to_owned();
    while scope.naming.defines(scope.package, &name) {
        name.push('_');
    }
    ident(&name)
}

/// A literal of these bytes, in lines of a length that can be read.
fn byte_string(bytes: &[u8]) -> Token {
    let mut text = String::from("b\"");
    let mut line = 0;
    for &byte in bytes {
        let escaped = byte.escape_ascii().to_string();
        // Behind the end of a line all blanks are skipped, so one that begins a line is written as an escape.
        let escaped = if escaped == " " && line == 0 { "\\x20".to_owned() } else { escaped };
        line += escaped.len();
        text.push_str(&escaped);
        if line >= BYTES_LINE_MAX {
            text.push_str("\\\n    ");
            line = 0;
        }
    }
    text.push('"');
    text.parse().expect("escaped bytes are a literal")
}
