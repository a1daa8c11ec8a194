//! Scopes: what a name means in a file.
//!
//! A name is looked for among the declarations of the file's package, then among the file's imports. What an import
//! brings is marked as used by looking it up.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Lowering, packages};
use crate::contract::{PackageId, ScalarType, TypeId};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree;

/// Counts into the files of a run.
pub(super) type FileIndex = usize;

/// A file and what it sees.
pub(super) struct File<'a> {
    pub(super) tree: &'a tree::SyntaxTree,
    pub(super) folder: &'a str,
    pub(super) imported: bool,
    pub(super) package: PackageId,
    /// What its imports bring, by the name they bring it under.
    pub(super) imports: HashMap<&'a str, Imported>,
    /// Every word in what could not be read: names that may have been declared there.
    pub(super) broken_words: HashSet<&'a str>,
}

/// What an import brings under one name.
pub(super) struct Imported {
    pub(super) what: Target,
    /// Where the name stands in the import.
    pub(super) at: Span,
    pub(super) used: Cell<bool>,
}

/// What an imported name leads to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Target {
    Package(PackageId),
    Name(Declaration),
    /// Its package is not there, which has been reported.
    Unknown,
}

/// A package and what it declares.
pub(super) struct PackageScope<'a> {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) docs: Option<String>,
    pub(super) imported: bool,
    pub(super) files: Vec<FileIndex>,
    pub(super) at: Span,
    /// The import lines of its files.
    pub(super) imports: Vec<packages::ImportLine<'a>>,
    pub(super) names: BTreeMap<&'a str, Declaration>,
}

/// What a name of a package stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Declaration {
    pub(super) kind: Kind,
    pub(super) at: Span,
}

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Type(TypeId),
    Fault(TypeId),
    Event(TypeId),
    /// Counts into the generics.
    Generic(usize),
    /// Counts into the services.
    Service(usize),
}

impl Kind {
    /// The type, if it is one (faults and events are too).
    pub(super) fn type_id(self) -> Option<TypeId> {
        match self {
            Kind::Type(id) | Kind::Fault(id) | Kind::Event(id) => Some(id),
            Kind::Generic(_) | Kind::Service(_) => None,
        }
    }
}

/// What looking a name up gives.
pub(super) enum Found {
    Declared(Declaration),
    /// Broken, and reported where it broke.
    Broken,
    Missing,
}

impl<'a> Lowering<'a> {
    /// What a path means in a file.
    pub(super) fn find(&self, file: FileIndex, path: &tree::Path) -> Found {
        match path.segments.as_slice() {
            [name] => self.find_name(file, &name.text),
            [package, name] => self.find_in(file, &package.text, &name.text),
            _ => Found::Missing,
        }
    }

    fn find_name(&self, file: FileIndex, name: &str) -> Found {
        let scope = &self.files[file];
        let package = &self.packages[scope.package.0 as usize];
        if let Some(declaration) = package.names.get(name) {
            return Found::Declared(*declaration);
        }
        match scope.imports.get(name) {
            Some(import) => {
                import.used.set(true);
                match import.what {
                    Target::Name(declaration) => Found::Declared(declaration),
                    Target::Package(_) => Found::Missing,
                    Target::Unknown => Found::Broken,
                }
            }
            None if self.may_be_broken(scope.package, name) => Found::Broken,
            None => Found::Missing,
        }
    }

    fn find_in(&self, file: FileIndex, alias: &str, name: &str) -> Found {
        let Some(import) = self.files[file].imports.get(alias) else { return Found::Missing };
        import.used.set(true);
        match import.what {
            Target::Unknown => Found::Broken,
            Target::Name(..) => Found::Missing,
            Target::Package(id) => match self.packages[id.0 as usize].names.get(name) {
                Some(declaration) => Found::Declared(*declaration),
                None if self.may_be_broken(id, name) => Found::Broken,
                None => Found::Missing,
            },
        }
    }

    /// Whether a declaration that could not be read has that word in it.
    pub(super) fn may_be_broken(&self, package: PackageId, name: &str) -> bool {
        let files = &self.packages[package.0 as usize].files;
        files.iter().any(|&file| self.files[file].broken_words.contains(name))
    }

    /// Reports a name that leads nowhere, with the nearest one that `wanted` accepts.
    pub(super) fn report_missing(
        &mut self,
        code: &'static Code,
        what: &str,
        file: FileIndex,
        path: &tree::Path,
        wanted: impl Fn(Kind) -> bool,
    ) {
        let text = path.text();
        let diagnostic = Diagnostic::new(code, path.span, format!("no {what} `{text}` is known here"));
        let diagnostic = match self.declared_elsewhere(file, path, &wanted) {
            Some(at) => self.brought(diagnostic, file, path, at),
            None => match self.nearest(file, path, &wanted) {
                Some(near) => {
                    diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), path.span, near)
                }
                None => self.unimported(diagnostic, file, path),
            },
        };
        self.report(diagnostic);
    }

    /// Adds the nearest name of the kind that is wanted, where another stands for something else.
    pub(super) fn suggest_kind(
        &mut self,
        diagnostic: Diagnostic,
        file: FileIndex,
        path: &tree::Path,
        wanted: impl Fn(Kind) -> bool,
    ) -> Diagnostic {
        match self.nearest(file, path, &wanted) {
            Some(near) => {
                diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), path.span, near)
            }
            None => diagnostic,
        }
    }

    fn nearest(&mut self, file: FileIndex, path: &tree::Path, wanted: &impl Fn(Kind) -> bool) -> Option<String> {
        let scope = &self.files[file];
        let names = |id: PackageId| {
            let names = &self.packages[id.0 as usize].names;
            names.iter().filter(|(_, it)| wanted(it.kind)).map(|(name, _)| *name)
        };
        match path.segments.as_slice() {
            [name] => {
                let scalars = ScalarType::ALL.iter().map(|scalar| scalar.as_str());
                let scalars = scalars.filter(|_| wanted(Kind::Generic(0)));
                let mut brought: Vec<&str> = Vec::new();
                #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
                for (name, import) in &scope.imports {
                    if matches!(import.what, Target::Name(it) if wanted(it.kind)) {
                        brought.push(name);
                    }
                }
                brought.sort_unstable();
                let all = names(scope.package).chain(brought).chain(scalars);
                self.suggestions.nearest(&name.text, all).map(str::to_owned)
            }
            [alias, name] => {
                let Target::Package(id) = scope.imports.get(alias.text.as_str())?.what else { return None };
                let near = self.suggestions.nearest(&name.text, names(id))?;
                Some(format!("{}.{near}", alias.text))
            }
            _ => None,
        }
    }

    /// The package that declares a bare name which is not in scope.
    fn declared_elsewhere(
        &self,
        file: FileIndex,
        path: &tree::Path,
        wanted: &impl Fn(Kind) -> bool,
    ) -> Option<PackageId> {
        let [name] = path.segments.as_slice() else { return None };
        let has = |package: &PackageScope<'_>| package.names.get(name.text.as_str()).is_some_and(|it| wanted(it.kind));
        let (at, _) = self.others(file).find(|(_, package)| has(package))?;
        Some(at)
    }

    /// Says where a name is declared, and brings it in: by the name of its package, where that is imported.
    fn brought(&self, diagnostic: Diagnostic, file: FileIndex, path: &tree::Path, at: PackageId) -> Diagnostic {
        let (package, name) = (&self.packages[at.0 as usize].name, path.text());
        let items = &self.files[file].tree.items;
        let alias = items.iter().find_map(|item| match item {
            tree::Item::Import(import) if import.path.text() == *package => match &import.what {
                tree::Imported::Package(alias) => alias.as_ref().or(import.path.segments.last()),
                tree::Imported::Names(_) => None,
            },
            _ => None,
        });
        if let Some(alias) = alias {
            let right = format!("{}.{name}", alias.text);
            let diagnostic = diagnostic.help(format!("`{package}` declares it: `{right}`"));
            return diagnostic.fix(format!("write `{right}`"), path.span, right);
        }
        let line = format!("import {package}.{{{name}}}");
        let diagnostic = diagnostic.help(format!("`{package}` declares it: `{line}`"));
        match self.import(file, at, &name) {
            Some(edit) => diagnostic.fix_by(format!("insert `{line}`"), vec![edit]),
            None => diagnostic,
        }
    }

    /// Says which package is not imported.
    fn unimported(&self, diagnostic: Diagnostic, file: FileIndex, path: &tree::Path) -> Diagnostic {
        let Some((_, prefix @ [_, ..])) = path.segments.split_last() else { return diagnostic };
        let text = prefix.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
        if prefix.len() == 1 && self.files[file].imports.contains_key(text.as_str()) {
            return diagnostic;
        }
        let is_meant = |name: &str| name == text || name.ends_with(&format!(".{text}"));
        let Some((id, package)) = self.others(file).find(|(_, package)| is_meant(&package.name)) else {
            return diagnostic.help(format!("no package is imported as `{text}`"));
        };
        let line = format!("import {}", package.name);
        let diagnostic = diagnostic.help(format!("import the package first: `{line}`, and use it by its last word"));
        let is_last_word = prefix.len() == 1 && !self.reaches(id, self.files[file].package);
        match is_last_word.then(|| self.import_line(file, &line)).flatten() {
            Some(edit) => diagnostic.fix_by(format!("insert `{line}`"), vec![edit]),
            None => diagnostic,
        }
    }

    /// The packages beside that of a file.
    fn others(&self, file: FileIndex) -> impl Iterator<Item = (PackageId, &PackageScope<'a>)> {
        let own = self.files[file].package;
        let all = self.packages.iter().enumerate().map(|(at, package)| (PackageId(at as u32), package));
        all.filter(move |(id, _)| *id != own)
    }
}
