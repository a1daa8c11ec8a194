//! Where calls go: equal replicas, and one or many of them with something wrong.

use wireloom_policy::hedge::{After, Config as Hedge};

use super::{Effort, Row};
use crate::chart::{Chart, Curve};
use crate::compare::{OURS, brief, most, peers, ratio, seeds};
use crate::outcome::Outcome;
use crate::replica::Fault;
use crate::setups::{bare, ours};
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
    let compared = Compared::new("half slow", effort, 0.6375, slow);
    let all_seeds = seeds(&slow(bare(0.6375)), crate::compare::PICKERS[3], effort.seeds);
    let near = ratio(&compared.ours, &all_seeds, p99);
    compared.row(&format!("p99 x {near:.2}"), "all well, p99 <= 1.1 x probing", |all_good| all_good && near <= 1.1)
}

fn slow(setup: Setup) -> Setup {
    setup.with_fault(0..1, Fault::Slow(10.0))
}

pub(super) fn slow_replica(effort: Effort) -> Row {
    let compared = Compared::new("slow replica", effort, 0.7, slow);
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
    let compared = Compared::new("fast failure", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Fails(1.0)));
    compared.row("", "all well", |all_good| all_good)
}

pub(super) fn gray_failure(effort: Effort) -> Row {
    let compared = Compared::new("gray failure", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Fails(0.5)));
    compared.row("", "all well", |all_good| all_good)
}

pub(super) fn hang(effort: Effort) -> Row {
    let compared = Compared::new("hang", effort, 0.7, |setup| setup.with_fault(0..1, Fault::Hangs));
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
}

impl Compared {
    fn new(name: &'static str, effort: Effort, load: f64, change: impl Fn(Setup) -> Setup) -> Compared {
        let ours = seeds(&change(ours(load)), OURS, effort.seeds);
        Compared { name, peers: peers(&change(bare(load)), effort), ours }
    }

    /// `met` is told whether all calls of all seeds went well.
    fn row(self, figure: &str, goal: &'static str, met: impl Fn(bool) -> bool) -> Row {
        let all_good = most(&self.ours, |it| it.failed() as f64) == 0.0;
        let curves = |figure: fn(&crate::outcome::Second) -> f32| {
            let peers = self.peers.iter().zip(super::PEERS).take(3);
            let curve = |(outcomes, name): (&Vec<Outcome>, &'static str)| {
                outcomes.first().map(|it| Curve::of(name, &it.seconds, figure))
            };
            peers.filter_map(curve).chain([Curve::of("Wireloom", &self.ours[0].seconds, figure)]).collect()
        };
        let success = Chart::new(self.name, "success", "calls that went well, %", curves(|it| it.success()));
        let latency = Chart::new(self.name, "latency", "p99, ms (logarithmic)", curves(|it| it.p99)).logarithmic();
        Row {
            name: self.name,
            peers: self.peers.each_ref().map(|outcomes| brief(outcomes)),
            ours: format!("{} {figure}", brief(&self.ours)),
            goal,
            met: met(all_good),
            charts: vec![success, latency],
        }
    }
}
