//! The compiler on a large contract: time and memory of `wireloom check`, and of each of its phases in process.
//!
//! `bench-compiler OUTPUT.md`; it runs the `wireloom` that lies beside it.

#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;
use wireloom_bench::contract;
use wireloom_bench::gate::Gate;
use wireloom_bench::process::sibling;
use wireloom_bench::statistics::{Sample, table};
use wireloom_codegen::{Wires, bind, load};

const LINES: usize = 50_000;
const ROUNDS: usize = 5;

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let lines = contract::write(folder.path(), LINES)?;
    let mut gate = Gate::new();
    let mut whole = Whole::default();
    let mut phases = Phases::default();
    for _ in 0..ROUNDS {
        gate.measure(|| check(folder.path()))?.add_to(&mut whole);
        gate.measure(|| run_phases(folder.path()))?.add_to(&mut phases);
    }
    let text = report(lines, &whole, &phases);
    io::stdout().write_all(text.as_bytes())?;
    if let Some(output) = std::env::args().nth(1) {
        std::fs::write(output, text)?;
    }
    Ok(())
}

#[derive(Default)]
struct Whole {
    milliseconds: Sample,
    mebibytes: Sample,
}

#[derive(Default)]
struct Phases {
    load: Sample,
    lower: Sample,
    bind: Sample,
}

/// One run of the command.
struct CheckRun {
    milliseconds: f64,
    mebibytes: f64,
}

impl CheckRun {
    fn add_to(&self, whole: &mut Whole) {
        whole.milliseconds.push(self.milliseconds);
        whole.mebibytes.push(self.mebibytes);
    }
}

/// CPU time and the most memory of one `wireloom check`.
fn check(folder: &Path) -> io::Result<CheckRun> {
    let mut command = Command::new(sibling("wireloom")?);
    let child = command.arg("check").arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let ended = child.wait4()?;
    if !ended.status.success() {
        return Err(io::Error::other("the contract does not check"));
    }
    let used = ended.rusage;
    let milliseconds = (used.utime + used.stime).as_secs_f64() * 1e3;
    Ok(CheckRun { milliseconds, mebibytes: used.maxrss as f64 / (1024.0 * 1024.0) })
}

/// One run of the phases, each in milliseconds by the clock.
struct PhaseRun {
    load: f64,
    lower: f64,
    bind: f64,
}

impl PhaseRun {
    fn add_to(&self, phases: &mut Phases) {
        phases.load.push(self.load);
        phases.lower.push(self.lower);
        phases.bind.push(self.bind);
    }
}

fn run_phases(folder: &Path) -> io::Result<PhaseRun> {
    let (loaded, load) = timed(|| load::load(&[folder.to_owned()], &[]));
    let loaded = loaded.map_err(io::Error::other)?;
    let ((contract, report), lower) = timed(|| loaded.lower());
    if report.has_errors() {
        return Err(io::Error::other("the contract does not lower"));
    }
    let (_, bind) = timed(|| bind::bind(&contract, Wires::default()));
    Ok(PhaseRun { load, lower, bind })
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let value = run();
    (value, started.elapsed().as_secs_f64() * 1e3)
}

fn report(lines: usize, whole: &Whole, phases: &Phases) -> String {
    let row = |what: &str, figure: String| vec![what.to_owned(), figure];
    let rows = [
        row("what", "median (least\u{2013}greatest)".to_owned()),
        row("`wireloom check`, CPU ms", whole.milliseconds.text(0)),
        row("`wireloom check`, peak MiB", whole.mebibytes.text(0)),
        row("read and parse, ms by the clock", phases.load.text(0)),
        row("lower, ms by the clock", phases.lower.text(0)),
        row("bind, ms by the clock", phases.bind.text(0)),
    ];
    format!("{}\nA contract of {lines} lines; {ROUNDS} rounds.\n", table(&rows))
}
