//! Declarations: `message Order {`, `struct`, `type`, `record Order extends Base {`.

use super::{Cursor, foreign_bits};
use crate::contract::FaultCode;
use crate::diagnostic::{Diagnostic, Edit, codes, fix};
use crate::source::Span;
use crate::syntax::lexer::TokenKind;
use crate::syntax::members::{Stretch, after_annotations};
use crate::syntax::split::{ITEM_WORDS, Piece};
use crate::syntax::view::View;

/// Each keyword with what it is called elsewhere.
const KEYWORDS: &[(&str, &[&str])] = &[
    (
        "record",
        &[
            "message",
            "struct",
            "structure",
            "model",
            "class",
            "schema",
            "data",
            "input",
            "object",
            "entity",
            "dto",
            "table",
        ],
    ),
    ("service", &["protocol", "trait", "api", "resource", "controller"]),
    ("enum", &["enumeration"]),
    ("union", &["oneof", "choice", "variant", "oneOf"]),
    ("scalar", &["newtype", "typealias", "alias", "simpleType"]),
    ("package", &["namespace", "module"]),
    ("import", &["use", "using", "include"]),
];

/// Lines of other languages that say nothing here.
const NOTHING_HERE: &[&str] = &["syntax", "option", "edition"];

/// Whether a declaration of another language begins with this word.
pub(in crate::syntax) fn is_keyword(word: &str) -> bool {
    let others = ["type", "interface", "error", "exception"];
    others.contains(&word) || NOTHING_HERE.contains(&word) || KEYWORDS.iter().any(|(_, words)| words.contains(&word))
}

/// Whether a second keyword stands behind the first word: `extend type User`, `data class Order`.
pub(in crate::syntax) fn has_another_keyword(view: &View<'_>, piece: &Piece) -> bool {
    let next = piece.first + 1;
    let word = view.str(next);
    next < piece.end && view.is_name(next + 1) && (ITEM_WORDS.contains(&word) || is_keyword(word))
}

/// What is said of a declaration that begins with a word of another language.
pub(in crate::syntax) fn keyword(view: &View<'_>, piece: &Piece) -> Option<Diagnostic> {
    let (word, at) = (view.str(piece.first), view.span(piece.first));
    let diagnostic = Diagnostic::new(&codes::UNKNOWN_KEYWORD, at, format!("no declaration begins with `{word}`"));
    if NOTHING_HERE.contains(&word) {
        let whole = at.to(view.span(piece.end - 1));
        return Some(diagnostic.help("nothing of this kind is said here").fix(
            "take the line out",
            fix::with_blanks(view.text, whole),
            "",
        ));
    }
    if matches!(word, "error" | "exception") {
        return Some(fault(view, piece, diagnostic));
    }
    let right = match word {
        "type" | "interface" => by_content(view, piece),
        _ => KEYWORDS.iter().find(|(_, words)| words.contains(&word))?.0,
    };
    let diagnostic = diagnostic.help(format!("here it is `{right}`"));
    if has_another_keyword(view, piece) {
        return Some(diagnostic);
    }
    let mut edits = vec![Edit::replace(at, right)];
    let equals = piece.first + 2;
    if right == "scalar" && view.str(equals) == "=" {
        edits.push(Edit::replace(view.span(equals - 1).after().to(view.span(equals)), ":"));
    }
    Some(diagnostic.fix_by(format!("write `{right}`"), edits))
}

/// `type` and `interface` have many meanings.
fn by_content(view: &View<'_>, piece: &Piece) -> &'static str {
    let calls = |at: usize| view.kind(at) == Some(TokenKind::LeftParen) && view.is_name(at - 1);
    if view.str(piece.first + 2) == "=" && view.str(piece.first + 3) != "{" {
        return "scalar";
    }
    if (piece.first + 2..piece.end).any(calls) { "service" } else { "record" }
}

/// A fault has a code; only its own name may say which.
fn fault(view: &View<'_>, piece: &Piece, diagnostic: Diagnostic) -> Diagnostic {
    let name = piece.first + 1;
    let bare = |word: &str| word.replace('_', "").to_ascii_lowercase();
    let said = bare(view.str(name));
    let is_named = |code: &&FaultCode| [bare(code.as_str()), bare(code.as_str()) + "error"].contains(&said);
    let diagnostic =
        diagnostic.help("here it is a `fault`, with one of gRPC's codes: `fault NotFound: not_found { … }`");
    match FaultCode::ALL.iter().find(is_named) {
        Some(code) if view.str(name + 1) == "{" => {
            let code_at = Edit::replace(view.span(name).after(), format!(": {}", code.as_str()));
            let word = Edit::replace(view.span(piece.first), "fault");
            diagnostic.fix_by(format!("write `fault {}: {}`", view.str(name), code.as_str()), vec![word, code_at])
        }
        _ => diagnostic,
    }
}

/// What is said of a head that goes on as in another language: `at` is the token that does not fit.
pub(super) fn head(view: &View<'_>, stretch: Stretch, at: usize, keyword: &str) -> Option<Diagnostic> {
    let name =
        after_annotations(view, stretch) + if view.str(after_annotations(view, stretch)) == keyword { 1 } else { 2 };
    let sign = view.str(at);
    let place = view.span(at);
    match (keyword, sign) {
        ("scalar", "extends" | "=") if at == name + 1 => {
            let edits = vec![Edit::replace(view.span(name).after().to(place), ":")];
            Some(foreign_bits(place, "a scalar is made of another type by `:`", "write `:`", edits))
        }
        ("record" | "fault" | "event", "extends" | ":" | "with") if keyword == "record" || sign != ":" => {
            spread(view, stretch, at)
        }
        ("enum", ":") if view.str(at + 2) == "{" => {
            let edits = vec![Edit::remove(view.span(at - 1).after().to(view.span(at + 1)))];
            Some(foreign_bits(place, "an enum has no type beside its members", "take it out", edits))
        }
        ("record" | "enum" | "union" | "service", "=") if view.str(at + 1) == "{" => {
            let edits = vec![Edit::remove(fix::with_blanks(view.text, place))];
            Some(foreign_bits(place, "no `=` stands before a body", "take it out", edits))
        }
        ("fault", _) => fault_code(view, name, at),
        ("service", "extends" | ":") => {
            let message = "a service does not extend another";
            let help = "declare its operations here, or bind both services; what they share are types and faults";
            Some(Diagnostic::new(&codes::UNEXPECTED_TOKEN, place, message).help(help))
        }
        _ => None,
    }
}

/// `fault Gone: 404 {`, `fault Gone = 5 {`: the status of HTTP or gRPC in place of the code's name.
fn fault_code(view: &View<'_>, name: usize, at: usize) -> Option<Diagnostic> {
    let (sign, number) = (name + 1, name + 2);
    if ![":", "="].contains(&view.str(sign)) || view.kind(number) != Some(TokenKind::Number) || at > number {
        return None;
    }
    let place = view.span(number);
    let message = "a fault has a code by its name, which decides the status of HTTP, gRPC and all others";
    let Some(code) = code_of(view.str(number)) else {
        let names: Vec<String> = FaultCode::ALL.iter().map(|code| format!("`{}`", code.as_str())).collect();
        let help = format!("there is {}", names.join(", "));
        return Some(Diagnostic::new(&codes::UNEXPECTED_TOKEN, place, message).help(help));
    };
    let edits = vec![Edit::replace(view.span(name).after().to(place), format!(": {}", code.as_str()))];
    Some(foreign_bits(place, message, &format!("write `{}`", code.as_str()), edits))
}

/// The code that a number stands for, where it stands for one alone: up to 16 gRPC's own, else a status of HTTP.
fn code_of(number: &str) -> Option<FaultCode> {
    let name = match number.parse::<u16>().ok()? {
        1 | 499 => "cancelled",
        2 => "unknown",
        3 | 400 | 422 => "invalid_argument",
        4 | 408 | 504 => "deadline_exceeded",
        5 | 404 => "not_found",
        6 => "already_exists",
        7 | 403 => "permission_denied",
        8 | 429 => "resource_exhausted",
        9 | 412 => "failed_precondition",
        10 => "aborted",
        11 | 416 => "out_of_range",
        12 | 501 => "unimplemented",
        13 | 500 => "internal",
        14 | 503 => "unavailable",
        15 => "data_loss",
        16 | 401 => "unauthenticated",
        _ => return None,
    };
    FaultCode::ALL.iter().copied().find(|code| code.as_str() == name)
}

/// `record Order extends Base {` has the fields of another record, which is a spread.
fn spread(view: &View<'_>, stretch: Stretch, at: usize) -> Option<Diagnostic> {
    let mut cursor = Cursor { view, at: at + 1, end: stretch.end };
    let mut bases = Vec::new();
    loop {
        let base = super::types::read(&mut cursor)?;
        bases.push(format!(" ...{},", base.text));
        if !cursor.eat(",") {
            break;
        }
    }
    let brace = view.span(cursor.at);
    if !cursor.eat("{") {
        return None;
    }
    let from = view.span(at - 1).after();
    let head = Span { end: view.span(cursor.at - 2).end, ..from };
    let edits = vec![Edit::remove(head), Edit::replace(brace.after(), bases.concat())];
    let title = "put its fields in by `...`";
    Some(foreign_bits(view.span(at), "a record does not extend another", title, edits))
}
