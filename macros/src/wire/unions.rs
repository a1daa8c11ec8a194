//! Enums with data: a message of which one field holds.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{DataEnum, DeriveInput, Fields, Type, Variant};

use crate::member::{self, Container, Member, Of};
use crate::report::Report;

/// The cases of an enum, with what is said of them.
pub(crate) struct Cases<'a> {
    all: Vec<Case<'a>>,
}

/// One case.
pub(crate) struct Case<'a> {
    pub(crate) ident: &'a Ident,
    /// What it carries, if anything.
    pub(crate) payload: Option<&'a Type>,
    pub(crate) member: Member,
}

impl<'a> Cases<'a> {
    pub(super) fn of(container: &Container, data: &'a DataEnum, report: &mut Report) -> Cases<'a> {
        let mut all: Vec<Case<'_>> = data.variants.iter().map(|it| Case::of(container, it, report)).collect();
        member::number(all.iter_mut().map(|case| &mut case.member), i32::MAX as u32, report);
        let mut unknown = all.iter().filter(|case| case.member.unknown).skip(1);
        if let Some(second) = unknown.next() {
            report.push(second.member.at, "only one case takes what is unknown");
        }
        if all.iter().all(|case| case.member.unknown) {
            report.push(all[0].member.at, "besides this case there is none");
        }
        Cases { all }
    }

    /// Those that have a number.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Case<'a>> {
        self.all.iter().filter(|case| !case.member.unknown)
    }

    /// The case for what is not listed.
    pub(crate) fn unknown(&self) -> Option<&Case<'a>> {
        self.all.iter().find(|case| case.member.unknown)
    }

    pub(super) fn have_data(&self) -> bool {
        self.listed().any(|case| case.payload.is_some())
    }

    /// What the case for the unknown must carry.
    pub(super) fn check_unknown(&self, wanted: &str, report: &mut Report) {
        let Some(case) = self.unknown() else { return };
        let carried = case.payload.and_then(member::generic).map(|(name, _)| name);
        if carried.is_none_or(|name| name != wanted) {
            report.push(case.member.at, format!("what is unknown is kept in a `wireloom::{wanted}`"));
        }
    }
}

impl<'a> Case<'a> {
    fn of(container: &Container, variant: &'a Variant, report: &mut Report) -> Case<'a> {
        let payload = match &variant.fields {
            Fields::Unit => None,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let field = &fields.unnamed[0];
                member::refuse(&field.attrs, report, "this is said of the case");
                Some(&field.ty)
            }
            fields => {
                report.push(fields.span(), "a case carries one value: make a struct of these");
                None
            }
        };
        let member = Member::of(Of::Case, container, &variant.ident, &variant.attrs, report);
        Case { ident: &variant.ident, payload, member }
    }
}

pub(super) fn expand(input: &DeriveInput, cases: &Cases<'_>, report: &mut Report) -> TokenStream {
    cases.check_unknown("UnknownCase", report);
    let puts = cases.listed().map(|Case { ident, payload, member }| {
        let number = Literal::u32_unsuffixed(member.number);
        match payload {
            Some(_) => quote!(Self::#ident(it) => out.value(#number, it),),
            None => quote!(Self::#ident => out.value(#number, &()),),
        }
    });
    let put_unknown = cases.unknown().map(|case| {
        let ident = case.ident;
        quote!(Self::#ident(it) => out.unknown(it),)
    });
    let names = cases.listed().map(|case| {
        let (number, name) = (Literal::u32_unsuffixed(case.member.number), &case.member.json);
        quote!((#number, #name))
    });
    let takes = cases.listed().map(|Case { ident, payload, member }| {
        let number = Literal::u32_unsuffixed(member.number);
        match payload {
            Some(_) => quote!(#number => case.value().map(Self::#ident),),
            None => quote!(#number => case.empty().map(|()| Self::#ident),),
        }
    });
    let otherwise = match cases.unknown() {
        Some(case) => {
            let ident = case.ident;
            quote!(_ => case.unknown().map(Self::#ident),)
        }
        None => quote!(_ => case.none(),),
    };
    let put = quote!(match self { #(#puts)* #put_unknown });
    let get = quote!(from.union(&[#(#names),*], |case| match case.number() { #(#takes)* #otherwise }));
    super::implementation(input, &put, &get)
}
