//! The compiler beside named peers on the same contract, and its phases on a larger one.
//!
//! `bench-compiler [--quick] [--typespec TSP] [OUTPUT.md]`; it runs the `wireloom` and the `bench-tonic-build` that lie beside it,
//! `protoc`, and `cargo` on what both have generated.

#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use wireloom_bench::compilers::{Crate, Runs, run, wireloom, workspace};
use wireloom_bench::contract;
use wireloom_bench::gate::Gate;
use wireloom_bench::languages::{Language, Size};
use wireloom_bench::process::sibling;
use wireloom_bench::statistics::{Sample, table};
use wireloom_codegen::{Wires, bind, load};

const LINES: usize = 50_000;
const ROUNDS: usize = 5;

fn main() -> io::Result<()> {
    let arguments = Arguments::read();
    let folder = tempfile::tempdir()?;
    let mut gate = Gate::new();
    let peers = Peers::make(folder.path(), &arguments)?;
    let beside = peers.measure(&mut gate, &arguments)?;
    let alone = alone(&folder.path().join("company"), &mut gate, &arguments)?;
    let (taken, disturbed) = gate.taken_and_disturbed();
    let text = format!(
        "{beside}\n{alone}\n{taken} measurements, {disturbed} of them while the machine was slow; each table is of one run.\n"
    );
    io::stdout().write_all(text.as_bytes())?;
    arguments.output.map_or(Ok(()), |output| fs::write(output, text))
}

/// What the command line says.
#[derive(Default)]
struct Arguments {
    quick: bool,
    typespec: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Arguments {
        let mut read = Arguments::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => read.quick = true,
                "--typespec" => read.typespec = words.next().map(PathBuf::from),
                _ => read.output = Some(PathBuf::from(word)),
            }
        }
        read
    }

    fn size(&self) -> Size {
        if self.quick { Size { records: 100, services: 10 } } else { Size::LARGE }
    }

    fn rounds(&self) -> usize {
        if self.quick { 1 } else { ROUNDS }
    }
}

// ---- Beside peers.

/// The contract in each language, and a crate for the code of each generator.
struct Peers {
    folder: PathBuf,
    loom: Crate,
    tonic: Crate,
}

impl Peers {
    fn make(folder: &Path, arguments: &Arguments) -> io::Result<Peers> {
        for language in [Language::Loom, Language::Proto, Language::TypeSpec] {
            fs::write(folder.join(language.file_name()), language.text(arguments.size()))?;
        }
        let runtime = workspace().join("runtime").canonicalize()?;
        let runtime = format!("wireloom = {{ path = {runtime:?}, default-features = false, features = [\"rpc\"] }}\n");
        let loom = Crate::new(&folder.join("loom"), &runtime)?;
        let tonic = Crate::new(&folder.join("tonic"), "prost = \"0.14\"\ntonic = \"0.14\"\ntonic-prost = \"0.14\"\n")?;
        Ok(Peers { folder: folder.to_owned(), loom, tonic })
    }

    fn text(&self, language: Language) -> PathBuf {
        self.folder.join(language.file_name())
    }

    fn measure(&self, gate: &mut Gate, arguments: &Arguments) -> io::Result<String> {
        let mut all = Figures::default();
        for _ in 0..arguments.rounds() {
            all.start.add(gate.measure(|| run(wireloom()?.arg("--version")))?);
            all.check.add(gate.measure(|| run(wireloom()?.arg("check").arg(self.text(Language::Loom))))?);
            all.protoc.add(gate.measure(|| run(&mut self.protoc()))?);
            if let Some(tsp) = &arguments.typespec {
                let mut command = Command::new(tsp);
                command.args(["compile", "--no-emit"]).arg(self.text(Language::TypeSpec)).current_dir(&self.folder);
                all.typespec.add(gate.measure(|| run(&mut command))?);
            }
            all.generate.add(gate.measure(|| {
                self.forget()?;
                run(&mut self.generate()?)
            })?);
            let before = written(&self.loom.source())?;
            all.again.add(gate.measure(|| run(&mut self.generate()?))?);
            if written(&self.loom.source())? != before {
                return Err(io::Error::other("the second `generate` wrote something"));
            }
            all.tonic.add(gate.measure(|| run(&mut self.tonic_build()?))?);
        }
        fs::rename(self.loom.source().join("mod.rs"), self.loom.source().join("lib.rs"))?;
        fs::rename(self.tonic.source().join("bench.large.v1.rs"), self.tonic.source().join("lib.rs"))?;
        // Once, for it takes minutes, in which fast and slow phases even out; no gate knows such a time.
        all.loom_rustc.add(self.loom.check()?);
        all.tonic_rustc.add(self.tonic.check()?);
        let Size { records, services } = arguments.size();
        let lines = (lines_below(&self.loom.source())?, lines_below(&self.tonic.source())?);
        Ok(format!(
            "{}\nA contract of {records} records with ten fields each and {services} services with ten operations each, the same \
             in each language. Wireloom generated {} lines of Rust for native RPC, tonic-prost-build {} for gRPC.\n",
            all.table(),
            lines.0,
            lines.1
        ))
    }

    fn protoc(&self) -> Command {
        let mut command = Command::new("protoc");
        command.arg("-I").arg(&self.folder).arg("--descriptor_set_out").arg(self.folder.join("large.pb"));
        command.arg(self.text(Language::Proto));
        command
    }

    fn generate(&self) -> io::Result<Command> {
        let mut command = wireloom()?;
        command.args(["generate", "--wires", "rpc", "--out"]).arg(self.loom.source()).arg(self.text(Language::Loom));
        Ok(command)
    }

    fn tonic_build(&self) -> io::Result<Command> {
        let mut command = Command::new(sibling("bench-tonic-build")?);
        command.arg(self.text(Language::Proto)).arg(self.tonic.source());
        Ok(command)
    }

    /// Takes away what an earlier `generate` left, so that the next is a first one.
    fn forget(&self) -> io::Result<()> {
        fs::remove_dir_all(self.loom.source())?;
        fs::create_dir_all(self.loom.source())
    }
}

/// When each file below a folder was written.
fn written(folder: &Path) -> io::Result<BTreeMap<PathBuf, SystemTime>> {
    let mut found = BTreeMap::new();
    for path in files_below(folder)? {
        let time = fs::metadata(&path)?.modified()?;
        found.insert(path, time);
    }
    Ok(found)
}

fn lines_below(folder: &Path) -> io::Result<usize> {
    let rust = files_below(folder)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    rust.map(|path| Ok(fs::read_to_string(path)?.lines().count())).sum()
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

#[derive(Default)]
struct Figures {
    start: Runs,
    check: Runs,
    protoc: Runs,
    typespec: Runs,
    generate: Runs,
    again: Runs,
    tonic: Runs,
    loom_rustc: Runs,
    tonic_rustc: Runs,
}

impl Figures {
    fn table(&self) -> String {
        let rows = [
            Row::head(),
            Row::of("`wireloom --version`", &self.start).cells(),
            Row::of("`wireloom check`", &self.check).beside("protoc", &self.protoc, 1.0).cells(),
            Row::of("`protoc`, to a descriptor set", &self.protoc).cells(),
            Row::of("`tsp compile --no-emit`", &self.typespec).cells(),
            Row::of("`wireloom generate --wires rpc`", &self.generate)
                .beside("tonic-prost-build", &self.tonic, 1.0 / 3.0)
                .cells(),
            Row::of("the same, once more", &self.again).beside("the first", &self.generate, 0.2).cells(),
            Row::of("tonic-prost-build, as optimised", &self.tonic).cells(),
            Row::of("`cargo check` of Wireloom's code", &self.loom_rustc)
                .beside("tonic's", &self.tonic_rustc, 0.5)
                .cells(),
            Row::of("`cargo check` of tonic's and prost's", &self.tonic_rustc).cells(),
        ];
        table(&rows)
    }
}

struct Row<'a> {
    what: &'a str,
    runs: &'a Runs,
    beside: Option<(String, String)>,
}

impl<'a> Row<'a> {
    fn head() -> Vec<String> {
        let titles = ["what", "CPU ms, median (least\u{2013}greatest)", "peak MiB", "beside", "goal"];
        titles.map(str::to_owned).to_vec()
    }

    fn of(what: &'a str, runs: &'a Runs) -> Row<'a> {
        Row { what, runs, beside: None }
    }

    /// How much of the peer's time it takes, and at most should.
    fn beside(mut self, name: &str, peer: &Runs, most: f64) -> Row<'a> {
        let ratio = self.runs.milliseconds.median() / peer.milliseconds.median();
        let kept = if ratio <= most { "kept" } else { "missed" };
        self.beside = Some((format!("{ratio:.2} of {name}"), format!("\u{2264} {most:.2}: {kept}")));
        self
    }

    fn cells(self) -> Vec<String> {
        let (beside, goal) = self.beside.unwrap_or_default();
        let is_measured = self.runs.milliseconds.median() > 0.0;
        let figure = |sample: &Sample, digits| if is_measured { sample.text(digits) } else { "not run".to_owned() };
        let peak = if is_measured { format!("{:.0}", self.runs.mebibytes.median()) } else { String::new() };
        vec![self.what.to_owned(), figure(&self.runs.milliseconds, 0), peak, beside, goal]
    }
}

// ---- Alone, phase by phase.

fn alone(folder: &Path, gate: &mut Gate, arguments: &Arguments) -> io::Result<String> {
    let lines = contract::write(folder, LINES)?;
    let mut whole = Runs::default();
    let mut phases = Phases::default();
    for _ in 0..arguments.rounds() {
        whole.add(gate.measure(|| run(wireloom()?.arg("check").arg(folder)))?);
        gate.measure(|| run_phases(folder))?.add_to(&mut phases);
    }
    let row = |what: &str, figure: String| vec![what.to_owned(), figure];
    let rows = [
        row("what", "median (least\u{2013}greatest)".to_owned()),
        row("`wireloom check`, CPU ms", whole.milliseconds.text(0)),
        row("`wireloom check`, peak MiB", whole.mebibytes.text(0)),
        row("read and parse, ms by the clock", phases.load.text(0)),
        row("lower, ms by the clock", phases.lower.text(0)),
        row("bind, ms by the clock", phases.bind.text(0)),
    ];
    Ok(format!("{}\nA contract of {lines} lines, as a company's might be.\n", table(&rows)))
}

#[derive(Default)]
struct Phases {
    load: Sample,
    lower: Sample,
    bind: Sample,
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
