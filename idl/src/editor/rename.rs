//! Renaming: every place where a name is meant gets another one, and who knew the old name still finds what it was.
//!
//! A member that others know by a number or by its name on a wire keeps its identity through `was`: where the lock lists the
//! name, or, without a lock, where something is bound at all, the rename writes `was old` as well. What would come out is read
//! once more before it is given: a name that would mean something else somewhere is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::names::{Names, Symbol, SymbolId, SymbolKind};
use super::scope::Brought;
use super::types::{Shape, Typed};
use crate::contract::ScalarType;
use crate::diagnostic::Edit;
use crate::lower::SourceTree;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::tree::{Item, SyntaxTree};
use crate::syntax::{self, lexer};

/// What is known of numbers that were given for good.
pub trait Numbered {
    /// Whether the lock of a package lists a name (`Order.note`, `Orders.place`, `Order`); none where it has no lock.
    fn lists(&self, package: &str, name: &str) -> Option<bool>;
}

/// The edits of a rename, sorted by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// They do not overlap.
    pub edits: Vec<Edit>,
}

/// Why a name cannot be changed, or not to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

impl Names<'_> {
    /// The name at a place, if it is one that can be changed.
    ///
    /// # Errors
    /// When nothing that could be renamed stands there, with the reason.
    pub fn renamable(&self, file: FileId, offset: u32) -> Result<Span, Refusal> {
        let Some(found) = self.use_at(file, offset) else {
            return match self.word_at(file, offset) {
                Some(word) if ScalarType::named(self.text(word)).is_some() => {
                    refuse(format!("`{}` is built in", self.text(word)))
                }
                Some(word) => refuse(format!("`{}` names nothing that is declared", self.text(word))),
                None => refuse("no name stands here"),
            };
        };
        let symbol = self.symbol(found.symbol);
        if symbol.kind == SymbolKind::Package {
            return refuse("a package is renamed by hand: its names on wires follow from its own");
        }
        if self.trees[symbol.file].imported {
            return refuse(format!("`{}` is declared in a file that is only imported from", symbol.name));
        }
        Ok(found.span)
    }

    /// Gives the name at a place another one, everywhere.
    ///
    /// # Errors
    /// When it cannot be changed, is no name, is taken, or would mean something else at one of its places.
    pub fn rename(&self, file: FileId, offset: u32, new: &str, numbered: &dyn Numbered) -> Result<Rename, Refusal> {
        self.renamable(file, offset)?;
        let Some(found) = self.use_at(file, offset) else { return refuse("no name stands here") };
        let symbol = self.symbol(found.symbol);
        if !is_name(new) {
            return refuse(format!(
                "`{new}` is no name: a name is of letters, digits and `_`, and begins with no digit"
            ));
        }
        if new == symbol.name {
            return Ok(Rename { edits: Vec::new() });
        }
        self.refuse_clash(found.symbol, new)?;
        let uses = self.uses_of(found.symbol).map(|it| Edit { span: it.span, text: new.to_owned() });
        let mut edits: Vec<Edit> = uses.collect();
        edits.extend(self.former_name(found.symbol, new, numbered));
        edits.sort_by_key(|edit| edit.span);
        self.try_out(found.symbol, new, &edits)?;
        Ok(Rename { edits })
    }

    /// Whether something in reach has that name already.
    fn refuse_clash(&self, id: SymbolId, new: &str) -> Result<(), Refusal> {
        let symbol = self.symbol(id);
        match symbol.kind {
            SymbolKind::Alias => self.refuse_in_file(symbol.file, new),
            SymbolKind::Parameter => {
                self.refuse_built_in(new)?;
                self.refuse_sibling(id, new)?;
                self.refuse_in_file(symbol.file, new)
            }
            kind if kind.is_of_package() => self.refuse_in_package(id, new),
            SymbolKind::Field => {
                self.refuse_sibling(id, new)?;
                self.refuse_in_spreads(id, new)
            }
            _ => self.refuse_sibling(id, new),
        }
    }

    fn refuse_built_in(&self, new: &str) -> Result<(), Refusal> {
        let is_built_in = ScalarType::named(new).is_some() || matches!(new, "map" | "set");
        if is_built_in { refuse(format!("`{new}` is a built-in type")) } else { Ok(()) }
    }

    /// The names of a package, and of the files that import this one by its name.
    fn refuse_in_package(&self, id: SymbolId, new: &str) -> Result<(), Refusal> {
        self.refuse_built_in(new)?;
        let home = self.scopes[self.symbol(id).file].package;
        if let Some(package) = home.map(|it| &self.packages[it])
            && let Some(&other) = package.names.get(new)
        {
            let kind = self.symbol(other).kind.as_str();
            return refuse(format!("package `{}` has {} {kind} `{new}` already", package.name, article(kind)));
        }
        for (file, scope) in self.scopes.iter().enumerate() {
            let brings = scope.imports.values().any(|it| matches!(it, Brought::Name(name) if *name == id));
            if brings {
                self.refuse_in_file(file, new)?;
            } else if scope.package == home && scope.imports.contains_key(new) {
                return refuse(format!("`{}` imports a `{new}`, which this name would hide", self.file_name(file)));
            }
        }
        Ok(())
    }

    /// The names that a file sees.
    fn refuse_in_file(&self, file: usize, new: &str) -> Result<(), Refusal> {
        let declared = self.package_of(file).is_some_and(|package| package.names.contains_key(new));
        if declared || self.scopes[file].imports.contains_key(new) {
            return refuse(format!("`{}` has a `{new}` in scope already", self.file_name(file)));
        }
        Ok(())
    }

    /// What belongs to the same owner.
    fn refuse_sibling(&self, id: SymbolId, new: &str) -> Result<(), Refusal> {
        let Some(owner) = self.symbol(id).owner else { return Ok(()) };
        let of = super::types::Declared::plain(owner);
        let taken = self.member(owner, new).or_else(|| self.member_of(&of, new));
        let Some(other) = taken else { return Ok(()) };
        let kind = self.symbol(other).kind.as_str();
        refuse(format!("`{}` has {} {kind} `{new}` already", self.symbol(owner).name, article(kind)))
    }

    /// Records that spread the field's record have its fields too.
    fn refuse_in_spreads(&self, id: SymbolId, new: &str) -> Result<(), Refusal> {
        let Some(owner) = self.symbol(id).owner else { return Ok(()) };
        for (spreading, symbol) in self.symbols().filter(|(_, symbol)| !symbol.spreads.is_empty()) {
            let reaches = symbol.spreads.iter().any(|ty| {
                let shape = self.shape(&Typed::plain(symbol.file, ty));
                matches!(shape, Some(Shape::Declared(of)) if of.symbol == owner)
            });
            if reaches && self.member_of(&super::types::Declared::plain(spreading), new).is_some() {
                return refuse(format!("`{}` spreads it, and has a field `{new}` already", symbol.name));
            }
        }
        Ok(())
    }

    /// The edit by which who knew the old name still finds what it was.
    fn former_name(&self, id: SymbolId, new: &str, numbered: &dyn Numbered) -> Option<Edit> {
        let symbol = self.symbol(id);
        if !has_identity(symbol.kind) {
            return None;
        }
        let package = self.package_of(symbol.file)?;
        let listed = numbered.lists(&package.name, &self.local_name(id));
        match symbol.was {
            // Back to what it was: nothing to carry.
            Some(was) if was.text == new => Some(Edit { span: self.whole_was(symbol, was.span), text: String::new() }),
            // The former name is what is known outside, unless the present one is by now.
            Some(was) if listed == Some(true) => {
                Some(Edit { span: was.span, text: self.text(symbol.name_at).to_owned() })
            }
            Some(_) => None,
            None => {
                let is_known = listed.unwrap_or_else(|| self.is_anything_bound());
                let text = format!(" was {}", self.text(symbol.name_at));
                is_known.then(|| Edit { span: place_of_was(symbol), text })
            }
        }
    }

    /// From the end of what stands before `was` to the end of the name behind it.
    fn whole_was(&self, symbol: &Symbol<'_>, name: Span) -> Span {
        let text = self.sources[name.file].text();
        let before = &text[symbol.span.start as usize..name.start as usize];
        let word = before.rfind("was").map_or(before.len(), |at| before[..at].trim_end().len());
        Span { start: symbol.span.start + word as u32, ..name }
    }

    fn is_anything_bound(&self) -> bool {
        self.trees.iter().any(|source| source.tree.items.iter().any(|item| matches!(item, Item::Bind(_))))
    }

    /// Reads the files as they would be: as sound as they were, and with the name meant at every place where it was.
    fn try_out(&self, id: SymbolId, new: &str, edits: &[Edit]) -> Result<(), Refusal> {
        let mut sources: SourceMap = self.sources.clone();
        let files: BTreeSet<FileId> = edits.iter().map(|edit| edit.span.file).collect();
        let mut trees: BTreeMap<FileId, SyntaxTree> = BTreeMap::new();
        for file in files {
            sources.replace(file, edited(self.sources[file].text(), edits.iter().filter(|it| it.span.file == file)));
            trees.insert(file, syntax::parse(file, sources[file].text()).0);
        }
        let is_sound = |source: &SourceTree<'_>| match trees.get(&source.tree.file) {
            Some(tree) => tree.is_sound || !source.tree.is_sound,
            None => true,
        };
        if !self.trees.iter().all(is_sound) {
            return refuse(format!("`{new}` is a word of the language at one of the places"));
        }
        let now: Vec<SourceTree<'_>> = self
            .trees
            .iter()
            .map(|it| SourceTree { tree: trees.get(&it.tree.file).unwrap_or(it.tree), ..*it })
            .collect();
        let names = Names::new(&sources, &now, self.clauses);
        let wanted = moved(self.symbol(id).name_at, edits);
        let there = names.declared_at(Span { end: wanted.start + new.len() as u32, ..wanted });
        let uses = there.map_or(0, |it| names.uses_of(it).count());
        if uses != self.uses_of(id).count() {
            return refuse(format!("`{new}` would mean something else at one of the places"));
        }
        Ok(())
    }

    fn file_name(&self, file: usize) -> &str {
        self.sources[self.trees[file].tree.file].name()
    }
}

/// Whether others know it by a number or by its name on a wire.
fn has_identity(kind: SymbolKind) -> bool {
    use SymbolKind::*;
    matches!(kind, Record | Fault | Event | Enum | Union | Service | Field | Member | Case | Operation | Input)
}

/// Behind the name of types and operations, at the end of members.
fn place_of_was(symbol: &Symbol<'_>) -> Span {
    match symbol.kind {
        SymbolKind::Field | SymbolKind::Member | SymbolKind::Case | SymbolKind::Input => symbol.span.after(),
        _ => symbol.name_at.after(),
    }
}

/// A text with edits that are sorted and do not overlap.
fn edited<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        edited.push_str(&text[from..edit.span.start as usize]);
        edited.push_str(&edit.text);
        from = edit.span.end as usize;
    }
    edited.push_str(&text[from..]);
    edited
}

/// Where a place is once the edits before it are made.
fn moved(at: Span, edits: &[Edit]) -> Span {
    let before = edits.iter().filter(|edit| edit.span.file == at.file && edit.span.start < at.start);
    let shift: i64 = before.map(|edit| edit.text.len() as i64 - i64::from(edit.span.end - edit.span.start)).sum();
    let to = |offset: u32| (i64::from(offset) + shift) as u32;
    Span { start: to(at.start), end: to(at.end), ..at }
}

fn is_name(text: &str) -> bool {
    let is_word = matches!(lexer::lex(text).as_slice(), [token] if token.kind == lexer::TokenKind::Word);
    is_word && text.len() < 1_000
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
