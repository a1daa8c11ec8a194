//! Which services a program calls, told by their clients.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::facts::ServiceFacts;
use crate::policy;

/// A service that is called once a client of it is made: a generated client has one in a static, so that names of policies that are none
/// of the service's are told. A client may be made for each request; all but the first find it noted and meet on no lock.
///
/// ```
/// use wireloom::{Auth, Called, ServiceFacts};
///
/// static SERVICE: ServiceFacts =
///     ServiceFacts { package: "shop", name: "Orders", auth: Auth::PUBLIC, operations: &[], handlers: &[] };
/// static CALLED: Called = Called::new(&SERVICE);
///
/// CALLED.note();
/// ```
#[derive(Debug)]
pub struct Called {
    service: &'static ServiceFacts,
    is_noted: AtomicBool,
}

impl Called {
    /// Nobody calls it yet.
    pub const fn new(service: &'static ServiceFacts) -> Called {
        Called { service, is_noted: AtomicBool::new(false) }
    }

    /// Says that this program calls the service.
    #[inline]
    pub fn note(&self) {
        if !self.is_noted.load(Ordering::Relaxed) {
            self.note_first();
        }
    }

    /// Of several at once each notes it, which is the same as once.
    #[cold]
    fn note_first(&self) {
        policy::note_called(self.service);
        // Afterwards, so that whoever finds it set finds the service known.
        self.is_noted.store(true, Ordering::Relaxed);
    }
}
