//! The server over a connection in memory: what an editor says, and what it gets.

mod client;
mod session;
