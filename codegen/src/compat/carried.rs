//! On which facets each part of a contract travels, as its bindings say.

use wireloom_idl::Contract;
use wireloom_idl::compat::{Carried, Direction, Facet, Facets, OperationCarried};
use wireloom_idl::contract::{Binding, Inputs, Operation, Package, PackageId, Subject, TypeId};
use wireloom_idl::lower::MESSAGING;

use crate::Wire;
use crate::bind::Views;
use crate::bind::calls::is_bound;
use crate::bind::http::Travel;

const JSON: Facets = Facets::of(&[Facet::Json]);
const ROUTE: Facets = Facets::of(&[Facet::Route]);
const PROTO: Facets = Facets::of(&[Facet::Proto]);
const EVENT: Facets = Facets::of(&[Facet::Event]);

/// The facets of a wire, by its word.
pub(super) fn facets(wire: &str) -> Facets {
    match wire {
        "rest" => JSON.or(ROUTE),
        "ws" | "webrtc" => JSON.or(ROUTE).or(PROTO),
        "grpc" | "rpc" => PROTO,
        "soap" => Facets::of(&[Facet::Soap]),
        wire if MESSAGING.contains(&wire) => EVENT,
        _ => Facets::NONE,
    }
}

/// Where everything travels.
pub(super) fn of(contract: &Contract, views: &Views) -> Carried {
    let mut carried = Carried::default();
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for binding in &package.bindings {
            if binding.wire.text != Wire::Rest.as_str() {
                calls(&mut carried, (id, package), binding);
            }
            events(&mut carried, views, (id, package), binding);
        }
    }
    rest(&mut carried, contract, views);
    carried
}

fn rest(carried: &mut Carried, contract: &Contract, views: &Views) {
    for service in &views.http.services {
        for (http, operation) in service.operations(contract) {
            let entry = entry(carried, (service.package, service.service, http.operation), operation);
            entry.call = entry.call.or(JSON).or(ROUTE);
            entry.answer = entry.answer.or(JSON);
            entry.faults = entry.faults.or(JSON).or(ROUTE);
            for (input, travel) in entry.inputs.iter_mut().zip(&http.inputs) {
                *input = input.or(match travel {
                    Travel::Body | Travel::Member(_) => JSON,
                    Travel::Path | Travel::Header(_) | Travel::Query(_) | Travel::QueryFields(_) => ROUTE,
                });
            }
        }
    }
}

fn calls(carried: &mut Carried, (id, package): (PackageId, &Package), binding: &Binding) {
    let wire = binding.wire.text.as_str();
    let (all, is_messaging) = (facets(wire), MESSAGING.contains(&wire));
    let values = all.without(ROUTE);
    for (index, operation) in package.services[binding.service].operations.iter().enumerate() {
        let subject = Subject::Operation(index);
        // Brokers carry calls only where one is named.
        let is_named = binding.entries.iter().any(|it| it.subject == subject);
        if !(is_named || (!is_messaging && is_bound(binding, subject))) {
            continue;
        }
        let entry = entry(carried, (id, binding.service, index), operation);
        entry.call = entry.call.or(all);
        entry.answer = entry.answer.or(values);
        entry.faults = entry.faults.or(all);
        entry.inputs.iter_mut().for_each(|input| *input = input.or(values));
    }
}

fn events(carried: &mut Carried, views: &Views, (id, package): (PackageId, &Package), binding: &Binding) {
    let wire = binding.wire.text.as_str();
    let (reach, handlers) = match wire {
        // Whoever follows is told what happens from now on.
        "ws" | "webrtc" => (facets(wire).without(ROUTE).toward(Direction::Output), false),
        wire if MESSAGING.contains(&wire) => (EVENT.both_ways(), true),
        _ => return,
    };
    let mut add = |event: TypeId| {
        let known = carried.events.entry(event).or_default();
        *known = known.or(reach);
    };
    let service = &package.services[binding.service];
    if wire == Wire::Broker.as_str() {
        // What no entry names goes to its default topic all the same.
        let Some(bound) = views.messages.service(id, binding.service) else { return };
        bound.events.iter().for_each(|it| add(it.event));
        bound.handlers.iter().for_each(|it| add(service.handlers[it.handler].event));
        return;
    }
    let emitted = service.operations.iter().flat_map(|it| &it.emits);
    emitted.filter(|&&event| is_bound(binding, Subject::Event(event))).for_each(|&event| add(event));
    let heard = service.handlers.iter().enumerate().filter(|_| handlers);
    heard.filter(|(index, _)| is_bound(binding, Subject::Handler(*index))).for_each(|(_, it)| add(it.event));
}

fn entry<'c>(
    carried: &'c mut Carried,
    at: (PackageId, usize, usize),
    operation: &Operation,
) -> &'c mut OperationCarried {
    let count = match &operation.inputs {
        Inputs::Fields(fields) => fields.len(),
        Inputs::Stream(_) => 1,
    };
    let new = OperationCarried { inputs: vec![Facets::NONE; count], ..OperationCarried::default() };
    carried.operations.entry(at).or_insert(new)
}
