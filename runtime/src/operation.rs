//! The seam between types and wires: an operation as a type, and the four shapes of performing one.
//!
//! Generated code makes a type of every operation ([`Operation`]) and implements the trait of its shape for the served
//! service. A client's [`Channel`](crate::Channel) and [`Local`](crate::Local) implement the very same traits, so a wire
//! is written once, generically over operations, and server and client cannot drift apart.

use std::future::Future;

use futures_core::Stream;

use crate::context::Context;
use crate::facts::{OperationFacts, ServiceFacts};
use crate::fault::OperationFault;
use crate::idempotency::Keyed;
use crate::inbound::Inbound;
use crate::mount::Mount;
use crate::validate::Validate;

/// One operation of a contract, as a type.
pub trait Operation: Send + Sync + 'static {
    /// What goes in: the request, or one item of the incoming stream.
    type Input: Validate + Clone + PartialEq + Send + Sync + 'static;
    /// What comes out: the answer, or one item of the outgoing stream.
    type Output: Clone + Send + Sync + 'static;
    /// How it fails.
    type Fault: OperationFault;
    /// What is known of it without a call.
    const FACTS: &'static OperationFacts;

    /// How a server knows a repeated call, where the operation is `keyed`.
    fn keyed() -> Option<Keyed<Self>>
    where
        Self: Sized,
    {
        None
    }

    /// What `balance hash(…)` goes by: calls with the same number go to the same endpoint.
    fn balance_key(_: &Self::Input) -> u64 {
        0
    }

    /// Whom `limit … per key(…)` counts.
    fn limit_key(_: &Self::Input) -> u64 {
        0
    }
}

/// Performs an operation with one message in and one out (also the empty answer, and `oneway`).
pub trait Unary<O: Operation>: Send + Sync + 'static {
    /// Performs it.
    fn call(&self, cx: &Context, input: O::Input) -> impl Future<Output = Result<O::Output, O::Fault>> + Send;
}

/// Performs an operation that answers with a stream.
pub trait ServerStream<O: Operation>: Send + Sync + 'static {
    /// Opens the stream.
    fn open(
        &self,
        cx: &Context,
        input: O::Input,
    ) -> impl Future<Output = Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault>> + Send;
}

/// Performs an operation that takes a stream.
pub trait ClientStream<O: Operation>: Send + Sync + 'static {
    /// Performs it over all of the stream.
    fn call(&self, cx: &Context, input: Inbound<O::Input>) -> impl Future<Output = Result<O::Output, O::Fault>> + Send;
}

/// Performs an operation that takes a stream and answers with one.
pub trait Duplex<O: Operation>: Send + Sync + 'static {
    /// Opens the stream back.
    fn open(
        &self,
        cx: &Context,
        input: Inbound<O::Input>,
    ) -> impl Future<Output = Result<impl Stream<Item = Result<O::Output, O::Fault>> + Send + 'static, O::Fault>> + Send;
}

/// A service that a [`Server`](crate::Server) can serve: the generated `OrdersServer`.
pub trait Served: Sized + Send + Sync + 'static {
    /// What is known of it without a call.
    const FACTS: &'static ServiceFacts;

    /// Puts its operations on the wires that its contract binds.
    fn mount(mount: &mut Mount<Self>);
}

/// A client of a service over a channel: the generated `OrdersClient<C>`.
pub trait Client: Sized {
    /// What it calls over.
    type Over;
    /// What is known of the service without a call.
    const FACTS: &'static ServiceFacts;

    /// Calls over this channel.
    fn over(channel: Self::Over) -> Self;
}
