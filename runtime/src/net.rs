//! Sockets: what all wires listen at and connect with, so that TLS and Unix sockets are said once.
//!
//! A wire's port takes [`Arrival`]s from a [`Listener`] and opens each in the connection's own task; a wire's client asks a
//! [`Connector`]. Both get a [`Socket`], which moves bytes and tells nothing of how.

mod address;
mod connector;
#[cfg(feature = "http")]
mod dials;
mod listener;
mod own;
mod race;
mod socket;
#[cfg(unix)]
mod unix;

pub use address::Address;
pub(crate) use connector::Connector;
#[cfg(feature = "http")]
pub(crate) use connector::{HttpConnector, PoolTimes};
pub(crate) use listener::{Arrival, Listener, Security};
pub use own::{Accept, Connect};
#[cfg(feature = "tls")]
pub(crate) use socket::Plain;
pub(crate) use socket::Socket;

/// How long connecting may take where nobody says otherwise.
#[cfg(any(feature = "http", feature = "framed"))]
pub(crate) const CONNECT_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(10);

/// What is connected to, if it is in time.
#[cfg(any(feature = "http", feature = "framed"))]
pub(crate) async fn in_time<T>(
    time_max: std::time::Duration,
    connecting: impl Future<Output = std::io::Result<T>>,
) -> std::io::Result<T> {
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, format!("not connected within {time_max:?}"));
    tokio::time::timeout(time_max, connecting).await.unwrap_or_else(|_| Err(late()))
}

/// What is spoken on a connection, as TLS negotiates it (ALPN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/2 or HTTP/1.1, as the peers agree.
    Http,
    /// HTTP/2 and nothing else.
    Http2,
    /// HTTP/1.1 and nothing else: what WebSocket begins with.
    Http1,
    /// The frames of native RPC.
    Native,
}

impl Protocol {
    /// Its names, the preferred one first.
    #[cfg(feature = "tls")]
    pub(crate) fn names(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Protocol::Http => &[b"h2", b"http/1.1"],
            Protocol::Http2 => &[b"h2"],
            Protocol::Http1 => &[b"http/1.1"],
            // The frames are those of the subprotocol of WebSocket that has this name.
            Protocol::Native => &[b"loom.v1.bin"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }
}
