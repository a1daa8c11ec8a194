//! What becomes of one operation on every wire it is bound to: the derived mapping, as a table for people.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Effect, Operation, PackageId, Subject};

use crate::bind::calls::{self, CallWire};
use crate::bind::http::{HttpOperation, StreamForm, Travel};
use crate::bind::{self, Views};
use crate::{Wires, model};

/// Rows of a table: a word and what it says.
type Rows = Vec<(&'static str, String)>;

/// The mapping of `Orders.place` (or `shop.orders.Orders.place`) over every wire; `None` where there is no such operation.
pub fn explain_operation(contract: &Contract, name: &str) -> Option<String> {
    let (views, _) = bind::bind(contract, Wires::default());
    let found: Vec<String> = contract
        .packages()
        .flat_map(|(id, package)| package.services.iter().enumerate().map(move |(index, service)| (id, index, service)))
        .flat_map(|(id, index, service)| service.operations.iter().enumerate().map(move |it| (id, index, it)))
        .filter(|(id, service, (_, operation))| names(contract, *id, *service, operation).iter().any(|it| it == name))
        .map(|(id, service, (index, _))| one(contract, &views, id, service, index))
        .collect();
    (!found.is_empty()).then(|| found.join("\n"))
}

fn names(contract: &Contract, package: PackageId, service: usize, operation: &Operation) -> [String; 2] {
    let package = contract.package(package);
    let short = format!("{}.{}", package.services[service].name, operation.name);
    [format!("{}.{short}", package.name), short]
}

fn one(contract: &Contract, views: &Views, package: PackageId, service: usize, index: usize) -> String {
    let of = &contract.package(package).services[service];
    let operation = &of.operations[index];
    let mut rows = vec![("operation", names(contract, package, service, operation)[0].clone())];
    rows.push(("effect", effect(operation)));
    rows.push((
        "deadline",
        match operation.policy.deadline {
            Some(time) => format!("{time:?}"),
            None => "the runtime's default".to_owned(),
        },
    ));
    let http = views.http.services.iter().find(|http| http.package == package && http.service == service);
    for binding in contract.package(package).bindings.iter().filter(|binding| binding.service == service) {
        let wire = binding.wire.text.as_str();
        let subject = Subject::Operation(index);
        let carried = http.and_then(|http| http.operations.iter().find(|http| http.operation == index));
        match (wire, carried) {
            ("rest", Some(carried)) => rest(contract, operation, carried, &mut rows),
            ("rest", None) => rows.push(("rest", "not carried".to_owned())),
            _ if let Some(wire) = CallWire::named(wire) => {
                call(contract, views, (package, service), index, wire, &mut rows);
            }
            _ if !calls::is_bound(binding, subject) => {}
            _ => rows.push(("wire", format!("{wire}: not generated yet"))),
        }
    }
    table(&rows)
}

fn effect(operation: &Operation) -> String {
    match operation.effect {
        Effect::Safe => "safe: may be cached, hedged, retried".to_owned(),
        Effect::Idempotent => "idempotent: may be retried".to_owned(),
        Effect::Keyed(input) => {
            let name = operation.inputs.fields().get(input).map_or("", |field| field.name.as_str());
            format!("keyed by `{name}`: may be retried with the same key")
        }
        Effect::Once => "once: resent only when certainly not sent".to_owned(),
    }
}

/// How a wire that carries calls as they are names the operation, and the numbers of its inputs.
fn call(
    contract: &Contract,
    views: &Views,
    (package, service): (PackageId, usize),
    index: usize,
    wire: CallWire,
    rows: &mut Rows,
) {
    let bound = views.calls.service(package, service, wire);
    let Some(bound) = bound.filter(|bound| bound.operations.contains(&index)) else {
        return rows.push((wire.as_str(), "not carried".to_owned()));
    };
    let operation = &contract.package(package).services[service].operations[index];
    rows.push((wire.as_str(), bound.name_of(contract, &operation.name)));
    if wire.is_numbered() {
        let numbers = &contract.numbers.of_operation(package, service, index).inputs;
        let numbered = operation.inputs.fields().iter().zip(numbers);
        rows.extend(numbered.map(|(field, number)| ("  input", format!("{}: field {number}", field.name))));
    }
}

fn rest(contract: &Contract, operation: &Operation, http: &HttpOperation, rows: &mut Rows) {
    let derived = if http.derived { " (derived)" } else { "" };
    rows.push(("rest", format!("{} {}{derived}", http.verb.as_str(), http.path_template())));
    for (field, travel) in operation.inputs.fields().iter().zip(&http.inputs) {
        rows.push(("  input", format!("{}: {}", field.name, place(contract, field, travel))));
    }
    rows.push(("  status", http.status.to_string()));
    match http.stream {
        Some(StreamForm::Sse) => rows.push(("  stream", "server-sent events".to_owned())),
        Some(StreamForm::Ndjson) => rows.push(("  stream", "lines of JSON".to_owned())),
        Some(StreamForm::Negotiated) => {
            rows.push(("  stream", "server-sent events or lines of JSON, as `Accept` says".to_owned()))
        }
        None => {}
    }
    for (fault, status) in &http.faults {
        rows.push(("  fault", format!("{}: {status}", contract.type_def(*fault).name)));
    }
}

fn place(contract: &Contract, field: &wireloom_idl::contract::Field, travel: &Travel) -> String {
    match travel {
        Travel::Path => "path".to_owned(),
        Travel::Header(name) => format!("header `{name}`"),
        Travel::Query(name) if model::repeated_text(contract, &field.ty).is_some() => {
            format!("query `{name}`, repeated")
        }
        Travel::Query(name) => format!("query `{name}`"),
        Travel::QueryFields(parts) => {
            let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            format!("query {}", bind::list(&names))
        }
        Travel::Body => "body".to_owned(),
        Travel::Member(name) => format!("body, member `{name}`"),
    }
}

fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(word, _)| word.len()).max().unwrap_or_default();
    rows.iter().map(|(word, text)| format!("{word:width$}  {text}\n")).collect()
}
