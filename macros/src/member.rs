//! What is said of fields, cases and whole types: attributes, names and numbers.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token, Type, parenthesized};

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
    /// Where it is said that an enum without data is a union.
    pub(crate) oneof: Option<Span>,
    rename_all: Option<Casing>,
    rename_all_fields: Option<Casing>,
}

impl Container {
    pub(crate) fn of(attributes: &[Attribute], report: &mut Report) -> Container {
        let mut container = Container::default();
        each(attributes, "wire", report, |meta| {
            match word(&meta).as_str() {
                "json" => container.json = true,
                "oneof" => container.oneof = Some(meta.path.span()),
                _ => return Err(meta.error("of a type there is `json` and `oneof`")),
            }
            Ok(())
        });
        serde(attributes, "rename_all", report, |rule| container.rename_all = Casing::named(&rule));
        serde(attributes, "rename_all_fields", report, |rule| container.rename_all_fields = Casing::named(&rule));
        container
    }

    /// What is said of the named fields of a variant: by the variant, or by the enum for all of them.
    pub(crate) fn of_variant(&self, attributes: &[Attribute]) -> Container {
        let mut container = Container { rename_all: self.rename_all_fields, ..Container::default() };
        serde(attributes, "rename_all", &mut Report::default(), |rule| container.rename_all = Casing::named(&rule));
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
        let json = match (container.rename_all, of) {
            (Some(casing), Of::Field) => casing.of_field(&rust_name),
            (Some(casing), Of::Case) => casing.of_variant(&rust_name),
            (None, _) if container.json => name.clone(),
            // serde's own.
            (None, _) => rust_name,
        };
        let mut member = Member {
            at: ident.span(),
            number: 0,
            json,
            name,
            absent: None,
            nullable: false,
            skip: false,
            unknown: false,
            given: None,
            refused: Vec::new(),
        };
        serde(attributes, "rename", report, |name| member.json = name);
        each(attributes, "wire", report, |meta| member.take(&meta));
        let fitting: &[&str] = match of {
            Of::Field => &["default", "nullable", "skip"],
            Of::Case => &["unknown"],
        };
        let without_number = match of {
            Of::Field => member.skip.then_some("skip"),
            Of::Case => member.unknown.then_some("unknown"),
        };
        if let (Some(word), Some((_, at))) = (without_number, member.given) {
            report.push(at, format!("`number` contradicts `{word}`: it travels under none"));
        }
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
    let (mut numbers, mut names, mut json, mut next) = (HashMap::new(), HashSet::new(), HashSet::new(), 1);
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
        let (is_new, is_new_in_json) = (names.insert(member.name.clone()), json.insert(member.json.clone()));
        if !is_new_in_json {
            report.push(member.at, format!("two members are called `{}` in JSON", member.json));
        } else if !is_new {
            report.push(member.at, format!("two members are called `{}` in the contract", member.name));
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

/// Refuses whatever `#[wire(…)]` says where nothing can be said.
pub(crate) fn refuse(attributes: &[Attribute], report: &mut Report, message: &str) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("wire")) {
        report.push(attribute.path().span(), message);
    }
}

/// What serde is told by `name = "…"`; whatever else it is told is its own, and read past. Of `name(serialize = "…", deserialize = "…")`
/// it is what is read, and reported.
fn serde(attributes: &[Attribute], name: &str, report: &mut Report, mut take: impl FnMut(String)) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // serde's own derive tells what is wrong with its attributes.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident(name) && meta.input.peek(Token![=]) {
                take(text(&meta)?);
            } else if meta.path.is_ident(name) && meta.input.peek(syn::token::Paren) {
                report.push(meta.path.span(), format!("a contract has one name for both ways: `{name} = \"…\"`"));
                meta.parse_nested_meta(|way| {
                    let name = text(&way)?;
                    if way.path.is_ident("deserialize") {
                        take(name);
                    }
                    Ok(())
                })?;
            } else {
                read_past(&meta)?;
            }
            Ok(())
        });
    }
}

fn read_past(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
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
