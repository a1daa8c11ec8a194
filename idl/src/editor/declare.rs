//! What the files declare: a symbol for each name, with what it belongs to.

use super::names::{Names, Symbol, SymbolId, SymbolKind, Use};
use super::scope::{FileScope, Package};
use crate::source::Span;
use crate::syntax::tree::{
    Field, Item, Marks, Name, Operation, Record, RecordKind, RecordMember, Service, ServiceMember, Union,
};

impl<'a> Names<'a> {
    /// Finds the package of each file, and declares all that the files declare.
    pub(super) fn declare_all(&mut self) {
        let trees = self.trees;
        for (file, source) in trees.iter().enumerate() {
            self.scopes.push(FileScope::default());
            let line = source.tree.items.iter().find_map(|item| match item {
                Item::Package(line) => Some(line),
                _ => None,
            });
            if let Some(line) = line {
                let package = self.package(file, line);
                self.scopes[file].package = Some(package);
            }
        }
        for file in 0..trees.len() {
            if self.scopes[file].package.is_none() {
                // As lowering does: a file that does not say its package belongs to that of its folder.
                let beside = (0..trees.len())
                    .find(|&it| trees[it].folder == trees[file].folder && self.scopes[it].package.is_some());
                self.scopes[file].package = beside.and_then(|it| self.scopes[it].package);
            }
            trees[file].tree.items.iter().for_each(|item| self.declare(file, item));
        }
    }

    fn package(&mut self, file: usize, line: &'a crate::syntax::tree::Package) -> usize {
        let name = line.path.text();
        if let Some(&index) = self.package_by_name.get(&name) {
            self.uses[file].push(Use { span: line.path.span, symbol: self.packages[index].symbol, declares: true });
            return index;
        }
        let id = SymbolId(self.symbols.len() as u32);
        self.symbols.push(Symbol {
            kind: SymbolKind::Package,
            name: self.sources.text(line.path.span),
            name_at: line.path.span,
            span: line.span,
            owner: None,
            members: Vec::new(),
            was: None,
            marks: Some(&line.marks),
            ty: None,
            parameters: &[],
            spreads: Vec::new(),
            file,
        });
        self.uses[file].push(Use { span: line.path.span, symbol: id, declares: true });
        self.package_by_name.insert(name.clone(), self.packages.len());
        self.packages.push(Package { name, symbol: id, names: Default::default() });
        self.packages.len() - 1
    }

    fn declare(&mut self, file: usize, item: &'a Item) {
        match item {
            Item::Scalar(it) => {
                let mut symbol = self.named(SymbolKind::Scalar, file, &it.name, it.span, &it.marks);
                (symbol.was, symbol.ty) = (it.was.as_ref(), Some(&it.base));
                self.add_to_package(symbol);
            }
            Item::Extern(it) => {
                let symbol = self.named(SymbolKind::Extern, file, &it.name, it.span, &it.marks);
                let owner = self.add_to_package(symbol);
                for member in it.members.iter().flatten() {
                    if let RecordMember::Field(field) = member {
                        self.field(SymbolKind::Field, file, owner, field);
                    }
                }
            }
            Item::Enum(it) => {
                let mut symbol = self.named(SymbolKind::Enum, file, &it.name, it.span, &it.marks);
                symbol.was = it.was.as_ref();
                let owner = self.add_to_package(symbol);
                for member in &it.members {
                    let mut symbol = self.named(SymbolKind::Member, file, &member.name, member.span, &member.marks);
                    symbol.was = member.was.as_ref();
                    self.add(symbol, Some(owner));
                }
            }
            Item::Record(it) => self.record(file, it),
            Item::Union(it) => self.union(file, it),
            Item::Service(it) => self.service(file, it),
            Item::Package(_) | Item::Import(_) | Item::Bind(_) | Item::Example(_) | Item::Broken(_) => {}
        }
    }

    fn record(&mut self, file: usize, it: &'a Record) {
        let kind = match it.kind {
            RecordKind::Record => SymbolKind::Record,
            RecordKind::Fault(_) => SymbolKind::Fault,
            RecordKind::Event(_) => SymbolKind::Event,
        };
        let mut symbol = self.named(kind, file, &it.name, it.span, &it.marks);
        (symbol.was, symbol.parameters) = (it.was.as_ref(), &it.parameters);
        symbol.spreads = it
            .members
            .iter()
            .filter_map(|member| match member {
                RecordMember::Spread(ty) => Some(ty),
                _ => None,
            })
            .collect();
        let owner = self.add_to_package(symbol);
        self.parameters(file, owner, &it.parameters);
        for member in &it.members {
            if let RecordMember::Field(field) = member {
                self.field(SymbolKind::Field, file, owner, field);
            }
        }
    }

    fn union(&mut self, file: usize, it: &'a Union) {
        let mut symbol = self.named(SymbolKind::Union, file, &it.name, it.span, &it.marks);
        (symbol.was, symbol.parameters) = (it.was.as_ref(), &it.parameters);
        let owner = self.add_to_package(symbol);
        self.parameters(file, owner, &it.parameters);
        for case in &it.cases {
            let mut symbol = self.named(SymbolKind::Case, file, &case.name, case.span, &case.marks);
            (symbol.was, symbol.ty) = (case.was.as_ref(), case.ty.as_ref());
            self.add(symbol, Some(owner));
        }
    }

    fn parameters(&mut self, file: usize, owner: SymbolId, parameters: &'a [Name]) {
        for name in parameters {
            let symbol = self.fresh(SymbolKind::Parameter, file, name, name.span);
            self.add(symbol, Some(owner));
        }
    }

    fn service(&mut self, file: usize, it: &'a Service) {
        let mut symbol = self.named(SymbolKind::Service, file, &it.name, it.span, &it.marks);
        symbol.was = it.was.as_ref();
        let owner = self.add_to_package(symbol);
        for member in &it.members {
            match member {
                ServiceMember::Operation(operation) => self.operation(file, owner, operation),
                ServiceMember::Handler(handler) => {
                    let mut symbol = self.named(SymbolKind::Handler, file, &handler.name, handler.span, &handler.marks);
                    symbol.was = handler.was.as_ref();
                    self.add(symbol, Some(owner));
                }
                ServiceMember::Clause(_) | ServiceMember::Broken(_) => {}
            }
        }
    }

    fn operation(&mut self, file: usize, service: SymbolId, it: &'a Operation) {
        let mut symbol = self.named(SymbolKind::Operation, file, &it.name, it.span, &it.marks);
        (symbol.was, symbol.ty) = (it.was.as_ref(), it.answer.as_ref());
        let owner = self.add(symbol, Some(service));
        it.inputs.iter().for_each(|input| self.field(SymbolKind::Input, file, owner, input));
    }

    fn field(&mut self, kind: SymbolKind, file: usize, owner: SymbolId, it: &'a Field) {
        let mut symbol = self.named(kind, file, &it.name, it.span, &it.marks);
        (symbol.was, symbol.ty) = (it.was.as_ref(), Some(&it.ty));
        self.add(symbol, Some(owner));
    }

    pub(super) fn fresh(&self, kind: SymbolKind, file: usize, name: &'a Name, span: Span) -> Symbol<'a> {
        Symbol {
            kind,
            name: &name.text,
            name_at: name.span,
            span,
            owner: None,
            members: Vec::new(),
            was: None,
            marks: None,
            ty: None,
            parameters: &[],
            spreads: Vec::new(),
            file,
        }
    }

    fn named(&self, kind: SymbolKind, file: usize, name: &'a Name, span: Span, marks: &'a Marks) -> Symbol<'a> {
        Symbol { marks: Some(marks), ..self.fresh(kind, file, name, span) }
    }

    /// Adds a symbol that one of the same name does not hide: the first is the one that others mean.
    fn add_to_package(&mut self, symbol: Symbol<'a>) -> SymbolId {
        let (file, name) = (symbol.file, symbol.name);
        let id = self.add(symbol, None);
        if let Some(package) = self.scopes[file].package {
            self.packages[package].names.entry(name).or_insert(id);
        }
        id
    }

    pub(super) fn add(&mut self, symbol: Symbol<'a>, owner: Option<SymbolId>) -> SymbolId {
        let id = SymbolId(self.symbols.len() as u32);
        self.uses[symbol.file].push(Use { span: symbol.name_at, symbol: id, declares: true });
        self.declared.insert(symbol.name_at, id);
        self.symbols.push(Symbol { owner, ..symbol });
        if let Some(owner) = owner {
            self.symbols[owner.0 as usize].members.push(id);
        }
        id
    }
}
