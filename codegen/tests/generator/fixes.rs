//! Fixes: every one that a wrong contract gets is applied, and must mend what it was offered for.
//!
//! The wrong contracts are the corpus, those of the explanations and the cases below `tests/contracts/fixes`. Each fix is applied
//! alone to files on a disk, as `wireloom check --fix` does, and the contracts are read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use wireloom_codegen::all_codes;
use wireloom_codegen::load::{Loaded, load};
use wireloom_idl::diagnostic::Code;
use wireloom_idl::{Diagnostic, Diagnostics, Severity, format};

use crate::harness::root;

/// A line that begins a file: `// file shop/orders.loom`.
const FILE: &str = "// file ";
/// Whatever stands before the first such line.
const FIRST: &str = "case/case.loom";
/// What lies below it is only imported from.
const IMPORTED: &str = "imported";

/// What could not be seen before something else was mended: in the case, by the fix, an error.
const UNCOVERED: &[(&str, &str, &str)] = &[
    ("bindings.loom", "bind-order", "xml-not-generated"),
    ("bindings.loom", "unknown-wire", "duplicate-binding"),
    ("services.loom", "unexpected-token", "unexpected-token"),
    ("ten-mistakes.loom", "unknown-entry", "rest-verb-safe"),
];

/// Contracts in a folder of their own.
struct Case {
    name: String,
    /// Whether each of its mistakes stands alone, so that mending one uncovers no other.
    strict: bool,
    folder: tempfile::TempDir,
}

impl Case {
    fn new(name: &str, text: &str, strict: bool) -> Case {
        let case = Case { name: name.to_owned(), strict, folder: tempfile::tempdir().unwrap() };
        let mut files: Vec<(&str, String)> = vec![(FIRST, String::new())];
        for line in text.split_inclusive('\n') {
            match line.strip_prefix(FILE) {
                Some(file) => files.push((file.trim(), String::new())),
                None => files.last_mut().unwrap().1.push_str(line),
            }
        }
        for (file, text) in files.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
            let path = case.folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        case
    }

    fn read(&self) -> (Loaded, Diagnostics) {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let (includes, mut paths): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.ends_with(IMPORTED));
        paths.sort();
        let loaded = load(&paths, &includes).unwrap();
        let said = loaded.check();
        (loaded, said)
    }

    /// The texts of all files, by their paths.
    fn texts(&self) -> BTreeMap<PathBuf, String> {
        let mut texts = BTreeMap::new();
        let mut open = vec![self.folder.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    open.push(entry);
                } else {
                    texts.insert(entry.clone(), fs::read_to_string(entry).unwrap());
                }
            }
        }
        texts
    }

    fn write(&self, texts: &BTreeMap<PathBuf, String>) {
        texts.iter().for_each(|(path, text)| fs::write(path, text).unwrap());
    }
}

/// All wrong contracts there are, by name.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (folder, strict) in [("tests/contracts/errors", true), ("tests/contracts/fixes", false)] {
        let texts = contracts(folder).into_iter().map(|path| (name_of(&path), fs::read_to_string(&path).unwrap()));
        cases.extend(texts.map(|(name, text)| Case::new(&name, &text, strict)));
    }
    cases.extend(all_codes().into_iter().filter_map(|code| Some(Case::new(code.name, &wrong(code)?, true))));
    cases
}

fn contracts(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "loom")).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn wrong(code: &Code) -> Option<String> {
    let (_, rest) = code.explanation.split_once("```loom wrong\n")?;
    Some(rest.split_once("```")?.0.replace("<U+202E>", "\u{202E}"))
}

/// How often each thing is said.
fn counted(said: &Diagnostics, wanted: impl Fn(&&Diagnostic) -> bool) -> BTreeMap<(&'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in said.iter().filter(wanted) {
        *counts.entry((diagnostic.code.name, diagnostic.message.clone())).or_default() += 1;
    }
    counts
}

/// Applies one fix; says what is wrong with it.
fn applied(case: &Case, loaded: &Loaded, before: &Diagnostics, diagnostic: &Diagnostic) -> Vec<String> {
    let mut only = Diagnostics::new();
    only.push(diagnostic.clone());
    let (files, mended) = loaded.fixed(&only);
    let what = format!("{}: {} ({})", case.name, diagnostic.code.name, diagnostic.message);
    if mended.len() != 1 || files.is_empty() {
        return vec![format!("{what}: the fix changes nothing")];
    }
    files.iter().for_each(|file| fs::write(&file.path, &file.text).unwrap());
    let (mended, after) = case.read();
    let mut wrong = Vec::new();
    let text = files.iter().map(|file| file.text.as_str()).collect::<String>();
    let itself = |it: &&Diagnostic| it.code == diagnostic.code && it.message == diagnostic.message;
    if counted(&after, itself).values().sum::<usize>() >= counted(before, itself).values().sum() {
        wrong.push(format!("{what}: it is still said\n{text}"));
    }
    let errors = |it: &&Diagnostic| it.severity == Severity::Error;
    let earlier = counted(before, errors);
    for ((code, message), count) in counted(&after, errors) {
        // What a fix writes is text of this language. Others uncover what could not be read before: members, once their
        // declaration has its word.
        let writes = ["unexpected-token", "unknown-type"].contains(&diagnostic.code.name);
        let is_syntax = code == "unexpected-token" && writes;
        if !case.strict && !is_syntax || UNCOVERED.contains(&(case.name.as_str(), diagnostic.code.name, code)) {
            continue;
        }
        if count > earlier.get(&(code, message.clone())).copied().unwrap_or_default() {
            wrong.push(format!("{what}: there is a new error, {code}: {message}\n{text}"));
        }
    }
    for file in mended.files.iter().filter(|file| !mended.is_broken(file.tree.file)) {
        let text = mended.sources[file.tree.file].text();
        if format::format(&file.tree, text).is_none() {
            wrong.push(format!("{what}: the text cannot be formatted\n{text}"));
        }
    }
    wrong
}

#[test]
fn every_fix_mends_what_it_was_offered_for() {
    let (mut mended, mut wrong) = (BTreeSet::new(), Vec::new());
    for case in cases() {
        let (loaded, before) = case.read();
        let texts = case.texts();
        for diagnostic in before.iter().filter(|it| it.fix.is_some()) {
            mended.insert(diagnostic.code.name);
            wrong.extend(applied(&case, &loaded, &before, diagnostic));
            case.write(&texts);
        }
    }
    assert!(wrong.is_empty(), "{} fixes do not mend:\n{}", wrong.len(), wrong.join("\n"));
    let said: BTreeSet<&str> = all_codes().into_iter().filter(|code| code.has_fix).map(|code| code.name).collect();
    assert_eq!(mended, said, "`, fix` stands in the tables of codes where a fix was seen");
}

/// Codes of what no contract can show: limits, disks and command lines. Each is met in a test that names it.
const WITHOUT_CONTRACT: &[&str] = &[
    "allow-line",
    "allow-line-unused",
    "broken-import",
    "file-too-large",
    "link-loop",
    "misuse",
    "no-contracts",
    "no-such-path",
    "not-utf8",
    "too-many-errors",
    "too-many-files",
    "too-many-members",
    "unreadable-file",
    "unwritable-file",
];

#[test]
fn every_code_is_met() {
    let mut met: BTreeSet<&str> = cases().iter().flat_map(|case| codes_of(&case.read().1)).collect();
    let folders = ["codegen/cli/tests", "codegen/src", "idl/tests"].map(|folder| root().join(folder));
    let tests: String = folders.iter().map(|folder| texts_below(folder)).collect();
    met.extend(WITHOUT_CONTRACT.iter().filter(|code| {
        [format!("\"{code}\""), format!("[{code}]"), format!(" {code}: ")].iter().any(|word| tests.contains(word))
    }));
    let missing: Vec<&str> = all_codes().iter().map(|code| code.name).filter(|code| !met.contains(code)).collect();
    assert!(missing.is_empty(), "no wrong contract has these: {missing:?}");
}

fn codes_of(said: &Diagnostics) -> Vec<&'static str> {
    said.iter().map(|diagnostic| diagnostic.code.name).collect()
}

/// The Rust below a folder.
fn texts_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => texts_below(&path),
        Some(extension) if extension == "rs" && !path.ends_with("codes.rs") => fs::read_to_string(&path).unwrap(),
        _ => String::new(),
    };
    entries.map(text).collect()
}

#[test]
fn fixes_come_to_an_end() {
    for case in cases() {
        mended(&case);
    }
}

/// `case.loom` becomes `case.fixed`, where only what needs a decision is left; `BLESS=1` writes the latter.
#[test]
fn contracts_of_other_languages_become_ours() {
    let mut stale = Vec::new();
    for path in contracts("tests/contracts/fixes") {
        let case = Case::new(&name_of(&path), &fs::read_to_string(&path).unwrap(), false);
        let said = mended(&case);
        let left: String = said.iter().map(|it| format!("// left: {}: {}\n", it.code.name, it.message)).collect();
        let files = case.texts().into_iter().map(|(path, text)| {
            let name = path.strip_prefix(case.folder.path()).unwrap().to_string_lossy().into_owned();
            if name == FIRST { text } else { format!("{FILE}{name}\n{text}") }
        });
        let found = files.collect::<String>() + &left;
        let beside = path.with_extension("fixed");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &found).unwrap();
        } else if fs::read_to_string(&beside).ok().as_ref() != Some(&found) {
            stale.push(format!("{}:\n{found}", case.name));
        }
        if said.has_errors() {
            stale.push(format!("{} is still wrong:\n{found}", case.name));
        }
    }
    assert!(stale.is_empty(), "differs from its .fixed (BLESS=1 writes them anew):\n{}", stale.join("\n"));
}

/// A fix would say less than was said, or something else.
#[test]
fn what_would_change_its_meaning_is_not_mended() {
    for wrong in [
        "package a\nrecord A { optional int32 size = 1 [default = 50]; }",
        "package a\nrecord A { string old = 1 [json_name = \"OLD\"]; }",
        "package a\nenum E { RED = 1 [deprecated = true]; }",
        "package a\nrecord A {\n    oneof x { string a = 3; }\n}",
        "package a\nextend type User { id: uuid }",
        "package a\ndata class User { id: uuid }",
    ] {
        let case = Case::new("meaning", wrong, true);
        let said = mended(&case);
        assert!(said.has_errors(), "{wrong}");
        assert_eq!(case.texts().into_values().collect::<Vec<_>>(), [wrong]);
    }
}

/// What is left to say once nothing changes any more.
fn mended(case: &Case) -> Diagnostics {
    const ROUNDS_MAX: usize = 32;
    for _ in 0..ROUNDS_MAX {
        let (loaded, said) = case.read();
        let (files, _) = loaded.fixed(&said);
        if files.is_empty() {
            return said;
        }
        files.iter().for_each(|file| fs::write(&file.path, &file.text).unwrap());
    }
    panic!("{}: fixes undo each other: {:?}", case.name, case.texts())
}
