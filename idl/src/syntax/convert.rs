//! Pest's pairs to the typed tree, at once and without looking back.
//!
//! What pest has accepted has the right shape, so every `expect` here states what the grammar says. What the grammar
//! does not say about single words (units, escapes, how many arguments a `map` has) is checked here and reported.

mod bindings;
mod items;
mod services;
mod text;
mod types;
mod values;

use pest::iterators::{Pair, Pairs};

use super::docs::DocRuns;
use super::grammar::Rule;
use super::report::Report;
use super::tree::{Annotation, Item, Marks, Name, Path};
use super::view::View;
use crate::source::Span;

/// Turns the pairs of one item into tree, and says what is wrong with single words.
pub(super) struct Converter<'v, 't> {
    pub(super) view: &'v View<'t>,
    pub(super) docs: &'v mut DocRuns,
    pub(super) out: &'v mut Report,
    /// Where the text that pest read begins in the view's text.
    pub(super) base: usize,
    /// Where the view's text begins in the file.
    pub(super) shift: usize,
    /// Where the item ends in the file; brackets that were forgotten are read behind it, and have no place.
    pub(super) end: usize,
}

impl Converter<'_, '_> {
    /// The whole of `Rule::item`.
    pub(super) fn item(&mut self, pair: Pair<'_, Rule>) -> Item {
        items::item(self, pair)
    }

    /// From the first to the last token of a pair; pest counts blanks behind the last one in.
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let start = self.base + span.start();
        let end = self.view.end_before(self.base + span.end()).max(start);
        Span::new(self.view.file, (self.shift + start).min(self.end), (self.shift + end).min(self.end))
    }

    /// The text at a place.
    fn written(&self, span: Span) -> &str {
        &self.view.text[span.start as usize - self.shift..span.end as usize - self.shift]
    }

    /// Docs before `start` and the annotations that `parts` begins with.
    fn marks(&mut self, start: Span, parts: &mut Parts<'_>) -> Marks {
        let docs = self.docs.take(start.start);
        let mut annotations = Vec::new();
        while let Some(pair) = parts.maybe(Rule::annotation) {
            annotations.push(self.annotation(pair));
        }
        Marks { docs, annotations }
    }

    fn annotation(&mut self, pair: Pair<'_, Rule>) -> Annotation {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.span(&parts.the(Rule::annotation_name));
        let name = Span { start: name.start + 1, ..name };
        let name = Name { text: self.written(name).to_owned(), span: name };
        let mut arguments = Vec::new();
        while let Some(argument) = parts.find(Rule::argument) {
            let mut parts = Parts::of(argument);
            let key = parts.maybe(Rule::name).map(|pair| self.name(&pair));
            arguments.push((key, self.value(parts.the(Rule::value))));
        }
        Annotation { name, arguments, span }
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().trim_matches('`').to_owned(), span: self.span(pair) }
    }

    fn path(&self, pair: &Pair<'_, Rule>) -> Path {
        let span = self.span(pair);
        let mut start = span.start as usize;
        let mut segment = |text: &str| {
            let span = Span::new(span.file, start, start + text.len());
            start += text.len() + 1;
            Name { text: text.trim_matches('`').to_owned(), span }
        };
        Path { segments: pair.as_str().split('.').map(&mut segment).collect(), span }
    }
}

/// What is inside a pair, taken from front to back.
struct Parts<'i>(std::iter::Peekable<Pairs<'i, Rule>>);

impl<'i> Parts<'i> {
    fn of(pair: Pair<'i, Rule>) -> Parts<'i> {
        Parts(pair.into_inner().peekable())
    }

    /// The next part, if it is of this rule.
    fn maybe(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        self.0.next_if(|pair| pair.as_rule() == rule)
    }

    /// The next part of this rule; what stands before it is skipped, and so is everything where there is none.
    fn find(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        self.0.find(|pair| pair.as_rule() == rule)
    }

    /// The next part of this rule, which the grammar demands.
    fn the(&mut self, rule: Rule) -> Pair<'i, Rule> {
        self.find(rule).expect("the grammar demands this part")
    }

    /// The next part, whatever it is.
    fn next(&mut self) -> Option<Pair<'i, Rule>> {
        self.0.next()
    }
}
