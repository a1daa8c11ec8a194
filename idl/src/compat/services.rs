//! Services: operations and handlers that came, went or have another name.

use std::collections::BTreeSet;

use super::diff::{Comparison, Travel};
use super::facet::{Direction, Facet, Facets};
use super::finding::Change;
use super::pairing::pair;
use super::rules;
use crate::contract::{Deprecated, Operation, PackageId, Service, TypeId};

const RUST: Facets = Facets::of(&[Facet::Rust]);

impl Comparison<'_> {
    /// Compares every service.
    pub(super) fn services(&mut self) {
        for (&(package, service), &now) in &self.pairing.services.clone() {
            self.service((package, service), now);
        }
        for (id, package) in self.old.contract.packages().filter(|(_, package)| !package.imported) {
            let Some(now) = self.pairing.packages.get(&id).map(|&now| self.new.contract.package(now)) else { continue };
            for (index, service) in package.services.iter().enumerate() {
                if !self.pairing.services.contains_key(&(id, index)) {
                    let change = Change::new(
                        format!("{}.{}", package.name, service.name),
                        format!("the service `{}` is gone", service.name),
                    );
                    let reach = self.service_facets(id, index).or(self.event_facets(service)).both_ways();
                    self.tell(&rules::SERVICE_REMOVED, reach, change.was(service.at).now(now.at));
                }
            }
        }
        let known: BTreeSet<_> = self.pairing.services.values().copied().collect();
        for (id, package) in self.new.contract.packages().filter(|(_, package)| !package.imported) {
            for (index, service) in package.services.iter().enumerate() {
                if !known.contains(&(id, index)) {
                    let subject = format!("{}.{}", package.name, service.name);
                    self.added("service", &subject, &service.name, service.at);
                }
            }
        }
    }

    /// The wires that an old service is on, and Rust.
    fn service_facets(&self, package: PackageId, service: usize) -> Facets {
        let first = (package, service, 0);
        let operations = self.old.carried.operations.range(first..(package, service + 1, 0));
        operations.fold(RUST, |all, (_, it)| all.or(it.call))
    }

    fn service(&mut self, before: (PackageId, usize), now: (PackageId, usize)) {
        let old_package = self.old.contract.package(before.0);
        let new_package = self.new.contract.package(now.0);
        if old_package.imported || new_package.imported {
            return;
        }
        let (old, new) = (&old_package.services[before.1], &new_package.services[now.1]);
        let subject = format!("{}.{}", new_package.name, new.name);
        let facets = self.service_facets(before.0, before.1);
        if old.name != new.name {
            let change = Change::new(&subject, format!("the service `{}` was `{}`", new.name, old.name));
            let reach = facets.or(self.event_facets(old)).both_ways();
            self.tell(&rules::SERVICE_RENAMED, reach, change.was(old.at).now(new.at));
        }
        for (index, operation) in old.operations.iter().enumerate() {
            let at = (before.0, before.1, index);
            match self.pairing.operations.get(&at).copied() {
                Some(it) => {
                    let travel = Travel::of(self.old, at, self.new, it);
                    self.operation(&subject, (old, operation), (new, &new.operations[it.2]), &travel);
                    let numbers = (
                        self.old.contract.numbers.of_operation(at.0, at.1, at.2),
                        self.new.contract.numbers.of_operation(it.0, it.1, it.2),
                    );
                    self.operation_inputs(&subject, (new, &new.operations[it.2]), operation, &travel, numbers);
                }
                None => self.operation_removed(&subject, operation, new, at),
            }
        }
        self.emitted(&subject, old, new);
        self.operations_added(&subject, new, before);
        self.handlers(&subject, old, new);
    }

    fn event_facets(&self, service: &Service) -> Facets {
        let heard = service.handlers.iter().map(|it| it.event);
        let is_carried = |event: TypeId| {
            let reach = self.old.carried.events.get(&event).copied().unwrap_or_default();
            reach.has(Facet::Event, Direction::Output)
        };
        if service.events().into_iter().chain(heard).any(is_carried) {
            Facets::of(&[Facet::Event])
        } else {
            Facets::NONE
        }
    }

    fn operation_removed(
        &mut self,
        subject: &str,
        operation: &Operation,
        new: &Service,
        at: (PackageId, usize, usize),
    ) {
        let subject = format!("{subject}.{}", operation.name);
        let facets = self.old.carried.operations.get(&at).map(|it| it.call).unwrap_or_default().or(RUST);
        let name = format!("{}.{}", new.name, operation.name);
        let change = |message: String| Change::new(&subject, message).was(operation.at).now(new.at);
        match self.until_passed(operation.deprecated.as_ref()) {
            Some(until) => {
                let message = format!("`{name}` is gone, as was said: it was deprecated until {until}");
                self.tell(&rules::OPERATION_RETIRED, facets.both_ways(), change(message));
            }
            None => {
                self.tell(&rules::OPERATION_REMOVED, facets.both_ways(), change(format!("`{name}` is gone")));
            }
        }
    }

    /// The day until which something is deprecated, if it has passed.
    pub(super) fn until_passed<'d>(&self, deprecated: Option<&'d Deprecated>) -> Option<&'d str> {
        let until = deprecated?.until.as_deref()?;
        self.options.today.filter(|today| until < *today).map(|_| until)
    }

    /// Events that the service itself published.
    fn emitted(&mut self, subject: &str, old: &Service, new: &Service) {
        let still = new.events();
        for &event in &old.emits {
            let Some(now) = self.pairing.now(event).filter(|now| !still.contains(now)) else { continue };
            let name = &self.new.contract.type_def(now).name;
            let message = format!("`{}` does not publish `{name}` any more", new.name);
            let change = Change::new(format!("{subject}.{name}"), message).was(old.at).now(new.at);
            let reach = self.old.carried.events.get(&event).copied().unwrap_or_default().or(RUST.both_ways());
            self.tell(&rules::EMITS_REMOVED, reach, change);
        }
    }

    fn operations_added(&mut self, subject: &str, new: &Service, before: (PackageId, usize)) {
        let pairs = self.pairing.operations.range((before.0, before.1, 0)..(before.0, before.1 + 1, 0));
        let known: BTreeSet<usize> = pairs.map(|(_, now)| now.2).collect();
        for (index, operation) in new.operations.iter().enumerate() {
            if !known.contains(&index) {
                let change = Change::new(
                    format!("{subject}.{}", operation.name),
                    format!("`{}.{}` is new", new.name, operation.name),
                );
                self.tell(&rules::OPERATION_ADDED, RUST.both_ways(), change.now(operation.at));
            }
        }
    }

    fn handlers(&mut self, subject: &str, old: &Service, new: &Service) {
        let found = pair(
            old.handlers.iter().map(|it| it.name.as_str()),
            new.handlers.iter().map(|it| (it.name.as_str(), it.was.as_deref())),
        );
        let mut is_kept = vec![false; old.handlers.len()];
        for (handler, found) in new.handlers.iter().zip(found) {
            let full = format!("{subject}.{}", handler.name);
            let name = format!("{}.{}", new.name, handler.name);
            let Some(index) = found else {
                self.added("handler", &full, &name, handler.at);
                continue;
            };
            is_kept[index] = true;
            let before = &old.handlers[index];
            let reach = self.heard(before.event);
            let change = |message: String| Change::new(&full, message).was(before.at).now(handler.at);
            if before.name != handler.name {
                let message = format!("`{name}` was `{}`", before.name);
                self.tell(&rules::OPERATION_RENAMED, reach, change(message));
            }
            if self.pairing.now(before.event) != Some(handler.event) {
                let message = format!("`{name}` handles another event");
                self.tell(&rules::HANDLER_REMOVED, reach, change(message));
            } else if before.condition != handler.condition {
                let message = format!("`{name}` has another condition");
                self.tell(&rules::HANDLER_CONDITION, reach, change(message));
            }
        }
        for (handler, _) in old.handlers.iter().zip(is_kept).filter(|(_, kept)| !kept) {
            let message = format!("the handler `{}.{}` is gone", new.name, handler.name);
            let change = Change::new(format!("{subject}.{}", handler.name), message).was(handler.at).now(new.at);
            self.tell(&rules::HANDLER_REMOVED, self.heard(handler.event), change);
        }
    }

    fn heard(&self, event: TypeId) -> super::Reach {
        let carried = self.old.carried.events.get(&event).copied().unwrap_or_default();
        carried.within(Facets::of(&[Facet::Event])).or(RUST.both_ways())
    }
}
