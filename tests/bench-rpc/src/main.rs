//! Native RPC beside tarpc and tonic, and gRPC beside tonic: what a call costs the server and the client.
//!
//! - `wireloom-bench-rpc OUTPUT.md` measures all of them in turn, in several rounds, and writes the tables; run it on another
//!   core than the servers have (`taskset -c 1`), from the root of the repository.
//! - `--quick` measures little and writes nothing, to see that all works.
//! - `instructions` counts the instructions of the servers and nothing else. They are exact on a busy machine, too, so they
//!   tell while one changes the code what the change is worth.
//!
//! Servers and client have one thread each. CPU time is the kernel's count for that thread, allocations are counted one by
//! one. Nothing is traced, unless `RUST_LOG` asks for it.

mod allocations;
mod decode;
mod instructions;
mod measure;
mod peers;
mod report;
mod server;

use std::io;

use peers::Peer;
use wireloom_bench::calls::Call;
use wireloom_bench::gate::Gate;

#[global_allocator]
static COUNTING: allocations::Counting = allocations::Counting;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", peer] => server::serve(Peer::named(peer).expect("a peer's name")),
        ["instructions"] => print!("{}", report::instructions(&instructions::count(&instructions::WHOLE)?)),
        ["--quick"] => print!("{}", compare(&measure::QUICK, &instructions::QUICK)?),
        [output] if output.ends_with(".md") => {
            let text = compare(&measure::WHOLE, &instructions::WHOLE)?;
            print!("{text}");
            std::fs::write(output, text)?;
        }
        _ => {
            eprintln!("usage: wireloom-bench-rpc OUTPUT.md | --quick | instructions");
            std::process::exit(2);
        }
    }
    Ok(())
}

fn compare(effort: &measure::Effort, counted: &instructions::Effort) -> io::Result<String> {
    let instructions = instructions::count(counted)?;
    let mut gate = Gate::new();
    let decode = decode::measure(effort.rounds, &mut gate)?;
    let costs = measure::measure(effort, &mut gate)?;
    Ok(report::Report { instructions, decode, costs }.text(&gate, effort.rounds))
}

/// What the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// The peer's own: what its users have.
    Own,
    /// The same for all servers of a wire, so cheap that the server is what is measured.
    Lean,
}

/// Connections, and calls in flight on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LoadOf {
    connections: usize,
    in_flight: u64,
}

/// What is called and what is measured of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Contender {
    call: &'static str,
    load: LoadOf,
    peer: Peer,
    caller: Caller,
}

const MANY: LoadOf = LoadOf { connections: 8, in_flight: 8 };
const CROWD: LoadOf = LoadOf { connections: 8, in_flight: 64 };
const ONE: LoadOf = LoadOf { connections: 1, in_flight: 1 };

/// All that is measured, in the order of the report.
fn contenders() -> Vec<Contender> {
    let mut all = Vec::new();
    let mut add = |call, load, peer, caller| all.push(Contender { call, load, peer, caller });
    for load in [MANY, CROWD, ONE] {
        for peer in [Peer::Native, Peer::Tarpc, Peer::TonicBare, Peer::Grpc] {
            add("echo", load, peer, Caller::Own);
        }
        for peer in [Peer::Native, Peer::TonicBare, Peer::TonicSame, Peer::Grpc] {
            add("echo", load, peer, Caller::Lean);
        }
    }
    for load in [MANY, ONE] {
        for peer in [Peer::Native, Peer::TonicBare, Peer::TonicSame, Peer::Grpc] {
            add("order", load, peer, Caller::Lean);
        }
    }
    all
}

fn call_named(name: &str) -> Call {
    Call::all().into_iter().find(|call| call.name == name).expect("it is one of them")
}
