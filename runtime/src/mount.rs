//! Mounting: how a served service puts its operations on the wires of a server.

use std::sync::Arc;

use crate::limits::Limits;
use crate::serving::{Serving, Shared};
#[cfg(feature = "rest")]
use crate::transport::rest::RestMount;
#[cfg(feature = "rpc")]
use crate::transport::rpc::{Perform, RpcMount};

/// Takes the operations of one service, wire by wire; generated code fills it.
pub struct Mount<S> {
    serving: Serving<S>,
    limits: Limits,
    #[cfg(feature = "rest")]
    router: axum::Router,
    #[cfg(feature = "rpc")]
    calls: Vec<Arc<dyn Perform>>,
}

impl<S: Send + Sync + 'static> Mount<S> {
    pub(crate) fn new(service: S, shared: Shared, limits: Limits) -> Mount<S> {
        Mount {
            serving: Serving::new(Arc::new(service), shared),
            limits,
            #[cfg(feature = "rest")]
            router: axum::Router::new(),
            #[cfg(feature = "rpc")]
            calls: Vec::new(),
        }
    }

    /// The REST wire.
    #[cfg(feature = "rest")]
    pub fn rest(&mut self) -> RestMount<'_, S> {
        RestMount::new(&self.serving, self.limits, &mut self.router)
    }

    /// Native RPC.
    #[cfg(feature = "rpc")]
    pub fn rpc(&mut self) -> RpcMount<'_, S> {
        RpcMount::new(&self.serving, self.limits, &mut self.calls)
    }

    /// What was mounted.
    pub(crate) fn into_mounted(self) -> Mounted {
        Mounted {
            #[cfg(feature = "rest")]
            router: self.router,
            #[cfg(feature = "rpc")]
            calls: self.calls,
        }
    }
}

/// What services have put on the wires of a server.
#[derive(Default)]
pub(crate) struct Mounted {
    #[cfg(feature = "rest")]
    pub(crate) router: axum::Router,
    #[cfg(feature = "rpc")]
    pub(crate) calls: Vec<Arc<dyn Perform>>,
}

#[cfg(any(feature = "rest", feature = "rpc"))]
impl Mounted {
    /// What another service has put there as well.
    pub(crate) fn merge(&mut self, other: Mounted) {
        #[cfg(feature = "rest")]
        {
            self.router = std::mem::take(&mut self.router).merge(other.router);
        }
        #[cfg(feature = "rpc")]
        self.calls.extend(other.calls);
    }
}

impl<S> std::fmt::Debug for Mount<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mount")
    }
}
