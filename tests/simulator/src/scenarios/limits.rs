//! Whether the adaptive limit finds out what a server bears.

use std::time::Duration;

use wireloom_policy::gradient;
use wireloom_policy::intake::{self, Concurrency};

use super::{Effort, Row};
use crate::chart::{Chart, Curve};
use crate::compare::{OURS, PICKERS, least, most, seeds};
use crate::outcome::Outcome;
use crate::replica::MEAN;
use crate::setups::bare;
use crate::world::{Setup, run};

/// What one server bears: workers.
const WORKERS: u32 = 32;
/// When the limit must have found it.
const FOUND: usize = 10;

/// One server, twice as many calls as it can do, and a limit that begins far too low, or far too high.
pub(super) fn convergence(effort: Effort) -> Row {
    let mut curves = Vec::new();
    let (mut lowest, mut highest, mut outcomes) = (f64::MAX, f64::MIN, Vec::new());
    for (name, initial) in [("from a fifth", WORKERS / 5), ("from five times", WORKERS * 5)] {
        for seed in 1..=effort.seeds {
            let (limits, outcome) = overloaded(initial, seed);
            for limit in &limits[FOUND..] {
                (lowest, highest) = (lowest.min(*limit), highest.max(*limit));
            }
            if seed == 1 {
                curves.push(Curve { name, points: limits.iter().map(|limit| *limit as f32).collect() });
            }
            outcomes.push(outcome);
        }
    }
    let capacity = f64::from(WORKERS) / MEAN.as_secs_f64();
    let goodput = least(&outcomes, |it| it.goodput_from(FOUND)) / capacity;
    let unloaded = most(&seeds(&server(0.3, None), OURS, 1), |it| f64::from(it.percentile(0.99)));
    let slower = most(&outcomes, |it| f64::from(it.percentile_of_good(0.99, FOUND))) / unloaded;
    let (low, high) = (lowest / f64::from(WORKERS), highest / f64::from(WORKERS));
    curves.push(Curve { name: "what it bears", points: vec![WORKERS as f32; curves[0].points.len()] });
    Row {
        name: "convergence",
        peers: PICKERS.map(|picker| {
            let fifo = seeds(&server(2.0, None), picker, effort.peer_seeds.min(1));
            fifo.first().map_or_else(String::new, |it| format!("goodput {:.2}", it.goodput_from(FOUND) / capacity))
        }),
        ours: format!("limit x {low:.2} to {high:.2}, goodput {goodput:.2}, p99 x {slower:.2}"),
        goal: "limit within 25 %, goodput >= 0.9, p99 <= 2 x unloaded",
        met: low >= 0.75 && high <= 1.25 && goodput >= 0.9 && slower <= 2.0,
        charts: vec![Chart::new("convergence", "limit", "limit, mean of each second", curves)],
    }
}

/// The limit of each second, and what came of the calls.
fn overloaded(initial: u32, seed: u64) -> (Vec<f64>, Outcome) {
    let adaptive = gradient::Config { initial, ..gradient::Config::default() };
    let setup = server(2.0, Some(adaptive));
    let mut seen: Vec<Vec<f64>> = Vec::new();
    let outcome = run(&setup, OURS, seed, &mut |now, replicas| {
        let second = (now.as_nanos() / 1_000_000_000) as usize;
        seen.resize(seen.len().max(second + 1), Vec::new());
        seen[second].extend(replicas[0].intake.as_ref().map(|intake| f64::from(intake.limit())));
    });
    seen.truncate(setup.time.as_secs() as usize);
    (seen.iter().map(|limits| limits.iter().sum::<f64>() / limits.len().max(1) as f64).collect(), outcome)
}

fn server(load: f64, adaptive: Option<gradient::Config>) -> Setup {
    let mut setup = bare(load);
    (setup.replicas, setup.workers, setup.time) = (1, WORKERS, Duration::from_secs(30));
    setup.intake = adaptive
        .map(|config| intake::Config { concurrency: Concurrency::Adaptive(config), ..intake::Config::default() });
    setup
}
