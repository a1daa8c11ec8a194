//! Every name that the files declare, and every place where one is meant.

use std::collections::HashMap;

use super::clauses::Clauses;
use super::scope::{FileScope, Package};
use crate::lower::SourceTree;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::tree::{Marks, TypeExpr};

/// Names one [`Symbol`] of [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub(super) u32);

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum SymbolKind {
    Package,
    /// `as pay` of an import.
    Alias,
    Scalar,
    Record,
    Fault,
    Event,
    Enum,
    Union,
    Extern,
    Service,
    /// `T` of a generic.
    Parameter,
    Field,
    Member,
    Case,
    Operation,
    Input,
    Handler,
}

impl SymbolKind {
    /// The word by which people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            SymbolKind::Package => "package",
            SymbolKind::Alias => "import",
            SymbolKind::Scalar => "scalar",
            SymbolKind::Record => "record",
            SymbolKind::Fault => "fault",
            SymbolKind::Event => "event",
            SymbolKind::Enum => "enum",
            SymbolKind::Union => "union",
            SymbolKind::Extern => "extern record",
            SymbolKind::Service => "service",
            SymbolKind::Parameter => "type parameter",
            SymbolKind::Field => "field",
            SymbolKind::Member => "enum member",
            SymbolKind::Case => "union case",
            SymbolKind::Operation => "operation",
            SymbolKind::Input => "input",
            SymbolKind::Handler => "handler",
        }
    }

    /// Whether a field can be of it.
    pub fn is_type(self) -> bool {
        use SymbolKind::*;
        matches!(self, Scalar | Record | Enum | Union | Extern | Event | Parameter)
    }

    /// Whether it stands in the one set of names that a package has.
    pub(super) fn is_of_package(self) -> bool {
        use SymbolKind::*;
        matches!(self, Scalar | Record | Fault | Event | Enum | Union | Extern | Service)
    }
}

/// Something that is declared.
#[derive(Clone, Debug)]
pub struct Symbol<'a> {
    /// What it is.
    pub kind: SymbolKind,
    /// Without backticks.
    pub name: &'a str,
    /// Where its name stands.
    pub name_at: Span,
    /// All of its declaration, without documentation and annotations.
    pub span: Span,
    /// What it belongs to: a field to its record, an input to its operation.
    pub owner: Option<SymbolId>,
    /// What belongs to it, in order.
    pub members: Vec<SymbolId>,
    /// Its former name.
    pub was: Option<&'a crate::syntax::tree::Name>,
    pub(super) marks: Option<&'a Marks>,
    /// What it is made of: of a field, input or case its type, of a scalar its base, of an operation its answer.
    pub(super) ty: Option<&'a TypeExpr>,
    /// Of a record, fault, event or union.
    pub(super) parameters: &'a [crate::syntax::tree::Name],
    /// What `...` brings in.
    pub(super) spreads: Vec<&'a TypeExpr>,
    /// Counts into the files.
    pub(super) file: usize,
}

impl Symbol<'_> {
    /// Its documentation.
    pub fn docs(&self) -> Option<&str> {
        Some(self.marks?.docs.as_ref()?.text.as_str())
    }
}

/// A place where a symbol is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where the name stands.
    pub span: Span,
    /// What it means.
    pub symbol: SymbolId,
    /// Whether this is its declaration.
    pub declares: bool,
}

/// All names of some files: what is declared, and where it is meant.
#[expect(missing_debug_implementations, reason = "clauses are somebody else's")]
pub struct Names<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) trees: &'a [SourceTree<'a>],
    pub(super) clauses: &'a dyn Clauses,
    pub(super) symbols: Vec<Symbol<'a>>,
    pub(super) packages: Vec<Package<'a>>,
    pub(super) package_by_name: HashMap<String, usize>,
    /// Beside `trees`.
    pub(super) scopes: Vec<FileScope<'a>>,
    /// By where their names are declared.
    pub(super) declared: HashMap<Span, SymbolId>,
    /// Beside `trees`; sorted.
    pub(super) uses: Vec<Vec<Use>>,
}

impl<'a> Names<'a> {
    /// Collects the names of all files, then finds where they are meant.
    pub fn new(sources: &'a SourceMap, trees: &'a [SourceTree<'a>], clauses: &'a dyn Clauses) -> Names<'a> {
        let mut names = Names {
            sources,
            trees,
            clauses,
            symbols: Vec::new(),
            packages: Vec::new(),
            package_by_name: HashMap::new(),
            scopes: Vec::new(),
            declared: HashMap::new(),
            uses: vec![Vec::new(); trees.len()],
        };
        names.declare_all();
        names.bring_imports();
        names.mention_all();
        for uses in &mut names.uses {
            uses.sort_by_key(|it| (it.span, !it.declares));
            uses.dedup_by_key(|it| it.span);
        }
        names
    }

    /// The symbol of that id.
    pub fn symbol(&self, id: SymbolId) -> &Symbol<'a> {
        &self.symbols[id.0 as usize]
    }

    /// All symbols, in the order of their declaration.
    pub fn symbols(&self) -> impl Iterator<Item = (SymbolId, &Symbol<'a>)> {
        (0..).map(SymbolId).zip(&self.symbols)
    }

    /// The names in a file that mean something, in order.
    pub fn uses_in(&self, file: FileId) -> &[Use] {
        self.index_of(file).map_or(&[], |index| &self.uses[index])
    }

    /// The name that stands at a place: the one that begins before it or at it, and ends behind it or at it.
    pub fn use_at(&self, file: FileId, offset: u32) -> Option<Use> {
        let uses = self.uses_in(file);
        let behind = uses.partition_point(|it| it.span.start <= offset);
        // Of two that touch, the one that begins here is meant.
        uses[..behind].iter().rev().take(2).find(|it| offset <= it.span.end).copied()
    }

    /// `shop.orders.Order.note`
    pub fn full_name(&self, id: SymbolId) -> String {
        let symbol = self.symbol(id);
        match symbol.owner {
            Some(owner) => format!("{}.{}", self.full_name(owner), symbol.name),
            None => match self.package_of(symbol.file) {
                Some(package) if symbol.kind.is_of_package() => format!("{}.{}", package.name, symbol.name),
                _ => symbol.name.to_owned(),
            },
        }
    }

    /// The name within its package, as a lock writes it: `Order.note`, `Orders.place.token`.
    pub fn local_name(&self, id: SymbolId) -> String {
        let symbol = self.symbol(id);
        match symbol.owner {
            Some(owner) => format!("{}.{}", self.local_name(owner), symbol.name),
            None => symbol.name.to_owned(),
        }
    }

    /// The member of that name; the last one of those that have it is as good as the first.
    pub(super) fn member(&self, owner: SymbolId, name: &str) -> Option<SymbolId> {
        self.symbol(owner).members.iter().copied().find(|&id| self.symbol(id).name == name)
    }

    pub(super) fn index_of(&self, file: FileId) -> Option<usize> {
        self.trees.iter().position(|it| it.tree.file == file)
    }

    pub(super) fn package_of(&self, file: usize) -> Option<&Package<'a>> {
        self.packages.get(self.scopes[file].package?)
    }

    pub(super) fn note(&mut self, file: usize, span: Span, symbol: SymbolId) {
        self.uses[file].push(Use { span, symbol, declares: false });
    }
}
