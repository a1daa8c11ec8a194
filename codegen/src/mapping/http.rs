//! On REST.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Binding, Field, Operation, Subject};

use super::{Of, OnWire, Row, left_out, second};
use crate::bind::http::{HttpOperation, StreamForm, Travel};
use crate::{Views, bind, model};

pub(super) fn on(contract: &Contract, views: &Views, of: Of, binding: &Binding, subject: Subject) -> Option<OnWire> {
    let Subject::Operation(index) = subject else { return None };
    let mut services = views.http.services.iter();
    let bound = services.find(|http| http.package == of.package && http.service == of.service)?;
    if bound.at != binding.at {
        return Some(second("rest"));
    }
    let Some(http) = bound.operations.iter().find(|http| http.operation == index) else {
        return Some(left_out("rest", true));
    };
    let operation = &of.service(contract).operations[index];
    Some(OnWire {
        wire: "rest".to_owned(),
        place: Some(format!("{} {}", http.verb.as_str(), http.path_template())),
        derived: http.derived,
        generated: true,
        rows: rows(contract, operation, http),
    })
}

fn rows(contract: &Contract, operation: &Operation, http: &HttpOperation) -> Vec<Row> {
    let travels = operation.inputs.fields().iter().zip(&http.inputs);
    let mut rows: Vec<Row> =
        travels.map(|(field, travel)| Row::of("input", &field.name, place(contract, field, travel))).collect();
    rows.push(Row::new("status", http.status.to_string()));
    let stream = match http.stream {
        Some(StreamForm::Sse) => Some("server-sent events"),
        Some(StreamForm::Ndjson) => Some("lines of JSON"),
        Some(StreamForm::Negotiated) => Some("server-sent events or lines of JSON, as `Accept` says"),
        None => None,
    };
    rows.extend(stream.map(|stream| Row::new("stream", stream)));
    if http.xml {
        rows.push(Row::new("bodies", "XML, which is not generated yet: they are JSON"));
    }
    let faults = http.faults.iter();
    rows.extend(faults.map(|(fault, status)| Row::of("fault", &contract.type_def(*fault).name, status.to_string())));
    rows
}

fn place(contract: &Contract, field: &Field, travel: &Travel) -> String {
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
