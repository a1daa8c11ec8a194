//! The door that all cases go through.

use std::collections::BTreeMap;

use wireloom_idl::contract::Package;
use wireloom_idl::diagnostic::codes;
use wireloom_idl::lock::{self, Lock};
use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
use wireloom_idl::{Contract, Diagnostics, SourceMap, syntax};

/// A line that begins a file: `// file shop/orders.loom`.
const FILE: &str = "// file ";

/// The file that everything before the first such line belongs to.
const CASE: &str = "case/case.loom";

/// Parses and lowers a text that may hold several files; those below `imported/` are there for others to import from, and
/// those called `loom.lock` are the locks of the packages beside them.
pub(super) fn run(text: &str) -> (SourceMap, Contract, Diagnostics) {
    run_named(CASE, text)
}

/// As [`run`], with a name for what stands before the first `// file` line.
pub(super) fn run_named(first: &str, text: &str) -> (SourceMap, Contract, Diagnostics) {
    let mut sources = SourceMap::new();
    let mut diagnostics = Diagnostics::new();
    let mut trees = Vec::new();
    let mut locks = BTreeMap::new();
    for (name, text) in files(first, text) {
        let folder = folder(&name).to_owned();
        let imported = folder.starts_with("imported");
        let is_lock = name.ends_with("/loom.lock");
        let file = sources.add(name, text);
        if is_lock {
            let (lock, found) = Lock::parse(file, sources[file].text());
            diagnostics.append(found);
            locks.insert(folder, lock);
            continue;
        }
        let (tree, found) = syntax::parse(file, sources[file].text());
        diagnostics.append(found);
        trees.push((tree, folder, imported));
    }
    let given = trees.iter().map(|(tree, folder, imported)| SourceTree { tree, folder, imported: *imported });
    let (mut contract, found) = lower(&sources, &given.collect::<Vec<_>>(), &LowerOptions::default());
    diagnostics.append(found);
    diagnostics.append(number(&mut contract, &locks));
    if !diagnostics.has_errors() {
        diagnostics.append(contract.allowances.unused(&sources, codes::ALL));
    }
    diagnostics.sort();
    (sources, contract, diagnostics)
}

/// Gives a contract the numbers of its locks, by the folders these lie in.
fn number(contract: &mut Contract, locks: &BTreeMap<String, Lock>) -> Diagnostics {
    let lock_of = |package: &Package| locks.get(folder(package.files.first()?));
    let of_packages: BTreeMap<_, _> =
        contract.packages().filter_map(|(id, package)| Some((id, lock_of(package)?))).collect();
    let (numbers, mut diagnostics) = lock::assign(contract, &of_packages);
    contract.numbers = numbers;
    diagnostics.extend(of_packages.iter().filter_map(|(&id, lock)| lock::stale(contract, id, lock, true)));
    diagnostics
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn files(first: &str, text: &str) -> Vec<(String, String)> {
    let mut files = vec![(first.to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(FILE) {
            Some(name) => files.push((name.trim().to_owned(), String::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.push_str(line);
                }
            }
        }
    }
    files.retain(|(_, text)| !text.trim().is_empty());
    files
}

/// The diagnostics of a text, one a line; a text without its `package` line gets one, on a line of its own before it.
pub(super) fn check(text: &str) -> String {
    let has_package = text.lines().any(|line| line.starts_with("package"));
    let whole = if has_package { text.to_owned() } else { format!("package a\n{text}") };
    let (sources, _, diagnostics) = run(&whole);
    let shift = if has_package { 0 } else { 1 };
    let mut lines = Vec::new();
    for diagnostic in &diagnostics {
        let at = diagnostic.span().map(|span| (&sources[span.file], sources[span.file].line_column(span.start)));
        let place = at.map_or_else(String::new, |(file, at)| match file.name() {
            CASE => format!("{}:{} ", at.line - shift, at.column),
            name => format!("{name}:{}:{} ", at.line, at.column),
        });
        let help = diagnostic.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        lines.push(format!("{place}{}: {}{help}", diagnostic.code.name, diagnostic.message));
    }
    lines.join("\n")
}
