//! Compilers as their users run them, each in a process of its own: the CPU time of it and of what it starts, and its most memory.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wait4::Wait4 as _;

use crate::process::sibling;
use crate::statistics::Sample;

/// What runs of one command took.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// CPU time, of user and system.
    pub milliseconds: Sample,
    /// The most memory of one process.
    pub mebibytes: Sample,
}

impl Runs {
    /// Adds a run.
    pub fn add(&mut self, run: Run) {
        self.milliseconds.push(run.milliseconds);
        self.mebibytes.push(run.mebibytes);
    }
}

/// One run of a command.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// CPU time, of user and system.
    pub milliseconds: f64,
    /// The most memory of one process.
    pub mebibytes: f64,
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be run, or fails.
pub fn run(command: &mut Command) -> io::Result<Run> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let ended = child.wait4()?;
    if !ended.status.success() {
        return Err(io::Error::other(format!("{command:?} fails: {}", ended.status)));
    }
    let used = ended.rusage;
    let milliseconds = (used.utime + used.stime).as_secs_f64() * 1e3;
    Ok(Run { milliseconds, mebibytes: used.maxrss as f64 / (1024.0 * 1024.0) })
}

/// The `wireloom` that lies beside this program.
///
/// # Errors
/// When this program's place is not known.
pub fn wireloom() -> io::Result<Command> {
    Ok(Command::new(sibling("wireloom")?))
}

/// A crate that holds generated code and nothing else, to see what rustc makes of it.
#[derive(Debug)]
pub struct Crate {
    folder: PathBuf,
    target: PathBuf,
}

impl Crate {
    /// Makes the crate in an empty folder, of these dependencies in Cargo's words. Its code lies in `src`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(folder: &Path, dependencies: &str) -> io::Result<Crate> {
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions are those of the workspace.
        std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        std::fs::write(folder.join("src/lib.rs"), "")?;
        // Beside the programs, so that the next run finds the dependencies built.
        let made = Crate { folder: folder.to_owned(), target: sibling("../check")? };
        run(&mut made.cargo_check())?;
        Ok(made)
    }

    /// Where its code lies.
    pub fn source(&self) -> PathBuf {
        self.folder.join("src")
    }

    /// `cargo check` of the crate alone, for its dependencies are built.
    ///
    /// # Errors
    /// When it fails.
    pub fn check(&self) -> io::Result<Run> {
        let root = self.source().join("lib.rs");
        // Cargo goes by times: the same text, written again, is new to it.
        std::fs::write(&root, std::fs::read(&root)?)?;
        run(&mut self.cargo_check())
    }

    fn cargo_check(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["check", "--quiet"]).current_dir(&self.folder);
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        command
    }
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
