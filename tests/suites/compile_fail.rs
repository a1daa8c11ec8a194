//! What rustc says to whoever implements a service wrongly, or writes a type that does not fit: it must name the contract.
//!
//! Each `ui/*.rs` is compiled against the harness that this very run has built (nothing is built again), and what rustc
//! prints is compared with the `.stderr` beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use wireloom_tests::{blessed, files_below, root};

#[test]
fn rustc_names_the_contract() {
    let cases = files_below(&root().join("tests/ui"), "rs");
    assert!(!cases.is_empty());
    for case in cases {
        let ran = compile(&case);
        assert!(!ran.status.success(), "{} compiles", case.display());
        let said = normal(&String::from_utf8_lossy(&ran.stderr));
        blessed(&case.with_extension("stderr"), &said);
    }
}

fn compile(case: &Path) -> std::process::Output {
    let dependencies = dependencies();
    let harness = format!("wireloom_tests={}", newest(&dependencies, "libwireloom_tests-").display());
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata", "--out-dir"])
        .arg(std::env::temp_dir())
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .args(["--extern", &harness])
        // What paths in `include_contract!` begin at.
        .env("CARGO_MANIFEST_DIR", root().join("tests/ui"))
        .arg(case)
        .output()
        .expect("rustc runs")
}

/// The folder this test lies in, with all that it was built of.
fn dependencies() -> PathBuf {
    std::env::current_exe().ok().and_then(|test| test.parent().map(Path::to_owned)).expect("a test lies in a folder")
}

/// The library that was built last, which is the one of this run.
fn newest(folder: &Path, prefix: &str) -> PathBuf {
    files_below(folder, "rlib")
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
        .max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok())
        .expect("the harness is built before its tests")
}

/// Without what differs from machine to machine, and without lines of the runtime, which move with every change there.
fn normal(said: &str) -> String {
    let root = format!("{}/", root().display());
    // How much of a path rustc writes depends on what other names the crates of a build have.
    let own = said
        .replace(&root, "")
        .replace("wireloom_tests::wireloom::", "")
        .replace("wireloom_tests::Context", "Context")
        .replace("std::marker::Send", "Send");
    let lines =
        own.lines().filter(|line| !["long-type", "--verbose", "--> /rustc/"].iter().any(|it| line.contains(it)));
    without_lists(lines).map(|line| placeless(line) + "\n").collect()
}

/// Without the lists of what else implements a trait, which grow with every contract.
fn without_lists<'l>(lines: impl Iterator<Item = &'l str>) -> impl Iterator<Item = &'l str> {
    let mut is_list = false;
    lines.filter(move |line| {
        let is_head = line.contains("the following other types implement trait") && line.ends_with(':');
        is_list = is_head || (is_list && line.starts_with("      ") && !line.contains('|'));
        !is_list
    })
}

/// ` --> runtime/src/server.rs:98:4` without line and column.
fn placeless(line: &str) -> String {
    match line.trim_start().strip_prefix("--> runtime/src/").and_then(|_| line.split_once(".rs:")) {
        Some((file, _)) => format!("{file}.rs"),
        None => line.to_owned(),
    }
}
