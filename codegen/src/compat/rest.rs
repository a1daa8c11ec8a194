//! REST: verb, path, status, and where inputs travel.

use wireloom_idl::compat::{Change, Facet, Facets, OperationAt, pair};
use wireloom_idl::contract::{Field, Type, TypeKind};

use super::{Bound, Pair, WireDiff, of_operation, operation, rules, to_readers};
use crate::bind::http::{HttpOperation, QueryField, Segment, StreamForm, Travel};

const JSON: Facets = Facets::of(&[Facet::Json]);
const ROUTE: Facets = Facets::of(&[Facet::Route]);

/// An operation on REST, before and now.
struct Http<'a> {
    old_at: OperationAt,
    new_at: OperationAt,
    old: &'a HttpOperation,
    new: &'a HttpOperation,
    /// For each new input the old one that it is.
    inputs: Vec<Option<usize>>,
}

impl<'a> WireDiff<'a, '_> {
    /// Compares what a service says on REST.
    pub(super) fn rest(&mut self, pair: Pair) {
        self.rest_place(pair);
        for (old_at, new_at) in self.operations(pair) {
            let found = |bound: Bound<'a>, at: OperationAt| {
                bound.index.rest((at.0, at.1))?.operations.iter().find(|http| http.operation == at.2)
            };
            match (found(self.old, old_at), found(self.new, new_at)) {
                (Some(old), Some(new)) => {
                    let inputs = self.inputs(old_at, new_at);
                    self.http(&Http { old_at, new_at, old, new, inputs });
                }
                (Some(old), None) => {
                    let name = &operation(self.new.side.contract, new_at).name;
                    self.unbound(pair, "rest", name, old.at);
                }
                (None, _) => {}
            }
        }
    }

    /// One place for all: that it is another one is told once.
    fn rest_place(&mut self, pair: Pair) {
        let (Some(old), Some(new)) = (self.old.index.rest(pair.old), self.new.index.rest(pair.new)) else { return };
        if old.place != new.place {
            let (name, full) = (&self.new.service(pair.new).name, self.new.full_name(pair.new));
            let message = format!("`{name}` on `rest` is at `{}`, and was at `{}`", new.place, old.place);
            let change = Change::new(format!("{full}.rest"), message).was(old.at).now(new.at);
            self.tell_both_ways(&rules::PLACE_CHANGED, ROUTE, change);
        }
    }

    fn inputs(&self, old: OperationAt, new: OperationAt) -> Vec<Option<usize>> {
        let (before, now) = (operation(self.old.side.contract, old), operation(self.new.side.contract, new));
        let now = now.inputs.fields().iter().map(|it| (it.name.as_str(), it.was.as_deref()));
        pair(before.inputs.fields().iter().map(|it| it.name.as_str()), now)
    }

    fn http(&mut self, http: &Http<'a>) {
        let Http { old_at, new_at, old, new, .. } = *http;
        let change = |wires: &Self, message: &str| of_operation(wires, old_at, new_at, message).was(old.at).now(new.at);
        if old.verb != new.verb {
            let message = format!("is {} now, and was {}", new.verb.as_str(), old.verb.as_str());
            self.tell_both_ways(&rules::VERB_CHANGED, ROUTE, change(self, &message));
        }
        let depth =
            |bound: Bound<'a>, at: OperationAt| bound.index.rest((at.0, at.1)).map_or(0, |it| segments(&it.place));
        let (old_depth, new_depth) = (depth(self.old, old_at), depth(self.new, new_at));
        if way(old, old_depth, Some) != way(new, new_depth, |input| http.inputs[input]) {
            let message = format!("is at `{}` now, and was at `{}`", new.path_template(), old.path_template());
            self.tell_both_ways(&rules::PATH_CHANGED, ROUTE, change(self, &message));
        }
        if old.status != new.status {
            let message = format!("answers with {} now, and did with {}", new.status, old.status);
            self.tell(&rules::STATUS_CHANGED, to_readers(ROUTE), change(self, &message));
        }
        if old.stream != new.stream && new.stream != Some(StreamForm::Negotiated) && old.stream.is_some() {
            let form = |form: Option<StreamForm>| match form {
                Some(StreamForm::Sse) => "as server-sent events",
                Some(StreamForm::Ndjson) => "as lines of JSON",
                Some(StreamForm::Negotiated) => "as `Accept` says",
                None => "at once",
            };
            let message = format!("answers {} now, and did {}", form(new.stream), form(old.stream));
            self.tell(&rules::STREAM_FORM, to_readers(JSON), change(self, &message));
        }
        if old.xml != new.xml {
            let (now, before) = if new.xml { ("XML", "JSON") } else { ("JSON", "XML") };
            let message = format!("speaks {now} now, and did {before}");
            self.tell_both_ways(&rules::BODY_FORM, JSON, change(self, &message));
        }
        self.fault_statuses(http);
        for (index, found) in http.inputs.iter().enumerate() {
            if let Some(found) = *found {
                self.input(http, found, index);
            }
        }
    }

    fn fault_statuses(&mut self, http: &Http<'a>) {
        for &(fault, before) in &http.old.faults {
            let now = self.pairing.now(fault).and_then(|now| http.new.faults.iter().find(|(id, _)| *id == now));
            let Some(&(id, now)) = now.filter(|(_, now)| *now != before) else { continue };
            let code = |bound: Bound<'_>, id| match &bound.side.contract.type_def(id).kind {
                TypeKind::Fault(fault) => Some(fault.code),
                _ => None,
            };
            // Another code is told as such.
            if code(self.old, fault) == code(self.new, id) {
                let name = &self.new.side.contract.type_def(id).name;
                let message = format!("fails with {now} for `{name}` now, and did with {before}");
                let change = of_operation(self, http.old_at, http.new_at, &message).was(http.old.at).now(http.new.at);
                self.tell(&rules::FAULT_STATUS, to_readers(ROUTE), change);
            }
        }
    }

    fn input(&mut self, http: &Http<'a>, old_index: usize, new_index: usize) {
        let (before, now) = (&http.old.inputs[old_index], &http.new.inputs[new_index]);
        let old = &operation(self.old.side.contract, http.old_at).inputs.fields()[old_index];
        let new = &operation(self.new.side.contract, http.new_at).inputs.fields()[new_index];
        let moved = match (before, now) {
            (Travel::Header(one), Travel::Header(other)) => !one.eq_ignore_ascii_case(other),
            (Travel::Query(one), Travel::Query(other)) => one != other,
            (Travel::QueryFields(before), Travel::QueryFields(now)) => {
                return self.query_fields(http, (old, before), (new, now));
            }
            // Names in a body are those of fields, which the language compares.
            (Travel::Member(_), Travel::Member(_)) => false,
            (one, other) => std::mem::discriminant(one) != std::mem::discriminant(other),
        };
        if moved {
            let message =
                format!("takes `{}` from the {}, and took it from the {}", new.name, place(now), place(before));
            let change = of_operation(self, http.old_at, http.new_at, &message).was(old.at).now(new.at);
            let subject = format!("{}.{}", change.subject, new.name);
            let change = Change { subject, ..change };
            self.tell_both_ways(&rules::INPUT_MOVED, facets(before), change);
        }
    }

    /// Fields of a record in the query: one of another name is not found under its old one.
    fn query_fields(&mut self, http: &Http<'a>, old: (&Field, &[QueryField]), new: (&Field, &[QueryField])) {
        let fields = |bound: Bound<'a>, ty: &Type| match ty {
            Type::Named(id) => bound.side.contract.type_def(*id).fields().unwrap_or_default(),
            _ => &[],
        };
        let (before, now) = (fields(self.old, &old.0.ty), fields(self.new, &new.0.ty));
        let found =
            pair(before.iter().map(|it| it.name.as_str()), now.iter().map(|it| (it.name.as_str(), it.was.as_deref())));
        for part in new.1 {
            let was = found.get(part.field).copied().flatten();
            let Some(was) = was.and_then(|was| old.1.iter().find(|it| it.field == was)) else { continue };
            if was.name != part.name {
                let message = format!("takes `{}` from the query, and took it as `{}`", part.name, was.name);
                let change = of_operation(self, http.old_at, http.new_at, &message).was(old.0.at).now(new.0.at);
                let subject = format!("{}.{}.{}", change.subject, new.0.name, part.name);
                let change = Change { subject, ..change };
                self.tell_both_ways(&rules::INPUT_MOVED, ROUTE, change);
            }
        }
    }
}

/// How many parts a place has.
fn segments(place: &str) -> usize {
    place.split('/').filter(|part| !part.is_empty()).count()
}

/// A path below its place without the names of variables: what each of them is instead.
fn way(http: &HttpOperation, place: usize, was: impl Fn(usize) -> Option<usize>) -> Vec<Result<&str, Option<usize>>> {
    let segments = http.path.iter().skip(place).map(|segment| match segment {
        Segment::Literal(text) => Ok(text.as_str()),
        Segment::Variable { input, .. } => Err(was(*input)),
    });
    segments.collect()
}

fn facets(travel: &Travel) -> Facets {
    match travel {
        Travel::Body | Travel::Member(_) => JSON,
        _ => ROUTE,
    }
}

fn place(travel: &Travel) -> String {
    match travel {
        Travel::Path => "path".to_owned(),
        Travel::Header(name) => format!("header `{name}`"),
        Travel::Query(name) => format!("query as `{name}`"),
        Travel::QueryFields(_) => "query, field by field".to_owned(),
        Travel::Body => "whole body".to_owned(),
        Travel::Member(name) => format!("body's `{name}`"),
    }
}
