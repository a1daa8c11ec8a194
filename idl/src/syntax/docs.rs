//! Runs of `///` lines and what they stand before.

use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::source::Span;
use crate::syntax::lexer::TokenKind;
use crate::syntax::tree::Docs;

/// All documentation of a file, waiting to be asked for by what follows it.
pub(super) struct DocRuns {
    runs: Vec<Run>,
}

struct Run {
    docs: Docs,
    /// Where its lines begin.
    lines: Vec<Span>,
    /// Where the token behind it starts.
    before: u32,
    taken: bool,
}

impl DocRuns {
    pub(super) fn new(view: &View<'_>) -> DocRuns {
        let mut runs = Vec::new();
        let mut open: Option<Docs> = None;
        let mut lines = Vec::new();
        for token in view.tokens() {
            if token.kind == TokenKind::Doc {
                let line = view.text[token.range()].trim_end().trim_start_matches('/');
                let line = line.strip_prefix(' ').unwrap_or(line);
                let span = Span { file: view.file, start: token.start, end: token.end };
                lines.push(span.before());
                match &mut open {
                    Some(docs) => {
                        docs.text.push('\n');
                        docs.text.push_str(line);
                        docs.span = docs.span.to(span);
                    }
                    None => open = Some(Docs { text: line.to_owned(), span }),
                }
            } else if token.is_significant() {
                let lines = std::mem::take(&mut lines);
                runs.extend(open.take().map(|docs| Run { docs, lines, before: token.start, taken: false }));
            }
        }
        runs.extend(open.map(|docs| Run { docs, lines, before: u32::MAX, taken: false }));
        DocRuns { runs }
    }

    /// The documentation that directly precedes the token at `start`.
    pub(super) fn take(&mut self, start: u32) -> Option<Docs> {
        let index = self.runs.binary_search_by_key(&start, |run| run.before).ok()?;
        let run = &mut self.runs[index];
        run.taken = true;
        Some(run.docs.clone())
    }

    /// Forgets the documentation inside what could not be understood.
    pub(super) fn ignore(&mut self, span: Span) {
        let from = self.runs.partition_point(|run| run.before < span.start);
        for run in self.runs[from..].iter_mut().take_while(|run| run.before < span.end) {
            run.taken = true;
        }
    }

    /// Warns of what nothing has asked for.
    pub(super) fn report_rest(self, out: &mut Report) {
        for run in self.runs.into_iter().filter(|run| !run.taken) {
            let message = "this documentation stands before nothing that it could describe";
            let help = "documentation stands directly before a declaration or member, before its annotations; \
                        write `//` for a comment";
            let slashes = run.lines.iter().map(|line| Edit::replace(Span { end: line.start + 3, ..*line }, "//"));
            let diagnostic = Diagnostic::new(&codes::DOC_BEFORE_NOTHING, run.docs.span, message).help(help);
            out.push(diagnostic.fix_by("make it a comment", slashes.collect()));
        }
    }
}
