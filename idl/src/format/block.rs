//! Brackets with parts in them: on one line where that fits, else a part a line.

use super::build::{Builder, Step};
use crate::source::Span;
use crate::syntax::lexer::TokenKind;

/// What stands behind a part of a block that is not its last.
#[derive(Clone, Copy)]
pub(super) enum After {
    /// What the block says.
    Usual,
    /// A comma in any case: without it, the next part would be read as more of this one.
    Comma,
}

/// What stands between the parts of a block.
#[derive(Clone, Copy)]
pub(super) enum Separator {
    None,
    Comma,
    CommaIfFlat,
}

/// A kind of block.
pub(super) struct Block {
    open: TokenKind,
    close: TokenKind,
    open_text: &'static str,
    close_text: &'static str,
    separator: Separator,
    /// Whether blanks stand inside the brackets: `{ a }`.
    is_wide: bool,
    /// Whether a block that was written on several lines stays so.
    keeps_lines: bool,
    is_broken: bool,
}

impl Block {
    const BRACES: Block = Block {
        open: TokenKind::LeftBrace,
        close: TokenKind::RightBrace,
        open_text: "{",
        close_text: "}",
        separator: Separator::CommaIfFlat,
        is_wide: true,
        keeps_lines: true,
        is_broken: false,
    };

    /// `{ a, b }`, or a part a line without commas.
    pub(super) const MEMBERS: Block = Block::BRACES;

    /// `{`, a part a line, `}`
    pub(super) const SERVICE: Block = Block { separator: Separator::None, is_broken: true, ..Block::BRACES };

    /// `{ a b }`, or a part a line.
    pub(super) const EXAMPLE: Block = Block { separator: Separator::None, ..Block::BRACES };

    /// `{A, B}` behind an import's path.
    pub(super) const NAMES: Block =
        Block { separator: Separator::Comma, is_wide: false, keeps_lines: false, ..Block::BRACES };

    /// `(a, b)`
    pub(super) const INPUTS: Block = Block {
        open: TokenKind::LeftParen,
        close: TokenKind::RightParen,
        open_text: "(",
        close_text: ")",
        ..Block::NAMES
    };

    /// `[a, b]`
    pub(super) const LIST: Block = Block {
        open: TokenKind::LeftBracket,
        close: TokenKind::RightBracket,
        open_text: "[",
        close_text: "]",
        ..Block::NAMES
    };
}

impl Builder<'_> {
    /// The next bracket, with parts in it: `{ a, b }` where it fits, else a part a line.
    pub(super) fn block(&mut self, style: &Block, count: usize, part: impl FnMut(&mut Self, usize) -> After) {
        self.block_from(self.here(), style, count, part);
    }

    /// The first bracket of a place.
    pub(super) fn block_in(
        &mut self,
        place: Span,
        style: &Block,
        count: usize,
        part: impl FnMut(&mut Self, usize) -> After,
    ) {
        self.block_from(place.start, style, count, part);
    }

    fn block_from(
        &mut self,
        offset: u32,
        style: &Block,
        count: usize,
        mut part: impl FnMut(&mut Self, usize) -> After,
    ) {
        let (open, close) = self.brackets(offset, style.open, style.close);
        let was_broken = style.keeps_lines && self.has_newline(open, close);
        if count == 0 && (self.holds || !self.has_comment_before(close)) {
            self.text(style.open_text);
            self.text(style.close_text);
            return self.reach(close + 1);
        }
        self.push(Step::Begin { broken: style.is_broken || count > 0 && was_broken });
        self.text(style.open_text);
        self.push(Step::Indent);
        self.push(Step::Line { blank: style.is_wide, may_be_apart: false });
        for index in 0..count {
            let after = part(self, index);
            if index + 1 < count {
                match (after, style.separator) {
                    (After::Comma, _) | (After::Usual, Separator::Comma) => self.text(","),
                    (After::Usual, Separator::CommaIfFlat) => self.push(Step::IfFlat(",")),
                    (After::Usual, Separator::None) => {}
                }
                self.push(Step::Line { blank: true, may_be_apart: true });
            }
        }
        self.reach(close);
        self.push(Step::Dedent);
        self.push(Step::Line { blank: style.is_wide, may_be_apart: false });
        self.text(style.close_text);
        self.push(Step::End);
        self.reach(close + 1);
    }
}
