//! Structs with named fields: records, a line a field as in generated code.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, FieldsNamed, Type};

use crate::json;
use crate::member::{self, Absent, Container, Member, NULLS, Of};
use crate::report::Report;

/// A field of a record.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) member: Member,
    pub(crate) held: Held,
}

/// How a field stands in its message, by the name of its type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Required,
    Optional,
    Maybe,
    List,
    Set,
    Map,
}

pub(super) fn expand(
    input: &DeriveInput,
    container: &Container,
    fields: &FieldsNamed,
    report: &mut Report,
) -> TokenStream {
    let mut fields: Vec<Field<'_>> = fields
        .named
        .iter()
        .filter_map(|field| {
            let ident = field.ident.as_ref()?;
            let member = Member::of(Of::Field, container, ident, &field.attrs, report);
            let held = held(&field.ty, report);
            check(&member, held, report);
            Some(Field { ident, ty: &field.ty, member, held })
        })
        .collect();
    member::number(fields.iter_mut().map(|field| &mut field.member), u32::MAX, report);
    let mut lines: Vec<&Field<'_>> = fields.iter().filter(|field| !field.member.skip).collect();
    // The writer goes from the end to the start, the reader from the start to the end.
    lines.sort_by_key(|field| field.member.number);
    let wire = super::implementation(input, &put(&lines), &get(&fields, &lines));
    let shape = shape(input, &lines);
    let json = container.json.then(|| json::of_struct(input, &fields));
    quote!(#wire #shape #json)
}

fn held(ty: &Type, report: &mut Report) -> Held {
    let Some((name, arguments)) = member::generic(ty) else { return Held::Required };
    match (name.as_str(), arguments.len()) {
        ("Option", 1) => Held::Optional,
        ("Maybe", 1) => Held::Maybe,
        ("Vec", 1) => Held::List,
        ("BTreeSet", 1) => Held::Set,
        ("BTreeMap", 2) => Held::Map,
        ("HashMap" | "HashSet", _) => {
            report.push(ty.span(), "the same value must have the same bytes: take `BTreeMap` or `BTreeSet`");
            Held::Required
        }
        _ => Held::Required,
    }
}

fn check(member: &Member, held: Held, report: &mut Report) {
    if member.nullable && held != Held::Optional {
        report.push(member.at, "only an `Option` can be `nullable`");
    }
    if member.absent.is_some() && matches!(held, Held::Optional | Held::Maybe) {
        report.push(member.at, "an optional field is absent: it needs no default");
    }
}

fn put(lines: &[&Field<'_>]) -> TokenStream {
    let masked: Vec<_> = lines.iter().filter(|field| field.held == Held::Maybe).collect();
    let mask = (!masked.is_empty()).then(|| {
        let nulls = masked.iter().map(|field| {
            let (ident, name) = (field.ident, &field.member.name);
            quote!((#name, self.#ident.is_null()))
        });
        quote!(out.nulls(#NULLS, [#(#nulls),*]);)
    });
    let (above, below): (Vec<_>, Vec<_>) = lines.iter().rev().partition(|field| field.member.number > NULLS);
    let (above, below) = (above.into_iter().map(|it| put_field(it)), below.into_iter().map(|it| put_field(it)));
    quote!(#(#above)* #mask #(#below)*)
}

fn put_field(field: &Field<'_>) -> TokenStream {
    let (ident, number) = (field.ident, Literal::u32_unsuffixed(field.member.number));
    match (field.held, &field.member.absent) {
        (Held::List | Held::Set | Held::Map, Some(Absent::Function(_))) => {
            quote_spanned!(field.ty.span()=> out.value(#number, &self.#ident);)
        }
        (Held::Required, None) => quote_spanned!(field.ty.span()=> out.required(#number, &self.#ident);),
        (Held::Required, Some(_)) => quote_spanned!(field.ty.span()=> out.value(#number, &self.#ident);),
        (Held::Optional, _) => quote_spanned!(field.ty.span()=> out.optional(#number, self.#ident.as_ref());),
        (Held::Maybe, _) => quote_spanned!(field.ty.span()=> out.maybe(#number, &self.#ident);),
        (Held::List | Held::Set, _) => quote_spanned!(field.ty.span()=> out.list(#number, &self.#ident);),
        (Held::Map, _) => quote_spanned!(field.ty.span()=> out.map(#number, &self.#ident);),
    }
}

fn get(fields: &[Field<'_>], lines: &[&Field<'_>]) -> TokenStream {
    // No field is called so: hygiene keeps it apart.
    let nulls = Ident::new("nulls", Span::mixed_site());
    let has_mask = lines.iter().any(|field| field.held == Held::Maybe);
    let (above, below): (Vec<_>, Vec<_>) = lines.iter().partition(|field| field.member.number > NULLS);
    let numbers = |lines: &[&&Field<'_>]| lines.iter().map(|field| field.member.number).collect::<Vec<_>>();
    let numbers = numbers(&below).into_iter().chain(has_mask.then_some(NULLS)).chain(numbers(&above));
    let numbers = numbers.map(Literal::u32_unsuffixed);
    let others = lines.iter().filter(|field| !matches!(field.held, Held::Maybe | Held::Optional));
    let others = others.map(|field| &field.member.name);
    let mask = has_mask.then(|| quote!(let #nulls = from.nulls(#NULLS, "nulls", &[#(#others),*]);));
    // Only when all fields are read, so that the caller learns of all that is wrong.
    let need_mask = has_mask.then(|| quote!(let #nulls = #nulls?;));
    let (below, above) = (below.into_iter().map(|it| read(it)), above.into_iter().map(|it| read(it)));
    let values = fields.iter().map(|field| value(field, &nulls));
    quote! {
        from.fields(&[#(#numbers),*]);
        #(#below)*
        #mask
        #(#above)*
        #need_mask
        ::std::option::Option::Some(Self { #(#values),* })
    }
}

/// The local of a field: apart from the parameter `from`, whatever the field is called.
fn local(field: &Field<'_>) -> Ident {
    quote::format_ident!("field_{}", field.ident, span = Span::mixed_site())
}

fn read(field: &Field<'_>) -> TokenStream {
    let (local, number, name) = (local(field), Literal::u32_unsuffixed(field.member.number), &field.member.json);
    let read = match (field.held, &field.member.absent) {
        (Held::List, None | Some(Absent::Default)) => quote!(list(#number, #name)),
        (Held::Set, None | Some(Absent::Default)) => quote!(set(#number, #name)),
        (Held::Map, None | Some(Absent::Default)) => quote!(map(#number, #name)),
        (Held::Optional | Held::Maybe, _) => quote!(optional(#number, #name)),
        (_, Some(Absent::Default)) => quote!(or(#number, #name, ::std::default::Default::default)),
        (_, Some(Absent::Function(path))) => quote!(or(#number, #name, #path)),
        (Held::Required, None) => quote!(required(#number, #name)),
    };
    quote_spanned!(field.ty.span()=> let #local = from.#read;)
}

fn value(field: &Field<'_>, nulls: &Ident) -> TokenStream {
    let (ident, local, name) = (field.ident, local(field), &field.member.name);
    match (field.member.skip, &field.member.absent, field.held) {
        (true, Some(Absent::Function(path)), _) => quote!(#ident: #path()),
        (true, _, _) => quote!(#ident: ::std::default::Default::default()),
        (_, _, Held::Maybe) => quote!(#ident: #nulls.maybe(#local?, #name)),
        _ => quote!(#ident: #local?),
    }
}

/// What generated code holds against the fields that a contract states.
fn shape(input: &DeriveInput, lines: &[&Field<'_>]) -> TokenStream {
    let (name, (generics, arguments, conditions)) = (&input.ident, input.generics.split_for_impl());
    let fields = lines.iter().map(|field| {
        let (number, ty) = (Literal::u32_unsuffixed(field.member.number), field.ty);
        let Member { name: own, json, nullable, .. } = &field.member;
        quote! {
            #[automatically_derived]
            impl #generics ::wireloom::wire::HasField<#number, #ty> for #name #arguments #conditions {
                const NAME: &'static str = #own;
                const JSON: &'static str = #json;
                const NULLABLE: bool = #nullable;
            }
        }
    });
    let count = Literal::usize_unsuffixed(lines.len());
    quote! {
        #[automatically_derived]
        impl #generics ::wireloom::wire::Shape for #name #arguments #conditions {
            const FIELDS: usize = #count;
        }

        #(#fields)*
    }
}
