//! A server in a process of its own, and what it has used.

use std::io::{self, BufRead as _, BufReader, Lines, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::allocations;
use crate::peers::Peer;

/// The core that servers run on; the client has another.
const SERVER_CORE: &str = "0";

/// Until it is dropped.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    pub address: SocketAddr,
}

/// What a thread has had so far.
#[derive(Clone, Copy)]
pub struct Used {
    pub cpu_ns: f64,
    pub allocations: f64,
}

impl Server {
    /// Starts a server on its core.
    pub fn start(peer: Peer) -> io::Result<Server> {
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER_CORE]).arg(std::env::current_exe()?);
        Server::spawn(command, peer)
    }

    /// Starts a server that counts its instructions into a file when it ends.
    pub fn start_counting(peer: Peer, counts: &Path) -> io::Result<Server> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", counts.display()));
        command.arg(std::env::current_exe()?);
        Server::spawn(command, peer)
    }

    fn spawn(mut command: Command, peer: Peer) -> io::Result<Server> {
        command.args(["serve", peer.name()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
        let first = lines.next().ok_or_else(|| io::Error::other(format!("{} did not start", peer.name())))??;
        let address = first.parse().map_err(io::Error::other)?;
        Ok(Server { input: child.stdin.take(), child, lines, address })
    }

    /// What its thread has used.
    pub fn used(&mut self) -> io::Result<Used> {
        writeln!(self.input.as_mut().expect("it is open while it runs"))?;
        let line = self.lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        let mut numbers = line.split(' ').filter_map(|word| word.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(cpu_ns), Some(allocations)) => Ok(Used { cpu_ns, allocations }),
            _ => Err(io::Error::other(line)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its input does, in order, so that instructions are written.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// Serves on this thread, and says what it has used whenever it is asked.
pub fn serve(peer: Peer) {
    let wanted = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(wanted).with_writer(io::sink).init();
    let thread = std::process::id();
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        for _ in io::stdin().lock().lines() {
            let used = used(thread);
            println!("{} {}", used.cpu_ns, used.allocations);
        }
        end.send(())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            () = peer.serve(|address| println!("{address}")) => {}
            _ = ended => {}
        }
    });
}

/// What a thread of this process has used; of allocations, what the whole process has.
pub fn used(thread: u32) -> Used {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).unwrap();
    let cpu_ns = text.split(' ').next().unwrap().parse().unwrap();
    Used { cpu_ns, allocations: allocations::count() as f64 }
}
