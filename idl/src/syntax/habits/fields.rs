//! Fields, inputs and cases: `string name = 1;`, `1: required string name`, `name?: string[]`; members of enums: `RED = 0;`.

use super::types::{self, Written};
use super::{Cursor, foreign, foreign_bits};
use crate::contract::ScalarType;
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::lexer::TokenKind;

/// Words that stand before a field elsewhere.
pub(in crate::syntax) const BEFORE: &[&str] =
    &["optional", "required", "repeated", "readonly", "var", "val", "let", "const", "final", "public"];

/// A field whose type comes first, or with what others write around name and type.
pub(super) fn field(cursor: Cursor<'_, '_>, noun: &str) -> Option<Diagnostic> {
    let first = cursor.at;
    if let Some(said) = choice(cursor, noun) {
        return Some(said);
    }
    match type_first(cursor).or_else(|| name_first(cursor)) {
        Some(right) => Some(foreign(cursor, first, noun, &right)),
        None => qualified_default(cursor),
    }
}

/// `oneof contact { string email = 1; }`: one of several fields is a type of its own here.
fn choice(mut cursor: Cursor<'_, '_>, noun: &str) -> Option<Diagnostic> {
    let word = cursor.view.span(cursor.at);
    if !cursor.eat("oneof") {
        return None;
    }
    let name = cursor.name()?;
    if cursor.str() != "{" {
        return None;
    }
    let ty = pascal(name);
    let message = format!("no {noun} is `oneof`: one of several things is a union, which is declared by itself");
    let help = format!("declare `union {ty} {{ … }}` beside it, and write `{name}: {ty}` here");
    Some(Diagnostic::new(&codes::UNEXPECTED_TOKEN, word, message).help(help))
}

/// `contact_info` as a type is called.
fn pascal(name: &str) -> String {
    let parts = name.split('_').filter(|part| !part.is_empty());
    parts.map(|part| part[..1].to_ascii_uppercase() + &part[1..]).collect()
}

/// `status: Status = Status.placed`
fn qualified_default(cursor: Cursor<'_, '_>) -> Option<Diagnostic> {
    let view = cursor.view;
    let is_word = |at: usize| view.kind(at) == Some(TokenKind::Word);
    let equals = (cursor.at..cursor.end).find(|&at| view.str(at) == "=")?;
    let (owner, member) = (equals + 1, equals + 3);
    let is_qualified = is_word(owner) && view.str(owner + 1) == "." && is_word(member) && member < cursor.end;
    is_qualified.then(|| {
        let place = view.span(owner).to(view.span(owner + 1));
        let message = "a member of an enum is named without its enum";
        foreign_bits(place, message, "take it out", vec![Edit::remove(place)])
    })
}

/// `optional string name = 1 [deprecated = true];`, `2: string name;`, `String name`
fn type_first(mut cursor: Cursor<'_, '_>) -> Option<String> {
    let mut number = None;
    if cursor.kind() == Some(TokenKind::Number) && cursor.view.str(cursor.at + 1) == ":" {
        number = cursor.take(TokenKind::Number);
        cursor.at += 1;
    }
    let before = cursor.eat_one_of(&["optional", "required", "repeated", "final", "public"]);
    let mut ty = types::read(&mut cursor)?;
    let name = cursor.name()?;
    if number.is_none() && cursor.eat("=") {
        number = Some(cursor.take(TokenKind::Number)?);
        skip_options(&mut cursor);
    }
    let is_clear = number.is_some() || before.is_some() || is_type(&ty) && !is_type_name(name);
    if !is_clear || !cursor.is_done() {
        return None;
    }
    wrap(&mut ty, before);
    Some(format!("{name}: {}{}", ty.of_field(), pin(number)))
}

/// `name?: string`, `readonly name: string[]`, `name: String!`
fn name_first(mut cursor: Cursor<'_, '_>) -> Option<String> {
    let is_before = cursor.view.kind(cursor.at + 1) == Some(TokenKind::Word);
    let before = is_before.then(|| cursor.eat_one_of(BEFORE)).flatten();
    let name = cursor.name()?;
    let may_be_missing = cursor.eat("?");
    if !cursor.eat(":") {
        return None;
    }
    let mut ty = types::read(&mut cursor)?;
    if before.is_none() && !may_be_missing && !ty.foreign {
        return None;
    }
    ty.optional |= may_be_missing;
    wrap(&mut ty, before);
    let readonly = if before == Some("readonly") { " readonly" } else { "" };
    let rest = cursor.rest();
    let blank = if rest.is_empty() { "" } else { " " };
    Some(format!("{name}: {}{blank}{rest}{readonly}", ty.of_field()))
}

/// `RED = 0;`, `red = "Red"`, `Red: "red"`
pub(super) fn member(mut cursor: Cursor<'_, '_>) -> Option<Diagnostic> {
    let first = cursor.at;
    let whole = cursor;
    let name = cursor.name()?;
    if !cursor.eat("=") && !cursor.eat(":") {
        return None;
    }
    let right = match cursor.take(TokenKind::Number) {
        Some(number) => format!("{name}{}", pin(Some(number))),
        None => {
            let text = cursor.take(TokenKind::Text)?;
            if text.trim_matches('"') == name { name.to_owned() } else { format!("@json({text}) {name}") }
        }
    };
    skip_options(&mut cursor);
    cursor.is_done().then(|| foreign(whole, first, "member", &right))
}

/// `[deprecated = true]`
fn skip_options(cursor: &mut Cursor<'_, '_>) {
    if cursor.str() == "[" {
        while cursor.at < cursor.end && !cursor.eat("]") {
            cursor.at += 1;
        }
    }
}

/// A number that others write with a member is pinned: what is on its way has it. Zero is nobody's.
fn pin(number: Option<&str>) -> String {
    match number.and_then(crate::numbers::parse) {
        Some(number) => format!(" @{number}"),
        None => String::new(),
    }
}

fn wrap(ty: &mut Written, before: Option<&str>) {
    match before {
        Some("optional") => ty.optional = true,
        Some("repeated") => {
            ty.text = format!("[{}]", ty.text);
            ty.optional = false;
        }
        _ => {}
    }
}

/// Whether a text is sure to be a type: a built-in one, one of another language, or a name that is written like one.
fn is_type(ty: &Written) -> bool {
    ty.foreign || is_type_name(&ty.text)
}

fn is_type_name(name: &str) -> bool {
    ScalarType::named(name).is_some() || name.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '[')
}
