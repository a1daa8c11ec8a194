//! The diagnostics of one file while it is read: bounded, and asked what is already said.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, codes};
use crate::source::Span;

/// How many mistakes of one file are shown.
const SHOWN_MAX: usize = 200;

/// Collects diagnostics, up to a bound.
#[derive(Default)]
pub(super) struct Report {
    all: Diagnostics,
    /// Where errors were reported by the phases before items, sorted.
    settled: Vec<u32>,
    /// The first that was one too many.
    first_dropped: Option<Span>,
}

impl Report {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.all.len() < SHOWN_MAX {
            self.all.push(diagnostic);
        } else if diagnostic.severity == Severity::Error && self.first_dropped.is_none() {
            self.first_dropped = diagnostic.span();
        }
    }

    /// How much was said so far.
    pub(super) fn said(&self) -> usize {
        self.all.len() + usize::from(self.first_dropped.is_some())
    }

    /// Remembers what is reported so far, for [`Report::has_settled`].
    pub(super) fn settle(&mut self) {
        self.settled = self.all.iter().filter_map(|diagnostic| diagnostic.span().map(|span| span.start)).collect();
        self.settled.sort_unstable();
    }

    /// Whether a mistake in this stretch was settled: one cause is told once.
    pub(super) fn has_settled(&self, span: Span) -> bool {
        let next = self.settled.partition_point(|&start| start < span.start);
        self.settled.get(next).is_some_and(|&start| start < span.end)
    }

    /// Whether further mistakes would not be shown.
    pub(super) fn is_full(&self) -> bool {
        self.first_dropped.is_some()
    }

    /// Everything, in the order of the text.
    pub(super) fn finish(mut self) -> Diagnostics {
        self.all.sort();
        if let Some(span) = self.first_dropped {
            let message = format!("there are more than {SHOWN_MAX} mistakes; the rest is not shown");
            self.all.push(Diagnostic::new(&codes::TOO_MANY_ERRORS, span, message));
        }
        self.all
    }
}
