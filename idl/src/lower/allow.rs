//! `@allow("code", "why")`: warnings and infos that somebody has looked at.
//!
//! An allowance reaches all that is reported inside of what it marks.

use std::collections::HashMap;

use super::Lowering;
use crate::diagnostic::Severity;
use crate::source::Span;
use crate::syntax::tree::{BindEntry, Item, Marks, RecordMember, ServiceMember, ValueKind};

impl Lowering<'_> {
    /// Drops what is allowed where it stands.
    pub(super) fn drop_allowed(&mut self) {
        let mut allowed: HashMap<&str, Vec<Span>> = HashMap::new();
        for file in &self.files {
            for item in &file.tree.items {
                each_marked(item, &mut |marks, span| {
                    for annotation in marks.annotations.iter().filter(|it| it.name.text == "allow") {
                        if let Some((None, value)) = annotation.arguments.first()
                            && let ValueKind::Text(code) = &value.kind
                        {
                            allowed.entry(code).or_default().push(annotation.span.to(span));
                        }
                    }
                });
            }
        }
        if allowed.is_empty() {
            return;
        }
        let holds = |outer: &Span, inner: Span| {
            outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
        };
        self.keep(|diagnostic| {
            let places = allowed.get(diagnostic.code.name);
            let (Some(places), Some(at)) = (places, diagnostic.span()) else { return true };
            diagnostic.severity == Severity::Error || !places.iter().any(|place| holds(place, at))
        });
    }
}

/// Visits everything that annotations can stand before, with its place.
fn each_marked<'t>(item: &'t Item, visit: &mut impl FnMut(&'t Marks, Span)) {
    match item {
        Item::Package(it) => visit(&it.marks, it.span),
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
