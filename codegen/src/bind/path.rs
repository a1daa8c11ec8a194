//! Paths as a binding writes them: `"/v1/orders/{id}"` to segments.
//!
//! Whether a variable names an input is not decided here.

use wireloom_idl::contract::At;
use wireloom_idl::{Diagnostic, Diagnostics};

use crate::codes;

/// One part of a path as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Variable(String, At),
}

/// Reads a path; slashes at its ends count for nothing, so that places and paths join with exactly one.
pub(super) fn read(text: &str, at: At, report: &mut Diagnostics) -> Option<Vec<Part>> {
    let trimmed = text.trim_matches('/');
    if trimmed.is_empty() {
        return Some(Vec::new());
    }
    let mut parts = Vec::new();
    let mut offset = text.len() - text.trim_start_matches('/').len();
    for segment in trimmed.split('/') {
        let place = within(text, at, offset, segment.len());
        match part(segment, place) {
            Ok(part) => parts.push(part),
            Err(reason) => {
                let diagnostic = Diagnostic::new(&codes::REST_PATH, place, format!("{reason} in the path `{text}`")).help(
                    "a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: \"/orders/{id}\"",
                );
                report.push(match meant(segment).filter(|_| place != at) {
                    Some(right) => diagnostic.fix(format!("write `{right}`"), place, right),
                    None => diagnostic,
                });
                return None;
            }
        }
        offset += segment.len() + 1;
    }
    Some(parts)
}

/// The place of a piece of the text; the whole where escapes shift what follows them.
fn within(text: &str, at: At, offset: usize, length: usize) -> At {
    const QUOTES: usize = 2;
    if (at.end - at.start) as usize != text.len() + QUOTES {
        return at;
    }
    let start = at.start + 1 + offset as u32;
    At { start, end: start + length as u32, ..at }
}

/// The variable that other notations mean: `:id`, `<id>`.
fn meant(segment: &str) -> Option<String> {
    let bare = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let name = bare.or_else(|| segment.strip_prefix(':'))?;
    is_variable(name).then(|| format!("{{{name}}}"))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn part(segment: &str, at: At) -> Result<Part, String> {
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let inside = if at.end - at.start == segment.len() as u32 { brace_less(at) } else { at };
        return match is_variable(name) {
            true => Ok(Part::Variable(name.to_owned(), inside)),
            false => Err(format!("`{{{name}}}` is no name of an input")),
        };
    }
    match segment {
        "" => Err("an empty segment".to_owned()),
        "." | ".." => Err(format!("the segment `{segment}`")),
        // Routers read these as variables of an older notation.
        _ if segment.starts_with([':', '*']) => Err(format!("`{segment}` begins like a variable of another notation")),
        _ if segment.contains(['{', '}']) => Err(format!("`{segment}` mixes text and variable")),
        _ => match segment.chars().find(|&letter| !is_plain(letter)) {
            Some(letter) => Err(format!("the character {letter:?}")),
            None => Ok(Part::Literal(segment.to_owned())),
        },
    }
}

fn brace_less(at: At) -> At {
    At { start: at.start + 1, end: at.end - 1, ..at }
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(letter)
}
