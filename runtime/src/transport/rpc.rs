//! Native RPC: operations over TCP, many at once on one connection, in the frames of [`mux`](crate::mux).
//!
//! Generated code says only which operations are served (`mount.rpc().unary::<Place>()`); all else is generic over
//! [`Wire`](crate::wire::Wire), and shared with WebSocket in `framed`: one task a connection reads, runs handlers and writes.
//! What is answered between two reads goes out in one write, and no timer delays it. Here are the port and the connecting.
//!
//! | metadata | what it carries |
//! |---|---|
//! | `x-request-id` | the request's name, where the caller gave one |
//! | `traceparent`, `tracestate` | W3C trace context |
//! | others | what the caller's context sends |
//!
//! The deadline travels as the milliseconds left. There is no TLS on this port: it is for networks that are trusted.

mod client;
mod mount;
mod server;

pub use client::{Rpc, RpcOptions};
pub use mount::RpcMount;
pub(crate) use server::NativePort;

pub use crate::transport::framed::Reply as RpcReply;
