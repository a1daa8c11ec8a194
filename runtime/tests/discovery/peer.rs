//! A real server in a process of its own, on 127.0.0.1 and a port of its own, which a test may kill and start again.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The program that a variable names.
pub(crate) fn program(variable: &str) -> PathBuf {
    let path = PathBuf::from(std::env::var_os(variable).unwrap_or_default());
    assert!(path.is_file(), "{variable} names no program: `{}`", path.display());
    path
}

/// An address of this machine that nobody listens at.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A server and where it keeps its files.
#[derive(Debug)]
pub(crate) struct Peer {
    program: PathBuf,
    arguments: Vec<String>,
    address: SocketAddr,
    folder: TempDir,
    running: Option<Child>,
}

impl Peer {
    /// One that answers TCP at that address once it runs; it is not started yet.
    pub(crate) fn new(program: PathBuf, address: SocketAddr, folder: TempDir, arguments: Vec<String>) -> Peer {
        Peer { program, arguments, address, folder, running: None }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Starts it, or starts it again with what it keeps; ready when it answers.
    pub(crate) fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder().join("log")).unwrap();
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.spawn().unwrap();
        #[allow(clippy::disallowed_methods, reason = "another process does not live by tokio's clock")]
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = child.try_wait().unwrap();
            let late = begun.elapsed() > Duration::from_secs(20);
            assert!(ended.is_none() && !late, "{} does not start: {}", self.program.display(), self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.running = Some(child);
    }

    /// Sends it a signal by name, to its id alone.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.running.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
    }

    /// Kills it, as a machine dies.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}
