//! Names: what each package declares, and what its imports bring into scope.
//!
//! Types get their ids here, in the order of their declaration, so that everything later can speak of a type before it
//! is shaped.

use std::cell::Cell;

use super::Lowering;
use super::packages::ImportLine;
use super::resolve::Generic;
use super::scope::{Declaration, FileIndex, Imported, Kind, Target};
use super::services::ServiceSheet;
use super::sheets::{Form, Sheet};
use crate::contract::{PackageId, ScalarType, TypeId};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::tree::{self, Item, Name, RecordKind};

impl<'a> Lowering<'a> {
    /// Collects the names of all packages, then puts imports into scope.
    pub(super) fn collect(&mut self) {
        for package in 0..self.packages.len() {
            for file in self.packages[package].files.clone() {
                let tree = self.files[file].tree;
                tree.items.iter().for_each(|item| self.declare(PackageId(package as u32), file, item));
            }
        }
        for package in 0..self.packages.len() {
            for line in self.packages[package].imports.clone() {
                self.bring(PackageId(package as u32), line);
            }
        }
    }

    fn declare(&mut self, package: PackageId, file: FileIndex, item: &'a Item) {
        match item {
            Item::Scalar(it) => {
                self.declare_type(package, &it.name, Sheet::declared(file, Form::Scalar(it)), Kind::Type)
            }
            Item::Enum(it) => self.declare_type(package, &it.name, Sheet::declared(file, Form::Enum(it)), Kind::Type),
            Item::Extern(it) => {
                self.declare_type(package, &it.name, Sheet::declared(file, Form::Extern(it)), Kind::Type)
            }
            Item::Record(it) => self.declare_record(package, file, it),
            Item::Union(it) if it.parameters.is_empty() => {
                self.declare_type(package, &it.name, Sheet::declared(file, Form::Union(it)), Kind::Type);
            }
            Item::Union(it) => self.declare_generic(package, file, &it.name, &it.parameters, Form::Union(it)),
            Item::Service(it) => {
                let kind = Kind::Service(self.services.len());
                self.declare_name(package, &it.name, kind);
                self.services.push(ServiceSheet::new(file, package, it));
            }
            Item::Import(it) => self.check_marks_of_import(it),
            Item::Package(_) | Item::Bind(_) | Item::Example(_) | Item::Broken(_) => {}
        }
    }

    fn check_marks_of_import(&mut self, import: &tree::Import) {
        let docs = import.marks.docs.as_ref().map(|docs| docs.span);
        self.annotations(&import.marks);
        let other = import.marks.annotations.iter().find(|it| it.name.text != "allow").map(|it| it.span);
        if let Some(place) = docs.or(other) {
            let message = "an import takes no documentation and no annotations but `@allow`";
            let diagnostic = Diagnostic::new(&codes::MARK_MISPLACED, place, message).help("write a comment: `// …`");
            self.report(match docs {
                Some(docs) => diagnostic.fix("make it a comment", docs, self.sources.text(docs).replace("///", "//")),
                None => diagnostic.fix_by("take it out", vec![self.without(place)]),
            });
        }
    }

    fn declare_record(&mut self, package: PackageId, file: FileIndex, record: &'a tree::Record) {
        let kind = match record.kind {
            RecordKind::Record if !record.parameters.is_empty() => {
                return self.declare_generic(package, file, &record.name, &record.parameters, Form::Record(record));
            }
            RecordKind::Record => Kind::Type,
            RecordKind::Fault(_) => Kind::Fault,
            RecordKind::Event(_) => Kind::Event,
        };
        if let Some(parameter) = record.parameters.first() {
            let message = "only records and unions take parameters";
            self.report(Diagnostic::new(&codes::GENERIC_ARGUMENTS, parameter.span, message));
        }
        self.declare_type(package, &record.name, Sheet::declared(file, Form::Record(record)), kind);
    }

    fn declare_type(&mut self, package: PackageId, name: &'a Name, sheet: Sheet<'a>, kind: fn(TypeId) -> Kind) {
        let id = TypeId(self.types.len() as u32);
        let at = name.span;
        self.declare_name(package, name, kind(id));
        self.add_type(package, name.text.clone(), at, sheet);
    }

    fn declare_generic(
        &mut self,
        package: PackageId,
        file: FileIndex,
        name: &'a Name,
        parameters: &'a [Name],
        form: Form<'a>,
    ) {
        let index = self.generics.len();
        self.declare_name(package, name, Kind::Generic(index));
        for (position, parameter) in parameters.iter().enumerate() {
            if let Some(first) = parameters[..position].iter().find(|it| it.text == parameter.text) {
                let message = format!("`{}` has two parameters `{}`", name.text, parameter.text);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_NAME, parameter.span, message);
                self.report(diagnostic.also(first.span, "the first is here"));
            }
        }
        self.generics.push(Generic::new(package, file, name, parameters, form));
    }

    /// Enters a name into its package, unless another declaration has it already.
    fn declare_name(&mut self, package: PackageId, name: &'a Name, kind: Kind) {
        if ScalarType::named(&name.text).is_some() || ["map", "set"].contains(&name.text.as_str()) {
            let message = format!("`{}` is a built-in type", name.text);
            self.report(Diagnostic::new(&codes::DUPLICATE_NAME, name.span, message).help("choose another name"));
            return;
        }
        let names = &mut self.packages[package.0 as usize].names;
        let Some(first) = names.get(name.text.as_str()) else {
            names.insert(&name.text, Declaration { kind, at: name.span });
            return;
        };
        let diagnostic =
            Diagnostic::new(&codes::DUPLICATE_NAME, name.span, format!("`{}` is declared twice", name.text))
                .also(first.at, "first declared here")
                .help("types, faults, events and services of a package share one set of names");
        self.report(diagnostic);
    }

    /// Puts what an import names into its file's scope.
    fn bring(&mut self, package: PackageId, line: ImportLine<'a>) {
        match &line.import.what {
            tree::Imported::Package(alias) => {
                let Some(name) = alias.as_ref().or(line.import.path.segments.last()) else { return };
                let target = line.target.map_or(Target::Unknown, Target::Package);
                self.bring_name(package, line.file, name, target, self.without(line.import.span));
            }
            tree::Imported::Names(names) => {
                for name in names {
                    let target = self.target_of(line, name);
                    self.bring_name(package, line.file, name, target, self.without_entry(name.span));
                }
            }
        }
    }

    fn target_of(&mut self, line: ImportLine<'a>, name: &Name) -> Target {
        let Some(package) = line.target else { return Target::Unknown };
        let scope = &self.packages[package.0 as usize];
        if let Some(declaration) = scope.names.get(name.text.as_str()) {
            return Target::Name(*declaration);
        }
        if !self.may_be_broken(package, &name.text) {
            let message = format!("package `{}` declares no `{}`", scope.name, name.text);
            let mut diagnostic = Diagnostic::new(&codes::UNKNOWN_NAME, name.span, message);
            if let Some(near) = self.suggestions.nearest(&name.text, scope.names.keys().copied()) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                diagnostic = diagnostic.fix_by(format!("write `{near}`"), self.renamed_in(line.file, &name.text, near));
            }
            self.report(diagnostic);
        }
        Target::Unknown
    }

    /// Brings one name in; `out` would take it out again.
    fn bring_name(&mut self, package: PackageId, file: FileIndex, name: &'a Name, what: Target, out: Edit) {
        let local = self.packages[package.0 as usize].names.get(name.text.as_str()).map(|it| it.at);
        let earlier = self.files[file].imports.get(name.text.as_str()).map(|it| (it.at, it.what));
        if let Some(at) = local {
            let message = format!("the import hides `{}`, which this package declares", name.text);
            let help = "import the package by a name of its own: `import other as o`, then write `o.Name`";
            let diagnostic = Diagnostic::new(&codes::IMPORT_CLASH, name.span, message);
            return self.report(diagnostic.also(at, "declared here").help(help));
        }
        if let Some((at, first)) = earlier {
            let message = format!("`{}` is imported twice", name.text);
            let diagnostic = Diagnostic::new(&codes::IMPORT_CLASH, name.span, message).also(at, "first imported here");
            return self.report(match first == what {
                true => diagnostic.help("once is enough").fix_by("take the second one out", vec![out]),
                false => diagnostic.help("import one of them by another name: `import other as o`"),
            });
        }
        self.files[file].imports.insert(&name.text, Imported { what, at: name.span, used: Cell::new(false) });
    }

    /// Says which imports nobody used; they are taken out by their fix.
    pub(super) fn report_unused_imports(&mut self) {
        for package in 0..self.packages.len() {
            for line in self.packages[package].imports.clone() {
                if line.target.is_some() {
                    self.report_unused(line);
                }
            }
        }
    }

    fn report_unused(&mut self, line: ImportLine<'a>) {
        let scope = &self.files[line.file].imports;
        // A name that clashed is not in scope under this place: it has been reported, and is not unused as well.
        let unused = |name: &Name| {
            scope
                .get(name.text.as_str())
                .is_some_and(|it| it.at == name.span && !it.used.get() && !matches!(it.what, Target::Unknown))
        };
        let whole = |name: String| {
            Diagnostic::new(&codes::UNUSED_IMPORT, line.import.span, format!("nothing of `{name}` is used here"))
                .help("take the import out")
                .fix_by("take the import out", vec![self.without(line.import.span)])
        };
        let found: Vec<Diagnostic> = match &line.import.what {
            tree::Imported::Package(alias) => {
                let name = alias.as_ref().or(line.import.path.segments.last());
                name.filter(|name| unused(name)).map(|_| whole(line.import.path.text())).into_iter().collect()
            }
            tree::Imported::Names(names) if names.iter().all(unused) => vec![whole(line.import.path.text())],
            tree::Imported::Names(names) => {
                let unused = names.iter().filter(|name| unused(name));
                let report = |name: &Name| {
                    Diagnostic::new(&codes::UNUSED_IMPORT, name.span, format!("`{}` is not used here", name.text))
                        .help("take it out of the import")
                        .fix_by("take it out of the import", vec![self.without_entry(name.span)])
                };
                unused.map(report).collect()
            }
        };
        self.report.extend(found);
    }
}
