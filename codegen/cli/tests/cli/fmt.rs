//! `wireloom fmt`: one layout, files that are not touched, standard input.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::stage::{SHOP, Stage, stamp};

const LOOSE: &str = "package   shop\nrecord Order {id:uuid,note:string?}\n";

/// What the formatter makes of [`LOOSE`].
fn tidy() -> String {
    let ran = Stage::new(&[]).run_with(&["fmt", "-"], LOOSE.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("package shop\nrecord Order {"), "{}", ran.out);
    ran.out
}

#[test]
fn files_are_rewritten_once() {
    let stage = Stage::new(&[("a.loom", LOOSE), ("b/b.loom", &tidy())]);
    let kept = stamp(&stage.path("b/b.loom"));
    let ran = stage.run(&["fmt"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "a.loom\n", "1 of 2 files changed\n"));
    assert_eq!(stage.read("a.loom"), tidy());
    assert_eq!(stamp(&stage.path("b/b.loom")), kept);
    let written = stamp(&stage.path("a.loom"));
    assert_eq!(stage.run(&["fmt", "a.loom", "b"]).err, "0 of 2 files changed\n");
    assert_eq!(stamp(&stage.path("a.loom")), written);
    let left: Vec<_> = fs::read_dir(stage.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside: {left:?}");
}

#[test]
fn check_only_tells() {
    let stage = Stage::new(&[("a.loom", LOOSE), ("b/b.loom", &tidy())]);
    let ran = stage.run(&["fmt", "--check"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, "a.loom\n", "1 of 2 files would change\n"));
    assert_eq!(stage.read("a.loom"), LOOSE);
    assert_eq!(stage.run(&["fmt", "--check", "b"]).code, 0);
    assert_eq!(stage.run_with(&["fmt", "--check", "-"], LOOSE.as_bytes()).code, 1);
    assert_eq!(stage.run_with(&["fmt", "--check", "-"], tidy().as_bytes()).code, 0);
}

#[test]
fn a_file_with_syntax_errors_is_left_and_the_others_are_not() {
    let broken = "package shop\nrecord Order {id uuid}\n";
    let stage = Stage::new(&[("a.loom", broken), ("b.loom", LOOSE)]);
    let ran = stage.run(&["fmt"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "b.loom\n"));
    assert!(ran.err.contains("--> a.loom:2:18"), "{}", ran.err);
    assert_eq!(stage.read("a.loom"), broken);
    let piped = stage.run_with(&["fmt", "-"], broken.as_bytes());
    assert_eq!((piped.code, piped.out.as_str()), (1, ""));
    assert!(piped.err.contains("--> <stdin>:2:18"), "{}", piped.err);
}

#[test]
fn marks_and_carriage_returns_go() {
    let stage = Stage::new(&[]);
    stage.write("a.loom", format!("\u{feff}{}", tidy()));
    stage.write("b.loom", tidy().replace('\n', "\r\n"));
    assert_eq!(stage.run(&["fmt", "--check"]).out, "a.loom\nb.loom\n");
    assert_eq!(stage.run(&["fmt"]).code, 0);
    assert_eq!((stage.read("a.loom"), stage.read("b.loom")), (tidy(), tidy()));
}

#[test]
fn permissions_and_links_stay() {
    let stage = Stage::new(&[("real/a.loom", LOOSE)]);
    fs::set_permissions(stage.path("real/a.loom"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.loom", stage.path("link.loom")).unwrap();
    assert_eq!(stage.run(&["fmt", "link.loom"]).code, 0);
    assert_eq!(stage.read("real/a.loom"), tidy());
    assert!(stage.path("link.loom").is_symlink());
    assert_eq!(fs::metadata(stage.path("real/a.loom")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn standard_input_stands_alone() {
    let stage = Stage::new(&[("a.loom", SHOP)]);
    assert_eq!(stage.run(&["fmt", "-", "a.loom"]).code, 2);
    assert_eq!(stage.run(&["fmt", "nowhere.loom"]).code, 2);
    assert_eq!(stage.run_with(&["fmt", "-"], b"package shop // \xff\n").code, 1);
}
