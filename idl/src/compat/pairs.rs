//! Pairs of types that stand at the same places, and how far each travels.
//!
//! It begins where values begin to travel: inputs, answers, faults, events. A pair that was met is followed again only when
//! it turns out to travel further, which happens at most once a facet and direction; so recursion ends. A field that has
//! another type than before makes a pair beyond the named ones; how much of these is followed is bounded by what the contracts
//! hold altogether, what is left is a changed type.

use std::collections::{BTreeMap, VecDeque};

use super::facet::Reach;
use super::pairing::{Pairing, pair};
use crate::contract::{Contract, Field, Type, TypeDef, TypeId, TypeKind};

/// How many members pairs of types may have that are not the same one, beyond as many as there are in both contracts.
const FURTHER_MIN: usize = 10_000;

/// Pairs and how far they travel.
pub(super) struct Pairs<'a> {
    old: &'a Contract,
    new: &'a Contract,
    found: BTreeMap<(TypeId, TypeId), Reach>,
    /// How many members of such pairs may still be looked at.
    further: usize,
    waiting: VecDeque<(TypeId, TypeId)>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(old: &'a Contract, new: &'a Contract) -> Pairs<'a> {
        let members = old.types.iter().chain(&new.types).map(members).sum::<usize>();
        Pairs { old, new, found: BTreeMap::new(), further: FURTHER_MIN + members, waiting: VecDeque::new() }
    }

    /// How far a pair travels; none of a pair that was not followed.
    pub(super) fn reach(&self, old: TypeId, new: TypeId) -> Option<Reach> {
        self.found.get(&(old, new)).copied()
    }

    pub(super) fn into_found(self) -> BTreeMap<(TypeId, TypeId), Reach> {
        self.found
    }

    /// Two types that stand at one place from which values travel so far, and all that they are made of.
    pub(super) fn begin(&mut self, pairing: &mut Pairing, old: &Type, new: &Type, reach: Reach) {
        self.meet(pairing, old, new, reach);
        self.follow(pairing);
    }

    /// The same for two definitions.
    pub(super) fn begin_with(&mut self, pairing: &mut Pairing, old: TypeId, new: TypeId, reach: Reach) {
        self.add(pairing, old, new, reach);
        self.follow(pairing);
    }

    fn follow(&mut self, pairing: &mut Pairing) {
        while let Some((old, new)) = self.waiting.pop_front() {
            let reach = self.found[&(old, new)];
            let (before, now) = (self.old, self.new);
            for (old, new) in parts(before.type_def(old), now.type_def(new)) {
                self.meet(pairing, old, new, reach);
            }
        }
    }

    fn meet(&mut self, pairing: &mut Pairing, old: &Type, new: &Type, reach: Reach) {
        match (old, new) {
            (Type::Nullable(old), Type::Nullable(new)) => self.meet(pairing, old, new, reach),
            (Type::Nullable(old), new) => self.meet(pairing, old, new, reach),
            (old, Type::Nullable(new)) => self.meet(pairing, old, new, reach),
            (Type::List(old) | Type::Set(old), Type::List(new) | Type::Set(new)) => {
                self.meet(pairing, old, new, reach);
            }
            (Type::Map(old_key, old), Type::Map(new_key, new)) => {
                self.meet(pairing, old_key, new_key, reach);
                self.meet(pairing, old, new, reach);
            }
            (&Type::Named(old), &Type::Named(new)) => self.add(pairing, old, new, reach),
            _ => {}
        }
    }

    fn add(&mut self, pairing: &mut Pairing, old: TypeId, new: TypeId, reach: Reach) {
        if !are_comparable(self.old.type_def(old), self.new.type_def(new)) {
            return;
        }
        let known = self.found.get(&(old, new)).copied();
        if known.is_none() && !pairing.join(old, new) {
            let cost = members(self.old.type_def(old)) + members(self.new.type_def(new));
            let Some(left) = self.further.checked_sub(cost) else { return };
            self.further = left;
        }
        let wider = known.unwrap_or_default().or(reach);
        if known != Some(wider) {
            self.found.insert((old, new), wider);
            self.waiting.push_back((old, new));
        }
    }
}

/// How many members a type has, and itself.
fn members(def: &TypeDef) -> usize {
    1 + match &def.kind {
        TypeKind::Enum(it) => it.members.len(),
        TypeKind::Union(it) => it.cases.len(),
        _ => def.fields().unwrap_or_default().len(),
    }
}

/// Whether two definitions can be compared member by member.
pub(super) fn are_comparable(old: &TypeDef, new: &TypeDef) -> bool {
    kind(old) == kind(new)
}

/// A word for what it is.
pub(super) fn kind(def: &TypeDef) -> &'static str {
    match &def.kind {
        TypeKind::Scalar(_) => "scalar",
        TypeKind::Record(_) => "record",
        TypeKind::Enum(_) => "enum",
        TypeKind::Union(_) => "union",
        TypeKind::Extern(_) => "extern",
        TypeKind::Fault(_) => "fault",
        TypeKind::Event(_) => "event",
    }
}

/// The types of members that are the same ones.
fn parts<'t>(old: &'t TypeDef, new: &'t TypeDef) -> Vec<(&'t Type, &'t Type)> {
    match (&old.kind, &new.kind) {
        (TypeKind::Union(old), TypeKind::Union(new)) => {
            let found = pair(
                old.cases.iter().map(|case| case.name.as_str()),
                new.cases.iter().map(|case| (case.name.as_str(), case.was.as_deref())),
            );
            let cases = new.cases.iter().zip(found);
            cases.filter_map(|(new, found)| Some((old.cases[found?].ty.as_ref()?, new.ty.as_ref()?))).collect()
        }
        _ => {
            let (old, new) = (old.fields().unwrap_or_default(), new.fields().unwrap_or_default());
            let fields = new.iter().zip(pair_fields(old, new));
            fields.filter_map(|(new, found)| Some((&old[found?].ty, &new.ty))).collect()
        }
    }
}

/// For each new field the old one that it is.
pub(super) fn pair_fields(old: &[Field], new: &[Field]) -> Vec<Option<usize>> {
    pair(
        old.iter().map(|field| field.name.as_str()),
        new.iter().map(|field| (field.name.as_str(), field.was.as_deref())),
    )
}
