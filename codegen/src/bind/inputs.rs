//! Where each input of an operation travels on HTTP.
//!
//! What the binding says comes first (path variables, `header`, `query`, `body`), then what is derived: an
//! idempotency key goes to its header, the rest to the query or to the body's object. An input that finds no place is
//! reported at the contract's text.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use wireloom_idl::contract::{
    At, Contract, Effect, Field, Literal, Operation, Presence, ScalarType, Type, TypeId, TypeKind,
};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::http::{QueryField, Segment, Travel, Verb};
use super::path::Part;
use super::vocabulary::Clauses;
use crate::{codes, model};

/// The header that an idempotency key travels in unless the binding says otherwise.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Headers that belong to HTTP itself or to the runtime.
const RESERVED_HEADERS: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "request-timeout",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-request-id",
];

/// The places of an operation's inputs, while they are given.
pub(super) struct Placing<'c> {
    contract: &'c Contract,
    operation: &'c Operation,
    fields: &'c [Field],
    /// What is given so far, and where it was said.
    given: Vec<Option<(Travel, At)>>,
    body_said: bool,
}

impl<'c> Placing<'c> {
    pub(super) fn new(contract: &'c Contract, operation: &'c Operation) -> Placing<'c> {
        let fields = operation.inputs.fields();
        Placing { contract, operation, fields, given: vec![None; fields.len()], body_said: false }
    }

    /// Gives the path's variables their inputs.
    pub(super) fn path(&mut self, parts: Vec<Part>, report: &mut Diagnostics) -> Option<Vec<Segment>> {
        let mut segments = Vec::new();
        let mut sound = true;
        for part in parts {
            match part {
                Part::Literal(text) => segments.push(Segment::Literal(text)),
                Part::Variable(name, at) => match self.variable(&name, at, report) {
                    Some(input) => segments.push(Segment::Variable { input, name }),
                    None => sound = false,
                },
            }
        }
        sound.then_some(segments)
    }

    fn variable(&mut self, name: &str, at: At, report: &mut Diagnostics) -> Option<usize> {
        let input = self.find(name, at, "the path's variable", report)?;
        let field = &self.fields[input];
        if !model::has_text_form(self.contract, &field.ty) || field.presence != Presence::Required {
            report.push(
                Diagnostic::new(&codes::REST_TEXT_FORM, at, format!("`{name}` cannot stand in a path"))
                    .also(field.at, "declared here")
                    .help("a path variable is a required input of a scalar or enum type"),
            );
            return None;
        }
        self.give(input, Travel::Path, at, report).then_some(input)
    }

    /// Gives what `header`, `query` and `body` say.
    pub(super) fn said(&mut self, clauses: &Clauses, verb: Verb, report: &mut Diagnostics) {
        for placement in &clauses.headers {
            self.header(&placement.name.value, placement.name.span, &placement.input, placement.input_at, report);
        }
        for placement in &clauses.queries {
            let Some(input) = self.find(&placement.input, placement.input_at, "`query`", report) else { continue };
            let field = &self.fields[input];
            match self.query_value(field) {
                true => {
                    self.give(input, Travel::Query(placement.name.value.clone()), placement.input_at, report);
                }
                false => {
                    self.fill(input, Travel::Query(placement.name.value.clone()), placement.input_at);
                    report.push(self.not_for_query(field, placement.input_at));
                }
            }
        }
        if let Some((name, at)) = &clauses.body {
            self.body(name, *at, verb, clauses.verb.map(|(_, at)| at), report);
        }
    }

    fn header(&mut self, name: &str, name_at: At, input: &str, at: At, report: &mut Diagnostics) {
        let Some(input) = self.find(input, at, "`header`", report) else { return };
        let field = &self.fields[input];
        if !is_header_name(name) || RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            report.push(
                Diagnostic::new(&codes::REST_HEADER, name_at, format!("`{name}` cannot be the header of an input"))
                    .help("take a name of letters, digits and `-` that is not in use already, such as \"X-Tenant\""),
            );
        }
        let in_text = model::has_text_form(self.contract, &field.ty);
        if !in_text || !matches!(field.presence, Presence::Required | Presence::Optional) {
            report.push(
                Diagnostic::new(&codes::REST_TEXT_FORM, at, format!("`{}` cannot stand in a header", field.name))
                    .also(field.at, "declared here")
                    .help("a header carries a scalar or an enum that is never null"),
            );
        }
        self.give(input, Travel::Header(name.to_owned()), at, report);
    }

    fn body(&mut self, name: &str, at: At, verb: Verb, verb_at: Option<At>, report: &mut Diagnostics) {
        if matches!(verb, Verb::Get | Verb::Head) {
            let message = format!("a {} request has no body", verb.as_str());
            let diagnostic = Diagnostic::new(&codes::REST_BODY, at, message)
                .help("send the input in the query (leave `body` out), or take POST");
            report.push(match verb_at {
                Some(verb_at) => diagnostic.fix("take POST", verb_at, Verb::Post.as_str()),
                None => diagnostic,
            });
        }
        let Some(input) = self.find(name, at, "`body`", report) else { return };
        self.body_said = true;
        self.give(input, Travel::Body, at, report);
    }

    /// Whether the inputs not placed yet would all fit a query.
    pub(super) fn rest_fits_query(&self) -> bool {
        let key = self.idempotency_key();
        self.open().all(|input| Some(input) == key || self.query_form(&self.fields[input]).is_some())
    }

    /// Gives everything not placed yet its derived place.
    pub(super) fn derived(mut self, verb: Verb, report: &mut Diagnostics) -> Option<Vec<Travel>> {
        if let Some(input) = self.idempotency_key() {
            self.fill(input, Travel::Header(IDEMPOTENCY_KEY.to_owned()), self.fields[input].at);
        }
        let to_query = verb.prefers_query() || self.body_said;
        let mut sound = true;
        for input in self.open().collect::<Vec<_>>() {
            let field = &self.fields[input];
            let travel = match to_query {
                true => self.query_form(field),
                false => Some(Travel::Member(model::json_name(field))),
            };
            match travel {
                Some(travel) => self.fill(input, travel, field.at),
                None => {
                    report.push(self.not_for_query(field, field.at));
                    sound = false;
                }
            }
        }
        sound &= self.names_clash(report);
        let given: Option<Vec<Travel>> = self.given.into_iter().map(|given| given.map(|(travel, _)| travel)).collect();
        given.filter(|_| sound)
    }

    /// The input that goes to `Idempotency-Key` by itself: the key of `keyed`, else the first of that type.
    fn idempotency_key(&self) -> Option<usize> {
        let is_key = |input: usize| {
            let field = &self.fields[input];
            self.given[input].is_none()
                && model::scalar_of(self.contract, &field.ty) == Some(ScalarType::IdempotencyKey)
                && matches!(field.presence, Presence::Required | Presence::Optional)
        };
        let taken = self.given.iter().flatten().any(|(travel, _)| is_header(travel, IDEMPOTENCY_KEY));
        let keyed = match self.operation.effect {
            Effect::Keyed(input) if input < self.fields.len() => Some(input),
            _ => None,
        };
        keyed.into_iter().chain(0..self.fields.len()).find(|&input| is_key(input)).filter(|_| !taken)
    }

    fn open(&self) -> impl Iterator<Item = usize> {
        self.given.iter().enumerate().filter(|(_, given)| given.is_none()).map(|(input, _)| input)
    }

    fn query_value(&self, field: &Field) -> bool {
        matches!(field.presence, Presence::Required | Presence::Optional)
            && (model::has_text_form(self.contract, &field.ty)
                || model::repeated_text(self.contract, &field.ty).is_some())
            && !self.hides_empty(field)
    }

    /// An empty list leaves no trace in a query, and would be taken for one that is not said.
    fn hides_empty(&self, field: &Field) -> bool {
        model::repeated_text(self.contract, &field.ty).is_some()
            && matches!(&field.default, Some(Literal::List(items)) if !items.is_empty())
    }

    /// How a field stands in a query: as a value, or a flat record field by field.
    fn query_form(&self, field: &Field) -> Option<Travel> {
        if self.query_value(field) {
            return Some(Travel::Query(model::json_name(field)));
        }
        let Type::Named(id) = field.ty else { return None };
        let TypeKind::Record(record) = &self.contract.type_def(id).kind else { return None };
        if field.presence != Presence::Required || field.default.is_some() || !field.constraints.is_empty() {
            return None;
        }
        let fields = record.fields.iter().enumerate().map(|(index, field)| {
            let name = model::json_name(field);
            self.query_value(field).then_some(QueryField { field: index, name })
        });
        fields.collect::<Option<Vec<_>>>().map(Travel::QueryFields)
    }

    fn fields_of(&self, id: TypeId) -> &[Field] {
        self.contract.type_def(id).fields().unwrap_or_default()
    }

    fn not_for_query(&self, field: &Field, at: At) -> Diagnostic {
        let reason = match (&field.ty, field.presence) {
            (_, Presence::Nullable | Presence::OptionalNullable) => "a null has no form in a query",
            (Type::Map(..), _) => "a map has no form in a query",
            _ if self.hides_empty(field) => {
                "a query cannot tell an empty list from an absent one, which has a default that is not empty"
            }
            (Type::List(_) | Type::Set(_), _) => "only lists of scalars and enums have a form in a query",
            (Type::Named(id), Presence::Optional) if self.contract.type_def(*id).fields().is_some() => {
                "a record that may be absent has no form in a query"
            }
            (Type::Named(id), _) if self.fields_of(*id).iter().any(|field| self.hides_empty(field)) => {
                "a query cannot tell an empty list from an absent one, and a list in it has a default that is not empty"
            }
            (Type::Named(id), _) if self.contract.type_def(*id).fields().is_some() => {
                "only flat records, whose fields are scalars and enums or lists of them, have a form in a query"
            }
            _ => "its type has no form in a query",
        };
        Diagnostic::new(&codes::REST_QUERY, at, format!("`{}` cannot travel in the query: {reason}", field.name))
            .help("send it as the body: take POST, PUT or PATCH, or say `body` for it")
    }

    fn find(&self, name: &str, at: At, what: &str, report: &mut Diagnostics) -> Option<usize> {
        let found = self.fields.iter().position(|field| field.name == name);
        if found.is_none() {
            let names: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
            let operation = &self.operation.name;
            let message = format!("{what} names `{name}`, which is no input of `{operation}`");
            let diagnostic = Diagnostic::new(&codes::REST_UNKNOWN_INPUT, at, message);
            report.push(super::mend(diagnostic, at, name, &names, "inputs"));
        }
        found
    }

    /// Gives an input its place; says so if it has one already.
    fn give(&mut self, input: usize, travel: Travel, at: At, report: &mut Diagnostics) -> bool {
        if let Some((first, first_at)) = &self.given[input] {
            let name = &self.fields[input].name;
            report.push(
                Diagnostic::new(&codes::REST_PLACED_TWICE, at, format!("`{name}` already travels {}", place(first)))
                    .also(*first_at, "placed here")
                    .help("an input goes to exactly one place: leave one of them out"),
            );
            return false;
        }
        self.given[input] = Some((travel, at));
        true
    }

    fn fill(&mut self, input: usize, travel: Travel, at: At) {
        if self.given[input].is_none() {
            self.given[input] = Some((travel, at));
        }
    }

    /// Two inputs of one name in the query or in one header; true where there are none.
    fn names_clash(&self, report: &mut Diagnostics) -> bool {
        let mut seen: HashMap<(String, &'static str), At> = HashMap::new();
        let mut sound = true;
        for (travel, at) in self.given.iter().flatten() {
            for (name, kind) in names(travel) {
                match seen.entry((name, kind)) {
                    Entry::Occupied(first) => {
                        let name = &first.key().0;
                        sound = false;
                        report.push(
                            Diagnostic::new(
                                &codes::REST_NAME_CLASH,
                                *at,
                                format!("two inputs have the {kind} name `{name}`"),
                            )
                            .also(*first.get(), "the other one")
                            .help(format!("give one of them another name: `{kind} \"other\" = input`")),
                        );
                    }
                    Entry::Vacant(free) => {
                        free.insert(*at);
                    }
                }
            }
        }
        sound
    }
}

fn names(travel: &Travel) -> Vec<(String, &'static str)> {
    match travel {
        Travel::Query(name) => vec![(name.clone(), "query")],
        Travel::QueryFields(fields) => fields.iter().map(|field| (field.name.clone(), "query")).collect(),
        Travel::Header(name) => vec![(name.to_ascii_lowercase(), "header")],
        Travel::Path | Travel::Body | Travel::Member(_) => Vec::new(),
    }
}

fn place(travel: &Travel) -> String {
    match travel {
        Travel::Path => "in the path".to_owned(),
        Travel::Header(name) => format!("in the header `{name}`"),
        Travel::Query(_) | Travel::QueryFields(_) => "in the query".to_owned(),
        Travel::Body | Travel::Member(_) => "in the body".to_owned(),
    }
}

fn is_header(travel: &Travel, name: &str) -> bool {
    matches!(travel, Travel::Header(header) if header.eq_ignore_ascii_case(name))
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter))
}
