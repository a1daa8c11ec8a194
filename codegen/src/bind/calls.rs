//! The wires that carry calls as they are: native RPC, gRPC, WebSocket, WebRTC and SOAP. Which operations and events each carries,
//! and by what name.
//!
//! Inputs need no place on them: all of them travel in one message. So there is little to say in such a binding, and what is
//! said in vain is refused. Bindings to wires that this version does not generate are judged like the others.

mod vocabulary;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use wireloom_idl::contract::{At, Binding, Contract, Operation, Package, PackageId, Service, Shape, Subject, TypeId};
use wireloom_idl::syntax::tree::Text;
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

use super::block::Block;
use super::clauses::{About, Clauses};
use super::messages;
use super::path::{self, Part};
use super::proto::package_name;
use crate::{Wire, codes, names};

/// A wire that carries calls as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallWire {
    /// `rpc`
    Rpc,
    /// `grpc`
    Grpc,
    /// `ws`
    Ws,
    /// `webrtc`
    WebRtc,
    /// `soap`
    Soap,
}

impl CallWire {
    /// All of them, in the order of the book.
    pub const ALL: [CallWire; 5] = [CallWire::Rpc, CallWire::Grpc, CallWire::Ws, CallWire::WebRtc, CallWire::Soap];

    /// The same among the wires that code is generated for; none of one that this version does not generate.
    pub fn wire(self) -> Option<Wire> {
        Wire::named(self.as_str())
    }

    /// The word in a binding.
    pub fn as_str(self) -> &'static str {
        match self {
            CallWire::Rpc => "rpc",
            CallWire::Grpc => "grpc",
            CallWire::Ws => "ws",
            CallWire::WebRtc => "webrtc",
            CallWire::Soap => "soap",
        }
    }

    /// The wire of that word in a binding.
    pub fn named(word: &str) -> Option<CallWire> {
        CallWire::ALL.into_iter().find(|wire| wire.as_str() == word)
    }

    /// Where below the root of the HTTP port a service is unless its binding says otherwise; nothing of a wire without places there.
    fn root(self) -> Option<&'static str> {
        match self {
            CallWire::Rpc | CallWire::Grpc => None,
            CallWire::Ws => Some("ws"),
            CallWire::WebRtc => Some("rtc"),
            CallWire::Soap => Some("soap"),
        }
    }

    /// Whether a service has a place on the HTTP port, which its binding may choose.
    pub(crate) fn has_place(self) -> bool {
        self.root().is_some()
    }

    /// What a service is there, in words.
    pub(super) fn noun(self) -> &'static str {
        match self {
            CallWire::Rpc => "native RPC service",
            CallWire::Grpc => "gRPC service",
            CallWire::Ws => "WebSocket",
            CallWire::WebRtc => "WebRTC peer",
            CallWire::Soap => "SOAP service",
        }
    }

    /// Whether it carries operations of that shape.
    fn carries(self, shape: Shape) -> bool {
        match self {
            CallWire::Rpc | CallWire::Grpc | CallWire::Ws | CallWire::WebRtc => true,
            CallWire::Soap => matches!(shape, Shape::Unary | Shape::Oneway),
        }
    }

    /// Whether it carries the events that a service emits, to who follows them.
    pub(crate) fn carries_events(self) -> bool {
        matches!(self, CallWire::Ws | CallWire::WebRtc)
    }

    /// Whether `as` gives a service another name there.
    fn has_names(self) -> bool {
        matches!(self, CallWire::Soap)
    }
}

/// All services on these wires.
#[derive(Clone, Debug)]
pub struct CallsView {
    /// A service on a wire each.
    pub services: Vec<CallsService>,
    /// The first of each service on each wire; counts into `services`.
    firsts: HashMap<(PackageId, usize, CallWire), usize>,
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
    /// Where it is there: on gRPC the name, `shop.orders.v1.Orders`; on wires with places on the HTTP port the path,
    /// `/v1/orders/live`; on native RPC nothing.
    pub place: String,
    /// What it is called there, where its binding may choose that: in the WSDL.
    pub name: String,
    /// What is carried, in the order of the contract; counts into the service's operations.
    pub operations: Vec<usize>,
    /// Events that subscribers see, on wires that carry events.
    pub events: Vec<TypeId>,
    /// The binding.
    pub at: At,
    /// What the binding says of the service as a whole.
    clauses: Clauses,
    /// What it says of single operations and events, `all` put in.
    entries: Vec<(Subject, Clauses)>,
}

/// How much a channel of WebRTC makes sure of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reliability {
    /// Whether items arrive in the order they were sent.
    pub ordered: bool,
    /// After how many further attempts an item is lost; none: it is sent until it arrives, or its time is over.
    pub retransmits: Option<u32>,
    /// After what time an item is lost.
    pub lifetime: Option<Duration>,
}

impl CallsService {
    /// The subprotocol that clients of a WebSocket may ask for beside Wireloom's own.
    pub fn subprotocol(&self) -> Option<&str> {
        self.clauses.text("subprotocol")
    }

    /// The XML namespace on SOAP.
    pub fn namespace(&self, contract: &Contract) -> String {
        let derived = |of: &Package| format!("urn:wireloom:{}:v{}", of.name, of.version);
        self.clauses.text("namespace").map_or_else(|| derived(contract.package(self.package)), str::to_owned)
    }

    /// The versions of SOAP that are served, as clients name them.
    pub fn soap_versions(&self) -> Vec<&'static str> {
        let said = [("soap11", "1.1"), ("soap12", "1.2")];
        let both = !said.iter().any(|(word, _)| self.clauses.has(word));
        said.into_iter().filter(|(word, _)| both || self.clauses.has(word)).map(|(_, version)| version).collect()
    }

    /// How much the channel of a stream or an event makes sure of on WebRTC.
    pub fn reliability(&self, subject: Subject) -> Reliability {
        let said = self.entries.iter().find(|(other, _)| *other == subject).map(|(_, clauses)| clauses);
        let said = said.unwrap_or(&self.clauses);
        Reliability {
            ordered: !said.has("unordered"),
            retransmits: if said.has("lossy") { Some(0) } else { said.count("retransmits") },
            lifetime: said.time("lifetime"),
        }
    }
}

impl CallsView {
    /// The services on a wire, in the order of their bindings.
    pub fn on(&self, wire: CallWire) -> impl Iterator<Item = &CallsService> {
        self.services.iter().filter(move |bound| bound.wire == wire)
    }

    /// The services that have a place on the HTTP port.
    pub(super) fn placed(&self) -> impl Iterator<Item = &CallsService> {
        self.services.iter().filter(|bound| bound.wire.has_place())
    }

    /// A service on a wire, if it is bound to it.
    pub fn service(&self, package: PackageId, service: usize, wire: CallWire) -> Option<&CallsService> {
        self.firsts.get(&(package, service, wire)).and_then(|&index| self.services.get(index))
    }

    fn push(&mut self, bound: CallsService) {
        let key = (bound.package, bound.service, bound.wire);
        self.firsts.entry(key).or_insert(self.services.len());
        self.services.push(bound);
    }
}

/// Binds every service that a reported package binds to one of these wires.
pub(super) fn bind(contract: &Contract, report: &mut Diagnostics) -> CallsView {
    let mut view = CallsView { services: Vec::new(), firsts: HashMap::new() };
    for (package, of) in contract.packages().filter(|(_, package)| !package.imported) {
        let brokers = messages::generated(of);
        for binding in &of.bindings {
            let Some(wire) = CallWire::named(&binding.wire.text) else { continue };
            let broker = brokers.get(&binding.service).copied();
            // What a second binding says is judged as well.
            let bound = Binder { contract, package, wire, binding, block: &Block::of(binding), broker, report }.bind();
            match view.service(package, binding.service, wire) {
                Some(first) if wire.wire().is_some() => report.push(second(binding, wire, first.at)),
                _ => bound.into_iter().for_each(|bound| view.push(bound)),
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
    let mut firsts: BTreeMap<&str, &CallsService> = BTreeMap::new();
    for later in view.placed() {
        let first = *firsts.entry(&later.place).or_insert(later);
        if !std::ptr::eq(first, later) {
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
    block: &'r Block<'c>,
    /// The binding that the service's events and handlers are generated by.
    broker: Option<&'c Binding>,
    report: &'r mut Diagnostics,
}

impl<'c> Binder<'c, '_> {
    fn bind(mut self) -> Option<CallsService> {
        let (binding, wire) = (self.binding, self.wire);
        let service = &self.contract.package(self.package).services[binding.service];
        let clauses = wire.vocabulary().read_all(&binding.all, self.report);
        if let Some(said) = clauses.said("subprotocol") {
            let message = "another subprotocol is not generated yet: clients ask for `loom.v1.json` or `loom.v1.bin`";
            self.info(said.at, message.to_owned());
        }
        let entries = self.entries(service, &clauses);
        binding.place.as_ref().filter(|_| !wire.has_place()).into_iter().for_each(|text| self.says_nothing(text));
        binding.alias.as_ref().filter(|_| !wire.has_names()).into_iter().for_each(|text| self.says_nothing(text));
        let place = match wire.root() {
            Some(root) => self.path(root, service)?,
            None if wire == CallWire::Grpc => {
                format!("{}.{}", package_name(self.contract.package(self.package)), service.name)
            }
            None => String::new(),
        };
        let name = binding.alias.as_ref().filter(|_| wire.has_names());
        let is_carried = |&(index, operation): &(usize, &Operation)| {
            wire.carries(operation.shape()) && self.block.is_bound(Subject::Operation(index))
        };
        let operations = service.operations.iter().enumerate().filter(is_carried).map(|(index, _)| index).collect();
        let events = if wire.carries_events() { self.events(service) } else { Vec::new() };
        Some(CallsService {
            package: self.package,
            service: binding.service,
            wire,
            place,
            name: name.map_or(&service.name, |alias| &alias.value).clone(),
            operations,
            events,
            at: binding.at,
            clauses,
            entries,
        })
    }

    fn events(&mut self, service: &Service) -> Vec<TypeId> {
        service.events().into_iter().filter(|&event| self.carries_event(event)).collect()
    }

    /// Whether an event is carried: bound here, and not left out of the broker, where whoever follows it would hear it.
    fn carries_event(&mut self, event: TypeId) -> bool {
        let subject = Subject::Event(event);
        let broker = self.broker.filter(|broker| broker.without.contains(&subject));
        if let Some(broker) = broker
            && let Some(entry) = self.block.entry(subject)
        {
            let (wire, name) = (self.wire.as_str(), &self.contract.type_def(event).name);
            let message = format!("`{name}` is left out of `{}`, where `{wire}` hears it", broker.wire.text);
            self.report.push(
                Diagnostic::new(&codes::WIRE_CARRIES, entry.at, message)
                    .help(format!("take it out of `without` there, or leave it out here: `without {name}`")),
            );
        }
        broker.is_none() && self.block.is_bound(subject)
    }

    /// What the entries say, `all` put in.
    fn entries(&mut self, service: &Service, all: &Clauses) -> Vec<(Subject, Clauses)> {
        let vocabulary = self.wire.vocabulary();
        let mut said = Vec::new();
        for entry in &self.binding.entries {
            if !self.is_carried(service, entry.subject, entry.at) {
                continue;
            }
            let (about, name) = self.described(service, entry.subject);
            let clauses = vocabulary.read_of(about, name, &entry.terms, self.report);
            said.push((entry.subject, clauses.over(all, about)));
        }
        said
    }

    fn described(&self, service: &'c Service, subject: Subject) -> (About, &'c str) {
        match subject {
            Subject::Operation(index) => {
                let operation = &service.operations[index];
                let is_call = matches!(operation.shape(), Shape::Unary | Shape::Oneway);
                (if is_call { About::Call } else { About::Stream }, &operation.name)
            }
            Subject::Event(event) => (About::Event, &self.contract.type_def(event).name),
            Subject::Handler(index) => (About::Handler, &service.handlers[index].name),
        }
    }

    /// Whether the wire carries what an entry names; if not, that is reported.
    fn is_carried(&mut self, service: &Service, subject: Subject, at: At) -> bool {
        let wire = self.wire.as_str();
        let (message, help) = match subject {
            Subject::Operation(index) if self.wire.carries(service.operations[index].shape()) => return true,
            Subject::Operation(index) => {
                let message = format!("`{}` has a stream, which `{wire}` cannot carry", service.operations[index].name);
                (message, "leave it out here and bind it to `grpc`, `rpc` or `ws`")
            }
            Subject::Event(_) if self.wire.carries_events() => return true,
            Subject::Event(_) => {
                (format!("`{wire}` carries operations, no events"), "bind it to `broker` and leave it out here")
            }
            Subject::Handler(_) => {
                let what = if self.wire.carries_events() { "operations and events" } else { "operations" };
                (format!("`{wire}` carries {what}, no handlers"), "bind it to `broker` and leave it out here")
            }
        };
        self.report.push(Diagnostic::new(&codes::WIRE_CARRIES, at, message).help(help));
        false
    }

    /// A name or place that the wire does not ask for: services on it are found by their own names.
    fn says_nothing(&mut self, text: &Text) {
        self.info(text.span, format!("this changes nothing on `{}`", self.wire.as_str()));
    }

    fn info(&mut self, at: At, message: String) {
        let said = Diagnostic::new(&codes::NOT_GENERATED_YET, at, message);
        self.report.push(Diagnostic { severity: Severity::Info, ..said });
    }

    fn path(&mut self, root: &str, service: &Service) -> Option<String> {
        let Some(place) = &self.binding.place else { return Some(format!("/{root}/{}", names::kebab(&service.name))) };
        let mut path = String::new();
        for part in path::read(&place.value, place.span, self.report)? {
            match part {
                Part::Literal(text) => path.push_str(&format!("/{text}")),
                Part::Variable(name, at) => {
                    let message = format!("a {} is at one place, and `{{{name}}}` makes many of it", self.wire.noun());
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
