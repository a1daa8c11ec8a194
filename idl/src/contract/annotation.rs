//! Annotations: what the contract says to one target only.

use super::{At, Literal};

/// `@json("orderId")`, `@sensitive`: kept as written, checked against the schemas of their targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// `json`
    pub name: String,
    /// In the order written; those written `key: value` have a name. A bare word is its text.
    pub arguments: Vec<(Option<String>, Literal)>,
    /// Whether one bare word stands in its brackets: `@json(number)`, not `@json("number")`.
    pub is_word: bool,
    /// All of it.
    pub at: At,
}

/// The annotations of one declaration or member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations(pub Vec<Annotation>);

impl Annotations {
    /// The first of that name.
    pub fn named(&self, name: &str) -> Option<&Annotation> {
        self.0.iter().find(|annotation| annotation.name == name)
    }

    /// Whether there is one of that name.
    pub fn has(&self, name: &str) -> bool {
        self.named(name).is_some()
    }
}
