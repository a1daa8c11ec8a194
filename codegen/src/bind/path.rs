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
    for segment in trimmed.split('/') {
        match part(segment, at) {
            Ok(part) => parts.push(part),
            Err(reason) => {
                report.push(Diagnostic::new(&codes::REST_PATH, at, format!("{reason} in the path `{text}`")).help(
                    "a path is made of segments of letters, digits and `-._~!$&'()*+,;=:@`, or of one whole variable each: \"/orders/{id}\"",
                ));
                return None;
            }
        }
    }
    Some(parts)
}

fn part(segment: &str, at: At) -> Result<Part, String> {
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        return match is_name {
            true => Ok(Part::Variable(name.to_owned(), at)),
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

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(letter)
}
