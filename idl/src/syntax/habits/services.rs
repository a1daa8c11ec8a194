//! Operations: `rpc Get(GetOrder) returns (Order);`, `fn get(id: uuid): Order`, `throws NotFound`.

use super::types::{self, NOTHING, Written};
use super::{Cursor, foreign, foreign_bits};
use crate::diagnostic::{Diagnostic, Edit, fix};
use crate::source::Span;
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
pub(in crate::syntax) const FAILURES: &[&str] = &["throws", "raises", "errors"];

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
    let (view, first) = (cursor.view, cursor.at);
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
    let said = read_answer(&mut cursor);
    if let Some(Said { sign, edits: bits }) = said {
        if !bits.is_empty() {
            place.get_or_insert(sign);
        }
        edits.extend(bits);
    }
    if FAILURES.contains(&cursor.str()) {
        place.get_or_insert(view.span(cursor.at));
        edits.extend(failures(&mut cursor));
    }
    // A semicolon alone is told by itself.
    let message = "this operation is written as in another language";
    let place = place?;
    let last = view.span(cursor.end - 1);
    if view.str(cursor.end - 1) == ";" {
        edits.push(Edit::remove(last));
    }
    let whole = view.span(first).to(last);
    let title = match rewritten(view.text, whole, &edits) {
        Some(right) => format!("write `{right}`"),
        None => "an operation is written `name(input: Type) -> Type fails Fault`".to_owned(),
    };
    Some(foreign_bits(place, message, &title, edits))
}

/// What an operation becomes, where it is short enough to be shown.
fn rewritten(text: &str, whole: Span, edits: &[Edit]) -> Option<String> {
    const SHOWN_MAX: usize = 80;
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let (mut right, mut next) = (String::new(), whole.start as usize);
    for edit in edits {
        right.push_str(text.get(next..edit.span.start as usize)?);
        right.push_str(&edit.text);
        next = edit.span.end as usize;
    }
    right.push_str(text.get(next..whole.end as usize)?);
    let right = right.trim();
    (right.len() <= SHOWN_MAX && !right.contains('\n')).then(|| right.to_owned())
}

/// What is said of what comes back, and what is to be changed of it.
struct Said {
    sign: Span,
    edits: Vec<Edit>,
}

/// Reads a sign and what comes back. The sign becomes an arrow; before nothing it goes with what follows it.
fn read_answer(cursor: &mut Cursor<'_, '_>) -> Option<Said> {
    let view = cursor.view;
    let first = cursor.at;
    let is_arrow = cursor.eat("->");
    if !is_arrow && cursor.eat_one_of(ANSWERS).is_none() && !(cursor.eat("=") && cursor.eat(">")) {
        cursor.at = first;
        return None;
    }
    let sign = view.span(first).to(view.span(cursor.at - 1));
    let is_apart = view.text[..sign.start as usize].ends_with(' ');
    let arrow = if is_apart { "->" } else { " ->" };
    let begin = cursor.at;
    let Some(answer) = answer(cursor, 0) else {
        cursor.at = begin;
        let edits = if is_arrow { Vec::new() } else { vec![Edit::replace(sign, arrow)] };
        return Some(Said { sign, edits });
    };
    if is_arrow && !answer.foreign {
        return Some(Said { sign, edits: Vec::new() });
    }
    let written = view.span(begin).to(view.span(cursor.at - 1));
    let fails = answer.fails.map(|fault| format!("fails {fault}"));
    let whole = match (answer.text, fails) {
        (None, None) => vec![Edit::remove(fix::with_blanks(view.text, sign.to(written)))],
        (None, Some(fails)) => vec![Edit::replace(sign.to(written), fails)],
        (Some(_), _) if !answer.foreign => vec![Edit::replace(sign, arrow)],
        (Some(text), None) => vec![Edit::replace(sign, arrow), Edit::replace(written, text)],
        (Some(text), Some(fails)) => {
            vec![Edit::replace(sign, arrow), Edit::replace(written, format!("{text} {fails}"))]
        }
    };
    Some(Said { sign, edits: whole })
}

/// What comes back.
struct Answer {
    /// None where it is nothing.
    text: Option<String>,
    /// How it fails, where that is said with it: `Result<Order, NotFound>`.
    fails: Option<String>,
    /// Whether it is written otherwise than here.
    foreign: bool,
}

/// How many brackets may stand around an answer.
const DEPTH_MAX: usize = 8;

fn answer(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Answer> {
    if depth > DEPTH_MAX {
        return None;
    }
    if cursor.eat("(") {
        if cursor.eat(")") {
            return Some(Answer { text: None, fails: None, foreign: true });
        }
        let inner = answer(cursor, depth + 1)?;
        return cursor.eat(")").then_some(Answer { foreign: true, ..inner });
    }
    if types::is_result(cursor.str()) && cursor.view.str(cursor.at + 1) == "<" {
        cursor.at += 2;
        let inner = answer(cursor, depth + 1)?;
        cursor.eat(",").then_some(())?;
        let fault = types::read(cursor)?.text;
        return cursor.eat(">").then_some(Answer { fails: Some(fault), foreign: true, ..inner });
    }
    let streams = cursor.view.kind(cursor.at + 1) == Some(TokenKind::Word) && cursor.eat("stream");
    let ty = types::read(cursor)?;
    if NOTHING.contains(&ty.text.as_str()) {
        return Some(Answer { text: None, fails: None, foreign: true });
    }
    let stream = if streams { "stream " } else { "" };
    Some(Answer { text: Some(format!("{stream}{}", ty.of_field())), fails: None, foreign: ty.foreign })
}

/// `throws NotFound, Busy`, `raises (NotFound, Busy)`
fn failures(cursor: &mut Cursor<'_, '_>) -> Vec<Edit> {
    let view = cursor.view;
    let mut edits = vec![Edit::replace(view.span(cursor.at), "fails")];
    cursor.at += 1;
    if cursor.str() == "(" {
        let open = cursor.at;
        while cursor.at < cursor.end && cursor.str() != ")" {
            cursor.at += 1;
        }
        if cursor.str() == ")" {
            edits.push(Edit::remove(view.span(open)));
            edits.push(Edit::remove(view.span(cursor.at)));
            cursor.at += 1;
        }
    }
    edits
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
