//! What to say where pest could not go on.
//!
//! Pest tells how far it came and which rules it would have liked there; the message is made here from that, from the
//! token that stands there instead, and from what was being read.

mod expected;

use pest::error::ErrorVariant;

use super::grammar::Rule;
use super::habits;
use super::lexer::TokenKind;
use super::members::{self, Kind, Stretch};
use super::split::{ITEM_WORDS, Piece};
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
pub(super) use expected::Expected;

/// Where and at what reading a stretch ended.
pub(super) struct Failure<'v, 't> {
    view: &'v View<'t>,
    stretch: Stretch,
    /// The keyword of the item.
    keyword: &'v str,
    /// The number of the token that does not fit; the stretch's end if something is missing there.
    at: usize,
    expected: Expected,
}

impl<'v, 't> Failure<'v, 't> {
    pub(super) fn new(
        view: &'v View<'t>,
        stretch: Stretch,
        keyword: &'v str,
        offset: usize,
        error: &ErrorVariant<Rule>,
    ) -> Failure<'v, 't> {
        let at = view.holding(offset).clamp(stretch.first, stretch.end);
        let rules = match error {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        Failure { view, stretch, keyword, at, expected: Expected::new(rules) }
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.stretch.end
    }

    /// The token that does not fit, or the place where something is missing.
    fn span(&self) -> Span {
        match self.at.checked_sub(1) {
            Some(last) if self.is_at_end() => self.view.span(last).after(),
            _ => self.view.span(self.at),
        }
    }

    /// What stands there, as a message says it.
    fn found(&self) -> String {
        match self.view.kind(self.at) {
            _ if self.is_at_end() => format!("the {} ends here", self.noun()),
            Some(TokenKind::Text) => "found a string".to_owned(),
            _ => format!("found `{}`", shortened(self.view.str(self.at))),
        }
    }

    fn noun(&self) -> &'v str {
        match self.stretch.kind {
            Kind::Item if self.keyword.is_empty() => "declaration",
            Kind::Item => self.keyword,
            Kind::Field => "field",
            Kind::EnumMember => "member",
            Kind::Case => "case",
            Kind::ServiceMember => match self.view.str(self.stretch.first) {
                "on" => "handler",
                word if members::SERVICE_CLAUSES.contains(&word) => "clause",
                _ => "operation",
            },
            Kind::Input => "input",
            Kind::PolicyEntry => "policy",
            Kind::BindEntry | Kind::Pair => "entry",
            Kind::ExamplePart => "example",
        }
    }

    /// What stands before the place: "the field's name", or the token itself.
    fn before(&self) -> Option<String> {
        let name = members::after_annotations(self.view, self.stretch);
        let is_named = !matches!(self.stretch.kind, Kind::Item | Kind::ExamplePart);
        match self.at.checked_sub(1) {
            Some(previous) if previous == name && is_named && self.view.is_name(previous) => {
                Some(format!("the {}'s name", self.noun()))
            }
            Some(previous) if previous >= self.stretch.first => {
                Some(format!("`{}`", shortened(self.view.str(previous))))
            }
            _ => None,
        }
    }

    fn diagnostic(&self, message: String) -> Diagnostic {
        Diagnostic::new(&codes::UNEXPECTED_TOKEN, self.span(), message)
    }

    /// The place just behind what was understood.
    fn gap(&self) -> Span {
        self.at.checked_sub(1).map_or(self.span().before(), |previous| self.view.span(previous).after())
    }
}

/// Says what is wrong with a stretch.
pub(super) fn explain(failure: &Failure<'_, '_>) -> Diagnostic {
    foreign_letters(failure)
        .or_else(|| habits::explain(failure.view, failure.stretch, failure.at, failure.keyword))
        .or_else(|| semicolon(failure))
        .or_else(|| misspelled(failure))
        .or_else(|| comma(failure))
        .or_else(|| colon(failure))
        .unwrap_or_else(|| unexpected(failure))
}

/// Says that a stretch begins like no item.
pub(super) fn stray(view: &View<'_>, piece: &Piece) -> Diagnostic {
    let span = view.span(piece.first);
    let word = view.str(piece.first);
    if view.kind(piece.first) != Some(TokenKind::Word) {
        let message = format!("expected a declaration, found `{}`", shortened(word));
        return Diagnostic::new(&codes::UNEXPECTED_TOKEN, span, message);
    }
    if ITEM_WORDS.contains(&word) {
        let message = format!("expected a name after `{word}`");
        return Diagnostic::new(&codes::UNEXPECTED_TOKEN, span, message);
    }
    if let Some(diagnostic) = habits::keyword(view, piece) {
        return diagnostic;
    }
    let diagnostic =
        Diagnostic::new(&codes::UNKNOWN_KEYWORD, span, format!("no declaration begins with `{}`", shortened(word)));
    match nearest(word, ITEM_WORDS.iter().copied()) {
        // `extend type User` says something else than `extern type`.
        Some(_) if habits::has_another_keyword(view, piece) => diagnostic,
        Some(right) => diagnostic.help(format!("did you mean `{right}`?")).fix(format!("write `{right}`"), span, right),
        None => diagnostic.help(format!("a declaration begins with {}", listed(ITEM_WORDS, "or"))),
    }
}

fn foreign_letters(failure: &Failure<'_, '_>) -> Option<Diagnostic> {
    let is_foreign = failure.view.kind(failure.at) == Some(TokenKind::Foreign) && !failure.is_at_end();
    is_foreign.then(|| {
        let message = format!("`{}` is no name: names are ASCII", shortened(failure.view.str(failure.at)));
        failure.diagnostic(message).help("other letters stand in strings, comments and documentation")
    })
}

fn semicolon(failure: &Failure<'_, '_>) -> Option<Diagnostic> {
    let is_semicolon = failure.view.str(failure.at) == ";" && !failure.is_at_end();
    is_semicolon.then(|| {
        let diagnostic = failure.diagnostic("found `;`, which ends nothing here".to_owned());
        diagnostic.help("a new line or a comma is enough").fix("remove it", failure.span(), "")
    })
}

/// A word that is nearly one of those that may stand here.
fn misspelled(failure: &Failure<'_, '_>) -> Option<Diagnostic> {
    let word = failure.view.str(failure.at);
    if failure.is_at_end() || failure.view.kind(failure.at) != Some(TokenKind::Word) || failure.expected.wants_name() {
        return None;
    }
    let right = nearest(word, failure.expected.words())?;
    let diagnostic = failure.diagnostic(format!("expected `{right}`, found `{word}`"));
    Some(diagnostic.help(format!("did you mean `{right}`?")).fix(format!("write `{right}`"), failure.span(), right))
}

/// A comma that is missing between inputs, or stands between operations.
fn comma(failure: &Failure<'_, '_>) -> Option<Diagnostic> {
    let view = failure.view;
    let is_comma = view.kind(failure.at) == Some(TokenKind::Comma);
    if failure.is_at_end() || !failure.expected.has(Rule::EOI) {
        return None;
    }
    match failure.stretch.kind {
        Kind::Input if view.is_name(failure.at) && view.kind(failure.at + 1) == Some(TokenKind::Colon) => {
            let message = format!("a comma is missing before `{}`", view.str(failure.at));
            Some(failure.diagnostic(message).fix("insert `,`", failure.gap(), ","))
        }
        Kind::ServiceMember if is_comma => {
            let diagnostic = failure.diagnostic("no comma stands between the members of a service".to_owned());
            Some(diagnostic.fix("remove it", failure.span(), ""))
        }
        _ => None,
    }
}

/// A colon that is missing before a type or value.
fn colon(failure: &Failure<'_, '_>) -> Option<Diagnostic> {
    if !failure.expected.has(Rule::colon) {
        return None;
    }
    let before = failure.before()?;
    let diagnostic = failure.diagnostic(format!("expected `:` after {before}, {}", failure.found()));
    let is_type = failure.view.is_name(failure.at) || failure.view.kind(failure.at) == Some(TokenKind::LeftBracket);
    // `oneof x {` is no field of the type `x`.
    let is_block = failure.view.str(failure.at + 1) == "{";
    let is_missing = is_type && !is_block && !failure.is_at_end();
    Some(if is_missing { diagnostic.fix("insert `:`", failure.gap(), ":") } else { diagnostic })
}

fn unexpected(failure: &Failure<'_, '_>) -> Diagnostic {
    let things = failure.expected.things(failure.noun());
    let found = failure.found();
    let behind = failure.before().map(|before| format!(" after {before}")).unwrap_or_default();
    match things.len() {
        0 => failure.diagnostic(format!("{found}, which cannot stand here{behind}")),
        1..=3 => failure.diagnostic(format!("expected {}{behind}, {found}", joined(&things, "or"))),
        _ => {
            let help = format!("here may stand {}", joined(&things, "or"));
            let message = match failure.is_at_end() {
                true => format!("something is missing{behind}"),
                false => format!("`{}` cannot stand here{behind}", shortened(failure.view.str(failure.at))),
            };
            failure.diagnostic(message).help(help)
        }
    }
}

/// The nearest of some words, if one is near enough to be meant.
fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // Long words cost time and are near to none.
    if word.len() > 24 {
        return None;
    }
    let near = words.map(|right| (strsim::osa_distance(word, right), right));
    let (distance, right) = near.min_by_key(|&(distance, _)| distance)?;
    let allowed = if right.len() <= 4 { 1 } else { 2 };
    (distance > 0 && distance <= allowed).then_some(right)
}

fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    joined(&quoted, last)
}

fn joined(things: &[String], last: &str) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// A token as a message shows it: its first line, and not much of it.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}
