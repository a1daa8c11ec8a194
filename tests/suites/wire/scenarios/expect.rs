//! Whether a call came to what its step says.

use serde_json::Value as Json;
use wireloom::Violation;

use super::calls::{Failure, Outcome};
use super::format::{Fails, Step, Violations};

/// Compares; `Err` tells what was expected and what came.
pub(super) fn compare(step: &Step, got: &Outcome) -> Result<(), String> {
    let is_failure_right = match (&step.fails, &got.fails) {
        (None, None) => true,
        (Some(expected), Some(got)) => is_as_expected(expected, got),
        _ => false,
    };
    let gives = step.gives.as_ref().is_none_or(|expected| got.gives.as_ref().is_some_and(|got| equal(expected, got)));
    let items =
        step.items.as_ref().is_none_or(|expected| got.items.as_ref().is_some_and(|got| all_equal(expected, got)));
    if is_failure_right && gives && items {
        return Ok(());
    }
    Err(format!("\n  expected {}\n  got      {}", told_of_step(step), told(got)))
}

fn is_as_expected(expected: &Fails, got: &Failure) -> bool {
    expected.code == got.code
        && expected.kind == got.kind
        && expected.message.as_ref().is_none_or(|message| *message == got.message)
        && expected.fields.as_ref().is_none_or(|fields| got.fields.as_ref().is_some_and(|got| equal(fields, got)))
        && expected.retry_after_ms.map(u128::from) == got.retry_after_ms
        && match &expected.violations {
            Violations::Any => true,
            Violations::These(expected) => are_these(expected, &got.violations),
        }
}

/// Whether these are the violations, in any order; an expected one is a path, or a path and the message.
fn are_these(expected: &[String], got: &[Violation]) -> bool {
    let mut left: Vec<&Violation> = got.iter().collect();
    let all_found = expected.iter().all(|expected| {
        let found = left.iter().position(|violation| *expected == violation.path || *expected == violation.to_string());
        found.map(|index| left.swap_remove(index)).is_some()
    });
    all_found && left.is_empty()
}

/// Whether two values are the same. A whole number may have come as a float: to JSON they are one.
fn equal(expected: &Json, got: &Json) -> bool {
    match (expected, got) {
        (Json::Number(expected), Json::Number(got)) => {
            expected == got || expected.as_f64() == got.as_f64() && (expected.is_f64() || got.is_f64())
        }
        (Json::Array(expected), Json::Array(got)) => all_equal(expected, got),
        (Json::Object(expected), Json::Object(got)) => {
            expected.len() == got.len()
                && expected.iter().all(|(name, value)| got.get(name).is_some_and(|got| equal(value, got)))
        }
        _ => expected == got,
    }
}

fn all_equal(expected: &[Json], got: &[Json]) -> bool {
    expected.len() == got.len() && expected.iter().zip(got).all(|(expected, got)| equal(expected, got))
}

fn told_of_step(step: &Step) -> String {
    let mut parts = Vec::new();
    parts.extend(step.gives.as_ref().map(|gives| format!("gives {gives}")));
    parts.extend(step.items.as_ref().map(|items| format!("items {}", Json::from(items.clone()))));
    parts.extend(step.fails.as_ref().map(|fails| format!("{fails:?}")));
    if parts.is_empty() { "that it ends well".to_owned() } else { parts.join(", ") }
}

fn told(got: &Outcome) -> String {
    let mut parts = Vec::new();
    parts.extend(got.gives.as_ref().map(|gives| format!("gives {gives}")));
    parts.extend(got.items.as_ref().map(|items| format!("items {}", Json::from(items.clone()))));
    parts.extend(got.fails.as_ref().map(|fails| format!("{fails:?}")));
    parts.join(", ").chars().take(2000).collect()
}
