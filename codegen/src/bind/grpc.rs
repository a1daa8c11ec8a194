//! gRPC view of a contract: which operations of which services travel over it.
//!
//! gRPC leaves nothing to choose: a service and its methods are called as the contract calls them, in the package's name on
//! protobuf, so a binding has no clauses. What the messages look like is [`super::proto`]'s.

use wireloom_idl::contract::{At, Binding, Contract, Package, PackageId, Subject};
use wireloom_idl::syntax::tree::Term;
use wireloom_idl::{Diagnostic, Diagnostics};

use super::proto::package_name;
use crate::codes;

/// The contract on gRPC.
#[derive(Clone, Debug, Default)]
pub struct GrpcView {
    /// In the order of their bindings.
    pub services: Vec<GrpcService>,
}

impl GrpcView {
    /// A service, if it is bound to gRPC.
    pub fn service(&self, package: PackageId, service: usize) -> Option<&GrpcService> {
        self.services.iter().find(|bound| bound.package == package && bound.service == service)
    }
}

/// A service that is bound to gRPC.
#[derive(Clone, Debug)]
pub struct GrpcService {
    /// Its package.
    pub package: PackageId,
    /// Counts into the package's services.
    pub service: usize,
    /// `shop.orders.v1.Orders`: the first part of a method's path, `/shop.orders.v1.Orders/place`.
    pub name: String,
    /// Count into the service's operations, in their order.
    pub operations: Vec<usize>,
    /// The binding.
    pub at: At,
}

/// Binds every service that a reported package binds to gRPC.
pub(super) fn bind(contract: &Contract, report: &mut Diagnostics) -> GrpcView {
    let mut view = GrpcView::default();
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for binding in package.bindings.iter().filter(|binding| binding.wire.text == "grpc") {
            judge(package, binding, report);
            match view.service(id, binding.service) {
                Some(first) => report.push(second(binding, first.at)),
                None => view.services.push(service(id, package, binding)),
            }
        }
    }
    view
}

fn service(id: PackageId, package: &Package, binding: &Binding) -> GrpcService {
    let of = &package.services[binding.service];
    let is_bound = |subject| {
        let named = binding.entries.iter().any(|entry| entry.subject == subject);
        named || (binding.rest && !binding.without.contains(&subject))
    };
    GrpcService {
        package: id,
        service: binding.service,
        name: format!("{}.{}", package_name(package), of.name),
        operations: (0..of.operations.len()).filter(|&index| is_bound(Subject::Operation(index))).collect(),
        at: binding.at,
    }
}

fn second(binding: &Binding, first: At) -> Diagnostic {
    let message = "a second gRPC binding of one service is not generated yet";
    Diagnostic::new(&codes::NOT_GENERATED_YET, binding.wire.span, message).also(first, "this one is generated")
}

fn judge(package: &Package, binding: &Binding, report: &mut Diagnostics) {
    for unused in binding.place.iter().chain(&binding.alias) {
        let message = "gRPC finds a service by its name in the contract; this changes nothing here";
        report.push(Diagnostic::new(&codes::NOT_GENERATED_YET, unused.span, message));
    }
    no_clauses(&binding.all, report);
    for entry in &binding.entries {
        no_clauses(&entry.terms, report);
        let message = match entry.subject {
            Subject::Operation(_) => continue,
            Subject::Event(_) => "gRPC carries operations, no events".to_owned(),
            Subject::Handler(index) => {
                let handler = &package.services[binding.service].handlers[index].name;
                format!("gRPC carries operations, and `{handler}` is a handler")
            }
        };
        report.push(
            Diagnostic::new(&codes::GRPC_CARRIES, entry.at, message).help("bind it to `broker` and leave it out here"),
        );
    }
}

fn no_clauses(terms: &[Term], report: &mut Diagnostics) {
    let Some(first) = terms.first() else { return };
    report.push(
        Diagnostic::new(&codes::GRPC_CLAUSE, first.span, "gRPC has no clauses")
            .help("name the operation alone: its method is called as it is"),
    );
}
