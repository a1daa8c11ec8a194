//! `#[validate(…)]`: the contract's constraints, by its words.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprRange, Lit, LitStr, RangeLimits, Token, Type, parenthesized};

use crate::member::{each, literal_text};
use crate::report::Report;

/// All that a field demands.
#[derive(Default)]
pub(super) struct Constraints(Vec<Constraint>);

enum Constraint {
    Length(Bounds),
    Size(Bounds),
    Value(Bounds),
    Matches(LitStr),
    OneOf(Vec<Expr>),
    Format(syn::Ident),
    MultipleOf(Expr),
    Unique,
}

/// Both ends are in.
struct Bounds(Option<Expr>, Option<Expr>);

const FORMATS: [&str; 5] = ["email", "uri", "hostname", "ipv4", "ipv6"];

impl Constraints {
    pub(super) fn of(attributes: &[Attribute], report: &mut Report) -> Constraints {
        let mut all = Constraints::default();
        each(attributes, "validate", report, |meta| {
            all.0.push(Constraint::parse(&meta)?);
            Ok(())
        });
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A call for each; `value` is a reference to a value of that type.
    pub(super) fn calls(&self, value: &TokenStream, place: &TokenStream, ty: &Type) -> TokenStream {
        self.0.iter().map(|constraint| constraint.call(value, place, ty)).collect()
    }
}

impl Constraint {
    fn parse(meta: &ParseNestedMeta<'_>) -> syn::Result<Constraint> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        Ok(match word.as_str() {
            "length" => Constraint::Length(Bounds::parse(meta)?),
            "size" => Constraint::Size(Bounds::parse(meta)?),
            "value" => Constraint::Value(Bounds::parse(meta)?),
            "matches" => {
                let pattern: LitStr = meta.value()?.parse()?;
                regex_syntax::parse(&pattern.value()).map_err(|error| syn::Error::new(pattern.span(), error))?;
                Constraint::Matches(pattern)
            }
            "one_of" => {
                let content;
                parenthesized!(content in meta.input);
                let values = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
                if values.is_empty() {
                    return Err(meta.error("`one_of` lists at least one value"));
                }
                Constraint::OneOf(values.into_iter().collect())
            }
            "format" => {
                let format: LitStr = meta.value()?.parse()?;
                if !FORMATS.contains(&format.value().as_str()) {
                    let message = format!("a format is one of {}", FORMATS.join(", "));
                    return Err(syn::Error::new(format.span(), message));
                }
                Constraint::Format(syn::Ident::new(&format.value(), Span::call_site()))
            }
            "multiple_of" => {
                let step: Expr = meta.value()?.parse()?;
                if is_zero(&step) {
                    return Err(syn::Error::new_spanned(step, "nothing is a multiple of zero"));
                }
                Constraint::MultipleOf(step)
            }
            "unique" => Constraint::Unique,
            _ => {
                return Err(meta.error(
                    "a constraint is `length`, `size`, `value`, `matches`, `one_of`, `format`, `multiple_of` or `unique`",
                ));
            }
        })
    }

    fn call(&self, value: &TokenStream, place: &TokenStream, ty: &Type) -> TokenStream {
        let text = quote!(&::wireloom::Text::to_text(#value));
        match self {
            Constraint::Length(Bounds(min, max)) => {
                let (min, max) = (option(min.as_ref()), option(max.as_ref()));
                quote!(::wireloom::check::length(#text, #min, #max, #place, found);)
            }
            Constraint::Size(Bounds(min, max)) => {
                let (min, max) = (option(min.as_ref()), option(max.as_ref()));
                quote!(::wireloom::check::size(#value.len(), #min, #max, #place, found);)
            }
            Constraint::Value(Bounds(min, max)) => {
                let (min, max) = (bound(min.as_ref(), ty), bound(max.as_ref(), ty));
                quote!(::wireloom::check::value::<#ty>(#value, #min, #max, #place, found);)
            }
            Constraint::Matches(pattern) => quote! {{
                static PATTERN: ::std::sync::LazyLock<::wireloom::check::Pattern> =
                    ::std::sync::LazyLock::new(|| ::wireloom::check::Pattern::new(#pattern));
                ::wireloom::check::matches(#text, &PATTERN, #place, found);
            }},
            Constraint::OneOf(values) => one_of(values, value, place),
            Constraint::Format(format) => quote!(::wireloom::check::#format(#text, #place, found);),
            Constraint::MultipleOf(step) => multiple_of(step, value, place, ty),
            Constraint::Unique => quote!(::wireloom::check::unique(#value, #place, found);),
        }
    }
}

impl Bounds {
    fn parse(meta: &ParseNestedMeta<'_>) -> syn::Result<Bounds> {
        let content;
        parenthesized!(content in meta.input);
        let range: ExprRange = content
            .parse()
            .map_err(|error| syn::Error::new(error.span(), "bounds are a range: `1..=80`, `1..` or `..=80`"))?;
        match (&range.limits, &range.end) {
            (RangeLimits::HalfOpen(_), Some(_)) => {
                Err(syn::Error::new_spanned(range, "both ends are in: write `..=` instead of `..`"))
            }
            (_, None) if range.start.is_none() => {
                Err(syn::Error::new_spanned(range, "a bound is wanted: `1..` or `..=80`"))
            }
            _ => Ok(Bounds(range.start.map(|start| *start), range.end.map(|end| *end))),
        }
    }
}

fn option(bound: Option<&Expr>) -> TokenStream {
    match bound {
        Some(bound) => quote!(::std::option::Option::Some(#bound)),
        None => quote!(::std::option::Option::None),
    }
}

/// A bound as a value of the type: a number as it is, anything else by its text, made once.
fn bound(bound: Option<&Expr>, ty: &Type) -> TokenStream {
    match bound {
        Some(expr) if literal_text(expr).is_some() => {
            let value = of_text(expr, ty);
            quote!(::std::option::Option::Some(#value))
        }
        other => option(other),
    }
}

fn of_text(text: &Expr, ty: &Type) -> TokenStream {
    quote! {{
        static BOUND: ::std::sync::LazyLock<#ty> = ::std::sync::LazyLock::new(|| {
            <#ty as ::wireloom::Text>::from_text(#text).expect("a bound is a value of the field's type")
        });
        ::std::clone::Clone::clone(&*BOUND)
    }}
}

fn one_of(values: &[Expr], value: &TokenStream, place: &TokenStream) -> TokenStream {
    let texts: Vec<String> = values.iter().map(written).collect();
    let list = format!("[{}]", texts.join(", "));
    let is_one = match values.iter().all(|value| literal_text(value).is_some()) {
        true => quote!(::std::matches!(&*::wireloom::Text::to_text(#value), #(#values)|*)),
        false => quote!([#(#values),*].contains(#value)),
    };
    quote!(::wireloom::check::one_of(#is_one, #list, #place, found);)
}

/// As the contract would write it.
fn written(value: &Expr) -> String {
    match literal_text(value) {
        Some(text) => format!("{text:?}"),
        None => quote!(#value).to_string().replace(' ', ""),
    }
}

fn multiple_of(step: &Expr, value: &TokenStream, place: &TokenStream, ty: &Type) -> TokenStream {
    if literal_text(step).is_some() {
        let step = of_text(step, ty);
        return quote!(::wireloom::check::multiple_of_decimal(#value, #step, #place, found););
    }
    match step {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Float(_)) => {
            quote!(::wireloom::check::multiple_of_float(*#value, #step, #place, found);)
        }
        _ => quote!(::wireloom::check::multiple_of_integer(*#value, #step, #place, found);),
    }
}

fn is_zero(step: &Expr) -> bool {
    let text = literal_text(step).unwrap_or_else(|| quote!(#step).to_string());
    text.parse::<f64>().is_ok_and(|step| step == 0.0)
}
