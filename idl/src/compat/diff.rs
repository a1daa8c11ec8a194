//! The comparison as a whole: where it begins, and what every part of it reads and tells.

use std::collections::{BTreeMap, BTreeSet};

use super::carried::{Carried, Wording};
use super::facet::{Direction, Facet, Facets, Reach};
use super::finding::{Change, Findings};
use super::pairing::{Pairing, is_declared};
use super::pairs::{self, Pairs};
use super::rules::{self, Rule};
use crate::contract::{Answer, Contract, Inputs, Operation, Origin, PackageId, TypeDef, TypeId, TypeKind};
use crate::lock::Lock;
use crate::numbers::owners::origin;
use crate::source::Span;

/// One state of a contract.
#[derive(Debug)]
pub struct State<'a> {
    /// What it says; lowered without errors, with the numbers of its locks.
    pub contract: &'a Contract,
    /// Where its parts travel.
    pub carried: &'a Carried,
    /// The locks of its packages.
    pub locks: BTreeMap<PackageId, &'a Lock>,
}

/// What a comparison has to know beside the two states.
#[derive(Clone, Copy, Debug)]
pub struct Diff<'a> {
    /// What members are called in texts.
    pub wording: Wording,
    /// The day it is, `2026-11-26`: what is deprecated until a day may be gone behind it. Unknown, nothing may.
    pub today: Option<&'a str>,
}

/// Compares two states: what changed in the language's own words, and which thing is which.
pub fn diff(old: &State<'_>, new: &State<'_>, options: &Diff<'_>) -> (Findings, Pairing) {
    let mut pairing = Pairing::of(old.contract, new.contract);
    let pairs = follow(old, new, &mut pairing);
    let mut comparison = Comparison { old, new, options, pairing, pairs, findings: Findings::default() };
    comparison.declarations();
    comparison.types();
    comparison.services();
    comparison.locks();
    (comparison.findings, comparison.pairing)
}

/// A run, read and extended by every part.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a State<'a>,
    pub(super) new: &'a State<'a>,
    pub(super) options: &'a Diff<'a>,
    pub(super) pairing: Pairing,
    pub(super) pairs: BTreeMap<(TypeId, TypeId), Reach>,
    pub(super) findings: Findings,
}

/// Follows the types from everywhere that values begin to travel.
fn follow(old: &State<'_>, new: &State<'_>, pairing: &mut Pairing) -> BTreeMap<(TypeId, TypeId), Reach> {
    let mut pairs = Pairs::new(old.contract, new.contract);
    for (before, now) in pairing.operations.clone() {
        let travel = Travel::of(old, before, new, now);
        let (before, now) = (operation(old.contract, before), operation(new.contract, now));
        operation_types(&mut pairs, pairing, (before, now), &travel);
    }
    for (&event, &reach) in &old.carried.events {
        if let Some(now) = pairing.now(event) {
            let both = new.carried.events.get(&now).copied().unwrap_or_default().and(reach);
            pairs.begin_with(pairing, event, now, both);
        }
    }
    for before in reported(old.contract) {
        let Some(now) = pairing.now(before) else { continue };
        let is_used = pairs.reach(before, now).is_some_and(|it| !it.within(Facets::of(&[Facet::Rust])).is_empty());
        if !is_used {
            pairs.begin_with(pairing, before, now, Facets::of(&[Facet::Rust]).both_ways());
        }
    }
    pairs.into_found()
}

fn operation_types(
    pairs: &mut Pairs<'_>,
    pairing: &mut Pairing,
    (before, now): (&Operation, &Operation),
    travel: &Travel,
) {
    match (&before.inputs, &now.inputs) {
        (Inputs::Fields(old), Inputs::Fields(new)) => {
            for (index, found) in pairs::pair_fields(old, new).into_iter().enumerate() {
                let Some(found) = found else { continue };
                pairs.begin(pairing, &old[found].ty, &new[index].ty, travel.input(Some(found), Some(index)));
            }
        }
        (Inputs::Stream(old), Inputs::Stream(new)) => {
            pairs.begin(pairing, &old.ty, &new.ty, travel.input(Some(0), Some(0)));
        }
        _ => {}
    }
    match (&before.answer, &now.answer) {
        (Answer::One(old), Answer::One(new)) | (Answer::Stream(old), Answer::Stream(new)) => {
            pairs.begin(pairing, old, new, travel.answer());
        }
        _ => {}
    }
    for &fault in &before.faults {
        if let Some(it) = pairing.now(fault).filter(|it| now.faults.contains(it)) {
            pairs.begin_with(pairing, fault, it, travel.faults());
        }
    }
}

/// The types that packages of the run declare.
fn reported(contract: &Contract) -> Vec<TypeId> {
    let packages = contract.packages().filter(|(_, package)| !package.imported);
    let types = packages.flat_map(|(_, package)| package.types.iter().copied());
    types.filter(|&id| is_declared(contract.type_def(id))).collect()
}

pub(super) fn operation(contract: &Contract, (package, service, index): (PackageId, usize, usize)) -> &Operation {
    &contract.package(package).services[service].operations[index]
}

/// Where an operation travels before and now; what travels only in one of them has nobody on the other side.
pub(super) struct Travel {
    call: Facets,
    old_inputs: Vec<Facets>,
    new_inputs: Vec<Facets>,
    answer: Facets,
    faults: Facets,
}

impl Travel {
    pub(super) fn of(
        old: &State<'_>,
        before: (PackageId, usize, usize),
        new: &State<'_>,
        now: (PackageId, usize, usize),
    ) -> Travel {
        let old = old.carried.operations.get(&before).cloned().unwrap_or_default();
        let new = new.carried.operations.get(&now).cloned().unwrap_or_default();
        let rust = Facets::of(&[Facet::Rust]);
        Travel {
            call: old.call.and(new.call),
            answer: old.answer.and(new.answer).or(rust),
            faults: old.faults.and(new.faults).or(rust),
            old_inputs: old.inputs,
            new_inputs: new.inputs,
        }
    }

    /// The facets of the call itself, with Rust.
    pub(super) fn call(&self) -> Reach {
        self.wires().or(Facets::of(&[Facet::Rust])).both_ways()
    }

    /// Those of them that are wires.
    pub(super) fn wires(&self) -> Facets {
        self.call
    }

    /// An input: where it travels before and now, or where one that is new or gone does.
    pub(super) fn input(&self, old: Option<usize>, new: Option<usize>) -> Reach {
        let of = |inputs: &[Facets], index: Option<usize>| index.and_then(|index| inputs.get(index)).copied();
        let facets = match (of(&self.old_inputs, old), of(&self.new_inputs, new)) {
            (Some(old), Some(new)) => old.and(new),
            (one, other) if old.is_none() || new.is_none() => {
                let text = Facets::of(&[Facet::Json, Facet::Route]);
                let is_text = |facets: Facets| !facets.and(text).is_empty();
                let calls = if is_text(self.call) { self.call.or(text) } else { self.call };
                one.or(other).unwrap_or_default().and(calls)
            }
            _ => Facets::NONE,
        };
        facets.or(Facets::of(&[Facet::Rust])).toward(Direction::Input)
    }

    pub(super) fn answer(&self) -> Reach {
        self.answer.toward(Direction::Output)
    }

    pub(super) fn faults(&self) -> Reach {
        self.faults.toward(Direction::Output)
    }
}

impl Comparison<'_> {
    pub(super) fn tell(&mut self, rule: &'static Rule, reach: Reach, change: Change) {
        if !reach.is_empty() {
            self.findings.add(rule, reach, change);
        }
    }

    /// Tells only what somebody feels: a change of a wire that is not bound is none.
    pub(super) fn tell_felt(&mut self, rule: &'static Rule, reach: Reach, change: Change) {
        let is_felt = Facet::ALL.into_iter().any(|facet| {
            Direction::ALL.into_iter().any(|it| reach.has(facet, it) && rule.verdict(facet, it) != super::Verdict::Fine)
        });
        if is_felt {
            self.findings.add(rule, reach, change);
        }
    }

    /// What came, went or has another name.
    fn declarations(&mut self) {
        for (id, package) in self.old.contract.packages().filter(|(_, package)| !package.imported) {
            match self.pairing.packages.get(&id).map(|&now| (now, self.new.contract.package(now))) {
                None if package.services.is_empty() => {}
                None => {
                    let message = format!("the package `{}` is gone", package.name);
                    let reach = self.old_package_reach(id);
                    self.tell(&rules::PACKAGE_REMOVED, reach, Change::new(&package.name, message).was(package.at));
                }
                Some((_, now)) if now.version != package.version => {
                    let message =
                        format!("`{}` is version {} now, and was {}", package.name, now.version, package.version);
                    let change = Change::new(&package.name, message).was(package.at).now(now.at);
                    let reach = self.old_package_reach(id);
                    self.tell(&rules::VERSION_CHANGED, reach, change);
                }
                Some(_) => {}
            }
        }
        let known: BTreeSet<PackageId> = self.pairing.packages.values().copied().collect();
        for (id, package) in self.new.contract.packages().filter(|(_, package)| !package.imported) {
            if !known.contains(&id) {
                self.added("package", &package.name, &package.name, package.at);
            }
        }
        self.lost_types();
        self.fresh_types();
    }

    /// All facets that a package takes part in.
    pub(super) fn old_package_reach(&self, id: PackageId) -> Reach {
        let operations = self.old.carried.operations.range((id, 0, 0)..(PackageId(id.0 + 1), 0, 0));
        let calls = operations.fold(Facets::of(&[Facet::Rust]), |all, (_, it)| all.or(it.call));
        let events = self.old.carried.events.iter();
        let own = events.filter(|(event, _)| self.old.contract.type_def(**event).package == id);
        own.fold(calls.both_ways(), |all, (_, reach)| all.or(*reach))
    }

    pub(super) fn added(&mut self, what: &str, subject: &str, name: &str, at: Span) {
        let change = Change::new(subject, format!("the {what} `{name}` is new")).now(at);
        self.tell(&rules::DECLARATION_ADDED, Facets::of(&[Facet::Rust]).both_ways(), change);
    }

    fn lost_types(&mut self) {
        for id in reported(self.old.contract) {
            if self.pairing.now(id).is_some() {
                continue;
            }
            let def = self.old.contract.type_def(id);
            let now = self.pairing.packages.get(&def.package).map(|&now| self.new.contract.package(now));
            let is_told = now.is_none() && !self.old.contract.package(def.package).services.is_empty();
            if is_told {
                continue;
            }
            let (subject, name) = subject(self.old.contract, def);
            let change = Change::new(subject, format!("the {} `{name}` is gone", pairs::kind(def))).was(def.at);
            let change = Change { now: now.map(|package| package.at), ..change };
            let rust = Facets::of(&[Facet::Rust]).both_ways();
            match self.old.carried.events.get(&id) {
                Some(&reach) => self.tell(&rules::EVENT_REMOVED, reach.or(rust), change),
                None => self.tell(&rules::TYPE_REMOVED, rust, change),
            }
        }
    }

    fn fresh_types(&mut self) {
        for id in reported(self.new.contract) {
            let def = self.new.contract.type_def(id);
            let (full, name) = subject(self.new.contract, def);
            let Some(before) = self.pairing.was(id) else {
                self.added(pairs::kind(def), &full, &name, def.at);
                continue;
            };
            let old = self.old.contract.type_def(before);
            let (was, was_name) = subject(self.old.contract, old);
            if was == full {
                continue;
            }
            let what = if name == was_name { (&full, &was) } else { (&name, &was_name) };
            let change = Change::new(&full, format!("`{}` was `{}`", what.0, what.1)).was(old.at).now(def.at);
            let rule = match def.kind {
                TypeKind::Fault(_) => &rules::FAULT_RENAMED,
                TypeKind::Event(_) => &rules::EVENT_RENAMED,
                _ => &rules::TYPE_RENAMED,
            };
            let reach = self.pairs.get(&(before, id)).copied().unwrap_or_default();
            self.tell(rule, reach.or(Facets::of(&[Facet::Rust]).both_ways()), change);
        }
    }
}

/// What a type is called: with its package, and short. What is made of a type is called as that.
pub(super) fn subject(contract: &Contract, def: &TypeDef) -> (String, String) {
    match origin(def) {
        Origin::Draft(of) | Origin::Patch(of) => subject(contract, contract.type_def(*of)),
        Origin::Instance { generic, .. } => {
            (generic.clone(), generic.rsplit('.').next().unwrap_or_default().to_owned())
        }
        Origin::Declared => (contract.full_name(def.id), def.name.clone()),
    }
}
