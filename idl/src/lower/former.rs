//! Former names: JSON that says one which another member has by now means that one, which is good to know.

use std::collections::HashMap;

use super::Lowering;
use crate::contract::{Field, Inputs, TypeKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// A member with its former name: name, former name, and where it stands.
type Named<'a> = (&'a str, Option<&'a str>, Span);

impl Lowering<'_> {
    /// Checks the former names of all members that the contract declares.
    pub(super) fn check_former_names(&mut self) {
        let mut found = Vec::new();
        for (def, _) in self.types.iter().zip(&self.sheets).filter(|(_, sheet)| sheet.is_declared()) {
            let members: Vec<Named<'_>> = match &def.kind {
                TypeKind::Enum(it) => it.members.iter().map(|it| (&*it.name, it.was.as_deref(), it.at)).collect(),
                TypeKind::Union(it) => it.cases.iter().map(|it| (&*it.name, it.was.as_deref(), it.at)).collect(),
                _ => fields(def.fields().unwrap_or_default()),
            };
            taken(&def.name, &members, &mut found);
        }
        for service in self.finished.iter().flat_map(|parts| &parts.services) {
            let operations = service.operations.iter().map(|it| (&*it.name, it.was.as_deref(), it.at));
            taken(&service.name, &operations.collect::<Vec<_>>(), &mut found);
            for operation in &service.operations {
                if let Inputs::Fields(inputs) = &operation.inputs {
                    taken(&operation.name, &fields(inputs), &mut found);
                }
            }
        }
        self.report.extend(found);
    }
}

fn fields(fields: &[Field]) -> Vec<Named<'_>> {
    fields.iter().map(|field| (&*field.name, field.was.as_deref(), field.at)).collect()
}

fn taken(owner: &str, members: &[Named<'_>], found: &mut Vec<Diagnostic>) {
    if members.iter().all(|(_, was, _)| was.is_none()) {
        return;
    }
    let (mut holders, mut formers) = (HashMap::new(), HashMap::new());
    for (name, _, at) in members {
        holders.entry(*name).or_insert(*at);
    }
    for (name, was, at) in members {
        let Some(was) = *was else { continue };
        let holder = holders.get(was).copied().filter(|place| place != at);
        let twice = formers.get(was).copied();
        formers.entry(was).or_insert(*at);
        let (message, other) = match (holder, twice) {
            (Some(other), _) => (format!("`{name}` was `{was}`, which another member of `{owner}` is called"), other),
            (None, Some(other)) => (format!("two members of `{owner}` were `{was}`"), other),
            (None, None) => continue,
        };
        let diagnostic = Diagnostic::new(&codes::FORMER_NAME, *at, message).also(other, "this one");
        found.push(
            diagnostic.help(format!("the number goes along all the same; JSON that says `{was}` means the other one")),
        );
    }
}
