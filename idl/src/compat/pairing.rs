//! Which old thing is which new one: by name, by `was`, for types also by shape.

use std::collections::BTreeMap;

use super::shapes;
use crate::contract::{Contract, Origin, PackageId, TypeDef, TypeId};
use crate::numbers::owners::origin;

/// A package, and a service as it is counted in it.
pub type ServiceAt = (PackageId, usize);

/// A package, a service and an operation as they are counted in them.
pub type OperationAt = (PackageId, usize, usize);

/// Which packages, services, operations and types of two contracts are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Pairing {
    /// Old packages and what they are now.
    pub packages: BTreeMap<PackageId, PackageId>,
    /// Old services and what they are now.
    pub services: BTreeMap<ServiceAt, ServiceAt>,
    /// Old operations and what they are now.
    pub operations: BTreeMap<OperationAt, OperationAt>,
    /// By old types.
    now: Vec<Option<TypeId>>,
    /// By new types.
    was: Vec<Option<TypeId>>,
}

/// For each new one the old one that it is: the one of its name, else the one that `was` names and nobody is any more.
pub fn pair<'n>(
    old: impl IntoIterator<Item = &'n str>,
    new: impl IntoIterator<Item = (&'n str, Option<&'n str>)>,
) -> Vec<Option<usize>> {
    let mut free: BTreeMap<&str, usize> = old.into_iter().enumerate().map(|(index, name)| (name, index)).collect();
    let new: Vec<_> = new.into_iter().collect();
    let mut pairs: Vec<Option<usize>> = new.iter().map(|(name, _)| free.remove(name)).collect();
    for (pair, (_, was)) in pairs.iter_mut().zip(new) {
        if pair.is_none() {
            *pair = was.and_then(|was| free.remove(was));
        }
    }
    pairs
}

impl Pairing {
    /// Pairs the packages and types of two contracts.
    pub fn of(old: &Contract, new: &Contract) -> Pairing {
        let mut pairing = Pairing {
            now: vec![None; old.types.len()],
            was: vec![None; new.types.len()],
            packages: packages(old, new),
            ..Pairing::default()
        };
        pairing.calls(old, new);
        for (&before, &now) in &pairing.packages.clone() {
            let (before, now) = (&old.package(before).types, &new.package(now).types);
            let found = pair(
                before.iter().map(|&id| old.type_def(id).name.as_str()),
                now.iter().map(|&id| new.type_def(id)).map(|def| (def.name.as_str(), def.was.as_deref())),
            );
            for (&now, before) in now.iter().zip(found).filter_map(|(now, found)| Some((now, before[found?]))) {
                pairing.join(before, now);
            }
        }
        for (before, now) in moved(&pairing.lost(old), &pairing.fresh(new), old, new) {
            pairing.join(before, now);
        }
        for (before, now) in shapes::alike((old, &pairing.lost(old)), (new, &pairing.fresh(new))) {
            pairing.join(before, now);
        }
        pairing
    }

    fn calls(&mut self, old: &Contract, new: &Contract) {
        for (&before_id, &now_id) in &self.packages {
            let (before, now) = (&old.package(before_id).services, &new.package(now_id).services);
            let found = pair(
                before.iter().map(|it| it.name.as_str()),
                now.iter().map(|it| (it.name.as_str(), it.was.as_deref())),
            );
            for (index, found) in found.into_iter().enumerate().filter_map(|(index, found)| Some((index, found?))) {
                self.services.insert((before_id, found), (now_id, index));
                let (before, now) = (&before[found].operations, &now[index].operations);
                let operations = pair(
                    before.iter().map(|it| it.name.as_str()),
                    now.iter().map(|it| (it.name.as_str(), it.was.as_deref())),
                );
                let pairs = operations.into_iter().enumerate().filter_map(|(now, before)| Some((before?, now)));
                self.operations.extend(pairs.map(|(before, now)| ((before_id, found, before), (now_id, index, now))));
            }
        }
    }

    /// What an old type is now.
    pub fn now(&self, old: TypeId) -> Option<TypeId> {
        self.now.get(old.0 as usize).copied().flatten()
    }

    /// What a new type was.
    pub fn was(&self, new: TypeId) -> Option<TypeId> {
        self.was.get(new.0 as usize).copied().flatten()
    }

    /// Makes two types the same one, unless one of them is another one already; says whether they are.
    pub(super) fn join(&mut self, old: TypeId, new: TypeId) -> bool {
        if self.now(old).is_none() && self.was(new).is_none() {
            self.now[old.0 as usize] = Some(new);
            self.was[new.0 as usize] = Some(old);
        }
        self.now(old) == Some(new)
    }

    /// Declared types that are nothing any more.
    pub(super) fn lost(&self, old: &Contract) -> Vec<TypeId> {
        old.types.iter().filter(|def| is_declared(def) && self.now(def.id).is_none()).map(|def| def.id).collect()
    }

    /// Declared types that were nothing before.
    pub(super) fn fresh(&self, new: &Contract) -> Vec<TypeId> {
        new.types.iter().filter(|def| is_declared(def) && self.was(def.id).is_none()).map(|def| def.id).collect()
    }
}

/// Packages by their names.
fn packages(old: &Contract, new: &Contract) -> BTreeMap<PackageId, PackageId> {
    let ids: BTreeMap<&str, PackageId> = new.packages().map(|(id, package)| (package.name.as_str(), id)).collect();
    old.packages().filter_map(|(id, package)| Some((id, *ids.get(package.name.as_str())?))).collect()
}

/// Types of the same name and kind in another package, where there is only one such.
fn moved(lost: &[TypeId], fresh: &[TypeId], old: &Contract, new: &Contract) -> Vec<(TypeId, TypeId)> {
    let (before, now) = (by_name(lost, old), by_name(fresh, new));
    let pairs = before.iter().filter_map(|(key, before)| match (before.as_slice(), now.get(key)?.as_slice()) {
        (&[before], &[now]) => Some((before, now)),
        _ => None,
    });
    pairs.collect()
}

type Named<'c> = BTreeMap<(&'c str, &'static str), Vec<TypeId>>;

fn by_name<'c>(types: &[TypeId], contract: &'c Contract) -> Named<'c> {
    let mut named = Named::new();
    for &id in types {
        let def = contract.type_def(id);
        named.entry((def.name.as_str(), super::pairs::kind(def))).or_default().push(id);
    }
    named
}

pub(super) fn is_declared(def: &TypeDef) -> bool {
    *origin(def) == Origin::Declared
}
