//! What is being typed, as far as tokens tell: in which item, in which brackets, behind which words.

use crate::syntax::lexer::{self, TokenKind};
use crate::syntax::{self, Next};

/// A token of the item, without what means nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece<'t> {
    pub(super) kind: Option<TokenKind>,
    pub(super) text: &'t str,
}

/// The text before a place, from the item that it ends in.
#[derive(Debug)]
pub(super) struct Context<'t> {
    pub(super) next: Next,
    /// From the item's keyword.
    pub(super) pieces: Vec<Piece<'t>>,
    /// The pieces that open the brackets around the place, outermost first.
    pub(super) open: Vec<usize>,
}

impl<'t> Context<'t> {
    pub(super) fn new(before: &'t str) -> Context<'t> {
        let next = syntax::next(before);
        let item = match next.item {
            Some(_) => &before[next.item_at..],
            None => "",
        };
        let tokens = lexer::lex(item).into_iter().filter(|token| token.is_significant());
        let pieces: Vec<Piece<'t>> =
            tokens.map(|token| Piece { kind: Some(token.kind), text: &item[token.range()] }).collect();
        let open = open(&pieces, pieces.len());
        Context { next, pieces, open }
    }

    /// The keyword of the item.
    pub(super) fn item(&self) -> &str {
        self.next.item.as_deref().unwrap_or_default()
    }

    /// The last piece.
    pub(super) fn previous(&self) -> Piece<'t> {
        self.piece_back(1)
    }

    /// The piece so far back, from 1.
    pub(super) fn piece_back(&self, back: usize) -> Piece<'t> {
        self.pieces.len().checked_sub(back).map_or_else(Piece::default, |index| self.pieces[index])
    }

    /// The words joined by dots that end the pieces before `end`, outermost first.
    pub(super) fn path_before(&self, end: usize) -> Vec<&'t str> {
        let mut path = Vec::new();
        let mut at = end;
        while let Some(index) = at.checked_sub(1) {
            let piece = self.pieces[index];
            if !matches!(piece.kind, Some(TokenKind::Word | TokenKind::Quoted)) {
                break;
            }
            path.push(piece.text.trim_matches('`'));
            match index.checked_sub(1) {
                Some(dot) if self.pieces[dot].text == "." => at = dot,
                _ => break,
            }
        }
        path.reverse();
        path
    }

    /// The name behind the item's keyword, and what is joined to it by dots.
    pub(super) fn head(&self) -> Vec<&'t str> {
        let words = self.pieces.iter().skip_while(|it| !is_item_word(it.text)).skip_while(|it| is_item_word(it.text));
        let is_head = |it: &&Piece<'_>| matches!(it.kind, Some(TokenKind::Word | TokenKind::Quoted)) || it.text == ".";
        words.take_while(is_head).filter(|it| it.text != ".").map(|it| it.text.trim_matches('`')).collect()
    }

    /// How deep the place is in brackets.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The bracket around the place, and what stands before it.
    pub(super) fn innermost(&self) -> Option<(&'t str, Piece<'t>)> {
        let index = *self.open.last()?;
        let before = index.checked_sub(1).map_or_else(Piece::default, |it| self.pieces[it]);
        Some((self.pieces[index].text, before))
    }

    /// The number of the last piece that satisfies something and stands directly in so many brackets.
    pub(super) fn last_at(&self, depth: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = 0;
        let mut found = None;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece.text {
                "{" | "[" | "(" => at += 1,
                "}" | "]" | ")" => at = usize::saturating_sub(at, 1),
                _ if at == depth && wanted(index) => found = Some(index),
                _ => {}
            }
        }
        found
    }

    /// Names that are declared in brackets opened at depth `depth` from piece `from` on: words before a colon.
    pub(super) fn names_in(&self, from: usize, depth: usize) -> Vec<&'t str> {
        let mut at: usize = 0;
        let mut found = Vec::new();
        for index in from..self.pieces.len() {
            match self.pieces[index].text {
                "{" | "[" | "(" => at += 1,
                "}" | "]" | ")" => at = at.saturating_sub(1),
                _ if at == depth && self.text(index + 1) == ":" => found.push(self.text(index).trim_matches('`')),
                _ => {}
            }
        }
        found
    }

    /// The fields that the item has so far.
    pub(super) fn declared_members(&self) -> impl Iterator<Item = &'t str> {
        self.names_in(0, 1).into_iter()
    }

    pub(super) fn text(&self, index: usize) -> &'t str {
        self.pieces.get(index).map_or("", |piece| piece.text)
    }

    /// The operation around or before the place in a service: the number of its name.
    pub(super) fn operation(&self) -> Option<usize> {
        self.last_at(1, |index| {
            let is_name = matches!(self.pieces[index].kind, Some(TokenKind::Word | TokenKind::Quoted));
            let head = self.text(index) != "keyed" || self.text(index + 3) == ":" || self.text(index + 2) == ")";
            is_name && self.text(index + 1) == "(" && head
        })
    }

    /// The word that a list of names goes on from: `fails` in `fails A, B,`.
    pub(super) fn list_word(&self) -> &'t str {
        let mut index = self.pieces.len();
        while let Some(at) = index.checked_sub(1) {
            let is_separator = matches!(self.text(at), "," | ".");
            let before_separator = matches!(self.text(at + 1), "," | ".");
            match is_separator {
                true => index = at,
                false if at + 1 == self.pieces.len() && !is_separator => return self.text(at),
                false if before_separator => index = at,
                false => return self.text(at),
            }
        }
        ""
    }

    /// Whether a word that the grammar admits makes sense here: it reads `stream` wherever it reads a type.
    pub(super) fn admits(&self, word: &str) -> bool {
        match word {
            "stream" | "draft" | "patch" => self.item() == "service",
            _ => true,
        }
    }
}

fn is_item_word(word: &str) -> bool {
    crate::syntax::ITEM_WORDS.contains(&word)
}

fn open(pieces: &[Piece<'_>], end: usize) -> Vec<usize> {
    let mut open = Vec::new();
    for (index, piece) in pieces[..end].iter().enumerate() {
        match piece.text {
            "{" | "[" | "(" => open.push(index),
            "}" | "]" | ")" => drop(open.pop()),
            _ => {}
        }
    }
    open
}
