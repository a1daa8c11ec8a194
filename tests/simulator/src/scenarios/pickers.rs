//! Where calls go: equal replicas, and one or many of them with something wrong.

use wireloom_policy::hedge::{After, Config as Hedge};

use super::{Effort, Row};
use crate::chart::{Chart, Curve};
use crate::compare::{OURS, brief, least, most, peers, ratio, seeds};
use crate::outcome::{Outcome, Second};
use crate::replica::Fault;
use crate::setups::{bare, ours, plain};
use crate::world::Setup;

fn p99(outcome: &Outcome) -> f64 {
    f64::from(outcome.percentile(0.99))
}

fn p999(outcome: &Outcome) -> f64 {
    f64::from(outcome.percentile(0.999))
}

pub(super) fn equal(effort: Effort) -> Row {
    let compared = Compared::new("equal", effort, 0.85, |setup| setup);
    let all_seeds = seeds(&bare(0.85), crate::compare::PICKERS[3], effort.seeds);
    let near = ratio(&compared.ours, &all_seeds, p99);
    compared.row(&format!("p99 x {near:.2}"), "p99 <= 1.05 x probing", |all_good| all_good && near <= 1.05)
}

pub(super) fn half_slow(effort: Effort) -> Row {
    // Five do 800 a second, five 400: 0.85 of that.
    let slow = |setup: Setup| setup.with_fault_during((0, 1000), 0..5, Fault::Slow(2.0));
    let compared = Compared::new("half slow", effort, 0.6375, slow).charted(Figure::Success);
    let all_seeds = seeds(&slow(bare(0.6375)), crate::compare::PICKERS[3], effort.seeds);
    let near = ratio(&compared.ours, &all_seeds, p99);
    compared.row(&format!("p99 x {near:.2}"), "all well, p99 <= 1.1 x probing", |all_good| all_good && near <= 1.1)
}

fn slow(setup: Setup) -> Setup {
    setup.with_fault(0..1, Fault::Slow(10.0))
}

pub(super) fn slow_replica(effort: Effort) -> Row {
    let compared = Compared::new("slow replica", effort, 0.7, slow).charted(Figure::Latency);
    let healthy = seeds(&ours(0.7), OURS, effort.seeds);
    let slower = ratio(&compared.ours, &healthy, p999);
    compared.row(&format!("p99.9 x {slower:.2}"), "p99.9 <= 1.3 x healthy", |all_good| all_good && slower <= 1.3)
}

pub(super) fn slow_replica_hedged(effort: Effort) -> Row {
    let hedged = |mut setup: Setup| {
        setup.policy.hedge = Some(Hedge { after: After::Percentile(0.99), extra: 0.02 });
        setup
    };
    let healthy = seeds(&ours(0.7), OURS, effort.seeds);
    let outcomes = seeds(&hedged(slow(ours(0.7))), OURS, effort.seeds);
    let (slower, sent) = (ratio(&outcomes, &healthy, p999), most(&outcomes, Outcome::amplification));
    let met = slower <= 1.3 && sent <= 1.02;
    Row {
        name: "slow replica, hedged",
        peers: Default::default(),
        ours: format!("{} p99.9 x {slower:.2} sent {sent:.3}", brief(&outcomes)),
        goal: "p99.9 <= 1.3 x healthy, sent <= 1.02",
        met,
        charts: Vec::new(),
    }
}

pub(super) fn fast_failure(effort: Effort) -> Row {
    let compared = Compared::new("fast failure", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Fails(1.0)))
        .charted(Figure::Success);
    compared.row("", "all well", |all_good| all_good)
}

/// With the plain defaults, nothing that fails at once is repeated: what ejection alone does for it.
pub(super) fn fast_failure_plain(effort: Effort) -> Row {
    let outcomes = seeds(&plain(0.7).with_fault(0..1, Fault::Fails(1.0)), OURS, effort.seeds);
    let failed = most(&outcomes, |it| it.failed() as f64);
    Row {
        name: "fast failure, plain",
        peers: Default::default(),
        ours: format!("{} {failed} failed", brief(&outcomes)),
        goal: ">= 99.9 %",
        met: least(&outcomes, Outcome::success) >= 99.9,
        charts: Vec::new(),
    }
}

pub(super) fn gray_failure(effort: Effort) -> Row {
    let compared = Compared::new("gray failure", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Fails(0.5)))
        .charted(Figure::Success);
    compared.row("", "all well", |all_good| all_good)
}

pub(super) fn hang(effort: Effort) -> Row {
    let compared =
        Compared::new("hang", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Hangs)).charted(Figure::Success);
    let healthy = seeds(&ours(0.7), OURS, effort.seeds);
    let slower = ratio(&compared.ours, &healthy, p999);
    compared
        .row(&format!("p99.9 x {slower:.2}"), "all well, p99.9 <= 1.3 x healthy", |all_good| all_good && slower <= 1.3)
}

/// A scenario run with our clients, and with bare ones around the peers' pickers.
struct Compared {
    name: &'static str,
    peers: [Vec<Outcome>; 4],
    ours: Vec<Outcome>,
    chart: Option<Figure>,
}

impl Compared {
    fn new(name: &'static str, effort: Effort, load: f64, change: impl Fn(Setup) -> Setup) -> Compared {
        let ours = seeds(&change(ours(load)), OURS, effort.seeds);
        Compared { name, peers: peers(&change(bare(load)), effort), ours, chart: None }
    }

    /// `met` is told whether all calls of all seeds went well.
    fn row(self, figure: &str, goal: &'static str, met: impl Fn(bool) -> bool) -> Row {
        let all_good = most(&self.ours, |it| it.failed() as f64) == 0.0;
        Row {
            name: self.name,
            peers: self.peers.each_ref().map(|outcomes| brief(outcomes)),
            ours: format!("{} {figure}", brief(&self.ours)),
            goal,
            met: met(all_good),
            charts: self.chart.map(|chart| self.draw(chart)).into_iter().collect(),
        }
    }

    fn charted(self, chart: Figure) -> Compared {
        Compared { chart: Some(chart), ..self }
    }

    fn draw(&self, figure: Figure) -> Chart {
        let of: fn(&Second) -> f32 = match figure {
            Figure::Success => Second::success,
            Figure::Latency => |second| second.p99,
        };
        let peers = self.peers.iter().zip(super::PEERS).take(3);
        let peers = peers.filter_map(|(outcomes, name)| Some(Curve::of(name, &outcomes.first()?.seconds, of)));
        let curves = peers.chain([Curve::of("Wireloom", &self.ours[0].seconds, of)]).collect();
        match figure {
            Figure::Success => Chart::new(self.name, "success", "calls that went well, %", curves),
            Figure::Latency => Chart::new(self.name, "latency", "p99, ms (logarithmic)", curves).logarithmic(),
        }
    }
}

/// What is drawn.
#[derive(Clone, Copy)]
enum Figure {
    Success,
    Latency,
}
