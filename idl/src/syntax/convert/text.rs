//! Strings and regexes: what is between the quotes, unescaped.

use pest::iterators::Pair;

use super::Converter;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::Text;

impl Converter<'_, '_> {
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> Text {
        let span = self.span(pair);
        let inside = inside(pair.as_str());
        let mut value = String::with_capacity(inside.len());
        let mut rest = inside;
        while let Some(at) = rest.find('\\') {
            value.push_str(&rest[..at]);
            let escape = &rest[at..];
            let length = match unescape(escape) {
                Ok((character, length)) => {
                    value.push(character);
                    length
                }
                Err(length) => {
                    let start = span.start as usize + 1 + inside.len() - escape.len();
                    self.unknown_escape(Span::new(span.file, start, start + length));
                    length
                }
            };
            rest = &escape[length..];
        }
        value.push_str(rest);
        Text { value, span }
    }

    /// In a regex only `\/` is ours; every other backslash belongs to the regex.
    pub(super) fn regex(&self, pair: &Pair<'_, Rule>) -> Text {
        let mut value = String::with_capacity(pair.as_str().len());
        let mut characters = inside(pair.as_str()).chars();
        while let Some(character) = characters.next() {
            match (character, characters.clone().next()) {
                ('\\', Some('/')) => {}
                ('\\', Some(escaped)) => {
                    characters.next();
                    value.extend(['\\', escaped]);
                }
                _ => value.push(character),
            }
        }
        Text { value, span: self.span(pair) }
    }

    fn unknown_escape(&mut self, span: Span) {
        let message = format!("`{}` is not an escape", self.written(span));
        let (piece, right) = self.meant_escape(span);
        let help = "escapes are `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t` and `\\u{1F600}`";
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ESCAPE, span, message).help(help);
        self.out.push(diagnostic.fix(format!("write `{right}`"), piece, right));
    }

    /// What was meant by an escape of another language, and all that it takes: `\u00e9` is `\u{00e9}`, `\d` a backslash and `d`.
    fn meant_escape(&self, span: Span) -> (Span, String) {
        let escape = &self.view.text[span.start as usize - self.shift..];
        let digits = match escape.as_bytes().get(1) {
            Some(b'u') => 4,
            Some(b'x') => 2,
            _ => 0,
        };
        let code = escape.get(2..2 + digits).unwrap_or_default();
        let character = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        if character.is_some() && code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return (Span { end: span.start + 2 + digits as u32, ..span }, format!("\\u{{{code}}}"));
        }
        let written = self.written(span);
        let right = match written {
            "\\'" | "\\/" | "\\`" | "\\$" => written[1..].to_owned(),
            "\\0" => "\\u{0}".to_owned(),
            _ => format!("\\{written}"),
        };
        (span, right)
    }
}

fn inside(quoted: &str) -> &str {
    &quoted[1..quoted.len() - 1]
}

/// The character that an escape stands for and the escape's length; the length alone where it stands for none.
fn unescape(escape: &str) -> Result<(char, usize), usize> {
    let letter = escape[1..].chars().next().ok_or(1usize)?;
    let plain = match letter {
        '"' | '\\' => Some(letter),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        _ => None,
    };
    if let Some(plain) = plain {
        return Ok((plain, 2));
    }
    let length = 1 + letter.len_utf8();
    let Some(braced) = escape.strip_prefix("\\u{") else { return Err(length) };
    let Some(digits) = braced.find('}') else { return Err(length) };
    let length = "\\u{}".len() + digits;
    if digits > 6 || !braced[..digits].bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(length);
    }
    let character = u32::from_str_radix(&braced[..digits], 16).ok().and_then(char::from_u32);
    character.map(|character| (character, length)).ok_or(length)
}
