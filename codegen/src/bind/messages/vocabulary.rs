//! The words of a `broker` binding: terms in, clauses out.
//!
//! Only the form is judged here. Whether the clauses fit an event or a handler is for `binder`.

use std::time::Duration;

use wireloom_idl::contract::{At, Backoff};
use wireloom_idl::syntax::tree::{Path, Term, TermKind, Text, Unit, Value, ValueKind};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::Retry;
use crate::bind::terms::Terms;
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

pub(in crate::bind) const WORDS: &[&str] = &["topic", "group", "key", "retry", "dead", "prefetch", "requires"];

/// How each clause is written, in the order of their words.
pub(in crate::bind) const FORMS: &[&str] = &[
    "topic \"shop.orders.placed\"",
    "group \"orders\"",
    "key order.id",
    "retry 5 backoff 200ms..30s",
    "dead \"shop.orders.dead\"",
    "prefetch 64",
    "requires [replay]",
];

/// The key that the clauses of an entry say.
pub(in crate::bind) fn key_of(terms: &[Term]) -> Option<Path> {
    read(terms, &mut Diagnostics::new()).key.map(|(path, _)| path)
}

/// Reads the clauses of one entry.
pub(super) fn read(terms: &[Term], report: &mut Diagnostics) -> Clauses {
    let mut reader = Reader { terms: Terms::new(terms), clauses: Clauses::default(), report };
    while let Some(term) = reader.terms.take() {
        reader.clause(term);
    }
    reader.clauses
}

struct Reader<'t, 'r> {
    terms: Terms<'t>,
    clauses: Clauses,
    report: &'r mut Diagnostics,
}

impl Reader<'_, '_> {
    fn clause(&mut self, term: &Term) {
        let at = term.span;
        let TermKind::Path(path) = &term.kind else { return self.unknown("this", at, None) };
        let word = path.text();
        match word.as_str() {
            "topic" => self.name(at, "topic \"shop.orders.placed\"", |clauses| &mut clauses.topic),
            "group" => self.name(at, "group \"orders\"", |clauses| &mut clauses.group),
            "dead" => self.name(at, "dead \"shop.orders.dead\"", |clauses| &mut clauses.dead),
            "key" => {
                let path = self.terms.path().cloned();
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
        let text = self.terms.text();
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
        if self.terms.word("backoff").is_some() {
            backoff = self.backoff();
            if backoff.is_none() {
                return self.malformed(at, form);
            }
        }
        self.keep(Some(Retry { times, backoff }), at, form, |clauses| &mut clauses.retry);
    }

    fn requires(&mut self, at: At) {
        let named = self.terms.take_if(|term| match &term.kind {
            TermKind::List(_) => Some(()),
            kind => (matches!(kind, TermKind::Path(_)) && !begins_clause(kind)).then_some(()),
        });
        if named.is_none() {
            return self.malformed(at, "requires [replay, delay]");
        }
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

    fn count(&mut self) -> Option<u32> {
        self.terms.number().and_then(|(digits, _)| digits.parse().ok())
    }

    fn backoff(&mut self) -> Option<Backoff> {
        self.terms.take_if(|term| {
            let TermKind::Range(min, max) = &term.kind else { return None };
            let (min, max) = (time(min)?, time(max)?);
            (!min.is_zero() && min <= max).then_some(Backoff { min, max })
        })
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

    fn skip(&mut self) {
        self.terms.skip_to(begins_clause);
    }
}

fn begins_clause(kind: &TermKind) -> bool {
    matches!(kind, TermKind::Path(path) if WORDS.contains(&path.text().as_str()))
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
