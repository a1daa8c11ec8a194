//! What is bound of each service on one side, found at once: of many services none is looked for among all of them.

use std::collections::BTreeMap;

use wireloom_idl::Contract;
use wireloom_idl::compat::ServiceAt;
use wireloom_idl::contract::Binding;

use super::carried::brokers;
use crate::bind::Views;
use crate::bind::calls::{CallWire, CallsService};
use crate::bind::http::HttpService;
use crate::bind::messages::MessagesService;

/// Bindings and views by their services.
pub(super) struct Index<'a>(BTreeMap<ServiceAt, Bindings<'a>>);

/// Those of one service, in the order of the contract.
#[derive(Default)]
struct Bindings<'a> {
    written: Vec<&'a Binding>,
    rest: Option<&'a HttpService>,
    calls: Vec<&'a CallsService>,
    brokers: Vec<&'a MessagesService>,
}

impl<'a> Index<'a> {
    pub(super) fn of(contract: &'a Contract, views: &'a Views) -> Index<'a> {
        let mut all: BTreeMap<ServiceAt, Bindings<'a>> = BTreeMap::new();
        for (id, package) in contract.packages() {
            for binding in &package.bindings {
                all.entry((id, binding.service)).or_default().written.push(binding);
            }
        }
        for it in &views.http.services {
            all.entry((it.package, it.service)).or_default().rest.get_or_insert(it);
        }
        for it in &views.calls.services {
            all.entry((it.package, it.service)).or_default().calls.push(it);
        }
        for it in brokers(views) {
            all.entry((it.package, it.service)).or_default().brokers.push(it);
        }
        Index(all)
    }

    /// What the contract binds a service to.
    pub(super) fn written(&self, at: ServiceAt) -> &[&'a Binding] {
        self.0.get(&at).map_or(&[], |it| &it.written)
    }

    /// A service on REST.
    pub(super) fn rest(&self, at: ServiceAt) -> Option<&'a HttpService> {
        self.0.get(&at)?.rest
    }

    /// A service on a wire that carries calls by name.
    pub(super) fn calls(&self, at: ServiceAt, wire: CallWire) -> Option<&'a CallsService> {
        self.0.get(&at)?.calls.iter().find(|it| it.wire == wire).copied()
    }

    /// A service at each broker that it is bound to.
    pub(super) fn brokers(&self, at: ServiceAt) -> &[&'a MessagesService] {
        self.0.get(&at).map_or(&[], |it| &it.brokers)
    }
}
