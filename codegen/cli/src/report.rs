//! Diagnostics on the console, drawn or for machines, and their summary.

use std::collections::BTreeSet;
use std::path::Path;

use wireloom_codegen::load::codes;
use wireloom_idl::diagnostic::render;
use wireloom_idl::{Diagnostic, Diagnostics, Severity, SourceMap};

use crate::args::Format;
use crate::console::Console;

/// Prints diagnostics to the standard output.
pub(crate) fn print(report: &Diagnostics, sources: &SourceMap, format: Format, console: &mut Console) {
    console.out(&all(report, sources, format));
}

/// Diagnostics as they are printed.
pub(crate) fn all(report: &Diagnostics, sources: &SourceMap, format: Format) -> String {
    report.iter().map(|diagnostic| text(diagnostic, sources, format)).collect()
}

/// One diagnostic with its line break.
pub(crate) fn text(diagnostic: &Diagnostic, sources: &SourceMap, format: Format) -> String {
    match format {
        // The console takes the colours out where there is no terminal.
        Format::Human => format!("{}\n\n", render::human(diagnostic, sources, true).trim_end()),
        Format::Json => format!("{}\n", render::json(diagnostic, sources)),
        Format::Github => format!("{}\n", render::github(diagnostic, sources)),
    }
}

/// Prints diagnostics to the standard error, for commands whose output is something else.
pub(crate) fn note(report: &Diagnostics, sources: &SourceMap, console: &mut Console) {
    for diagnostic in report {
        console.note(&format!("{}\n", render::human(diagnostic, sources, true).trim_end()));
    }
}

/// Says what kept a command from its output: to people beside the output, to machines in its place.
pub(crate) fn tell(report: &Diagnostics, sources: &SourceMap, format: Format, console: &mut Console) {
    match format {
        Format::Human => note(report, sources, console),
        Format::Json | Format::Github => print(report, sources, format, console),
    }
}

/// "3 errors, 1 warning in 2 files"
pub(crate) fn summary(report: &Diagnostics, files: usize) -> String {
    let of = |severity: Severity| report.iter().filter(move |it| it.severity == severity);
    let (errors, warnings) = (of(Severity::Error).count(), of(Severity::Warning).count());
    let counts: Vec<String> = [(errors, "error"), (warnings, "warning")]
        .iter()
        .filter(|it| it.0 > 0)
        .map(|&(count, noun)| counted(count, noun))
        .collect();
    if counts.is_empty() {
        return format!("no errors in {}", counted(files, "file"));
    }
    let places: BTreeSet<_> =
        of(Severity::Error).chain(of(Severity::Warning)).filter_map(|it| Some(it.span()?.file)).collect();
    match places.len() {
        0 => counts.join(", "),
        places => format!("{} in {}", counts.join(", "), counted(places, "file")),
    }
}

/// "1 file", "2 files"
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A path that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::nowhere(&codes::UNWRITABLE_FILE, format!("`{}` cannot be written: {error}", path.display()))
}
