//! What the contract's `@allow`s say.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::At;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Edit, Severity, codes, fix};
use crate::source::{FileId, SourceMap};

/// What may stand although it is warned of, and where: each `@allow("code", "why")` with the reach of what it marks.
///
/// Lowering has left out what it allows of the language's own; whoever else has something to say asks for it. What was allowed
/// is remembered, so that once everybody has spoken an allowance that kept nothing quiet is told itself.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    /// By their codes and files.
    places: BTreeMap<String, BTreeMap<FileId, Nested>>,
}

/// One `@allow`.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    /// What it holds for.
    pub(crate) reach: At,
    pub(crate) annotation: At,
    /// The code, with its quotes.
    pub(crate) code: At,
    pub(crate) used: Arc<AtomicBool>,
}

/// The allowances of one code in one file, in the order in which they begin. Of two, one lies in the other or beside it.
#[derive(Clone, Debug, Default)]
struct Nested {
    all: Vec<Allowance>,
    around: Vec<Around>,
}

/// What an allowance lies in: counts into the allowances before it.
#[derive(Clone, Copy, Debug)]
struct Around {
    /// The nearest one that ends no earlier.
    next: Option<usize>,
    /// The nearest one that ends later: many may mark one thing.
    wider: Option<usize>,
}

impl Nested {
    fn push(&mut self, allowance: Allowance) {
        let end = allowance.reach.end;
        let next = self.reaching(self.all.len().checked_sub(1), end);
        let is_wider = |it: &usize| self.all[*it].reach.end > end;
        let wider = next.filter(is_wider).or_else(|| self.around[next?].wider);
        self.around.push(Around { next, wider });
        self.all.push(allowance);
    }

    /// From an allowance on outwards, the first one that reaches up to there.
    fn reaching(&self, mut from: Option<usize>, end: u32) -> Option<usize> {
        while let Some(index) = from.filter(|&index| self.all[index].reach.end < end) {
            from = self.around[index].wider;
        }
        from
    }

    /// Whether one of them holds at a place; all that do are used.
    fn hold(&self, at: At) -> bool {
        let begun = self.all.partition_point(|it| it.reach.start <= at.start);
        let innermost = self.reaching(begun.checked_sub(1), at.end);
        let mut open = innermost;
        // Around one that was used before, all are.
        while let Some(index) = open.filter(|&index| !self.all[index].used.swap(true, Ordering::Relaxed)) {
            open = self.around[index].next;
        }
        innermost.is_some()
    }
}

impl Allowances {
    /// Each with its code.
    pub(crate) fn new(mut all: Vec<(&str, Allowance)>) -> Allowances {
        all.sort_by_key(|(_, it)| (it.reach.start, Reverse(it.reach.end)));
        let mut places: BTreeMap<String, BTreeMap<FileId, Nested>> = BTreeMap::new();
        for (code, allowance) in all {
            places.entry(code.to_owned()).or_default().entry(allowance.reach.file).or_default().push(allowance);
        }
        Allowances { places }
    }

    /// Whether nothing is allowed anywhere.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether a code is allowed at a place.
    pub fn hold(&self, code: &str, at: At) -> bool {
        let nested = self.places.get(code).and_then(|files| files.get(&at.file));
        nested.is_some_and(|nested| nested.hold(at))
    }

    /// Whether a diagnostic is not to be told: it is no error, and allowed where it stands.
    pub fn cover(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.severity != Severity::Error
            && diagnostic.span().is_some_and(|at| self.hold(diagnostic.code.name, at))
    }

    /// Says which allowances kept nothing quiet; `known` are all codes there are. Only asked once every phase has spoken.
    pub fn unused(&self, sources: &SourceMap, known: &[&'static Code]) -> Diagnostics {
        let mut report = Diagnostics::new();
        for (name, all) in &self.places {
            let code = known.iter().find(|code| code.name == *name);
            for allowance in all.values().flat_map(|nested| &nested.all).filter(|it| !it.used.load(Ordering::Relaxed)) {
                report.push(match code {
                    Some(code) => unused(code, allowance, sources),
                    None => unknown(name, allowance, known),
                });
            }
        }
        report.sort();
        report
    }
}

fn unused(code: &Code, allowance: &Allowance, sources: &SourceMap) -> Diagnostic {
    let message = match code.severity {
        Severity::Error => format!("`{}` is an error, and none here is allowed", code.name),
        Severity::Warning | Severity::Info => format!("nothing here would be told as `{}`", code.name),
    };
    let out = fix::with_blanks(sources[allowance.annotation.file].text(), allowance.annotation);
    Diagnostic::new(&codes::ALLOW_UNUSED, allowance.annotation, message).fix_by("take it out", vec![Edit::remove(out)])
}

fn unknown(name: &str, allowance: &Allowance, known: &[&'static Code]) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::ALLOW_UNKNOWN, allowance.code, format!("no code is called `{name}`"));
    // Errors are hardly ever allowed, so none of them was meant.
    let words = known.iter().filter(|code| code.severity != Severity::Error).map(|code| code.name);
    match crate::lower::nearest(name, words) {
        Some(near) => {
            let right = format!("\"{near}\"");
            diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), allowance.code, right)
        }
        None => diagnostic.help("`wireloom explain --list` lists all codes"),
    }
}
