//! Wires that carry calls by name: where a service is, and what its operations are called there.

use wireloom_idl::compat::{Change, Facet, Facets};
use wireloom_idl::contract::Subject;

use super::{Bound, Pair, WireDiff, of_operation, operation, rules};
use crate::bind::calls::{CallWire, CallsService, Reliability};

impl<'a> WireDiff<'a, '_> {
    /// Compares a service on gRPC, native RPC and WebSocket.
    pub(super) fn calls(&mut self, pair: Pair) {
        for wire in CallWire::ALL {
            let (old, new) = (self.old.index.calls(pair.old, wire), self.new.index.calls(pair.new, wire));
            if let (Some(old), Some(new)) = (old, new) {
                self.place(pair, old, new);
                self.call_names(pair, old, new);
                self.followed(pair, old, new);
                self.clauses(pair, old, new);
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
                // On SOAP its name is that of its elements, which the language tells.
                (true, true) if before.name != now.name && new.wire != CallWire::Soap => {
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

    /// What the clauses of a wire say of the service, and of its streams and events.
    fn clauses(&mut self, pair: Pair, old: &CallsService, new: &CallsService) {
        let wire = new.wire.as_str();
        let facets = names_of(new.wire);
        let full = format!("{}.{wire}", self.new.full_name(pair.new));
        let name = &self.new.service(pair.new).name;
        let tell = |wires: &mut Self, subject: String, message: String| {
            let change = Change::new(subject, message).was(old.at).now(new.at);
            wires.tell_both_ways(&rules::CLAUSES_CHANGED, facets, change);
        };
        if new.wire == CallWire::Soap {
            let (before, now) = (old.namespace(self.old.side.contract), new.namespace(self.new.side.contract));
            if before != now {
                tell(self, full.clone(), format!("`{name}` has the namespace `{now}`, and had `{before}`"));
            }
            let versions = new.soap_versions();
            if let Some(gone) = old.soap_versions().into_iter().find(|version| !versions.contains(version)) {
                tell(self, format!("{full}.{gone}"), format!("`{name}` does not speak SOAP {gone} any more"));
            }
        }
        if old.subprotocol() != new.subprotocol() && old.subprotocol().is_some() {
            let told = |said: Option<&str>| said.map_or("its own alone".to_owned(), |said| format!("`{said}`"));
            let (before, now) = (told(old.subprotocol()), told(new.subprotocol()));
            tell(self, full, format!("the subprotocol of `{name}` is {now}, and was {before}"));
        }
        if new.wire == CallWire::WebRtc {
            self.channels(pair, old, new);
        }
    }

    fn channels(&mut self, pair: Pair, old: &CallsService, new: &CallsService) {
        let (service, full) = (self.new.service(pair.new), self.new.full_name(pair.new));
        let contract = self.new.side.contract;
        let operations = self.operations(pair).map(|(before, now)| {
            let name = service.operations[now.2].name.clone();
            (Subject::Operation(before.2), Subject::Operation(now.2), name)
        });
        let events = old.events.iter().filter_map(|&event| {
            let now = self.pairing.now(event)?;
            Some((Subject::Event(event), Subject::Event(now), contract.type_def(now).name.clone()))
        });
        for (before, now, name) in operations.chain(events).collect::<Vec<_>>() {
            let (before, now) = (old.reliability(before), new.reliability(now));
            if before != now {
                let (now, before) = (reliability(now), reliability(before));
                let message = format!("`{name}` travels {now}, and did {before}");
                let change = Change::new(format!("{full}.{name}.webrtc"), message).was(old.at).now(new.at);
                self.tell_both_ways(&rules::CLAUSES_CHANGED, names_of(new.wire), change);
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

/// Words for what a binding makes sure of on WebRTC.
fn reliability(said: Reliability) -> String {
    let order = if said.ordered { "in order" } else { "in any order" };
    let tries = said.retransmits.map(|tries| format!(", sent again {tries} times"));
    let time = said.lifetime.map(|time| format!(", for {time:?}"));
    format!("{order}{}{}", tries.unwrap_or_default(), time.unwrap_or_default())
}

/// Where it is, or the name that it is called by; on WebSocket both.
fn places(bound: Bound<'_>, service: &CallsService) -> Vec<String> {
    let name = bound.full_name((service.package, service.service));
    match service.wire {
        CallWire::Rpc => vec![name],
        CallWire::Grpc => vec![service.place.clone()],
        CallWire::Ws | CallWire::WebRtc => vec![name, service.place.clone()],
        CallWire::Soap => vec![service.name.clone(), service.place.clone()],
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
        CallWire::Ws | CallWire::WebRtc => Facets::of(&[Facet::Route]),
        CallWire::Soap => Facets::of(&[Facet::Soap]),
    }
}
