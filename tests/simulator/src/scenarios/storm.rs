//! A retry storm: everything is three times slower for five seconds, and then is not.

use std::time::Duration;

use super::{Effort, Row};
use crate::chart::{Chart, Curve};
use crate::compare::{OURS, least, most, peers, percent, seeds};
use crate::outcome::{Outcome, Second};
use crate::replica::Fault;
use crate::setups::{REPLICAS, bare, ours};
use crate::world::Setup;

const TIME: u64 = 60;
const FAULT: (u64, u64) = (10, 15);
const LOAD: f64 = 0.75;

/// Whether the clients come back is what matters: the five seconds are lost anyhow.
pub(super) fn retry_storm(effort: Effort) -> Row {
    // Three retries and no budget, over servers that queue whatever comes.
    let peers = peers(&stormy(bare(LOAD)).with_retries(3, 1.0), effort);
    let others = [
        ("no retry", stormy(bare(LOAD))),
        ("budget 20 %", stormy(bare(LOAD)).with_retries(3, 0.2)),
        ("budget 10 %", stormy(bare(LOAD)).with_retries(3, 0.1)),
    ];
    let outcomes = seeds(&stormy(ours(LOAD)).with_intake(), OURS, effort.seeds);
    let (success, sent) = (least(&outcomes, Outcome::success), most(&outcomes, Outcome::amplification));
    let back = most(&outcomes, |it| it.recovered_after(FAULT.1 as usize) as f64);

    let mut curves = Vec::new();
    if let Some(outcome) = peers[2].first() {
        curves.push(Curve::of("3 retries, no budget", &outcome.seconds, Second::success));
        for (name, setup) in &others {
            let outcome = seeds(setup, crate::compare::PICKERS[2], 1).remove(0);
            curves.push(Curve::of(name, &outcome.seconds, Second::success));
        }
    }
    curves.push(Curve::of("Wireloom", &outcomes[0].seconds, Second::success));
    let chart = Chart::new("retry storm", "success", "calls that went well, %", curves);
    Row {
        name: "retry storm",
        peers: peers.each_ref().map(|outcomes| brief(outcomes)),
        ours: format!("{} % sent {sent:.2} back after {back} s", percent(success)),
        goal: ">= 94.5 %, sent <= 1.05, back within 1 s",
        met: success >= 94.5 && sent <= 1.05 && back <= 1.0,
        charts: vec![chart],
    }
}

fn stormy(setup: Setup) -> Setup {
    let mut setup = setup.with_fault_during(FAULT, 0..REPLICAS, Fault::Slow(3.0));
    (setup.policy.deadline, setup.policy.attempt) = (Duration::from_secs(1), Some(Duration::from_millis(200)));
    setup.time = Duration::from_secs(TIME);
    setup
}

fn brief(outcomes: &[Outcome]) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let (success, sent) = (least(outcomes, Outcome::success), most(outcomes, Outcome::amplification));
    let back = most(outcomes, |it| it.recovered_after(FAULT.1 as usize) as f64);
    let back = if back >= (TIME - FAULT.1 - 1) as f64 { "never".to_owned() } else { format!("{back} s") };
    format!("{} % sent {sent:.2} back {back}", percent(success))
}
