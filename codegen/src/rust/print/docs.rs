//! Documentation: an attribute in the tokens, a comment in the text.

use super::flat::{Flat, Kind, Token};

/// Makes a comment of the attribute that begins at this token and is the last, if it is documentation of one line.
pub(super) fn line(flat: &mut Flat, hash: usize) {
    let [_, _, name, equals, literal, _] = &flat.tokens[hash..] else { return };
    let token = |token: &Token| &flat.text[token.start..token.end];
    if token(name) != "doc" || token(equals) != "=" {
        return;
    }
    let Some(said) = value(token(literal)).filter(|said| is_comment(said)) else { return };
    let start = flat.tokens[hash].start;
    let breaks = flat.tokens[hash].breaks;
    flat.tokens.truncate(hash);
    flat.text.truncate(start);
    flat.text.push_str("///");
    flat.text.push_str(&said);
    flat.tokens.push(Token { kind: Kind::Doc, partner: hash, start, end: flat.text.len(), breaks });
    flat.break_before(hash);
}

/// Whether a comment says it as it is: on one line, and not as `////`, which documents nothing.
fn is_comment(said: &str) -> bool {
    !said.starts_with('/') && !said.contains(['\n', '\r'])
}

/// What a literal of text says; none where it is written in a way that no generator does.
fn value(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let raw = raw.trim_matches('#');
        return Some(raw.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        said.push_str(&rest[..at]);
        let (letter, behind) = escaped(&rest[at + 1..])?;
        said.push(letter);
        rest = behind;
    }
    said.push_str(rest);
    Some(said)
}

/// The letter that an escape stands for, and what is behind it.
fn escaped(text: &str) -> Option<(char, &str)> {
    let mut letters = text.chars();
    let letter = match letters.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        'u' => {
            let (digits, behind) = text.strip_prefix("u{")?.split_once('}')?;
            return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, behind));
        }
        letter @ ('\\' | '"' | '\'') => letter,
        _ => return None,
    };
    Some((letter, letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn literals_are_read_as_they_are_written() {
        for said in ["", " plain", " \"quoted\" \\ and 'so'", "\u{7}\t\0 é", " # Errors"] {
            assert_eq!(value(&proc_macro2::Literal::string(said).to_string()).as_deref(), Some(said));
        }
        assert_eq!(value(r###"r#" a "b" "#"###).as_deref(), Some(" a \"b\" "));
    }
}
