//! A diagnostic as a workflow command of GitHub, which shows it beside the line it is about.

use super::printable;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};

/// A diagnostic as a workflow command on one line: `::error file=a.loom,line=1,…,title=unknown-type::no type `sring``.
///
/// Without a place it is told of the run as a whole. Columns stand only where it ends on the line on which it begins: GitHub
/// takes no others.
pub fn github(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = diagnostic.span().map(|span| place(span, sources)).unwrap_or_default();
    let title = property(diagnostic.code.name);
    format!("::{command} {place}title={title}::{}", message(diagnostic))
}

fn place(span: Span, sources: &SourceMap) -> String {
    let file = &sources[span.file];
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    let lines = format!("file={},line={},endLine={}", property(file.name()), start.line, end.line);
    match start.line == end.line {
        true => format!("{lines},col={},endColumn={},", start.column, end.column),
        false => lines + ",",
    }
}

/// The message, and below it what helps.
fn message(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_ref().or(diagnostic.fix.as_ref().map(|fix| &fix.title));
    let help = help.map(|help| format!("\nhelp: {}", printable(help))).unwrap_or_default();
    data(&(printable(&diagnostic.message) + &help))
}

/// What stands behind `::` ends with the line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Properties end at `,` or `:` as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
