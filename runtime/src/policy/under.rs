//! Who is under policies: whom they must fit, for as long as somebody serves or calls it.

use super::fit::Role;
use super::known;
use super::layer::Layer;
use super::policies::{InvalidPolicy, Policies, judged};
use crate::facts::{OperationFacts, ServiceFacts};

/// Who is under some policies.
#[derive(Debug, Default)]
pub(super) struct Under {
    pub(super) services: Present<ServiceFacts>,
    /// Handlers, and operations that were performed or called.
    pub(super) operations: Present<OperationFacts>,
}

impl Under {
    pub(super) fn role(&self, op: &OperationFacts) -> Role {
        role(self.services.iter(), op)
    }

    /// Refuses what contradicts the contract of somebody.
    pub(super) fn check(&self, layer: &Layer) -> Result<(), InvalidPolicy> {
        let listed = self.services.iter().flat_map(|service| service.operations.iter().copied());
        let mut all = listed.chain(self.operations.iter());
        all.try_for_each(|op| judged(layer, op, self.role(op)).map(drop))
    }
}

/// Refuses what contradicts the contract of a service.
pub(super) fn check(service: &'static ServiceFacts, layer: &Layer) -> Result<(), InvalidPolicy> {
    let role = |op| role(std::iter::once(service), op);
    service.operations.iter().try_for_each(|op| judged(layer, op, role(op)).map(drop))
}

fn role(mut services: impl Iterator<Item = &'static ServiceFacts>, op: &OperationFacts) -> Role {
    let is_handler = |service: &ServiceFacts| {
        (service.package, service.name) == (op.package, op.service) && service.handlers.contains(&op.name)
    };
    if services.any(is_handler) { Role::Handler } else { Role::Operation }
}

/// Facts, each with how many have brought it.
#[derive(Debug)]
pub(super) struct Present<T: 'static> {
    all: Vec<(&'static T, usize)>,
}

impl<T> Default for Present<T> {
    fn default() -> Present<T> {
        Present { all: Vec::new() }
    }
}

impl<T> Present<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static T> {
        self.all.iter().map(|(it, _)| *it)
    }

    fn enter(&mut self, it: &'static T) {
        match self.all.iter_mut().find(|(other, _)| std::ptr::eq(*other, it)) {
            Some((_, times)) => *times += 1,
            None => self.all.push((it, 1)),
        }
    }

    fn leave(&mut self, it: &'static T) {
        if let Some((_, times)) = self.all.iter_mut().find(|(other, _)| std::ptr::eq(*other, it)) {
            *times -= 1;
        }
        self.all.retain(|(_, times)| *times > 0);
    }
}

/// Somebody's stay under policies, which ends when this is dropped: what was served, called or performed.
#[derive(Debug)]
#[must_use = "whoever it is of is under the policies only as long as this lives"]
pub(crate) struct Stay {
    policies: Policies,
    who: Who,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Served(&'static ServiceFacts),
    Called(&'static ServiceFacts),
    Operation(&'static OperationFacts),
}

impl Stay {
    /// Begins one, in what is locked of these policies.
    pub(super) fn begin(policies: &Policies, under: &mut Under, who: Who) -> Stay {
        match who {
            Who::Served(service) | Who::Called(service) => under.services.enter(service),
            Who::Operation(op) => under.operations.enter(op),
        }
        Stay { policies: policies.clone(), who }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut under = self.policies.under();
        match self.who {
            Who::Served(service) | Who::Called(service) => under.services.leave(service),
            Who::Operation(op) => under.operations.leave(op),
        }
        drop(under);
        if let Who::Served(service) = self.who {
            known::stop_serving(service);
        }
    }
}
