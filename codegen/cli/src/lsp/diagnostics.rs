//! What the compiler has to say, in the protocol's form.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString,
};
use wireloom_idl::diagnostic::codes;
use wireloom_idl::{Diagnostic, Severity};

use super::documents::Documents;
use super::place::Encoding;
use super::project::Project;

/// The diagnostics of a project by the files they point into; every contract that is reported on is there, perhaps with none.
pub(super) fn by_file(
    project: &Project,
    documents: &Documents,
    encoding: Encoding,
) -> BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>> {
    let mut found: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>> = BTreeMap::new();
    for file in project.loaded().files.iter().filter(|file| !file.imported) {
        found.entry(file.canonical.clone()).or_default();
    }
    for diagnostic in project.report() {
        if let Some(span) = diagnostic.span() {
            let told = one(project, documents, encoding, diagnostic);
            found.entry(project.path_of(span.file)).or_default().extend(told);
        }
    }
    found
}

/// What points nowhere, as lines.
pub(super) fn placeless(project: &Project) -> impl Iterator<Item = String> {
    let nowhere = project.report().iter().filter(|it| it.span().is_none());
    nowhere.map(|it| format!("{}[{}]: {}", it.severity.as_str(), it.code.name, text(it)))
}

/// A diagnostic that has a place.
pub(super) fn one(
    project: &Project,
    documents: &Documents,
    encoding: Encoding,
    diagnostic: &Diagnostic,
) -> Option<lsp_types::Diagnostic> {
    let sources = &project.loaded().sources;
    let related = diagnostic.labels.iter().skip(1).filter_map(|label| {
        let uri = documents.uri_of(&project.path_of(label.span.file))?;
        let location = Location { uri, range: encoding.range(sources, label.span) };
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    let unused = [codes::UNUSED_IMPORT.name].contains(&diagnostic.code.name);
    Some(lsp_types::Diagnostic {
        range: encoding.range(sources, diagnostic.span()?),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(diagnostic.code.name.to_owned())),
        code_description: None::<CodeDescription>,
        source: Some("wireloom".to_owned()),
        message: text(diagnostic),
        related_information: (!related.is_empty()).then_some(related),
        tags: unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    })
}

/// The message, and below it what to do.
fn text(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if let Some(label) = diagnostic.labels.first().filter(|label| !label.text.is_empty()) {
        text += &format!(": {}", label.text);
    }
    if let Some(help) = &diagnostic.help {
        text += &format!("\nhelp: {help}");
    }
    text
}
