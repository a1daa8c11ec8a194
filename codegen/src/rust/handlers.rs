//! Handlers: the trait that the service's author implements, each handler as a type, and how the server calls them.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Access, Handler, Limit, LimitKey, Policy, Service, TypeKind};

use super::naming::{HandlerNames, ServiceNames};
use super::operations::auth;
use super::policies::{self, time};
use super::scope::Scope;
use super::{conditions, docs, events, service};
use crate::bind::messages::{BoundHandler, MessagesService, Retry};

/// The trait, the module of markers, and for each marker what the runtime asks of it.
pub(crate) fn items(scope: &Scope<'_>, of: &Service, messages: &MessagesService, names: &ServiceNames) -> TokenStream {
    let contract = handling(scope, of, messages, names);
    let module = &names.handlers_module;
    let module_docs = docs::text(&format!("The handlers of `{}` as types.", of.name));
    let markers = messages.handlers.iter().map(|bound| {
        let docs = docs::text(&format!("`{}.{}`", of.name, of.handlers[bound.handler].name));
        let marker = &names.handlers[bound.handler].marker;
        quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            pub struct #marker;
        }
    });
    let all = messages.handlers.iter().map(|bound| {
        let (handler, own) = (&of.handlers[bound.handler], &names.handlers[bound.handler]);
        let (described, handles) =
            (handler_item(scope, of, bound, handler, names, own), handles(scope, handler, names, own));
        quote!(#described #handles)
    });
    quote! {
        #contract

        #module_docs
        #[doc(hidden)]
        pub mod #module { #(#markers)* }

        #(#all)*
    }
}

/// What a server of the service mounts.
pub(crate) fn mount(messages: &MessagesService, names: &ServiceNames) -> TokenStream {
    let module = &names.handlers_module;
    let markers = messages.handlers.iter().map(|bound| &names.handlers[bound.handler].marker);
    quote!(mount.broker()#(.handler::<#module::#markers>())*;)
}

fn handling(scope: &Scope<'_>, of: &Service, messages: &MessagesService, names: &ServiceNames) -> TokenStream {
    let name = &names.handling;
    let docs = docs::text(&format!("Handles what `{}` listens to; an event may come more than once.", of.name));
    let (send, sync, future) = (scope.prelude("Send"), scope.prelude("Sync"), scope.prelude("Future"));
    let methods = messages.handlers.iter().map(|bound| {
        let handler = &of.handlers[bound.handler];
        let docs = docs::or(handler.docs.as_deref(), &format!("`{}`", handler.name));
        let (method, event) = (&names.handlers[bound.handler].method, scope.named(handler.event));
        let convention = service::convention(method);
        quote! {
            #docs
            #convention
            fn #method(
                &self,
                cx: &::wireloom::Context,
                event: #event,
            ) -> impl #future<Output = ::wireloom::messaging::Outcome> + #send;
        }
    });
    let message = format!("`{{Self}}` does not handle what the service `{}` listens to", of.name);
    let all: Vec<String> =
        messages.handlers.iter().map(|bound| names.handlers[bound.handler].method.to_string()).collect();
    let note =
        format!("write `impl {name} for {{Self}} {{{{ … }}}}` with an `async fn` for each handler: {}", all.join(", "));
    quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, note = #note)]
        pub trait #name: #send + #sync + 'static { #(#methods)* }
    }
}

fn handler_item(
    scope: &Scope<'_>,
    of: &Service,
    bound: &BoundHandler,
    handler: &Handler,
    names: &ServiceNames,
    own: &HandlerNames,
) -> TokenStream {
    let (module, marker, event) = (&names.handlers_module, &own.marker, scope.named(handler.event));
    let facts = facts(scope, of, bound, handler);
    let wants = handler.condition.as_ref().map(|condition| {
        let condition = conditions::expression(scope, handler.event, condition);
        quote!(fn wants(event: &#event) -> bool { #condition })
    });
    let key = bound.key.as_ref().map(|path| events::key_of(scope, handler.event, path));
    quote! {
        impl ::wireloom::messaging::Handler for #module::#marker {
            type Event = #event;
            const FACTS: &'static ::wireloom::messaging::HandlerFacts = &#facts;

            #wants
            #key
        }
    }
}

fn facts(scope: &Scope<'_>, of: &Service, bound: &BoundHandler, handler: &Handler) -> TokenStream {
    let (package, service, name) = (&scope.contract.package(scope.package).name, &of.name, &handler.name);
    let (topic, group) = (&bound.topic, &bound.group);
    // Of its service's policy a handler has the deadline, and the limit of each who publishes; how often an event comes is said by its binding.
    let by_principal = |limit: &Limit| limit.per == Some(LimitKey::Principal);
    let limit = of.policy.limit.clone().filter(by_principal);
    let policy = policies::settings(&Policy { deadline: of.policy.deadline, limit, ..Policy::default() });
    let auth = auth(of, &Access::Service);
    let own_key = matches!(&scope.contract.type_def(handler.event).kind, TypeKind::Event(event) if event.key.is_some());
    let keyed = bound.key.is_some() || own_key;
    let retry = retry(bound.retry);
    let dead = match &bound.dead {
        Some(dead) => quote!(Some(#dead)),
        None => quote!(None),
    };
    let prefetch = match bound.prefetch {
        Some(count) => {
            let count = Token::u32_unsuffixed(count);
            quote!(#count)
        }
        None => quote!(::wireloom::messaging::HandlerFacts::PREFETCH_DEFAULT),
    };
    quote! {
        ::wireloom::messaging::HandlerFacts {
            op: ::wireloom::OperationFacts {
                package: #package,
                service: #service,
                name: #name,
                shape: ::wireloom::Shape::Oneway,
                effect: ::wireloom::Effect::Idempotent,
                policy: #policy,
                auth: #auth,
            },
            topic: #topic,
            group: #group,
            keyed: #keyed,
            retry: #retry,
            dead: #dead,
            prefetch: #prefetch,
        }
    }
}

fn retry(said: Option<Retry>) -> TokenStream {
    let Some(Retry { times, backoff }) = said else { return quote!(::wireloom::messaging::Retry::DEFAULT) };
    let times = Token::u32_unsuffixed(times);
    match backoff {
        None => quote!(::wireloom::messaging::Retry { times: #times, ..::wireloom::messaging::Retry::DEFAULT }),
        Some(backoff) => {
            let (min, max) = (time(backoff.min), time(backoff.max));
            quote!(::wireloom::messaging::Retry { times: #times, backoff_min: #min, backoff_max: #max })
        }
    }
}

fn handles(scope: &Scope<'_>, handler: &Handler, names: &ServiceNames, own: &HandlerNames) -> TokenStream {
    let (server, handling, module) = (&names.server, &names.handling, &names.handlers_module);
    let (method, marker, event, s) = (&own.method, &own.marker, scope.named(handler.event), scope.parameter("S"));
    quote! {
        impl<#s: #handling> ::wireloom::messaging::Handles<#module::#marker> for #server<#s> {
            async fn handle(&self, cx: &::wireloom::Context, event: #event) -> ::wireloom::messaging::Outcome {
                self.0.#method(cx, event).await
            }
        }
    }
}
