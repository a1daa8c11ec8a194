//! Transports: what carries one attempt of a call to an endpoint and back.
//!
//! A transport is written over its own requests and replies; [`Exchange`] says for each operation how typed inputs become
//! the one and the other typed answers. Each attempt encodes the typed input anew, so a retry needs neither a copy nor
//! neutral bytes in between.

#[cfg(feature = "rest")]
pub mod rest;

use std::future::Future;

use crate::admission::Head;
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::operation::Operation;

/// Carries requests to an endpoint and replies back.
pub trait Transport: Send + Sync + 'static {
    /// What it sends.
    type Request: Send;
    /// What it gets back: the head at least, the rest perhaps still to come.
    type Reply: Send;

    /// One attempt.
    fn send(
        &self,
        to: &Endpoint,
        head: &Head<'_>,
        request: Self::Request,
    ) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;
}

/// How one operation travels over a transport.
pub trait Exchange<O: Operation>: Transport {
    /// The request for an input.
    ///
    /// # Errors
    /// When this transport does not carry the operation.
    fn put(&self, input: &O::Input) -> Result<Self::Request, Fault>;

    /// The answer in a reply.
    fn read(&self, reply: Self::Reply) -> impl Future<Output = Result<O::Output, O::Fault>> + Send;

    /// The stream in a reply.
    fn read_stream(
        &self,
        reply: Self::Reply,
    ) -> impl Future<Output = Result<Inbound<O::Output, O::Fault>, O::Fault>> + Send;
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
