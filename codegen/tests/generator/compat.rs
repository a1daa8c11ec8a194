//! Pairs of contracts and what the comparison says of them, as data: `tests/contracts/compat/*.md`, and each rule's own
//! explanation. `BLESS=1` writes the expected lines anew; a person reads the diff.
//!
//! A case is a heading, `loom old`, `loom new`, perhaps their locks, and `text expected`. Its heading begins with the names of
//! bases (`input, output: …`), contracts of `bases/` in which a `Thing` travels one way each; the case then says only what a
//! `Thing` is before and now. Without one a case says whole contracts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wireloom_codegen::compat::{Side, all_rules, diff};
use wireloom_idl::compat::{Facet, Findings, Verdict, rules as language};
use wireloom_idl::lock::{self, Lock};
use wireloom_idl::{Contract, SourceMap, format, syntax};

use crate::harness::{read, root};

/// The day on which all cases are judged.
const TODAY: &str = "2026-11-26";

/// One state: its texts, and what they say.
struct Read {
    sources: SourceMap,
    contract: Contract,
    lock: Option<Lock>,
}

fn state(name: &str, text: &str, lock_text: Option<&str>) -> Read {
    let crate::harness::Read { mut sources, mut contract, report } = read(&[(&format!("{name}.loom"), text)]);
    assert!(!report.has_errors(), "{name}: {:?}\n{text}", report.iter().map(|it| &it.message).collect::<Vec<_>>());
    let lock = lock_text.map(|text| {
        let file = sources.add("loom.lock", text);
        let (lock, said) = Lock::parse(file, text);
        assert!(said.is_empty(), "{name}: {said:?}");
        lock
    });
    let package = contract.packages().last().expect("a contract has a package").0;
    let (numbers, said) = lock::assign(&contract, &lock.iter().map(|lock| (package, lock)).collect());
    assert!(said.is_empty(), "{name}: {said:?}");
    contract.numbers = numbers;
    Read { sources, contract, lock }
}

fn compare(old: &Read, new: &Read) -> Findings {
    diff(&side(old), &side(new), Some(TODAY))
}

fn side(read: &Read) -> Side<'_> {
    let Read { sources, contract, lock } = read;
    let package = contract.packages().last().expect("a contract has a package").0;
    Side { contract, sources, locks: lock.iter().map(|lock| (package, lock)).collect() }
}

/// `rule subject: effect` a finding.
fn lines(findings: &Findings) -> String {
    let lines = findings.sorted().into_iter().map(|finding| {
        let effect = finding.effect();
        let effect = if effect.is_empty() { "fine".to_owned() } else { effect };
        format!("{} {}: {effect}\n", finding.rule.code.name, finding.subject)
    });
    lines.collect()
}

/// What stands in a fence.
fn fenced<'t>(text: &'t str, info: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("```{info}\n"))?;
    Some(rest.split_once("```").expect("the fence is closed").0)
}

/// The two states of a text with `loom old` and `loom new`, each behind a base.
fn states(name: &str, text: &str, base: &str) -> (Read, Read) {
    let of = |side: &str| {
        let said = fenced(text, &format!("loom {side}")).unwrap_or_else(|| panic!("{name}: no `loom {side}`"));
        state(&format!("{name}, {side}"), &format!("{base}{said}"), fenced(text, &format!("text {side} loom.lock")))
    };
    (of("old"), of("new"))
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/contracts/compat")).expect("the cases are there");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files
}

fn bases() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(root().join("tests/contracts/compat/bases")).expect("the bases are there");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let named = paths.map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a base can be read"))
    });
    named.collect()
}

/// The bases that a heading names, with their texts; none of a case of whole contracts.
fn bases_of<'b>(heading: &'b str, bases: &'b BTreeMap<String, String>) -> Vec<(&'b str, &'b str)> {
    let Some((names, _)) = heading.split_once(':') else { return Vec::new() };
    let find = |name: &'b str| {
        let text = bases.get(name).unwrap_or_else(|| panic!("{heading}: there is no base `{name}`"));
        (name, text.as_str())
    };
    names.split(", ").map(find).collect()
}

fn judged(name: &str, case: &str, bases: &BTreeMap<String, String>) -> String {
    let heading = case.lines().next().unwrap_or_default().trim();
    let named = bases_of(heading, bases);
    if named.is_empty() {
        let (old, new) = states(&format!("{name}, {heading}"), case, "");
        return lines(&compare(&old, &new));
    }
    let mut told = String::new();
    for (base, text) in named {
        let (old, new) = states(&format!("{name}, {heading}, {base}"), case, text);
        let said = lines(&compare(&old, &new));
        let said = if said.is_empty() { "nothing changed\n".to_owned() } else { said };
        said.lines().for_each(|line| writeln!(told, "{base}: {line}").expect("a text can be written"));
    }
    told
}

/// The text of a file with the expected lines of each case as they are found.
fn blessed(path: &Path, bases: &BTreeMap<String, String>) -> String {
    let text = std::fs::read_to_string(path).expect("a case can be read");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut cases = text.split("\n## ");
    let mut whole = cases.next().unwrap_or_default().to_owned();
    for case in cases {
        let said = case.split("\n```text expected").next().unwrap_or_default().trim_end();
        let _ = write!(whole, "\n## {said}\n\n```text expected\n{}```\n", judged(&name, case, bases));
    }
    whole
}

#[test]
fn each_change_is_judged_as_stands_beside_it() {
    let bases = bases();
    let mut stale = Vec::new();
    for path in files() {
        let (found, there) = (blessed(&path, &bases), std::fs::read_to_string(&path).expect("a case can be read"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &found).expect("a case can be written");
        } else if found != there {
            stale.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(stale.is_empty(), "differs from what is expected (BLESS=1 writes it anew):\n{}", stale.join("\n"));
}

/// Each rule is found in the contracts that explain it, and does its worst there.
#[test]
fn every_rule_is_explained_by_contracts_that_show_it() {
    let mut wrong = Vec::new();
    for rule in all_rules() {
        let (old, new) = states(rule.code.name, rule.code.explanation, "");
        let findings = compare(&old, &new);
        let found = findings.sorted().into_iter().find(|it| it.rule.code.name == rule.code.name);
        let worst = rule.verdicts.iter().flatten().max().copied().unwrap_or(Verdict::Fine);
        match found {
            None => wrong.push(format!("{} is not found: {}", rule.code.name, lines(&findings))),
            Some(it) if it.verdict() < worst => {
                wrong.push(format!("{} does not do its worst: {}", rule.code.name, lines(&findings)));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every rule has a case beside its explanation, and every verdict that it can give is given somewhere.
#[test]
fn every_verdict_of_every_rule_is_seen_in_a_case() {
    let bases = bases();
    let mut told = String::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a case can be read");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        text.split("\n## ").skip(1).for_each(|case| told += &judged(&name, case, &bases));
    }
    let mut unseen = Vec::new();
    for rule in all_rules() {
        let lines: Vec<&str> = told.lines().filter(|line| line.contains(&format!("{} ", rule.code.name))).collect();
        if lines.is_empty() {
            unseen.push(format!("{}: no case", rule.code.name));
        }
        for facet in Facet::ALL.into_iter().filter(|&facet| !rule.told(facet).is_empty()) {
            if !lines.iter().any(|line| line.contains(&format!(" {}", facet.as_str()))) {
                unseen.push(format!("{}: {} in no case", rule.code.name, facet.as_str()));
            }
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

/// What is told of a call as such is judged on every wire that carries calls.
#[test]
fn rules_of_calls_judge_every_wire_of_calls() {
    let calls = [Facet::Json, Facet::Proto, Facet::Event, Facet::Soap];
    let rules = [
        &language::OPERATION_REMOVED,
        &language::OPERATION_SHAPE,
        &language::ANSWER_CHANGED,
        &language::FAULT_CODE,
        &language::EFFECT_WEAKENED,
        &language::ACCESS_TIGHTENED,
        &language::ACCESS_LOOSENED,
    ];
    for rule in rules {
        let silent: Vec<&str> =
            calls.iter().filter(|&&it| rule.told(it).is_empty()).map(|facet| facet.as_str()).collect();
        assert!(silent.is_empty(), "{} says nothing of {silent:?}", rule.code.name);
    }
}

/// The book's page is made of the rules.
#[test]
fn the_page_of_compatibility_is_fresh() {
    let rules = || language::ALL.iter().chain(wireloom_codegen::compat::rules::ALL);
    let mut page = COMPATIBILITY.to_owned();
    let facets: Vec<&str> = Facet::ALL.iter().map(|facet| facet.as_str()).collect();
    page += &format!("\n| rule | what changed | {} |\n|---|---{}|\n", facets.join(" | "), "|---".repeat(facets.len()));
    for rule in rules() {
        let told = Facet::ALL.map(|facet| rule.told(facet)).join(" | ");
        page += &format!("| [{0}](#{0}) | {1} | {told} |\n", rule.code.name, rule.about.trim_end_matches('.'));
    }
    for rule in rules() {
        page += &format!("\n## {}\n\n{}\n", rule.code.name, rule.explanation());
    }
    let path = root().join("book/src/reference/compatibility.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "{} is not fresh: BLESS=1 writes it anew", path.display());
}

/// What stands before the rules.
const COMPATIBILITY: &str = "\
# Compatibility

Generated from the compiler's rules; `wireloom explain RULE` prints each of these. What facets and directions are, and how to use
`wireloom diff`, stands in [Changing a contract](../evolve.md). A verdict without a direction holds for both; where there is
none, nothing breaks.

Some changes that other languages know have nothing to stand on here: there are no levels of stability to lower; the format of
times and the envelope of events are fixed; names and namespaces of XML follow the names of the
contract; exchanges and delivery guarantees are the runtime's, but for what a binding `requires`.
";

/// A contract is compatible with itself, and with itself in the one layout.
#[test]
fn nothing_changed_where_nothing_changed() {
    let mut contracts = 0;
    for path in
        contracts_below(&root().join("tests/contracts")).into_iter().chain(contracts_below(&root().join("examples")))
    {
        let text = std::fs::read_to_string(&path).expect("a contract can be read");
        let (tree, said) = syntax::parse(wireloom_idl::FileId(0), &text);
        let read = read(&[("one.loom", &text)]);
        if said.has_errors() || read.report.has_errors() {
            continue;
        }
        contracts += 1;
        let formatted = format::format(&tree, &text).expect("a sound text has a layout");
        let (one, other) = (state("one", &text, None), state("other", &formatted, None));
        assert_eq!(lines(&compare(&one, &one)), "", "{}", path.display());
        assert_eq!(lines(&compare(&one, &other)), "", "{}", path.display());
    }
    assert!(contracts > 3, "{contracts}");
}

fn contracts_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(contracts_below(&path)),
            false if path.extension().is_some_and(|extension| extension == "loom") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// One record that stood at many places, each with a type of its own now: what is looked at is bounded by the contracts.
#[test]
fn what_is_replaced_everywhere_does_not_multiply() {
    let many = 2_000;
    let root =
        |ty: &dyn Fn(usize) -> String| -> String { (0..many).map(|at| format!("r{at}: {}\n", ty(at))).collect() };
    let wide: String = (0..many).map(|at| format!("f{at}: u32\n")).collect();
    let small: String = (0..many).map(|at| format!("record X{at} {{ f0: u32 }}\n")).collect();
    let rest = format!("record Wide {{ {wide} }}\n{small}");
    let old = format!("package a\nrecord Root {{ {} }}\n{rest}", root(&|_| "Wide".to_owned()));
    let new = format!("package a\nrecord Root {{ {} }}\n{rest}", root(&|at| format!("X{at}")));
    let findings = compare(&state("old", &old, None), &state("new", &new, None));
    assert!(findings.break_anything());
    assert!(findings.sorted().len() < 20 * many, "{}", findings.sorted().len());
}

/// Rings of types whose lengths have nothing in common stand beside each other in as many ways as both lengths multiply to.
#[test]
fn rings_and_chains_of_types_end() {
    let ring = |name: &str, length: usize| -> String {
        let next = |at: usize| (at + 1) % length;
        (0..length).map(|at| format!("record {name}{at} {{ next: {name}{}?, value: u32 }}\n", next(at))).collect()
    };
    let service =
        |name: &str| format!("service S {{ public\n put(it: {name}0) -> {name}0\n}}\nbind S to rest\nbind S to rpc\n");
    let of = |name: &str, length| format!("package a\n{}{}", ring(name, length), service(name));
    let rings = |left, right| compare(&state("one", &of("A", left), None), &state("other", &of("B", right), None));
    let wires = [Facet::Json, Facet::Proto];
    let findings = rings(29, 31);
    let breaks_wires = findings.sorted().iter().any(|it| it.verdicts().any(|(facet, ..)| wires.contains(&facet)));
    assert!(!breaks_wires, "{}", lines(&findings));
    // Too many ways to look at them all; then they count as changed.
    assert!(rings(499, 503).break_anything());
    let chain: String =
        (0..5_000).map(|at| format!("record C{at} {{ next: C{}?, value: u32 }}\n", at + 1)).collect::<String>()
            + "record C5000 { value: u32 }\n";
    let deep = |end: &str| {
        format!("package a\n{}{}", chain.replace("C5000 { value: u32", &format!("C5000 {{ value: {end}")), service("C"))
    };
    let findings = compare(&state("one", &deep("u32"), None), &state("other", &deep("string"), None));
    assert_eq!(lines(&findings), "type-changed a.C5000.value: breaks rust, json, proto\n");
}

/// Whatever line of a contract goes, comparing it says something or nothing, and ends.
#[test]
fn any_line_may_go() {
    let mut compared = 0;
    for path in contracts_below(&root().join("tests/contracts")) {
        let text = std::fs::read_to_string(&path).expect("a contract can be read");
        if read(&[("one.loom", &text)]).report.has_errors() {
            continue;
        }
        let whole = state("whole", &text, None);
        for gone in 0..text.lines().count() {
            let less: String =
                text.lines().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| format!("{line}\n")).collect();
            let Read { sources, contract, .. } = match read(&[("less.loom", &less)]) {
                it if it.report.has_errors() => continue,
                it => Read { sources: it.sources, contract: it.contract, lock: None },
            };
            let less = Read { sources, contract, lock: None };
            compare(&whole, &less);
            compare(&less, &whole);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}
