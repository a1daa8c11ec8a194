//! Events as the runtime's messaging sees them: what each is, and which a service emits.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Event, FieldPath, Service, TypeDef, TypeId};

use super::docs;
use super::naming::ServiceNames;
use super::paths::{Reached, reach};
use super::scope::Scope;
use crate::bind::messages::{EmittedEvent, MessagesService};

/// `Event` for the type of an event.
pub(crate) fn event(scope: &Scope<'_>, def: &TypeDef, event: &Event) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let package = scope.contract.package(def.package);
    let (kind, version) = (format!("{}.{}", package.name, def.name), Token::u32_unsuffixed(package.version));
    let keyed = event.key.is_some();
    let key = event.key.as_ref().map(|path| {
        let (key, ty) = (key(scope, def.id, path, quote!(self)), key_type(scope));
        quote!(fn key(&self) -> #ty { #key })
    });
    quote! {
        impl ::wireloom::messaging::Event for #name {
            const FACTS: &'static ::wireloom::messaging::EventFacts =
                &::wireloom::messaging::EventFacts { kind: #kind, version: #version, keyed: #keyed };

            #key
        }
    }
}

/// What a service emits, as a type, and the publisher of it.
pub(crate) fn emitted(
    scope: &Scope<'_>,
    of: &Service,
    messages: &MessagesService,
    names: &ServiceNames,
) -> TokenStream {
    if messages.events.is_empty() {
        return TokenStream::new();
    }
    let (events, publisher) = (&names.events, &names.publisher);
    let source = format!("/{}/{}", scope.contract.package(scope.package).name, of.name);
    let events_docs = docs::text(&format!("What `{}` emits, as a type: nobody makes one.", of.name));
    let publisher_docs = docs::text(&format!("Publishes what `{}` emits: `bus.publisher::<{events}>()`.", of.name));
    let all = messages.events.iter().map(|emitted| one(scope, emitted, &source, names));
    quote! {
        #events_docs
        #[derive(Clone, Copy, Debug)]
        pub enum #events {}

        #publisher_docs
        pub type #publisher = ::wireloom::messaging::Publisher<#events>;

        #(#all)*
    }
}

fn one(scope: &Scope<'_>, emitted: &EmittedEvent, source: &str, names: &ServiceNames) -> TokenStream {
    let (events, event, topic) = (&names.events, scope.named(emitted.event), &emitted.topic);
    let key = emitted.key.as_ref().map(|path| key_of(scope, emitted.event, path));
    quote! {
        impl ::wireloom::messaging::Emits<#event> for #events {
            const TOPIC: &'static str = #topic;
            const SOURCE: &'static str = #source;

            #key
        }
    }
}

/// The method by which a binding gives an event another key than its own.
pub(crate) fn key_of(scope: &Scope<'_>, id: TypeId, path: &FieldPath) -> TokenStream {
    let (event, key, ty) = (scope.named(id), key(scope, id, path, quote!(event)), key_type(scope));
    quote!(fn key(event: &#event) -> #ty { #key })
}

fn key(scope: &Scope<'_>, id: TypeId, path: &FieldPath, root: TokenStream) -> TokenStream {
    match reach(scope, id, path, root) {
        Reached::Place(place) => quote!(Some(::wireloom::Text::to_text(&#place))),
        Reached::Perhaps(way) => quote!(#way.map(::wireloom::Text::to_text)),
    }
}

fn key_type(scope: &Scope<'_>) -> TokenStream {
    let option = scope.prelude("Option");
    quote!(#option<::std::borrow::Cow<'_, str>>)
}
