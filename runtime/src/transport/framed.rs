//! Many calls on one connection: what native RPC and WebSocket share.
//!
//! Both move the frames of [`mux`](crate::mux); they differ in what moves the bytes (a `Pipe`), in how frames
//! are written (an [`Encoding`](crate::mux::Encoding)) and in how messages are ([`Form`]). All of it is static dispatch. In
//! reading order:
//!
//! - [`Form`], [`Carries`]: how messages become bytes, and which form an operation has on which wire.
//! - `link`: the multiplexer under a lock, with who waits for what.
//! - `pipe`: the socket with its buffers. `messages`: streams of typed messages.
//! - `calls`, `session`: the server's side. One task a connection reads, decodes, runs handlers, encodes and writes: a handler
//!   is polled in place, and only one that has to wait is kept beside the others that wait.
//! - `connection`, `client`: the client's side.
//!
//! Not here: how a connection comes to be. Each wire listens and connects by itself.

mod calls;
mod client;
mod connection;
mod context;
mod form;
mod link;
mod messages;
mod pipe;
mod session;

pub(crate) use calls::{Operations, Perform, client_stream, duplex, server_stream, unary};
pub use client::Reply;
pub(crate) use client::{Client, Dial};
pub use form::{Carries, Form, JsonAs, Protobuf};
pub(crate) use link::Link;
pub(crate) use pipe::{Broken, Pipe, StreamPipe, Written, refill};
pub(crate) use session::Session;
