//! Mounting: how a served service puts its operations and handlers on the wires of a server.

use std::sync::Arc;

use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{BrokerMount, Handling};
use crate::serving::{Serving, Shared};
#[cfg(feature = "grpc")]
use crate::transport::grpc::{GrpcMount, ServiceInfo};
#[cfg(feature = "rest")]
use crate::transport::rest::RestMount;
#[cfg(feature = "ws")]
use crate::transport::ws::{Place, WsMount};
#[cfg(feature = "rpc")]
use crate::transport::{framed::Perform, rpc::RpcMount};

/// Takes the operations of one service, wire by wire; generated code fills it.
pub struct Mount<S> {
    serving: Serving<S>,
    limits: Limits,
    mounted: Mounted,
}

/// What services have put on the wires of a server.
#[derive(Default)]
pub(crate) struct Mounted {
    /// Routes on HTTP.
    #[cfg(feature = "http")]
    pub(crate) router: axum::Router,
    /// Services on gRPC, whose routes are among those.
    #[cfg(feature = "grpc")]
    pub(crate) grpc: Vec<&'static ServiceInfo>,
    /// Sessions over WebSocket.
    #[cfg(feature = "ws")]
    pub(crate) places: Vec<Place>,
    /// Calls on native RPC.
    #[cfg(feature = "rpc")]
    pub(crate) calls: Vec<Arc<dyn Perform<crate::mux::Native>>>,
    /// Followers of events; those of places that are served.
    #[cfg(all(feature = "ws", feature = "broker"))]
    pub(crate) feeds: Vec<Arc<dyn crate::messaging::Feed>>,
    /// Handlers of events.
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

    /// gRPC, under that service's name; health and reflection tell of it.
    #[cfg(feature = "grpc")]
    pub fn grpc(&mut self, service: &'static ServiceInfo) -> GrpcMount<'_, S> {
        self.mounted.grpc.push(service);
        GrpcMount::new(&self.serving, self.limits, &mut self.mounted.router)
    }

    /// Native RPC.
    #[cfg(feature = "rpc")]
    pub fn rpc(&mut self) -> RpcMount<'_, S> {
        RpcMount::new(&self.serving, self.limits, &mut self.mounted.calls)
    }

    /// WebSocket, at a path of the HTTP port: `/ws/orders`. What is served there is known to its clients by name, so two
    /// services cannot be served at one path.
    #[cfg(feature = "ws")]
    pub fn ws(&mut self, path: &'static str) -> WsMount<'_, S> {
        WsMount::new(&self.serving, self.limits, path, &mut self.mounted.places)
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

#[cfg(any(feature = "http", feature = "rpc"))]
impl Mounted {
    /// What another service has put there as well.
    pub(crate) fn merge(&mut self, other: Mounted) {
        #[cfg(feature = "http")]
        {
            self.router = std::mem::take(&mut self.router).merge(other.router);
        }
        #[cfg(feature = "grpc")]
        self.grpc.extend(other.grpc);
        #[cfg(feature = "ws")]
        self.places.extend(other.places);
        #[cfg(feature = "rpc")]
        self.calls.extend(other.calls);
        #[cfg(feature = "broker")]
        self.handlers.extend(other.handlers);
    }
}

impl<S> std::fmt::Debug for Mount<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mount")
    }
}
