//! What a file declares, as a tree; and names looked for in all files.

use super::names::{Names, SymbolId, SymbolKind};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Bind, Example, Item};

/// How many names a search finds.
const FOUND_MAX: usize = 512;

/// A declaration, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The name.
    pub name: String,
    /// What stands behind it in grey: a type, a wire.
    pub detail: String,
    /// What it is; none of bindings and examples, which have no name of their own.
    pub kind: Option<SymbolKind>,
    /// All of it.
    pub span: Span,
    /// Where its name stands.
    pub name_at: Span,
    /// In order.
    pub members: Vec<Outline>,
}

/// A name that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolHit {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// What it belongs to: `shop.orders.Order`.
    pub container: String,
    /// Where its name stands.
    pub name_at: Span,
}

impl Names<'_> {
    /// What a file declares, in order.
    pub fn outline(&self, file: FileId) -> Vec<Outline> {
        let Some(index) = self.index_of(file) else { return Vec::new() };
        let items = self.trees[index].tree.items.iter();
        items.filter_map(|item| self.outlined(index, item)).collect()
    }

    fn outlined(&self, file: usize, item: &Item) -> Option<Outline> {
        let at = match item {
            Item::Package(it) => return self.package_outline(file, it.path.span, it.span),
            Item::Scalar(it) => it.name.span,
            Item::Record(it) => it.name.span,
            Item::Enum(it) => it.name.span,
            Item::Union(it) => it.name.span,
            Item::Extern(it) => it.name.span,
            Item::Service(it) => it.name.span,
            Item::Bind(it) => return Some(binding(it)),
            Item::Example(it) => return Some(example(it)),
            Item::Import(_) | Item::Broken(_) => return None,
        };
        self.declared_at(at).map(|symbol| self.declaration_outline(symbol))
    }

    fn package_outline(&self, file: usize, name_at: Span, span: Span) -> Option<Outline> {
        let name = self.package_of(file)?.name.clone();
        let kind = Some(SymbolKind::Package);
        Some(Outline { name, detail: String::new(), kind, span, name_at, members: Vec::new() })
    }

    fn declaration_outline(&self, id: SymbolId) -> Outline {
        let symbol = self.symbol(id);
        let shown = |id: &&SymbolId| !matches!(self.symbol(**id).kind, SymbolKind::Parameter | SymbolKind::Input);
        Outline {
            name: symbol.name.to_owned(),
            detail: symbol.ty.map_or(String::new(), |ty| self.text(ty.span).to_owned()),
            kind: Some(symbol.kind),
            span: symbol.span,
            name_at: symbol.name_at,
            members: symbol.members.iter().filter(shown).map(|&id| self.declaration_outline(id)).collect(),
        }
    }

    /// The names that hold the letters of a query in their order, the best first; the empty query finds all.
    pub fn search(&self, query: &str) -> Vec<SymbolHit> {
        let wanted = |kind| !matches!(kind, SymbolKind::Parameter | SymbolKind::Alias | SymbolKind::Input);
        let symbols = self.symbols().filter(|(_, symbol)| wanted(symbol.kind));
        let rated = symbols.filter_map(|(id, symbol)| Some((rate(query, symbol.name)?, symbol.name, id)));
        let mut rated: Vec<_> = rated.collect();
        rated.sort();
        rated.truncate(FOUND_MAX);
        rated.into_iter().map(|(_, _, id)| self.hit(id)).collect()
    }

    fn hit(&self, id: SymbolId) -> SymbolHit {
        let symbol = self.symbol(id);
        let container = match symbol.owner {
            Some(owner) => self.full_name(owner),
            None => self.package_of(symbol.file).map_or(String::new(), |package| package.name.clone()),
        };
        SymbolHit { name: symbol.name.to_owned(), kind: symbol.kind, container, name_at: symbol.name_at }
    }
}

/// How badly a name fits a query: the same, begins with it, holds it, holds its letters; none if it does not.
fn rate(query: &str, name: &str) -> Option<u8> {
    let (query, name) = (query.to_ascii_lowercase(), name.to_ascii_lowercase());
    if name == query {
        return Some(0);
    }
    if name.starts_with(&query) {
        return Some(1);
    }
    if name.contains(&query) {
        return Some(2);
    }
    let mut letters = name.chars();
    query.chars().all(|letter| letters.any(|it| it == letter)).then_some(3)
}

fn binding(it: &Bind) -> Outline {
    Outline {
        name: format!("bind {}", it.service.text()),
        detail: it.wire.text.clone(),
        kind: None,
        span: it.span,
        name_at: it.service.span,
        members: Vec::new(),
    }
}

fn example(it: &Example) -> Outline {
    Outline {
        name: format!("example {}", it.operation.text()),
        detail: it.title.value.clone(),
        kind: None,
        span: it.span,
        name_at: it.operation.span,
        members: Vec::new(),
    }
}
