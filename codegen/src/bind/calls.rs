//! The wires that carry calls as they are: native RPC, gRPC and WebSocket. Which operations and events each carries, and by what name.
//!
//! Inputs need no place on them: all of them travel in one message. So there is little to say in such a binding, and what is
//! said in vain is refused.

use wireloom_idl::contract::{At, Binding, Contract, PackageId, Service, Subject, TypeId};
use wireloom_idl::syntax::tree::{Term, Text};
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

use super::path::{self, Part};
use super::proto::package_name;
use crate::{Wire, codes, names};

/// A wire that carries calls as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallWire {
    /// `rpc`
    Rpc,
    /// `grpc`
    Grpc,
    /// `ws`
    Ws,
}

impl CallWire {
    /// All of them.
    pub fn all() -> impl Iterator<Item = CallWire> {
        Wire::ALL.iter().filter_map(|&wire| CallWire::of(wire))
    }

    /// The same, if that wire carries calls as they are.
    pub fn of(wire: Wire) -> Option<CallWire> {
        match wire {
            Wire::Rest | Wire::Broker => None,
            Wire::Rpc => Some(CallWire::Rpc),
            Wire::Grpc => Some(CallWire::Grpc),
            Wire::Ws => Some(CallWire::Ws),
        }
    }

    /// The same among all wires.
    pub fn wire(self) -> Wire {
        match self {
            CallWire::Rpc => Wire::Rpc,
            CallWire::Grpc => Wire::Grpc,
            CallWire::Ws => Wire::Ws,
        }
    }

    /// Whether a service is at a path of the HTTP port, which its binding may choose.
    fn has_path(self) -> bool {
        match self {
            CallWire::Rpc | CallWire::Grpc => false,
            CallWire::Ws => true,
        }
    }

    /// Whether it carries the events that a service emits, to who follows them.
    fn carries_events(self) -> bool {
        match self {
            CallWire::Rpc | CallWire::Grpc => false,
            CallWire::Ws => true,
        }
    }

    /// The word in a binding.
    pub fn as_str(self) -> &'static str {
        self.wire().as_str()
    }

    /// The wire of that word in a binding.
    pub fn named(word: &str) -> Option<CallWire> {
        Wire::named(word).and_then(CallWire::of)
    }
}

/// All services on these wires.
#[derive(Clone, Debug)]
pub struct CallsView {
    /// A service on a wire each.
    pub services: Vec<CallsService>,
}

/// A service on one of these wires.
#[derive(Clone, Debug)]
pub struct CallsService {
    /// The package.
    pub package: PackageId,
    /// Counts into its services.
    pub service: usize,
    /// The wire.
    pub wire: CallWire,
    /// Where it is there: on gRPC the name, `shop.orders.v1.Orders`; on WebSocket the path, `/v1/orders/live`; on native RPC nothing.
    pub place: String,
    /// What is carried, in the order of the contract; counts into the service's operations.
    pub operations: Vec<usize>,
    /// Events that subscribers see, on WebSocket.
    pub events: Vec<TypeId>,
    /// The binding.
    pub at: At,
}

impl CallsService {
    /// What an operation of it is called there.
    pub(crate) fn name_of(&self, contract: &Contract, operation: &str) -> String {
        let of = contract.package(self.package);
        let service = &of.services[self.service].name;
        match self.wire {
            CallWire::Rpc => format!("{}.{service}/{operation}", of.name),
            CallWire::Grpc => format!("/{}/{operation}", self.place),
            CallWire::Ws => format!("{}.{service}/{operation} at {}", of.name, self.place),
        }
    }
}

impl CallsView {
    /// The services on a wire, in the order of their bindings.
    pub fn on(&self, wire: CallWire) -> impl Iterator<Item = &CallsService> {
        self.services.iter().filter(move |bound| bound.wire == wire)
    }

    /// A service on a wire, if it is bound to it.
    pub fn service(&self, package: PackageId, service: usize, wire: CallWire) -> Option<&CallsService> {
        self.services.iter().find(|bound| bound.package == package && bound.service == service && bound.wire == wire)
    }
}

/// Binds every service that a reported package binds to one of these wires.
pub(super) fn bind(contract: &Contract, report: &mut Diagnostics) -> CallsView {
    let mut view = CallsView { services: Vec::new() };
    for (package, of) in contract.packages().filter(|(_, package)| !package.imported) {
        for binding in &of.bindings {
            let Some(wire) = CallWire::named(&binding.wire.text) else { continue };
            match view.service(package, binding.service, wire) {
                Some(first) => report.push(second(binding, wire, first.at)),
                None => view.services.extend(Binder { contract, package, wire, binding, report }.bind()),
            }
        }
    }
    places(&view, report);
    view
}

fn second(binding: &Binding, wire: CallWire, first: At) -> Diagnostic {
    let message = format!("a second place of one service on `{}` is not generated yet", wire.as_str());
    Diagnostic::new(&codes::NOT_GENERATED_YET, binding.wire.span, message).also(first, "this one is served")
}

/// Two services at one place would hide each other.
fn places(view: &CallsView, report: &mut Diagnostics) {
    let placed: Vec<&CallsService> = view.services.iter().filter(|bound| bound.wire.has_path()).collect();
    for (index, later) in placed.iter().enumerate() {
        if let Some(first) = placed[..index].iter().find(|first| first.place == later.place) {
            report.push(
                Diagnostic::new(
                    &codes::WIRE_PLACE,
                    later.at,
                    format!("another service is at `{}` already", later.place),
                )
                .also(first.at, "the other one")
                .help("give one of them another `at \"…\"`"),
            );
        }
    }
}

struct Binder<'c, 'r> {
    contract: &'c Contract,
    package: PackageId,
    wire: CallWire,
    binding: &'c Binding,
    report: &'r mut Diagnostics,
}

impl<'c> Binder<'c, '_> {
    fn bind(mut self) -> Option<CallsService> {
        let service = &self.contract.package(self.package).services[self.binding.service];
        self.refuse_clauses(&self.binding.all);
        for entry in &self.binding.entries {
            self.refuse_clauses(&entry.terms);
            self.refuse_subject(entry.subject, entry.at);
        }
        let binding = self.binding;
        let place = binding.place.as_ref().filter(|_| !self.wire.has_path());
        place.into_iter().chain(&binding.alias).for_each(|text| self.says_nothing(text));
        let place = match self.wire {
            CallWire::Rpc => Some(String::new()),
            CallWire::Grpc => Some(format!("{}.{}", package_name(self.contract.package(self.package)), service.name)),
            CallWire::Ws => self.path(service),
        }?;
        let operations = (0..service.operations.len()).filter(|&index| self.is_bound(Subject::Operation(index)));
        let operations = operations.collect();
        let events = if self.wire.carries_events() { self.events(service) } else { Vec::new() };
        let (package, wire, at) = (self.package, self.wire, self.binding.at);
        Some(CallsService { package, service: self.binding.service, wire, place, operations, events, at })
    }

    fn is_bound(&self, subject: Subject) -> bool {
        is_bound(self.binding, subject)
    }

    fn events(&self, service: &Service) -> Vec<TypeId> {
        let mut events: Vec<TypeId> = Vec::new();
        for &event in service.operations.iter().flat_map(|operation| &operation.emits) {
            if !events.contains(&event) && self.is_bound(Subject::Event(event)) {
                events.push(event);
            }
        }
        events
    }

    fn refuse_clauses(&mut self, terms: &[Term]) {
        let [term, ..] = terms else { return };
        let all = terms.iter().fold(term.span, |all, term| all.to(term.span));
        let wire = self.wire.as_str();
        self.report.push(
            Diagnostic::new(
                &codes::WIRE_CLAUSE,
                term.span,
                format!("`{wire}` has no clauses: it carries calls as they are"),
            )
            .help("leave it out, or bind this to a wire that knows it")
            .fix("take the clauses out", all, ""),
        );
    }

    fn refuse_subject(&mut self, subject: Subject, at: At) {
        let what = match subject {
            Subject::Operation(_) => return,
            Subject::Event(_) if self.wire.carries_events() => return,
            Subject::Event(_) => "events",
            Subject::Handler(_) => "handlers",
        };
        let message = format!("`{}` carries operations, no {what}", self.wire.as_str());
        self.report
            .push(Diagnostic::new(&codes::WIRE_CARRIES, at, message).help("bind it to `broker` and leave it out here"));
    }

    /// A name or place that the wire does not ask for: services on it are found by their own names.
    fn says_nothing(&mut self, text: &Text) {
        let message = format!("this changes nothing on `{}`", self.wire.as_str());
        self.report.push(Diagnostic {
            severity: Severity::Info,
            ..Diagnostic::new(&codes::NOT_GENERATED_YET, text.span, message)
        });
    }

    fn path(&mut self, service: &Service) -> Option<String> {
        let Some(place) = &self.binding.place else { return Some(format!("/ws/{}", names::kebab(&service.name))) };
        let mut path = String::new();
        for part in path::read(&place.value, place.span, self.report)? {
            match part {
                Part::Literal(text) => path.push_str(&format!("/{text}")),
                Part::Variable(name, at) => {
                    let message = format!("a WebSocket is at one place, and `{{{name}}}` makes many of it");
                    self.report.push(
                        Diagnostic::new(&codes::WIRE_PLACE, at, message).help("make it an input of the operations"),
                    );
                    return None;
                }
            }
        }
        Some(if path.is_empty() { "/".to_owned() } else { path })
    }
}

/// Whether a binding carries a subject: it names it, or takes what it does not name.
pub(crate) fn is_bound(binding: &Binding, subject: Subject) -> bool {
    binding.entries.iter().any(|entry| entry.subject == subject)
        || (binding.rest && !binding.without.contains(&subject))
}
