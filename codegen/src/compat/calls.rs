//! Wires that carry calls by name: where a service is, and what its operations are called there.

use wireloom_idl::compat::{Change, Facet, Facets};

use super::{Bound, Pair, WireDiff, of_operation, operation, rules};
use crate::bind::calls::{CallWire, CallsService};

impl<'a> WireDiff<'a, '_> {
    /// Compares a service on gRPC, native RPC and WebSocket.
    pub(super) fn calls(&mut self, pair: Pair) {
        for wire in CallWire::all() {
            let old = self.old.views.calls.service(pair.old.0, pair.old.1, wire);
            let new = self.new.views.calls.service(pair.new.0, pair.new.1, wire);
            if let (Some(old), Some(new)) = (old, new) {
                self.place(pair, old, new);
                self.call_names(pair, old, new);
                self.followed(pair, old, new);
            }
        }
    }

    fn place(&mut self, pair: Pair, old: &CallsService, new: &CallsService) {
        let (before, now) = (places(self.old, old), places(self.new, new));
        if before != now {
            let (service, full) = (self.new.service(pair.new), self.new.full_name(pair.new));
            let wire = new.wire.as_str();
            let message = format!("`{}` on `{wire}` is {}, and was {}", service.name, told(&now), told(&before));
            let change = Change::new(format!("{full}.{wire}"), message).was(old.at).now(new.at);
            self.tell_both_ways(&rules::PLACE_CHANGED, names_of(new.wire), change);
        }
    }

    fn call_names(&mut self, pair: Pair, old: &CallsService, new: &CallsService) {
        for (old_at, new_at) in self.operations(pair) {
            let (before, now) = (operation(self.old.side.contract, old_at), operation(self.new.side.contract, new_at));
            match (old.operations.contains(&old_at.2), new.operations.contains(&new_at.2)) {
                (true, true) if before.name != now.name => {
                    let wire = new.wire.as_str();
                    let message = format!("is called `{}` on `{wire}`, and was `{}`", now.name, before.name);
                    let change = of_operation(self, old_at, new_at, &message);
                    self.tell_both_ways(&rules::CALL_NAME, names_of(new.wire), change);
                }
                (true, false) => self.unbound(pair, new.wire.as_str(), &now.name, before.at),
                _ => {}
            }
        }
    }

    /// Events that were followed there.
    fn followed(&mut self, pair: Pair, old: &CallsService, new: &CallsService) {
        for &event in &old.events {
            if let Some(now) = self.pairing.now(event).filter(|now| !new.events.contains(now)) {
                let name = self.new.side.contract.type_def(now).name.clone();
                self.unbound(pair, new.wire.as_str(), &name, old.at);
            }
        }
    }
}

/// Where it is, or the name that it is called by; on WebSocket both.
fn places(bound: Bound<'_>, service: &CallsService) -> Vec<String> {
    let name = bound.full_name((service.package, service.service));
    match service.wire {
        CallWire::Rpc => vec![name],
        CallWire::Grpc => vec![service.place.clone()],
        CallWire::Ws => vec![name, service.place.clone()],
    }
}

fn told(places: &[String]) -> String {
    let quoted: Vec<String> = places.iter().map(|place| format!("`{place}`")).collect();
    quoted.join(" at ")
}

/// Which facet it is to find a service by its name.
fn names_of(wire: CallWire) -> Facets {
    match wire {
        CallWire::Rpc | CallWire::Grpc => Facets::of(&[Facet::Proto]),
        CallWire::Ws => Facets::of(&[Facet::Route]),
    }
}
