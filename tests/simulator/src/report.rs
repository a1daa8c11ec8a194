//! The command: which scenarios run, the table that is printed, the files that are drawn.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::scenarios::{ALL, Effort, PEERS, Row};

/// How the command is called.
pub const USAGE: &str = "\
simulate [OPTIONS] [SCENARIO]…

Runs the scenarios, all of them unless some are named, and fails where a goal is missed by the worst seed.

  --seeds N      seeds of our policies, 20 unless said otherwise; what they are compared with has 3 at most
  --alone        compares with nobody
  --book DIR     writes the table and the curves of the first seed there, as the book shows them
  --list         names the scenarios
";

/// What the command was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seeds of our policies.
    pub seeds: u64,
    /// Whether others are run beside them.
    pub peers: bool,
    /// Where the table and the curves are written.
    pub book: Option<PathBuf>,
    /// Names of scenarios; all of them where it is empty.
    pub only: Vec<String>,
}

impl Options {
    /// Reads the arguments of the command. `None` asks for its usage.
    ///
    /// ```
    /// let options = wireloom_simulator::Options::read(["--seeds", "3", "hang"].map(String::from)).unwrap();
    /// assert_eq!((options.seeds, options.only), (3, vec!["hang".to_owned()]));
    /// ```
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Option<Options> {
        let mut options = Options { seeds: 20, peers: true, book: None, only: Vec::new() };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seeds" => options.seeds = arguments.next()?.parse().ok().filter(|seeds| *seeds > 0)?,
                "--alone" => options.peers = false,
                "--book" => options.book = Some(arguments.next()?.into()),
                name if ALL.iter().any(|(known, _)| *known == name) => options.only.push(argument),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// The command: reads its arguments, runs, and says by its exit code whether all goals were met.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]
pub fn command() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        ALL.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    let Some(options) = Options::read(std::env::args().skip(1)) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match simulate(&options, &mut io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("simulate: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs scenarios and prints a row of each. Returns whether all goals were met.
///
/// # Errors
/// When nothing can be printed or drawn.
pub fn simulate(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let peer_seeds = if options.peers { options.seeds.min(3) } else { 0 };
    let effort = Effort { seeds: options.seeds, peer_seeds };
    let asked = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let [random, round_robin, pending, probing] = PEERS;
    let head = ["scenario", random, round_robin, pending, probing, "Wireloom, worst seed", "goal"];
    writeln!(out, "{}", line(head))?;
    let mut rows = Vec::new();
    for (_, run) in ALL.iter().filter(|(name, _)| asked(name)) {
        let row = run(effort);
        writeln!(out, "{} {}", line(row.cells()), if row.met { "met" } else { "MISSED" })?;
        out.flush()?;
        rows.push(row);
    }
    if let Some(folder) = &options.book {
        std::fs::write(folder.join("results.md"), table(head, &rows))?;
        let charts = rows.iter().flat_map(|row| &row.charts);
        charts.into_iter().try_for_each(|chart| std::fs::write(folder.join(chart.file_name()), chart.svg()))?;
    }
    Ok(rows.iter().all(|row| row.met))
}

impl Row {
    fn cells(&self) -> [&str; 7] {
        let [random, round_robin, pending, probing] = &self.peers;
        [self.name, random, round_robin, pending, probing, self.ours.trim_end(), self.goal]
    }
}

fn line(cells: [&str; 7]) -> String {
    let [name, random, round_robin, pending, probing, ours, goal] = cells;
    let peers = [random, round_robin, pending, probing].map(|cell| format!("{cell:31}")).concat();
    format!("{name:22}{peers}{ours:56}{goal:55}")
}

/// The same for the book.
fn table(head: [&str; 7], rows: &[Row]) -> String {
    let line = |cells: [&str; 7]| format!("| {} |\n", cells.join(" | "));
    let rows = rows.iter().map(|row| line(row.cells()));
    line(head) + &line(["---"; 7]) + &rows.collect::<String>()
}
