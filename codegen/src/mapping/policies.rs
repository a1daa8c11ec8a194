//! The policies that hold for calls of an operation, word by word, each with where it comes from: a line of a contract, or the default.

use wireloom_idl::contract::{Answer, Inputs, LimitKey, Operation, Policy, Service};

use super::Row;

/// What holds where a contract says nothing, as the runtime has it: what a caller does, then what a server does.
pub const DEFAULTS: [(&str, &str); 9] = [
    ("deadline", "30s"),
    ("retry", "2 backoff 25ms..250ms budget 10%"),
    ("hedge", "none"),
    ("throttle", "k 1.5"),
    ("breaker", "none"),
    ("balance", "p2c"),
    ("limit", "none"),
    ("concurrency", "no bound"),
    ("priority", "normal"),
];

/// The words of a contract, in the order in which they are told.
const WORDS: [&str; 12] = [
    "deadline",
    "first",
    "idle",
    "lifetime",
    "retry",
    "hedge",
    "breaker",
    "balance",
    "limit",
    "concurrency",
    "queue",
    "priority",
];

/// Words of streams that are open.
const STREAMS: [&str; 3] = ["first", "idle", "lifetime"];

/// Of an operation.
pub(super) fn of_operation(operation: &Operation) -> Vec<Row> {
    let policy = &operation.policy;
    let sends_stream = matches!(operation.inputs, Inputs::Stream(_));
    let is_stream = sends_stream || matches!(operation.answer, Answer::Stream(_));
    // A stream is gone once it was sent.
    let holds = |word: &&&str| !(sends_stream && **word == "retry");
    let mut rows: Vec<Row> = WORDS.iter().filter(holds).filter_map(|word| said(policy, word)).collect();
    let unsaid = |word: &str| said(policy, word).is_none();
    let mut defaults: Vec<String> = Vec::new();
    for (word, default) in DEFAULTS {
        match word {
            "retry" if sends_stream => defaults.push("retry none (a stream is sent once)".to_owned()),
            word if unsaid(word) => defaults.push(format!("{word} {default}")),
            _ => {}
        }
    }
    if is_stream {
        defaults.extend(STREAMS.iter().filter(|word| unsaid(word)).map(|word| format!("{word} no bound")));
    }
    rows.push(Row::of("policy", "by default", defaults.join(", ")));
    rows
}

/// Of a handler: of its service's policy it has the deadline, and the limit of each who publishes.
pub(super) fn of_handler(service: &Service) -> Vec<Row> {
    let policy = &service.policy;
    let by_principal = policy.limit.as_ref().is_some_and(|limit| limit.per == Some(LimitKey::Principal));
    let (word, default) = DEFAULTS[0];
    let deadline = said(policy, word).unwrap_or_else(|| Row::of("policy", "by default", format!("{word} {default}")));
    std::iter::once(deadline).chain(said(policy, "limit").filter(|_| by_principal)).collect()
}

/// A word that the contract says and that holds.
fn said(policy: &Policy, word: &str) -> Option<Row> {
    let holds = match word {
        "deadline" => policy.deadline.is_some(),
        "first" => policy.first.is_some(),
        "idle" => policy.idle.is_some(),
        "lifetime" => policy.lifetime.is_some(),
        "retry" => policy.retry.is_some(),
        "hedge" => policy.hedge.is_some(),
        "breaker" => policy.breaker.is_some(),
        "balance" => policy.balance.is_some(),
        "limit" => policy.limit.is_some(),
        "concurrency" => policy.concurrency.is_some(),
        "queue" => policy.queue.is_some(),
        "priority" => policy.priority.is_some(),
        _ => false,
    };
    let written = policy.said.word(word).filter(|_| holds)?;
    Some(Row::of("policy", word, format!("{} ({})", written.text, written.place)))
}
