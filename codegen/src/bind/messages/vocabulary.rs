//! The words of a `broker` binding: terms in, clauses out.
//!
//! Only the form is judged here. Whether the clauses fit an event or a handler is for `binder`.

use std::time::Duration;

use wireloom_idl::contract::{At, Backoff};
use wireloom_idl::syntax::tree::{Path, Term, TermKind, Text, Unit, Value, ValueKind};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::Retry;
use crate::codes;

/// What an entry of a `broker` binding says.
#[derive(Clone, Debug, Default)]
pub(super) struct Clauses {
    pub(super) topic: Option<(Text, At)>,
    pub(super) group: Option<(Text, At)>,
    pub(super) key: Option<(Path, At)>,
    pub(super) retry: Option<(Retry, At)>,
    pub(super) dead: Option<(Text, At)>,
    pub(super) prefetch: Option<(u32, At)>,
}

impl Clauses {
    /// Puts these over `all`: what is said here wins.
    pub(super) fn over(self, all: &Clauses) -> Clauses {
        Clauses {
            group: self.group.or_else(|| all.group.clone()),
            retry: self.retry.or(all.retry),
            dead: self.dead.or_else(|| all.dead.clone()),
            prefetch: self.prefetch.or(all.prefetch),
            ..self
        }
    }
}

const WORDS: &[&str] = &["topic", "group", "key", "retry", "dead", "prefetch", "requires"];

/// Reads the clauses of one entry.
pub(super) fn read(terms: &[Term], report: &mut Diagnostics) -> Clauses {
    let mut reader = Reader { terms, next: 0, clauses: Clauses::default(), report };
    while let Some(term) = reader.take() {
        reader.clause(term);
    }
    reader.clauses
}

struct Reader<'t, 'r> {
    terms: &'t [Term],
    next: usize,
    clauses: Clauses,
    report: &'r mut Diagnostics,
}

impl<'t> Reader<'t, '_> {
    fn take(&mut self) -> Option<&'t Term> {
        let term = self.terms.get(self.next)?;
        self.next += 1;
        Some(term)
    }

    fn clause(&mut self, term: &'t Term) {
        let at = term.span;
        let TermKind::Path(path) = &term.kind else { return self.unknown("this", at, None) };
        let word = path.text();
        match word.as_str() {
            "topic" => self.name(at, "topic \"shop.orders.placed\"", |clauses| &mut clauses.topic),
            "group" => self.name(at, "group \"orders\"", |clauses| &mut clauses.group),
            "dead" => self.name(at, "dead \"shop.orders.dead\"", |clauses| &mut clauses.dead),
            "key" => {
                let path = self.path();
                self.keep(path, at, "key order.id", |clauses| &mut clauses.key);
            }
            "retry" => self.retry(at),
            "prefetch" => {
                let count = self.count().filter(|count| *count > 0);
                self.keep(count, at, "prefetch 64", |clauses| &mut clauses.prefetch);
            }
            "requires" => self.requires(at),
            _ => self.unknown(&format!("`{word}`"), at, Some(&word)),
        }
    }

    fn name(&mut self, at: At, form: &str, into: impl FnOnce(&mut Clauses) -> &mut Option<(Text, At)>) {
        let text = self.text();
        if let Some(text) = text.as_ref().filter(|text| !is_name(&text.value)) {
            self.report.push(
                Diagnostic::new(&codes::BROKER_CLAUSE, text.span, format!("`{}` is no name on a broker", text.value))
                    .help("a name has no empty part between its dots, no space, no `*` and no `>`"),
            );
        }
        self.keep(text, at, form, into);
    }

    fn retry(&mut self, at: At) {
        let form = "retry 5` or `retry 5 backoff 200ms..30s";
        let Some(times) = self.count() else { return self.malformed(at, form) };
        let mut backoff = None;
        if self.eat("backoff") {
            backoff = self.backoff();
            if backoff.is_none() {
                return self.malformed(at, form);
            }
        }
        self.keep(Some(Retry { times, backoff }), at, form, |clauses| &mut clauses.retry);
    }

    fn requires(&mut self, at: At) {
        let named = self.terms.get(self.next).is_some_and(|term| match &term.kind {
            TermKind::List(_) => true,
            TermKind::Path(path) => !WORDS.contains(&path.text().as_str()),
            _ => false,
        });
        if !named {
            return self.malformed(at, "requires [replay, delay]");
        }
        self.next += 1;
        let message = "`requires` is not generated yet: whether a broker can do that is not checked";
        self.report.push(Diagnostic::new(&codes::NOT_GENERATED_YET, at, message));
    }

    /// Keeps what a clause says, unless it says nothing or was said before.
    fn keep<T>(
        &mut self,
        said: Option<T>,
        at: At,
        form: &str,
        into: impl FnOnce(&mut Clauses) -> &mut Option<(T, At)>,
    ) {
        let Some(said) = said else { return self.malformed(at, form) };
        let place = into(&mut self.clauses);
        match place {
            None => *place = Some((said, at)),
            Some((_, first)) => self.report.push(
                Diagnostic::new(&codes::BROKER_CLAUSE, at, "this clause is said twice")
                    .also(*first, "said here first")
                    .help("leave one of them out"),
            ),
        }
    }

    fn value(&mut self, wanted: impl FnOnce(&'t Value) -> bool) -> Option<&'t Value> {
        match &self.terms.get(self.next)?.kind {
            TermKind::Value(value) if wanted(value) => {
                self.next += 1;
                Some(value)
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<Text> {
        let value = self.value(|value| matches!(value.kind, ValueKind::Text(_)))?;
        let ValueKind::Text(text) = &value.kind else { return None };
        Some(Text { value: text.clone(), span: value.span })
    }

    fn count(&mut self) -> Option<u32> {
        let value = self.value(|value| matches!(value.kind, ValueKind::Number(_)))?;
        let ValueKind::Number(digits) = &value.kind else { return None };
        digits.replace('_', "").parse().ok()
    }

    fn path(&mut self) -> Option<Path> {
        let TermKind::Path(path) = &self.terms.get(self.next)?.kind else { return None };
        self.next += 1;
        Some(path.clone())
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self
            .terms
            .get(self.next)
            .is_some_and(|term| matches!(&term.kind, TermKind::Path(path) if path.text() == word));
        self.next += usize::from(there);
        there
    }

    fn backoff(&mut self) -> Option<Backoff> {
        let TermKind::Range(min, max) = &self.terms.get(self.next)?.kind else { return None };
        let (min, max) = (time(min)?, time(max)?);
        self.next += 1;
        (!min.is_zero() && min <= max).then_some(Backoff { min, max })
    }

    fn malformed(&mut self, at: At, form: &str) {
        self.report.push(
            Diagnostic::new(&codes::BROKER_CLAUSE, at, "this clause is not complete").help(format!("write `{form}`")),
        );
        self.skip();
    }

    fn unknown(&mut self, what: &str, at: At, word: Option<&str>) {
        let near = word.and_then(|word| crate::bind::nearest(word, WORDS.iter().copied()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the clauses are `topic \"x\"`, `group \"x\"`, `key path`, `retry n backoff a..b`, `dead \"x\"`, \
                     `prefetch n`, `requires [x]`"
                .to_owned(),
        };
        let message = format!("{what} is no clause of `broker`");
        self.report.push(Diagnostic::new(&codes::BROKER_CLAUSE, at, message).help(help));
        self.skip();
    }

    /// Goes on at the next word that begins a clause, so that one mistake is reported once.
    fn skip(&mut self) {
        while let Some(term) = self.terms.get(self.next) {
            if matches!(&term.kind, TermKind::Path(path) if WORDS.contains(&path.text().as_str())) {
                return;
            }
            self.next += 1;
        }
    }
}

/// Whether every broker can take it: wildcards and spaces mean something to some of them.
fn is_name(text: &str) -> bool {
    let is_forbidden = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '*' | '>');
    !text.contains(is_forbidden) && text.split('.').all(|part| !part.is_empty())
}

/// An amount of time; none of what is no time or too long for one.
fn time(value: &Value) -> Option<Duration> {
    let ValueKind::Quantity(amount, unit) = &value.kind else { return None };
    let long = match unit {
        Unit::Millisecond => 1e-3,
        Unit::Second => 1.0,
        Unit::Minute => 60.0,
        Unit::Hour => 3_600.0,
        Unit::Day => 86_400.0,
        _ => return None,
    };
    let amount: f64 = amount.replace('_', "").parse().ok()?;
    let nanos = (amount * long * 1e9).round();
    (0.0..u64::MAX as f64).contains(&nanos).then(|| Duration::from_nanos(nanos as u64))
}
