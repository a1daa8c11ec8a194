//! Where generated code stands: which package's module it is in, and so how types and the prelude are written there.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wireloom_idl::Contract;
use wireloom_idl::contract::{Answer, Field, Operation, PackageId, Presence, ScalarType, Type, TypeId, TypeKind};

use super::abilities::{self, Abilities};
use super::naming::{Naming, ServiceNames};
use crate::names::{ident, module};
use crate::target::Input;

/// What every part of the Rust generator reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) contract: &'a Contract,
    pub(crate) naming: &'a Naming,
    pub(crate) abilities: &'a Abilities<'a>,
    /// The package whose module is written.
    pub(crate) package: PackageId,
}

/// Which of serde's traits a type has. What is read is written as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json {
    pub(crate) read: bool,
    pub(crate) written: bool,
}

impl Json {
    /// `#[derive(…)]` of a struct, with what of serde it derives.
    pub(crate) fn derives(self, others: &TokenStream) -> TokenStream {
        let read = self.read.then(|| quote!(, ::wireloom::serde::Deserialize));
        match self.written {
            true => quote! {
                #[derive(#others, ::wireloom::serde::Serialize #read)]
                #[serde(crate = "::wireloom::serde")]
            },
            false => quote!(#[derive(#others)]),
        }
    }
}

impl Scope<'_> {
    /// A name of the prelude, spelt out only where the contract defines the same name, or where an edition has it not yet.
    pub(crate) fn prelude(&self, name: &str) -> TokenStream {
        let short = ident(name);
        // `Future` is in the prelude from edition 2024 on; generated code is for crates of 2021 as well.
        if name != "Future" && !self.naming.defines(self.package, name) {
            return quote!(#short);
        }
        let module = ident(match name {
            "Option" => "option",
            "Result" => "result",
            "String" => "string",
            "Vec" => "vec",
            "Box" => "boxed",
            "Send" | "Sync" | "Copy" | "Sized" => "marker",
            "From" | "Into" | "TryFrom" | "AsRef" => "convert",
            "Default" => "default",
            "Future" => "future",
            "Iterator" => "iter",
            _ => unreachable!("no generated code uses `{name}`"),
        });
        quote!(::std::#module::#short)
    }

    /// The name of a type parameter: one letter, unless the contract has a type of that name.
    pub(crate) fn parameter(&self, letter: &str) -> Ident {
        let mut name = letter.to_owned();
        while self.naming.defines(self.package, &name) {
            name.push('_');
        }
        ident(&name)
    }

    /// A name of a type, from here.
    pub(crate) fn named(&self, id: TypeId) -> TokenStream {
        let def = self.contract.type_def(id);
        if let TypeKind::Extern(foreign) = &def.kind {
            return foreign.target.parse().expect("binding refuses what is no path");
        }
        let name = self.naming.ty(id);
        let way = self.way_to(def.package);
        quote!(#way #name)
    }

    /// `super::common::`: the way from this package's module to another's.
    fn way_to(&self, package: PackageId) -> TokenStream {
        if package == self.package {
            return TokenStream::new();
        }
        let here: Vec<&str> = self.contract.package(self.package).name.split('.').collect();
        let there: Vec<&str> = self.contract.package(package).name.split('.').collect();
        let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
        let up = here.len() - common;
        let mut way: Vec<TokenStream> = vec![quote!(super); up];
        if up == 0 {
            way.push(quote!(self));
        }
        way.extend(there[common..].iter().map(|segment| {
            let segment = ident(&module(segment));
            quote!(#segment)
        }));
        quote!(#(#way::)*)
    }

    /// A type, from here.
    pub(crate) fn ty(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar),
            Type::Named(id) => self.named(*id),
            Type::List(item) => {
                let (vec, item) = (self.prelude("Vec"), self.ty(item));
                quote!(#vec<#item>)
            }
            Type::Set(item) => {
                let item = self.ty(item);
                quote!(::std::collections::BTreeSet<#item>)
            }
            Type::Map(key, value) => {
                let (key, value) = (self.ty(key), self.ty(value));
                quote!(::std::collections::BTreeMap<#key, #value>)
            }
            Type::Nullable(inner) => {
                let (option, inner) = (self.prelude("Option"), self.ty(inner));
                quote!(#option<#inner>)
            }
        }
    }

    /// A built-in type.
    pub(crate) fn scalar(&self, scalar: ScalarType) -> TokenStream {
        match scalar {
            ScalarType::Bool => quote!(bool),
            ScalarType::I32 => quote!(i32),
            ScalarType::U32 => quote!(u32),
            ScalarType::I64 => quote!(i64),
            ScalarType::U64 => quote!(u64),
            ScalarType::F32 => quote!(f32),
            ScalarType::F64 => quote!(f64),
            ScalarType::String => self.prelude("String"),
            ScalarType::Bytes => quote!(::wireloom::Bytes),
            ScalarType::Uuid => quote!(::wireloom::Uuid),
            ScalarType::Decimal => quote!(::wireloom::Decimal),
            ScalarType::Url => quote!(::wireloom::Url),
            ScalarType::IdempotencyKey => quote!(::wireloom::IdempotencyKey),
            ScalarType::Timestamp => quote!(::wireloom::Timestamp),
            ScalarType::Date => quote!(::wireloom::Date),
            ScalarType::Time => quote!(::wireloom::Time),
            ScalarType::Duration => quote!(::wireloom::Duration),
            ScalarType::Json => quote!(::wireloom::Json),
        }
    }

    /// Whether a field of `owner` stands in a box.
    pub(crate) fn boxes(&self, owner: Option<TypeId>, field: &Field) -> bool {
        owner.is_some_and(|owner| abilities::may_box(field) && self.abilities.boxes(owner, &field.ty))
    }

    /// The type of a field, with its presence; `owner` is the record it belongs to, if it is one.
    pub(crate) fn field(&self, owner: Option<TypeId>, field: &Field) -> TokenStream {
        let mut ty = self.ty(&field.ty);
        if self.boxes(owner, field) {
            let boxed = self.prelude("Box");
            ty = quote!(#boxed<#ty>);
        }
        let option = self.prelude("Option");
        match field.presence {
            Presence::Required => ty,
            Presence::Optional | Presence::Nullable => quote!(#option<#ty>),
            Presence::OptionalNullable => quote!(::wireloom::Maybe<#ty>),
        }
    }

    /// What an operation answers with: the answer, or one item of the stream.
    pub(crate) fn answer(&self, answer: &Answer) -> TokenStream {
        match answer {
            Answer::Nothing => quote!(()),
            Answer::One(ty) | Answer::Stream(ty) => self.ty(ty),
        }
    }

    /// The names of a service of this package.
    pub(crate) fn service(&self, service: usize) -> &ServiceNames {
        self.naming.service(self.package, service)
    }

    /// The JSON form of a struct or union: whole where some wire reads JSON, else only what is needed without one.
    pub(crate) fn json_of_type(&self, id: TypeId) -> Json {
        Json {
            read: self.input.options.wires.json() || self.abilities.is_read(id),
            written: self.input.options.wires.json() || self.abilities.is_written(id),
        }
    }

    /// The JSON form of an operation's request: a keyed call is known again by it.
    pub(crate) fn json_of_request(&self, operation: &Operation) -> Json {
        let read = self.input.options.wires.json();
        Json { read, written: read || abilities::is_keyed(operation) }
    }

    /// `#[derive(…)]` of a type that is made of parts.
    pub(crate) fn derive_of_parts(&self, id: TypeId, with_debug: bool) -> TokenStream {
        let ty = Type::Named(id);
        let mut derives: Vec<Ident> = vec![ident("Clone")];
        if with_debug {
            derives.push(ident("Debug"));
        }
        derives.push(ident("PartialEq"));
        if self.abilities.eq(&ty) {
            derives.push(ident("Eq"));
        }
        quote!(#(#derives),*)
    }
}
