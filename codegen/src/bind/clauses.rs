//! Clauses as tables: which words a wire knows, what stands behind each, what it may be about, and one reader of all of them.
//!
//! Only the form is judged here, and whether a clause may stand where it does. Whether a key leads to a field or a broker can do
//! what is asked of it is for the views. The book's tables of clauses are written from the same lists. The clauses of `rest`
//! have a reader of their own ([`super::vocabulary`]): they begin with verbs and arrows, and lean on the operation.

use std::time::Duration;

use wireloom_idl::contract::{At, Backoff};
use wireloom_idl::diagnostic::Code;
use wireloom_idl::syntax::tree::{Path, Term, TermKind, Text, Unit, Value, ValueKind};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::messages::Retry;
use super::terms::Terms;

/// All that entries of a binding to one wire may say.
#[derive(Debug)]
pub struct Vocabulary {
    /// The wire: `ws`.
    pub wire: &'static str,
    /// In the order of the book.
    pub clauses: &'static [Clause],
    pub(super) code: &'static Code,
}

/// A clause that a wire knows.
#[derive(Debug)]
pub struct Clause {
    /// What it begins with.
    pub word: &'static str,
    /// As it is written: `topic "shop.orders.placed"`.
    pub form: &'static str,
    /// What it may be about.
    pub about: &'static [About],
    /// Whether `all` may say it.
    pub in_all: bool,
    /// What holds where nobody says it.
    pub unsaid: &'static str,
    /// What it says.
    pub what: &'static str,
    pub(super) takes: Takes,
    /// Those that say the contrary.
    pub(super) excludes: &'static [&'static str],
}

/// What a clause may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The service as a whole: it stands in `all`.
    Service,
    /// An operation without streams.
    Call,
    /// An operation with a stream.
    Stream,
    /// An event that the service emits.
    Event,
    /// A handler.
    Handler,
}

impl About {
    /// In words, of several.
    pub fn plural(self) -> &'static str {
        match self {
            About::Service => "whole services",
            About::Call => "calls",
            About::Stream => "streams",
            About::Event => "events",
            About::Handler => "handlers",
        }
    }
}

/// What stands behind the word of a clause.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    /// Nothing.
    Nothing,
    /// A text; what is wrong with it, if anything.
    Text(fn(&str) -> Option<&'static str>),
    /// A way through fields.
    Path,
    /// A whole number, at least so large.
    Count(u32),
    /// How often, and with which waits between.
    Retry,
    /// An amount of time.
    Time,
    /// A word, or several in brackets.
    Words,
}

/// What stood behind the word of a clause.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Nothing,
    Text(Text),
    Path(Path),
    Count(u32),
    Retry(Retry),
    Time(Duration),
    Words(Vec<(String, At)>),
}

/// A clause that an entry says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) clause: &'static Clause,
    pub(crate) argument: Argument,
    /// Its word.
    pub(crate) at: At,
}

/// The clauses of one entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clauses(pub(crate) Vec<Said>);

impl Clauses {
    /// The clause of that word.
    pub(crate) fn said(&self, word: &str) -> Option<&Said> {
        self.0.iter().find(|said| said.clause.word == word)
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.said(word).is_some()
    }

    pub(crate) fn text(&self, word: &str) -> Option<&str> {
        match &self.said(word)?.argument {
            Argument::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    pub(crate) fn count(&self, word: &str) -> Option<u32> {
        match self.said(word)?.argument {
            Argument::Count(count) => Some(count),
            _ => None,
        }
    }

    pub(crate) fn time(&self, word: &str) -> Option<Duration> {
        match self.said(word)?.argument {
            Argument::Time(time) => Some(time),
            _ => None,
        }
    }

    /// Puts these over `all`: what is said here wins, also over its contrary; of the rest counts what is about this.
    pub(super) fn over(mut self, all: &Clauses, about: About) -> Clauses {
        let contrary = |said: &Said, word| said.clause.word == word || said.clause.excludes.contains(&word);
        let open =
            |of: &&Said| of.clause.about.contains(&about) && !self.0.iter().any(|said| contrary(said, of.clause.word));
        let added: Vec<Said> = all.0.iter().filter(open).cloned().collect();
        self.0.extend(added);
        self
    }
}

impl Vocabulary {
    /// Reads the clauses of one entry.
    pub(super) fn read(&'static self, terms: &[Term], report: &mut Diagnostics) -> Clauses {
        let mut reader = Reader { vocabulary: self, terms: Terms::new(terms), clauses: Clauses::default(), report };
        while let Some(term) = reader.terms.take() {
            reader.clause(term);
        }
        reader.clauses
    }

    /// Reads the clauses of `all`, which are about more than one thing.
    pub(super) fn read_all(&'static self, terms: &[Term], report: &mut Diagnostics) -> Clauses {
        let mut clauses = self.read(terms, report);
        clauses.0.retain(|said| {
            if !said.clause.in_all {
                let message =
                    format!("`{}` belongs to one {}, not to `all`", said.clause.word, alternatives(said.clause.about));
                let admitted = self.clauses.iter().filter(|clause| clause.in_all);
                report.push(Diagnostic::new(self.code, said.at, message).help(takes("`all`", admitted)));
            }
            said.clause.in_all
        });
        clauses
    }

    /// Reads the clauses of the entry of something.
    pub(super) fn read_of(
        &'static self,
        about: About,
        name: &str,
        terms: &[Term],
        report: &mut Diagnostics,
    ) -> Clauses {
        let mut clauses = self.read(terms, report);
        clauses.0.retain(|said| {
            let fits = said.clause.about.contains(&about);
            if !fits {
                report.push(self.misplaced(about, name, said));
            }
            fits
        });
        clauses
    }

    fn misplaced(&self, about: About, name: &str, said: &Said) -> Diagnostic {
        let word = said.clause.word;
        if said.clause.about == [About::Service] {
            let message = format!("`{word}` is about the whole service");
            return Diagnostic::new(self.code, said.at, message)
                .help(format!("say it first in the block: `all: {}`", said.clause.form));
        }
        let about_what = said.clause.about.iter().map(|about| about.plural()).collect::<Vec<_>>().join(" and ");
        let message = format!("`{word}` is about {about_what}, and `{name}` is {}", one(about));
        let admitted = self.clauses.iter().filter(|clause| clause.about.contains(&about));
        Diagnostic::new(self.code, said.at, message).help(takes(one(about), admitted))
    }

    fn clause(&'static self, word: &str) -> Option<&'static Clause> {
        self.clauses.iter().find(|clause| clause.word == word)
    }

    fn begins_clause(&self, kind: &TermKind) -> bool {
        matches!(kind, TermKind::Path(path) if self.clauses.iter().any(|clause| clause.word == path.text()))
    }
}

/// "an event takes `topic` and `key`"
fn takes<'c>(what: &str, admitted: impl Iterator<Item = &'c Clause>) -> String {
    let words: Vec<&str> = admitted.map(|clause| clause.word).collect();
    match words.is_empty() {
        true => format!("{what} takes no clause here"),
        false => format!("{what} takes {}", super::list(&words)),
    }
}

fn one(about: About) -> &'static str {
    match about {
        About::Service => "a whole service",
        About::Call => "a call",
        About::Stream => "a stream",
        About::Event => "an event",
        About::Handler => "a handler",
    }
}

/// "event or handler"
fn alternatives(about: &[About]) -> String {
    about.iter().map(|&about| one(about).split_once(' ').map_or("", |(_, word)| word)).collect::<Vec<_>>().join(" or ")
}

struct Reader<'t, 'r> {
    vocabulary: &'static Vocabulary,
    terms: Terms<'t>,
    clauses: Clauses,
    report: &'r mut Diagnostics,
}

impl Reader<'_, '_> {
    fn clause(&mut self, term: &Term) {
        let at = term.span;
        let TermKind::Path(path) = &term.kind else { return self.unknown("this", at, None) };
        let word = path.text();
        let Some(clause) = self.vocabulary.clause(&word) else {
            return self.unknown(&format!("`{word}`"), at, Some(&word));
        };
        match self.argument(clause) {
            Some(argument) => self.keep(Said { clause, argument, at }),
            None => self.malformed(clause, at),
        }
    }

    fn argument(&mut self, clause: &'static Clause) -> Option<Argument> {
        match clause.takes {
            Takes::Nothing => Some(Argument::Nothing),
            Takes::Text(wrong) => self.terms.text().map(|text| self.checked(clause, text, wrong)),
            Takes::Path => self.terms.path().cloned().map(Argument::Path),
            Takes::Count(least) => self.count().filter(|count| *count >= least).map(Argument::Count),
            Takes::Retry => self.retry().map(Argument::Retry),
            Takes::Time => self.time().map(Argument::Time),
            Takes::Words => self.words().map(Argument::Words),
        }
    }

    fn checked(&mut self, clause: &Clause, text: Text, wrong: fn(&str) -> Option<&'static str>) -> Argument {
        if let Some(reason) = wrong(&text.value) {
            let message =
                format!("`{}` cannot stand behind `{}` on `{}`", text.value, clause.word, self.vocabulary.wire);
            self.report.push(Diagnostic::new(self.vocabulary.code, text.span, message).help(reason));
        }
        Argument::Text(text)
    }

    fn retry(&mut self) -> Option<Retry> {
        let times = self.count()?;
        let backoff = match self.terms.word("backoff") {
            Some(()) => Some(self.backoff()?),
            None => None,
        };
        Some(Retry { times, backoff })
    }

    fn count(&mut self) -> Option<u32> {
        self.terms.number().and_then(|(digits, _)| digits.parse().ok())
    }

    fn time(&mut self) -> Option<Duration> {
        self.terms.take_if(|term| match &term.kind {
            TermKind::Value(value) => amount_of_time(value).filter(|time| !time.is_zero()),
            _ => None,
        })
    }

    fn backoff(&mut self) -> Option<Backoff> {
        self.terms.take_if(|term| {
            let TermKind::Range(min, max) = &term.kind else { return None };
            let (min, max) = (amount_of_time(min)?, amount_of_time(max)?);
            (!min.is_zero() && min <= max).then_some(Backoff { min, max })
        })
    }

    /// `x`, `[x, y]`: words, at least one.
    fn words(&mut self) -> Option<Vec<(String, At)>> {
        let vocabulary = self.vocabulary;
        self.terms.take_if(|term| match &term.kind {
            TermKind::List(items) if !items.is_empty() => items.iter().map(bare_word).collect(),
            kind if !vocabulary.begins_clause(kind) => bare_word(term).map(|word| vec![word]),
            _ => None,
        })
    }

    /// Keeps what a clause says, unless it was said before, or the contrary of it.
    fn keep(&mut self, said: Said) {
        let code = self.vocabulary.code;
        let word = said.clause.word;
        if let Some(first) = self.clauses.said(word) {
            let twice = Diagnostic::new(code, said.at, format!("`{word}` is said twice"));
            return self.report.push(twice.also(first.at, "said here first").help("leave one of them out"));
        }
        let contrary = |first: &&Said| said.clause.excludes.contains(&first.clause.word);
        if let Some(first) = self.clauses.0.iter().find(contrary) {
            let message = format!("`{word}` contradicts `{}`", first.clause.word);
            let contradiction = Diagnostic::new(code, said.at, message).also(first.at, "said here");
            return self.report.push(contradiction.help("leave one of them out"));
        }
        self.clauses.0.push(said);
    }

    fn malformed(&mut self, clause: &Clause, at: At) {
        let message = "this clause is not complete";
        let help = format!("write `{}`", clause.form);
        self.report.push(Diagnostic::new(self.vocabulary.code, at, message).help(help));
        self.skip();
    }

    fn unknown(&mut self, what: &str, at: At, word: Option<&str>) {
        let vocabulary = self.vocabulary;
        if vocabulary.clauses.is_empty() {
            let message = format!("`{}` has no clauses: it carries calls as they are", vocabulary.wire);
            let help = "leave it out, or bind this to a wire that knows it";
            // One mistake: none of what follows can be a clause either.
            let mut all = at;
            while let Some(term) = self.terms.take() {
                all = all.to(term.span);
            }
            let diagnostic = Diagnostic::new(vocabulary.code, at, message).help(help);
            self.report.push(diagnostic.fix("take the clauses out", all, ""));
            return;
        }
        let near = word.and_then(|word| super::nearest(word, vocabulary.clauses.iter().map(|clause| clause.word)));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let forms: Vec<&str> = vocabulary.clauses.iter().map(|clause| clause.form).collect();
                format!("the clauses are {}", super::list(&forms))
            }
        };
        let message = format!("{what} is no clause of `{}`", vocabulary.wire);
        let diagnostic = Diagnostic::new(vocabulary.code, at, message).help(help);
        self.report.push(match near {
            Some(near) => diagnostic.fix(format!("write `{near}`"), at, near),
            None => diagnostic,
        });
        self.skip();
    }

    fn skip(&mut self) {
        let vocabulary = self.vocabulary;
        self.terms.skip_to(|kind| vocabulary.begins_clause(kind));
    }
}

fn bare_word(term: &Term) -> Option<(String, At)> {
    match &term.kind {
        TermKind::Path(path) => Some((path.text(), path.span)),
        _ => None,
    }
}

/// An amount of time; none of what is no time or too long for one.
fn amount_of_time(value: &Value) -> Option<Duration> {
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
