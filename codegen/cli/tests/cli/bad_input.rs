//! Whatever a path leads to: a diagnostic, an exit code and an end.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use crate::stage::{SHOP, Stage, objects};

/// The first diagnostic of a check of everything, as code, file, line and column.
fn told(stage: &Stage) -> (serde_json::Value, i32) {
    let ran = stage.run(&["check", "--format", "json"]);
    let all = objects(&ran);
    let first = all.first().unwrap_or_else(|| panic!("nothing told: {ran:?}"));
    (json!([first["code"], first["file"], first["line"], first["column"]]), ran.code)
}

#[test]
fn a_folder_that_looks_like_a_file() {
    let stage = Stage::new(&[("shop.loom", SHOP), ("x.loom/inside.txt", "")]);
    assert_eq!(told(&stage), (json!(["unreadable-file", "x.loom", 1, 1]), 1));
    assert_eq!(stage.run(&["check", "x.loom"]).code, 1);
}

#[test]
fn a_pipe_is_not_waited_for_and_a_device_not_read() {
    let stage = Stage::new(&[]);
    assert!(Command::new("mkfifo").arg(stage.path("x.loom")).status().unwrap().success());
    assert_eq!(told(&stage), (json!(["unreadable-file", "x.loom", 1, 1]), 1));
    assert_eq!(stage.run(&["check", "/dev/zero"]).code, 1);
    assert_eq!(stage.run(&["fmt", "x.loom"]).code, 1);
}

#[test]
fn a_link_to_nowhere_and_one_to_itself() {
    let stage = Stage::new(&[]);
    symlink("nowhere.loom", stage.path("a.loom")).unwrap();
    assert_eq!(told(&stage), (json!(["unreadable-file", "a.loom", 1, 1]), 1));
    symlink("self.loom", stage.path("self.loom")).unwrap();
    assert_eq!(stage.run(&["check", "self.loom"]).code, 1);
}

#[test]
fn links_to_files_are_followed_and_folders_entered_once() {
    let stage = Stage::new(&[("real/shop.loom", SHOP)]);
    symlink("../real", stage.path("real/again")).unwrap();
    symlink("real", stage.path("twin")).unwrap();
    symlink("real/shop.loom", stage.path("shop.loom")).unwrap();
    let ran = stage.run(&["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "1 warning\n"), "{ran:?}");
    assert!(ran.out.contains("warning[link-loop]: the link `real/again`"), "{}", ran.out);
}

#[test]
fn not_utf8_is_told_at_the_byte_and_its_names_are_known() {
    let stage = Stage::new(&[("b.loom", "package shop\nrecord Order { note: Note }\n")]);
    stage.write("a.loom", b"package shop\n/// caf\xe9\nrecord Note { text: string }\n");
    assert_eq!(told(&stage), (json!(["not-utf8", "a.loom", 2, 8]), 1));
    assert_eq!(objects(&stage.run(&["check", "--format", "json"])).len(), 1);
    assert_eq!(stage.run(&["fmt", "a.loom"]).code, 1);

    stage.write("a.loom", b"\xef\xbb\xbfpackage shop // \xff\nrecord Note { text: string }\n");
    assert_eq!(told(&stage), (json!(["not-utf8", "a.loom", 1, 17]), 1));
    stage.write("a.loom", b"\xff\xfep\0a\0c\0k\0");
    assert!(stage.run(&["check"]).out.contains("it looks like UTF-16"));
}

#[test]
fn a_file_too_large_is_not_read() {
    let stage = Stage::new(&[]);
    stage.write("big.loom", vec![b'['; 20 << 20]);
    assert_eq!(told(&stage), (json!(["file-too-large", "big.loom", 1, 1]), 1));
    let piped = stage.run_with(&["fmt", "-"], &vec![b'['; 20 << 20]);
    assert!(piped.code == 1 && piped.err.contains("file-too-large"), "{}", piped.err);
}

#[test]
fn brackets_and_noise() {
    for (name, text) in [
        ("brackets", vec![b'['; 1 << 20]),
        ("braces", b"record A {".repeat(50_000)),
        ("quotes", vec![b'"'; 200_000]),
        ("nul", vec![0; 100_000]),
    ] {
        let stage = Stage::new(&[]);
        stage.write("noise.loom", text);
        let ran = stage.run(&["check"]);
        assert_eq!(ran.code, 1, "{name}: {}", ran.err);
    }
}

#[test]
fn packages_that_import_each_other() {
    let stage = Stage::new(&[
        ("a/a.loom", "package a\nimport b.{B}\nrecord A { b: B? }\n"),
        ("b/b.loom", "package b\nimport a.{A}\nrecord B { a: A? }\n"),
    ]);
    let ran = stage.run(&["check"]);
    assert!(ran.code == 1 && ran.out.contains("import-cycle"), "{ran:?}");
    let through_include = stage.run(&["check", "a", "-I", "b"]);
    assert_eq!(through_include.code, 1, "{through_include:?}");
}

#[test]
fn folders_deeper_than_anybody_goes() {
    let stage = Stage::new(&[(&format!("{}shop.loom", "d/".repeat(80)), SHOP)]);
    let ran = stage.run(&["check"]);
    assert!(ran.code == 1 && ran.out.contains("too-many-files"), "{ran:?}");
}

#[test]
fn names_that_would_break_a_line() {
    let stage = Stage::new(&[("a\ncargo::warning=b.loom", "package shop\nrecord {\n")]);
    let ran = stage.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(objects(&ran)[0]["file"], "a\u{fffd}cargo::warning=b.loom");
}
