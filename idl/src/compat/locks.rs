//! Locks: lines that are gone, and numbers that are given again.

use std::collections::BTreeMap;

use super::diff::Comparison;
use super::facet::{Facet, Facets, Reach};
use super::finding::Change;
use super::rules;
use crate::contract::{Package, PackageId};
use crate::lock::{Lock, LockLine};

impl Comparison<'_> {
    /// Compares the locks of packages that speak a wire with numbers.
    pub(super) fn locks(&mut self) {
        for (&before, &now) in &self.pairing.packages.clone() {
            let reach = self.old_package_reach(before).within(Facets::of(&[Facet::Proto]));
            let package = self.new.contract.package(now);
            let Some(old) = self.old.locks.get(&before).copied().filter(|_| !reach.is_empty() && !package.imported)
            else {
                continue;
            };
            match self.new.locks.get(&now).copied() {
                Some(new) => {
                    let renamed = self.renamed_owners(before, now);
                    self.lock(package, old, new, &renamed, reach);
                }
                None => {
                    let message = format!("`{}` has no lock any more", package.name);
                    let change = Change::new(&package.name, message).now(package.at);
                    self.tell(&rules::LOCK_REMOVED, reach, change);
                }
            }
        }
    }

    /// Old owners of numbers by the names that they have now.
    fn renamed_owners(&self, before: PackageId, now: PackageId) -> BTreeMap<String, String> {
        let (old, new) = (self.old.contract.package(before), self.new.contract.package(now));
        let mut names = BTreeMap::new();
        for &id in &old.types {
            if let Some(now) = self.pairing.now(id) {
                names.insert(self.old.contract.type_def(id).name.clone(), self.new.contract.type_def(now).name.clone());
            }
        }
        for (at, index) in self.pairing.services.iter().filter(|(at, _)| at.0 == before).map(|(at, now)| (at.1, now.1))
        {
            names.insert(old.services[at].name.clone(), new.services[index].name.clone());
        }
        for (at, it) in self.pairing.operations.iter().filter(|(at, _)| at.0 == before) {
            let (was, is) = (&old.services[at.1], &new.services[it.1]);
            let name = format!("{}.{}", was.name, was.operations[at.2].name);
            names.insert(name, format!("{}.{}", is.name, is.operations[it.2].name));
        }
        names
    }

    fn lock(&mut self, package: &Package, old: &Lock, new: &Lock, renamed: &BTreeMap<String, String>, reach: Reach) {
        for line in old.lines() {
            let owner = renamed.get(line.owner).map_or(line.owner, String::as_str);
            let now = new.line(owner, line.number).or_else(|| new.line(line.owner, line.number));
            let name = format!("{}.{}", line.owner, line.name);
            let subject = format!("{}.{name}", package.name);
            let Some(now) = now else {
                let message = format!("the lock does not have `{name} {}` any more", line.number);
                let change = Change { was: line.at, now: Some(package.at), ..Change::new(subject, message) };
                self.tell(&rules::LOCK_LINE_REMOVED, reach, change);
                continue;
            };
            if line.removed && !now.removed && now.name != line.name {
                self.reused(package, &line, &now, reach);
            }
        }
    }

    fn reused(&mut self, package: &Package, line: &LockLine<'_>, now: &LockLine<'_>, reach: Reach) {
        let name = format!("{}.{}", now.owner, now.name);
        let message = format!("`{name}` has number {}, which was `{}.{}`", line.number, line.owner, line.name);
        let subject = format!("{}.{name}", package.name);
        let change = Change { was: line.at, now: now.at, ..Change::new(subject, message) };
        self.tell(&rules::NUMBER_REUSED, reach, change);
    }
}
