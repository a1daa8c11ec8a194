//! The servers that are measured, and each one's own client.

mod checks;
mod tarpc;
mod tonic_bare;
mod tonic_same;
mod wireloom_own;

use std::net::SocketAddr;

use bytes::Bytes;

/// What the compiler of protobuf makes of the contract.
mod proto {
    #![allow(clippy::all, dead_code, unused_qualifications, reason = "it is not ours")]
    include!(concat!(env!("OUT_DIR"), "/protobuf.rs"));
}

/// A server and its wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Generated from the contract, over native RPC.
    Native,
    /// tarpc, whose wire is its own.
    Tarpc,
    /// Generated from the contract, over gRPC.
    Grpc,
    /// tonic with nothing around the handlers, which move protobuf's types.
    TonicBare,
    /// tonic with what Wireloom does for every call: deadline, span, request id, own types, checks.
    TonicSame,
}

impl Peer {
    /// All of them.
    pub const ALL: [Peer; 5] = [Peer::Native, Peer::Tarpc, Peer::Grpc, Peer::TonicBare, Peer::TonicSame];

    /// What it is called on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Native => "wireloom rpc",
            Peer::Tarpc => "tarpc",
            Peer::Grpc => "wireloom grpc",
            Peer::TonicBare => "tonic",
            Peer::TonicSame => "tonic-same",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Peer> {
        Peer::ALL.into_iter().find(|peer| peer.name() == name)
    }

    /// Serves at a free port, for ever.
    pub async fn serve(self, listening: impl FnOnce(SocketAddr)) {
        match self {
            Peer::Native => wireloom_bench::calls::serve(|at| listening(at.native)).await.unwrap(),
            Peer::Grpc => wireloom_bench::calls::serve(|at| listening(at.grpc)).await.unwrap(),
            Peer::Tarpc => tarpc::serve(listening).await,
            Peer::TonicBare => tonic_bare::serve(listening).await,
            Peer::TonicSame => tonic_same::serve(listening).await,
        }
    }

    /// Connects this peer's own client.
    pub async fn connect(self, address: SocketAddr) -> Client {
        match self {
            Peer::Native => Client::Native(wireloom_own::native(address)),
            Peer::Grpc => Client::Grpc(wireloom_own::grpc(address)),
            Peer::Tarpc => Client::Tarpc(tarpc::Client::connect(address).await),
            Peer::TonicBare | Peer::TonicSame => Client::Tonic(tonic_bare::Client::connect(address).await),
        }
    }
}

/// The own client of a peer; clones share a connection.
#[derive(Clone)]
pub enum Client {
    Native(wireloom_own::Native),
    Grpc(wireloom_own::Grpc),
    Tarpc(tarpc::Client),
    Tonic(tonic_bare::Client),
}

impl Client {
    /// One call.
    pub async fn echo(&mut self, payload: Bytes) -> Bytes {
        match self {
            Client::Native(client) => client.echo(payload).await,
            Client::Grpc(client) => client.echo(payload).await,
            Client::Tarpc(client) => client.echo(payload).await,
            Client::Tonic(client) => client.echo(payload).await,
        }
    }
}
