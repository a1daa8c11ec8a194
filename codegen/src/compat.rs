//! Compatibility of two contracts, on the wires that they are bound to.
//!
//! The language compares what a contract says ([`wireloom_idl::compat`]); here stands what only the bound views know: on which
//! facets each part travels ([`carried`]), where REST takes inputs from ([`rest`]), what calls are named ([`calls`]), topics
//! and groups ([`messages`]). Allowances are read by [`allow`].

mod allow;
mod calls;
mod carried;
mod index;
mod messages;
mod rest;
pub mod rules;

use std::collections::BTreeMap;

use wireloom_idl::compat::{
    Change, Diff, Direction, Facets, Findings, OperationAt, Pairing, Reach, Rule, ServiceAt, State, Wording,
};
use wireloom_idl::contract::{Binding, Operation, PackageId, Service};
use wireloom_idl::lock::Lock;
use wireloom_idl::{Contract, SourceMap, Span, compat};

pub use allow::{Allowance, Allowances};

use crate::{bind, model};
use index::Index;

/// One state of a contract.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// What it says; it must have come out of lowering without errors.
    pub contract: &'a Contract,
    /// The texts it was made of.
    pub sources: &'a SourceMap,
    /// The locks of its packages.
    pub locks: BTreeMap<PackageId, &'a Lock>,
}

/// Says what changed from one state to the other and what it breaks, on the wires that both are bound to.
///
/// `today` is the day it is (`2026-11-26`), behind which what was deprecated may be gone.
///
/// ```
/// use wireloom_codegen::compat::{Side, diff};
/// use wireloom_codegen::load::load_text;
///
/// let old = load_text("old.loom", &b"package shop\nrecord Order { id: uuid, fax: string }"[..]);
/// let new = load_text("new.loom", &b"package shop\nrecord Order { id: uuid }"[..]);
/// let (before, now) = (old.lower().0, new.lower().0);
/// let side = |loaded, contract| Side { contract, sources: loaded, locks: Default::default() };
/// let findings = diff(&side(&old.sources, &before), &side(&new.sources, &now), None);
/// assert!(findings.break_anything());
/// assert_eq!(findings.sorted()[0].subject, "shop.Order.fax");
/// assert_eq!(findings.sorted()[0].effect(), "breaks rust");
/// ```
pub fn diff(old: &Side<'_>, new: &Side<'_>, today: Option<&str>) -> Findings {
    // What cannot be bound is `check`'s business.
    let (old_views, new_views) = (bind::travels(old.contract), bind::travels(new.contract));
    let (before, now) = (carried::of(old.contract, &old_views), carried::of(new.contract, &new_views));
    let states = [(old, &before), (new, &now)].map(|(side, carried)| State {
        contract: side.contract,
        carried,
        locks: side.locks.clone(),
    });
    let wording = Wording {
        field: model::json_name,
        member: |annotations, name| model::json_name_of(annotations, name).to_owned(),
    };
    let (mut findings, pairing) = compat::diff(&states[0], &states[1], &Diff { wording, today });
    let mut wires = WireDiff {
        old: Bound { side: old, index: &Index::of(old.contract, &old_views) },
        new: Bound { side: new, index: &Index::of(new.contract, &new_views) },
        pairing: &pairing,
        findings: &mut findings,
    };
    for (&before, &now) in &pairing.services {
        wires.service(before, now);
    }
    findings
}

/// All rules, by name.
///
/// ```
/// let rules = wireloom_codegen::compat::all_rules();
/// assert!(rules.iter().any(|rule| rule.code.name == "field-removed"));
/// ```
pub fn all_rules() -> Vec<&'static Rule> {
    let mut all = [compat::rules::ALL, rules::ALL].concat();
    all.sort_by_key(|rule| rule.code.name);
    all
}

/// One side with what is bound there.
#[derive(Clone, Copy)]
struct Bound<'a> {
    side: &'a Side<'a>,
    index: &'a Index<'a>,
}

impl<'a> Bound<'a> {
    fn service(self, at: ServiceAt) -> &'a Service {
        &self.side.contract.package(at.0).services[at.1]
    }

    fn binding(self, at: ServiceAt, wire: &str) -> Option<&'a Binding> {
        self.index.written(at).iter().find(|binding| binding.wire.text == wire).copied()
    }

    fn full_name(self, at: ServiceAt) -> String {
        format!("{}.{}", self.side.contract.package(at.0).name, self.service(at).name)
    }
}

/// The wires' part of a comparison.
struct WireDiff<'a, 'f> {
    old: Bound<'a>,
    new: Bound<'a>,
    pairing: &'a Pairing,
    findings: &'f mut Findings,
}

/// A service before and now.
#[derive(Clone, Copy)]
struct Pair {
    old: ServiceAt,
    new: ServiceAt,
}

impl<'a> WireDiff<'a, '_> {
    fn service(&mut self, old: ServiceAt, new: ServiceAt) {
        let is_imported = |bound: Bound<'_>, at: ServiceAt| bound.side.contract.package(at.0).imported;
        if is_imported(self.old, old) || is_imported(self.new, new) {
            return;
        }
        let pair = Pair { old, new };
        self.bindings(pair);
        self.rest(pair);
        self.calls(pair);
        self.messages(pair);
    }

    /// Tells which bindings are gone: of several to one wire those at the same place are the same, then others in their order.
    fn bindings(&mut self, pair: Pair) {
        let mut left = self.new.index.written(pair.new).to_vec();
        let mut take = |is_it: &dyn Fn(&Binding) -> bool| {
            left.iter().position(|it| is_it(it)).map(|index| left.remove(index)).is_some()
        };
        let place = |binding: &Binding| binding.place.as_ref().map(|place| place.value.clone());
        let old = self.old.index.written(pair.old).iter().copied();
        let moved: Vec<&Binding> =
            old.filter(|old| !take(&|new| new.wire.text == old.wire.text && place(new) == place(old))).collect();
        let gone: Vec<&Binding> =
            moved.into_iter().filter(|old| !take(&|new| new.wire.text == old.wire.text)).collect();
        gone.into_iter().for_each(|binding| self.binding_removed(pair, binding));
    }

    fn binding_removed(&mut self, pair: Pair, binding: &Binding) {
        let wire = binding.wire.text.as_str();
        let (service, name) = (self.new.service(pair.new), self.new.full_name(pair.new));
        let still = self.new.binding(pair.new, wire).is_some();
        let place = binding.place.as_ref().filter(|_| still).map(|place| format!(" at `{}`", place.value));
        let message = format!("`{}` is not bound to `{wire}`{} any more", service.name, place.unwrap_or_default());
        let change = Change::new(format!("{name}.{wire}"), message).was(binding.at).now(service.at);
        self.tell(&rules::BINDING_REMOVED, carried::facets(wire).both_ways(), change);
    }

    /// Something that a wire carried and does not any more, though the service is bound to it.
    fn unbound(&mut self, pair: Pair, wire: &str, name: &str, at: Span) {
        let Some(now) = self.new.binding(pair.new, wire) else { return };
        let (service, full) = (self.new.service(pair.new), self.new.full_name(pair.new));
        let message = format!("`{}.{name}` is not bound to `{wire}` any more", service.name);
        let change = Change::new(format!("{full}.{name}.{wire}"), message).was(at).now(now.at);
        self.tell(&rules::UNBOUND, carried::facets(wire).both_ways(), change);
    }

    /// The operations of a service that are there before and now.
    fn operations(&self, pair: Pair) -> impl Iterator<Item = (OperationAt, OperationAt)> + use<'a> {
        let all = self.pairing.operations.range((pair.old.0, pair.old.1, 0)..(pair.old.0, pair.old.1 + 1, 0));
        all.map(|(&old, &new)| (old, new))
    }

    fn tell(&mut self, rule: &'static Rule, reach: Reach, change: Change) {
        self.findings.add(rule, reach, change);
    }

    fn tell_both_ways(&mut self, rule: &'static Rule, facets: Facets, change: Change) {
        self.tell(rule, facets.both_ways(), change);
    }
}

fn operation(contract: &Contract, at: OperationAt) -> &Operation {
    &contract.package(at.0).services[at.1].operations[at.2]
}

/// A change of an operation.
fn of_operation(wires: &WireDiff<'_, '_>, old: OperationAt, new: OperationAt, message: &str) -> Change {
    let (before, now) = (operation(wires.old.side.contract, old), operation(wires.new.side.contract, new));
    let (service, full) = (wires.new.service((new.0, new.1)), wires.new.full_name((new.0, new.1)));
    let message = format!("`{}.{}` {message}", service.name, now.name);
    Change::new(format!("{full}.{}", now.name), message).was(before.at).now(now.at)
}

/// What travels to the old side alone.
fn to_readers(facets: Facets) -> Reach {
    facets.toward(Direction::Output)
}
