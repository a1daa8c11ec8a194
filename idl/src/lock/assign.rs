//! From locks to the numbers of a contract.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::also;
use super::{Line, Lock, Locked, names};
use crate::contract::{Contract, PackageId, Pin};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::numbers::owners::{self, Member, Owner};
use crate::numbers::{self, Numbers};

/// The numbers of a contract whose packages have these locks; a package without one is numbered in order.
///
/// What is locked holds, also where a pin says otherwise; that is an error.
pub fn assign(contract: &Contract, locks: &BTreeMap<PackageId, &Lock>) -> (Numbers, Diagnostics) {
    let owners = owners::of(contract);
    let taken = names(&owners);
    let mut report = Diagnostics::new();
    let numbers = Numbers::given(contract, &owners, |owner| {
        let lock = locks.get(&owner.package);
        let locked = lock.and_then(|lock| lock.owners.get(lock.name_of(owner, &taken)?));
        match locked {
            Some(locked) => of_owner(owner, locked, &mut report),
            None => numbers::in_order(owner),
        }
    });
    report.sort();
    (numbers, report)
}

fn of_owner(owner: &Owner<'_>, locked: &Locked, report: &mut Diagnostics) -> Vec<u32> {
    let mut given = held(owner, locked);
    let mut free = free(owner, locked);
    for (member, given) in owner.members.iter().zip(&mut given) {
        if let Some(pin) = member.pin {
            pinned(owner, member, pin, given, locked, report);
        }
    }
    given.into_iter().map(|given| given.unwrap_or_else(|| free.next().unwrap_or_default())).collect()
}

/// The numbers that the lock has for the members: under their own names, else under those that they had before.
fn held(owner: &Owner<'_>, locked: &Locked) -> Vec<Option<u32>> {
    let mut current: BTreeSet<&str> = owner.members.iter().map(|member| member.name).collect();
    let numbers = owner.members.iter().map(|member| {
        let own = locked.numbers.get(member.name);
        // Of two members that were the same one before, the first is it.
        own.or_else(|| locked.numbers.get(member.was.filter(|&was| current.insert(was))?)).copied()
    });
    numbers.collect()
}

/// Numbers that nobody of this owner ever had: behind the largest one, and only then between.
fn free<'f>(owner: &Owner<'_>, locked: &'f Locked) -> impl Iterator<Item = u32> + 'f {
    let pins: BTreeSet<u32> = owner.members.iter().filter_map(|member| Some(member.pin?.number)).collect();
    let last = locked.lines.last_key_value().map_or(0, |(&number, _)| number);
    let is_free =
        move |number: &u32| numbers::is_number(*number) && !pins.contains(number) && !locked.lines.contains_key(number);
    (last + 1..=numbers::MAX).chain(1..last).filter(is_free)
}

/// A pin gives a number to who has none; to who has one it may only say the same.
fn pinned(
    owner: &Owner<'_>,
    member: &Member<'_>,
    pin: Pin,
    given: &mut Option<u32>,
    locked: &Locked,
    report: &mut Diagnostics,
) {
    match (*given, locked.lines.get(&pin.number)) {
        (Some(number), _) if number == pin.number => {}
        (Some(number), _) => {
            let message =
                format!("`{}.{}` is pinned to {} and locked as {number}", owner.name, member.name, pin.number);
            let help = format!("a number never changes: write `@{number}`, or take the pin out");
            let right = format!("@{number}");
            let diagnostic = Diagnostic::new(&codes::LOCK_PIN, pin.at, message).help(help).fix(
                format!("write `{right}`"),
                pin.at,
                right,
            );
            report.push(also(diagnostic, &locked.lines[&number], "locked here"));
        }
        (None, Some(line)) if !takes_back(member, line) => {
            let message = format!("number {} of `{}` is locked for `{}`", pin.number, owner.name, line.name);
            let next = free(owner, locked).next().unwrap_or_default();
            let help = match line.removed {
                true => format!("what was removed keeps its number; the next free number is {next}"),
                false => {
                    format!("say `was {}` if this is its new name; the next free number is {next}", line.name)
                }
            };
            let diagnostic = Diagnostic::new(&codes::NUMBER_TAKEN, pin.at, message).help(help);
            let diagnostic = match line.removed {
                true => diagnostic.fix(format!("write `@{next}`"), pin.at, format!("@{next}")),
                false => diagnostic,
            };
            report.push(also(diagnostic, line, "locked here"));
        }
        (None, _) => *given = Some(pin.number),
    }
}

/// Whether a member that comes back is pinned to the number that it had.
fn takes_back(member: &Member<'_>, line: &Line) -> bool {
    line.removed && line.name == member.name
}
