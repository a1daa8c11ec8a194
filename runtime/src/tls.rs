//! TLS, of servers and of clients, alike on every wire: rustls with ring.
//!
//! [`Tls`] is what a server shows and demands, [`ClientTls`] what a client trusts and shows. Both read their files anew when
//! these change: a certificate that is renewed is taken up without a restart, and a broken file changes nothing.
//!
//! Not here: where TLS begins. That is decided once, in `net`: a server's ports by [`Server::tls`](crate::Server::tls), a
//! client by the scheme of its endpoint, `https://`, `wss://`, `rpcs://`.

mod client;
mod files;
mod names;
mod reload;
mod server;

pub use client::ClientTls;
pub use server::Tls;

pub(crate) use server::Acceptor;

use std::io;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// What does the cryptography, without asking which one the process has installed.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What is wrong with the parts of a configuration.
fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
