//! Patches: `apply` changes a record in place.
//!
//! A nested record is patched in turn; anything else is replaced whole, a map too. Where the record is optional and
//! absent, the patch must say everything that it needs; if it does not, `apply` says what is missing and changes nothing.
//! Such a patch's `apply` can fail, any other's cannot.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wireloom_idl::contract::{Field, Literal, Origin, Presence, Record, Type, TypeId, TypeKind};

use super::fields::Struct;
use super::naming;
use super::scope::Scope;
use crate::model;

/// The `impl` with `apply` and, where records may have to be made of patches, `complete`.
pub(crate) fn apply(scope: &Scope<'_>, it: &Struct<'_>, target: TypeId) -> TokenStream {
    let pairs = Pairs::of(scope, it, target);
    if !pairs.all.iter().all(|pair| pair.assignable(scope)) {
        // A list of drafts, say, cannot replace a list of records: what the server sets is unknown here.
        return TokenStream::new();
    }
    let name = it.name;
    let target_name = scope.named(target);
    let statements = pairs.all.iter().map(|pair| pair.statement(scope));
    let complete = is_completed(scope, it).then(|| complete(scope, target, &pairs));
    let fallible = is_fallible(scope, it.fields);
    let apply = match fallible {
        true => {
            let docs = super::docs::text(
                "Changes what the patch names.\n\n# Errors\nWhat is missing where the patch would make something that was absent; \
                 then nothing is changed.",
            );
            let nested_docs = super::docs::text(
                "Changes what the patch, which stands at `at`, names, perhaps in part.\n\n# Errors\nWhat is missing.",
            );
            let result = scope.prelude("Result");
            quote! {
                #docs
                pub fn apply(self, to: &mut #target_name) -> #result<(), ::wireloom::Violations> {
                    // Changed beside and put back whole.
                    let mut changed = to.clone();
                    self.apply_at(&mut changed, &::wireloom::At::root())?;
                    *to = changed;
                    Ok(())
                }

                #nested_docs
                #[doc(hidden)]
                pub fn apply_at(self, to: &mut #target_name, at: &::wireloom::At<'_>) -> #result<(), ::wireloom::Violations> {
                    #(#statements)*
                    Ok(())
                }
            }
        }
        false => {
            let docs = super::docs::text("Changes what the patch names.");
            let parameter = if it.fields.is_empty() { quote!(_) } else { quote!(to) };
            quote! {
                #docs
                pub fn apply(self, #parameter: &mut #target_name) {
                    #(#statements)*
                }
            }
        }
    };
    quote! {
        impl #name {
            #apply
            #complete
        }
    }
}

/// The fields of a patch with those they change.
struct Pairs<'a> {
    all: Vec<Pair<'a>>,
    target_fields: &'a [Field],
    target_idents: Vec<Ident>,
}

struct Pair<'a> {
    patch: &'a Field,
    patch_ident: Ident,
    target: &'a Field,
    target_ident: Ident,
    patch_boxed: bool,
    target_boxed: bool,
}

impl<'a> Pairs<'a> {
    fn of(scope: &'a Scope<'_>, it: &Struct<'a>, target: TypeId) -> Pairs<'a> {
        let target_fields = scope.contract.type_def(target).fields().unwrap_or_default();
        let target_idents = naming::fields(target_fields.iter().map(|field| field.name.as_str()));
        let all = it.pairs().filter_map(|(patch, ident)| {
            let index = target_fields.iter().position(|field| field.name == patch.name)?;
            Some(Pair {
                patch,
                patch_ident: ident.clone(),
                target: &target_fields[index],
                target_ident: target_idents[index].clone(),
                patch_boxed: scope.boxes(it.owner, patch),
                target_boxed: scope.boxes(Some(target), &target_fields[index]),
            })
        });
        Pairs { all: all.collect(), target_fields, target_idents: target_idents.clone() }
    }
}

impl Pair<'_> {
    fn nested(&self, scope: &Scope<'_>) -> bool {
        nested_patch(scope, self.patch).is_some()
    }

    fn assignable(&self, scope: &Scope<'_>) -> bool {
        self.nested(scope) || self.patch.ty == self.target.ty
    }

    fn statement(&self, scope: &Scope<'_>) -> TokenStream {
        let (from, to) = (&self.patch_ident, &self.target_ident);
        let unboxed = if self.patch_boxed { quote!((*value)) } else { quote!(value) };
        match (self.nested(scope), self.target.presence) {
            (false, Presence::Required) => {
                let value = if self.patch_boxed { quote!(*value) } else { quote!(value) };
                quote!(if let Some(value) = self.#from { to.#to = #value; })
            }
            (false, Presence::OptionalNullable) => quote!(if !self.#from.is_absent() { to.#to = self.#from; }),
            (false, _) => quote!(self.#from.apply(&mut to.#to);),
            (true, Presence::Required) => {
                let apply = self.nested_apply(scope, &unboxed, &quote!(&mut to.#to));
                quote!(if let Some(value) = self.#from { #apply; })
            }
            (true, presence) => self.optional_nested(scope, presence, &unboxed),
        }
    }

    /// Applies the nested patch; what it lacks is said at its place in this one.
    fn nested_apply(&self, scope: &Scope<'_>, value: &TokenStream, to: &TokenStream) -> TokenStream {
        match nested_patch(scope, self.patch).is_some_and(|fields| is_fallible(scope, fields)) {
            true => {
                let name = model::json_name(self.patch);
                quote!(#value.apply_at(#to, &at.field(#name))?)
            }
            false => quote!(#value.apply(#to)),
        }
    }

    fn optional_nested(&self, scope: &Scope<'_>, presence: Presence, value: &TokenStream) -> TokenStream {
        let (from, to) = (&self.patch_ident, &self.target_ident);
        let name = model::json_name(self.patch);
        let boxed = scope.prelude("Box");
        let made = quote!(#value.complete(&at.field(#name))?);
        let made = if self.target_boxed { quote!(#boxed::new(#made)) } else { made };
        let apply = self.nested_apply(scope, value, &quote!(to));
        let (some, nothing) = match presence {
            Presence::OptionalNullable => (quote!(::wireloom::Maybe::Value), quote!(::wireloom::Maybe::Null)),
            _ => (quote!(Some), quote!(None)),
        };
        quote! {
            match self.#from {
                ::wireloom::Maybe::Absent => {}
                ::wireloom::Maybe::Null => to.#to = #nothing,
                ::wireloom::Maybe::Value(value) => match &mut to.#to {
                    #some(to) => #apply,
                    absent => *absent = #some(#made),
                },
            }
        }
    }
}

/// The fields of the patch that a field holds, if it holds one.
fn nested_patch<'a>(scope: &'a Scope<'_>, field: &Field) -> Option<&'a [Field]> {
    let Type::Named(id) = field.ty else { return None };
    match &scope.contract.type_def(id).kind {
        TypeKind::Record(Record { origin: Origin::Patch(_), fields }) => Some(fields),
        _ => None,
    }
}

/// Whether applying can fail: some nested record may be absent, here or below.
fn is_fallible(scope: &Scope<'_>, fields: &[Field]) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Field> = fields.iter().collect();
    while let Some(field) = open.pop() {
        let (Type::Named(id), Some(below)) = (&field.ty, nested_patch(scope, field)) else { continue };
        if field.presence == Presence::OptionalNullable {
            return true;
        }
        if seen.insert(*id) {
            open.extend(below);
        }
    }
    false
}

/// Whether some patch holds this one where a record may be absent, here or further up.
fn is_completed(scope: &Scope<'_>, it: &Struct<'_>) -> bool {
    let Some(owner) = it.owner else { return false };
    let mut needed: Vec<TypeId> = vec![owner];
    let mut next = 0;
    while let Some(&id) = needed.get(next) {
        next += 1;
        for def in &scope.contract.types {
            let TypeKind::Record(Record { origin: Origin::Patch(_), fields }) = &def.kind else { continue };
            for field in fields.iter().filter(|field| field.ty == Type::Named(id)) {
                if field.presence == Presence::OptionalNullable {
                    return true;
                }
                if !needed.contains(&def.id) {
                    needed.push(def.id);
                }
            }
        }
    }
    false
}

/// The record that a patch makes by itself, where there was none.
fn complete(scope: &Scope<'_>, target: TypeId, pairs: &Pairs<'_>) -> TokenStream {
    let target_name = scope.named(target);
    let result = scope.prelude("Result");
    let missing = pairs.all.iter().filter(|pair| model::must_be_there(pair.target)).map(|pair| {
        let (ident, name) = (&pair.patch_ident, model::json_name(pair.patch));
        let absent = match pair.patch.presence {
            Presence::OptionalNullable => quote!(is_absent),
            _ => quote!(is_none),
        };
        quote!(if self.#ident.#absent() { found.add(&at.field(#name), "missing"); })
    });
    let unset = pairs.target_fields.iter().filter(|field| field.readonly && model::must_be_there(field)).map(|field| {
        let name = model::json_name(field);
        quote!(found.add(&at.field(#name), "is set by the server, so a patch cannot make it");)
    });
    let unset: Vec<TokenStream> = unset.collect();
    let values = pairs.target_fields.iter().zip(&pairs.target_idents).map(|(field, ident)| {
        let pair = pairs.all.iter().find(|pair| pair.target.name == field.name);
        let value = pair.map_or_else(|| absent(scope, field), |pair| completed(scope, pair));
        quote!(#ident: #value)
    });
    let docs = super::docs::text(
        "The record that the patch makes where there was none.\n\n# Errors\nWhat the patch does not say.",
    );
    let checks = quote!(#(#missing)* #(#unset)*);
    let make = match unset.is_empty() {
        true => quote! {
            found.into_result()?;
            Ok(#target_name { #(#values),* })
        },
        // Nothing that can be made.
        false => quote!(Err(found)),
    };
    let mutable = (!checks.is_empty()).then(|| quote!(mut));
    let at = if checks.is_empty() { quote!(_) } else { quote!(at) };
    quote! {
        #docs
        #[doc(hidden)]
        pub fn complete(self, #at: &::wireloom::At<'_>) -> #result<#target_name, ::wireloom::Violations> {
            let #mutable found = ::wireloom::Violations::new();
            #checks
            #make
        }
    }
}

fn absent(scope: &Scope<'_>, field: &Field) -> TokenStream {
    match (&field.default, field.presence) {
        (Some(default), _) => super::literal::with_presence(scope, field, default),
        (None, Presence::OptionalNullable) => quote!(::wireloom::Maybe::Absent),
        _ => quote!(None),
    }
}

fn completed(scope: &Scope<'_>, pair: &Pair<'_>) -> TokenStream {
    let from = &pair.patch_ident;
    let name = model::json_name(pair.patch);
    let boxed = scope.prelude("Box");
    let value = if pair.patch_boxed { quote!((*value)) } else { quote!(value) };
    let nested = pair.nested(scope).then(|| {
        let made = quote!(#value.complete(&at.field(#name))?);
        if pair.target_boxed { quote!(#boxed::new(#made)) } else { made }
    });
    match (pair.target.presence, nested) {
        (Presence::Required, None) => {
            let said = match pair.patch_boxed {
                true => quote!(self.#from.map(|value| *value)),
                false => quote!(self.#from),
            };
            or_default(scope, pair.target, &said)
        }
        (Presence::Required, Some(made)) => match &pair.target.default {
            Some(default) => {
                let default = super::literal::with_presence(scope, pair.target, default);
                quote!(match self.#from { Some(value) => #made, None => #default })
            }
            None => quote!({ let value = self.#from.expect("just found to be there"); #made }),
        },
        (Presence::OptionalNullable, None) => quote!(self.#from),
        (Presence::OptionalNullable, Some(made)) => quote!(match self.#from {
            ::wireloom::Maybe::Absent => ::wireloom::Maybe::Absent,
            ::wireloom::Maybe::Null => ::wireloom::Maybe::Null,
            ::wireloom::Maybe::Value(value) => ::wireloom::Maybe::Value(#made),
        }),
        (_, None) => quote!(self.#from.value()),
        (_, Some(made)) => quote!(match self.#from.value() { Some(value) => Some(#made), None => None }),
    }
}

/// What the patch says, else the default; without one it has been found to be said.
fn or_default(scope: &Scope<'_>, field: &Field, said: &TokenStream) -> TokenStream {
    let Some(default) = &field.default else { return quote!(#said.expect("just found to be there")) };
    let value = super::literal::with_presence(scope, field, default);
    let is_enum =
        matches!(&field.ty, Type::Named(id) if matches!(scope.contract.type_def(*id).kind, TypeKind::Enum(_)));
    let is_number = matches!(default, Literal::Number(_) | Literal::Bool(_)) && matches!(field.ty, Type::Scalar(_));
    match super::literal::is_plain_default(&field.ty, field.presence, default) {
        true => quote!(#said.unwrap_or_default()),
        false if is_enum || is_number => quote!(#said.unwrap_or(#value)),
        false => quote!(#said.unwrap_or_else(|| #value)),
    }
}
