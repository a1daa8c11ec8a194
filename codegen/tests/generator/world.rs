//! Contracts as large as they are out there: a bank, a marketplace, a fleet of devices. Together they use the whole language.
//!
//! That their Rust compiles, and agrees with prost on every message, is for the suite `proto` in `tests/`; what others make of
//! their documents for `tests/judges`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wireloom_codegen::load::{Loaded, load};
use wireloom_codegen::{Options, Wire, Wires};
use wireloom_idl::contract::{FaultCode, Format, ScalarType};
use wireloom_idl::lower::WIRES;
use wireloom_idl::{Severity, format};

use crate::harness::{lines, root};

const WORLD: &[&str] = &["bank", "market", "fleet"];

fn folder(name: &str) -> PathBuf {
    root().join("tests/contracts/world").join(name)
}

fn loaded(name: &str) -> Loaded {
    load(&[folder(name)], &[]).expect("the folder is there")
}

#[test]
fn nothing_is_wrong_with_them() {
    for name in WORLD {
        let loaded = loaded(name);
        let mut said = loaded.check();
        said.retain(|diagnostic| diagnostic.severity != Severity::Info || diagnostic.code.name == "no-lock");
        assert!(said.is_empty(), "{name}:\n{}", lines(&loaded.sources, &said));
    }
}

#[test]
fn they_are_formatted() {
    for name in WORLD {
        for file in &loaded(name).files {
            let text = std::fs::read_to_string(&file.path).expect("it has been read before");
            let formatted = format::format(&file.tree, &text).expect("nothing is broken");
            assert!(formatted == text, "{} is not formatted", file.path.display());
        }
    }
}

#[test]
fn every_wire_is_generated() {
    for name in WORLD {
        let loaded = loaded(name);
        let mut options = Options::default();
        options.wires = Wires::of(Wire::ALL.iter().copied());
        let (files, report) = loaded.generate(&options);
        assert!(!report.has_errors(), "{name}:\n{}", lines(&loaded.sources, &report));
        for end in ["mod.rs", "openapi.json", ".proto"] {
            assert!(files.iter().any(|(path, _)| path.ends_with(end)), "{name} has no {end}");
        }
    }
}

/// What the contracts are made of, comments and strings left out; and the number of their lines.
fn words() -> (BTreeSet<String>, String, usize) {
    let mut words = BTreeSet::new();
    let (mut code, mut lines) = (String::new(), 0);
    for file in WORLD.iter().flat_map(|name| loaded(name).files) {
        let text = std::fs::read_to_string(&file.path).expect("it has been read before");
        lines += text.lines().count();
        let plain = text.lines().map(|line| {
            // No contract of these has `//` in a string and something of interest behind it.
            let line = line.split("//").next().unwrap_or_default();
            line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
        });
        plain.for_each(|line| code.push_str(&(line + "\n")));
    }
    let parts = code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.extend(parts.filter(|word| !word.is_empty()).map(str::to_owned));
    (words, code, lines)
}

#[test]
fn they_use_the_whole_language() {
    let (words, code, lines) = words();
    assert!(lines > 3 * 200, "{lines} lines are no large contracts");
    let grammar = include_str!("../../../idl/src/syntax/loom.pest");
    let keywords: Vec<&str> = grammar.lines().filter_map(|line| line.strip_prefix("kw_")?.split('"').nth(1)).collect();
    assert!(keywords.len() > 50, "the grammar lists its keywords elsewhere");
    // `open` is what an enum is anyway: the formatter takes it away.
    let keywords = keywords.into_iter().filter(|word| *word != "open");
    let scalars = ScalarType::ALL.iter().map(|scalar| scalar.as_str());
    let faults = FaultCode::ALL.iter().map(|code| code.as_str());
    let formats = Format::ALL.iter().map(|format| format.as_str());
    let policies = [
        "deadline",
        "first",
        "idle",
        "lifetime",
        "retry",
        "backoff",
        "budget",
        "hedge",
        "extra",
        "limit",
        "burst",
        "per",
        "principal",
        "peer",
        "key",
        "concurrency",
        "adaptive",
        "queue",
        "breaker",
        "over",
        "priority",
        "critical",
        "normal",
        "background",
        "balance",
        "p2c",
        "round_robin",
        "hash",
    ];
    let clauses = [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "body",
        "header",
        "query",
        "sse",
        "ndjson",
        "fault",
        "topic",
        "group",
        "dead",
        "prefetch",
        "requires",
        "ordered",
        "unordered",
        "lossy",
        "retransmits",
        "namespace",
        "soap11",
        "jwt",
        "oauth2",
        "api_key",
        "mtls",
        "all",
        "without",
    ];
    let all = keywords.chain(scalars).chain(faults).chain(formats).chain(WIRES).chain(policies).chain(clauses);
    let missing: Vec<&str> = all.filter(|word| !words.contains(*word)).collect();
    assert!(missing.is_empty(), "nobody says {missing:?}");
    let signs = [
        "@json(\"\")",
        "@json(number)",
        "@sensitive",
        "@proto(bytes)",
        "@xml(attribute)",
        "@allow(\"\", \"\")",
        "@nats(",
        "@kafka(",
        "@mqtt(",
        "...Audit",
        "? or null",
        "Paged<",
        "draft ",
        "[draft ",
        "patch ",
        "stream ",
        "set<",
        "map<",
        " ==",
        " !=",
        " <",
        " <=",
        " >",
        " >=",
        "-> 2",
        "...\n",
        " @7",
        "tagged by \"\"",
        "`",
        "KiB",
        "MB",
        "ms",
        "10%",
        "/s",
        "/m",
        "1e6",
        "1_000",
    ];
    let missing: Vec<&str> = signs.into_iter().filter(|sign| !code.contains(sign)).collect();
    assert!(missing.is_empty(), "nobody writes {missing:?}");
}
