//! The operations of each `rest` binding: clauses read, judged and completed to the [`HttpView`].

use std::collections::{BTreeMap, HashSet};

use wireloom_idl::contract::{
    Answer, At, Binding, BindingEntry, Contract, Effect, Operation, PackageId, Service, Shape, Subject, TypeId,
};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::block::Block;
use super::http::{HttpOperation, HttpService, HttpView, StreamForm, Verb};
use super::inputs::Placing;
use super::path::{self, Part};
use super::vocabulary::{self, Clauses};
use crate::{codes, names};

/// Binds every service that a reported package binds to REST.
pub(super) fn bind(contract: &Contract, report: &mut Diagnostics) -> HttpView {
    let mut services: Vec<HttpService> = Vec::new();
    let mut firsts: BTreeMap<(PackageId, usize), At> = BTreeMap::new();
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for binding in package.bindings.iter().filter(|binding| binding.wire.text == "rest") {
            // What a second binding says is judged as well.
            let bound = service(contract, id, binding, report);
            match (firsts.get(&(id, binding.service)), bound) {
                (Some(&first), _) => report.push(second_place(binding, first)),
                (None, Some(bound)) => {
                    firsts.insert((id, binding.service), bound.at);
                    services.push(bound);
                }
                (None, None) => {}
            }
        }
    }
    HttpView { services }
}

fn second_place(binding: &Binding, first: At) -> Diagnostic {
    Diagnostic::new(
        &codes::NOT_GENERATED_YET,
        binding.wire.span,
        "a second REST place of one service is not generated yet",
    )
    .also(first, "this one is served")
}

fn service(
    contract: &Contract,
    package: PackageId,
    binding: &Binding,
    report: &mut Diagnostics,
) -> Option<HttpService> {
    let service = &contract.package(package).services[binding.service];
    let place = place(service, binding, report)?;
    let all = vocabulary::read(&binding.all, report);
    refuse_in_all(contract, service, &all, report);
    refuse_others(binding, report);
    let (block, mut operations) = (Block::of(binding), Vec::new());
    for (index, operation) in service.operations.iter().enumerate() {
        let subject = Subject::Operation(index);
        let derived = block.is_rest(subject);
        let bound = match block.entry(subject) {
            Some(entry) => named(contract, operation, entry, &all, &place, report),
            None if derived && carried(operation) => {
                Binder { contract, operation, place: &place, at: operation.at, report }.bind(Clauses::default(), &all)
            }
            None => None,
        };
        operations.extend(bound.map(|http| HttpOperation { operation: index, ..http }));
    }
    let text = place.iter().map(|part| match part {
        Part::Literal(text) => format!("/{text}"),
        Part::Variable(name, _) => format!("/{{{name}}}"),
    });
    let text: String = text.collect();
    let place = if text.is_empty() { "/".to_owned() } else { text };
    Some(HttpService { package, service: binding.service, place, operations, at: binding.at })
}

fn place(service: &Service, binding: &Binding, report: &mut Diagnostics) -> Option<Vec<Part>> {
    match &binding.place {
        Some(place) => path::read(&place.value, place.span, report),
        None => Some(vec![Part::Literal(names::kebab(&service.name))]),
    }
}

/// Streams of inputs have no form on REST; unnamed, they are just not there.
fn carried(operation: &Operation) -> bool {
    !matches!(operation.shape(), Shape::ClientStream | Shape::Duplex)
}

fn refuse_in_all(contract: &Contract, service: &Service, all: &Clauses, report: &mut Diagnostics) {
    let placed = all.headers.iter().chain(&all.queries).map(|placement| placement.name.span);
    let own = all.verb.map(|(_, at)| at).into_iter().chain(placed).chain(all.body.as_ref().map(|(_, at)| *at));
    for at in own {
        report.push(
            Diagnostic::new(&codes::REST_CLAUSE, at, "this clause belongs to one operation, not to `all`")
                .help("`all` takes `-> status`, `as sse|ndjson`, `fault F -> status` and `xml`"),
        );
    }
    if all.faults.is_empty() {
        return;
    }
    let mut seen = HashSet::new();
    let declared = service.operations.iter().flat_map(|operation| fault_names(contract, operation));
    let declared: Vec<&str> = declared.filter(|name| seen.insert(*name)).collect();
    for clause in all.faults.iter().filter(|clause| !declared.contains(&clause.fault.as_str())) {
        let message = format!("no operation of `{}` fails with `{}`", service.name, clause.fault);
        let diagnostic = Diagnostic::new(&codes::REST_FAULT, clause.fault_at, message);
        report.push(super::mend(diagnostic, clause.fault_at, &clause.fault, &declared, "declared faults"));
    }
}

fn fault_names<'c>(contract: &'c Contract, operation: &Operation) -> Vec<&'c str> {
    operation.faults.iter().map(|&id| contract.type_def(id).name.as_str()).collect()
}

fn refuse_others(binding: &Binding, report: &mut Diagnostics) {
    for entry in &binding.entries {
        let what = match entry.subject {
            Subject::Operation(_) => continue,
            Subject::Handler(_) => "handlers",
            Subject::Event(_) => "events",
        };
        report.push(
            Diagnostic::new(&codes::REST_CARRIES, entry.at, format!("REST carries operations, no {what}"))
                .help("bind it to `broker` and leave it out here"),
        );
    }
}

fn named(
    contract: &Contract,
    operation: &Operation,
    entry: &BindingEntry,
    all: &Clauses,
    place: &[Part],
    report: &mut Diagnostics,
) -> Option<HttpOperation> {
    let clauses = vocabulary::read(&entry.terms, report);
    if !carried(operation) {
        report.push(
            Diagnostic::new(
                &codes::REST_CLIENT_STREAM,
                entry.at,
                format!("`{}` takes a stream, which REST cannot carry", operation.name),
            )
            .also(operation.at, "declared here")
            .help("leave it out here and bind it to `grpc`, `rpc` or `ws`"),
        );
        return None;
    }
    Binder { contract, operation, place, at: entry.at, report }.bind(clauses, all)
}

/// Completes one operation.
struct Binder<'c, 'r> {
    contract: &'c Contract,
    operation: &'c Operation,
    place: &'c [Part],
    at: At,
    report: &'r mut Diagnostics,
}

impl Binder<'_, '_> {
    fn bind(mut self, own: Clauses, all: &Clauses) -> Option<HttpOperation> {
        let streams = matches!(self.operation.answer, Answer::Stream(_));
        let clauses = own.over(all, streams, &fault_names(self.contract, self.operation));
        let mut placing = Placing::new(self.contract, self.operation);
        let path = self.path(&clauses, &mut placing);
        let assumed = clauses.verb.map_or_else(|| self.derived_verb(), |(verb, _)| verb);
        placing.said(&clauses, assumed, self.report);
        let verb = match clauses.verb {
            Some((verb, at)) => {
                self.check_verb(verb, at);
                verb
            }
            None => self.settle_derived(assumed, &placing, &clauses),
        };
        let status = self.status(&clauses, verb);
        let stream = self.stream(&clauses);
        let faults = self.faults(&clauses);
        let inputs = placing.derived(verb, self.report);
        let at = clauses.path.as_ref().map_or(self.at, |path| path.span);
        let (derived, xml) = (clauses.verb.is_none(), clauses.xml.is_some());
        Some(HttpOperation {
            operation: 0,
            verb,
            path: path?,
            status,
            inputs: inputs?,
            stream,
            faults,
            derived,
            xml,
            at,
        })
    }

    fn path(&mut self, clauses: &Clauses, placing: &mut Placing<'_>) -> Option<Vec<super::http::Segment>> {
        let own = match &clauses.path {
            Some(path) => path::read(&path.value, path.span, self.report)?,
            None => vec![Part::Literal(names::kebab(&self.operation.name))],
        };
        placing.path(self.place.iter().cloned().chain(own).collect(), self.report)
    }

    fn derived_verb(&self) -> Verb {
        match self.operation.effect {
            Effect::Safe => Verb::Get,
            _ => Verb::Post,
        }
    }

    /// A derived GET becomes POST where its inputs do not fit a query.
    fn settle_derived(&mut self, assumed: Verb, placing: &Placing<'_>, clauses: &Clauses) -> Verb {
        if assumed != Verb::Get || clauses.body.is_some() || placing.rest_fits_query() {
            return assumed;
        }
        let name = &self.operation.name;
        self.report.push(
            Diagnostic::new(
                &codes::REST_DERIVED_POST,
                self.at,
                format!("`{name}` is bound to POST, since its inputs do not fit a query"),
            )
            .help(format!("say so yourself to be rid of this: `{name}: POST \"/{}\"`", names::kebab(name))),
        );
        Verb::Post
    }

    fn check_verb(&mut self, verb: Verb, at: At) {
        let name = &self.operation.name;
        let effect = self.operation.effect;
        let refused = match verb {
            Verb::Get | Verb::Head if effect != Effect::Safe => {
                let message =
                    format!("{} is for operations without side effect, and `{name}` is not `safe`", verb.as_str());
                let help = format!("take POST, or declare `{name}` as `safe`");
                Some((&codes::REST_VERB_SAFE, message, help, Verb::Post))
            }
            Verb::Put | Verb::Delete if !matches!(effect, Effect::Safe | Effect::Idempotent) => {
                let message = format!("{} may be repeated at will, and `{name}` is not `idempotent`", verb.as_str());
                let help = format!("take POST, or declare `{name}` as `idempotent`");
                Some((&codes::REST_VERB_IDEMPOTENT, message, help, Verb::Post))
            }
            Verb::Head if self.operation.answer != Answer::Nothing => {
                let message = format!("the answer to HEAD has no body, and `{name}` answers with something");
                Some((&codes::REST_STATUS, message, "take GET".to_owned(), Verb::Get))
            }
            _ => None,
        };
        if let Some((code, message, help, right)) = refused {
            let diagnostic = Diagnostic::new(code, at, message).also(self.operation.at, "declared here").help(help);
            self.report.push(diagnostic.fix(format!("take {}", right.as_str()), at, right.as_str()));
        }
    }

    fn status(&mut self, clauses: &Clauses, verb: Verb) -> u16 {
        let answers = self.operation.answer != Answer::Nothing;
        let derived = match self.operation.shape() {
            Shape::Oneway => 202,
            _ if answers || verb == Verb::Head => 200,
            _ => 204,
        };
        let Some((status, at)) = clauses.status else { return derived };
        if !(200..300).contains(&status) {
            self.report.push(
                Diagnostic::new(&codes::REST_STATUS, at, format!("{status} is no status of success"))
                    .help("take one in 200..299; failures are declared as faults"),
            );
        } else if answers && matches!(status, 204 | 205) {
            self.report.push(
                Diagnostic::new(
                    &codes::REST_STATUS,
                    at,
                    format!("{status} forbids a body, and `{}` answers with one", self.operation.name),
                )
                .also(self.operation.at, "declared here")
                .help("take 200 or 201")
                .fix("take 200", at, "200"),
            );
        }
        status
    }

    fn stream(&mut self, clauses: &Clauses) -> Option<StreamForm> {
        let streams = matches!(self.operation.answer, Answer::Stream(_));
        match clauses.stream {
            Some((_, at)) if !streams => {
                self.no_stream(at);
                None
            }
            Some((form, _)) => Some(form),
            None => streams.then_some(StreamForm::Negotiated),
        }
    }

    fn no_stream(&mut self, at: At) {
        self.report.push(
            Diagnostic::new(
                &codes::REST_CARRIES,
                at,
                format!("`{}` does not answer with a stream", self.operation.name),
            )
            .also(self.operation.at, "declared here")
            .help("leave `as` out: the answer is JSON")
            .fix("leave `as` out", at, ""),
        );
    }

    fn faults(&mut self, clauses: &Clauses) -> Vec<(TypeId, u16)> {
        let declared = fault_names(self.contract, self.operation);
        for clause in &clauses.faults {
            if !declared.contains(&clause.fault.as_str()) {
                let message = format!("`{}` does not fail with `{}`", self.operation.name, clause.fault);
                let diagnostic = Diagnostic::new(&codes::REST_FAULT, clause.fault_at, message);
                self.report.push(super::mend(diagnostic, clause.fault_at, &clause.fault, &declared, "declared faults"));
            }
        }
        let status_of = |id: &TypeId| {
            let def = self.contract.type_def(*id);
            let said = clauses.faults.iter().find(|clause| clause.fault == def.name).map(|clause| clause.status);
            let by_code = match &def.kind {
                wireloom_idl::contract::TypeKind::Fault(fault) => fault.code.http_status(),
                _ => 500,
            };
            (*id, said.unwrap_or(by_code))
        };
        self.operation.faults.iter().map(status_of).collect()
    }
}
