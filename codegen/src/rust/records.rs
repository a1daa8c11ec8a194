//! Records and events: a struct, how to make one, what is checked; a patch also how to apply it.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{Field, Origin, TypeDef, TypeKind};

use super::fields::{self, Struct};
use super::scope::Scope;
use super::{docs, patches, validate, wire};

/// The items of a record or event.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, of: &[Field]) -> TokenStream {
    let name = scope.naming.ty(def.id);
    let origin = match &def.kind {
        TypeKind::Record(record) => &record.origin,
        _ => &Origin::Declared,
    };
    let it = Struct::of_type(scope, name, def, of);
    let docs = docs::or(def.docs.as_deref(), &sentence(scope, def, origin));
    let derives = it.json.derives(&scope.derive_of_parts(def.id, !it.has_secrets()));
    let definitions = fields::definitions(scope, &it);
    let debug = fields::debug(&it);
    let construction = fields::construction(scope, &it, &fields::with_article(&def.name));
    let validate = validate::of_struct(scope, &it);
    let apply = match origin {
        Origin::Patch(target) => patches::apply(scope, &it, *target),
        _ => TokenStream::new(),
    };
    let wire = wire::of_struct(scope, &it, scope.contract.numbers.of_type(def.id));
    quote! {
        #docs
        #derives
        pub struct #name { #definitions }
        #debug
        #construction
        #apply
        #validate
        #wire
    }
}

/// What to say of a type that the contract does not document.
fn sentence(scope: &Scope<'_>, def: &TypeDef, origin: &Origin) -> String {
    let name = |id| scope.naming.ty(id).to_string();
    match origin {
        Origin::Declared => match def.kind {
            TypeKind::Event(_) => format!("The event `{}`.", def.name),
            _ => format!("The record `{}`.", def.name),
        },
        Origin::Instance { generic, .. } => format!("`{generic}` of its arguments."),
        Origin::Draft(of) => format!("A [`{}`] without what only the server sets.", name(*of)),
        Origin::Patch(of) => format!("Changes to a [`{}`]: what is absent stays as it is.", name(*of)),
    }
}
