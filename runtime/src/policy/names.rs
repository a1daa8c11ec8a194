//! Whom the names mean that policies are said of. An operation that a known service has not is a mistake, and refused. A service that
//! nobody here knows may be that of another program with which a file is shared, so it is only doubted.

use super::known::Service;
use super::layer::{Entry, Layer};
use super::policies::{InvalidPolicy, Why};
use crate::facts::{OperationFacts, ServiceFacts};
use crate::policy::{Settings, Word};

/// A name that means nothing in these services, though its service is one of them.
pub(super) fn stranger(layer: &Layer, services: &[&ServiceFacts]) -> Option<InvalidPolicy> {
    layer.named().find_map(|(name, entry)| {
        let unknown = unknown(name, services)?;
        Some(InvalidPolicy { whom: name.to_owned(), place: entry.place.clone(), why: Why::Unknown(unknown) })
    })
}

/// What is wrong with a name.
fn unknown(name: &str, services: &[&ServiceFacts]) -> Option<String> {
    if let Some((service, op)) = name.split_once('/') {
        let same: Vec<_> = services.iter().filter(|it| is_named(it, service)).collect();
        let has: Vec<&str> = same.iter().flat_map(|it| members(it)).collect();
        if same.is_empty() || has.contains(&op) {
            return None;
        }
        let what = if same.iter().any(|it| !it.handlers.is_empty()) { "operation or handler" } else { "operation" };
        return Some(format!("is no {what} of `{service}`{}", did_you_mean(op, has.into_iter().map(str::to_owned))));
    }
    let within = |it: &&&ServiceFacts| {
        name.strip_prefix(it.package).and_then(|rest| rest.strip_prefix('.')?.strip_prefix(it.name)?.strip_prefix('.'))
    };
    let service = services.iter().find(|it| within(it).is_some())?;
    let op = within(&service).unwrap_or_default();
    Some(format!("is no service; an operation stands behind a slash, `{}.{}/{op}`", service.package, service.name))
}

fn members<'s>(service: &'s ServiceFacts) -> impl Iterator<Item = &'static str> + 's {
    service.operations.iter().map(|op| op.name).chain(service.handlers.iter().copied())
}

fn is_named(service: &ServiceFacts, name: &str) -> bool {
    name.strip_prefix(service.package).and_then(|rest| rest.strip_prefix('.')) == Some(service.name)
}

/// Names, and words of names, that change nothing in this process.
pub(super) fn doubts(layer: &Layer, services: &[Service], used: &[&OperationFacts]) -> Vec<String> {
    let doubt = |(name, entry): (&str, &Entry)| {
        let service = name.split('/').next().unwrap_or_default();
        let same: Vec<&Service> = services.iter().filter(|it| is_named(it.facts, service)).collect();
        // An event that is followed is an operation of no service.
        if same.is_empty() && used.iter().any(|op| op.service.is_empty() && op.to_string() == name) {
            return None;
        }
        let what = if same.is_empty() { unheard(name, services) } else { without_effect(entry, &same)? };
        let place = entry.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        Some(format!("{place}`{name}` {what}"))
    };
    layer.named().filter_map(doubt).collect()
}

fn unheard(name: &str, services: &[Service]) -> String {
    let all = services.iter().map(|it| format!("{}.{}", it.facts.package, it.facts.name));
    let (service, rest) =
        name.split_once('/').map_or((name, String::new()), |(service, op)| (service, format!("/{op}")));
    let near = nearest(service, all).map(|near| format!("; did you mean `{near}{rest}`?"));
    format!("names nobody whom this program serves or calls{}", near.unwrap_or_default())
}

/// Words that only the other side keeps to.
fn without_effect(entry: &Entry, same: &[&Service]) -> Option<String> {
    let (servers, callers) = (said(&server_words(&entry.settings)), said(&client_words(&entry.settings)));
    let mut told = Vec::new();
    if !servers.is_empty() && !same.iter().any(|it| it.is_served()) {
        told.push(format!("says {servers}, which only a server of it keeps to, and this program only calls it"));
    }
    if !callers.is_empty() && !same.iter().any(|it| it.is_called) {
        told.push(format!("says {callers}, which only its callers keep to, and this program only serves it"));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

fn server_words(said: &Settings) -> [(&'static str, bool); 4] {
    [
        ("limit", is_said(&said.limit)),
        ("concurrency", is_said(&said.concurrency)),
        ("queue", said.queue.is_some()),
        ("priority", said.priority.is_some()),
    ]
}

fn client_words(said: &Settings) -> [(&'static str, bool); 6] {
    [
        ("attempt", said.attempt.is_some()),
        ("retry", is_said(&said.retry)),
        ("hedge", is_said(&said.hedge)),
        ("throttle", is_said(&said.throttle)),
        ("breaker", is_said(&said.breaker)),
        ("balance", said.balance.is_some()),
    ]
}

/// Those words that are said: `` `limit`, `queue` ``.
fn said(words: &[(&str, bool)]) -> String {
    let said: Vec<String> = words.iter().filter(|(_, is_said)| *is_said).map(|(word, _)| format!("`{word}`")).collect();
    said.join(", ")
}

fn is_said<T>(word: &Word<T>) -> bool {
    !matches!(word, Word::Unsaid)
}

fn did_you_mean(name: &str, names: impl Iterator<Item = String>) -> String {
    nearest(name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The nearest name, if one is near enough.
pub(super) fn nearest(name: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let allowed = (name.len() / 3).clamp(1, 4);
    let near = names.map(|it| (strsim::osa_distance(name, &it), it)).min();
    near.filter(|(distance, _)| *distance <= allowed).map(|(_, it)| it)
}
