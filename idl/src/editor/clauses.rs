//! What a wire's clauses say of a contract's names: asked of whoever knows the wire.

use crate::source::Span;
use crate::syntax::tree::{Path, Term};

/// The vocabularies of wires and annotations, as far as an editor wants to know them.
pub trait Clauses {
    /// The names in the clauses of an entry: places of inputs, faults and fields.
    fn mentions(&self, wire: &str, terms: &[Term]) -> Vec<Mention>;

    /// The words that begin a clause of an entry on this wire.
    fn words(&self, wire: &str) -> Vec<Word>;

    /// The words that may follow another one: `sse` behind `as`.
    fn words_behind(&self, wire: &str, word: &str) -> Vec<Word>;

    /// The annotations that there are, without `@`.
    fn annotations(&self) -> Vec<Word>;
}

/// A word that may be written, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub word: String,
    /// How it is written in full: `header "X" = input`.
    pub form: String,
}

/// A name in a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// An input of the operation.
    Input {
        /// Its name.
        name: String,
        /// Where it stands.
        at: Span,
    },
    /// A fault, perhaps with its package.
    Fault {
        /// Where it stands, with its package.
        at: Span,
    },
    /// A way through the fields of an event.
    Field(Path),
    /// A text with inputs in braces, such as `"/{id}"`; the place holds the quotes.
    Variables(Span),
}

/// Knows no wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoClauses;

impl Clauses for NoClauses {
    fn mentions(&self, _: &str, _: &[Term]) -> Vec<Mention> {
        Vec::new()
    }

    fn words(&self, _: &str) -> Vec<Word> {
        Vec::new()
    }

    fn words_behind(&self, _: &str, _: &str) -> Vec<Word> {
        Vec::new()
    }

    fn annotations(&self) -> Vec<Word> {
        Vec::new()
    }
}
