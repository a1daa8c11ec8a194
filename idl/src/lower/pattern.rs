//! Regular expressions: the subset that Rust's `regex` and ECMA-262 read alike.
//!
//! A contract's pattern is run by servers in Rust and by clients that hold its JSON Schema. What only one of the two
//! reads, or reads differently, is refused here. [`is_match`] runs a pattern over the values that stand in contracts.

mod run;

pub(super) use run::is_match;

use regex_syntax::ParserBuilder;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::Text;

/// What to say of a pattern that is not in the subset.
pub(super) fn check(text: &Text) -> Option<Diagnostic> {
    // Shown at the offending piece only where the source spells it as the pattern does: an escaped `/` shifts the rest.
    let straight = text.value.len() + 2 == (text.span.end - text.span.start) as usize;
    let place = |start: usize, end: usize| match straight {
        true => Span { start: text.span.start + 1 + start as u32, end: text.span.start + 1 + end as u32, ..text.span },
        false => text.span,
    };
    if let Some((start, end, why)) = foreign(&text.value) {
        let piece = &text.value[start..end];
        let message = format!("`{piece}` is not read alike everywhere: {why}");
        let diagnostic = Diagnostic::new(&codes::PATTERN_NOT_PORTABLE, place(start, end), message)
            .help("patterns run in servers and in browsers: use what Rust's `regex` and ECMA-262 share");
        return Some(match portable(&text.value[start..]).filter(|_| straight) {
            Some((length, right)) => diagnostic.fix(format!("write `{right}`"), place(start, start + length), right),
            None => diagnostic,
        });
    }
    let error = parser().parse(&text.value).err()?;
    let (span, what) = match &error {
        regex_syntax::Error::Parse(error) => (error.span(), error.kind().to_string()),
        regex_syntax::Error::Translate(error) => (error.span(), error.kind().to_string()),
        _ => return Some(Diagnostic::new(&codes::PATTERN_INVALID, text.span, "the pattern cannot be read")),
    };
    Some(Diagnostic::new(&codes::PATTERN_INVALID, place(span.start.offset, span.end.offset), what))
}

fn parser() -> regex_syntax::Parser {
    ParserBuilder::new().nest_limit(50).build()
}

/// The first piece that one of the two reads differently or not at all, and why.
fn foreign(pattern: &str) -> Option<(usize, usize, &'static str)> {
    let bytes = pattern.as_bytes();
    let (mut at, mut class, mut quantified) = (0, false, false);
    while at < bytes.len() {
        let rest = &pattern[at..];
        let found = match (bytes[at], class) {
            (b'\\', _) => escape(rest),
            (_, true) => inside_class(rest),
            (b'(', false) => group(rest),
            (b'*' | b'+' | b'?' | b'{', false) if quantified => match bytes[at] {
                b'?' => None,
                _ => Some((1, "a quantifier behind a quantifier is possessive, or an error")),
            },
            (b'{', false) if !is_repetition(rest) => Some((1, "a brace that is meant as such is written `\\{`")),
            (b'}' | b']', false) => Some((1, "a bracket that is meant as such has a `\\` before it")),
            _ => None,
        };
        if let Some((length, why)) = found {
            return Some((at, at + length, why));
        }
        (at, class, quantified) = step(rest, at, class, quantified);
    }
    None
}

/// Goes on behind one character, escape or repetition.
fn step(rest: &str, at: usize, class: bool, quantified: bool) -> (usize, bool, bool) {
    let letter = rest.chars().next().map_or(1, char::len_utf8);
    match rest.as_bytes()[0] {
        b'\\' => (at + escape_length(rest), class, false),
        b'[' if !class => (at + 1, true, false),
        b']' if class => (at + 1, false, false),
        b'{' if !class => (at + rest.find('}').map_or(1, |end| end + 1), false, true),
        b'*' | b'+' if !class => (at + 1, false, true),
        // Behind a quantifier `?` makes it lazy, and ends it.
        b'?' if !class => (at + 1, false, true),
        b'(' if !class && rest.starts_with("(?") => (at + 2, false, false),
        _ => (at + letter, class, quantified && class),
    }
}

/// How long an escape is, `\p{L}` and `\u{1F600}` with their braces.
fn escape_length(rest: &str) -> usize {
    let braced = rest[1..].starts_with(['p', 'P', 'u', 'x']) && rest[2..].starts_with('{');
    match rest.find('}') {
        Some(end) if braced => end + 1,
        _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
    }
}

fn escape(rest: &str) -> Option<(usize, &'static str)> {
    let next = rest[1..].chars().next()?;
    let why = match next {
        'A' | 'z' | 'Z' | 'G' => "write `^` and `$`",
        '1'..='9' => "there are no back-references",
        '0' => "a zero byte is written `\\x00`",
        'b' if rest[2..].starts_with('{') => "word boundaries are `\\b`",
        '<' | '>' => "angle brackets stand for themselves, without `\\`",
        'x' if rest[2..].starts_with('{') => "write `\\u{…}`",
        'U' => "write `\\u{…}`",
        'a' => "the bell is written `\\x07`",
        'p' | 'P' if !rest[2..].starts_with('{') => "write the class in braces: `\\p{L}`",
        'k' => "there are no back-references",
        'Q' | 'E' | 'K' | 'R' | 'X' | 'h' | 'H' => "it is known elsewhere only",
        _ => return None,
    };
    Some((1 + next.len_utf8(), why))
}

/// What both read in the place of a piece, and how long the piece is; none where it is not said by another one.
fn portable(rest: &str) -> Option<(usize, String)> {
    const POSIX: [(&str, &str); 8] = [
        ("[:alpha:]", "a-zA-Z"),
        ("[:digit:]", "0-9"),
        ("[:alnum:]", "a-zA-Z0-9"),
        ("[:upper:]", "A-Z"),
        ("[:lower:]", "a-z"),
        ("[:space:]", r"\s"),
        ("[:xdigit:]", "0-9a-fA-F"),
        ("[:word:]", r"\w"),
    ];
    if let Some((class, right)) = POSIX.iter().find(|(class, _)| rest.starts_with(class)) {
        return Some((class.len(), (*right).to_owned()));
    }
    const PIECES: [(&str, &str); 15] = [
        (r"\A", "^"),
        (r"\z", "$"),
        (r"\Z", "$"),
        (r"\0", r"\x00"),
        (r"\<", "<"),
        (r"\>", ">"),
        (r"\a", r"\x07"),
        (r"\x{", r"\u{"),
        (r"\U{", r"\u{"),
        (r"\h", r"[ \t]"),
        ("(?P<", "(?<"),
        ("{", r"\{"),
        ("}", r"\}"),
        ("]", r"\]"),
        ("[", r"\["),
    ];
    if let Some((piece, right)) = PIECES.iter().find(|(piece, _)| rest.starts_with(piece)) {
        return Some((piece.len(), (*right).to_owned()));
    }
    let class = rest.strip_prefix(r"\p").or(rest.strip_prefix(r"\P"))?.chars().next()?;
    class.is_ascii_alphabetic().then(|| (3, format!("{}{{{class}}}", &rest[..2])))
}

fn inside_class(rest: &str) -> Option<(usize, &'static str)> {
    let why = match rest.as_bytes() {
        [b'[', b':', ..] => "there are no POSIX classes: write `a-z`",
        [b'[', ..] => "a bracket inside of a class is written `\\[`",
        [b'&', b'&', ..] | [b'~', b'~', ..] => "classes are not combined",
        [b'-', b'-', ..] => "classes are not combined",
        _ => return None,
    };
    Some((2.min(rest.len()), why))
}

fn group(rest: &str) -> Option<(usize, &'static str)> {
    let why = match rest.as_bytes() {
        [b'(', b'?', b':', ..] => return None,
        [b'(', b'?', b'=' | b'!', ..] | [b'(', b'?', b'<', b'=' | b'!', ..] => "there is no look-around",
        [b'(', b'?', b'<', ..] => return None,
        [b'(', b'?', b'P', ..] => "a group is named `(?<name>…)`",
        [b'(', b'?', b'>', ..] => "there are no atomic groups",
        [b'(', b'?', ..] => "there are no flags: write both letters, `[aA]`",
        _ => return None,
    };
    let length = rest.find([':', ')', '=', '!', '>']).map_or(3, |end| end + 1).min(4);
    Some((length.min(rest.len()), why))
}

/// `{2}`, `{2,}`, `{2,3}`
fn is_repetition(rest: &str) -> bool {
    let Some(end) = rest.find('}') else { return false };
    let (low, high) = rest[1..end].split_once(',').unwrap_or((&rest[1..end], ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn verdict(pattern: &str) -> &'static str {
        let span = Span::new(FileId(0), 0, pattern.len() + 2);
        match check(&Text { value: pattern.to_owned(), span }) {
            None => "fine",
            Some(diagnostic) => diagnostic.code.name,
        }
    }

    #[test]
    fn the_common_subset_is_admitted() {
        let patterns = [
            "^[A-Z0-9-]{1,32}$",
            "a|b",
            "(?:x)+?",
            "(?<year>[0-9]+)",
            r"\d\w\s\b",
            r"\p{L}",
            r"[^\]\[]",
            r"\u{1F600}",
            "a{2,}?",
            r"^[^@\s]+@[^@\s]+$",
            r"a/b",
            "é+",
            "(a+)?",
            "[a-z]*-[a-z]*",
        ];
        for pattern in patterns {
            assert_eq!(verdict(pattern), "fine", "{pattern}");
        }
    }

    #[test]
    fn what_one_side_reads_otherwise_is_refused() {
        let patterns = [
            "(?i)a",
            "(?x) a",
            r"\Aa",
            r"a\z",
            "(?P<n>a)",
            "(?=a)",
            "(?<!a)",
            r"(a)\1",
            "a*+",
            "a++",
            "a{2}{3}",
            "[[:alpha:]]",
            "[a&&b]",
            "[a[b]]",
            "(?>a)",
            r"\pL",
            r"\x{41}",
            "a{,3}",
            "a]",
            "a}",
        ];
        for pattern in patterns {
            assert_eq!(verdict(pattern), "pattern-not-portable", "{pattern}");
        }
    }

    #[test]
    fn a_fix_is_read_alike_everywhere() {
        for (pattern, right) in [
            (r"\Aa", "^a"),
            (r"a\z", "a$"),
            ("(?P<n>a)", "(?<n>a)"),
            ("[[:alpha:]]", "[a-zA-Z]"),
            (r"\pL", r"\p{L}"),
            (r"\x{41}", r"\u{41}"),
            ("a{,3}", r"a\{,3}"),
            ("a]", r"a\]"),
        ] {
            let span = Span::new(FileId(0), 0, pattern.len() + 2);
            let fix = check(&Text { value: pattern.to_owned(), span }).and_then(|it| it.fix).unwrap();
            let edit = &fix.edits[0];
            let mut written = format!("/{pattern}/");
            written.replace_range(edit.span.range(), &edit.text);
            assert_eq!(written, format!("/{right}/"), "{pattern}");
        }
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        for pattern in ["(a", "a)", "[z-a]", "[a", "*a", "a{3,2}", "é(", r"\y"] {
            assert_eq!(verdict(pattern), "pattern-invalid", "{pattern}");
        }
    }
}
