//! The command: which scenarios run, the table that is printed, the files that are drawn.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::scenarios::{ALL, Effort, PEERS, Row};

/// How the command is called.
pub const USAGE: &str = "\
simulate [OPTIONS] [SCENARIO]…

Runs the scenarios, all of them unless some are named, and fails where a goal is missed by the worst seed.

  --seeds N      seeds of our policies, 20 unless said otherwise; what they are compared with has 3 at most
  --alone        compares with nobody
  --plots DIR    draws the curves of the first seed there, as SVG
  --list         names the scenarios
";

/// What the command was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seeds of our policies.
    pub seeds: u64,
    /// Whether others are run beside them.
    pub peers: bool,
    /// Where curves are drawn.
    pub plots: Option<PathBuf>,
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
        let mut options = Options { seeds: 20, peers: true, plots: None, only: Vec::new() };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seeds" => options.seeds = arguments.next()?.parse().ok().filter(|seeds| *seeds > 0)?,
                "--alone" => options.peers = false,
                "--plots" => options.plots = Some(arguments.next()?.into()),
                name if ALL.iter().any(|(known, _)| *known == name) => options.only.push(argument),
                _ => return None,
            }
        }
        Some(options)
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
    writeln!(out, "{}", line(["scenario", PEERS[0], PEERS[1], PEERS[2], PEERS[3], "Wireloom, worst seed", "goal"]))?;
    let mut all_met = true;
    for (_, run) in ALL.iter().filter(|(name, _)| asked(name)) {
        let row = run(effort);
        let [random, round_robin, pending, probing] = &row.peers;
        let verdict = if row.met { "met" } else { "MISSED" };
        let ours = row.ours.trim_end();
        writeln!(out, "{} {verdict}", line([row.name, random, round_robin, pending, probing, ours, row.goal]))?;
        out.flush()?;
        draw(options, &row)?;
        all_met &= row.met;
    }
    Ok(all_met)
}

fn line(cells: [&str; 7]) -> String {
    let [name, random, round_robin, pending, probing, ours, goal] = cells;
    let peers = [random, round_robin, pending, probing].map(|cell| format!("{cell:26}")).concat();
    format!("{name:21}{peers}{ours:55}{goal:55}")
}

fn draw(options: &Options, row: &Row) -> io::Result<()> {
    let Some(folder) = &options.plots else { return Ok(()) };
    row.charts.iter().try_for_each(|chart| std::fs::write(folder.join(chart.file_name()), chart.svg()))
}
