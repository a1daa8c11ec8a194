//! On which facets each part of a contract travels, as its bindings say.

use wireloom_idl::Contract;
use wireloom_idl::compat::{Carried, Direction, Facet, Facets, OperationCarried, Reach};
use wireloom_idl::contract::{Inputs, Operation, PackageId, TypeId};
use wireloom_idl::lower::MESSAGING;

use crate::bind::Views;
use crate::bind::calls::CallsService;
use crate::bind::http::Travel;
use crate::bind::messages::MessagesService;

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
    rest(&mut carried, contract, views);
    views.calls.services.iter().for_each(|bound| calls(&mut carried, contract, bound));
    brokers(views).for_each(|bound| messages(&mut carried, contract, bound));
    carried
}

/// The services at brokers that bindings name, whether code is generated for them or not.
pub(super) fn brokers(views: &Views) -> impl Iterator<Item = &MessagesService> {
    views.messages.services.iter().chain(&views.messages.others).filter(|bound| bound.is_bound)
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

fn calls(carried: &mut Carried, contract: &Contract, bound: &CallsService) {
    let all = facets(bound.wire.as_str());
    let values = all.without(ROUTE);
    let service = &contract.package(bound.package).services[bound.service];
    for &index in &bound.operations {
        call(carried, (bound.package, bound.service, index), &service.operations[index], all);
    }
    // Whoever follows is told what happens from now on.
    bound.events.iter().for_each(|&event| add(carried, event, values.toward(Direction::Output)));
}

fn messages(carried: &mut Carried, contract: &Contract, bound: &MessagesService) {
    let service = &contract.package(bound.package).services[bound.service];
    let handled = bound.handlers.iter().map(|it| service.handlers[it.handler].event);
    bound.events.iter().map(|it| it.event).chain(handled).for_each(|event| add(carried, event, EVENT.both_ways()));
    for request in &bound.requests {
        let operation = &service.operations[request.operation];
        call(carried, (bound.package, bound.service, request.operation), operation, EVENT);
    }
}

fn call(carried: &mut Carried, at: (PackageId, usize, usize), operation: &Operation, facets: Facets) {
    let (entry, values) = (entry(carried, at, operation), facets.without(ROUTE));
    entry.call = entry.call.or(facets);
    entry.answer = entry.answer.or(values);
    entry.faults = entry.faults.or(facets);
    entry.inputs.iter_mut().for_each(|input| *input = input.or(values));
}

fn add(carried: &mut Carried, event: TypeId, reach: Reach) {
    let known = carried.events.entry(event).or_default();
    *known = known.or(reach);
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
