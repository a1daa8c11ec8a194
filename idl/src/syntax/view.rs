//! The significant tokens of a file, by number: what boundaries and messages are found with.

use super::lexer::{Token, TokenKind};
use crate::source::{FileId, Span};

/// A file's text and tokens; significant tokens are counted from 0.
pub(super) struct View<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    tokens: &'t [Token],
    /// For each significant token its index in `tokens`.
    significant: Vec<u32>,
}

impl<'t> View<'t> {
    pub(super) fn new(file: FileId, text: &'t str, tokens: &'t [Token]) -> View<'t> {
        let numbered = (0u32..).zip(tokens);
        let significant = numbered.filter(|(_, token)| token.is_significant()).map(|(index, _)| index).collect();
        View { file, text, tokens, significant }
    }

    /// How many significant tokens there are.
    pub(super) fn len(&self) -> usize {
        self.significant.len()
    }

    /// All tokens, blanks and comments included.
    pub(super) fn tokens(&self) -> &'t [Token] {
        self.tokens
    }

    pub(super) fn token(&self, number: usize) -> Option<Token> {
        self.significant.get(number).map(|&index| self.tokens[index as usize])
    }

    pub(super) fn kind(&self, number: usize) -> Option<TokenKind> {
        self.token(number).map(|token| token.kind)
    }

    /// The text of a token; empty behind the end.
    pub(super) fn str(&self, number: usize) -> &'t str {
        self.token(number).map_or("", |token| &self.text[token.range()])
    }

    /// The place of a token; behind the last one, the place just behind it.
    pub(super) fn span(&self, number: usize) -> Span {
        match self.token(number) {
            Some(token) => Span { file: self.file, start: token.start, end: token.end },
            None => match self.significant.last() {
                Some(&last) => {
                    let end = self.tokens[last as usize].end;
                    Span { file: self.file, start: end, end }
                }
                None => Span { file: self.file, start: 0, end: 0 },
            },
        }
    }

    /// The number of the significant token that holds `offset`, or of the next one behind it.
    pub(super) fn holding(&self, offset: usize) -> usize {
        self.significant.partition_point(|&index| (self.tokens[index as usize].end as usize) <= offset)
    }

    /// Where the last significant token before `offset` ends.
    pub(super) fn end_before(&self, offset: usize) -> usize {
        let behind = self.significant.partition_point(|&index| (self.tokens[index as usize].end as usize) <= offset);
        behind.checked_sub(1).map_or(0, |last| self.tokens[self.significant[last] as usize].end as usize)
    }

    /// Whether a token is the first one on its line.
    pub(super) fn starts_line(&self, number: usize) -> bool {
        let Some(previous) = number.checked_sub(1) else { return true };
        let between = self.significant[previous] as usize + 1..self.significant[number] as usize;
        self.tokens[between].iter().any(|token| self.text[token.range()].contains('\n'))
    }

    /// How far the line of a token that starts it is indented, in bytes.
    pub(super) fn indent(&self, number: usize) -> u32 {
        let start = self.span(number).start as usize;
        let blank = self.text[..start].bytes().rev().take_while(|byte| matches!(byte, b' ' | b'\t'));
        blank.count() as u32
    }

    /// Whether a token is a name, or was meant to be one.
    pub(super) fn is_name(&self, number: usize) -> bool {
        matches!(self.kind(number), Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Foreign))
    }
}
