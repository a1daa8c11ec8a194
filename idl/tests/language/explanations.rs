//! Every code's explanation is run: the wrong contract has the mistake, the right one has nothing to complain about.

use wireloom_idl::Severity;
use wireloom_idl::diagnostic::{Code, codes};

use super::door::run;

/// Codes of limits: a contract that goes over one is too long to show, so it is described instead.
const SHOWN_IN_WORDS: [&str; 3] = ["file-too-large", "too-many-errors", "too-many-members"];

/// The fenced block of that kind; what cannot be shown is written `<U+202E>` there.
fn block(code: &Code, kind: &str) -> String {
    let (_, rest) = code.explanation.split_once(&format!("```loom {kind}\n")).unwrap_or_default();
    rest.split_once("```").unwrap_or_default().0.replace("<U+202E>", "\u{202E}")
}

#[test]
fn every_wrong_contract_has_the_mistake() {
    let shown = codes::ALL.iter().filter(|code| !SHOWN_IN_WORDS.contains(&code.name));
    let without = shown.filter(|code| {
        let (_, _, diagnostics) = run(&block(code, "wrong"));
        !diagnostics.iter().any(|it| it.code == **code)
    });
    assert_eq!(without.map(|code| code.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_right_contract_is_right() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let (_, _, diagnostics) = run(&block(code, "right"));
        let found = diagnostics.iter().filter(|it| it.severity != Severity::Info || it.code == *code);
        wrong.extend(found.map(|it| format!("{}: {} {}", code.name, it.code.name, it.message)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_explanation_explains() {
    let short = codes::ALL.iter().filter(|code| code.explanation.split("```").next().unwrap_or("").trim().len() < 40);
    assert_eq!(short.map(|code| code.name).collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(codes::ALL.iter().all(|code| !block(code, "right").is_empty()));
}
