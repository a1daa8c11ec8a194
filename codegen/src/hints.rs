//! What a contract does not say and every wire derives: routes, topics, numbers, each at its place in the text.
//!
//! An editor shows them between the words. They are read from the views, so they are what the generators write.

use std::collections::BTreeSet;

use wireloom_idl::contract::{Field, Package, PackageId, Pin, Service, TypeDef, TypeKind};
use wireloom_idl::{Contract, Span};

use crate::bind::messages::MessagesService;
use crate::bind::{self, Views};

/// A derived fact, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The name or type that it is about; it is shown behind.
    pub behind: Span,
    /// `GET /v1/orders/find`, `@6`
    pub text: String,
    /// Where it comes from.
    pub kind: HintKind,
}

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// The route of an operation that no entry gives one.
    Route,
    /// Where an event goes.
    Topic,
    /// The number that the lock gives.
    Number,
}

/// All hints of the packages that are reported on. Numbers are told of packages for which `is_locked` holds: elsewhere they
/// may still change.
pub fn hints(contract: &Contract, is_locked: impl Fn(&Package) -> bool) -> Vec<Hint> {
    let views = bind::travels(contract);
    let mut found = Vec::new();
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for (index, service) in package.services.iter().enumerate() {
            routes(&views, id, index, service, &mut found);
            if let Some(messages) = views.messages.service(id, index) {
                topics(contract, messages, &mut found);
            }
        }
        if is_locked(package) {
            numbers(contract, id, package, &mut found);
        }
    }
    found.sort_by_key(|hint| (hint.behind, hint.text.clone()));
    found.dedup();
    found
}

fn routes(views: &Views, package: PackageId, index: usize, service: &Service, found: &mut Vec<Hint>) {
    let bound = views.http.services.iter().filter(|http| http.package == package && http.service == index);
    for http in bound.flat_map(|http| &http.operations).filter(|http| http.derived) {
        let Some(operation) = service.operations.get(http.operation) else { continue };
        let text = format!("{} {}", http.verb.as_str(), http.path_template());
        found.push(Hint { behind: operation.at, text, kind: HintKind::Route });
    }
}

fn topics(contract: &Contract, messages: &MessagesService, found: &mut Vec<Hint>) {
    for event in &messages.events {
        let def = contract.type_def(event.event);
        let is_shown = !contract.package(def.package).imported;
        let text = format!("topic {}", event.topic);
        found.extend(is_shown.then_some(Hint { behind: def.at, text, kind: HintKind::Topic }));
    }
}

fn numbers(contract: &Contract, id: PackageId, package: &Package, found: &mut Vec<Hint>) {
    let mut note = |behind: Span, number: u32, pin: Option<Pin>| {
        if pin.is_none() {
            found.push(Hint { behind, text: format!("@{number}"), kind: HintKind::Number });
        }
    };
    let declared = package.types.iter().map(|&it| contract.type_def(it)).filter(|def| is_declared(def));
    let declared: Vec<&TypeDef> = declared.collect();
    let names: BTreeSet<Span> = declared.iter().map(|def| def.at).collect();
    for def in declared {
        let numbers = contract.numbers.of_type(def.id).iter().copied();
        match &def.kind {
            TypeKind::Enum(it) => it.members.iter().zip(numbers).for_each(|(it, number)| note(it.at, number, it.pin)),
            TypeKind::Union(it) => it.cases.iter().zip(numbers).for_each(|(it, number)| note(it.at, number, it.pin)),
            // What a record spreads stands elsewhere, where it has the numbers of its own record.
            _ => fields(def.fields().unwrap_or_default(), numbers, |field| stands_in(field, def, &names), &mut note),
        }
    }
    for (index, service) in package.services.iter().enumerate() {
        for (position, operation) in service.operations.iter().enumerate() {
            let numbers = contract.numbers.of_operation(id, index, position);
            note(operation.at, numbers.own, operation.pin);
            fields(operation.inputs.fields(), numbers.inputs.iter().copied(), |_| true, &mut note);
        }
    }
}

fn fields(
    fields: &[Field],
    numbers: impl Iterator<Item = u32>,
    is_shown: impl Fn(&Field) -> bool,
    note: &mut impl FnMut(Span, u32, Option<Pin>),
) {
    let shown = fields.iter().zip(numbers).filter(|(field, _)| is_shown(field));
    shown.for_each(|(field, number)| note(field.type_at, number, field.pin));
}

/// Whether the declaration that a field stands in is this one: the last that begins before it.
fn stands_in(field: &Field, def: &TypeDef, names: &BTreeSet<Span>) -> bool {
    let before = names.range(..field.at).next_back();
    before.is_some_and(|name| *name == def.at)
}

fn is_declared(def: &TypeDef) -> bool {
    use wireloom_idl::contract::Origin;
    match &def.kind {
        TypeKind::Record(record) => record.origin == Origin::Declared,
        TypeKind::Union(union) => union.origin == Origin::Declared,
        _ => true,
    }
}
