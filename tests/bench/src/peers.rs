//! The servers that are measured: Wireloom, and axum as a good team would write it by hand.
//!
//! They agree: same types in and out, everything that the contract demands is checked and every
//! violation told with its path, and nothing is kept. What a server does beside that is said with it.

mod axum_bare;
mod axum_same;
mod shop;
mod wireloom;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

pub use wireloom::Handler;
pub(crate) use wireloom::order_of;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Generated from the contract: deadline, span, request id, admission, bounded headers, connections and time for
    /// headers, an orderly end.
    Wireloom,
    /// Hand-written: deadline, span, request id, time for headers and an orderly end as well.
    AxumSame,
    /// Hand-written: `Json` extractor, checks, `Json` answer, and nothing else.
    AxumBare,
}

/// A server that listens: its address, and what serves while it is polled.
pub type Listening = (SocketAddr, Pin<Box<dyn Future<Output = ()>>>);

impl Peer {
    /// All of them, in the order of the report.
    pub const ALL: [Peer; 3] = [Peer::Wireloom, Peer::AxumSame, Peer::AxumBare];

    /// What it is called on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Wireloom => "wireloom",
            Peer::AxumSame => "axum-same",
            Peer::AxumBare => "axum-bare",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Peer> {
        Peer::ALL.into_iter().find(|peer| peer.name() == name)
    }

    /// Listens at a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn listen(self) -> io::Result<Listening> {
        match self {
            Peer::Wireloom => wireloom::listen().await,
            Peer::AxumSame => axum_same::listen().await,
            Peer::AxumBare => axum_bare::listen().await,
        }
    }
}
