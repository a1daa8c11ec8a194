//! A diagnostic as one JSON object on one line.

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::source::{LineColumn, SourceMap, Span};

/// A diagnostic as one JSON object, without a line break.
///
/// Places are `null` where nothing can be pointed at; columns count characters, from 1, and the end is the place behind
/// the last one.
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    #[derive(Serialize)]
    struct Nothing {}
    json_with(diagnostic, sources, &Nothing {})
}

/// The same, with further members of the object.
pub fn json_with(diagnostic: &Diagnostic, sources: &SourceMap, further: &impl Serialize) -> String {
    let place = diagnostic.span().map(|span| Place::of(span, sources));
    let object = Object {
        code: diagnostic.code.name,
        severity: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        file: diagnostic.span().map(|span| sources[span.file].name()),
        line: place.as_ref().map(|place| place.line),
        column: place.as_ref().map(|place| place.column),
        end_line: place.as_ref().map(|place| place.end_line),
        end_column: place.as_ref().map(|place| place.end_column),
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|fix| FixObject {
            title: &fix.title,
            edits: fix
                .edits
                .iter()
                .map(|edit| EditObject {
                    file: sources[edit.span.file].name(),
                    place: Place::of(edit.span, sources),
                    text: &edit.text,
                })
                .collect(),
        }),
        further,
    };
    serde_json::to_string(&object).expect("plain text and numbers are always JSON")
}

#[derive(Serialize)]
struct Object<'a, F> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    help: Option<&'a str>,
    fix: Option<FixObject<'a>>,
    #[serde(flatten)]
    further: &'a F,
}

#[derive(Serialize)]
struct FixObject<'a> {
    title: &'a str,
    edits: Vec<EditObject<'a>>,
}

#[derive(Serialize)]
struct EditObject<'a> {
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

/// A place in a file, as JSON.
#[derive(Debug, Serialize)]
pub struct FilePlace<'a> {
    file: &'a str,
    #[serde(flatten)]
    place: Place,
}

impl<'a> FilePlace<'a> {
    /// Where a span stands.
    pub fn of(span: Span, sources: &'a SourceMap) -> FilePlace<'a> {
        FilePlace { file: sources[span.file].name(), place: Place::of(span, sources) }
    }
}

#[derive(Debug, Serialize)]
struct Place {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

impl Place {
    fn of(span: Span, sources: &SourceMap) -> Place {
        let LineColumn { line, column } = sources[span.file].line_column(span.start);
        let end = sources[span.file].line_column(span.end);
        Place { line, column, end_line: end.line, end_column: end.column }
    }
}
