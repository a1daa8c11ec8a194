//! Servers in processes of their own, and what they cost.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::peers::Peer;

/// The core that servers run on; the client has another.
const SERVER_CORE: &str = "0";

/// A server process; it ends when this is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
}

impl ServerProcess {
    /// Starts a server on its core.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(peer: Peer) -> io::Result<ServerProcess> {
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER_CORE]).arg(sibling("bench-serve")?).arg(peer.name());
        ServerProcess::spawn(command)
    }

    /// Starts a server that counts its instructions into a file when it ends.
    ///
    /// # Errors
    /// When it does not start, as without valgrind.
    pub fn start_counting(peer: Peer, counts: &Path) -> io::Result<ServerProcess> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", counts.display()));
        command.arg(sibling("bench-serve")?).arg(peer.name());
        ServerProcess::spawn(command)
    }

    fn spawn(mut command: Command) -> io::Result<ServerProcess> {
        // It ends when its input does.
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| io::Error::other(format!("no address: `{line}`")))?;
        Ok(ServerProcess { child, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The CPU time that it has had.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        // Of its first thread, on which all is served.
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id()))?;
        let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
        nanoseconds.map(Duration::from_nanos).ok_or_else(|| io::Error::other("no schedstat"))
    }

    /// Waits until it has ended in order.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn stop(mut self) -> io::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().map(drop)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It has ended already, or it is not worth more.
        let _ = self.child.wait();
    }
}

/// The CPU time that all threads of a process have had.
///
/// # Errors
/// When the system does not tell.
pub fn cpu_time_of(process: u32) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // One that has just ended tells nothing any more.
        let text = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
        total += Duration::from_nanos(nanoseconds.unwrap_or_default());
    }
    Ok(total)
}

/// Another program of this build.
///
/// # Errors
/// When this one's place is not known.
pub fn sibling(name: &str) -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
