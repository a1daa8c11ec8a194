//! Transports: what carries one attempt of a call to an endpoint and back.
//!
//! A transport has replies of its own kind; [`Exchange`] says for each operation how a typed input is sent and how a reply
//! becomes a typed answer. Each attempt encodes the typed input anew, straight into the transport's output, so a retry
//! needs neither a copy nor neutral bytes in between.

#[cfg(feature = "framed")]
pub mod framed;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "http")]
pub(crate) mod headers;
#[cfg(any(feature = "framed", feature = "grpc"))]
pub(crate) mod peers;
// Public as `rest::Problem`.
#[cfg(feature = "http")]
pub(crate) mod problem;
#[cfg(feature = "rest")]
pub mod rest;
#[cfg(feature = "rpc")]
pub mod rpc;
#[cfg(feature = "ws")]
pub mod ws;

use std::future::Future;

use crate::admission::Head;
use crate::endpoint::Endpoint;
use crate::fault::{Code, Fault};
use crate::inbound::Inbound;
use crate::operation::Operation;

/// Carries requests to an endpoint and replies back.
pub trait Transport: Send + Sync + 'static {
    /// What it is called when it is spoken of.
    const NAME: &'static str;

    /// The scheme of its endpoints where nobody says another, `http`.
    const SCHEME: &'static str;

    /// What it gets back: the head at least, the rest perhaps still to come.
    type Reply: Send;
}

/// How one operation travels over a transport.
pub trait Exchange<O: Operation>: Transport {
    /// One attempt: encodes the input, sends it, waits for the reply.
    fn send(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: &O::Input,
    ) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;

    /// The only attempt of a call whose input is a stream. Most transports of requests and replies carry none.
    fn send_stream(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        input: Inbound<O::Input>,
    ) -> impl Future<Output = Result<Self::Reply, Failure>> + Send {
        let _ = (to, head, input);
        std::future::ready(Err(not_carried::<O, Self>()))
    }

    /// The answer in a reply; a fault as it was said, for it may say more than its type has fields for: when to try again.
    fn read(&self, reply: Self::Reply) -> impl Future<Output = Result<O::Output, Fault>> + Send;

    /// The stream in a reply.
    fn read_stream(
        &self,
        reply: Self::Reply,
    ) -> impl Future<Output = Result<Inbound<O::Output, O::Fault>, Fault>> + Send;
}

/// An attempt that got no reply.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What to tell the caller.
    pub fault: Fault,
    /// Whether the server may have seen the request.
    pub sent: Sent,
}

/// Whether a request may have reached the server; decides whether an operation without a safe effect may be resent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Certainly not.
    No,
    /// Perhaps.
    Maybe,
}

/// What a call fails with that its transport does not carry.
pub(crate) fn not_carried<O: Operation, T: Transport + ?Sized>() -> Failure {
    let message = format!("{} is not carried by {}", O::FACTS, T::NAME);
    Failure { fault: Fault::new(Code::Unimplemented, message), sent: Sent::No }
}
