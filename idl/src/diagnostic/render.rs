//! Diagnostics as text: a drawing for people, one JSON object for machines, one workflow command for GitHub.
//!
//! The only place where a diagnostic becomes text. It prints nothing; whoever has the terminal does.

mod drawing;
mod github;
mod json;

use super::{Diagnostic, Severity};
use crate::source::SourceMap;
use crate::syntax::is_forbidden;
use drawing::Drawing;

pub use github::github;
pub use json::{FilePlace, json, json_with};

/// Draws a diagnostic with the lines that it points at, for a terminal (`color`) or a file.
///
/// ```
/// use wireloom_idl::{Diagnostic, SourceMap, Span, diagnostic::{codes, render}};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("a.loom", "record A { b: sring }");
/// let diagnostic = Diagnostic::new(&codes::UNKNOWN_TYPE, Span::new(file, 14, 19), "no type `sring`")
///     .label("not known")
///     .help("did you mean `string`?");
/// assert_eq!(render::human(&diagnostic, &sources, false), "\
/// error[unknown-type]: no type `sring`
///  --> a.loom:1:15
///   |
/// 1 | record A { b: sring }
///   |               ^^^^^ not known
/// help: did you mean `string`?
/// ");
/// ```
pub fn human(diagnostic: &Diagnostic, sources: &SourceMap, color: bool) -> String {
    let paint = Paint { color, severity: diagnostic.severity };
    let mut drawing = Drawing::new(sources, &paint);
    let title = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code.name);
    drawing.line(&format!("{}: {}", paint.severe(&title), paint.strong(&printable(&diagnostic.message))));
    drawing.labels(&diagnostic.labels);
    if let Some(help) = &diagnostic.help {
        drawing.line(&format!("{}: {}", paint.strong("help"), printable(help)));
    } else if let Some(fix) = &diagnostic.fix {
        drawing.line(&format!("{}: {}", paint.strong("help"), printable(&fix.title)));
    }
    drawing.finish()
}

/// What could change how a terminal shows the rest is shown as a replacement character.
fn printable(text: &str) -> String {
    let is_hidden = |character: char| character.is_control() || is_forbidden(character);
    text.chars().map(|character| if is_hidden(character) { char::REPLACEMENT_CHARACTER } else { character }).collect()
}

/// Colours, where they are wanted.
struct Paint {
    color: bool,
    severity: Severity,
}

impl Paint {
    fn severe(&self, text: &str) -> String {
        let code = match self.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        self.paint(code, text)
    }

    fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// For the frame and for what only explains.
    fn frame(&self, text: &str) -> String {
        self.paint("1;34", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
