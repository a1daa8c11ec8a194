//! Where a name is declared, and where else it stands.

use super::names::{Names, SymbolId, SymbolKind, Use};
use crate::source::{FileId, Span};

impl Names<'_> {
    /// Where the name at a place is declared; of an import's alias the package, which is what is looked for.
    pub fn definition(&self, file: FileId, offset: u32) -> Option<Span> {
        let found = self.use_at(file, offset)?;
        let symbol = self.symbol(found.symbol);
        if symbol.kind == SymbolKind::Alias
            && let Some(package) = self.aliased(found.symbol)
        {
            return Some(self.symbol(package).name_at);
        }
        Some(symbol.name_at)
    }

    /// Where the type of what stands at a place is declared: of a field its record, of an operation its answer.
    pub fn type_definition(&self, file: FileId, offset: u32) -> Option<Span> {
        let found = self.use_at(file, offset)?;
        if self.symbol(found.symbol).kind.is_type() {
            return Some(self.symbol(found.symbol).name_at);
        }
        let mut typed = self.plain_type(found.symbol)?;
        loop {
            match self.shape(&typed)? {
                super::types::Shape::Declared(of) => return Some(self.symbol(of.symbol).name_at),
                super::types::Shape::List(item) | super::types::Shape::Map(_, item) => typed = item,
                super::types::Shape::BuiltIn(_) => return None,
            }
        }
    }

    /// Every place where the name at a place is meant, in all files; with its declaration if that is wanted.
    pub fn references(&self, file: FileId, offset: u32, with_declaration: bool) -> Vec<Span> {
        let Some(found) = self.use_at(file, offset) else { return Vec::new() };
        let uses = self.uses_of(found.symbol);
        uses.filter(|it| with_declaration || !it.declares).map(|it| it.span).collect()
    }

    /// The same within one file, each with whether it is the declaration.
    pub fn highlights(&self, file: FileId, offset: u32) -> Vec<Use> {
        let Some(found) = self.use_at(file, offset) else { return Vec::new() };
        self.uses_in(file).iter().filter(|it| it.symbol == found.symbol).copied().collect()
    }

    /// All uses of a symbol, file by file.
    pub fn uses_of(&self, symbol: SymbolId) -> impl Iterator<Item = Use> {
        self.uses.iter().flatten().filter(move |it| it.symbol == symbol).copied()
    }

    /// The package that an alias stands for.
    fn aliased(&self, alias: SymbolId) -> Option<SymbolId> {
        let file = self.symbol(alias).file;
        let line = self.symbol(alias).span;
        let is_package = |it: &&Use| self.symbol(it.symbol).kind == SymbolKind::Package;
        let within = |it: &&Use| line.start <= it.span.start && it.span.end <= line.end;
        self.uses[file].iter().filter(within).find(is_package).map(|it| it.symbol)
    }
}
