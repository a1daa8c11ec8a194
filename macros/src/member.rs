//! What is said of fields, cases and whole types: attributes, names and numbers.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token, Type};

use crate::casing::{Casing, snake};
use crate::report::Report;

/// protobuf's largest number.
const NUMBER_MAX: u32 = 536_870_911;
/// What protobuf keeps for itself.
const RESERVED: std::ops::RangeInclusive<u32> = 19_000..=19_999;
/// The field mask of what is null; the runtime's own.
pub(crate) const NULLS: u32 = 18_999;

/// What `#[wire(…)]` and serde's attributes say of a type.
#[derive(Default)]
pub(crate) struct Container {
    /// Serde's traits are written as well.
    pub(crate) json: bool,
    /// An enum without data is a union.
    pub(crate) oneof: bool,
    rename_all: Option<Casing>,
}

impl Container {
    pub(crate) fn of(attributes: &[Attribute], report: &mut Report) -> Container {
        let mut container = Container::default();
        each(attributes, "wire", report, |meta| {
            match word(&meta).as_str() {
                "json" => container.json = true,
                "oneof" => container.oneof = true,
                _ => return Err(meta.error("of a type there is `json` and `oneof`")),
            }
            Ok(())
        });
        serde(attributes, "rename_all", |rule| container.rename_all = Casing::named(&rule));
        container
    }
}

/// What an absent field is.
pub(crate) enum Absent {
    /// `Default::default()`
    Default,
    /// A function's value.
    Function(Path),
}

/// A field or case, with all that is said of it.
pub(crate) struct Member {
    /// Where it is declared.
    pub(crate) at: Span,
    /// 0 of one that does not travel.
    pub(crate) number: u32,
    /// In the contract.
    pub(crate) name: String,
    /// In JSON.
    pub(crate) json: String,
    pub(crate) absent: Option<Absent>,
    pub(crate) nullable: bool,
    pub(crate) skip: bool,
    pub(crate) unknown: bool,
    given: Option<(u32, Span)>,
    refused: Vec<(&'static str, Span)>,
}

/// What a member is, which decides what can be said of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Field,
    Case,
}

impl Member {
    pub(crate) fn of(
        of: Of,
        container: &Container,
        ident: &Ident,
        attributes: &[Attribute],
        report: &mut Report,
    ) -> Member {
        let rust_name = ident.to_string().trim_start_matches("r#").to_owned();
        let name = if of == Of::Case { snake(&rust_name) } else { rust_name.clone() };
        let json = container.rename_all.map(|casing| casing.of(&rust_name));
        let mut member = Member {
            at: ident.span(),
            number: 0,
            json: json.unwrap_or_else(|| name.clone()),
            name,
            absent: None,
            nullable: false,
            skip: false,
            unknown: false,
            given: None,
            refused: Vec::new(),
        };
        serde(attributes, "rename", |name| member.json = name);
        each(attributes, "wire", report, |meta| member.take(&meta));
        let fitting: &[&str] = match of {
            Of::Field => &["default", "nullable", "skip"],
            Of::Case => &["unknown"],
        };
        for (word, at) in member.refused.iter().filter(|(word, _)| !fitting.contains(word)) {
            let what = if of == Of::Field { "a field" } else { "a case" };
            report.push(*at, format!("`{word}` cannot be said of {what}"));
        }
        member
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let at = meta.path.span();
        match word(meta).as_str() {
            "number" => {
                let literal: LitInt = meta.value()?.parse()?;
                self.given = Some((literal.base10_parse().unwrap_or(u32::MAX), literal.span()));
            }
            "rename" => {
                self.name = text(meta)?;
                self.json.clone_from(&self.name);
            }
            "json" => self.json = text(meta)?,
            "default" => {
                self.refused.push(("default", at));
                self.absent = Some(match meta.input.peek(Token![=]) {
                    true => Absent::Function(meta.value()?.parse::<LitStr>()?.parse()?),
                    false => Absent::Default,
                });
            }
            "nullable" => {
                self.refused.push(("nullable", at));
                self.nullable = true;
            }
            "skip" => {
                self.refused.push(("skip", at));
                self.skip = true;
            }
            "unknown" => {
                self.refused.push(("unknown", at));
                self.unknown = true;
            }
            _ => {
                return Err(meta.error(
                    "of a member there is `number`, `rename`, `json`, `default`, `nullable`, `skip` and `unknown`",
                ));
            }
        }
        Ok(())
    }

    /// Whether it stands in the bytes under a number of its own.
    pub(crate) fn travels(&self) -> bool {
        !self.skip && !self.unknown
    }
}

/// Gives each member its number, and holds numbers and names to be unique.
pub(crate) fn number<'m>(members: impl Iterator<Item = &'m mut Member>, number_max: u32, report: &mut Report) {
    let (mut numbers, mut names, mut next) = (HashMap::new(), HashMap::new(), 1);
    for member in members.filter(|member| member.travels()) {
        let (number, at) = member.given.unwrap_or((after_reserved(next), member.at));
        if number == 0 || number > number_max.min(NUMBER_MAX) {
            report.push(at, format!("a number is one of 1..={}", number_max.min(NUMBER_MAX)));
        } else if RESERVED.contains(&number) {
            report.push(at, "the numbers 19000 to 19999 are protobuf's own");
        } else if number == NULLS {
            report.push(at, "the number 18999 stands for the fields that are null");
        }
        if let Some(first) = numbers.insert(number, member.name.clone()) {
            report.push(at, format!("the number {number} is taken by `{first}`"));
        }
        if names.insert(member.json.clone(), ()).is_some() {
            report.push(member.at, format!("two members are called `{}` in JSON", member.json));
        }
        member.number = number;
        next = number.saturating_add(1);
    }
}

/// Numbers that are not given skip those that cannot be.
fn after_reserved(next: u32) -> u32 {
    if next == NULLS || RESERVED.contains(&next) { RESERVED.end() + 1 } else { next }
}

/// Every entry of every attribute of that name.
pub(crate) fn each(
    attributes: &[Attribute],
    name: &str,
    report: &mut Report,
    mut take: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        if let Err(error) = attribute.parse_nested_meta(&mut take) {
            report.add(error);
        }
    }
}

/// What serde is told by `name = "…"`; whatever else it is told is its own, and read past.
fn serde(attributes: &[Attribute], name: &str, mut take: impl FnMut(String)) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // serde's own derive tells what is wrong with its attributes.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident(name) && meta.input.peek(Token![=]) {
                take(text(&meta)?);
            } else if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            } else if meta.input.peek(syn::token::Paren) {
                meta.parse_nested_meta(|_| Ok(()))?;
            }
            Ok(())
        });
    }
}

fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(Ident::to_string).unwrap_or_default()
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// `name<A, B>`: the last segment of a type's path and what stands in its brackets.
pub(crate) fn generic(ty: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let arguments = match &last.arguments {
        syn::PathArguments::AngleBracketed(all) => all
            .args
            .iter()
            .filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some((last.ident.to_string(), arguments))
}

/// The text of a literal, where an expression is one.
pub(crate) fn literal_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}
