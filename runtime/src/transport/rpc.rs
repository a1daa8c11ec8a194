//! Native RPC: operations over TCP, many at once on one connection, in the frames of [`mux`](crate::mux).
//!
//! Generated code says only which operations are served (`mount.rpc().unary::<Place>()`); all else is generic over
//! [`Wire`](crate::wire::Wire). One task a connection reads, decodes, runs handlers, encodes and writes: a handler is polled
//! in place, and only one that has to wait is kept beside the others that wait. What is answered between two reads goes out in one
//! write, and no timer delays it.
//!
//! | metadata | what it carries |
//! |---|---|
//! | `x-request-id` | the request's name, where the caller gave one |
//! | `traceparent` | W3C trace context |
//! | others | what the caller's context sends |
//!
//! The deadline travels as the milliseconds left. There is no TLS on this port: it is for networks that are trusted.

mod calls;
mod client;
mod connection;
mod context;
mod link;
mod messages;
mod pipe;
mod server;
mod session;

pub use calls::RpcMount;
pub(crate) use calls::{Operations, Perform};
pub use client::{Rpc, RpcOptions, RpcReply};
pub(crate) use server::NativePort;
