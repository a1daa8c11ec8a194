//! Runs a setup with several seeds, and keeps the worst.

use std::sync::Arc;

use wireloom_policy::balance::{P2c, RoundRobin};

use crate::outcome::Outcome;
use crate::pickers::{P2cPending, Probing, Random};
use crate::scenarios::Effort;
use crate::world::{MakePicker, Setup, run};

/// The picker of the runtime.
pub(crate) const OURS: MakePicker<'static> = &|_, _| Box::new(P2c::default());

/// The pickers of [`PEERS`](crate::scenarios::PEERS).
pub(crate) const PICKERS: [MakePicker<'static>; 4] = [
    &|_, _| Box::new(Random),
    &|client, _| Box::new(RoundRobin::starting_at(client * 2)),
    &|_, _| Box::new(P2cPending),
    &|_, loads| Box::new(Probing { load: Arc::clone(loads) }),
];

/// A setup with several seeds: the outcomes, that of the first seed first.
pub(crate) fn seeds(setup: &Setup, picker: MakePicker<'_>, count: u64) -> Vec<Outcome> {
    (1..=count).map(|seed| run(setup, picker, seed, &mut |_, _| {})).collect()
}

/// The setup with each of the peers' pickers.
pub(crate) fn peers(setup: &Setup, effort: Effort) -> [Vec<Outcome>; 4] {
    PICKERS.map(|picker| seeds(setup, picker, effort.peer_seeds))
}

/// The worst of a figure, where less is better.
pub(crate) fn most(outcomes: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(figure).fold(f64::MIN, f64::max)
}

/// The worst of a figure, where more is better.
pub(crate) fn least(outcomes: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(figure).fold(f64::MAX, f64::min)
}

/// The worst quotient of a figure and the same figure of the same seed elsewhere.
pub(crate) fn ratio(outcomes: &[Outcome], others: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().zip(others).map(|(one, other)| figure(one) / figure(other)).fold(f64::MIN, f64::max)
}

/// `99.98 %  29/48 ms`: success, then what 99 and 99.9 of 100 calls take at most.
pub(crate) fn brief(outcomes: &[Outcome]) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let success = least(outcomes, Outcome::success);
    let millis = |share| most(outcomes, |it| f64::from(it.percentile(share)));
    format!("{} % {:.0}/{:.0} ms", percent(success), millis(0.99), millis(0.999))
}

/// Never rounded up to 100.
pub(crate) fn percent(share: f64) -> String {
    if share >= 100.0 { "100".to_owned() } else { format!("{:.3}", (share * 1000.0).floor() / 1000.0) }
}
