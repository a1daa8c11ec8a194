//! A name on a line of its own behind an entry with clauses is one clause more, though an entry was meant: a comma is missing.
//!
//! No vocabulary can know that, so it is seen from what they refuse: a word that names something of the service.

use std::collections::HashMap;

use wireloom_idl::contract::{At, Contract, Service};
use wireloom_idl::syntax::tree::{Term, TermKind};
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

/// Says of refused clauses that are names of entries what is missing before them.
pub(super) fn mend(contract: &Contract, report: Diagnostics) -> Diagnostics {
    if !report.has_errors() {
        return report;
    }
    let pairs = pairs(contract);
    let mut mended = Diagnostics::new();
    mended.extend(report.into_iter().map(|diagnostic| one(contract, &pairs, diagnostic)));
    mended
}

/// A term behind another one, and the service that is bound there.
struct Pair<'c> {
    before: At,
    term: &'c Term,
    service: &'c Service,
}

/// All of them, by where the second term stands.
fn pairs(contract: &Contract) -> HashMap<At, Pair<'_>> {
    let mut pairs = HashMap::new();
    for (_, package) in contract.packages() {
        for binding in &package.bindings {
            let service = &package.services[binding.service];
            let entries = std::iter::once(&binding.all).chain(binding.entries.iter().map(|entry| &entry.terms));
            for two in entries.flat_map(|terms| terms.windows(2)) {
                pairs.entry(two[1].span).or_insert(Pair { before: two[0].span, term: &two[1], service });
            }
        }
    }
    pairs
}

fn one(contract: &Contract, pairs: &HashMap<At, Pair<'_>>, diagnostic: Diagnostic) -> Diagnostic {
    let pair = diagnostic.span().filter(|_| diagnostic.severity == Severity::Error).and_then(|at| pairs.get(&at));
    let Some((before, what, name)) = pair.and_then(|pair| entry(contract, pair)) else { return diagnostic };
    let help = format!("it is {what}: an entry of its own stands behind a comma, `, {name}`");
    diagnostic.help(help).fix("insert a comma", before.after(), ",")
}

/// The clause before a term, and what the term names of the service that is bound there.
fn entry<'c>(contract: &Contract, pair: &Pair<'c>) -> Option<(At, &'static str, &'c str)> {
    let TermKind::Path(path) = &pair.term.kind else { return None };
    let [name] = path.segments.as_slice() else { return None };
    Some((pair.before, what(contract, pair.service, &name.text)?, &name.text))
}

/// What a name stands for in a block about a service.
fn what(contract: &Contract, service: &Service, name: &str) -> Option<&'static str> {
    let operation = service.operation(name).map(|_| "an operation");
    let handler = || service.handlers.iter().any(|handler| handler.name == name).then_some("a handler");
    let event = || service.events().iter().any(|&id| contract.type_def(id).name == name).then_some("an event");
    operation.or_else(handler).or_else(event)
}
