//! Ways through records as Rust: an event's key, the fields that a handler's condition looks at.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{FieldPath, Presence, Type, TypeId};

use super::naming;
use super::scope::Scope;

/// What a path leads to.
pub(crate) enum Reached {
    /// A place, such as `event.order.id`.
    Place(TokenStream),
    /// An optional reference: some field on the way may be absent.
    Perhaps(TokenStream),
}

/// The way from `root`, a place of type `from`.
pub(crate) fn reach(scope: &Scope<'_>, from: TypeId, path: &FieldPath, root: TokenStream) -> Reached {
    let (mut owner, mut reached) = (from, Reached::Place(root));
    for segment in &path.segments {
        let fields = scope.contract.type_def(owner).fields().unwrap_or_default();
        let index =
            fields.iter().position(|field| field.name == *segment).expect("paths are resolved when they are read");
        let field = &fields[index];
        let ident = &naming::fields(fields.iter().map(|field| field.name.as_str()))[index];
        let boxed = scope.boxes(Some(owner), field);
        reached = match (reached, field.presence) {
            (Reached::Place(place), Presence::Required) => Reached::Place(quote!(#place.#ident)),
            (Reached::Place(place), presence) => Reached::Perhaps(optional(&quote!(#place.#ident), presence, boxed)),
            (Reached::Perhaps(before), Presence::Required) => Reached::Perhaps(quote!(#before.map(|it| &it.#ident))),
            (Reached::Perhaps(before), presence) => {
                let step = optional(&quote!(it.#ident), presence, boxed);
                Reached::Perhaps(quote!(#before.and_then(|it| #step)))
            }
        };
        if let Type::Named(id) = field.ty {
            owner = id;
        }
    }
    reached
}

/// A field that may be absent, as an optional reference.
fn optional(place: &TokenStream, presence: Presence, boxed: bool) -> TokenStream {
    match (presence, boxed) {
        (Presence::OptionalNullable, false) => quote!(#place.as_value()),
        (Presence::OptionalNullable, true) => quote!(#place.as_value().map(|it| &**it)),
        (_, true) => quote!(#place.as_deref()),
        (_, false) => quote!(#place.as_ref()),
    }
}
