//! What a type leads to: through optionals, drafts and generics to the declaration, and on to its members.

use std::collections::HashSet;
use std::rc::Rc;

use super::names::{Names, SymbolId, SymbolKind};
use crate::contract::ScalarType;
use crate::syntax::tree::{Path, TypeExpr, TypeKind};

/// How far spreads, generics and scalars of scalars are followed.
const DEPTH_MAX: usize = 32;

/// A type where it stands, with what the parameters around it are.
#[derive(Clone, Debug)]
pub(super) struct Typed<'a> {
    pub(super) ty: &'a TypeExpr,
    pub(super) file: usize,
    arguments: Option<Rc<Arguments<'a>>>,
}

/// What the parameters of one generic stand for.
#[derive(Debug)]
struct Arguments<'a> {
    names: Vec<&'a str>,
    types: Vec<Typed<'a>>,
}

/// What a type is, seen from a value of it.
#[derive(Clone, Debug)]
pub(super) enum Shape<'a> {
    /// A declaration, with what its parameters are.
    Declared(Declared<'a>),
    List(Typed<'a>),
    Map(Typed<'a>, Typed<'a>),
    BuiltIn(ScalarType),
}

/// A declaration that a type leads to.
#[derive(Clone, Debug)]
pub(super) struct Declared<'a> {
    pub(super) symbol: SymbolId,
    arguments: Option<Rc<Arguments<'a>>>,
}

impl Declared<'_> {
    pub(super) fn plain(symbol: SymbolId) -> Self {
        Declared { symbol, arguments: None }
    }
}

impl<'a> Typed<'a> {
    pub(super) fn plain(file: usize, ty: &'a TypeExpr) -> Typed<'a> {
        Typed { ty, file, arguments: None }
    }

    fn inner(&self, ty: &'a TypeExpr) -> Typed<'a> {
        Typed { ty, ..self.clone() }
    }
}

impl<'a> Names<'a> {
    /// What a value of a type looks like; none where the type leads nowhere.
    pub(super) fn shape(&self, typed: &Typed<'a>) -> Option<Shape<'a>> {
        self.shape_within(typed, DEPTH_MAX)
    }

    fn shape_within(&self, typed: &Typed<'a>, depth: usize) -> Option<Shape<'a>> {
        let depth = depth.checked_sub(1)?;
        match &typed.ty.kind {
            TypeKind::List(item) | TypeKind::Set(item) => Some(Shape::List(typed.inner(item))),
            TypeKind::Map(key, value) => Some(Shape::Map(typed.inner(key), typed.inner(value))),
            TypeKind::Optional(of)
            | TypeKind::Nullable(of)
            | TypeKind::Draft(of)
            | TypeKind::Patch(of)
            | TypeKind::Stream(of) => self.shape_within(&typed.inner(of), depth),
            TypeKind::Named { path, arguments } => self.named_shape(typed, path, arguments, depth),
        }
    }

    fn named_shape(
        &self,
        typed: &Typed<'a>,
        path: &'a Path,
        arguments: &'a [TypeExpr],
        depth: usize,
    ) -> Option<Shape<'a>> {
        if let ([name], Some(of)) = (path.segments.as_slice(), &typed.arguments)
            && let Some(position) = of.names.iter().position(|it| *it == name.text)
        {
            return self.shape_within(of.types.get(position)?, depth);
        }
        let Some(found) = self.find(typed.file, path) else {
            let [name] = path.segments.as_slice() else { return None };
            return ScalarType::named(&name.text).map(Shape::BuiltIn);
        };
        let symbol = self.symbol(found.symbol);
        if let (SymbolKind::Scalar, Some(base)) = (symbol.kind, symbol.ty) {
            return self.shape_within(&Typed::plain(symbol.file, base), depth);
        }
        let arguments = (!symbol.parameters.is_empty()).then(|| {
            let names = symbol.parameters.iter().map(|it| it.text.as_str()).collect();
            Rc::new(Arguments { names, types: arguments.iter().map(|it| typed.inner(it)).collect() })
        });
        Some(Shape::Declared(Declared { symbol: found.symbol, arguments }))
    }

    /// The member of that name, spreads looked into.
    pub(super) fn member_of(&self, of: &Declared<'a>, name: &str) -> Option<SymbolId> {
        self.members_of(of).into_iter().find(|&id| self.symbol(id).name == name)
    }

    /// Fields, members or cases, those of spreads behind the others.
    pub(super) fn members_of(&self, of: &Declared<'a>) -> Vec<SymbolId> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        self.collect_members(of, &mut seen, DEPTH_MAX, &mut found);
        found
    }

    fn collect_members(
        &self,
        of: &Declared<'a>,
        seen: &mut HashSet<SymbolId>,
        depth: usize,
        found: &mut Vec<SymbolId>,
    ) {
        // Spreads may go round.
        let Some(depth) = depth.checked_sub(1).filter(|_| seen.insert(of.symbol)) else { return };
        let symbol = self.symbol(of.symbol);
        let is_member = |id: &SymbolId| self.symbol(*id).kind != SymbolKind::Parameter;
        found.extend(symbol.members.iter().copied().filter(is_member));
        for &ty in &symbol.spreads {
            let spread = Typed { ty, file: symbol.file, arguments: of.arguments.clone() };
            if let Some(Shape::Declared(spread)) = self.shape(&spread) {
                self.collect_members(&spread, seen, depth, found);
            }
        }
    }

    /// The type of a member, seen from a value of what it belongs to.
    pub(super) fn type_of(&self, of: &Declared<'a>, member: SymbolId) -> Option<Typed<'a>> {
        let symbol = self.symbol(member);
        // A spread's fields see their own parameters, which are not followed further.
        let arguments = of.arguments.clone().filter(|_| symbol.owner == Some(of.symbol));
        Some(Typed { ty: symbol.ty?, file: symbol.file, arguments })
    }

    /// The type of a field, input or case, seen from nowhere.
    pub(super) fn plain_type(&self, symbol: SymbolId) -> Option<Typed<'a>> {
        let symbol = self.symbol(symbol);
        Some(Typed::plain(symbol.file, symbol.ty?))
    }
}
