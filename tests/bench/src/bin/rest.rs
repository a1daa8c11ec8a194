//! REST servers beside one another: CPU time, instructions and allocations of the server for one request.
//!
//! `bench-rest OUTPUT.md` measures all servers in turn, in several rounds; run it on another core than the servers have
//! (`taskset -c 1`). `bench-rest --quick` measures little, to see that all works.

#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use wireloom_bench::cases::Case;
use wireloom_bench::client::{self, Load};
use wireloom_bench::gate::Gate;
use wireloom_bench::peers::Peer;
use wireloom_bench::process::{ServerProcess, sibling};
use wireloom_bench::statistics::{Sample, table};

/// Connections, each with one request in flight.
const CONNECTIONS: [usize; 2] = [64, 1];

/// Requests counted for instructions: the difference of two runs, so that the start does not count.
const COUNTED: [u64; 2] = [500, 2500];

fn main() -> io::Result<()> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let effort = if argument == "--quick" { Effort::QUICK } else { Effort::WHOLE };
    compare_answers()?;
    let mut report = Report { allocations: allocations()?, instructions: instructions()?, times: BTreeMap::new() };
    let gate = measure_times(&effort, &mut report.times)?;
    let text = report.text(&gate, effort.rounds);
    io::stdout().write_all(text.as_bytes())?;
    if argument.ends_with(".md") {
        std::fs::write(Path::new(&argument), text)?;
    }
    Ok(())
}

/// How much is measured.
struct Effort {
    rounds: usize,
    warm_up: Duration,
    window: Duration,
}

impl Effort {
    const WHOLE: Effort = Effort { rounds: 9, warm_up: Duration::from_millis(120), window: Duration::from_millis(400) };
    const QUICK: Effort = Effort { rounds: 1, warm_up: Duration::from_millis(20), window: Duration::from_millis(50) };
}

/// What is measured of one server: the case and its connections stand in the key.
#[derive(Default)]
struct Times {
    microseconds: Sample,
    thousands_a_second: Sample,
}

type Key = (&'static str, usize, &'static str);

struct Report {
    allocations: BTreeMap<(String, String), String>,
    instructions: BTreeMap<(&'static str, &'static str), f64>,
    times: BTreeMap<Key, Times>,
}

/// The servers that answer a case.
fn peers(case: &Case) -> impl Iterator<Item = Peer> + use<> {
    let compared = case.compared;
    Peer::ALL.into_iter().filter(move |&peer| compared || peer == Peer::Wireloom)
}

/// All servers must answer with the same bytes, or what they cost cannot be compared.
fn compare_answers() -> io::Result<()> {
    for mut case in Case::all() {
        let mut expected: Option<Vec<u8>> = None;
        for peer in peers(&case) {
            let server = ServerProcess::start(peer)?;
            let mut buffer = client::buffer();
            let answer = exchange(&server, &mut case, 0..1, &mut buffer)?.to_vec();
            let expected = expected.get_or_insert_with(|| answer.clone());
            if *expected != answer {
                let texts = [&*expected, &answer].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                return Err(io::Error::other(format!("{} answers otherwise:\n{}", peer.name(), texts.join("\n"))));
            }
        }
    }
    Ok(())
}

/// Sends the requests of these numbers over one connection; gives the last answer's body.
fn exchange<'b>(
    server: &ServerProcess,
    case: &mut Case,
    numbers: std::ops::Range<u64>,
    buffer: &'b mut [u8],
) -> io::Result<&'b [u8]> {
    let mut stream = std::net::TcpStream::connect(server.address())?;
    stream.set_nodelay(true)?;
    let mut range = 0..0;
    for number in numbers {
        range = client::exchange(&mut stream, case.request(number), buffer)?;
    }
    Ok(&buffer[range])
}

fn measure_times(effort: &Effort, times: &mut BTreeMap<Key, Times>) -> io::Result<Gate> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut gate = Gate::new();
    let servers = Peer::ALL.map(|peer| ServerProcess::start(peer).map(|server| (peer, server)));
    let servers = servers.into_iter().collect::<io::Result<Vec<_>>>()?;
    for round in 0..effort.rounds {
        for case in Case::all() {
            for connections in CONNECTIONS {
                // Each round begins with another server, so that none is always the first.
                for turn in 0..servers.len() {
                    let (peer, server) = &servers[(turn + round) % servers.len()];
                    if !peers(&case).any(|it| it == *peer) {
                        continue;
                    }
                    let (cpu, rate) = gate.measure(|| runtime.block_on(measure(server, &case, connections, effort)))?;
                    let times = times.entry((case.name, connections, peer.name())).or_default();
                    times.microseconds.push(cpu);
                    times.thousands_a_second.push(rate);
                }
            }
        }
    }
    Ok(gate)
}

/// The server's CPU time of a request in microseconds, and thousands of requests in a second.
async fn measure(server: &ServerProcess, case: &Case, connections: usize, effort: &Effort) -> io::Result<(f64, f64)> {
    let mut load = Load::start(server.address(), case, connections).await?;
    tokio::time::sleep(effort.warm_up).await;
    let (answers, cpu, started) = (load.answers(), server.cpu_time()?, Instant::now());
    tokio::time::sleep(effort.window).await;
    let (answers, cpu, time) = (load.answers() - answers, server.cpu_time()? - cpu, started.elapsed());
    load.check()?;
    let answers = answers.max(1) as f64;
    Ok((cpu.as_secs_f64() * 1e6 / answers, answers / time.as_secs_f64() / 1e3))
}

/// By server and case, from the program that counts them.
fn allocations() -> io::Result<BTreeMap<(String, String), String>> {
    let output = Command::new(sibling("bench-allocations")?).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures = text.lines().filter_map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        Some(((words.next()?, words.next()?), words.next()?))
    });
    Ok(figures.collect())
}

/// Thousands of instructions of a request outside of the kernel; nothing where there is no valgrind.
fn instructions() -> io::Result<BTreeMap<(&'static str, &'static str), f64>> {
    let mut figures = BTreeMap::new();
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(figures);
    }
    for case in Case::all() {
        for peer in peers(&case) {
            let [few, many] = COUNTED.map(|count| instructions_of(peer, &mut case.clone(), count));
            let each = (many? - few?) / (COUNTED[1] - COUNTED[0]) as f64;
            figures.insert((peer.name(), case.name), each / 1e3);
        }
    }
    Ok(figures)
}

fn instructions_of(peer: Peer, case: &mut Case, count: u64) -> io::Result<f64> {
    let counts = tempfile::NamedTempFile::new()?;
    let server = ServerProcess::start_counting(peer, counts.path())?;
    exchange(&server, case, 0..count, &mut client::buffer())?;
    server.stop()?;
    let text = std::fs::read_to_string(counts.path())?;
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok());
    total.ok_or_else(|| io::Error::other("valgrind counted nothing"))
}

/// How many threads wanted a core in the last minute, as the system tells it.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

impl Report {
    fn text(&self, gate: &Gate, rounds: usize) -> String {
        let head = [
            "case",
            "server",
            "connections",
            "CPU µs",
            "vs axum-same",
            "vs axum-bare",
            "k req/s",
            "k instructions",
            "allocations",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for case in Case::all() {
            for connections in CONNECTIONS {
                rows.extend(peers(&case).map(|peer| self.row(&case, connections, peer)));
            }
        }
        let (taken, disturbed) = gate.taken_and_disturbed();
        let note = format!(
            "Medians (least\u{2013}greatest) of {rounds} rounds; {disturbed} of {taken} measurements were taken in a slow \
             phase of the machine. Load of the machine at the end: {} (2 is this benchmark alone).",
            load_average()
        );
        format!("{}\n{note}\n", table(&rows))
    }

    fn row(&self, case: &Case, connections: usize, peer: Peer) -> Vec<String> {
        let cpu =
            |of: Peer| self.times.get(&(case.name, connections, of.name())).map(|times| times.microseconds.median());
        let ratio = |to: Peer| match (cpu(peer), cpu(to)) {
            (Some(own), Some(other)) => format!("{:.2}", own / other),
            _ => String::new(),
        };
        let times = &self.times[&(case.name, connections, peer.name())];
        let instructions = self.instructions.get(&(peer.name(), case.name));
        let allocations = self.allocations.get(&(peer.name().to_owned(), case.name.to_owned()));
        vec![
            case.name.to_owned(),
            peer.name().to_owned(),
            connections.to_string(),
            times.microseconds.text(1),
            ratio(Peer::AxumSame),
            ratio(Peer::AxumBare),
            format!("{:.1}", times.thousands_a_second.median()),
            instructions.map(|count| format!("{count:.1}")).unwrap_or_default(),
            allocations.cloned().unwrap_or_default(),
        ]
    }
}
