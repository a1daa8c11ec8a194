//! The scenarios of `tests/scenarios`, run over every wire: what a call comes to must not depend on how it travels.
//!
//! `tests/scenarios/README.md` tells how they are written. One test a wire reports every scenario that fails on it, and every
//! gap of `known_gaps.yaml` that is none. To add a wire: a line in `wires.rs`.

mod calls;
mod expect;
mod format;
mod gaps;
mod garbage;
mod run;
mod service;
mod wires;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use self::format::Scenario;
use self::gaps::Gaps;
use self::wires::Wire;

/// A scenario that takes longer hangs.
const TIME_MAX: Duration = Duration::from_secs(20);

#[test]
fn what_scenarios_and_gaps_name_is_there() {
    let scenarios = format::read_all();
    let mut names = BTreeSet::new();
    for scenario in &scenarios {
        assert!(names.insert(scenario.name.as_str()), "two scenarios are named `{}`", scenario.name);
        for wire in &scenario.not_over {
            assert!(Wire::named(wire).is_some(), "`{}` is not for `{wire}`, which is no wire", scenario.name);
        }
    }
    for gap in Gaps::read().all() {
        assert!(Wire::named(&gap.wire).is_some(), "a gap is of `{}`, which is no wire", gap.wire);
        assert!(!gap.why.is_empty(), "a gap of `{}` says no reason", gap.wire);
        for name in &gap.scenarios {
            let scenario = scenarios.iter().find(|scenario| scenario.name == *name);
            let scenario = scenario.unwrap_or_else(|| panic!("a gap names `{name}`, which is no scenario"));
            assert!(!scenario.not_over.contains(&gap.wire), "`{name}` is not for `{}` anyway", gap.wire);
        }
    }
}

/// Scenarios at once: some have deadlines, which the start of all of them would use up.
const AT_ONCE: usize = 8;

/// Runs every scenario over a wire, and tells of all that went otherwise than it should.
async fn all_over(wire: &str) {
    let (scenarios, gaps) = (format::read_all(), Gaps::read());
    let of_wire = scenarios.iter().filter(|scenario| !scenario.not_over.iter().any(|name| name == wire));
    let runs = of_wire.map(|scenario| {
        let scenario = scenario.clone();
        let (name, file) = (scenario.name.clone(), scenario.file.clone());
        let wire = Wire::named(wire).expect("a test names a wire of the table");
        async move {
            // A task each, so that one that panics is one that fails.
            let ended = tokio::spawn(one(scenario, wire)).await;
            (name, file, ended.unwrap_or_else(|panic| Err(Wrong::Crash(format!("the scenario panicked: {panic}")))))
        }
    });
    let mut wrong = Vec::new();
    for (name, file, ended) in stream::iter(runs).buffered(AT_ONCE).collect::<Vec<_>>().await {
        match (ended, gaps.find(wire, &name)) {
            (Ok(()), None) | (Err(Wrong::Answer(_)), Some(_)) => {}
            // No gap is a crash.
            (Err(Wrong::Answer(told)), None) | (Err(Wrong::Crash(told)), _) => {
                wrong.push(format!("`{name}` ({file}) over {wire}: {told}"));
            }
            (Ok(()), Some(gap)) => {
                wrong.push(format!("`{name}` ({file}) over {wire} is a known gap ({}) and passes", gap.why))
            }
        }
    }
    assert!(wrong.is_empty(), "{} scenarios fail over {wire}\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// How a scenario goes wrong.
enum Wrong {
    /// Something came that should not have, or the other way round.
    Answer(String),
    /// It hangs, or panics.
    Crash(String),
}

async fn one(scenario: Scenario, wire: Wire) -> Result<(), Wrong> {
    let running = run::run(&scenario, &wire);
    let hangs = |_| Err(Wrong::Crash("it hangs".to_owned()));
    tokio::time::timeout(TIME_MAX, running).await.map_or_else(hangs, |ended| ended.map_err(Wrong::Answer))
}
