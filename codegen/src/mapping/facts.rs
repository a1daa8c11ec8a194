//! What holds on all wires alike.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Effect, Operation, Service, Subject};

use super::{Row, policies};
use crate::{bind, said};

pub(super) fn of(contract: &Contract, service: &Service, subject: Subject) -> Vec<Row> {
    match subject {
        Subject::Operation(index) => operation(contract, service, &service.operations[index]),
        Subject::Event(event) => {
            let emitters = service.operations.iter().filter(|operation| operation.emits.contains(&event));
            let itself = service.emits.contains(&event).then_some(service.name.as_str());
            let names: Vec<&str> =
                itself.into_iter().chain(emitters.map(|operation| operation.name.as_str())).collect();
            let mut rows = vec![Row::new("emitted", format!("by {}", bind::list(&names)))];
            if let wireloom_idl::contract::TypeKind::Event(it) = &contract.type_def(event).kind
                && let Some(key) = &it.key
            {
                rows.push(Row::new("key", key.segments.join(".")));
            }
            rows
        }
        Subject::Handler(index) => {
            let handler = &service.handlers[index];
            let mut rows = vec![Row::new("event", contract.full_name(handler.event))];
            if handler.condition.is_some() {
                rows.push(Row::new("filter", "events that its condition does not admit are done with at once"));
            }
            rows.extend(policies::of_handler(service));
            rows
        }
    }
}

fn operation(contract: &Contract, service: &Service, operation: &Operation) -> Vec<Row> {
    let mut rows = vec![Row::new("effect", effect(operation)), Row::new("access", access(service, operation))];
    if !operation.emits.is_empty() {
        let events: Vec<&str> = operation.emits.iter().map(|&id| contract.type_def(id).name.as_str()).collect();
        rows.push(Row::new("emits", bind::list(&events)));
    }
    if let Some(deprecated) = &operation.deprecated {
        let note = deprecated.note.clone().unwrap_or_else(|| "no longer to be used".to_owned());
        let until = deprecated.until.as_deref().map(|until| format!(", gone from {until} on")).unwrap_or_default();
        rows.push(Row::new("deprecated", note + &until));
    }
    rows.extend(policies::of_operation(operation));
    rows
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

/// Who may call: "who has the role `clerk`, known by jwt or api_key".
fn access(service: &Service, operation: &Operation) -> String {
    said::callers(service, operation).unwrap_or_else(|| "public".to_owned())
}
