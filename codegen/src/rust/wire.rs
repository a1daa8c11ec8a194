//! The binary form of types: implementations of the runtime's `Wire` and `Value`, a line a field.
//!
//! Which of the codec's calls a field takes is [`Held`]'s answer, what it is numbered [`Numbers`]'s. A build without a binary
//! wire has none of this.
//!
//! [`Numbers`]: wireloom_idl::numbers::Numbers

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{format_ident, quote};
use wireloom_idl::contract::{Case, Enum, Field, Scalar, Union};
use wireloom_idl::numbers::NULLS;

use super::fields::{self, Struct};
use super::scope::Scope;
use crate::bind::proto::{Held, is_bytes, is_message_scalar};
use crate::model;
use crate::names::ident;

/// `Wire` of a struct with fields, which have these numbers; nothing where no wire asks for it.
pub(crate) fn of_struct(scope: &Scope<'_>, it: &Struct<'_>, numbers: &[u32]) -> TokenStream {
    if !scope.input.options.wires.binary() {
        return TokenStream::new();
    }
    let mut lines: Vec<Line<'_>> =
        it.pairs().zip(numbers).map(|((field, ident), &number)| Line { scope, it, field, ident, number }).collect();
    // The writer goes from the end to the start, the reader from the start to the end.
    lines.sort_by_key(|line| line.number);
    let locals = Locals::beside(&it.idents);
    implementation(scope, it.name, &put(&lines), &locals.from, &get(it, &lines, &locals))
}

/// Names within `get`, none of which a field has.
struct Locals {
    from: Ident,
    nulls: Ident,
}

impl Locals {
    fn beside(fields: &[Ident]) -> Locals {
        let free = |name: &str| {
            let mut name = ident(name);
            while fields.contains(&name) {
                name = format_ident!("{name}_");
            }
            name
        };
        Locals { from: free("from"), nulls: free("nulls") }
    }
}

fn implementation(scope: &Scope<'_>, name: &Ident, put: &TokenStream, from: &Ident, get: &TokenStream) -> TokenStream {
    let option = scope.prelude("Option");
    let out = if put.is_empty() { quote!(_) } else { quote!(out) };
    quote! {
        impl ::wireloom::Wire for #name {
            fn put(&self, #out: &mut ::wireloom::wire::Writer) {
                #put
            }

            fn get(#from: &mut ::wireloom::wire::Reader<'_>) -> #option<#name> {
                #get
            }
        }
    }
}

fn put(lines: &[Line<'_>]) -> TokenStream {
    let masked: Vec<TokenStream> = lines.iter().filter_map(Line::is_null).collect();
    let mask = (!masked.is_empty()).then(|| {
        let number = number(NULLS);
        quote!(out.nulls(#number, [#(#masked),*]);)
    });
    // Only the numbers behind protobuf's reserved ones are above the mask's.
    let (above, below): (Vec<_>, Vec<_>) = lines.iter().rev().partition(|line| line.number > NULLS);
    let (above, below) = (above.into_iter().map(Line::put), below.into_iter().map(Line::put));
    quote!(#(#above)* #mask #(#below)*)
}

fn get(it: &Struct<'_>, lines: &[Line<'_>], locals: &Locals) -> TokenStream {
    let (name, Locals { from, nulls }) = (it.name, locals);
    let mask = lines.iter().any(|line| line.held().may_be_in_mask()).then_some(NULLS);
    let (above, below): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.number > NULLS);
    let numbers = |lines: &[&Line<'_>]| lines.iter().map(|line| line.number).collect::<Vec<_>>();
    let numbers = numbers(&below).into_iter().chain(mask).chain(numbers(&above)).map(number);
    let (below, above) = (below.iter().map(|line| line.read(from)), above.iter().map(|line| line.read(from)));
    let others = lines.iter().filter(|line| !line.may_be_null()).map(|line| &line.field.name);
    let read_mask = mask.map(number).map(|number| quote!(let #nulls = #from.nulls(#number, "nulls", &[#(#others),*]);));
    // Only when all fields are read, so that the caller learns of all that is wrong.
    let need_mask = mask.map(|_| quote!(let #nulls = #nulls?;));
    let values = it.pairs().filter_map(|(field, _)| lines.iter().find(|line| line.field.name == field.name));
    let values = values.map(|line| line.value(nulls));
    quote! {
        #from.fields(&[#(#numbers),*]);
        #(#below)*
        #read_mask
        #(#above)*
        #need_mask
        Some(#name { #(#values),* })
    }
}

/// One field of a message.
struct Line<'a> {
    scope: &'a Scope<'a>,
    it: &'a Struct<'a>,
    field: &'a Field,
    ident: &'a Ident,
    number: u32,
}

impl Line<'_> {
    fn held(&self) -> Held {
        Held::of(self.field)
    }

    /// Whether a null is taken: where it may be, and where it counts as absent, which no patch allows.
    fn may_be_null(&self) -> bool {
        self.held().may_be_in_mask() || (self.held() == Held::Optional && !self.it.patch)
    }

    fn put(&self) -> TokenStream {
        let (ident, number) = (self.ident, number(self.number));
        let bytes = is_bytes(&self.field.annotations).then(|| quote!(.map(::wireloom::wire::UuidBytes)));
        match self.held() {
            Held::Plain => quote!(out.plain(#number, &self.#ident);),
            Held::Present | Held::Default if bytes.is_some() => {
                quote!(out.value(#number, &::wireloom::wire::UuidBytes(self.#ident));)
            }
            Held::Present | Held::Default => quote!(out.value(#number, &self.#ident);),
            Held::Optional | Held::MaybeOr => quote!(out.optional(#number, self.#ident #bytes.as_ref());),
            Held::List | Held::Set => quote!(out.list(#number, &self.#ident);),
            Held::Map => quote!(out.map(#number, &self.#ident);),
            Held::Maybe => quote!(out.maybe(#number, &self.#ident #bytes);),
        }
    }

    /// Whether the field is null, by the name that the field mask has for it.
    fn is_null(&self) -> Option<TokenStream> {
        let (ident, name) = (self.ident, &self.field.name);
        match self.held() {
            Held::Maybe => Some(quote!((#name, self.#ident.is_null()))),
            Held::MaybeOr => Some(quote!((#name, self.#ident.is_none()))),
            _ => None,
        }
    }

    fn read(&self, from: &Ident) -> TokenStream {
        let (ident, number, name) = (self.ident, number(self.number), model::json_name(self.field));
        let bytes = is_bytes(&self.field.annotations);
        let uuid = bytes.then(|| quote!(::<::wireloom::wire::UuidBytes>));
        let inner = bytes.then(|| quote!(.map(|it| it.0)));
        let inner_of_some = bytes.then(|| quote!(.map(|it| it #inner)));
        let value = match self.held() {
            Held::Plain => quote!(#from.plain(#number, #name)),
            Held::Present => quote!(#from.need #uuid(#number, #name) #inner),
            Held::Optional | Held::Maybe | Held::MaybeOr => {
                quote!(#from.optional #uuid(#number, #name) #inner_of_some)
            }
            Held::List => quote!(#from.list(#number, #name)),
            Held::Set => quote!(#from.set(#number, #name)),
            Held::Map => quote!(#from.map(#number, #name)),
            Held::Default => {
                let default = fields::default_maker(self.scope, self.it, self.field, ident);
                match bytes {
                    true => quote!(#from.optional #uuid(#number, #name).map(|it| it.map_or_else(#default, |it| it.0))),
                    false => quote!(#from.or(#number, #name, #default)),
                }
            }
        };
        quote!(let #ident = #value;)
    }

    /// The field with what was read for it.
    fn value(&self, nulls: &Ident) -> TokenStream {
        let (ident, in_mask) = (self.ident, &self.field.name);
        match self.held() {
            Held::Maybe => quote!(#ident: #nulls.maybe(#ident?, #in_mask)),
            Held::MaybeOr => {
                let default = fields::default_maker(self.scope, self.it, self.field, ident);
                quote!(#ident: #nulls.maybe(#ident?, #in_mask).or_absent(#default))
            }
            _ => quote!(#ident: #ident?),
        }
    }
}

/// `Value` of a named scalar, `Wire` where protobuf has a message for it: what it is made of, checked unless a validation follows.
pub(crate) fn of_scalar(scope: &Scope<'_>, name: &Ident, scalar: &Scalar, as_bytes: bool) -> TokenStream {
    if !scope.input.options.wires.binary() {
        return TokenStream::new();
    }
    let (option, inner) = (scope.prelude("Option"), scope.scalar(scalar.base));
    if is_message_scalar(scalar.base) {
        let checked = (!scalar.constraints.is_empty()).then(|| quote!(.and_then(|value| from.checked(value))));
        let (put, get) =
            (quote!(::wireloom::Wire::put(&self.0, out)), quote!(::wireloom::Wire::get(from).map(#name) #checked));
        return implementation(scope, name, &put, &ident("from"), &get);
    }
    let (form, write, read) = match as_bytes {
        true => (
            quote!(::wireloom::wire::UuidBytes),
            quote!(::wireloom::wire::Value::write(&::wireloom::wire::UuidBytes(self.0), out);),
            quote!(<::wireloom::wire::UuidBytes as ::wireloom::wire::Value>::read(raw, place).map(|it| #name(it.0))),
        ),
        false => (
            inner.clone(),
            quote!(::wireloom::wire::Value::write(&self.0, out);),
            quote!(::wireloom::wire::Value::read(raw, place).map(#name)),
        ),
    };
    let checked = (!scalar.constraints.is_empty()).then(|| quote!(.and_then(|value| place.checked(value))));
    quote! {
        impl ::wireloom::wire::Value for #name {
            const TYPE: ::wireloom::wire::WireType = <#form as ::wireloom::wire::Value>::TYPE;

            fn write(&self, out: &mut ::wireloom::wire::Writer) {
                #write
            }

            fn read(raw: ::wireloom::wire::Raw<'_>, place: &::wireloom::wire::Place<'_>) -> #option<#name> {
                #read #checked
            }
        }
    }
}

/// `Value` of an enum: its members' numbers.
pub(crate) fn of_enum(
    scope: &Scope<'_>,
    name: &Ident,
    it: &Enum,
    variants: &[Ident],
    unknown: Option<&Ident>,
    numbers: &[u32],
) -> TokenStream {
    if !scope.input.options.wires.binary() {
        return TokenStream::new();
    }
    let option = scope.prelude("Option");
    let numbers: Vec<Token> = numbers.iter().map(|&each| number(each)).collect();
    let unknown_number = unknown.map(|unknown| quote!(#name::#unknown(it) => it.to_number(),));
    let read = match unknown {
        Some(unknown) => quote! {
            <i32 as ::wireloom::wire::Value>::read(raw, place).map(|number| match number {
                #(#numbers => #name::#variants,)*
                _ => #name::#unknown(::wireloom::Unrecognized::Number(number)),
            })
        },
        None => {
            let names: Vec<&str> =
                it.members.iter().map(|member| model::json_name_of(&member.annotations, &member.name)).collect();
            let names = names.join(", ");
            quote! {
                match <i32 as ::wireloom::wire::Value>::read(raw, place)? {
                    #(#numbers => Some(#name::#variants),)*
                    number => place.not_listed(number, #names),
                }
            }
        }
    };
    quote! {
        impl ::wireloom::wire::Value for #name {
            const TYPE: ::wireloom::wire::WireType = <i32 as ::wireloom::wire::Value>::TYPE;

            fn write(&self, out: &mut ::wireloom::wire::Writer) {
                let number = match self { #(#name::#variants => #numbers,)* #unknown_number };
                <i32 as ::wireloom::wire::Value>::write(&number, out);
            }

            fn read(raw: ::wireloom::wire::Raw<'_>, place: &::wireloom::wire::Place<'_>) -> #option<#name> {
                #read
            }
        }
    }
}

/// `Wire` of a union: a message of which one field holds.
pub(crate) fn of_union(
    scope: &Scope<'_>,
    name: &Ident,
    union: &Union,
    variants: &[Ident],
    unknown: Option<&Ident>,
    numbers: &[u32],
) -> TokenStream {
    if !scope.input.options.wires.binary() {
        return TokenStream::new();
    }
    let cases = || union.cases.iter().zip(variants).zip(numbers.iter().map(|&each| number(each)));
    let puts = cases().map(|((case, variant), number)| match &case.ty {
        Some(_) => quote!(#name::#variant(it) => out.value(#number, it),),
        None => quote!(#name::#variant => out.value(#number, &()),),
    });
    let put_unknown = unknown.map(|unknown| quote!(#name::#unknown(it) => out.unknown(it),));
    let listed = cases().map(|((case, _), number)| {
        let name = case_name(case);
        quote!((#number, #name))
    });
    let takes = cases().map(|((case, variant), number)| match &case.ty {
        Some(_) => quote!(#number => case.value().map(#name::#variant),),
        None => quote!(#number => case.empty().map(|()| #name::#variant),),
    });
    let otherwise = match unknown {
        Some(unknown) => quote!(_ => case.unknown().map(#name::#unknown),),
        None => quote!(_ => case.none(),),
    };
    let put = quote!(match self { #(#puts)* #put_unknown });
    let get = quote!(from.union(&[#(#listed),*], |case| match case.number() { #(#takes)* #otherwise }));
    implementation(scope, name, &put, &ident("from"), &get)
}

fn case_name(case: &Case) -> &str {
    model::json_name_of(&case.annotations, &case.name)
}

/// How a declared fault travels on binary wires, as part of its `DeclaredFault`.
pub(crate) fn of_fault(scope: &Scope<'_>) -> TokenStream {
    if !scope.input.options.wires.binary() {
        return TokenStream::new();
    }
    let (option, vec) = (scope.prelude("Option"), scope.prelude("Vec"));
    quote! {
        fn to_message(&self) -> #option<#vec<u8>> {
            Some(::wireloom::wire::encode_to_vec(self))
        }

        fn from_message(message: &::wireloom::Bytes) -> #option<Self> {
            ::wireloom::wire::decode_checked(message, ::wireloom::wire::DEPTH_MAX).ok()
        }
    }
}

fn number(number: u32) -> Token {
    Token::u32_unsuffixed(number)
}
