//! What the compiler has to say: diagnostics as values.
//!
//! A [`Diagnostic`] has a stable [`Code`], a one-line message, labelled places, help, and where it can a [`Fix`]. It is
//! drawn in exactly one place, [`render`]. No phase prints, and none stops at the first mistake.

pub mod codes;
pub mod fix;
pub mod render;

pub use codes::Code;
pub use fix::{Edit, Fix};

use crate::source::Span;

/// How bad it is. Only errors make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be generated from this.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// `error`, `warning` or `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// One labelled place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to say there; empty for none.
    pub text: String,
}

/// One thing the compiler has to say.
///
/// ```
/// use wireloom_idl::{Diagnostic, SourceMap, Span, diagnostic::codes};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("a.loom", "record A { b: sring }");
/// let place = Span::new(file, 14, 19);
/// let diagnostic = Diagnostic::new(&codes::UNKNOWN_TYPE, place, "no type `sring`").help("did you mean `string`?");
/// assert_eq!(diagnostic.code.name, "unknown-type");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, with its explanation.
    pub code: &'static Code,
    /// How bad it is; the code's own unless changed.
    pub severity: Severity,
    /// One line, no full stop, names in backticks.
    pub message: String,
    /// The place, first; further places behind it. Empty where nothing can be pointed at.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A diagnostic at one place.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { labels: vec![Label { span, text: String::new() }], ..Diagnostic::nowhere(code, message) }
    }

    /// A diagnostic about something outside any file's text: a path that is not there.
    pub fn nowhere(code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, severity: code.severity, message: message.into(), labels: Vec::new(), help: None, fix: None }
    }

    /// Says something at the main place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    /// Points at another place as well.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds a fix of one replacement.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix_by(title, vec![Edit::replace(span, text)])
    }

    /// Adds a fix of any number of replacements.
    #[must_use]
    pub fn fix_by(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), edits });
        self
    }

    /// The main place, if there is one.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

/// The diagnostics of a run, in the order they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.all.push(diagnostic);
    }

    /// Adds all of another.
    pub fn append(&mut self, other: Diagnostics) {
        self.all.extend(other.all);
    }

    /// Drops those that are not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&Diagnostic) -> bool) {
        self.all.retain(|diagnostic| wanted(diagnostic));
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.all.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Sorts by file and place (those without a place first) and drops exact repetitions: the order they are shown in.
    pub fn sort(&mut self) {
        let rank = |it: &Diagnostic| (it.span(), it.severity, it.code.name);
        self.all.sort_by(|left, right| rank(left).cmp(&rank(right)).then_with(|| left.message.cmp(&right.message)));
        self.all.dedup();
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, more: I) {
        self.all.extend(more);
    }
}
