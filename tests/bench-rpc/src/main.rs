//! Echoes 64 bytes over native RPC, tarpc and tonic, in turns, and says what a call costs the server and the client.
//!
//! `cargo run --release [ROUNDS]`. Server and client are processes of one thread each, pinned to a core each (`taskset`); each
//! peer uses its own client. CPU time is the kernel's count for that thread; allocations are counted exactly. Nothing
//! is traced, unless `RUST_LOG` asks for it.

mod allocations;
mod drive;
mod peers;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};

#[global_allocator]
static COUNTING: allocations::Counting = allocations::Counting;

const PEERS: [&str; 3] = ["wireloom", "tarpc", "tonic"];

/// Connections and calls in flight on each.
const LOADS: [(usize, usize); 3] = [(8, 8), (8, 64), (1, 1)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", peer] => serve(peer),
        ["drive", peer, port, connections, in_flight] => {
            drive::drive(peer, number(port), number(connections), number(in_flight));
        }
        [] => compare(3),
        [rounds] => compare(number(rounds)),
        _ => panic!("usage: wireloom-bench [ROUNDS]"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// What a call costs.
#[derive(Clone, Copy)]
struct Cost {
    server_ns: f64,
    server_allocations: f64,
    client_ns: f64,
    client_allocations: f64,
}

fn compare(rounds: usize) {
    for (connections, in_flight) in LOADS {
        println!("echo 64 B, {} in flight over {connections} connections; median of {rounds}", connections * in_flight);
        let mut costs = vec![Vec::new(); PEERS.len()];
        for _ in 0..rounds {
            for (peer, costs) in PEERS.iter().zip(&mut costs) {
                costs.push(measure(peer, connections, in_flight));
            }
        }
        for (peer, costs) in PEERS.iter().zip(&costs) {
            println!(
                "  {peer:9} server {:6.2} us ({:.2}-{:.2}) {:5.2} allocations   client {:6.2} us {:5.2} allocations",
                median(costs, |cost| cost.server_ns) / 1e3,
                costs.iter().map(|cost| cost.server_ns).fold(f64::MAX, f64::min) / 1e3,
                costs.iter().map(|cost| cost.server_ns).fold(0.0, f64::max) / 1e3,
                median(costs, |cost| cost.server_allocations),
                median(costs, |cost| cost.client_ns) / 1e3,
                median(costs, |cost| cost.client_allocations),
            );
        }
        let server = |index: usize| median(&costs[index], |cost| cost.server_ns);
        let client = |index: usize| median(&costs[index], |cost| cost.client_ns);
        for (index, peer) in PEERS.iter().enumerate().skip(1) {
            println!(
                "  {peer} / wireloom: server {:.1}, client {:.1}",
                server(index) / server(0),
                client(index) / client(0)
            );
        }
    }
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut all: Vec<f64> = costs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// One run: a server on core 0, a client on core 1.
fn measure(peer: &str, connections: usize, in_flight: usize) -> Cost {
    let mut server = Server::start(peer);
    let before = server.used();
    let port = server.port.to_string();
    let client = pinned(1, &["drive", peer, &port, &connections.to_string(), &in_flight.to_string()]).output().unwrap();
    let after = server.used();
    let said = String::from_utf8(client.stdout).unwrap();
    let said: Vec<f64> = said.split_whitespace().map(number).collect();
    let [calls, client_ns, client_allocations] = said[..] else { panic!("the client of {peer} failed") };
    Cost {
        server_ns: (after.0 - before.0) / calls,
        server_allocations: (after.1 - before.1) / calls,
        client_ns: client_ns / calls,
        client_allocations: client_allocations / calls,
    }
}

fn pinned(core: usize, arguments: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(std::env::current_exe().unwrap()).args(arguments);
    command
}

struct Server {
    process: Child,
    input: ChildStdin,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    port: u16,
}

impl Server {
    fn start(peer: &str) -> Server {
        let mut process = pinned(0, &["serve", peer]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = number(&lines.next().unwrap().unwrap());
        Server { input: process.stdin.take().unwrap(), process, lines, port }
    }

    /// CPU time in nanoseconds, and allocations, so far.
    fn used(&mut self) -> (f64, f64) {
        writeln!(self.input, "used").unwrap();
        let line = self.lines.next().unwrap().unwrap();
        let (cpu, allocations) = line.split_once(' ').unwrap();
        (number(cpu), number(allocations))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves a peer's echo on this thread, and says what has been used whenever it is asked.
fn serve(peer: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::sink)
        .init();
    let thread = std::process::id();
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines() {
            println!("{} {}", cpu_ns(thread), allocations::count());
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(peers::serve(peer));
}

/// CPU time of a thread of this process.
fn cpu_ns(thread: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).unwrap();
    number(text.split_whitespace().next().unwrap())
}
