//! Which services this process has: served by it, called by it. A file of policies may name those of others as well, so only of the
//! services that are known here it can be told that a name is wrong.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::policies::Inner;
use crate::facts::ServiceFacts;

static KNOWN: Mutex<Known> = Mutex::new(Known { services: Vec::new(), policies: Vec::new() });

struct Known {
    services: Vec<Service>,
    /// Who wants to hear of new ones.
    policies: Vec<Weak<Inner>>,
}

/// A service of this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) facts: &'static ServiceFacts,
    /// By how many servers.
    served: usize,
    pub(super) is_called: bool,
}

impl Service {
    pub(super) fn is_served(&self) -> bool {
        self.served > 0
    }
}

/// All that are known by now.
pub(super) fn services() -> Vec<Service> {
    with(|known| known.services.clone())
}

/// Has policies hear of services that become known, for as long as they live.
pub(super) fn hear(policies: &Arc<Inner>) {
    with(|known| {
        known.policies.retain(|it| it.strong_count() > 0);
        known.policies.push(Arc::downgrade(policies));
    });
}

/// A service is served here, until it no longer is.
pub(super) fn serve(service: &'static ServiceFacts) {
    note(Service { facts: service, served: 1, is_called: false });
}

/// One server less serves it.
pub(super) fn stop_serving(service: &'static ServiceFacts) {
    with(|known| {
        let served = known.services.iter_mut().find(|it| std::ptr::eq(it.facts, service));
        if let Some(it) = served {
            it.served = it.served.saturating_sub(1);
        }
        known.services.retain(|it| it.is_served() || it.is_called);
    });
}

/// A service is called from here.
pub(crate) fn call(service: &'static ServiceFacts) {
    note(Service { facts: service, served: 0, is_called: true });
}

fn note(service: Service) {
    let listening = with(|known| match known.services.iter_mut().find(|it| std::ptr::eq(it.facts, service.facts)) {
        Some(it) => {
            it.served += service.served;
            it.is_called |= service.is_called;
            Vec::new()
        }
        None => {
            known.services.push(service);
            known.policies.iter().filter_map(Weak::upgrade).collect()
        }
    });
    // Outside of the lock: what they say of it goes to a log, which is anybody's code.
    for policies in listening {
        policies.meet(service.facts);
    }
}

fn with<R>(f: impl FnOnce(&mut Known) -> R) -> R {
    f(&mut KNOWN.lock().unwrap_or_else(PoisonError::into_inner))
}
