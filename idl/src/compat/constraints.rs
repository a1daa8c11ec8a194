//! What values must satisfy, before and now: narrower, wider, or both.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::contract::{Constraint, Literal};
use crate::lower::{is_multiple_of, order};

/// How what is admitted changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shift {
    /// Something is refused that was admitted.
    pub(super) tightened: bool,
    /// Something is admitted that was refused.
    pub(super) loosened: bool,
}

impl Shift {
    fn add(&mut self, tightened: bool, loosened: bool) {
        self.tightened |= tightened;
        self.loosened |= loosened;
    }
}

/// Compares all that holds at one place.
pub(super) fn compare(old: &[&Constraint], new: &[&Constraint]) -> Shift {
    let mut shift = Shift::default();
    if old == new {
        return shift;
    }
    for which in [length, size] {
        range(bounds(old, which), bounds(new, which), |one, other| Some(one.cmp(other)), &mut shift);
    }
    range(values(old), values(new), |one, other| order(one, other), &mut shift);
    choices(old, new, &mut shift);
    for constraint in old.iter().filter(|it| is_plain(it)) {
        shift.add(false, !new.iter().any(|it| implies(it, constraint)));
    }
    for constraint in new.iter().filter(|it| is_plain(it)) {
        shift.add(!old.iter().any(|it| implies(it, constraint)), false);
    }
    shift
}

/// Whether what satisfies one satisfies the other.
fn implies(one: &Constraint, other: &Constraint) -> bool {
    match (one, other) {
        (Constraint::MultipleOf(step), Constraint::MultipleOf(of)) => step == of || is_multiple_of(step, of),
        _ => one == other,
    }
}

/// Whether it has no ends: it is there or not.
fn is_plain(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::Matches(_) | Constraint::Format(_) | Constraint::MultipleOf(_) | Constraint::Unique => true,
        Constraint::Length { .. } | Constraint::Size { .. } | Constraint::Value { .. } | Constraint::OneOf(_) => false,
    }
}

/// Both ends, where they are said.
type Bounds<T> = (Option<T>, Option<T>);

fn length(constraint: &Constraint) -> Option<Bounds<u64>> {
    match *constraint {
        Constraint::Length { min, max } => Some((min, max)),
        _ => None,
    }
}

fn size(constraint: &Constraint) -> Option<Bounds<u64>> {
    match *constraint {
        Constraint::Size { min, max } => Some((min, max)),
        _ => None,
    }
}

fn bounds(all: &[&Constraint], which: impl Fn(&Constraint) -> Option<Bounds<u64>>) -> Bounds<u64> {
    let said: Vec<Bounds<u64>> = all.iter().filter_map(|it| which(it)).collect();
    // Zero at least is nothing said.
    let min = said.iter().filter_map(|it| it.0).max().filter(|&min| min > 0);
    (min, said.iter().filter_map(|it| it.1).min())
}

fn values<'c>(all: &[&'c Constraint]) -> Bounds<&'c Literal> {
    let said = all.iter().filter_map(|it| match it {
        Constraint::Value { min, max } => Some((min.as_ref(), max.as_ref())),
        _ => None,
    });
    said.fold((None, None), |(low, high), (min, max)| {
        (tighter(low, min, Ordering::Greater), tighter(high, max, Ordering::Less))
    })
}

fn tighter<'c>(one: Option<&'c Literal>, other: Option<&'c Literal>, wanted: Ordering) -> Option<&'c Literal> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if order(other, one) == Some(wanted) { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn range<T: PartialEq>(
    (old_min, old_max): Bounds<T>,
    (new_min, new_max): Bounds<T>,
    order: impl Fn(&T, &T) -> Option<Ordering>,
    shift: &mut Shift,
) {
    end(old_min, new_min, &order, Ordering::Greater, shift);
    end(old_max, new_max, &order, Ordering::Less, shift);
}

/// One end of a range; `tighter` is where a tighter end lies.
fn end<T: PartialEq>(
    old: Option<T>,
    new: Option<T>,
    order: impl Fn(&T, &T) -> Option<Ordering>,
    tighter: Ordering,
    shift: &mut Shift,
) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) => match order(&new, &old) {
            // Written another way.
            Some(Ordering::Equal) => {}
            Some(found) => shift.add(found == tighter, found != tighter),
            None => shift.add(true, true),
        },
        (Some(_), None) => shift.add(false, true),
        (None, Some(_)) => shift.add(true, false),
        (None, None) => {}
    }
}

fn choices(old: &[&Constraint], new: &[&Constraint], shift: &mut Shift) {
    match (listed(old), listed(new)) {
        (Some(old), Some(new)) => shift.add(!old.is_subset(&new), !new.is_subset(&old)),
        (old, new) => shift.add(new.is_some(), old.is_some()),
    }
}

/// What is listed, in every list.
fn listed<'c>(all: &[&'c Constraint]) -> Option<BTreeSet<&'c Literal>> {
    let lists = all.iter().filter_map(|it| match it {
        Constraint::OneOf(values) => Some(values.iter().collect::<BTreeSet<_>>()),
        _ => None,
    });
    lists.reduce(|one, other| one.intersection(&other).copied().collect())
}
