//! WebSocket end to end over real sockets, in both forms of frames, with a service written as the generator would write it;
//! and hostile peers.

mod notes;
#[path = "framed/suite.rs"]
mod suite;

#[cfg(feature = "broker")]
#[path = "ws/events.rs"]
mod events;
#[path = "ws/hostile.rs"]
mod hostile;
#[path = "ws/peer.rs"]
mod peer;

use std::net::SocketAddr;

use suite::Wire;
use wireloom::mux::JsonFrames;
use wireloom::ws::Ws;
use wireloom::{Bound, Channel, Server};

/// Binary frames.
pub(crate) struct Binary;

impl Wire for Binary {
    type Channel = Channel<Ws>;
    // The text's number and its length, which takes three bytes where it matters.
    const ADD_BYTES: usize = 4;

    async fn bind(server: Server, address: &str) -> Bound {
        server.bind(address).await.unwrap()
    }

    fn address(bound: &Bound) -> SocketAddr {
        bound.local_addr().unwrap()
    }

    fn channel(address: SocketAddr) -> Channel<Ws> {
        Channel::ws(&format!("ws://{address}/ws/notes")).unwrap()
    }
}

/// Text frames.
pub(crate) struct Json;

impl Wire for Json {
    type Channel = Channel<Ws<JsonFrames>>;
    // `{"text":""}`
    const ADD_BYTES: usize = 11;

    async fn bind(server: Server, address: &str) -> Bound {
        server.bind(address).await.unwrap()
    }

    fn address(bound: &Bound) -> SocketAddr {
        bound.local_addr().unwrap()
    }

    fn channel(address: SocketAddr) -> Channel<Ws<JsonFrames>> {
        Channel::ws_json(&format!("ws://{address}/ws/notes")).unwrap()
    }
}

mod binary {
    crate::suite::keeps_every_promise!(crate::Binary);
}

mod json {
    crate::suite::keeps_every_promise!(crate::Json);
}
