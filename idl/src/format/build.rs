//! What is to be laid out: texts, places where lines may break, and comments.
//!
//! The [`Builder`] walks over the tokens while the tree is walked: before the text of a token goes out, so do the
//! comments that stood before that token.

use crate::source::Span;
use crate::syntax::lexer::{Token, TokenKind};

/// One step of a layout.
#[derive(Debug)]
pub(super) enum Step {
    /// Text, and whether an empty line stood before it.
    Text(String, bool),
    /// A comment, which ends its line.
    Comment { text: String, is_trailing: bool, is_apart: bool },
    /// A blank that is no place to break.
    Space,
    /// A line break in a broken group; in a flat one, a blank or nothing.
    Line { blank: bool, may_be_apart: bool },
    /// A line break in any case.
    Break,
    /// Text in a flat group only.
    IfFlat(&'static str),
    /// A group begins, which is flat if it fits and is not to be broken.
    Begin { broken: bool },
    /// The group ends.
    End,
    /// Lines are one step further in from here.
    Indent,
    /// And back.
    Dedent,
}

/// A comment or a line of documentation.
#[derive(Debug)]
pub(super) struct Trivia<'t> {
    line: &'t str,
    pub(super) is_doc: bool,
    /// Whether it stands behind something on its line.
    pub(super) is_trailing: bool,
    /// Whether an empty line stands before it.
    pub(super) is_apart: bool,
}

impl Trivia<'_> {
    /// As it is written: documentation has one blank behind its slashes.
    pub(super) fn text(&self) -> String {
        match self.line.strip_prefix("///").filter(|_| self.is_doc) {
            Some("") => "///".to_owned(),
            Some(line) if line.starts_with(' ') => format!("///{line}"),
            Some(line) => format!("/// {line}"),
            None => self.line.to_owned(),
        }
    }
}

/// Collects the steps of one item after the other.
pub(super) struct Builder<'t> {
    text: &'t str,
    tokens: &'t [Token],
    /// The token up to which everything is told.
    at: usize,
    /// Whether comments wait: the parts are being told out of order.
    pub(super) holds: bool,
    steps: Vec<Step>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(text: &'t str, tokens: &'t [Token]) -> Builder<'t> {
        Builder { text, tokens, at: 0, holds: false, steps: Vec::new() }
    }

    /// The steps so far.
    pub(super) fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    pub(super) fn written(&self, span: Span) -> &'t str {
        &self.text[span.range()]
    }

    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Words or signs that carry no comments of their own. Blanks around them give way to a comment.
    pub(super) fn text(&mut self, text: &str) {
        if text.starts_with(' ') {
            self.space();
        }
        if text == " " {
            return;
        }
        self.steps.push(Step::Text(text.trim().to_owned(), false));
        if text.ends_with(' ') {
            self.space();
        }
    }

    pub(super) fn space(&mut self) {
        self.steps.push(Step::Space);
    }

    /// The comments before `offset`, and then that place is reached.
    pub(super) fn reach(&mut self, offset: u32) {
        if self.holds {
            return;
        }
        for trivia in self.trivia_before(offset) {
            let (is_trailing, is_apart) = (trivia.is_trailing, trivia.is_apart);
            self.steps.push(Step::Comment { text: trivia.text(), is_trailing, is_apart });
        }
    }

    /// A token, as it is written.
    pub(super) fn token(&mut self, span: Span) {
        self.token_as(span, self.written(span));
    }

    /// A token, written otherwise.
    pub(super) fn token_as(&mut self, span: Span, text: &str) {
        self.reach(span.start);
        let is_apart = self.is_apart(span.start);
        self.steps.push(Step::Text(text.to_owned(), is_apart));
    }

    /// The first token of a place, by its text.
    pub(super) fn begin(&mut self, place: Span, text: &str) {
        self.token_as(place.before(), text);
    }

    /// Tells parts in another order than they are written in; the comments among them follow before the next token.
    pub(super) fn reordered(&mut self, tell: impl FnOnce(&mut Builder<'t>)) {
        let outer = std::mem::replace(&mut self.holds, true);
        tell(self);
        self.holds = outer;
    }

    /// Comments and documentation from where we are to `offset`.
    pub(super) fn trivia_before(&mut self, offset: u32) -> Vec<Trivia<'t>> {
        let mut found = Vec::new();
        // Something stands before it on its line, unless the file begins here.
        let mut is_trailing = self.at > 0 && !self.is_fresh(self.at);
        let mut is_apart = self.at > 0 && self.newlines(self.at - 1) > 1;
        while let Some(token) = self.tokens.get(self.at).filter(|token| token.start < offset) {
            match token.kind {
                TokenKind::Blank => {
                    is_trailing &= self.newlines(self.at) == 0;
                    is_apart = self.newlines(self.at) > 1;
                }
                TokenKind::Comment | TokenKind::Doc => {
                    let line = self.text[token.range()].trim_end();
                    let is_doc = token.kind == TokenKind::Doc;
                    found.push(Trivia { line, is_doc, is_trailing: is_trailing && !is_doc, is_apart });
                    is_trailing = false;
                    is_apart = false;
                }
                _ => {
                    is_trailing = true;
                    is_apart = false;
                }
            }
            self.at += 1;
        }
        found
    }

    /// Whether only blanks stand before a token on its line.
    fn is_fresh(&self, token: usize) -> bool {
        let before = self.tokens[..token].last();
        before.is_none_or(|before| before.kind == TokenKind::Blank && self.text[before.range()].contains('\n'))
    }

    fn newlines(&self, token: usize) -> usize {
        let token = self.tokens[token];
        match token.kind {
            TokenKind::Blank => self.text[token.range()].matches('\n').count(),
            _ => 0,
        }
    }

    /// Whether an empty line stands before the token at `offset`.
    fn is_apart(&self, offset: u32) -> bool {
        let token = self.tokens.partition_point(|token| token.start < offset);
        token > 0 && self.newlines(token - 1) > 1
    }

    pub(super) fn has_newline(&self, start: u32, end: u32) -> bool {
        self.text[start as usize..end as usize].contains('\n')
    }

    /// The place of the token before a place.
    pub(super) fn token_before(&self, place: Span) -> Span {
        let here = self.tokens.partition_point(|token| token.start < place.start);
        let token = self.tokens[..here].iter().rfind(|token| token.is_significant());
        token.map_or(place, |token| Span { start: token.start, end: token.end, ..place })
    }

    /// Whether what ends at `offset` ends its line.
    pub(super) fn is_line_end(&self, offset: u32) -> bool {
        let rest = self.text[offset as usize..].trim_start_matches([' ', '\t', '\r']);
        rest.starts_with('\n') || rest.starts_with("//")
    }

    /// Whether what begins at `offset` begins its line.
    pub(super) fn begins_line(&self, offset: u32) -> bool {
        self.text[..offset as usize].trim_end_matches([' ', '\t']).ends_with('\n')
    }

    /// The first bracket of this kind from `offset` on, and its partner: their offsets.
    pub(super) fn brackets(&self, offset: u32, open: TokenKind, close: TokenKind) -> (u32, u32) {
        let mut depth = 0usize;
        let mut first = 0;
        let from = self.tokens.partition_point(|token| token.start < offset);
        for token in &self.tokens[from..] {
            if token.kind == open {
                if depth == 0 {
                    first = token.start;
                }
                depth += 1;
            } else if token.kind == close && depth > 0 {
                depth -= 1;
                if depth == 0 {
                    return (first, token.start);
                }
            }
        }
        unreachable!("a sound tree has its brackets closed")
    }

    /// Where we are.
    pub(super) fn here(&self) -> u32 {
        self.tokens.get(self.at).map_or(0, |token| token.start)
    }

    /// Whether a comment stands between here and `end`.
    pub(super) fn has_comment_before(&self, end: u32) -> bool {
        let tokens = self.tokens[self.at..].iter().take_while(|token| token.start < end);
        tokens.into_iter().any(|token| matches!(token.kind, TokenKind::Comment | TokenKind::Doc))
    }
}
