//! The same echo on each peer.

mod tarpc_echo;
mod tonic_echo;
mod wireloom_echo;

use bytes::Bytes;

/// Serves a peer's echo at a free port, which is told.
pub async fn serve(peer: &str) {
    match peer {
        "wireloom" => wireloom_echo::serve().await,
        "tarpc" => tarpc_echo::serve().await,
        "tonic" => tonic_echo::serve().await,
        other => panic!("no peer is called {other}"),
    }
}

/// A client of one peer.
#[derive(Clone)]
pub enum Client {
    Wireloom(wireloom_echo::Client),
    Tarpc(tarpc_echo::Client),
    Tonic(tonic_echo::Client),
}

/// Connects to a peer.
pub async fn connect(peer: &str, port: u16) -> Client {
    match peer {
        "wireloom" => Client::Wireloom(wireloom_echo::Client::connect(port)),
        "tarpc" => Client::Tarpc(tarpc_echo::Client::connect(port).await),
        "tonic" => Client::Tonic(tonic_echo::Client::connect(port).await),
        other => panic!("no peer is called {other}"),
    }
}

impl Client {
    /// One call.
    pub async fn echo(&mut self, payload: Bytes) -> Bytes {
        match self {
            Client::Wireloom(client) => client.echo(payload).await,
            Client::Tarpc(client) => client.echo(payload).await,
            Client::Tonic(client) => client.echo(payload).await,
        }
    }
}
