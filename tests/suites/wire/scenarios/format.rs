//! Scenarios as they are written; `tests/scenarios/README.md` says what each word means.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use wireloom::serde::de::DeserializeOwned;
use wireloom::serde::{Deserialize, Deserializer};
use wireloom_tests::{files_below, root};

/// One scenario.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) not_over: Vec<String>,
    pub(super) limits: Limits,
    pub(super) policies: Said,
    pub(super) steps: Vec<Step>,
}

/// Bounds of the server, where a scenario says them.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(crate = "wireloom::serde", deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) body_bytes_max: Option<usize>,
    pub(super) json_depth_max: Option<usize>,
}

/// What is said of policies beside the contract, as files of them say it.
#[derive(Clone, Default, Deserialize)]
#[serde(crate = "wireloom::serde", deny_unknown_fields, default)]
pub(super) struct Said {
    pub(super) client: Option<String>,
    pub(super) server: Option<String>,
}

/// One step: what is done, and what it must come to.
#[derive(Clone, Default, Deserialize)]
#[serde(crate = "wireloom::serde", deny_unknown_fields, default)]
pub(super) struct Step {
    // What is done, one of these.
    pub(super) call: Option<String>,
    pub(super) ends: Option<String>,
    pub(super) drop: Option<String>,
    pub(super) garbage: Option<String>,
    pub(super) release: Option<String>,
    pub(super) stop: Option<bool>,
    pub(super) refused: Option<bool>,

    // How a call is made.
    pub(super) peer: Peer,
    pub(super) beside: Option<String>,
    pub(super) given: Map<String, Json>,
    pub(super) sends: Vec<Json>,
    pub(super) takes: Option<usize>,
    pub(super) deadline_ms: Option<u64>,
    pub(super) request_id: Option<String>,
    pub(super) traceparent: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,

    // What it must come to.
    #[serde(deserialize_with = "said")]
    pub(super) gives: Option<Json>,
    pub(super) items: Option<Vec<Json>>,
    pub(super) fails: Option<Fails>,
}

impl Step {
    /// Whether it does one thing, and expects only what is looked at.
    fn checked(&self) -> Result<(), &'static str> {
        let named = [&self.call, &self.ends, &self.drop, &self.garbage, &self.release];
        let told = [self.stop, self.refused];
        let count = named.into_iter().flatten().count() + told.into_iter().flatten().filter(|is_so| *is_so).count();
        let expects = self.gives.is_some() || self.items.is_some() || self.fails.is_some();
        let is_compared = self.call.is_some() && self.beside.is_none() || self.ends.is_some() || self.garbage.is_some();
        match () {
            () if count != 1 => Err("a step does one thing"),
            () if expects && !is_compared => Err("a step expects what nobody looks at"),
            () => Ok(()),
        }
    }
}

/// Which version of the contract the caller has.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(crate = "wireloom::serde", rename_all = "snake_case")]
pub(super) enum Peer {
    #[default]
    Same,
    Later,
}

/// How a call must fail.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "wireloom::serde", deny_unknown_fields)]
pub(super) struct Fails {
    pub(super) code: String,
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) fields: Option<Json>,
    #[serde(default)]
    pub(super) violations: Violations,
    #[serde(default)]
    pub(super) retry_after_ms: Option<u64>,
}

/// What must be wrong with the input.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "wireloom::serde", try_from = "Json")]
pub(super) enum Violations {
    /// Each a path, or `path: message`.
    These(Vec<String>),
    /// The word `any`: wires may tell it in their own way.
    Any,
}

impl TryFrom<Json> for Violations {
    type Error = serde_json::Error;

    fn try_from(written: Json) -> Result<Violations, serde_json::Error> {
        if written == "any" { Ok(Violations::Any) } else { serde_json::from_value(written).map(Violations::These) }
    }
}

impl Default for Violations {
    fn default() -> Violations {
        Violations::These(Vec::new())
    }
}

/// What is said, also where it is null.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(from).map(Some)
}

/// Every scenario of `tests/scenarios`.
pub(super) fn read_all() -> Vec<Scenario> {
    let folder = root().join("tests/scenarios");
    let files = files_below(&folder, "yaml").into_iter().filter(|path| !path.ends_with(super::gaps::FILE));
    let scenarios: Vec<Scenario> = files
        .flat_map(|path| {
            let file = path.strip_prefix(&folder).expect("below the folder").display().to_string();
            let text = std::fs::read_to_string(&path).expect("a scenario is text");
            read(&file, &text).unwrap_or_else(|wrong| panic!("{file}: {wrong}"))
        })
        .collect();
    assert!(!scenarios.is_empty(), "there are no scenarios");
    scenarios
}

fn read(file: &str, text: &str) -> Result<Vec<Scenario>, String> {
    let all: Vec<Map<String, Json>> = parse(text)?;
    all.into_iter().map(|written| scenario(file, written)).collect()
}

/// Reads YAML 1.2, in which `n` and `on` are texts.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

fn scenario(file: &str, mut written: Map<String, Json>) -> Result<Scenario, String> {
    let name =
        written.remove("name").and_then(|name| Some(name.as_str()?.to_owned())).ok_or("a scenario has no name")?;
    let wrong = |error: serde_json::Error| format!("`{name}`: {error}");
    let not_over = written.remove("not_over").map_or(Ok(Vec::new()), serde_json::from_value).map_err(wrong)?;
    let limits = written.remove("limits").map_or(Ok(Limits::default()), serde_json::from_value).map_err(wrong)?;
    let policies = written.remove("policies").map_or(Ok(Said::default()), serde_json::from_value).map_err(wrong)?;
    let steps: Vec<Step> = match written.remove("steps") {
        Some(steps) if written.is_empty() => serde_json::from_value(steps).map_err(wrong)?,
        Some(_) => return Err(format!("`{name}` has steps and is one")),
        // A scenario of one step is that step.
        None => vec![serde_json::from_value(Json::Object(written)).map_err(wrong)?],
    };
    for step in &steps {
        step.checked().map_err(|wrong| format!("`{name}`: {wrong}"))?;
    }
    Ok(Scenario { name, file: file.to_owned(), not_over, limits, policies, steps })
}
