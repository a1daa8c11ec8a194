//! Which brackets are open, and which of them were forgotten.

use super::lexer::TokenKind;

/// How deep brackets may nest: what parses them recurses.
pub(super) const NESTING_MAX: usize = 64;

/// The open brackets at a place of the text, outermost first.
#[derive(Default)]
pub(super) struct Brackets {
    open: Vec<Open>,
    /// Brackets opened behind the limit; only counted, so that memory stays bounded.
    too_deep: usize,
    /// Open `<` of type arguments, those around the innermost bracket included.
    angles: usize,
}

/// An open bracket.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) kind: TokenKind,
    /// The number of its token.
    pub(super) token: usize,
    /// The indentation of the line it stands on.
    pub(super) indent: u32,
    /// How many `<` were open around it.
    angles: usize,
}

/// What a token does to the brackets.
pub(super) enum Step {
    /// Nothing.
    None,
    Opened,
    /// It closes this one; those opened later were left open.
    Closed(Open, Vec<Open>),
    /// It closes nothing.
    Unopened,
    /// It opens one too many.
    TooDeep,
}

impl Brackets {
    pub(super) fn depth(&self) -> usize {
        self.open.len() + self.too_deep
    }

    pub(super) fn open(&self) -> &[Open] {
        &self.open
    }

    /// Goes over one token that stands on a line so far indented.
    pub(super) fn step(&mut self, kind: TokenKind, token: usize, indent: u32) -> Step {
        match closer(kind) {
            Some(_) if self.depth() + self.angles >= NESTING_MAX => {
                self.too_deep += 1;
                if self.too_deep == 1 { Step::TooDeep } else { Step::Opened }
            }
            Some(_) => {
                self.open.push(Open { kind, token, indent, angles: self.angles });
                Step::Opened
            }
            None if is_closer(kind) => self.close(kind),
            None => self.angle(kind),
        }
    }

    fn close(&mut self, kind: TokenKind) -> Step {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Step::None;
        }
        let Some(at) = self.open.iter().rposition(|open| closer(open.kind) == Some(kind)) else {
            return Step::Unopened;
        };
        let left_open = self.open.split_off(at + 1);
        let Some(open) = self.open.pop() else { return Step::Unopened };
        self.angles = open.angles;
        Step::Closed(open, left_open)
    }

    /// A `<` counts as type arguments until something shows that it compares.
    fn angle(&mut self, kind: TokenKind) -> Step {
        match kind {
            TokenKind::Less => self.angles += 1,
            TokenKind::Greater => self.angles = self.angles.saturating_sub(1).max(self.angles_outside()),
            _ => return Step::None,
        }
        let is_first_too_deep = kind == TokenKind::Less && self.depth() + self.angles == NESTING_MAX + 1;
        if is_first_too_deep { Step::TooDeep } else { Step::None }
    }

    fn angles_outside(&self) -> usize {
        self.open.last().map_or(0, |open| open.angles)
    }

    /// Two words in a row that no type has: what was counted as type arguments was not.
    pub(super) fn no_type_here(&mut self) {
        self.angles = self.angles_outside();
    }
}

/// The bracket that closes this one, if it is one that opens.
pub(super) fn closer(kind: TokenKind) -> Option<TokenKind> {
    Some(match kind {
        TokenKind::LeftBrace => TokenKind::RightBrace,
        TokenKind::LeftBracket => TokenKind::RightBracket,
        TokenKind::LeftParen => TokenKind::RightParen,
        _ => return None,
    })
}

fn is_closer(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::RightBrace | TokenKind::RightBracket | TokenKind::RightParen)
}
