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

/// Says which members of a package its lock does not have, and where the package is `whole`, with all its files, which it has
/// that are gone: one of that name that comes later would be taken for the old one.
pub fn stale(contract: &Contract, package: PackageId, lock: &Lock, whole: bool) -> Option<Diagnostic> {
    let wanted = updated(contract, package, lock);
    let missing = missing(&wanted, lock);
    let gone = if whole { gone(&wanted, lock) } else { Vec::new() };
    let package = contract.package(package);
    let message = match (missing.as_slice(), gone.as_slice()) {
        ([], []) => return None,
        ([], gone) => format!("the lock of `{}` has {}, which the contract has not", package.name, listed(gone)),
        (missing, []) => format!("the lock of `{}` does not have {}", package.name, listed(missing)),
        (missing, gone) => {
            format!("the lock of `{}` does not have {}, and still has {}", package.name, listed(missing), listed(gone))
        }
    };
    let help = match missing.as_slice() {
        [] => {
            "`wireloom lock` marks it as removed, so that nobody gets its number; say `was` where it is called otherwise now"
        }
        _ => "`wireloom lock` writes it; until then a number may change with the next edit",
    };
    Some(Diagnostic::new(&codes::LOCK_STALE, package.at, message).help(help))
}

/// The members that a lock should have and has not.
fn missing(wanted: &Lock, lock: &Lock) -> Vec<String> {
    let mut missing = Vec::new();
    for (owner, locked) in &wanted.owners {
        let has = |name: &str| lock.owners.get(owner).is_some_and(|locked| locked.numbers.contains_key(name));
        missing.extend(locked.numbers.keys().filter(|name| !has(name)).map(|name| format!("`{owner}.{name}`")));
    }
    missing
}

/// The members that should be removed in a lock and are not.
fn gone(wanted: &Lock, lock: &Lock) -> Vec<String> {
    let mut gone = Vec::new();
    for (owner, locked) in &wanted.owners {
        let is_live = |number: &u32| {
            let line = lock.owners.get(owner).and_then(|locked| locked.lines.get(number));
            line.is_some_and(|line| !line.removed)
        };
        let removed = locked.lines.iter().filter(|(number, line)| line.removed && is_live(number));
        gone.extend(removed.map(|(_, line)| format!("`{owner}.{}`", line.name)));
    }
    gone
}

fn listed(members: &[String]) -> String {
    let listed = members[..members.len().min(LISTED_MAX)].join(", ");
    match members.len().checked_sub(LISTED_MAX + 1) {
        None => listed,
        Some(more) => format!("{listed} and {} more", more + 1),
    }
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
