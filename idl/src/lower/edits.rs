//! Edits that fixes are made of: what goes where something is taken out of a contract, and where an import goes in.

use super::Lowering;
use super::scope::FileIndex;
use crate::contract::PackageId;
use crate::diagnostic::{Diagnostic, Edit, fix};
use crate::source::Span;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::tree::{Imported, Item, Marks, Value};

impl Lowering<'_> {
    /// Takes something out with the blanks before it.
    pub(super) fn without(&self, place: Span) -> Edit {
        Edit::remove(fix::with_blanks(self.sources[place.file].text(), place))
    }

    /// Takes an entry of a list out with its comma.
    pub(super) fn without_entry(&self, entry: Span) -> Edit {
        Edit::remove(fix::with_comma(self.sources[entry.file].text(), entry))
    }

    /// Takes a default out with its `=`; none where something stands between them.
    pub(super) fn without_default(&self, value: &Value) -> Option<Edit> {
        let before = self.sources[value.span.file].text()[..value.span.start as usize].trim_end();
        let equals = before.strip_suffix('=')?.len() as u32;
        Some(self.without(Span { start: equals, ..value.span }))
    }

    /// Takes what is said a second time out, if it is the same word for word; `second` is none where there is more to it.
    pub(super) fn without_copy(&self, diagnostic: Diagnostic, first: Span, second: Option<Span>) -> Diagnostic {
        match second.filter(|&second| self.sources.text(first) == self.sources.text(second)) {
            Some(second) => diagnostic.fix_by("take the second one out", vec![self.without_entry(second)]),
            None => diagnostic,
        }
    }

    /// Another name in the place of one, wherever it stands in a file as a name of its own.
    pub(super) fn renamed_in(&self, file: FileIndex, name: &str, right: &str) -> Vec<Edit> {
        let tree = self.files[file].tree;
        let text = self.sources[tree.file].text();
        let is_it = |token: &&Token| {
            let is_part = text[..token.start as usize].ends_with(['.', '@']);
            token.kind == TokenKind::Word && text[token.range()] == *name && !is_part
        };
        let places = tree.tokens.iter().filter(is_it);
        places.map(|it| Edit::replace(Span { file: tree.file, start: it.start, end: it.end }, right)).collect()
    }

    /// Brings a name of another package into a file; none where the packages would then import each other.
    pub(super) fn import(&self, file: FileIndex, package: PackageId, name: &str) -> Option<Edit> {
        let path = &self.packages[package.0 as usize].name;
        if self.reaches(package, self.files[file].package) {
            return None;
        }
        let items = &self.files[file].tree.items;
        let names = items.iter().find_map(|item| match item {
            Item::Import(import) if import.path.text() == *path => match &import.what {
                Imported::Names(names) => names.last(),
                Imported::Package(_) => None,
            },
            _ => None,
        });
        match names {
            Some(last) => Some(Edit::insert(last.span.after(), format!(", {name}"))),
            None => self.import_line(file, &format!("import {path}.{{{name}}}")),
        }
    }

    /// An import on a line of its own, behind the others.
    pub(super) fn import_line(&self, file: FileIndex, line: &str) -> Option<Edit> {
        let items = &self.files[file].tree.items;
        let last = |wanted: fn(&&Item) -> bool| items.iter().rfind(wanted).map(Item::span);
        match last(|item| matches!(item, Item::Import(_))) {
            Some(import) => Some(Edit::insert(import.after(), format!("\n{line}"))),
            None => {
                let package = last(|item| matches!(item, Item::Package(_)))?;
                Some(Edit::insert(package.after(), format!("\n\n{line}")))
            }
        }
    }

    /// Whether a package imports another, or is it.
    pub(super) fn reaches(&self, from: PackageId, to: PackageId) -> bool {
        let mut seen = vec![false; self.packages.len()];
        let mut open = vec![from];
        while let Some(package) = open.pop() {
            if package == to {
                return true;
            }
            if !std::mem::replace(&mut seen[package.0 as usize], true) {
                open.extend(self.packages[package.0 as usize].imports.iter().filter_map(|line| line.target));
            }
        }
        false
    }
}

/// The place of something that nothing is written before: no documentation, no annotation.
pub(super) fn unmarked(marks: &Marks, place: Span) -> Option<Span> {
    (marks.docs.is_none() && marks.annotations.is_empty()).then_some(place)
}
