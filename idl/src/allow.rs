//! `@allow("code", "why")`: warnings and infos that somebody has looked at.
//!
//! An allowance reaches all that is reported inside of what it marks; on the `package` line, the whole file. Errors are never
//! allowed. Each phase takes what is allowed out of what it has to say; once all of them have spoken, an allowance that kept
//! nothing quiet is told itself.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Edit, Severity, codes, fix};
use crate::source::{SourceMap, Span};
use crate::syntax::SyntaxTree;
use crate::syntax::tree::{Annotation, BindEntry, Item, Marks, RecordMember, ServiceMember, ValueKind};

/// All allowances of a contract.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    /// By their codes.
    all: BTreeMap<String, Vec<Allowance>>,
}

#[derive(Clone, Debug)]
struct Allowance {
    reach: Span,
    annotation: Span,
    /// The code, with its quotes.
    code: Span,
    used: bool,
}

impl Allowances {
    /// The allowances of some files.
    pub fn of<'t>(trees: impl IntoIterator<Item = &'t SyntaxTree>) -> Allowances {
        let mut allowances = Allowances::default();
        for tree in trees {
            tree.items.iter().for_each(|item| each_marked(item, &mut |marks, span| allowances.gather(marks, span)));
        }
        allowances
    }

    fn gather(&mut self, marks: &Marks, reach: Span) {
        for annotation in marks.annotations.iter().filter(|it| it.name.text == "allow") {
            let Some((code, at)) = code_of(annotation) else { continue };
            let reach = annotation.span.to(reach);
            let allowance = Allowance { reach, annotation: annotation.span, code: at, used: false };
            self.all.entry(code.to_owned()).or_default().push(allowance);
        }
    }

    /// Whether a code is allowed at a place.
    pub fn hold(&self, code: &str, at: Span) -> bool {
        self.all.get(code).is_some_and(|all| all.iter().any(|allowance| holds(allowance.reach, at)))
    }

    /// Takes out what is allowed where it stands, and remembers by which allowance.
    #[must_use]
    pub fn suppress(&mut self, report: Diagnostics) -> Diagnostics {
        let mut kept = Diagnostics::new();
        kept.extend(report.into_iter().filter(|diagnostic| !self.allow(diagnostic)));
        kept
    }

    fn allow(&mut self, diagnostic: &Diagnostic) -> bool {
        let Some(at) = diagnostic.span().filter(|_| diagnostic.severity != Severity::Error) else { return false };
        let mut found = false;
        for allowance in self.all.get_mut(diagnostic.code.name).into_iter().flatten() {
            if holds(allowance.reach, at) {
                (allowance.used, found) = (true, true);
            }
        }
        found
    }

    /// Says which allowances kept nothing quiet; `known` are all codes there are. Only asked once every phase has spoken.
    pub fn unused(&self, sources: &SourceMap, known: &[&'static Code]) -> Diagnostics {
        let mut report = Diagnostics::new();
        for (name, all) in &self.all {
            let code = known.iter().find(|code| code.name == *name);
            for allowance in all.iter().filter(|it| !it.used) {
                report.push(match code {
                    Some(code) => unused(code, allowance, sources),
                    None => unknown(name, allowance, known),
                });
            }
        }
        report.sort();
        report
    }
}

fn unused(code: &Code, allowance: &Allowance, sources: &SourceMap) -> Diagnostic {
    let message = match code.severity {
        Severity::Error => format!("`{}` is an error, which nothing allows", code.name),
        Severity::Warning | Severity::Info => format!("nothing here would be told as `{}`", code.name),
    };
    let out = fix::with_blanks(sources[allowance.annotation.file].text(), allowance.annotation);
    Diagnostic::new(&codes::ALLOW_UNUSED, allowance.annotation, message).fix_by("take it out", vec![Edit::remove(out)])
}

fn unknown(name: &str, allowance: &Allowance, known: &[&'static Code]) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::ALLOW_UNKNOWN, allowance.code, format!("no code is called `{name}`"));
    // Errors are not allowed, so none of them was meant.
    let words = known.iter().filter(|code| code.severity != Severity::Error).map(|code| code.name);
    match crate::lower::nearest(name, words) {
        Some(near) => {
            let right = format!("\"{near}\"");
            diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), allowance.code, right)
        }
        None => diagnostic.help("`wireloom explain --list` lists all codes"),
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The code that an allowance names, with its place.
fn code_of(annotation: &Annotation) -> Option<(&str, Span)> {
    match annotation.arguments.first() {
        Some((None, value)) => match &value.kind {
            ValueKind::Text(code) => Some((code, value.span)),
            _ => None,
        },
        _ => None,
    }
}

/// Visits everything that annotations can stand before, with its place.
fn each_marked<'t>(item: &'t Item, visit: &mut impl FnMut(&'t Marks, Span)) {
    match item {
        Item::Package(it) => visit(&it.marks, Span { start: 0, end: u32::MAX, ..it.span }),
        Item::Import(it) => visit(&it.marks, it.span),
        Item::Scalar(it) => visit(&it.marks, it.span),
        Item::Extern(it) => visit(&it.marks, it.span),
        Item::Example(it) => visit(&it.marks, it.span),
        Item::Record(it) => {
            visit(&it.marks, it.span);
            for member in &it.members {
                if let RecordMember::Field(field) = member {
                    visit(&field.marks, field.span);
                }
            }
        }
        Item::Enum(it) => {
            visit(&it.marks, it.span);
            it.members.iter().for_each(|member| visit(&member.marks, member.span));
        }
        Item::Union(it) => {
            visit(&it.marks, it.span);
            it.cases.iter().for_each(|case| visit(&case.marks, case.span));
        }
        Item::Service(it) => {
            visit(&it.marks, it.span);
            for member in &it.members {
                match member {
                    ServiceMember::Operation(operation) => {
                        visit(&operation.marks, operation.span);
                        operation.inputs.iter().for_each(|input| visit(&input.marks, input.span));
                    }
                    ServiceMember::Handler(handler) => visit(&handler.marks, handler.span),
                    ServiceMember::Clause(_) | ServiceMember::Broken(_) => {}
                }
            }
        }
        Item::Bind(it) => {
            visit(&it.marks, it.span);
            for entry in it.entries.iter().flatten() {
                if let BindEntry::Named { marks, span, .. } = entry {
                    visit(marks, *span);
                }
            }
        }
        Item::Broken(_) => {}
    }
}
