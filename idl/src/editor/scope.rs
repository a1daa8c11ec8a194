//! What a name means in a file: a declaration of its package, or what an import brings.

use std::collections::HashMap;

use super::names::{Names, SymbolId, SymbolKind};
use crate::source::Span;
use crate::syntax::tree::{Import, Imported, Item, Path};

/// What a package declares.
#[derive(Debug)]
pub(super) struct Package<'a> {
    pub(super) name: String,
    pub(super) symbol: SymbolId,
    pub(super) names: HashMap<&'a str, SymbolId>,
}

/// What a file sees.
#[derive(Debug, Default)]
pub(super) struct FileScope<'a> {
    /// None where the file has no `package` line, nor one beside it.
    pub(super) package: Option<usize>,
    pub(super) imports: HashMap<&'a str, Brought>,
}

/// What an import brings under one name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Brought {
    /// A package; what is written for it is the symbol: itself, or its alias.
    Package(usize, SymbolId),
    Name(SymbolId),
}

/// What a path means: the symbol of each of its segments that means something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) symbol: SymbolId,
    /// Of the segment before it.
    pub(super) prefix: Option<SymbolId>,
}

impl<'a> Names<'a> {
    /// What a path means in a file.
    pub(super) fn find(&self, file: usize, path: &Path) -> Option<Found> {
        match path.segments.as_slice() {
            [name] => self.find_name(file, &name.text).map(|symbol| Found { symbol, prefix: None }),
            [alias, name] => {
                let Brought::Package(_, prefix) = *self.scopes[file].imports.get(alias.text.as_str())? else {
                    return None;
                };
                let symbol = self.find_qualified(file, &alias.text, &name.text)?;
                Some(Found { symbol, prefix: Some(prefix) })
            }
            _ => None,
        }
    }

    pub(super) fn find_name(&self, file: usize, name: &str) -> Option<SymbolId> {
        if let Some(&symbol) = self.package_of(file).and_then(|package| package.names.get(name)) {
            return Some(symbol);
        }
        match self.scopes[file].imports.get(name)? {
            Brought::Name(symbol) => Some(*symbol),
            Brought::Package(..) => None,
        }
    }

    /// `alias.Name`
    pub(super) fn find_qualified(&self, file: usize, alias: &str, name: &str) -> Option<SymbolId> {
        match *self.scopes[file].imports.get(alias)? {
            Brought::Package(package, _) => self.packages[package].names.get(name).copied(),
            Brought::Name(_) => None,
        }
    }

    /// Notes what a path means, segment by segment.
    pub(super) fn mention_path(&mut self, file: usize, path: &Path) -> Option<SymbolId> {
        let found = self.find(file, path);
        match (found, path.segments.as_slice()) {
            (Some(found), [.., alias, name]) => {
                if let Some(prefix) = found.prefix {
                    self.note(file, alias.span, prefix);
                }
                self.note(file, name.span, found.symbol);
            }
            (Some(found), [name]) => self.note(file, name.span, found.symbol),
            (None, [alias, _]) => {
                // The package is known, the name in it is not yet.
                if let Some(Brought::Package(_, prefix)) = self.scopes[file].imports.get(alias.text.as_str()).copied() {
                    self.note(file, alias.span, prefix);
                }
            }
            _ => {}
        }
        found.map(|it| it.symbol)
    }

    /// Puts what imports name into the scopes of their files.
    pub(super) fn bring_imports(&mut self) {
        let trees = self.trees;
        for (file, source) in trees.iter().enumerate() {
            for item in &source.tree.items {
                if let Item::Import(import) = item {
                    self.bring(file, import);
                }
            }
        }
    }

    fn bring(&mut self, file: usize, import: &'a Import) {
        let package = self.package_by_name.get(&import.path.text()).copied();
        if let Some(package) = package {
            self.note(file, import.path.span, self.packages[package].symbol);
        }
        match &import.what {
            Imported::Package(Some(alias)) => {
                let mut symbol = self.fresh(SymbolKind::Alias, file, alias, import.span);
                symbol.marks = Some(&import.marks);
                let id = self.add(symbol, None);
                if let Some(package) = package {
                    self.scopes[file].imports.insert(&alias.text, Brought::Package(package, id));
                }
            }
            Imported::Package(None) => {
                if let (Some(package), Some(last)) = (package, import.path.segments.last()) {
                    let symbol = self.packages[package].symbol;
                    self.scopes[file].imports.insert(&last.text, Brought::Package(package, symbol));
                }
            }
            Imported::Names(names) => {
                for name in names {
                    let found = package.and_then(|it| self.packages[it].names.get(name.text.as_str()).copied());
                    if let Some(symbol) = found {
                        self.note(file, name.span, symbol);
                        self.scopes[file].imports.insert(&name.text, Brought::Name(symbol));
                    }
                }
            }
        }
    }

    /// Notes the symbol of a type, which may be a parameter of what it stands in.
    pub(super) fn mention_type_name(&mut self, file: usize, parameters: &[SymbolId], path: &Path) {
        if let [name] = path.segments.as_slice() {
            let parameter = parameters.iter().copied().find(|&it| self.symbol(it).name == name.text);
            if let Some(parameter) = parameter {
                return self.note(file, name.span, parameter);
            }
        }
        self.mention_path(file, path);
    }

    /// The text of a place.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.sources.text(span)
    }
}
