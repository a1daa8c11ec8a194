//! The corpus of wrong contracts: `case.loom` beside `case.stderr`, as people see it.
//!
//! `BLESS=1 cargo test -p wireloom-idl --test language corpus` writes the `.stderr` files anew; a person reads the diff.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wireloom_idl::diagnostic::render;

use super::door::run_named;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contracts/errors");
    let entries = std::fs::read_dir(folder).expect("the corpus is there");
    let mut cases: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "loom"));
    cases.sort();
    cases
}

fn name(case: &Path) -> String {
    case.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn rendered(case: &Path) -> String {
    let text = std::fs::read_to_string(case).expect("the case can be read");
    let (sources, _, diagnostics) = run_named(&name(case), &text);
    diagnostics.iter().map(|diagnostic| render::human(diagnostic, &sources, false)).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_case_says_what_stands_beside_it() {
    let mut stale = Vec::new();
    for case in cases() {
        let (found, beside) = (rendered(&case), case.with_extension("stderr"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&beside, &found).expect("the corpus can be written");
        } else if std::fs::read_to_string(&beside).ok().as_ref() != Some(&found) {
            stale.push(format!("{}:\n{found}", name(&case)));
        }
    }
    assert!(stale.is_empty(), "differs from its .stderr (BLESS=1 writes them anew):\n{}", stale.join("\n"));
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let case = cases().into_iter().find(|case| name(case) == "ten-mistakes.loom").expect("it is in the corpus");
    let text = std::fs::read_to_string(&case).expect("the case can be read");
    let (sources, _, diagnostics) = run_named("ten-mistakes.loom", &text);
    assert_eq!(diagnostics.len(), 10);
    assert_eq!(diagnostics.iter().map(|it| it.code.name).collect::<BTreeSet<_>>().len(), 10, "each is of its own kind");
    for diagnostic in &diagnostics {
        let line = diagnostic.span().map(|span| {
            let file = &sources[span.file];
            file.line(file.line_column(span.start).line)
        });
        assert!(line.is_some_and(|line| line.contains("// mistake")), "{:?} stands elsewhere", diagnostic.code);
        assert!(diagnostic.help.is_some() || diagnostic.fix.is_some(), "{:?} does not help", diagnostic.code);
    }
}
