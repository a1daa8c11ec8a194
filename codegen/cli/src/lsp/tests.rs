//! The server over a connection in memory: what an editor says, and what it gets.

mod answers;
mod client;
mod hostile;
mod session;
