//! Annotations: what the contract says to one target only.

use super::{At, Literal};
use crate::diagnostic::{Diagnostic, Severity};

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

/// `@allow("code", "why")`: who wrote the contract has looked at that and wants it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What is allowed.
    pub code: String,
    /// Where: all that it marks.
    pub at: At,
}

impl Allowance {
    /// Whether it reaches a diagnostic: one of its code that stands within what it marks, and is no error.
    pub fn reaches(&self, diagnostic: &Diagnostic) -> bool {
        let within = |at: At| self.at.file == at.file && self.at.start <= at.start && at.end <= self.at.end;
        diagnostic.code.name == self.code
            && diagnostic.severity != Severity::Error
            && diagnostic.span().is_some_and(within)
    }
}
