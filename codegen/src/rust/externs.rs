//! Types written by hand: nothing is made of them, but rustc is told what the contract takes them for.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Extern, Field, Presence, TypeDef};

use super::scope::Scope;
use super::service::base_name;
use crate::model;

/// What must hold of a foreign type: that it is a message where one is wanted, and the shape that the contract states.
pub(crate) fn items(scope: &Scope<'_>, def: &TypeDef, foreign: &Extern) -> TokenStream {
    let binary = scope.input.options.wires.binary();
    let message = binary.then(|| message(scope, def, foreign));
    let fields = foreign.fields.as_ref().map(|fields| shape(scope, def, foreign, fields));
    if message.is_none() && fields.is_none() {
        return TokenStream::new();
    }
    quote! {
        const _: () = {
            #message
            #fields
        };
    }
}

fn message(scope: &Scope<'_>, def: &TypeDef, foreign: &Extern) -> TokenStream {
    let ty = scope.named(def.id);
    let text = format!("`{}` is no record: on binary wires it is a single scalar or an enum", foreign.target);
    quote!(::wireloom::wire::assert_message::<#ty>(#text);)
}

/// A line for each field, and one that there is no other.
fn shape(scope: &Scope<'_>, def: &TypeDef, foreign: &Extern, fields: &[Field]) -> TokenStream {
    let (ty, count) = (scope.named(def.id), Token::usize_unsuffixed(fields.len()));
    let file = base_name(scope.input.sources[def.at.file].name());
    let wrong = |what: String| format!("the shape of `{}` is not what {file} says: {what}", foreign.target);
    let numbers = scope.contract.numbers.of_type(def.id);
    let lines = fields.iter().zip(numbers).map(|(field, &number)| {
        let (name, json) = (&field.name, &model::json_name(field));
        let in_json = if json == name { String::new() } else { format!(", in JSON `{json}`") };
        // Both are an `Option`.
        let (nullable, presence) = match field.presence {
            Presence::Nullable => (true, ", and null where it has no value: `#[wire(nullable)]`"),
            Presence::Optional => (false, ", and absent where it has no value: not `#[wire(nullable)]`"),
            Presence::Required | Presence::OptionalNullable => (false, ""),
        };
        let text = wrong(format!("field {number} is `{name}`{in_json}{presence}"));
        let (number, held) = (Token::u32_unsuffixed(number), scope.field(Some(def.id), field));
        quote!(::wireloom::wire::assert_field::<#ty, #number, #held>(#name, #json, #nullable, #text);)
    });
    let text = wrong(format!("of its fields there are {} and no more", fields.len()));
    quote! {
        #(#lines)*
        ::wireloom::wire::assert_fields::<#ty>(#count, #text);
    }
}
