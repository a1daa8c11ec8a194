//! What each word of a file is, to be coloured by.

use super::names::{Names, SymbolKind};
use crate::source::{FileId, Span};
use crate::syntax::lexer::{Token, TokenKind};

/// A stretch of one colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where; never over the end of a line.
    pub span: Span,
    /// As what.
    pub kind: HighlightKind,
    /// Whether it is declared here.
    pub declares: bool,
}

/// What a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighlightKind {
    /// A name that is declared somewhere.
    Name(SymbolKind),
    /// A type that the language has.
    BuiltIn,
    /// A word of the language.
    Keyword,
    /// `// …`
    Comment,
    /// `/// …`
    Docs,
    /// `"…"`
    Text,
    /// `/…/`
    Regex,
    /// A number, perhaps with its unit.
    Number,
    /// `@name`
    Annotation,
}

/// Every word that the grammar knows, each special only where the grammar admits it.
pub const KEYWORDS: &[&str] = &[
    "package",
    "version",
    "import",
    "as",
    "scalar",
    "record",
    "was",
    "fault",
    "event",
    "key",
    "extern",
    "closed",
    "open",
    "enum",
    "union",
    "tagged",
    "by",
    "service",
    "bind",
    "to",
    "at",
    "example",
    "readonly",
    "stream",
    "draft",
    "patch",
    "or",
    "null",
    "where",
    "and",
    "length",
    "size",
    "value",
    "in",
    "matches",
    "one_of",
    "format",
    "multiple_of",
    "unique",
    "fails",
    "safe",
    "idempotent",
    "keyed",
    "once",
    "oneway",
    "emits",
    "public",
    "auth",
    "any",
    "of",
    "scopes",
    "scope",
    "role",
    "policy",
    "deprecated",
    "until",
    "on",
    "not",
    "without",
    "given",
    "gives",
];

impl Names<'_> {
    /// The colours of a file, in order.
    pub fn colours(&self, file: FileId) -> Vec<Highlight> {
        let Some(index) = self.index_of(file) else { return Vec::new() };
        let text = self.sources[file].text();
        let tokens = &self.trees[index].tree.tokens;
        let mut uses = self.uses[index].iter().peekable();
        let mut found = Vec::new();
        for (position, token) in tokens.iter().enumerate() {
            let span = Span { file, start: token.start, end: token.end };
            // A use within a text (`"/{id}"`) keeps the text in one colour.
            while uses.peek().is_some_and(|it| it.span.start < token.start) {
                uses.next();
            }
            let named = uses.next_if(|it| it.span.start < token.end);
            let kind = match named {
                Some(it) if matches!(token.kind, TokenKind::Word | TokenKind::Quoted) => {
                    Some((HighlightKind::Name(self.symbol(it.symbol).kind), it.declares))
                }
                _ => kind_of(text, tokens, position).map(|kind| (kind, false)),
            };
            if let Some((kind, declares)) = kind {
                found.push(Highlight { span, kind, declares });
            }
        }
        found
    }
}

fn kind_of(text: &str, tokens: &[Token], position: usize) -> Option<HighlightKind> {
    let token = tokens[position];
    let word = &text[token.range()];
    Some(match token.kind {
        TokenKind::Comment => HighlightKind::Comment,
        TokenKind::Doc => HighlightKind::Docs,
        TokenKind::Text | TokenKind::OpenText => HighlightKind::Text,
        TokenKind::Regex | TokenKind::OpenRegex => HighlightKind::Regex,
        TokenKind::Number => HighlightKind::Number,
        TokenKind::Word if position > 0 && tokens[position - 1].kind == TokenKind::At => HighlightKind::Annotation,
        TokenKind::Word if is_name(tokens, position) => return None,
        TokenKind::Word if crate::contract::ScalarType::named(word).is_some() => HighlightKind::BuiltIn,
        TokenKind::Word if matches!(word, "map" | "set") => HighlightKind::BuiltIn,
        TokenKind::Word if is_keyword(word) => HighlightKind::Keyword,
        _ => return None,
    })
}

/// Whether a word is a name whatever it says: before a colon.
fn is_name(tokens: &[Token], position: usize) -> bool {
    let mut behind = tokens[position + 1..].iter().filter(|token| token.is_significant());
    behind.next().is_some_and(|token| token.kind == TokenKind::Colon)
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || crate::syntax::POLICY_WORDS.contains(&word) || matches!(word, "true" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keywords_are_those_of_the_grammar() {
        let grammar = include_str!("../syntax/loom.pest");
        let rules = grammar.lines().filter_map(|line| line.strip_prefix("kw_")?.split_once(' ').map(|it| it.0));
        let mut rules: Vec<&str> = rules.collect();
        let mut keywords = KEYWORDS.to_vec();
        rules.sort_unstable();
        keywords.sort_unstable();
        assert_eq!(keywords, rules);
    }
}
