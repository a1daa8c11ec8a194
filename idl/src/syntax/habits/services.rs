//! Operations: `rpc Get(GetOrder) returns (Order);`, `fn get(id: uuid): Order`, `throws NotFound`.

use super::types::{self, NOTHING, Written};
use super::{Cursor, foreign, foreign_bits};
use crate::diagnostic::{Diagnostic, Edit};
use crate::syntax::lexer::TokenKind;

/// Words that stand before an operation elsewhere.
pub(in crate::syntax) const BEFORE_OPERATIONS: &[&str] = &[
    "rpc",
    "fn",
    "func",
    "fun",
    "function",
    "def",
    "op",
    "operation",
    "method",
    "async",
    "query",
    "mutation",
    "subscription",
];

/// Words for what comes back, and for how it fails.
const ANSWERS: &[&str] = &["returns", ":", "=>"];
const FAILURES: &[&str] = &["throws", "raises", "errors"];

/// An operation that is written as elsewhere.
pub(super) fn operation(cursor: Cursor<'_, '_>) -> Option<Diagnostic> {
    rpc(cursor).or_else(|| bits(cursor))
}

/// protobuf's: each side is one message.
fn rpc(mut cursor: Cursor<'_, '_>) -> Option<Diagnostic> {
    let (first, whole) = (cursor.at, cursor);
    cursor.eat("rpc");
    let name = cursor.name()?;
    let (given, streams_in) = message(&mut cursor)?;
    if !cursor.eat("returns") {
        return None;
    }
    let (answer, streams_out) = message(&mut cursor)?;
    if cursor.str() == "{" {
        while cursor.at < cursor.end && !cursor.eat("}") {
            cursor.at += 1;
        }
    }
    let stream = |is_stream| if is_stream { "stream " } else { "" };
    let input = given.map(|ty| format!("request: {}{}", stream(streams_in), ty.text)).unwrap_or_default();
    let arrow = answer.map(|ty| format!(" -> {}{}", stream(streams_out), ty.text)).unwrap_or_default();
    let right = format!("{name}({input}){arrow}");
    cursor.is_done().then(|| foreign(whole, first, "operation", &right))
}

/// `(stream Order)`; no type where it holds nothing.
fn message(cursor: &mut Cursor<'_, '_>) -> Option<(Option<Written>, bool)> {
    if !cursor.eat("(") {
        return None;
    }
    let streams = cursor.view.kind(cursor.at + 1) == Some(TokenKind::Word) && cursor.eat("stream");
    let ty = if cursor.str() == ")" { None } else { Some(types::read(cursor)?) };
    cursor.eat(")").then(|| (ty.filter(|ty| !NOTHING.contains(&ty.text.as_str())), streams))
}

/// Everything else stands in its place, with other words around it.
fn bits(mut cursor: Cursor<'_, '_>) -> Option<Diagnostic> {
    let view = cursor.view;
    let mut edits = Vec::new();
    let mut place = None;
    while view.kind(cursor.at + 1) == Some(TokenKind::Word) && BEFORE_OPERATIONS.contains(&cursor.str()) {
        let next = view.span(cursor.at + 1);
        edits.push(Edit::remove(view.span(cursor.at).to(next.before())));
        place.get_or_insert(view.span(cursor.at));
        cursor.at += 1;
    }
    cursor.name()?;
    skip_inputs(&mut cursor)?;
    if ANSWERS.contains(&cursor.str()) || cursor.str() == "=" && view.str(cursor.at + 1) == ">" {
        let first = view.span(cursor.at);
        let sign = if cursor.eat("=") { first.to(view.span(cursor.at)) } else { first };
        cursor.at += 1;
        place.get_or_insert(sign);
        edits.extend(answer(&mut cursor, sign));
    }
    if FAILURES.contains(&cursor.str()) {
        place.get_or_insert(view.span(cursor.at));
        edits.push(Edit::replace(view.span(cursor.at), "fails"));
    }
    // A semicolon alone is told by itself.
    let message = "this operation is written as in another language";
    let place = place?;
    let last = view.span(cursor.end - 1);
    if view.str(cursor.end - 1) == ";" {
        edits.push(Edit::remove(last));
    }
    Some(foreign_bits(place, message, "an operation is written `name(input: Type) -> Type fails Fault`", edits))
}

/// The sign becomes an arrow; before nothing it goes with what follows it.
fn answer(cursor: &mut Cursor<'_, '_>, sign: crate::source::Span) -> Vec<Edit> {
    let first = cursor.at;
    let is_apart = cursor.view.text[..sign.start as usize].ends_with(' ');
    let arrow = Edit::replace(sign, if is_apart { "->" } else { " ->" });
    let Some(ty) = types::read(cursor) else { return vec![arrow] };
    let written = cursor.view.span(first).to(cursor.view.span(cursor.at - 1));
    if NOTHING.contains(&ty.text.as_str()) {
        return vec![Edit::remove(sign.to(written))];
    }
    if ty.foreign { vec![arrow, Edit::replace(written, ty.of_field())] } else { vec![arrow] }
}

/// Goes behind the inputs, which are told one by one.
fn skip_inputs(cursor: &mut Cursor<'_, '_>) -> Option<()> {
    if cursor.str() != "(" {
        return None;
    }
    let mut depth = 0usize;
    while cursor.at < cursor.end {
        match cursor.str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        cursor.at += 1;
        if depth == 0 {
            return Some(());
        }
    }
    None
}
