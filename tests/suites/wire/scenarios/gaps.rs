//! What wires knowingly lack: `known_gaps.yaml`.

use wireloom::serde::Deserialize;
use wireloom_tests::root;

/// The list's name in the folder of the scenarios.
pub(super) const FILE: &str = "known_gaps.yaml";

/// The list.
pub(super) struct Gaps {
    all: Vec<Gap>,
}

/// Scenarios that a wire does not pass, for one reason.
#[derive(Deserialize)]
#[serde(crate = "wireloom::serde", deny_unknown_fields)]
pub(super) struct Gap {
    pub(super) wire: String,
    pub(super) why: String,
    pub(super) scenarios: Vec<String>,
}

impl Gaps {
    pub(super) fn read() -> Gaps {
        let text = std::fs::read_to_string(root().join("tests/scenarios").join(FILE)).expect("there is a list of gaps");
        let all = super::format::parse(&text).unwrap_or_else(|error| panic!("{FILE}: {error}"));
        Gaps { all }
    }

    pub(super) fn all(&self) -> &[Gap] {
        &self.all
    }

    /// The gap of a wire that a scenario falls into.
    pub(super) fn find(&self, wire: &str, scenario: &str) -> Option<&Gap> {
        self.all.iter().find(|gap| gap.wire == wire && gap.scenarios.iter().any(|name| name == scenario))
    }
}
