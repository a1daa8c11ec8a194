//! A cursor over the terms of one entry of a binding: what every wire reads its clauses with.
//!
//! It knows forms, not words: what begins a clause and what a clause is made of is said by each vocabulary.

use wireloom_idl::contract::At;
use wireloom_idl::syntax::tree::{Path, Term, TermKind, Text, Value, ValueKind};

/// The terms that are left.
pub(super) struct Terms<'t> {
    left: &'t [Term],
}

impl<'t> Terms<'t> {
    pub(super) fn new(terms: &'t [Term]) -> Terms<'t> {
        Terms { left: terms }
    }

    /// The next term, whatever it is.
    pub(super) fn take(&mut self) -> Option<&'t Term> {
        self.take_if(Some)
    }

    /// What the next term is.
    pub(super) fn peek(&self) -> Option<&'t TermKind> {
        self.left.first().map(|term| &term.kind)
    }

    /// What is made of the next term, which is taken if something is.
    pub(super) fn take_if<T>(&mut self, make: impl FnOnce(&'t Term) -> Option<T>) -> Option<T> {
        let (first, left) = self.left.split_first()?;
        let made = make(first)?;
        self.left = left;
        Some(made)
    }

    /// `"text"`
    pub(super) fn text(&mut self) -> Option<Text> {
        self.take_if(|term| match value(term)? {
            Value { kind: ValueKind::Text(text), span, .. } => Some(Text { value: text.clone(), span: *span }),
            _ => None,
        })
    }

    /// The digits of `1_000`, without what parts them.
    pub(super) fn number(&mut self) -> Option<(String, At)> {
        self.take_if(|term| match value(term)? {
            Value { kind: ValueKind::Number(digits), span, .. } => Some((digits.replace('_', ""), *span)),
            _ => None,
        })
    }

    /// `order.id`
    pub(super) fn path(&mut self) -> Option<&'t Path> {
        self.take_if(|term| match &term.kind {
            TermKind::Path(path) => Some(path),
            _ => None,
        })
    }

    /// This very word.
    pub(super) fn word(&mut self, word: &str) -> Option<()> {
        self.take_if(|term| matches!(&term.kind, TermKind::Path(path) if path.text() == word).then_some(()))
    }

    /// `=`
    pub(super) fn equals(&mut self) -> Option<()> {
        self.take_if(|term| matches!(term.kind, TermKind::Equals).then_some(()))
    }

    /// `->`
    pub(super) fn arrow(&mut self) -> Option<()> {
        self.take_if(|term| matches!(term.kind, TermKind::Arrow).then_some(()))
    }

    /// Goes on at the next term that begins a clause, so that one mistake is reported once.
    pub(super) fn skip_to(&mut self, begins: impl Fn(&TermKind) -> bool) {
        while self.peek().is_some_and(|kind| !begins(kind)) {
            self.take();
        }
    }
}

fn value(term: &Term) -> Option<&Value> {
    match &term.kind {
        TermKind::Value(value) => Some(value),
        _ => None,
    }
}
