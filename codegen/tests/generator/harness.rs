//! From texts to a contract, and from diagnostics to lines.

use std::path::{Path, PathBuf};

use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
use wireloom_idl::{Contract, Diagnostics, SourceMap, syntax};

/// A contract and its texts.
pub(crate) struct Read {
    pub(crate) sources: SourceMap,
    pub(crate) contract: Contract,
    pub(crate) report: Diagnostics,
}

/// Reads contract texts, each with its name; each file is a folder of its own.
pub(crate) fn read(texts: &[(&str, &str)]) -> Read {
    let mut sources = SourceMap::new();
    let mut report = Diagnostics::new();
    let mut trees = Vec::new();
    for (name, text) in texts {
        let file = sources.add(*name, *text);
        let (tree, said) = syntax::parse(file, text);
        report.append(said);
        trees.push((tree, *name));
    }
    let trees: Vec<SourceTree<'_>> =
        trees.iter().map(|(tree, folder)| SourceTree { tree, folder, imported: false }).collect();
    let (contract, said) = lower(&sources, &trees, &LowerOptions::default());
    report.append(said);
    Read { sources, contract, report }
}

/// `line:column code message (help)` a diagnostic.
pub(crate) fn lines(sources: &SourceMap, report: &Diagnostics) -> String {
    let lines = report.iter().map(|diagnostic| {
        let place = match diagnostic.span() {
            Some(span) => {
                let at = sources[span.file].line_column(span.start);
                format!("{}:{}", at.line, at.column)
            }
            None => "-".to_owned(),
        };
        let help = diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{place} {} {}{help}", diagnostic.code.name, diagnostic.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

/// Reads contracts of the corpus, by their paths below `tests/contracts` or the orders example's `contracts`.
pub(crate) fn corpus(paths: &[&str]) -> Read {
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| {
            let own = root().join("tests/contracts").join(path);
            let place = if own.exists() { own } else { root().join("examples/orders/contracts").join(path) };
            let text = std::fs::read_to_string(place);
            ((*path).to_owned(), text.unwrap_or_else(|error| panic!("{path}: {error}")))
        })
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let read = read(&texts);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    read
}
