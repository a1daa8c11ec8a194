//! A name on a line of its own behind an entry with clauses is one clause more, though an entry was meant: a comma is missing.
//!
//! No vocabulary can know that, so it is seen from what they refuse: a word that names something of the service.

use wireloom_idl::contract::{At, Contract, Service};
use wireloom_idl::syntax::tree::{Term, TermKind};
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

/// Says of refused clauses that are names of entries what is missing before them.
pub(super) fn mend(contract: &Contract, report: Diagnostics) -> Diagnostics {
    let mut mended = Diagnostics::new();
    mended.extend(report.into_iter().map(|diagnostic| one(contract, diagnostic)));
    mended
}

fn one(contract: &Contract, diagnostic: Diagnostic) -> Diagnostic {
    let at = diagnostic.span().filter(|_| diagnostic.severity == Severity::Error);
    let Some((before, what, name)) = at.and_then(|at| entry(contract, at)) else { return diagnostic };
    let help = format!("it is {what}: an entry of its own stands behind a comma, `, {name}`");
    diagnostic.help(help).fix("insert a comma", before.after(), ",")
}

/// The clause before a term at this place, and what the term names of the service that is bound there.
fn entry(contract: &Contract, at: At) -> Option<(At, &'static str, &str)> {
    let bindings = contract.packages().flat_map(|(_, package)| package.bindings.iter().map(move |it| (package, it)));
    for (package, binding) in bindings.filter(|(_, binding)| binding.at.file == at.file) {
        let entries = std::iter::once(&binding.all).chain(binding.entries.iter().map(|entry| &entry.terms));
        for terms in entries {
            let Some([before, Term { kind: TermKind::Path(path), .. }]) =
                terms.windows(2).find(|pair| pair[1].span == at)
            else {
                continue;
            };
            let [name] = path.segments.as_slice() else { return None };
            let what = what(contract, &package.services[binding.service], &name.text)?;
            return Some((before.span, what, &name.text));
        }
    }
    None
}

/// What a name stands for in a block about a service.
fn what(contract: &Contract, service: &Service, name: &str) -> Option<&'static str> {
    let operation = service.operation(name).map(|_| "an operation");
    let handler = || service.handlers.iter().any(|handler| handler.name == name).then_some("a handler");
    let event = || service.events().iter().any(|&id| contract.type_def(id).name == name).then_some("an event");
    operation.or_else(handler).or_else(event)
}
