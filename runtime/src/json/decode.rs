//! Decoding a JSON text of a peer: bounded depth, and a place for every mistake.

mod record;

pub(super) use record::Records;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_with::DeserializeAs;

use crate::scalar;
use crate::validate::{Violation, Violations};

/// How deep arrays and objects may nest unless said otherwise.
pub const DEPTH_MAX: usize = 64;

/// How long a message or path may be that may repeat what a peer has sent.
const MESSAGE_BYTES_MAX: usize = 200;

/// Decodes a value; checks of named scalars are left to [`Validate`](crate::Validate), which must follow.
///
/// # Errors
/// Malformed JSON with line and column, nesting deeper than `depth_max`, or the first part that does not fit with its path.
///
/// ```
/// let wrong = wireloom::json::decode::<Vec<u32>>(b"[1, true]", 64).unwrap_err();
/// assert_eq!(wrong.to_string(), "[1]: invalid type: boolean `true`, expected u32");
/// ```
pub fn decode<T: DeserializeOwned>(text: &[u8], depth_max: usize) -> Result<T, Violations> {
    decode_below::<T, serde_with::Same>(text, depth_max, "")
}

/// Decodes the value that stands at `place`, in the form that the adapter `A` gives it; as [`decode`] does.
pub(crate) fn decode_below<'de, T, A>(text: &'de [u8], depth_max: usize, place: &str) -> Result<T, Violations>
where
    A: DeserializeAs<'de, T>,
{
    scalar::defer(|| decode_checked::<T, A>(text, depth_max, place))
}

/// Decodes a value whose named scalars nobody validates afterwards: the first that breaks its contract is an error.
pub(crate) fn decode_checked<'de, T, A>(text: &'de [u8], depth_max: usize, place: &str) -> Result<T, Violations>
where
    A: DeserializeAs<'de, T>,
{
    if exceeds_depth(text, depth_max) {
        return Err(violation(place, "", format!("is nested deeper than {depth_max}")));
    }
    let mut fast = serde_json::Deserializer::from_slice(text);
    let decoded = A::deserialize_as(Records(&mut fast)).and_then(|value| fast.end().map(|()| value));
    decoded.map_err(|error| locate::<T, A>(text, place, &error))
}

/// Says where a text that did not decode has its mistake.
fn locate<'de, T, A>(text: &'de [u8], place: &str, error: &serde_json::Error) -> Violations
where
    A: DeserializeAs<'de, T>,
{
    let message = without_position(error);
    if error.classify() != Category::Data {
        let (line, column) = (error.line(), error.column());
        return violation(place, "", format!("malformed JSON at line {line}, column {column}: {message}"));
    }
    let mut slow = serde_json::Deserializer::from_slice(text);
    let mut track = serde_path_to_error::Track::new();
    let again = A::deserialize_as(Records(serde_path_to_error::Deserializer::new(&mut slow, &mut track)));
    let mut below = match again {
        Ok(_) => String::new(),
        Err(_) => track.path().to_string(),
    };
    if below == "." {
        below.clear();
    }
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) if below.is_empty() => violation(place, field, "missing".to_owned()),
        Some(field) => violation(place, &format!("{below}.{field}"), "missing".to_owned()),
        None => violation(place, &below, message),
    }
}

fn violation(place: &str, below: &str, message: String) -> Violations {
    let joint = if below.is_empty() || place.is_empty() || below.starts_with('[') { "" } else { "." };
    let mut found = Violations::new();
    let path = shortened(format!("{place}{joint}{below}"));
    found.push(Violation { path, message: shortened(message) });
    found
}

/// The text without its middle, if it is long: serde's messages and paths repeat what the peer has sent.
fn shortened(text: String) -> String {
    if text.len() <= MESSAGE_BYTES_MAX {
        return text;
    }
    let (head, tail) = (text.floor_char_boundary(MESSAGE_BYTES_MAX / 2), text.len() - MESSAGE_BYTES_MAX / 2);
    format!("{}…{}", &text[..head], &text[text.ceil_char_boundary(tail)..])
}

/// serde_json's message without its " at line 1 column 2".
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(at) => message[..at].to_owned(),
        None => message,
    }
}

/// Whether the text nests deeper than `max`; looks at brackets only, outside of strings.
fn exceeds_depth(text: &[u8], max: usize) -> bool {
    // Most texts are too short, or have fewer brackets than may be open at once.
    if text.len() <= max || text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() <= max {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > max {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
