//! From the numbers of a contract to the lock that holds them.

use std::collections::BTreeSet;

use super::{Line, Lock, Locked, names};
use crate::contract::{Contract, PackageId};
use crate::diagnostic::{Diagnostic, codes};
use crate::numbers::owners::{self, Owner};

/// How many names a diagnostic lists.
const LISTED_MAX: usize = 3;

/// The lock that a package should have: its numbers, and a tombstone for all that `lock` has and the contract has not.
///
/// The contract's numbers must be those that [`assign`](super::assign) gave under this lock, without errors.
pub fn updated(contract: &Contract, package: PackageId, lock: &Lock) -> Lock {
    let owners = owners::of_package(contract, &owners::generics(contract), package);
    let taken = names(&owners);
    let mut updated = Lock::default();
    let mut carried = BTreeSet::new();
    for owner in &owners {
        let mut locked = live(contract, owner);
        if let Some(name) = lock.name_of(owner, &taken) {
            carried.insert(name);
            bury(&lock.owners[name], &mut locked);
        }
        if !locked.lines.is_empty() {
            updated.owners.insert(owner.name.clone(), locked);
        }
    }
    for (name, gone) in lock.owners.iter().filter(|(name, _)| !carried.contains(name.as_str())) {
        bury(gone, updated.owners.entry(name.clone()).or_default());
    }
    updated
}

/// Says which members of a package its lock does not have, if there are any.
///
/// What it has too much is no harm: its numbers are not given again.
pub fn stale(contract: &Contract, package: PackageId, lock: &Lock) -> Option<Diagnostic> {
    let wanted = updated(contract, package, lock);
    let mut missing = Vec::new();
    for (owner, locked) in &wanted.owners {
        let has = |name: &str| lock.owners.get(owner).is_some_and(|locked| locked.numbers.contains_key(name));
        missing.extend(locked.numbers.keys().filter(|name| !has(name)).map(|name| format!("`{owner}.{name}`")));
    }
    if missing.is_empty() {
        return None;
    }
    let mut listed = missing[..missing.len().min(LISTED_MAX)].join(", ");
    if missing.len() > LISTED_MAX {
        listed += &format!(" and {} more", missing.len() - LISTED_MAX);
    }
    let package = contract.package(package);
    let message = format!("the lock of `{}` does not have {listed}", package.name);
    let help = "`wireloom lock` writes it; until then a number may change with the next edit";
    Some(Diagnostic::new(&codes::LOCK_STALE, package.at, message).help(help))
}

fn live(contract: &Contract, owner: &Owner<'_>) -> Locked {
    let mut locked = Locked::default();
    for (member, number) in owner.members.iter().zip(contract.numbers.of_owner(owner)) {
        locked.add(number, Line { name: member.name.to_owned(), removed: false, at: None });
    }
    locked
}

/// Keeps the numbers that nobody has any more.
fn bury(old: &Locked, into: &mut Locked) {
    for (&number, line) in &old.lines {
        if !into.lines.contains_key(&number) {
            into.add(number, Line { removed: true, ..line.clone() });
        }
    }
}
