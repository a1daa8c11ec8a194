//! Which operations of a service are served over WebSocket, and where.

use std::sync::Arc;

use super::{Binding, Ws};
use crate::limits::Limits;
use crate::mux::{JsonFrames, Native};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::serving::{Serving, Shared};
use crate::transport::framed::{self, Perform};
use crate::wire::Value;

/// Collects the operations of one service that are served over WebSocket at one path, in both forms of frames.
pub struct WsMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    place: &'m mut Place,
}

/// What is served at a path.
pub(crate) struct Place {
    pub(super) path: &'static str,
    pub(super) binary: Vec<Arc<dyn Perform<Native>>>,
    pub(super) json: Vec<Arc<dyn Perform<JsonFrames>>>,
    pub(super) shared: Shared,
}

impl<'m, S: Send + Sync + 'static> WsMount<'m, S> {
    pub(crate) fn new(
        serving: &'m Serving<S>,
        limits: Limits,
        path: &'static str,
        places: &'m mut Vec<Place>,
    ) -> WsMount<'m, S> {
        let shared = serving.shared().clone();
        let place = places.push_mut(Place { path, binary: Vec::new(), json: Vec::new(), shared });
        WsMount { serving, limits, place }
    }

    /// Serves an operation with one message in and one out, or none.
    pub fn unary<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Unary<O>,
        Ws: Binding<O>,
    {
        self.place.binary.push(framed::unary::<S, O, Native>(self.serving, &self.limits));
        self.place.json.push(framed::unary::<S, O, JsonFrames>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that answers with a stream.
    pub fn server_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ServerStream<O>,
        Ws: Binding<O>,
    {
        self.place.binary.push(framed::server_stream::<S, O, Native>(self.serving, &self.limits));
        self.place.json.push(framed::server_stream::<S, O, JsonFrames>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that takes a stream.
    pub fn client_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ClientStream<O>,
        Ws: Binding<O>,
    {
        self.place.binary.push(framed::client_stream::<S, O, Native>(self.serving, &self.limits));
        self.place.json.push(framed::client_stream::<S, O, JsonFrames>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that takes a stream and answers with one.
    pub fn duplex<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Duplex<O>,
        Ws: Binding<O>,
    {
        self.place.binary.push(framed::duplex::<S, O, Native>(self.serving, &self.limits));
        self.place.json.push(framed::duplex::<S, O, JsonFrames>(self.serving, &self.limits));
        self
    }
}

impl<S> std::fmt::Debug for WsMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.place.binary.iter().map(|call| call.facts().name)).finish()
    }
}
