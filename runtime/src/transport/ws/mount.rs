//! Which operations of a service are served over WebSocket, and where.

use std::sync::Arc;

#[cfg(feature = "broker")]
use super::events::{Fan, Pushed};
use super::{Binding, Ws};
use crate::facts::Auth;
use crate::limits::Limits;
#[cfg(feature = "broker")]
use crate::messaging::{Emits, Event, Feed};
use crate::metrics::System;
use crate::mount::Mount;
use crate::mux::{JsonFrames, Native};
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::serving::{Serving, Shared};
use crate::transport::framed::{self, Perform};
use crate::wire::Value;

/// Collects the operations of one service that are served over WebSocket at one path, in both forms of frames.
pub struct WsMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    /// Who may follow events.
    auth: &'static Auth,
    place: &'m mut Place,
    /// Where the events come from that are served here.
    #[cfg(feature = "broker")]
    feeds: &'m mut Vec<Arc<dyn Feed>>,
}

/// What is served at a path.
pub(crate) struct Place {
    pub(super) path: &'static str,
    pub(super) binary: Vec<Arc<dyn Perform<Native>>>,
    pub(super) json: Vec<Arc<dyn Perform<JsonFrames>>>,
    pub(super) shared: Shared,
}

impl<S: Send + Sync + 'static> Mount<S> {
    /// WebSocket, at a path of the HTTP port: `/ws/orders`. What is served there is known to its clients by name, so two
    /// services cannot be served at one path.
    pub fn ws(&mut self, path: &'static str) -> WsMount<'_, S> {
        let shared = self.serving.shared().clone();
        WsMount {
            serving: self.serving.comes_over(System::Ws),
            limits: self.limits,
            auth: self.auth,
            place: self.mounted.places.push_mut(Place { path, binary: Vec::new(), json: Vec::new(), shared }),
            #[cfg(feature = "broker")]
            feeds: &mut self.mounted.feeds,
        }
    }
}

impl<S: Send + Sync + 'static> WsMount<'_, S> {
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

    /// Lets clients follow the events of a type: those that `P` publishes on the server's broker, from then on. They are an
    /// operation that answers with a stream, called by the event's own name: [`Published`](crate::messaging::Published).
    ///
    /// A subscriber takes as many as its credit allows, and up to 256 wait for it. When more would have to, its stream ends
    /// with the fault `resource_exhausted`.
    #[cfg(feature = "broker")]
    pub fn event<P: Emits<E>, E: Event + Value>(self) -> Self {
        let fan = Arc::new(Fan::<E>::new(P::TOPIC));
        let serving = Serving::new(Arc::clone(&fan), self.place.shared.clone()).for_callers(self.auth);
        self.place.binary.push(framed::server_stream::<_, Pushed<E>, Native>(&serving, &self.limits));
        self.place.json.push(framed::server_stream::<_, Pushed<E>, JsonFrames>(&serving, &self.limits));
        self.feeds.push(fan);
        self
    }
}

impl<S> std::fmt::Debug for WsMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.place.binary.iter().map(|call| call.facts().name)).finish()
    }
}
