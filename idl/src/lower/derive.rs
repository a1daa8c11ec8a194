//! Drafts and patches: records made of records.
//!
//! A draft is what a caller may say of a thing before it exists: no readonly fields, all the way down. Where nothing
//! below is readonly the draft of a type is the type itself. A patch is what a caller may change: every field may be
//! absent, an optional one may be `null`; records inside are patched, everything else is replaced (by drafts).

use std::collections::{HashMap, HashSet};

use super::Lowering;
use super::broken::broken;
use super::sheets::{Form, Sheet};
use crate::contract::{Field, Origin, Presence, Record, Type, TypeId, TypeKind, Union};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// What has been derived so far.
#[derive(Default)]
pub(super) struct Derived {
    drafts: HashMap<TypeId, Type>,
    patches: HashMap<TypeId, Type>,
    /// Whether something readonly lies in or below a type.
    readonly: HashMap<TypeId, bool>,
}

impl<'a> Lowering<'a> {
    /// `draft T`, asked for at a place.
    pub(super) fn draft(&mut self, id: TypeId, at: Span) -> Type {
        self.settle();
        if !self.has_readonly(id) {
            let name = &self.types[id.0 as usize].name;
            let message = format!("`{name}` has nothing readonly: its draft is `{name}` itself");
            let diagnostic = Diagnostic::new(&codes::DRAFT_WITHOUT_READONLY, at, message);
            let name = name.clone();
            self.report(diagnostic.help(format!("write `{name}`")).fix(format!("write `{name}`"), at, name));
        }
        self.draft_of(id, at)
    }

    /// `patch T`, asked for at a place.
    pub(super) fn patch(&mut self, id: TypeId, at: Span) -> Type {
        self.settle();
        self.patch_of(id, at)
    }

    fn draft_of(&mut self, id: TypeId, at: Span) -> Type {
        if let Some(known) = self.derived.drafts.get(&id) {
            return known.clone();
        }
        let ty = match self.has_readonly(id) {
            true => self.make_derived(id, "Draft", Form::Draft(id), at),
            false => Type::Named(id),
        };
        self.derived.drafts.insert(id, ty.clone());
        ty
    }

    fn patch_of(&mut self, id: TypeId, at: Span) -> Type {
        if let Some(known) = self.derived.patches.get(&id) {
            return known.clone();
        }
        let ty = self.make_derived(id, "Patch", Form::Patch(id), at);
        self.derived.patches.insert(id, ty.clone());
        ty
    }

    fn make_derived(&mut self, id: TypeId, suffix: &str, form: Form<'a>, at: Span) -> Type {
        let def = &self.types[id.0 as usize];
        let (package, name) = (def.package, format!("{}{suffix}", def.name));
        let (docs, annotations) = (def.docs.clone(), def.annotations.clone());
        let of = &self.sheets[id.0 as usize];
        let mut sheet = Sheet::made(of.file, form);
        (sheet.broken, sheet.broken_words) = (of.broken, of.broken_words.clone());
        let Some(made) = self.make_type(package, name, at, sheet) else { return broken() };
        let def = &mut self.types[made.0 as usize];
        (def.docs, def.annotations) = (docs, annotations);
        Type::Named(made)
    }

    /// The shape of the draft of a record or union.
    pub(super) fn shape_draft(&mut self, of: TypeId) -> TypeKind {
        let at = self.derived_at(of, |derived| &derived.drafts);
        match self.types[of.0 as usize].kind.clone() {
            TypeKind::Union(union) => {
                let cases = union.cases.into_iter().map(|mut case| {
                    case.ty = case.ty.map(|ty| self.draft_type(&ty, at));
                    case
                });
                TypeKind::Union(Union { cases: cases.collect(), origin: Origin::Draft(of), ..union })
            }
            kind => {
                let fields = writable(kind).map(|field| Field { ty: self.draft_type(&field.ty, at), ..field });
                TypeKind::Record(Record { fields: fields.collect(), origin: Origin::Draft(of) })
            }
        }
    }

    /// The shape of the patch of a record.
    pub(super) fn shape_patch(&mut self, of: TypeId) -> TypeKind {
        let at = self.derived_at(of, |derived| &derived.patches);
        let kind = self.types[of.0 as usize].kind.clone();
        let fields = writable(kind).map(|field| {
            let presence = match field.presence {
                Presence::Required => Presence::Optional,
                Presence::Optional | Presence::Nullable | Presence::OptionalNullable => Presence::OptionalNullable,
            };
            Field { ty: self.patch_type(&field.ty, at), presence, default: None, ..field }
        });
        TypeKind::Record(Record { fields: fields.collect(), origin: Origin::Patch(of) })
    }

    /// Where a derived type was first asked for: nested ones are asked for at the same place.
    fn derived_at(&self, of: TypeId, which: impl Fn(&Derived) -> &HashMap<TypeId, Type>) -> Span {
        let made = which(&self.derived).get(&of).and_then(|ty| self.def(ty));
        made.map_or(self.types[of.0 as usize].at, |def| def.at)
    }

    fn draft_type(&mut self, ty: &Type, at: Span) -> Type {
        match ty {
            Type::Named(id) if (id.0 as usize) < self.types.len() => self.draft_of(*id, at),
            Type::Scalar(_) | Type::Named(_) | Type::Set(_) => ty.clone(),
            Type::List(inner) => Type::List(Box::new(self.draft_type(inner, at))),
            Type::Nullable(inner) => Type::Nullable(Box::new(self.draft_type(inner, at))),
            Type::Map(key, value) => Type::Map(key.clone(), Box::new(self.draft_type(value, at))),
        }
    }

    fn patch_type(&mut self, ty: &Type, at: Span) -> Type {
        match (ty, self.def(ty).map(|def| &def.kind)) {
            (Type::Named(id), Some(TypeKind::Record(_))) => self.patch_of(*id, at),
            _ => self.draft_type(ty, at),
        }
    }

    /// Whether something readonly lies in a type or anywhere below it.
    fn has_readonly(&mut self, id: TypeId) -> bool {
        if let Some(known) = self.derived.readonly.get(&id) {
            return *known;
        }
        let mut seen = HashSet::from([id]);
        let mut way = vec![(id, self.below(id), 0)];
        let mut found = self.is_readonly(id);
        while let (false, Some((_, below, next))) = (found, way.last_mut()) {
            let Some(&child) = below.get(*next) else {
                way.pop();
                continue;
            };
            *next += 1;
            if seen.insert(child) {
                let known = self.derived.readonly.get(&child).copied();
                found = known.unwrap_or_else(|| self.is_readonly(child));
                if known.is_none() {
                    way.push((child, self.below(child), 0));
                }
            }
        }
        match found {
            // Whatever led there has it below.
            true => self.derived.readonly.extend(way.into_iter().map(|(it, ..)| (it, true))),
            // All that was reached has been looked through.
            false => self.derived.readonly.extend(seen.into_iter().map(|it| (it, false))),
        }
        found
    }

    fn is_readonly(&self, id: TypeId) -> bool {
        match &self.types[id.0 as usize].kind {
            TypeKind::Record(record) => record.fields.iter().any(|field| field.readonly),
            _ => false,
        }
    }

    /// The named types that a record or union is directly made of.
    fn below(&self, id: TypeId) -> Vec<TypeId> {
        let mut below = Vec::new();
        let mut visit = |child: TypeId| below.extend(((child.0 as usize) < self.types.len()).then_some(child));
        match &self.types[id.0 as usize].kind {
            TypeKind::Record(record) => record.fields.iter().for_each(|field| named(&field.ty, &mut visit)),
            TypeKind::Union(union) => {
                union.cases.iter().filter_map(|case| case.ty.as_ref()).for_each(|ty| named(ty, &mut visit));
            }
            TypeKind::Scalar(_) | TypeKind::Enum(_) | TypeKind::Extern(_) | TypeKind::Fault(_) | TypeKind::Event(_) => {
            }
        }
        below
    }
}

fn writable(kind: TypeKind) -> impl Iterator<Item = Field> {
    let fields = match kind {
        TypeKind::Record(record) => record.fields,
        _ => Vec::new(),
    };
    fields.into_iter().filter(|field| !field.readonly)
}

fn named(ty: &Type, visit: &mut impl FnMut(TypeId)) {
    match ty {
        Type::Scalar(_) => {}
        Type::Named(id) => visit(*id),
        Type::List(inner) | Type::Set(inner) | Type::Nullable(inner) => named(inner, visit),
        Type::Map(_, value) => named(value, visit),
    }
}
