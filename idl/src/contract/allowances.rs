//! What the contract's `@allow`s say.

use std::collections::BTreeMap;

use super::At;
use crate::diagnostic::{Diagnostic, Severity};

/// What may stand although it is warned of, and where: each `@allow("code", "why")` with the reach of what it marks.
///
/// Lowering has left out what it allows of the language's own; a generator asks for what it has to say itself.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    places: BTreeMap<String, Vec<At>>,
}

impl Allowances {
    pub(crate) fn add(&mut self, code: &str, reach: At) {
        self.places.entry(code.to_owned()).or_default().push(reach);
    }

    /// Whether a code is allowed at a place.
    pub fn hold(&self, code: &str, at: At) -> bool {
        let reaches = |reach: &At| reach.file == at.file && reach.start <= at.start && at.end <= reach.end;
        self.places.get(code).is_some_and(|places| places.iter().any(reaches))
    }

    /// Whether a diagnostic is not to be told: it is no error, and allowed where it stands.
    pub fn cover(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.severity != Severity::Error
            && diagnostic.span().is_some_and(|at| self.hold(diagnostic.code.name, at))
    }
}
