//! Operators: which there are, whether one stands between two operands or before one, and where blanks go around it.

use super::flat::{Bracket, Kind};
use super::flatten::{Flattener, Level};

/// All of them.
const OPERATORS: &[&str] = &[
    "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "..", "+=", "-=", "*=", "/=", "#", "!", "$", "%", "&",
    "*", "+", ",", "-", ".", "/", ":", ";", "<", "=", ">", "?", "@", "^", "|", "~",
];

/// The operator of one sign.
pub(super) fn single(sign: char) -> &'static str {
    let found = OPERATORS.iter().find(|operator| operator.len() == 1 && operator.starts_with(sign));
    found.expect("the operators of Rust")
}

/// The operator that is this one with another sign behind it.
pub(super) fn longer(operator: &str, sign: char) -> Option<&'static str> {
    let is_it =
        |longer: &&&str| longer.strip_prefix(operator).is_some_and(|rest| rest.len() == 1 && rest.starts_with(sign));
    OPERATORS.iter().find(is_it).copied()
}

/// Adds an operator to the line.
pub(super) fn push(to: &mut Flattener, level: &mut Level, operator: &'static str) {
    match operator {
        "," => {
            to.end_chain(level);
            to.push(Kind::Mark, operator, true);
            level.comma();
        }
        ";" => {
            to.end_chain(level);
            to.push(Kind::Mark, operator, true);
            level.begin();
        }
        "." => to.link(level),
        "::" => {
            let goes_on = level.operand;
            to.operand(level);
            joint(to, level, operator, goes_on);
        }
        ".." | "..=" => {
            let is_between = level.operand;
            joint(to, level, operator, is_between);
        }
        "?" if level.operand => {
            to.push(Kind::Mark, operator, true);
        }
        // Of a macro, whose brackets follow.
        "!" if level.operand => {
            to.push(Kind::Mark, operator, true);
            to.tight = true;
        }
        ":" => {
            to.push(Kind::Mark, operator, true);
            level.operand = false;
        }
        "#" => {
            to.push(Kind::Mark, operator, false);
            to.tight = true;
            level.operand = false;
        }
        "=>" => {
            to.end_chain(level);
            to.push(Kind::Mark, operator, false);
            level.begin();
        }
        "=" | "->" | "@" | "+=" | "-=" | "*=" | "/=" => {
            to.end_chain(level);
            to.push(Kind::Mark, operator, false);
            level.operand = false;
        }
        "|" => bar(to, level),
        "||" if !level.operand => {
            to.push(Kind::Mark, operator, false);
        }
        "<" if opens_angle(to, level) => open_angle(to, level),
        ">" if !level.angles.is_empty() => close_angle(to, level),
        _ if level.operand || operator == "+" => {
            to.end_chain(level);
            to.push(Kind::Infix, operator, false);
            level.operand = false;
        }
        _ => {
            to.push(Kind::Prefix, operator, false);
            to.tight = true;
        }
    }
}

/// An operator without blanks behind it.
fn joint(to: &mut Flattener, level: &mut Level, operator: &str, tight_before: bool) {
    to.push(Kind::Mark, operator, tight_before);
    to.tight = true;
    level.operand = false;
}

/// A bar opens and closes the parameters of a closure, or stands between patterns.
fn bar(to: &mut Flattener, level: &mut Level) {
    if let Some(open) = level.bars.take() {
        let close = to.push(Kind::Close(Bracket::Bars), "|", true);
        to.join(open, close);
        level.operand = false;
    } else if level.operand {
        to.push(Kind::Infix, "|", false);
        level.operand = false;
    } else {
        level.bars = Some(to.push(Kind::Open(Bracket::Bars), "|", false));
        to.tight = true;
    }
}

/// A `<` opens a bracket where an operand is due, behind `::`, and behind the name of a type or what is declared; else it compares.
fn opens_angle(to: &Flattener, level: &Level) -> bool {
    let mut before = to.flat.tokens.iter().rev().map(|token| (token.kind, &to.flat.text[token.start..token.end]));
    match before.next() {
        _ if !level.operand => true,
        Some((Kind::Word, word)) => is_type(word) || before.next().is_some_and(|(_, declares)| declares == "fn"),
        _ => false,
    }
}

/// Whether a name is written as those of types are.
fn is_type(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && (word.len() == 1 || letters.any(char::is_lowercase))
}

fn open_angle(to: &mut Flattener, level: &mut Level) {
    let before = to.flat.tokens.last().map(|last| (last.kind, &to.flat.text[last.start..last.end]));
    let is_keyword = matches!(before, Some((Kind::Word, "impl" | "for")));
    let is_tight = is_keyword || level.operand;
    to.operand(level);
    let open = to.push(Kind::Open(Bracket::Angle), "<", is_tight);
    level.angles.push((open, is_keyword));
    to.tight = true;
    level.operand = false;
}

fn close_angle(to: &mut Flattener, level: &mut Level) {
    let Some((open, is_after_keyword)) = level.angles.pop() else { return };
    let close = to.push(Kind::Close(Bracket::Angle), ">", true);
    to.join(open, close);
    level.operand = !is_after_keyword;
}
