//! `wireloom lock`: what is written, and what the other commands make of it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::stage::{SHOP, Stage, objects, stamp};

const HEADER: &str = "# loom.lock 1: wire numbers, written by `wireloom lock`; commit it, and change no number\n";
const SHOP_LINES: &str = "Order.id 1\nOrder.note 2\nOrders.get 1\nOrders.get.id 1\n";

/// A contract bound to a wire that has numbers.
fn grpc() -> String {
    format!("{SHOP}bind Orders to grpc\n")
}

fn codes(stage: &Stage, args: &[&str]) -> Vec<String> {
    let ran = stage.run(&[args, &["--format", "json"]].concat());
    objects(&ran).iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_lock_is_written_once() {
    let stage = Stage::new(&[("shop/shop.loom", SHOP)]);
    let ran = stage.run(&["lock"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "wrote shop/loom.lock\n1 of 1 lock written\n"));
    assert_eq!(stage.read("shop/loom.lock"), format!("{HEADER}{SHOP_LINES}"));
    let before = stamp(&stage.path("shop/loom.lock"));
    assert_eq!(stage.run(&["lock", "shop"]).err, "0 of 1 lock written\n");
    assert_eq!(stamp(&stage.path("shop/loom.lock")), before);
    assert_eq!(stage.run(&["check"]).code, 0);
}

#[test]
fn edits_keep_numbers_and_leave_tombstones() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    stage.run(&["lock"]);
    stage.write("shop.loom", SHOP.replace("note: string?", "total: u32\n    remark: string? was note"));
    stage.run(&["lock"]);
    assert!(stage.read("loom.lock").contains("\nOrder.id 1\nOrder.remark 2\nOrder.total 3\n"), "the name is another");
    stage.write("shop.loom", SHOP.replace("note: string?", "total: u32\n    phone: string?"));
    stage.run(&["lock"]);
    assert!(stage.read("loom.lock").contains("\nOrder.phone 4\nOrder.remark 2 removed\nOrder.total 3\n"));
}

#[test]
fn check_only_tells() {
    let stage = Stage::new(&[("a/shop.loom", SHOP), ("b/b.loom", "package b\nrecord B { x: u32 }\n")]);
    let ran = stage.run(&["lock", "--check"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "missing: a/loom.lock\nmissing: b/loom.lock\n"));
    assert!(!stage.path("a/loom.lock").exists());
    stage.run(&["lock"]);
    assert_eq!(stage.run(&["lock", "--check"]).code, 0);
    stage.write("b/b.loom", "package b\nrecord B { x: u32, y: u32 }\n");
    let ran = stage.run(&["lock", "--check"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "stale: b/loom.lock\n"));
}

#[test]
fn nothing_is_written_with_errors() {
    let stage = Stage::new(&[("a/shop.loom", SHOP), ("b/b.loom", "package b\nrecord B { x: u33 }\n")]);
    let ran = stage.run(&["lock"]);
    assert!(ran.code == 1 && ran.out.contains("unknown-type"), "{ran:?}");
    assert!(!stage.path("a/loom.lock").exists());
    assert_eq!(stage.run(&["lock", "nowhere"]).code, 2);
}

#[test]
fn a_package_is_locked_whole() {
    let stage = Stage::new(&[("shop.loom", SHOP), ("more.loom", "package shop\nrecord More { x: u32 }\n")]);
    for args in [&["lock", "shop.loom"][..], &["lock", "./more.loom"], &["lock"]] {
        stage.run(args);
        assert_eq!(stage.read("loom.lock"), format!("{HEADER}More.x 1\n{SHOP_LINES}"), "{args:?}");
    }
    fs::create_dir(stage.path("links")).unwrap();
    symlink("../shop.loom", stage.path("links/shop.loom")).unwrap();
    stage.write("more.loom", "package shop\nrecord More { x: u32, y: u32 }\n");
    assert_eq!(codes(&stage, &["check", "links"]), Vec::<String>::new(), "a part lacks nothing");
    assert_eq!(codes(&stage, &["check", "."]), ["lock-stale"]);
}

#[test]
fn packages_that_are_only_imported_keep_their_lock() {
    let stage = Stage::new(&[
        ("lib/common.loom", "package common\nrecord Paged<T> { items: [T], next: string? }\n"),
        ("shop/shop.loom", "package shop\nimport common.{Paged}\nrecord Order { more: Paged<u32> }\n"),
    ]);
    assert_eq!(stage.run(&["lock", "shop", "-I", "lib"]).err, "wrote shop/loom.lock\n1 of 1 lock written\n");
    assert_eq!(stage.read("shop/loom.lock"), format!("{HEADER}Order.more 1\n"));
    assert!(!stage.path("lib/loom.lock").exists());
    // A generic without an instance has numbers too.
    stage.run(&["lock", "lib"]);
    assert_eq!(stage.read("lib/loom.lock"), format!("{HEADER}Paged.items 1\nPaged.next 2\n"));

    stage.write("lib/loom.lock", "nonsense");
    assert_eq!(codes(&stage, &["check", "shop", "-I", "lib"]), ["broken-import"]);
    assert_eq!(codes(&stage, &["check", "lib"]), ["lock-header"]);
}

#[test]
fn a_lock_that_is_missing_is_said_where_numbers_travel() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    assert_eq!(codes(&stage, &["check"]), Vec::<String>::new(), "REST has names");
    stage.write("shop.loom", grpc());
    assert!(codes(&stage, &["check"]).contains(&"no-lock".to_owned()));
    assert!(codes(&stage, &["generate", "--out", "gen"]).contains(&"no-lock".to_owned()));
    assert!(stage.run(&["check"]).code == 0 && stage.path("gen").exists(), "a build works without");
    stage.run(&["lock"]);
    assert!(!codes(&stage, &["check"]).contains(&"no-lock".to_owned()));
}

#[test]
fn a_lock_that_lacks_members_is_a_warning_and_one_that_contradicts_an_error() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    stage.run(&["lock"]);
    stage.write("shop.loom", SHOP.replace("note: string?", "note: string?\n    total: u32"));
    let ran = stage.run(&["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "1 warning in 1 file\n"));
    assert!(ran.out.contains("the lock of `shop` does not have `Order.total`"), "{}", ran.out);
    stage.write("shop.loom", SHOP.replace("note: string?", "note: string? @9"));
    assert_eq!(codes(&stage, &["check"]), ["lock-pin"]);
    assert_eq!(codes(&stage, &["generate", "--out", "gen"]), ["lock-pin"]);
    assert!(!stage.path("gen").exists());
    let drawn = stage.run(&["check"]).out;
    assert!(drawn.contains("--> shop.loom:5:19") && drawn.contains("loom.lock:3"), "{drawn}");
}

#[test]
fn whatever_lies_in_its_place() {
    for (lay, code) in [
        (&(|stage: &Stage| fs::create_dir(stage.path("loom.lock")).unwrap()) as &dyn Fn(&Stage), "unreadable-file"),
        (&|stage| symlink("nowhere", stage.path("loom.lock")).unwrap(), "unreadable-file"),
        (&|stage| stage.write("loom.lock", b"# loom.lock 1\nA.b \xff\n"), "not-utf8"),
        (&|stage| stage.write("loom.lock", vec![b' '; 9 << 20]), "file-too-large"),
        (&|stage| stage.write("loom.lock", ""), "lock-header"),
        (&|stage| stage.write("loom.lock", "# loom.lock 1\n<<<<<<< ours\n"), "lock-line"),
    ] {
        let stage = Stage::new(&[("shop.loom", SHOP)]);
        lay(&stage);
        assert_eq!(codes(&stage, &["check"]), [code]);
        assert_eq!(codes(&stage, &["lock"]), [code], "it is not written over");
        assert_eq!(stage.run(&["fmt", "--check"]).err, "0 of 1 file would change\n", "the layout does not mind");
    }
}

#[test]
fn the_locks_of_the_example_are_fresh() {
    let contracts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders/contracts");
    let ran = Stage::new(&[]).run(&["lock", "--check", contracts]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}

#[test]
fn locked_takes_numbers_from_locks_alone() {
    let stage = Stage::new(&[("shop.loom", grpc().as_str())]);
    let (check, generate) =
        (&["check", "--locked"][..], &["generate", "--locked", "--wires", "grpc", "--out", "gen"][..]);
    let errors = |args: &[&str]| {
        let ran = stage.run(&[args, &["--format", "json"]].concat());
        let errors = objects(&ran).into_iter().filter(|it| it["severity"] == "error");
        (ran.code, errors.map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    for args in [check, generate] {
        assert_eq!(errors(args), (1, vec!["no-lock".to_owned()]), "{args:?}");
    }
    assert!(!stage.path("gen").exists());
    stage.run(&["lock"]);
    for args in [check, generate] {
        assert_eq!(errors(args), (0, Vec::new()), "{args:?}");
    }
    // What is new has no number, and what is gone has one still.
    for edit in ["note: string?\n    total: u32", ""] {
        stage.write("shop.loom", grpc().replace("note: string?", edit));
        for args in [check, generate] {
            assert_eq!(errors(args), (1, vec!["lock-stale".to_owned()]), "{args:?}");
        }
        let allowed = format!("@allow(\"lock-stale\", \"later\") {}", stage.read("shop.loom"));
        stage.write("shop.loom", allowed);
        assert_eq!(errors(check).0, 1, "an error is not allowed");
        assert_eq!(stage.run(&["check"]).code, 0);
    }
    let names = Stage::new(&[("shop.loom", SHOP)]);
    assert_eq!(names.run(check).code, 0, "names alone want no lock");
}

#[test]
fn what_is_gone_is_told_where_the_whole_package_is_there() {
    let more = "package shop\nrecord More { x: u32, y: u32 }\n";
    let stage = Stage::new(&[("shop.loom", SHOP), ("more.loom", more)]);
    stage.run(&["lock"]);
    stage.write("more.loom", more.replace(", y: u32", ""));
    let drawn = stage.run(&["check"]).out;
    assert!(drawn.contains("the lock of `shop` has `More.y`, which the contract has not"), "{drawn}");
    assert_eq!(codes(&stage, &["check", "shop.loom"]), Vec::<String>::new(), "a part does not know");
    stage.run(&["lock"]);
    assert_eq!(codes(&stage, &["check"]), Vec::<String>::new());
}

#[test]
fn a_merge_is_mended_and_then_locked() {
    let stage = Stage::new(&[(
        "shop.loom",
        SHOP.replace("note: string?", "note: string?\n    fax: u32\n    mail: u32").as_str(),
    )]);
    stage.write(
        "loom.lock",
        format!("{HEADER}<<<<<<< HEAD\nOrder.fax 2\n=======\nOrder.mail 2\n>>>>>>> mail\nOrder.id 1\nOrder.note 5\n"),
    );
    assert_eq!(codes(&stage, &["check"]), ["lock-conflict"], "one mistake");
    assert_eq!(codes(&stage, &["lock"]), ["lock-conflict"]);
    let ran = stage.run(&["check", "--fix"]);
    assert!(ran.code == 0 && ran.err.contains("\nmended 2 mistakes in 1 file\n"), "{ran:?}");
    assert_eq!(stage.read("loom.lock"), format!("{HEADER}Order.fax 2\nOrder.id 1\nOrder.note 5\n"));
    stage.run(&["lock"]);
    assert!(stage.read("loom.lock").contains("\nOrder.fax 2\nOrder.id 1\nOrder.mail 6\nOrder.note 5\n"));
    assert_eq!(codes(&stage, &["check", "--locked"]), Vec::<String>::new());
}
