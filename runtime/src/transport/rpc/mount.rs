//! Which operations of a service are served over native RPC.

use std::sync::Arc;

use crate::limits::Limits;
use crate::metrics::System;
use crate::mount::Mount;
use crate::mux::Native;
use crate::operation::{ClientStream, Duplex, Operation, ServerStream, Unary};
use crate::serving::Serving;
use crate::transport::framed::{self, Perform};
use crate::wire::Value;

/// Collects the operations of one service that are served over native RPC.
pub struct RpcMount<'m, S> {
    serving: &'m Serving<S>,
    limits: Limits,
    calls: &'m mut Vec<Arc<dyn Perform<Native>>>,
}

impl<S: Send + Sync + 'static> Mount<S> {
    /// Native RPC.
    pub fn rpc(&mut self) -> RpcMount<'_, S> {
        RpcMount {
            serving: self.serving.comes_over(System::Native),
            limits: self.limits,
            calls: &mut self.mounted.calls,
        }
    }
}

impl<S: Send + Sync + 'static> RpcMount<'_, S> {
    /// Serves an operation with one message in and one out, or none.
    pub fn unary<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Unary<O>,
    {
        self.calls.push(framed::unary::<S, O, Native>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that answers with a stream.
    pub fn server_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ServerStream<O>,
    {
        self.calls.push(framed::server_stream::<S, O, Native>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that takes a stream.
    pub fn client_stream<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: ClientStream<O>,
    {
        self.calls.push(framed::client_stream::<S, O, Native>(self.serving, &self.limits));
        self
    }

    /// Serves an operation that takes a stream and answers with one.
    pub fn duplex<O: Operation<Input: Value, Output: Value>>(self) -> Self
    where
        S: Duplex<O>,
    {
        self.calls.push(framed::duplex::<S, O, Native>(self.serving, &self.limits));
        self
    }
}

impl<S> std::fmt::Debug for RpcMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.calls.iter().map(|call| call.facts().name)).finish()
    }
}
