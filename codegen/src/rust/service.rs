//! The trait of a service, which its author implements and its client too.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use wireloom_idl::contract::{Deprecated, Inputs, Operation, Service, Shape};

use super::docs;
use super::naming::{OperationNames, ServiceNames};
use super::scope::Scope;

/// The trait.
pub(crate) fn items(scope: &Scope<'_>, service: &Service, names: &ServiceNames) -> TokenStream {
    let name = &names.service;
    let docs = docs::or(service.docs.as_deref(), &format!("The service `{}`.", service.name));
    let hint = hint(scope, service, names);
    let methods = service.operations.iter().zip(&names.operations).map(|(operation, own)| {
        let docs = docs::or(operation.docs.as_deref(), &format!("`{}`", operation.name));
        let deprecated = operation.deprecated.as_ref().map(deprecated);
        let convention = convention(&own.method);
        let signature = signature(scope, operation, own, &own.method);
        quote!(#docs #deprecated #convention #signature;)
    });
    let (send, sync) = (scope.prelude("Send"), scope.prelude("Sync"));
    quote! {
        #docs
        #hint
        pub trait #name: #send + #sync + 'static { #(#methods)* }
    }
}

/// What rustc says where a type that does not implement the service is served: where the contract says what is missing.
fn hint(scope: &Scope<'_>, service: &Service, names: &ServiceNames) -> TokenStream {
    let name = names.service.to_string();
    let file = &scope.input.sources[service.at.file];
    let label = format!("declared in {}:{}", base_name(file.name()), file.line_column(service.at.start).line);
    let message = format!("`{{Self}}` does not implement the service `{name}`");
    let methods: Vec<String> = names.operations.iter().map(|own| own.method.to_string()).collect();
    let shown = match methods.len() {
        0..=6 => methods.join(", "),
        _ => format!("{}, …", methods[..6].join(", ")),
    };
    let note = format!("write `impl {name} for {{Self}} {{{{ … }}}}` with an `async fn` for each operation: {shown}");
    quote!(#[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)])
}

/// A file's name without its folders: the same text on every machine.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// `#[deprecated(note = …)]`
fn deprecated(it: &Deprecated) -> TokenStream {
    let note = match (&it.note, &it.until) {
        (Some(note), Some(until)) => format!("{note}; may be gone from {until} on"),
        (Some(note), None) => note.clone(),
        (None, Some(until)) => format!("may be gone from {until} on"),
        (None, None) => return quote!(#[deprecated]),
    };
    quote!(#[deprecated(note = #note)])
}

/// The mark of a method whose name leads clippy to expect another `self`.
pub(crate) fn convention(method: &Ident) -> Option<TokenStream> {
    let name = method.to_string();
    let is_special = name == "new" || ["from_", "into_"].iter().any(|start| name.starts_with(start));
    is_special.then(|| quote!(#[allow(clippy::wrong_self_convention, reason = "the contract's name")]))
}

/// `fn place(&self, cx: …, input: …) -> impl Future<…> + Send`; the same of the trait and of what only passes a call on, which so
/// passes the future on as well: rustc looks long at one that is made of an `async fn`.
pub(crate) fn signature(
    scope: &Scope<'_>,
    operation: &Operation,
    own: &OperationNames,
    method: &impl ToTokens,
) -> TokenStream {
    let fault = &own.fault;
    let input = input(scope, operation, own);
    let output = output(scope, operation, fault);
    let (send, result) = (scope.prelude("Send"), scope.prelude("Result"));
    let future = scope.prelude("Future");
    quote!(fn #method(&self, cx: &::wireloom::Context, #input) -> impl #future<Output = #result<#output, #fault>> + #send)
}

/// The parameter of an operation: `input: PlaceRequest`, `lines: Inbound<Line>`.
fn input(scope: &Scope<'_>, operation: &Operation, own: &OperationNames) -> TokenStream {
    match &operation.inputs {
        Inputs::Fields(_) => {
            let request = &own.request;
            quote!(input: #request)
        }
        Inputs::Stream(field) => {
            let ty = scope.ty(&field.ty);
            quote!(input: ::wireloom::Inbound<#ty>)
        }
    }
}

/// What an operation gives: the answer, or a stream of them.
fn output(scope: &Scope<'_>, operation: &Operation, fault: &Ident) -> TokenStream {
    let item = scope.answer(&operation.answer);
    match operation.shape() {
        Shape::ServerStream | Shape::Duplex => {
            let (result, send) = (scope.prelude("Result"), scope.prelude("Send"));
            quote!(impl ::wireloom::Stream<Item = #result<#item, #fault>> + #send + 'static)
        }
        Shape::Unary | Shape::Oneway | Shape::ClientStream => item,
    }
}

/// The runtime's trait of a shape, and its method.
pub(crate) fn seam(shape: Shape) -> (TokenStream, TokenStream) {
    match shape {
        Shape::Unary | Shape::Oneway => (quote!(::wireloom::Unary), quote!(call)),
        Shape::ServerStream => (quote!(::wireloom::ServerStream), quote!(open)),
        Shape::ClientStream => (quote!(::wireloom::ClientStream), quote!(call)),
        Shape::Duplex => (quote!(::wireloom::Duplex), quote!(open)),
    }
}
