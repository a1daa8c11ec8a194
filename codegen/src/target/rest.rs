//! REST in Rust: for each operation where its inputs travel, once for server and client, and what a server mounts.
//!
//! Not a target of files: [`super::rust`] puts these items behind those of the service.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{format_ident, quote};
use wireloom_idl::contract::{FaultCode, Field, Operation, Origin, Presence, Service, Shape, Type, TypeKind};

use super::calls;
use crate::bind::http::{HttpOperation, HttpService, QueryField, Segment, StreamForm, Travel};
use crate::model;
use crate::rust::naming::{self, OperationNames, ServiceNames};
use crate::rust::scope::Scope;
use crate::rust::{json, literal};

/// `Binding` for each operation of a service; those that REST does not carry have no route.
pub(crate) fn items(scope: &Scope<'_>, of: &Service, http: &HttpService, names: &ServiceNames) -> TokenStream {
    let all = of.operations.iter().enumerate().map(|(index, operation)| {
        let carried = http.operations.iter().find(|http| http.operation == index);
        Binding { scope, operation, own: &names.operations[index], module: &names.module }.item(carried)
    });
    quote!(#(#all)*)
}

/// What a server of the service mounts.
pub(crate) fn mount(of: &Service, http: &HttpService, names: &ServiceNames) -> TokenStream {
    let module = &names.module;
    let all = http.operations.iter().map(|http| {
        let marker = &names.operations[http.operation].marker;
        match of.operations[http.operation].shape() {
            Shape::ServerStream => quote!(.server_stream::<#module::#marker>()),
            _ => quote!(.unary::<#module::#marker>()),
        }
    });
    if http.operations.is_empty() { TokenStream::new() } else { quote!(mount.rest()#(#all)*;) }
}

struct Binding<'a> {
    scope: &'a Scope<'a>,
    operation: &'a Operation,
    own: &'a OperationNames,
    module: &'a Ident,
}

impl Binding<'_> {
    fn item(&self, carried: Option<&HttpOperation>) -> TokenStream {
        let (module, marker, option) = (self.module, &self.own.marker, self.scope.prelude("Option"));
        let answer = calls::output_form(self.scope, self.operation);
        let parts = carried.map(|http| {
            let (put, take, status) = (self.put(http), self.take(http), self.fault_status(http));
            quote!(#put #take #status)
        });
        let route = carried.map_or_else(|| quote!(None), |http| self.route(http));
        quote! {
            impl ::wireloom::rest::Binding<#module::#marker> for ::wireloom::rest::Rest {
                const ROUTE: #option<::wireloom::rest::Route> = #route;
                type Answer = #answer;

                #parts
            }
        }
    }

    fn route(&self, http: &HttpOperation) -> TokenStream {
        let path = http.path_template();
        let (verb, status) = (format_ident!("{}", http.verb.as_str()), Token::u16_unsuffixed(http.status));
        let body = format_ident!("{}", self.body(http));
        let stream = format_ident!(
            "{}",
            match http.stream {
                Some(StreamForm::Sse) => "Sse",
                Some(StreamForm::Ndjson) => "Ndjson",
                Some(StreamForm::Negotiated) | None => "ByAccept",
            }
        );
        quote! {
            Some(::wireloom::rest::Route {
                method: ::wireloom::rest::Method::#verb,
                path: #path,
                status: #status,
                body: ::wireloom::rest::Body::#body,
                stream: ::wireloom::rest::StreamForm::#stream,
            })
        }
    }

    /// A patch that is the whole body is a merge patch.
    fn body(&self, http: &HttpOperation) -> &'static str {
        let whole = http.inputs.iter().position(|travel| *travel == Travel::Body);
        let is_patch = whole.is_some_and(|input| is_patch(self.scope, &self.fields()[input].ty));
        match http.has_body() {
            false => "None",
            true if is_patch => "MergePatch",
            true => "Json",
        }
    }

    fn fields(&self) -> &[Field] {
        self.operation.inputs.fields()
    }

    fn idents(&self) -> Vec<Ident> {
        naming::fields(self.fields().iter().map(|field| field.name.as_str()))
    }

    /// Path first, then query, headers and body: the order a request is written in.
    fn put(&self, http: &HttpOperation) -> TokenStream {
        if self.fields().is_empty() {
            return TokenStream::new();
        }
        let (idents, request) = (self.idents(), &self.own.request);
        let path = http.variables().map(|input| {
            let ident = &idents[input];
            quote!(to.path(&input.#ident);)
        });
        let pairs = || self.fields().iter().zip(&idents).zip(&http.inputs);
        let query = pairs().map(|((field, ident), travel)| match travel {
            Travel::Query(name) => put_query(self.scope, field, name, &quote!(input.#ident)),
            Travel::QueryFields(parts) => self.put_query_fields(field, ident, parts),
            _ => TokenStream::new(),
        });
        let rest = pairs().map(|((field, ident), travel)| match travel {
            Travel::Header(name) => match field.presence {
                Presence::Optional => quote!(to.header_optional(#name, &input.#ident);),
                _ => quote!(to.header(#name, &input.#ident);),
            },
            Travel::Body => self.put_body(field, ident),
            Travel::Member(name) => self.put_member(field, ident, name),
            _ => TokenStream::new(),
        });
        quote! {
            fn put(input: &#request, to: &mut ::wireloom::rest::RequestWriter) {
                #(#path)*
                #(#query)*
                #(#rest)*
            }
        }
    }

    fn put_query_fields(&self, field: &Field, ident: &Ident, parts: &[QueryField]) -> TokenStream {
        let Type::Named(id) = field.ty else { return TokenStream::new() };
        let fields = self.scope.contract.type_def(id).fields().unwrap_or_default();
        let idents = naming::fields(fields.iter().map(|field| field.name.as_str()));
        let all = parts.iter().map(|part| {
            let inner = &idents[part.field];
            put_query(self.scope, &fields[part.field], &part.name, &quote!(input.#ident.#inner))
        });
        quote!(#(#all)*)
    }

    fn adapter(&self, field: &Field) -> Option<TokenStream> {
        json::adapter(self.scope, &field.ty, model::json_number(&field.annotations))
    }

    fn put_body(&self, field: &Field, ident: &Ident) -> TokenStream {
        let form = self.adapter(field);
        match field.presence {
            Presence::Optional => {
                let put = match form {
                    Some(form) => quote!(to.body_as::<#form, _>(body)),
                    None => quote!(to.body(body)),
                };
                quote!(if let Some(body) = &input.#ident { #put; })
            }
            Presence::OptionalNullable => {
                let form = form.unwrap_or_else(|| quote!(::wireloom::json::Same));
                quote!(if !input.#ident.is_absent() { to.body_as::<::wireloom::Maybe<#form>, _>(&input.#ident); })
            }
            Presence::Nullable => {
                let (option, form) =
                    (self.scope.prelude("Option"), form.unwrap_or_else(|| quote!(::wireloom::json::Same)));
                quote!(to.body_as::<#option<#form>, _>(&input.#ident);)
            }
            Presence::Required => match form {
                Some(form) => quote!(to.body_as::<#form, _>(&input.#ident);),
                None => quote!(to.body(&input.#ident);),
            },
        }
    }

    fn put_member(&self, field: &Field, ident: &Ident, name: &str) -> TokenStream {
        let form = self.adapter(field);
        match field.presence {
            Presence::Optional => match form {
                Some(form) => quote!(to.member_optional_as::<#form, _>(#name, &input.#ident);),
                None => quote!(to.member_optional(#name, &input.#ident);),
            },
            Presence::OptionalNullable => {
                let form = form.unwrap_or_else(|| quote!(::wireloom::json::Same));
                quote!(if !input.#ident.is_absent() { to.member_as::<::wireloom::Maybe<#form>, _>(#name, &input.#ident); })
            }
            Presence::Nullable => match form {
                Some(form) => {
                    let option = self.scope.prelude("Option");
                    quote!(to.member_as::<#option<#form>, _>(#name, &input.#ident);)
                }
                None => quote!(to.member(#name, &input.#ident);),
            },
            Presence::Required => match form {
                Some(form) => quote!(to.member_as::<#form, _>(#name, &input.#ident);),
                None => quote!(to.member(#name, &input.#ident);),
            },
        }
    }

    /// Every part is read before the first that is missing ends it, so that a caller learns all at once.
    fn take(&self, http: &HttpOperation) -> TokenStream {
        let (idents, request, option) = (self.idents(), &self.own.request, self.scope.prelude("Option"));
        if idents.is_empty() {
            return quote! {
                fn take(_: &mut ::wireloom::rest::RequestReader<'_>) -> #option<#request> {
                    Some(#request::new())
                }
            };
        }
        let locals = locals(&idents);
        let pairs = self.fields().iter().zip(&locals).zip(&http.inputs).enumerate();
        let reads = pairs.map(|(index, ((field, local), travel))| {
            let value = self.read(http, index, field, travel);
            quote!(let #local = #value;)
        });
        quote! {
            fn take(from: &mut ::wireloom::rest::RequestReader<'_>) -> #option<#request> {
                #(#reads)*
                Some(#request { #(#idents: #locals?),* })
            }
        }
    }

    fn read(&self, http: &HttpOperation, index: usize, field: &Field, travel: &Travel) -> TokenStream {
        let name = model::json_name(field);
        match travel {
            Travel::Path => {
                let at = http
                    .path
                    .iter()
                    .position(|segment| matches!(segment, Segment::Variable { input, .. } if *input == index))
                    .unwrap_or_default();
                let at = Token::usize_unsuffixed(at);
                quote!(from.path(#at, #name))
            }
            Travel::Header(header) => match (field.presence, &field.default) {
                (Presence::Optional, _) => quote!(from.header_optional(#header, #name)),
                (_, Some(default)) => {
                    let default = default_closure(self.scope, field, default);
                    quote!(from.header_or(#header, #name, #default))
                }
                _ => quote!(from.header(#header, #name)),
            },
            Travel::Query(query) => read_query(self.scope, field, query, &name),
            Travel::QueryFields(parts) => self.read_query_fields(field, &name, parts),
            Travel::Body => self.read_body(field, &name),
            Travel::Member(_) => self.read_member(field, &name),
        }
    }

    fn read_query_fields(&self, field: &Field, name: &str, parts: &[QueryField]) -> TokenStream {
        let Type::Named(id) = field.ty else { return TokenStream::new() };
        let fields = self.scope.contract.type_def(id).fields().unwrap_or_default();
        let idents = naming::fields(fields.iter().map(|field| field.name.as_str()));
        let path = self.scope.named(id);
        let locals = locals(&idents);
        let reads = parts.iter().map(|part| {
            let (inner, local) = (&fields[part.field], &locals[part.field]);
            let place = format!("{name}.{}", model::json_name(inner));
            let value = read_query(self.scope, inner, &part.name, &place);
            quote!(let #local = #value;)
        });
        let values = idents.iter().zip(&locals).map(|(ident, local)| match ident == local {
            true => quote!(#ident),
            false => quote!(#ident: #local),
        });
        let make = match parts.is_empty() {
            true => quote!(Some(#path {})),
            false => quote!(match (#(#locals,)*) { (#(Some(#locals),)*) => Some(#path { #(#values),* }), _ => None }),
        };
        quote!({ #(#reads)* #make })
    }

    fn read_body(&self, field: &Field, name: &str) -> TokenStream {
        let form = self.adapter(field);
        let same = || quote!(::wireloom::json::Same);
        match field.presence {
            Presence::Optional => {
                let form = form.unwrap_or_else(same);
                quote!(from.body_optional_as::<#form, _>(#name))
            }
            Presence::OptionalNullable => {
                let form = form.unwrap_or_else(same);
                quote!(from.body_optional_as::<::wireloom::Maybe<#form>, _>(#name).map(|body| body.unwrap_or_default()))
            }
            Presence::Nullable => {
                let (option, form) = (self.scope.prelude("Option"), form.unwrap_or_else(same));
                quote!(from.body_as::<#option<#form>, _>(#name))
            }
            Presence::Required => match (&field.default, form) {
                (Some(default), form) => {
                    let (form, default) = (form.unwrap_or_else(same), default_closure(self.scope, field, default));
                    quote!(from.body_optional_as::<#form, _>(#name).map(|body| body.unwrap_or_else(#default)))
                }
                (None, Some(form)) => quote!(from.body_as::<#form, _>(#name)),
                (None, None) => quote!(from.body(#name)),
            },
        }
    }

    fn read_member(&self, field: &Field, name: &str) -> TokenStream {
        let form = self.adapter(field);
        let same = || quote!(::wireloom::json::Same);
        let option = self.scope.prelude("Option");
        match (field.presence, &field.default) {
            (Presence::Optional, _) => match form {
                Some(form) => quote!(from.member_optional_as::<#form, _>(#name)),
                None => quote!(from.member_optional(#name)),
            },
            (Presence::OptionalNullable, _) => {
                let form = form.unwrap_or_else(same);
                quote!(from.member_or_as::<::wireloom::Maybe<#form>, _>(#name, ::std::default::Default::default))
            }
            (Presence::Nullable, Some(default)) => {
                let (form, default) = (form.unwrap_or_else(same), default_closure(self.scope, field, default));
                quote!(from.member_or_as::<#option<#form>, _>(#name, #default))
            }
            (Presence::Nullable, None) => {
                let form = form.unwrap_or_else(same);
                quote!(from.member_as::<#option<#form>, _>(#name))
            }
            (Presence::Required, Some(default)) => {
                let default = default_closure(self.scope, field, default);
                match form {
                    Some(form) => quote!(from.member_or_as::<#form, _>(#name, #default)),
                    None => quote!(from.member_or(#name, #default)),
                }
            }
            (Presence::Required, None) => match form {
                Some(form) => quote!(from.member_as::<#form, _>(#name)),
                None => quote!(from.member(#name)),
            },
        }
    }

    /// The statuses that the binding gives to faults, where they are not their codes' own.
    fn fault_status(&self, http: &HttpOperation) -> TokenStream {
        let own =
            self.operation.faults.iter().zip(&http.faults).enumerate().filter_map(|(index, (id, (_, status)))| {
                let TypeKind::Fault(fault) = &self.scope.contract.type_def(*id).kind else { return None };
                (FaultCode::http_status(fault.code) != *status).then_some((index, *status))
            });
        let variants =
            naming::variants(self.operation.faults.iter().map(|&id| self.scope.contract.type_def(id).name.as_str()));
        let fault = &self.own.fault;
        let arms: Vec<TokenStream> = own
            .map(|(index, status)| {
                let (variant, status) = (&variants[index], Token::u16_unsuffixed(status));
                quote!(#fault::#variant(_) => Some(#status),)
            })
            .collect();
        if arms.is_empty() {
            return TokenStream::new();
        }
        let option = self.scope.prelude("Option");
        quote! {
            fn fault_status(fault: &#fault) -> #option<u16> {
                match fault { #(#arms)* _ => None }
            }
        }
    }
}

/// Variables for what is read: named like the fields, but never like the reader.
fn locals(idents: &[Ident]) -> Vec<Ident> {
    let taken = |name: &str| idents.iter().any(|ident| ident == name);
    let mut instead = "from_".to_owned();
    while taken(&instead) {
        instead.push('_');
    }
    idents.iter().map(|ident| if ident == "from" { format_ident!("{instead}") } else { ident.clone() }).collect()
}

fn put_query(scope: &Scope<'_>, field: &Field, name: &str, value: &TokenStream) -> TokenStream {
    let list = model::repeated_text(scope.contract, &field.ty).is_some();
    match (list, field.presence) {
        (true, Presence::Optional) => quote!(to.query_list(#name, #value.iter().flatten());),
        (true, _) => quote!(to.query_list(#name, &#value);),
        (false, Presence::Optional) => quote!(to.query_optional(#name, &#value);),
        (false, _) => quote!(to.query(#name, &#value);),
    }
}

fn read_query(scope: &Scope<'_>, field: &Field, name: &str, place: &str) -> TokenStream {
    let list = model::repeated_text(scope.contract, &field.ty);
    match (list, field.presence, &field.default) {
        (Some(item), presence, _) => {
            let (item, ty) = (scope.ty(item), scope.ty(&field.ty));
            let read = quote!(from.query_list::<#item, #ty>(#name, #place));
            // No parameter at all is an absent list; one with a default that is not empty is not bound to a query.
            match presence {
                Presence::Optional => quote!(#read.map(|list| Some(list).filter(|list| !list.is_empty()))),
                _ => read,
            }
        }
        (None, Presence::Optional, _) => quote!(from.query_optional(#name, #place)),
        (None, _, Some(default)) => {
            let default = default_closure(scope, field, default);
            quote!(from.query_or(#name, #place, #default))
        }
        (None, _, None) => quote!(from.query(#name, #place)),
    }
}

fn default_closure(scope: &Scope<'_>, field: &Field, default: &wireloom_idl::contract::Literal) -> TokenStream {
    if literal::is_plain_default(&field.ty, field.presence, default) {
        return quote!(::std::default::Default::default);
    }
    let value = literal::with_presence(scope, field, default);
    quote!(|| #value)
}

fn is_patch(scope: &Scope<'_>, ty: &Type) -> bool {
    let Type::Named(id) = ty else { return false };
    matches!(&scope.contract.type_def(*id).kind, TypeKind::Record(record) if matches!(record.origin, Origin::Patch(_)))
}
