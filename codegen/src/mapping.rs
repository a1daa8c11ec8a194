//! What becomes of an operation, an event or a handler on every wire that carries it, as data.
//!
//! It is read off the views, so it says what is generated, not what was written. `wireloom explain` prints it; an editor shows
//! parts of it beside the contract.

mod calls;
mod facts;
mod http;
mod messages;
mod policies;

pub use policies::DEFAULTS as POLICY_DEFAULTS;
use serde::Serialize;
use wireloom_idl::Contract;
use wireloom_idl::contract::{Binding, PackageId, Service, Subject};

use crate::bind::calls::CallWire;
use crate::bind::messages::Product;
use crate::{Views, Wire};

/// What becomes of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// `shop.orders.Orders.place`
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What holds on all wires.
    pub facts: Vec<Row>,
    /// In the order of the bindings.
    pub wires: Vec<OnWire>,
}

/// What a mapping is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum Kind {
    Operation,
    Event,
    Handler,
}

/// How one wire carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnWire {
    /// The word in the binding.
    pub wire: String,
    /// Where it is there, in a few words: `POST /v1/orders`, a topic; none where the wire does not carry it.
    pub place: Option<String>,
    /// Whether no binding says that place.
    pub derived: bool,
    /// Whether this version generates code for it.
    pub generated: bool,
    /// All else.
    pub rows: Vec<Row>,
}

/// One thing that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What kind of thing: `input`, `status`, `fault`, `group`.
    pub what: &'static str,
    /// Of what: the name of an input or a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is said of it.
    pub says: String,
}

impl Row {
    fn new(what: &'static str, says: impl Into<String>) -> Row {
        Row { what, name: None, says: says.into() }
    }

    fn of(what: &'static str, name: impl Into<String>, says: impl Into<String>) -> Row {
        Row { what, name: Some(name.into()), says: says.into() }
    }
}

/// What becomes of all that a name stands for: `Orders.place`, `Orders.OrderPlaced`, `Orders.settle`, or `Orders` for all that the
/// service has; each also with its package in front.
///
/// ```
/// use wireloom_codegen::{Wires, bind, mapping};
///
/// let text = "package shop\nservice Orders { public get(id: uuid) -> string safe }\nbind Orders to rest";
/// let (contract, _) = wireloom_codegen::load::load_text("shop.loom", text.as_bytes()).lower();
/// let (views, _) = bind::bind(&contract, Wires::default());
/// let found = mapping::named(&contract, &views, "Orders.get");
/// assert_eq!(found[0].wires[0].place.as_deref(), Some("GET /orders/get"));
/// ```
pub fn named(contract: &Contract, views: &Views, name: &str) -> Vec<Mapping> {
    all(contract)
        .filter(|(of, subject)| of.is_named(contract, *subject, name))
        .map(|(of, subject)| of.mapping(contract, views, subject))
        .collect()
}

/// The names that [`named`] knows, without their packages.
pub fn names(contract: &Contract) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (of, subject) in all(contract) {
        let service = &of.service(contract).name;
        if !names.contains(service) {
            names.push(service.clone());
        }
        names.push(format!("{service}.{}", of.name_of(contract, subject)));
    }
    names
}

/// What becomes of one thing of a service.
pub fn of(contract: &Contract, views: &Views, package: PackageId, service: usize, subject: Subject) -> Mapping {
    Of { package, service }.mapping(contract, views, subject)
}

/// Everything that any service of the run has.
fn all(contract: &Contract) -> impl Iterator<Item = (Of, Subject)> {
    let reported = contract.packages().filter(|(_, package)| !package.imported);
    let services =
        reported.flat_map(|(package, it)| (0..it.services.len()).map(move |service| Of { package, service }));
    services.flat_map(move |of| of.subjects(contract).into_iter().map(move |subject| (of, subject)))
}

/// A service by its place in the contract.
#[derive(Clone, Copy, Debug)]
struct Of {
    package: PackageId,
    service: usize,
}

impl Of {
    fn service(self, contract: &Contract) -> &Service {
        &contract.package(self.package).services[self.service]
    }

    fn bindings(self, contract: &Contract) -> impl Iterator<Item = &Binding> {
        contract.package(self.package).bindings.iter().filter(move |binding| binding.service == self.service)
    }

    /// Its operations, what they emit, and its handlers.
    fn subjects(self, contract: &Contract) -> Vec<Subject> {
        let service = self.service(contract);
        let operations = (0..service.operations.len()).map(Subject::Operation);
        let handlers = (0..service.handlers.len()).map(Subject::Handler);
        operations.chain(service.events().into_iter().map(Subject::Event)).chain(handlers).collect()
    }

    fn name_of(self, contract: &Contract, subject: Subject) -> &str {
        let service = self.service(contract);
        match subject {
            Subject::Operation(index) => &service.operations[index].name,
            Subject::Handler(index) => &service.handlers[index].name,
            Subject::Event(event) => &contract.type_def(event).name,
        }
    }

    fn is_named(self, contract: &Contract, subject: Subject, name: &str) -> bool {
        let package = &contract.package(self.package).name;
        let service = &self.service(contract).name;
        let short = name.strip_prefix(package.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
        let member = short.strip_prefix(service.as_str());
        member.is_some_and(|member| {
            member.is_empty() || member.strip_prefix('.') == Some(self.name_of(contract, subject))
        })
    }

    fn mapping(self, contract: &Contract, views: &Views, subject: Subject) -> Mapping {
        let service = self.service(contract);
        let package = &contract.package(self.package).name;
        let kind = match subject {
            Subject::Operation(_) => Kind::Operation,
            Subject::Event(_) => Kind::Event,
            Subject::Handler(_) => Kind::Handler,
        };
        let mut wires: Vec<OnWire> =
            self.bindings(contract).filter_map(|binding| self.on(contract, views, binding, subject)).collect();
        wires.extend(messages::unbound(contract, views, self, subject));
        Mapping {
            name: format!("{package}.{}.{}", service.name, self.name_of(contract, subject)),
            kind,
            facts: facts::of(contract, service, subject),
            wires,
        }
    }

    /// How a binding carries it; none where the wire of the binding never carries such a thing.
    fn on(self, contract: &Contract, views: &Views, binding: &Binding, subject: Subject) -> Option<OnWire> {
        let wire = binding.wire.text.as_str();
        if wire == Wire::Rest.as_str() {
            http::on(contract, views, self, binding, subject)
        } else if let Some(wire) = CallWire::named(wire) {
            calls::on(contract, views, self, binding, wire, subject)
        } else {
            messages::on(contract, views, self, binding, Product::named(wire), subject)
        }
    }
}

/// A wire that leaves it out.
fn left_out(wire: &str, generated: bool) -> OnWire {
    OnWire { wire: wire.to_owned(), place: None, derived: false, generated, rows: Vec::new() }
}

/// A second binding of one service to one wire.
fn second(wire: &str) -> OnWire {
    let says = "a second place of one service is not generated yet";
    OnWire { rows: vec![Row::new("note", says)], ..left_out(wire, false) }
}
