//! Mounting: how a served service puts its operations and handlers on the wires of a server.
//!
//! Each wire adds its own method to [`Mount`], in its own folder: `mount.rest()`, `mount.rpc()`. A wire that is routes of the
//! HTTP port needs nothing else here; another has a place of its own in [`Mounted`].

use std::sync::Arc;

use crate::facts::Auth;
use crate::limits::Limits;
use crate::serving::{Serving, Shared};

/// Takes the operations of one service, wire by wire; generated code fills it.
pub struct Mount<S> {
    pub(crate) serving: Serving<S>,
    /// Who may call, where an operation does not say otherwise.
    pub(crate) auth: &'static Auth,
    pub(crate) limits: Limits,
    pub(crate) mounted: Mounted,
}

/// What services have put on the wires of a server.
#[derive(Default)]
pub(crate) struct Mounted {
    /// What is made of the answers of REST.
    #[cfg(feature = "rest")]
    pub(crate) answers: crate::transport::rest::Answers,
    /// Routes on HTTP.
    #[cfg(feature = "http")]
    pub(crate) router: axum::Router,
    /// Services on gRPC, whose routes are among those.
    #[cfg(feature = "grpc")]
    pub(crate) grpc: Vec<&'static crate::transport::grpc::ServiceInfo>,
    /// Sessions over WebSocket.
    #[cfg(feature = "ws")]
    pub(crate) places: Vec<crate::transport::ws::Place>,
    /// Calls on native RPC.
    #[cfg(feature = "rpc")]
    pub(crate) calls: Vec<Arc<dyn crate::transport::framed::Perform<crate::mux::Native>>>,
    /// Handlers of events.
    #[cfg(feature = "broker")]
    pub(crate) handlers: Vec<Arc<dyn crate::messaging::Handling>>,
    /// Followers of events.
    #[cfg(feature = "broker")]
    pub(crate) feeds: Vec<Arc<dyn crate::messaging::Feed>>,
}

impl<S: crate::operation::Served> Mount<S> {
    /// Puts all of a service where others have put theirs.
    pub(crate) fn all_of(service: S, shared: Shared, limits: Limits, mounted: Mounted) -> Mounted {
        let mut mount =
            Mount { serving: Serving::new(Arc::new(service), shared), auth: &S::FACTS.auth, limits, mounted };
        S::mount(&mut mount);
        mount.mounted
    }
}

impl<S> std::fmt::Debug for Mount<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mount")
    }
}
