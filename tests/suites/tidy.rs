//! What keeps the tree as ARCHITECTURE.md says it is.

use std::path::{Path, PathBuf};

use wireloom_tests::{files_below, root};

/// Words that may not stand in a folder's code, with the reason.
const NEVER: &[(&str, &[&str], &str)] = &[
    (
        "idl/src",
        &["std::fs", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "tokio", "wireloom_codegen", "std::env"],
        "the language reads no file and knows no target",
    ),
    (
        "codegen/src",
        &["wireloom::", "tokio", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "SystemTime"],
        "the compiler has no network, no clock and no runtime",
    ),
    ("runtime/src", &["wireloom_idl", "wireloom_codegen"], "the runtime knows nothing of the compiler"),
    (
        "runtime/policy/src",
        &["tokio", "std::time::Instant", "SystemTime", "std::thread", "std::net", "std::fs", "std::env", "wireloom::"],
        "policies are told the time and chance, and do nothing but decide",
    ),
    ("runtime/src/transport", &["crate::server", "crate::channel::Inner"], "a wire does not reach around its seam"),
    (
        "macros/src",
        &["wireloom_idl", "wireloom_codegen"],
        "only `include_contract!` needs the compiler, a derive does not",
    ),
];

/// The only file of `macros/src` that knows the compiler.
const COMPILER_DOOR: &str = "macros/src/contract.rs";

/// The only files of `codegen/src` that touch the disk.
const DISK_DOORS: &[&str] = &["codegen/src/load", "codegen/src/build"];

#[test]
fn layers_keep_to_themselves() {
    let mut broken = Vec::new();
    for (folder, words, reason) in NEVER {
        for (path, text) in sources(folder).into_iter().filter(|(path, _)| path != Path::new(COMPILER_DOOR)) {
            // Paths of generated code begin at the root.
            let quotes = *folder == "codegen/src";
            for (number, line) in code_lines(&text) {
                for word in words.iter().filter(|word| names(line, word, quotes)) {
                    broken.push(format!("{}:{number}: `{word}`: {reason}", path.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_doors_touch_the_disk() {
    for (path, text) in sources("codegen/src") {
        let is_door = DISK_DOORS.iter().any(|door| path.to_string_lossy().starts_with(door));
        // Inline tests make files to read.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let touches = code_lines(text).any(|(_, line)| line.contains("std::fs") || line.contains("std::env"));
        assert!(is_door || !touches, "{} touches the disk or the environment", path.display());
    }
}

#[test]
fn files_have_one_idea() {
    let folders = [
        "idl/src",
        "codegen",
        "runtime/src",
        "runtime/policy",
        "macros/src",
        "tests/src",
        "tests/suites",
        "tests/simulator",
        "examples",
    ];
    for folder in folders {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 900, "{} has {lines} lines: it wants to be a folder", path.display());
            assert!(
                text.starts_with("//!") || path.starts_with("codegen/src/explain"),
                "{} does not say what it is",
                path.display()
            );
        }
    }
}

#[test]
fn no_test_is_skipped_but_where_a_suite_gives_it_its_server() {
    let commands = commands_of_usual_suites();
    for (path, text) in sources(".") {
        for (number, line) in code_lines(&text) {
            let Some((_, reason)) = line.split_once(concat!("#[", "ignore")) else { continue };
            let wants = reason.split_once("wants a server, ").and_then(|(_, wants)| wants.split('"').next());
            // `runtime/tests/discovery/dns.rs` is of the test `discovery`.
            let target =
                path.iter().skip_while(|part| *part != "tests").nth(1).map(Path::new).and_then(Path::file_stem);
            let (Some(wants), Some(target)) = (wants, target.and_then(|name| name.to_str())) else {
                panic!("{}:{number} does not say which server it wants", path.display());
            };
            let is_run = commands.iter().any(|command| {
                let mut words = command.split_whitespace();
                command.contains(&format!("{wants}="))
                    && words.any(|word| word == target)
                    && words.any(|word| word == "--include-ignored")
            });
            assert!(is_run, "{}:{number} skips a test that no suite runs", path.display());
        }
    }
}

/// The commands in the scripts that `tests/run` calls where no suite is named.
fn commands_of_usual_suites() -> Vec<String> {
    let run = std::fs::read_to_string(root().join("tests/run")).unwrap();
    let (_, usual) = run.split_once("usual=(").expect("it says which suites are usual");
    let usual = usual.split(')').next().unwrap_or_default().split_whitespace();
    let bodies = usual.map(|suite| {
        let (_, body) = run.split_once(&format!("suite_{suite}() {{")).unwrap_or_else(|| panic!("no suite `{suite}`"));
        body.split("\n}").next().unwrap_or_default()
    });
    let scripts = bodies.flat_map(str::split_whitespace).filter(|word| word.starts_with("tests/"));
    let texts = scripts.map(|script| std::fs::read_to_string(root().join(script)).unwrap().replace("\\\n", " "));
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn the_readme_shows_the_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["cargo run -p orders", "tests/run"] {
        assert!(readme.contains(command), "README.md does not show `{command}`");
    }
}

/// The hand-written Rust files below a folder, with paths from the root.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = root();
    files_below(&root.join(folder), "rs")
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap_or(&path).to_owned(), std::fs::read_to_string(&path).unwrap()))
        .filter(|(path, _)| !is_generated(path))
        .collect()
}

fn is_generated(path: &Path) -> bool {
    path.starts_with("tests/golden") || path.starts_with("tests/.cache") || path.starts_with("codegen/cli/templates")
}

/// Lines that are no comment, numbered from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a line of code names a module, in an import or within a path; `quotes` leaves out paths from the root.
fn names(line: &str, word: &str, quotes: bool) -> bool {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let code = line.split(" // ").next().unwrap_or_default();
    let outside_texts = code.split('"').step_by(2);
    outside_texts.flat_map(|text| text.split(|letter| !is_path(letter))).any(|path| {
        let whole = |(start, found): (usize, &str)| {
            !path[..start].ends_with(is_name)
                && (found.ends_with(':') || !path[start + found.len()..].starts_with(is_name))
        };
        !(quotes && path.starts_with("::")) && path.match_indices(word).any(whole)
    })
}

#[test]
fn names_are_found_in_imports_and_in_paths() {
    for (line, word, found) in [
        ("use std::fs;", "std::fs", true),
        ("    let text = std::fs::read(path)?;", "std::fs", true),
        ("    let now = std::time::SystemTime::now();", "SystemTime", true),
        ("    tokio::spawn(work);", "tokio", true),
        ("    wireloom::Fault::new()", "wireloom::", true),
        ("    quote!(::wireloom::Fault)", "wireloom::", false),
        ("    let tokio_like = 1; // tokio", "tokio", false),
        ("    push(\"tokio\");", "tokio", false),
        ("    wireloom_idl::parse()", "wireloom::", false),
    ] {
        assert_eq!(names(line, word, true), found, "{line}");
    }
    assert!(names("    ::tokio::spawn(work);", "tokio", false), "only generated code begins at the root");
}
