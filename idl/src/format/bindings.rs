//! Bindings and examples.

use super::block::{After, Block};
use super::build::Builder;
use super::{items, values};
use crate::source::Span;
use crate::syntax::tree::{Bind, BindEntry, Example, ExampleOutcome, Term, TermKind, Value};

pub(super) fn bind(to: &mut Builder<'_>, it: &Bind) {
    items::start(to, &it.marks, it.span, "bind");
    to.token(it.service.span);
    to.text(" to ");
    to.token(it.wire.span);
    if let Some(place) = &it.place {
        to.text(" at ");
        to.token(place.span);
    }
    if let Some(alias) = &it.alias {
        to.text(" as ");
        to.token(alias.span);
    }
    if let Some(entries) = &it.entries {
        to.space();
        to.block(&Block::MEMBERS, entries.len(), |to, index| {
            let has_clauses = entry(to, &entries[index]);
            // Behind clauses, a bare name would be read as one more of them.
            match entries.get(index + 1) {
                Some(next) if has_clauses && is_bare(to, next) => After::Comma,
                _ => After::Usual,
            }
        });
    }
}

/// Writes an entry and says whether it has clauses.
fn entry(to: &mut Builder<'_>, it: &BindEntry) -> bool {
    match it {
        BindEntry::Named { marks, name, terms, span } => {
            items::annotations(to, marks);
            to.token(name.span);
            let has_clauses = has_colon(to, *span, name.span);
            if has_clauses {
                to.text(":");
            }
            self::terms(to, terms);
            has_clauses
        }
        BindEntry::Rest(span) => {
            to.token(*span);
            false
        }
        BindEntry::Without(names, span) => {
            to.begin(*span, "without");
            to.space();
            match names.as_slice() {
                [name] => to.token(name.span),
                names => to.block(&Block::LIST, names.len(), |to, index| {
                    to.token(names[index].span);
                    After::Usual
                }),
            }
            false
        }
        BindEntry::Broken(_) => unreachable!("only sound trees are formatted"),
    }
}

fn is_bare(to: &Builder<'_>, it: &BindEntry) -> bool {
    match it {
        BindEntry::Named { name, span, .. } => !has_colon(to, *span, name.span),
        _ => false,
    }
}

/// Whether an entry is more than its name.
fn has_colon(to: &Builder<'_>, entry: Span, name: Span) -> bool {
    to.written(entry).len() > to.written(name).len()
}

/// Terms, each behind a blank.
pub(super) fn terms(to: &mut Builder<'_>, terms: &[Term]) {
    for it in terms {
        to.space();
        term(to, it);
    }
}

fn term(to: &mut Builder<'_>, it: &Term) {
    to.reach(it.span.start);
    match &it.kind {
        TermKind::Path(path) => to.token(path.span),
        TermKind::Value(value) => values::value(to, value),
        TermKind::Range(first, last) => {
            values::value(to, first);
            to.text("..");
            values::value(to, last);
        }
        TermKind::Call(name, argument) => {
            to.token(name.span);
            to.text("(");
            to.token(argument.span);
            to.text(")");
        }
        TermKind::List(terms) => to.block_in(it.span, &Block::LIST, terms.len(), |to, index| {
            term(to, &terms[index]);
            After::Usual
        }),
        TermKind::Arrow => to.text("->"),
        TermKind::Equals => to.text("="),
    }
}

pub(super) fn example(to: &mut Builder<'_>, it: &Example) {
    items::start(to, &it.marks, it.span, "example");
    to.token(it.operation.span);
    to.space();
    to.token(it.title.span);
    to.space();
    let parts = usize::from(it.given.is_some()) + usize::from(it.outcome.is_some());
    to.block(&Block::EXAMPLE, parts, |to, index| {
        match (&it.given, &it.outcome) {
            (Some(given), _) if index == 0 => part(to, "given ", given),
            (_, Some(ExampleOutcome::Gives(value))) => part(to, "gives ", value),
            (_, Some(ExampleOutcome::Fails(fault, fields))) => {
                to.reach(fault.span.start);
                to.text("fails ");
                to.token(fault.span);
                if let Some(fields) = fields {
                    to.space();
                    values::value(to, fields);
                }
            }
            _ => {}
        }
        After::Usual
    });
}

fn part(to: &mut Builder<'_>, word: &str, value: &Value) {
    to.reach(value.span.start);
    to.text(word);
    values::value(to, value);
}
