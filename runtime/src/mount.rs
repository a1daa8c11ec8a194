//! Mounting: how a served service puts its operations and handlers on the wires of a server.

use std::sync::Arc;

use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{BrokerMount, Handling};
use crate::serving::{Serving, Shared};
#[cfg(feature = "rest")]
use crate::transport::rest::RestMount;

/// Takes the operations of one service, wire by wire; generated code fills it.
pub struct Mount<S> {
    serving: Serving<S>,
    limits: Limits,
    mounted: Mounted,
}

/// What a service has mounted.
#[derive(Default)]
pub(crate) struct Mounted {
    /// Its routes on HTTP.
    #[cfg(feature = "rest")]
    pub(crate) router: axum::Router,
    /// Its handlers of events.
    #[cfg(feature = "broker")]
    pub(crate) handlers: Vec<Arc<dyn Handling>>,
}

impl<S: Send + Sync + 'static> Mount<S> {
    pub(crate) fn new(service: S, shared: Shared, limits: Limits) -> Mount<S> {
        Mount { serving: Serving::new(Arc::new(service), shared), limits, mounted: Mounted::default() }
    }

    /// The REST wire.
    #[cfg(feature = "rest")]
    pub fn rest(&mut self) -> RestMount<'_, S> {
        RestMount::new(&self.serving, self.limits, &mut self.mounted.router)
    }

    /// The broker.
    #[cfg(feature = "broker")]
    pub fn broker(&mut self) -> BrokerMount<'_, S> {
        BrokerMount::new(&self.serving, &mut self.mounted.handlers)
    }

    /// What was mounted.
    pub(crate) fn into_mounted(self) -> Mounted {
        self.mounted
    }
}

impl<S> std::fmt::Debug for Mount<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mount")
    }
}
