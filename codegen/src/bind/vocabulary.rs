//! The words of a `rest` binding: terms in, clauses out.
//!
//! Only the form is judged here: that a verb is followed by a path, a header by its input. Whether the clauses fit the
//! operation is for [`super::operations`] and [`super::inputs`].

use wireloom_idl::contract::At;
use wireloom_idl::syntax::tree::{Path, Term, TermKind, Text};
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

use super::http::{StreamForm, Verb};
use super::terms::Terms;
use crate::codes;

/// What an entry of a `rest` binding says.
#[derive(Clone, Debug, Default)]
pub(super) struct Clauses {
    pub(super) verb: Option<(Verb, At)>,
    pub(super) path: Option<Text>,
    pub(super) status: Option<(u16, At)>,
    pub(super) headers: Vec<Placement>,
    pub(super) queries: Vec<Placement>,
    pub(super) body: Option<(String, At)>,
    pub(super) stream: Option<(StreamForm, At)>,
    pub(super) faults: Vec<FaultStatus>,
    pub(super) xml: Option<At>,
}

/// `header "X" = input`, `query "q" = input`
#[derive(Clone, Debug)]
pub(super) struct Placement {
    pub(super) name: Text,
    pub(super) input: String,
    pub(super) input_at: At,
}

/// `fault F -> status`
#[derive(Clone, Debug)]
pub(super) struct FaultStatus {
    pub(super) fault: String,
    pub(super) fault_at: At,
    pub(super) status: u16,
}

impl Clauses {
    /// Puts these over `all`: what is said here wins; what is not is taken from there where it concerns the operation.
    pub(super) fn over(mut self, all: &Clauses, streams: bool, faults: &[&str]) -> Clauses {
        self.status = self.status.or(all.status);
        self.stream = self.stream.or(all.stream.filter(|_| streams));
        self.xml = self.xml.or(all.xml);
        let own: Vec<String> = self.faults.iter().map(|clause| clause.fault.clone()).collect();
        let from_all = all.faults.iter().filter(|clause| faults.contains(&clause.fault.as_str()));
        self.faults.extend(from_all.filter(|clause| !own.contains(&clause.fault)).cloned());
        self
    }
}

const WORDS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "header", "query", "body", "as", "fault", "xml"];

/// A clause of `rest`, for readers.
#[derive(Debug)]
pub struct RestClause {
    /// As it is written.
    pub form: &'static str,
    /// Whether `all` may say it.
    pub in_all: bool,
    /// What holds where nobody says it.
    pub unsaid: &'static str,
    /// What it says.
    pub what: &'static str,
}

const fn clause(form: &'static str, in_all: bool, unsaid: &'static str, what: &'static str) -> RestClause {
    RestClause { form, in_all, unsaid, what }
}

/// All that entries of a `rest` binding may say.
pub const CLAUSES: &[RestClause] = &[
    clause(
        "VERB \"path\"",
        false,
        "`safe`: `GET \"/op\"`, else `POST \"/op\"`",
        "GET, HEAD, POST, PUT, PATCH or DELETE, and where",
    ),
    clause("-> status", true, "200; 204 without an answer; 202 of `oneway`", "the status of success"),
    clause("header \"X\" = input", false, "an `idempotency_key` in `Idempotency-Key`", "an input in a header"),
    clause("query \"q\" = input", false, "on GET, HEAD and DELETE all that is left", "an input in the query"),
    clause("body input", false, "an object of all that is left", "an input as the whole body"),
    clause("as sse|ndjson", true, "as `Accept` asks", "how a stream of answers is framed"),
    clause("fault F -> status", true, "that of the fault's code", "the status of a fault"),
    clause("xml", true, "JSON", "bodies in XML, which is not generated yet"),
];

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
        match &term.kind {
            TermKind::Arrow => self.status(term.span),
            TermKind::Path(path) => self.word(path, term.span),
            _ => self.unknown("this is no clause of `rest`", term.span, None),
        }
    }

    fn word(&mut self, path: &Path, at: At) {
        let word = path.text();
        if let Some(verb) = Verb::ALL.into_iter().find(|verb| verb.as_str() == word) {
            return self.verb(verb, at);
        }
        match word.as_str() {
            "header" => self.placement(at, "header \"X-Name\" = input", |clauses| &mut clauses.headers),
            "query" => self.placement(at, "query \"name\" = input", |clauses| &mut clauses.queries),
            "body" => self.body(at),
            "as" => self.stream(at),
            "fault" => self.fault(at),
            "xml" => self.xml(at),
            _ => self.unknown(&format!("`{word}` is no clause of `rest`"), at, Some(&word)),
        }
    }

    fn verb(&mut self, verb: Verb, at: At) {
        match self.terms.text() {
            Some(path) if self.clauses.verb.is_none() => {
                self.clauses.verb = Some((verb, at));
                self.clauses.path = Some(path);
            }
            Some(_) => self.twice("the verb", at),
            None => self.malformed(at, &format!("{} \"/path\"", verb.as_str())),
        }
    }

    fn status(&mut self, at: At) {
        match self.number() {
            Some(status) if self.clauses.status.is_none() => self.clauses.status = Some(status),
            Some((_, at)) => self.twice("the status", at),
            None => self.malformed(at, "-> 201"),
        }
    }

    fn placement(&mut self, at: At, form: &str, into: impl FnOnce(&mut Clauses) -> &mut Vec<Placement>) {
        let placement = self
            .terms
            .text()
            .and_then(|name| self.terms.equals().and_then(|()| self.path()).map(|input| (name, input)));
        match placement {
            Some((name, (input, input_at))) => into(&mut self.clauses).push(Placement { name, input, input_at }),
            None => self.malformed(at, form),
        }
    }

    fn body(&mut self, at: At) {
        match self.path() {
            Some(input) if self.clauses.body.is_none() => self.clauses.body = Some(input),
            Some((_, at)) => self.twice("the body", at),
            None => self.malformed(at, "body input"),
        }
    }

    fn stream(&mut self, at: At) {
        let form = match self.path() {
            Some((word, form_at)) if word == "sse" => (StreamForm::Sse, at.to(form_at)),
            Some((word, form_at)) if word == "ndjson" => (StreamForm::Ndjson, at.to(form_at)),
            _ => return self.malformed(at, "as sse` or `as ndjson"),
        };
        match self.clauses.stream {
            None => self.clauses.stream = Some(form),
            Some(_) => self.twice("the form of the stream", at),
        }
    }

    fn xml(&mut self, at: At) {
        if self.clauses.xml.is_some() {
            return self.twice("`xml`", at);
        }
        self.clauses.xml = Some(at);
        self.report.push(Diagnostic {
            severity: Severity::Info,
            ..Diagnostic::new(&codes::NOT_GENERATED_YET, at, "XML bodies are not generated yet: they are JSON")
        });
    }

    fn fault(&mut self, at: At) {
        let clause =
            self.path().and_then(|fault| self.terms.arrow().and_then(|()| self.number()).map(|status| (fault, status)));
        match clause {
            Some(((fault, fault_at), (status, _))) if (400..600).contains(&status) => {
                let fault = fault.rsplit('.').next().unwrap_or_default().to_owned();
                self.clauses.faults.push(FaultStatus { fault, fault_at, status });
            }
            Some((_, (status, at))) => self.report.push(
                Diagnostic::new(&codes::REST_STATUS, at, format!("{status} is no status of a failure"))
                    .help("take one in 400..599"),
            ),
            None => self.malformed(at, "fault OutOfStock -> 410"),
        }
    }

    fn path(&mut self) -> Option<(String, At)> {
        self.terms.path().map(|path| (path.text(), path.span))
    }

    /// A number; one that is too large for any status is the largest.
    fn number(&mut self) -> Option<(u16, At)> {
        self.terms.number().map(|(digits, at)| (digits.parse().unwrap_or(u16::MAX), at))
    }

    fn malformed(&mut self, at: At, form: &str) {
        self.report.push(
            Diagnostic::new(&codes::REST_CLAUSE, at, "this clause is not complete").help(format!("write `{form}`")),
        );
        self.skip();
    }

    fn twice(&mut self, what: &str, at: At) {
        self.report.push(
            Diagnostic::new(&codes::REST_CLAUSE, at, format!("{what} is said twice")).help("leave one of them out"),
        );
    }

    fn unknown(&mut self, message: &str, at: At, word: Option<&str>) {
        let near = word.and_then(|word| super::nearest(word, WORDS.iter().copied()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let forms: Vec<&str> = CLAUSES.iter().map(|clause| clause.form).collect();
                format!("the clauses are {}", super::list(&forms))
            }
        };
        let diagnostic = Diagnostic::new(&codes::REST_CLAUSE, at, message).help(help);
        self.report.push(match near {
            Some(near) => diagnostic.fix(format!("write `{near}`"), at, near),
            None => diagnostic,
        });
        self.skip();
    }

    fn skip(&mut self) {
        self.terms.skip_to(|kind| match kind {
            TermKind::Path(path) => WORDS.contains(&path.text().as_str()),
            TermKind::Arrow => true,
            _ => false,
        });
    }
}
