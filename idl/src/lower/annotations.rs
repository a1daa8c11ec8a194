//! Documentation and annotations: kept as data, for the targets they speak to.

use super::Lowering;
use crate::contract::{Annotation, Annotations, Literal};
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::tree::{self, Item, Marks, Unit, Value, ValueKind};

/// The documentation before something.
pub(super) fn docs(marks: &Marks) -> Option<String> {
    marks.docs.as_ref().map(|docs| docs.text.clone())
}

impl Lowering<'_> {
    /// The annotations before something; `@allow` is checked, the others are their targets' business.
    pub(super) fn annotations(&mut self, marks: &Marks) -> Annotations {
        marks.annotations.iter().filter(|it| it.name.text == "allow").for_each(|it| self.check_allow(it));
        let lower = |it: &tree::Annotation| Annotation {
            name: it.name.text.clone(),
            arguments: it
                .arguments
                .iter()
                .map(|(name, value)| (name.as_ref().map(|it| it.text.clone()), plain(value)))
                .collect(),
            is_word: matches!(it.arguments.as_slice(), [(None, Value { kind: ValueKind::Word(_), .. })]),
            at: it.span,
        };
        Annotations(marks.annotations.iter().map(lower).collect())
    }

    /// Those of what is no declaration: `package` lines, imports, examples.
    pub(super) fn lower_loose_annotations(&mut self) {
        for package in 0..self.packages.len() {
            for file in self.packages[package].files.clone() {
                for item in &self.files[file].tree.items {
                    let marks = match item {
                        Item::Package(it) => &it.marks,
                        Item::Import(it) => &it.marks,
                        Item::Example(it) => &it.marks,
                        _ => continue,
                    };
                    let loose = self.annotations(marks);
                    self.finished[package].annotations.extend(loose.0);
                }
            }
        }
    }

    fn check_allow(&mut self, annotation: &tree::Annotation) {
        let text = |position: usize| match annotation.arguments.get(position) {
            Some((None, Value { kind: ValueKind::Text(text), .. })) => Some(text.as_str()),
            _ => None,
        };
        let sound =
            annotation.arguments.len() == 2 && text(0).is_some() && text(1).is_some_and(|why| !why.trim().is_empty());
        if !sound {
            let message = "an allowance names a code and a reason";
            let help = "write `@allow(\"unused-import\", \"used by the next release\")`";
            self.report(Diagnostic::new(&codes::ALLOW, annotation.span, message).help(help));
        }
    }
}

/// A value as it stands, without a type to read it by.
pub(super) fn plain(value: &Value) -> Literal {
    match &value.kind {
        ValueKind::Null => Literal::Null,
        ValueKind::Bool(it) => Literal::Bool(*it),
        ValueKind::Number(digits) => Literal::Number(digits.replace('_', "")),
        ValueKind::Text(text) | ValueKind::Word(text) => Literal::Text(text.clone()),
        ValueKind::Quantity(amount, unit) => Literal::Text(amount.replace('_', "") + suffix(*unit)),
        ValueKind::List(items) => Literal::List(items.iter().map(plain).collect()),
        ValueKind::Object(entries) => {
            Literal::Object(entries.iter().map(|(key, it)| (key.text.clone(), plain(it))).collect())
        }
    }
}

fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Millisecond => "ms",
        Unit::Second => "s",
        Unit::Minute => "m",
        Unit::Hour => "h",
        Unit::Day => "d",
        Unit::Byte => "B",
        Unit::Kilobyte => "KB",
        Unit::Megabyte => "MB",
        Unit::Gigabyte => "GB",
        Unit::Kibibyte => "KiB",
        Unit::Mebibyte => "MiB",
        Unit::Gibibyte => "GiB",
        Unit::PerSecond => "/s",
        Unit::PerMinute => "/m",
        Unit::PerHour => "/h",
        Unit::Percent => "%",
    }
}
