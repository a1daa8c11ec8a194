//! What was read of all metrics at one time, and Prometheus' text of it.
//!
//! What has the same name and labels is one series: several channels, or servers, of a process add up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::catalog::{self, CATALOG, Metric};
use super::counts::Word as _;
use super::histogram::{BOUNDS, Read};
use super::operations::System;
use crate::discovery::Status;
use crate::facts::OperationFacts;
use crate::policy::{Fleet, breaker};

/// Values by metric and labels.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    families: BTreeMap<&'static str, BTreeMap<String, Value>>,
}

#[derive(Debug)]
enum Value {
    Number(i64),
    Times(Read),
}

impl Samples {
    /// Adds to a counter or a gauge. The values stand for the labels of its metric, in their order.
    pub(super) fn add(&mut self, metric: &Metric, labels: &[&str], value: i64) {
        self.number(metric, labels, |number| *number += value);
    }

    /// Raises a gauge to that value, if it is below.
    pub(super) fn raise(&mut self, metric: &Metric, labels: &[&str], value: i64) {
        self.number(metric, labels, |number| *number = value.max(*number));
    }

    /// The policies in force on a side.
    pub(crate) fn generation(&mut self, side: &str, generation: u64) {
        self.raise(&catalog::GENERATION, &[side], i64::try_from(generation).unwrap_or(i64::MAX));
    }

    /// A file of policies that is followed.
    #[cfg(feature = "file")]
    pub(crate) fn policy_file(&mut self, is_refused: bool) {
        self.add(&catalog::POLICY_FILES, &["followed"], 1);
        self.add(&catalog::POLICY_FILES, &["refused"], i64::from(is_refused));
    }

    /// How often something that was said of policies did not hold.
    #[cfg(feature = "file")]
    pub(crate) fn policy_refusals(&mut self, why: &str, count: u64) {
        self.add(&catalog::POLICY_REFUSALS, &[why], i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// What a door lets run, what runs, and what waits.
    pub(crate) fn door(&mut self, op: &OperationFacts, load: [u64; 3]) {
        let method = op.to_string();
        for (metric, value) in
            [&catalog::SERVER_LIMIT, &catalog::SERVER_RUNNING, &catalog::SERVER_WAITING].into_iter().zip(load)
        {
            self.add(metric, &[&method], value as i64);
        }
    }

    /// The breaker of an operation.
    pub(crate) fn breaker(&mut self, op: &OperationFacts, state: breaker::State, openings: u64) {
        self.add(&catalog::BREAKER_OPENINGS, &[&op.to_string()], openings as i64);
        let state = match state {
            breaker::State::Closed => "closed",
            breaker::State::Open => "open",
            breaker::State::HalfOpen => "half_open",
        };
        self.add(&catalog::BREAKER_STATE, &[&op.to_string(), state], 1);
    }

    /// The endpoints of a channel.
    pub(crate) fn fleet<K>(&mut self, system: System, fleet: &Fleet<K>) {
        let system = system.as_str();
        self.add(&catalog::ENDPOINTS, &[system, "known"], fleet.endpoints().len() as i64);
        self.add(&catalog::ENDPOINTS, &[system, "ejected"], fleet.ejected() as i64);
        self.add(&catalog::EJECTIONS, &[system], fleet.ejections() as i64);
        self.add(&catalog::PANICS, &[system], i64::from(!fleet.endpoints().is_empty() && fleet.panics()));
    }

    /// A source of endpoints.
    pub(crate) fn source(&mut self, source: &str, instances: usize, status: &Status, age: Option<Duration>) {
        self.add(&catalog::DISCOVERY_SOURCES, &[source, "followed"], 1);
        self.add(&catalog::DISCOVERY_SOURCES, &[source, "failing"], i64::from(status.is_failing));
        self.add(&catalog::DISCOVERY_SOURCES, &[source, "doubted"], i64::from(status.is_held));
        self.add(&catalog::DISCOVERY_INSTANCES, &[source], instances as i64);
        self.add(&catalog::DISCOVERY_SETS, &[source], status.generation as i64);
        self.add(&catalog::DISCOVERY_ERRORS, &[source], status.errors as i64);
        if let Some(age) = age {
            self.raise(&catalog::DISCOVERY_AGE, &[source], age.as_secs() as i64);
        }
    }

    /// Adds to a histogram.
    pub(super) fn times(&mut self, metric: &Metric, labels: &[&str], times: Read) {
        match self.series(metric, labels).entry(written(metric.labels, labels)) {
            std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(Value::Times(times))),
            std::collections::btree_map::Entry::Occupied(mut taken) => {
                if let Value::Times(known) = taken.get_mut() {
                    known.add(&times);
                }
            }
        }
    }

    fn number(&mut self, metric: &Metric, labels: &[&str], change: impl FnOnce(&mut i64)) {
        let series = self.series(metric, labels);
        if let Value::Number(number) = series.entry(written(metric.labels, labels)).or_insert(Value::Number(0)) {
            change(number);
        }
    }

    fn series(&mut self, metric: &Metric, labels: &[&str]) -> &mut BTreeMap<String, Value> {
        debug_assert_eq!(metric.labels.len(), labels.len(), "{} has other labels", metric.name);
        self.families.entry(metric.name).or_default()
    }

    /// Prometheus' text format 0.0.4.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for metric in CATALOG {
            let Some(series) = self.families.get(metric.name) else { continue };
            line(&mut out, format_args!("# HELP {} {}", metric.name, metric.help));
            line(&mut out, format_args!("# TYPE {} {}", metric.name, metric.kind.as_str()));
            for (labels, value) in series {
                match value {
                    Value::Number(number) => line(&mut out, format_args!("{}{{{labels}}} {number}", metric.name)),
                    Value::Times(times) => histogram(&mut out, metric.name, labels, times),
                }
            }
        }
        out
    }
}

fn histogram(out: &mut String, name: &str, labels: &str, times: &Read) {
    let mut count = 0;
    for (at, in_bucket) in times.buckets.iter().enumerate() {
        count += in_bucket;
        match BOUNDS.get(at) {
            Some(bound) => line(out, format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {count}")),
            None => line(out, format_args!("{name}_bucket{{{labels},le=\"+Inf\"}} {count}")),
        }
    }
    line(out, format_args!("{name}_sum{{{labels}}} {}", times.sum.as_secs_f64()));
    line(out, format_args!("{name}_count{{{labels}}} {count}"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// `name="value",…`
fn written(names: &[&str], values: &[&str]) -> String {
    let mut out = String::new();
    for (name, value) in names.iter().zip(values) {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(name);
        out.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_adds_up_and_text_is_escaped() {
        let mut samples = Samples::default();
        samples.add(&catalog::SERVER_QUEUED, &["a\"b\\c"], 2);
        samples.add(&catalog::SERVER_QUEUED, &["a\"b\\c"], 3);
        samples.raise(&catalog::GENERATION, &["server"], 4);
        samples.raise(&catalog::GENERATION, &["server"], 3);
        let text = samples.text();
        assert!(text.contains("wireloom_server_queued_total{rpc_method=\"a\\\"b\\\\c\"} 5\n"), "{text}");
        assert!(text.contains("wireloom_policy_generation{side=\"server\"} 4\n"), "{text}");
    }
}
