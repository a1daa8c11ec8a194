//! Bounds and values: `length < 10`, `value == 3`, a date without quotes.

use super::foreign_bits;
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::lexer::TokenKind;
use crate::syntax::members::Stretch;
use crate::syntax::view::View;

const COMPARISONS: &[&str] = &["<", ">", "==", "=", "!="];

/// Types of which the next number is one further.
const INTEGERS: &[&str] = &["i32", "u32", "i64", "u64"];

/// What is said of a value or a bound that is written as elsewhere; `at` is the token that does not fit.
pub(super) fn value(view: &View<'_>, stretch: Stretch, at: usize) -> Option<Diagnostic> {
    if at <= stretch.first || at >= stretch.end {
        return None;
    }
    date(view, at).or_else(|| comparison(view, stretch, at))
}

/// `value >= 2020-01-01`: a number and what stands directly behind it.
fn date(view: &View<'_>, at: usize) -> Option<Diagnostic> {
    let (first, mut last) = (at - 1, at - 1);
    let touches = |number: usize| view.span(number).end == view.span(number + 1).start;
    while touches(last) && last + 1 < view.len() && !ends_value(view, last + 1) {
        last += 1;
    }
    let place = view.span(first).to(view.span(last));
    let written = &view.text[place.range()];
    is_date(written).then(|| {
        let edits = vec![Edit::insert(place, "\""), Edit::insert(place.after(), "\"")];
        foreign_bits(place, "a date or time is written in quotes", &format!("write `\"{written}\"`"), edits)
    })
}

fn ends_value(view: &View<'_>, number: usize) -> bool {
    let kind = view.kind(number);
    let ends = [TokenKind::Comma, TokenKind::RightBrace, TokenKind::RightBracket, TokenKind::RightParen];
    view.str(number) == ".." || kind.is_some_and(|kind| ends.contains(&kind))
}

/// `2020-01-01`, perhaps with a time behind it.
fn is_date(text: &str) -> bool {
    let (Some(day), rest) = (text.get(..10), text.get(10..).unwrap_or_default()) else { return false };
    let fits = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    day.bytes().enumerate().all(fits) && (rest.is_empty() || rest.starts_with(['T', 't']))
}

/// `length < 10`: both ends are in, and what is the same is a range of one.
fn comparison(view: &View<'_>, stretch: Stretch, at: usize) -> Option<Diagnostic> {
    let (measure, sign) = (view.str(at - 1), view.str(at));
    if !["length", "size", "value"].contains(&measure) || !COMPARISONS.contains(&sign) {
        return None;
    }
    let number = view.str(at + 1);
    let place = view.span(at).to(view.span(at + 1));
    let message = format!("`{measure}` is compared by `<=` and `>=`, or lies in a range");
    let right = (at + 1 < stretch.end).then(|| right(view, stretch, at, sign, number)).flatten();
    Some(match right {
        Some(right) => {
            foreign_bits(place, &message, &format!("write `{measure} {right}`"), vec![Edit::replace(place, right)])
        }
        None => {
            let help = match sign {
                "<" | ">" => format!("the bound itself is allowed as well: `{measure} {sign}= …`"),
                "!=" => "a bound says what may be, not what may not".to_owned(),
                _ => format!("`{measure} in a..a` allows one alone"),
            };
            Diagnostic::new(&codes::UNEXPECTED_TOKEN, view.span(at), message).help(help)
        }
    })
}

/// The same with an end that is in.
fn right(view: &View<'_>, stretch: Stretch, at: usize, sign: &str, number: &str) -> Option<String> {
    if matches!(sign, "==" | "=") && view.kind(at + 1) == Some(TokenKind::Number) {
        return Some(format!("in {number}..{number}"));
    }
    let counts = view.str(at - 1) != "value"
        || (stretch.first..at).any(|it| INTEGERS.contains(&view.str(it)) && view.str(it - 1) == ":");
    let bound: i64 = number.replace('_', "").parse().ok().filter(|_| counts)?;
    match sign {
        "<" => Some(format!("<= {}", bound.checked_sub(1)?)),
        ">" => Some(format!(">= {}", bound.checked_add(1)?)),
        _ => None,
    }
}
