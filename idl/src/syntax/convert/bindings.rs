//! Bindings and examples, and the terms whose vocabulary is someone else's.

use pest::iterators::Pair;

use super::items::Start;
use super::{Converter, Parts};
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Bind, BindEntry, Example, ExampleOutcome, Term, TermKind};

impl Converter<'_, '_> {
    pub(super) fn bind(&mut self, start: Start, mut parts: Parts<'_>) -> Bind {
        let service = self.path(&parts.the(Rule::path));
        let wire = parts.the(Rule::wire);
        let wire = self.name(&wire);
        let mut bind =
            Bind { marks: start.marks, service, wire, place: None, alias: None, entries: None, span: start.span };
        while let Some(pair) = parts.next() {
            match pair.as_rule() {
                Rule::kw_at => bind.place = Some(self.text(&parts.the(Rule::text))),
                Rule::kw_as => bind.alias = Some(self.text(&parts.the(Rule::text))),
                _ => bind.entries = Some(self.entries(pair)),
            }
        }
        bind
    }

    fn entries(&mut self, block: Pair<'_, Rule>) -> Vec<BindEntry> {
        let entries = block.into_inner().filter(|pair| pair.as_rule() == Rule::bind_entry);
        entries.map(|pair| self.entry(pair)).collect()
    }

    fn entry(&mut self, pair: Pair<'_, Rule>) -> BindEntry {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        if parts.maybe(Rule::ellipsis).is_some() {
            return BindEntry::Rest(span);
        }
        if let Some(without) = parts.maybe(Rule::without) {
            let names = without.into_inner().filter(|pair| pair.as_rule() == Rule::name);
            return BindEntry::Without(names.map(|pair| self.name(&pair)).collect(), span);
        }
        let marks = self.marks(span, &mut parts);
        let name = self.name(&parts.the(Rule::name));
        BindEntry::Named { marks, span: name.span.to(span.after()), name, terms: self.terms(parts) }
    }

    /// The terms among the parts that are left.
    pub(super) fn terms(&mut self, mut parts: Parts<'_>) -> Vec<Term> {
        let mut terms = Vec::new();
        while let Some(pair) = parts.find(Rule::term) {
            terms.push(self.term(pair));
        }
        terms
    }

    fn term(&mut self, pair: Pair<'_, Rule>) -> Term {
        let span = self.span(&pair);
        let pair = pair.into_inner().next().expect("the grammar demands one form");
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        let kind = match rule {
            Rule::arrow => TermKind::Arrow,
            Rule::equals => TermKind::Equals,
            Rule::terms => TermKind::List(self.terms(parts)),
            Rule::term_call => {
                let name = self.name(&parts.the(Rule::name));
                TermKind::Call(name, self.path(&parts.the(Rule::path)))
            }
            Rule::term_path => TermKind::Path(self.path(&parts.the(Rule::path))),
            _ => {
                let first = self.bound(parts.the(Rule::bound));
                match parts.find(Rule::bound) {
                    Some(last) => TermKind::Range(first, self.bound(last)),
                    None => TermKind::Value(first),
                }
            }
        };
        Term { kind, span }
    }

    pub(super) fn example(&mut self, start: Start, mut parts: Parts<'_>) -> Example {
        let operation = self.path(&parts.the(Rule::path));
        let title = self.text(&parts.the(Rule::text));
        let mut example =
            Example { marks: start.marks, operation, title, given: None, outcome: None, span: start.span };
        while let Some(pair) = parts.next() {
            let rule = pair.as_rule();
            let mut parts = Parts::of(pair);
            match rule {
                Rule::given => example.given = Some(self.value(parts.the(Rule::value))),
                Rule::gives => example.outcome = Some(ExampleOutcome::Gives(self.value(parts.the(Rule::value)))),
                Rule::gives_fault => {
                    let fault = self.path(&parts.the(Rule::path));
                    let fields = parts.find(Rule::object).map(|pair| self.object(pair));
                    example.outcome = Some(ExampleOutcome::Fails(fault, fields));
                }
                _ => {}
            }
        }
        example
    }
}
