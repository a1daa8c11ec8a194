//! Named types, pair by pair, by what they are.

use super::diff::{Comparison, subject};
use super::enums::{Choice, Item};
use super::facet::{Facet, Facets, Reach};
use super::fields::{Holder, Place};
use super::rules;
use super::scalars::Relations;
use crate::contract::{Contract, Enum, Event, Field, FieldPath, Origin, Scalar, TypeDef, TypeId, TypeKind, Union};
use crate::numbers::owners::origin;

impl Comparison<'_> {
    /// Compares every pair of types.
    pub(super) fn types(&mut self) {
        let pairs: Vec<_> = self.pairs.iter().map(|(&pair, &reach)| (pair, reach)).collect();
        for ((old, new), reach) in pairs {
            self.types_of_pair(old, new, reach);
        }
    }

    fn types_of_pair(&mut self, old: TypeId, new: TypeId, reach: Reach) {
        let (old_contract, new_contract) = (self.old.contract, self.new.contract);
        let (before, now) = (old_contract.type_def(old), new_contract.type_def(new));
        let (full, name) = subject(new_contract, now);
        let place = Place { subject: &full, name: &name, was: before.at, now: now.at, reach };
        match (&before.kind, &now.kind) {
            (TypeKind::Scalar(old), TypeKind::Scalar(new)) => self.scalar(&place, old, new),
            (TypeKind::Enum(it), TypeKind::Enum(other)) => {
                let before = members(it, before, old_contract.numbers.of_type(old));
                let now = members(other, now, new_contract.numbers.of_type(new));
                self.choice(&full, &name, &before, &now, reach);
            }
            (TypeKind::Union(it), TypeKind::Union(other)) => {
                if it.tag != other.tag {
                    let message = format!("`{name}` tells its cases another way");
                    self.tell(&rules::TAG_CHANGED, reach, place.change(message));
                }
                let before = cases(it, before, old_contract.numbers.of_type(old));
                let now = cases(other, now, new_contract.numbers.of_type(new));
                self.choice(&full, &name, &before, &now, reach);
            }
            (old_kind, new_kind) => {
                if let (TypeKind::Fault(old), TypeKind::Fault(new)) = (old_kind, new_kind)
                    && old.code != new.code
                {
                    let message = format!("`{name}` is {}, and was {}", new.code.as_str(), old.code.as_str());
                    self.tell(&rules::FAULT_CODE, reach, place.change(message));
                }
                if let (TypeKind::Event(old), TypeKind::Event(new)) = (old_kind, new_kind) {
                    self.event_key(&place, old, new);
                }
                if let (TypeKind::Extern(old), TypeKind::Extern(new)) = (old_kind, new_kind)
                    && (&old.language, &old.target) != (&new.language, &new.target)
                {
                    let message = format!("`{name}` is `{}`, and was `{}`", new.target, old.target);
                    // Where the contract states the shape, the wires are told by its fields.
                    let is_stated = old.fields.is_some() && new.fields.is_some();
                    let reach = if is_stated { reach.within(Facets::of(&[Facet::Rust])) } else { reach };
                    self.tell(&rules::EXTERN_CHANGED, reach, place.change(message));
                }
                if before.fields().is_some() != now.fields().is_some() {
                    // One of them does not say what it looks like.
                    return;
                }
                let holder = Holder {
                    subject: full.clone(),
                    name: name.clone(),
                    now: now.at,
                    old: before.fields().unwrap_or_default(),
                    new: now.fields().unwrap_or_default(),
                    old_numbers: old_contract.numbers.of_type(old),
                    new_numbers: new_contract.numbers.of_type(new),
                    whole: wholes((old_contract, before), (new_contract, now)),
                    is_patch: matches!(origin(now), Origin::Patch(_)),
                };
                self.fields(&holder, |_, _| reach);
            }
        }
    }

    fn scalar(&mut self, place: &Place<'_>, old: &Scalar, new: &Scalar) {
        let message = format!("`{}` is `{}`, and was `{}`", place.name, new.base.as_str(), old.base.as_str());
        self.related(place, Relations::of(old.base, new.base), &message);
        self.constrained(place, &old.constraints, &new.constraints);
    }

    fn event_key(&mut self, place: &Place<'_>, old: &Event, new: &Event) {
        let key = |event: &Event| event.key.as_ref().map(path);
        let (before, now) = (key(old), key(new));
        if before == now {
            return;
        }
        let told = |key: Option<String>| key.map_or("no key".to_owned(), |key| format!("the key `{key}`"));
        let message = format!("`{}` has {}, and had {}", place.name, told(now), told(before));
        self.tell_felt(&rules::EVENT_KEY, place.reach, place.change(message));
    }
}

pub(super) fn path(path: &FieldPath) -> String {
    path.segments.join(".")
}

/// The fields of what drafts or patches are made of. The draft of a record without readonly fields is the record itself.
fn wholes<'c>(
    (old_contract, old): (&'c Contract, &'c TypeDef),
    (new_contract, new): (&'c Contract, &'c TypeDef),
) -> Option<(&'c [Field], &'c [Field])> {
    let itself = |def: &'c TypeDef| def.fields().filter(|fields| fields.iter().all(|field| !field.readonly));
    match (whole(old_contract, old), whole(new_contract, new)) {
        (Some(old), Some(new)) => Some((old, new)),
        (Some(old), None) => Some((old, itself(new)?)),
        (None, Some(new)) => Some((itself(old)?, new)),
        (None, None) => None,
    }
}

/// The fields of what a draft or patch is made of.
fn whole<'c>(contract: &'c Contract, def: &TypeDef) -> Option<&'c [Field]> {
    match origin(def) {
        Origin::Draft(of) | Origin::Patch(of) => contract.type_def(*of).fields(),
        Origin::Declared | Origin::Instance { .. } => None,
    }
}

fn members<'c>(it: &'c Enum, def: &TypeDef, numbers: &[u32]) -> Choice<'c> {
    let items = it.members.iter().enumerate().map(|(index, member)| Item {
        name: &member.name,
        was: member.was.as_deref(),
        annotations: &member.annotations,
        ty: None,
        number: numbers.get(index).copied(),
        at: member.at,
    });
    Choice { is_closed: it.closed, items: items.collect(), at: def.at }
}

fn cases<'c>(it: &'c Union, def: &TypeDef, numbers: &[u32]) -> Choice<'c> {
    let items = it.cases.iter().enumerate().map(|(index, case)| Item {
        name: &case.name,
        was: case.was.as_deref(),
        annotations: &case.annotations,
        ty: case.ty.as_ref(),
        number: numbers.get(index).copied(),
        at: case.at,
    });
    Choice { is_closed: it.closed, items: items.collect(), at: def.at }
}
