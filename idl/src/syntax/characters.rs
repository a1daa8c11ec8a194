//! Mistakes of single tokens: text that does not end, and characters that hide what a text says.

use super::lexer::TokenKind;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// Reports forbidden characters, and strings and regexes that do not end on their line.
pub(super) fn check(view: &View<'_>, report: &mut Report) {
    forbidden(view, report);
    for token in view.tokens() {
        let (what, end) = match token.kind {
            TokenKind::OpenText => ("string", "\""),
            TokenKind::OpenRegex => ("regex", "/"),
            _ => continue,
        };
        let span = Span { file: view.file, start: token.start, end: token.end };
        let message = format!("this {what} does not end on its line");
        let help = format!("end it with `{end}`");
        let diagnostic = Diagnostic::new(&codes::UNCLOSED_TEXT, span, message).help(help);
        report.push(match likely_end(&view.text[token.range()]) {
            Some(length) => {
                let at = Span { start: token.start + length as u32, ..span }.before();
                diagnostic.fix(format!("end it with `{end}`"), at, end)
            }
            None => diagnostic,
        });
    }
}

/// Where a text that does not end most likely should have: before the brackets and commas that end its line, unless there are
/// such in it as well.
fn likely_end(text: &str) -> Option<usize> {
    const AROUND: [char; 5] = [' ', ',', ')', ']', '}'];
    let inside = text.trim_end_matches(AROUND);
    (inside.len() > 1 && !inside.ends_with('\\') && !inside.contains([',', ')', ']', '}', '{'])).then_some(inside.len())
}

fn forbidden(view: &View<'_>, report: &mut Report) {
    if !view.text.bytes().any(|byte| FIRST_BYTES.contains(&byte)) {
        return;
    }
    let mut found = view.text.char_indices().filter(|&(_, character)| is_forbidden(character)).peekable();
    while let Some((start, first)) = found.next() {
        let mut end = start + first.len_utf8();
        // A run of them is one mistake.
        while let Some((at, character)) = found.next_if(|&(at, _)| at == end) {
            end = at + character.len_utf8();
        }
        let message = match first {
            '\0' => "a NUL byte stands here".to_owned(),
            _ => format!("U+{:04X} stands here, which changes how the text is shown", u32::from(first)),
        };
        let span = Span::new(view.file, start, end);
        let help = format!("in a string, write `\\u{{{:X}}}`", u32::from(first));
        report.push(Diagnostic::new(&codes::FORBIDDEN_CHARACTER, span, message).help(help).fix("remove it", span, ""));
    }
}

/// Each of the forbidden characters begins with one of these, which few texts have.
const FIRST_BYTES: [u8; 3] = [0, 0xd8, 0xe2];

/// NUL, and the controls that change the direction in which text is shown.
pub(crate) fn is_forbidden(character: char) -> bool {
    matches!(character, '\0' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_are_known_by_their_first_bytes() {
        for character in (char::MIN..=char::MAX).filter(|&it| is_forbidden(it)) {
            assert!(FIRST_BYTES.contains(&character.to_string().as_bytes()[0]), "{character:?}");
        }
    }
}
