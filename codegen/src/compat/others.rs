//! Wires that the language knows and that are not generated yet: their clauses, word by word.

use wireloom_idl::SourceMap;
use wireloom_idl::compat::Change;
use wireloom_idl::contract::{Binding, Subject};
use wireloom_idl::syntax::lexer;
use wireloom_idl::syntax::tree::Term;

use super::{Bound, Pair, WireDiff, carried, rules};
use crate::Wire;
use crate::bind::calls::is_bound;

impl<'a> WireDiff<'a, '_> {
    /// Compares two bindings of one service to one wire, if no view does.
    pub(super) fn other(&mut self, pair: Pair, old: &'a Binding, new: &'a Binding) {
        let wire = new.wire.text.as_str();
        if Wire::named(wire).is_some() {
            return;
        }
        let (service, full) = (self.new.service(pair.new), self.new.full_name(pair.new));
        let facets = carried::facets(wire);
        let (before, now) = (head(self.old.side.sources, old), head(self.new.side.sources, new));
        if before != now {
            let message = format!("`{}` on `{wire}` says `{now}`, and said `{before}`", service.name);
            let change = Change::new(format!("{full}.{wire}"), message).was(old.at).now(new.at);
            self.tell_both_ways(&rules::CLAUSES_CHANGED, facets, change);
        }
        for (old_at, new_at) in self.operations(pair) {
            let (before, now) = (Subject::Operation(old_at.2), Subject::Operation(new_at.2));
            let name = &service.operations[new_at.2].name;
            if is_bound(old, before) && !is_bound(new, now) {
                self.unbound(pair, wire, name, old.at);
            }
            let (before, now) = (clauses(self.old, old, before), clauses(self.new, new, now));
            if before != now {
                let message = format!("`{}.{name}` on `{wire}` says `{now}`, and said `{before}`", service.name);
                let change = Change::new(format!("{full}.{name}.{wire}"), message).was(old.at).now(new.at);
                self.tell_both_ways(&rules::CLAUSES_CHANGED, facets, change);
            }
        }
    }
}

/// What a binding says before its entries.
fn head(sources: &SourceMap, binding: &Binding) -> String {
    let mut said = String::new();
    for (word, text) in [("at", &binding.place), ("as", &binding.alias)] {
        if let Some(text) = text {
            said += &format!("{word} \"{}\" ", text.value);
        }
    }
    said += &words(sources, &binding.all);
    said.trim().to_owned()
}

fn clauses(bound: Bound<'_>, binding: &Binding, subject: Subject) -> String {
    let entry = binding.entries.iter().find(|it| it.subject == subject);
    entry.map(|entry| words(bound.side.sources, &entry.terms)).unwrap_or_default()
}

/// Terms as they are written, however they are laid out.
fn words(sources: &SourceMap, terms: &[Term]) -> String {
    let of = |term: &Term| {
        let text = sources.text(term.span);
        let tokens = lexer::lex(text);
        let words = tokens.iter().filter(|token| token.is_significant()).map(|token| text[token.range()].to_owned());
        words.collect::<Vec<_>>()
    };
    terms.iter().flat_map(of).collect::<Vec<_>>().join(" ")
}
