//! Mounting: how a served service puts its operations on the wires of a server.

use std::sync::Arc;

use crate::limits::Limits;
use crate::serving::{Serving, Shared};
#[cfg(feature = "rest")]
use crate::transport::rest::RestMount;

/// Takes the operations of one service, wire by wire; generated code fills it.
pub struct Mount<S> {
    serving: Serving<S>,
    limits: Limits,
    #[cfg(feature = "rest")]
    router: axum::Router,
}

impl<S: Send + Sync + 'static> Mount<S> {
    pub(crate) fn new(service: S, shared: Shared, limits: Limits) -> Mount<S> {
        Mount {
            serving: Serving::new(Arc::new(service), shared),
            limits,
            #[cfg(feature = "rest")]
            router: axum::Router::new(),
        }
    }

    /// The REST wire.
    #[cfg(feature = "rest")]
    pub fn rest(&mut self) -> RestMount<'_, S> {
        RestMount::new(&self.serving, self.limits, &mut self.router)
    }

    /// What was mounted on HTTP.
    #[cfg(feature = "rest")]
    pub(crate) fn into_router(self) -> axum::Router {
        self.router
    }
}

impl<S> std::fmt::Debug for Mount<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mount")
    }
}
