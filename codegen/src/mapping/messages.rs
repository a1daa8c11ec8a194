//! On brokers.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Binding, FieldPath, Subject, TypeId, TypeKind};
use wireloom_idl::syntax::tree::{Term, TermKind};

use super::{Of, OnWire, Row, left_out};
use crate::Views;
use crate::bind::messages::{
    BoundHandler, BoundRequest, Capability, EmittedEvent, MessagesService, Product, Retry, Support, vocabulary,
};

pub(super) fn on(
    contract: &Contract,
    views: &Views,
    of: Of,
    binding: &Binding,
    product: Option<&'static Product>,
    subject: Subject,
) -> Option<OnWire> {
    let entry = binding.entries.iter().find(|entry| entry.subject == subject);
    // An operation travels so only where it is named.
    if matches!(subject, Subject::Operation(_)) && entry.is_none() {
        return None;
    }
    let says_topic = |term: &Term| matches!(&term.kind, TermKind::Path(path) if path.text() == "topic");
    let derived = !entry.is_some_and(|entry| entry.terms.iter().any(says_topic));
    let wire = product.map_or("broker", |product| product.wire);
    let generated = product.is_none_or(|product| product.is_spoken);
    let all = views.messages.services.iter().chain(&views.messages.others);
    let bound = all.filter(|bound| bound.package == of.package && bound.service == of.service && bound.is_bound);
    let mut bound = bound.filter(|bound| bound.wire() == wire);
    let found = bound.find_map(|bound| one(contract, bound, subject));
    Some(match found {
        Some(found) => OnWire { derived, generated: found.generated && generated, ..found },
        None => left_out(wire, generated),
    })
}

/// What is derived of an event or handler of a service without such a binding.
pub(super) fn unbound(contract: &Contract, views: &Views, of: Of, subject: Subject) -> Option<OnWire> {
    let bound = views.messages.service(of.package, of.service).filter(|bound| !bound.is_bound)?;
    one(contract, bound, subject)
}

fn one(contract: &Contract, bound: &MessagesService, subject: Subject) -> Option<OnWire> {
    let (topic, rows, generated) = match subject {
        Subject::Event(event) => {
            let emitted = bound.events.iter().find(|emitted| emitted.event == event)?;
            (&emitted.topic, event_rows(contract, bound, emitted), true)
        }
        Subject::Handler(index) => {
            let handler = bound.handlers.iter().find(|handler| handler.handler == index)?;
            (&handler.topic, handler_rows(bound, handler), true)
        }
        Subject::Operation(index) => {
            let request = bound.requests.iter().find(|request| request.operation == index)?;
            (&request.topic, request_rows(bound, request), false)
        }
    };
    let place = Some(format!("topic {topic}"));
    Some(OnWire { wire: bound.wire().to_owned(), place, derived: true, generated, rows })
}

fn event_rows(contract: &Contract, bound: &MessagesService, emitted: &EmittedEvent) -> Vec<Row> {
    let own = || own_key(contract, emitted.event);
    let key = emitted.key.as_ref().or_else(own);
    let mut rows = vec![key_row(key)];
    rows.extend(required(bound, &emitted.requires));
    rows
}

fn own_key(contract: &Contract, event: TypeId) -> Option<&FieldPath> {
    match &contract.type_def(event).kind {
        TypeKind::Event(it) => it.key.as_ref(),
        _ => None,
    }
}

fn key_row(key: Option<&FieldPath>) -> Row {
    match key {
        Some(key) => Row::new("key", key.segments.join(".")),
        None => Row::new("key", "none: events are in no order"),
    }
}

fn handler_rows(bound: &MessagesService, handler: &BoundHandler) -> Vec<Row> {
    let mut rows = vec![Row::new("group", &handler.group)];
    rows.extend(handler.key.as_ref().map(|key| Row::new("key", key.segments.join("."))));
    rows.push(Row::new("retry", handler.retry.map_or_else(|| unsaid(bound, "retry"), retry)));
    rows.push(Row::new("dead", handler.dead.clone().unwrap_or_else(|| format!("{}.dead", handler.topic))));
    rows.push(Row::new(
        "prefetch",
        handler.prefetch.map_or_else(|| unsaid(bound, "prefetch"), |count| count.to_string()),
    ));
    rows.extend(required(bound, &handler.requires));
    rows
}

fn request_rows(bound: &MessagesService, request: &BoundRequest) -> Vec<Row> {
    let mut rows = vec![Row::new("group", &request.group)];
    rows.push(Row::new(
        "prefetch",
        request.prefetch.map_or_else(|| unsaid(bound, "prefetch"), |count| count.to_string()),
    ));
    rows.extend(required(bound, &request.requires));
    rows
}

/// What holds where nobody says a clause.
fn unsaid(bound: &MessagesService, word: &str) -> String {
    let clauses = vocabulary(bound.product).clauses;
    clauses.iter().find(|clause| clause.word == word).map_or_else(String::new, |clause| clause.unsaid.to_owned())
}

fn retry(retry: Retry) -> String {
    let waits = retry.backoff.map(|backoff| format!(", after {:?} to {:?}", backoff.min, backoff.max));
    format!("{} times{}", retry.times, waits.unwrap_or_default())
}

fn required<'r>(bound: &'r MessagesService, requires: &'r [&'static Capability]) -> impl Iterator<Item = Row> + 'r {
    requires.iter().map(|capability| {
        let says = match bound.product.map(|product| capability.of(product)) {
            None => "for the broker to say when the program starts".to_owned(),
            Some(Support::Native) => "done by the broker".to_owned(),
            Some(Support::Emulated(how)) => format!("made of other means: {how}"),
            Some(Support::With(name, value)) => format!("done by the broker, with `{name}: \"{value}\"`"),
            Some(Support::No(reason)) => format!("cannot be done: {reason}"),
        };
        Row::of("requires", capability.word, says)
    })
}
