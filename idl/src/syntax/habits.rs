//! Habits of other contract languages: what protobuf, Thrift, Smithy, TypeSpec, GraphQL and OpenAPI write, told with how it is
//! written here.
//!
//! Asked only where the text does not go on as this language does, so a sound contract is never touched. What is found is one
//! mistake with a fix, however many tokens of it are foreign.

mod fields;
mod items;
mod services;
mod types;
mod values;

pub(crate) use types::{NOTHING, container, is_byte, is_result, meant};

pub(super) use fields::BEFORE as BEFORE_FIELDS;
pub(super) use items::{has_another_keyword, is_keyword, keyword};
pub(super) use services::{BEFORE_OPERATIONS, FAILURES};

use super::lexer::TokenKind;
use super::members::{Kind, Stretch, after_annotations};
use super::view::View;
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::source::Span;

/// What is said of a member, or of the head of an item, that is written as elsewhere.
pub(super) fn explain(view: &View<'_>, stretch: Stretch, at: usize, keyword: &str) -> Option<Diagnostic> {
    let first = after_annotations(view, stretch);
    let cursor = Cursor { view, at: first, end: end(view, stretch) };
    if let Some(said) = values::value(view, stretch, at) {
        return Some(said);
    }
    match stretch.kind {
        Kind::Field => fields::field(cursor, "field"),
        Kind::Case => fields::field(cursor, "case"),
        Kind::Input => fields::field(cursor, "input"),
        Kind::EnumMember => fields::member(cursor),
        Kind::ServiceMember => services::operation(cursor),
        Kind::Item => items::head(view, stretch, at, keyword),
        Kind::PolicyEntry | Kind::BindEntry | Kind::ExamplePart | Kind::Pair => None,
    }
}

/// The end of a stretch without what divides it from the next.
fn end(view: &View<'_>, stretch: Stretch) -> usize {
    let mut end = stretch.end;
    while end > stretch.first && view.kind(end - 1) == Some(TokenKind::Comma) {
        end -= 1;
    }
    end
}

/// Goes over the tokens of a stretch.
#[derive(Clone, Copy)]
struct Cursor<'v, 't> {
    view: &'v View<'t>,
    at: usize,
    end: usize,
}

impl<'t> Cursor<'_, 't> {
    fn kind(&self) -> Option<TokenKind> {
        self.view.kind(self.at).filter(|_| self.at < self.end)
    }

    fn str(&self) -> &'t str {
        if self.at < self.end { self.view.str(self.at) } else { "" }
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_there = self.at < self.end && self.view.str(self.at) == text;
        self.at += usize::from(is_there);
        is_there
    }

    fn eat_one_of(&mut self, texts: &[&'static str]) -> Option<&'static str> {
        texts.iter().copied().find(|text| self.eat(text))
    }

    fn take(&mut self, kind: TokenKind) -> Option<&'t str> {
        let text = self.str();
        (self.kind() == Some(kind)).then(|| {
            self.at += 1;
            text
        })
    }

    fn name(&mut self) -> Option<&'t str> {
        self.take(TokenKind::Word)
    }

    /// Whether nothing is left but a semicolon.
    fn is_done(&mut self) -> bool {
        self.eat(";");
        self.at >= self.end
    }

    /// Whether something is said of a number in brackets: `= 1 [default = 50]`.
    fn has_options(&self, first: usize) -> bool {
        let is_value = |at: usize| matches!(self.view.kind(at), Some(TokenKind::Number | TokenKind::Text));
        (first..self.end.saturating_sub(1)).any(|at| is_value(at) && self.view.str(at + 1) == "[")
    }

    /// From a token on, everything up to the end.
    fn from(&self, first: usize) -> Span {
        self.view.span(first).to(self.view.span(self.end - 1))
    }

    /// What is left, as it is written, without a semicolon at its end.
    fn rest(&self) -> &'t str {
        let end = if self.view.str(self.end - 1) == ";" { self.end - 1 } else { self.end };
        if self.at >= end {
            return "";
        }
        &self.view.text[self.view.span(self.at).to(self.view.span(end - 1)).range()]
    }
}

/// Tells that something is written as elsewhere; a fix that would lose a comment or an option is not offered.
fn foreign(cursor: Cursor<'_, '_>, first: usize, noun: &str, right: &str) -> Diagnostic {
    let (view, place) = (cursor.view, cursor.from(first));
    let message = format!("this {noun} is written as in another language");
    let diagnostic = Diagnostic::new(&codes::UNEXPECTED_TOKEN, place, message);
    let has_options = cursor.has_options(first);
    match has_options || view.text[place.range()].contains("//") {
        true if has_options => diagnostic.help(format!("write `{right}`, and what the options say by annotations")),
        true => diagnostic.help(format!("write `{right}`")),
        false => diagnostic.fix(format!("write `{right}`"), place, right),
    }
}

/// The same with small changes in their places.
fn foreign_bits(place: Span, message: &str, title: &str, edits: Vec<Edit>) -> Diagnostic {
    Diagnostic::new(&codes::UNEXPECTED_TOKEN, place, message).fix_by(title, edits)
}
