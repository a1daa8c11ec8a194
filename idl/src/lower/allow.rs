//! `@allow("code", "why")`: warnings and infos that somebody has looked at.
//!
//! An allowance reaches all that is reported inside of what it marks; on the `package` line, the whole file.

use std::sync::Arc;

use super::Lowering;
use crate::contract::{Allowance, Allowances};
use crate::source::Span;
use crate::syntax::tree::{BindEntry, Item, Marks, RecordMember, ServiceMember, ValueKind};

impl Lowering<'_> {
    /// Every allowance, with its reach.
    pub(super) fn allowances(&self) -> Allowances {
        let mut allowances = Vec::new();
        let reported = self.files.iter().filter(|file| !file.imported);
        for item in reported.flat_map(|file| &file.tree.items) {
            each_marked(item, &mut |marks, span| {
                for annotation in marks.annotations.iter().filter(|it| it.name.text == "allow") {
                    if let Some((None, value)) = annotation.arguments.first()
                        && let ValueKind::Text(code) = &value.kind
                    {
                        let reach = annotation.span.to(span);
                        let (annotation, used) = (annotation.span, Arc::default());
                        allowances.push((code.as_str(), Allowance { reach, annotation, code: value.span, used }));
                    }
                }
            });
        }
        Allowances::new(allowances)
    }
}

/// Visits everything that annotations can stand before, with its place.
fn each_marked<'t>(item: &'t Item, visit: &mut impl FnMut(&'t Marks, Span)) {
    match item {
        Item::Package(it) => visit(&it.marks, Span { start: 0, end: u32::MAX, ..it.span }),
        Item::Import(it) => visit(&it.marks, it.span),
        Item::Scalar(it) => visit(&it.marks, it.span),
        Item::Extern(it) => {
            visit(&it.marks, it.span);
            each_field(it.members.iter().flatten(), visit);
        }
        Item::Example(it) => visit(&it.marks, it.span),
        Item::Record(it) => {
            visit(&it.marks, it.span);
            each_field(&it.members, visit);
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

fn each_field<'t>(members: impl IntoIterator<Item = &'t RecordMember>, visit: &mut impl FnMut(&'t Marks, Span)) {
    for member in members {
        if let RecordMember::Field(field) = member {
            visit(&field.marks, field.span);
        }
    }
}
