//! Instructions of a call in the server, outside of the kernel, counted by callgrind: the same on a busy machine.

use std::collections::BTreeMap;
use std::io;
use std::process::Command;

use bytes::Bytes;
use futures_util::future::join_all;
use wireloom_bench::calls::Call;
use wireloom_bench::lean::{Connection, Http2, Native, Protocol};

use crate::peers::Peer;
use crate::server::Server;

/// Calls of two runs; the difference counts, so that the start does not.
pub struct Effort {
    calls: [u64; 2],
}

pub const WHOLE: Effort = Effort { calls: [512, 2560] };
pub const QUICK: Effort = Effort { calls: [64, 192] };

/// Calls that are sent at once over the one connection.
pub const AT_ONCE: [u64; 3] = [1, 8, 64];

/// By call, server, and calls at once.
pub type Counts = BTreeMap<(&'static str, Peer, u64), f64>;

/// Counts for all servers; nothing where there is no valgrind.
pub fn count(effort: &Effort) -> io::Result<Counts> {
    let mut counts = Counts::new();
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(counts);
    }
    for call in Call::all() {
        for peer in Peer::ALL.into_iter().filter(|&peer| call.name == "echo" || peer != Peer::Tarpc) {
            for at_once in AT_ONCE {
                let [few, many] = effort.calls.map(|calls| total(&call, peer, at_once, calls));
                let each = (many? - few?) / (effort.calls[1] - effort.calls[0]) as f64;
                counts.insert((call.name, peer, at_once), each);
            }
        }
    }
    Ok(counts)
}

/// Instructions of a server that answers so many calls.
fn total(call: &Call, peer: Peer, at_once: u64, calls: u64) -> io::Result<f64> {
    let counts = tempfile::NamedTempFile::new()?;
    let server = Server::start_counting(peer, counts.path())?;
    match peer {
        Peer::Native => lean::<Native>(call, &server, at_once, calls)?,
        Peer::Grpc | Peer::TonicBare | Peer::TonicSame => lean::<Http2>(call, &server, at_once, calls)?,
        Peer::Tarpc => own(peer, &server, at_once, calls)?,
    }
    drop(server);
    let text = std::fs::read_to_string(counts.path())?;
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok());
    total.ok_or_else(|| io::Error::other("valgrind counted nothing"))
}

fn lean<P: Protocol>(call: &Call, server: &Server, at_once: u64, calls: u64) -> io::Result<()> {
    Connection::<P>::open(server.address, call)?.call(calls, at_once)
}

fn own(peer: Peer, server: &Server, at_once: u64, calls: u64) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = peer.connect(server.address).await;
        for _ in 0..calls / at_once {
            join_all((0..at_once).map(async |_| client.clone().echo(Bytes::from_static(&[b'x'; 64])).await)).await;
        }
    });
    Ok(())
}
