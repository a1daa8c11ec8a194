//! `wireloom check --fix`: what is mended, what is left, and what is never touched.

use std::os::unix::fs::PermissionsExt as _;

use crate::stage::{SHOP, Stage, objects, stamp};

const WRONG: &str = "package shop\n\nrecord Order {\n  string note = 1;\n  total: decimall\n  count: int\n}\n";
const MENDED: &str = "package shop\n\nrecord Order {\n  note: string @1\n  total: decimal\n  count: i32\n}\n";

#[test]
fn what_machines_can_mend_is_mended() {
    let stage = Stage::new(&[("shop.loom", WRONG)]);
    let ran = stage.run(&["check", "--fix"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let told = [
        "shop.loom:4:3: write `note: string @1` (unexpected-token)",
        "shop.loom:5:10: write `decimal` (unknown-type)",
        "shop.loom:6:10: write `i32` (unknown-type)",
        "mended 3 mistakes in 1 file",
        "no errors in 1 file",
    ];
    assert_eq!(ran.err.lines().collect::<Vec<_>>(), told);
    assert_eq!(stage.read("shop.loom"), MENDED);
    let before = stamp(&stage.path("shop.loom"));
    assert_eq!(stage.run(&["check", "--fix"]).err, "no errors in 1 file\n");
    assert_eq!(stamp(&stage.path("shop.loom")), before, "a sound file is not touched");
}

#[test]
fn what_is_left_is_told() {
    let stage = Stage::new(&[("shop.loom", &format!("{WRONG}record Broken {{ a: Nonsense }}\n"))]);
    let ran = stage.run(&["check", "--fix", "--format", "json"]);
    let codes: Vec<_> = objects(&ran).iter().map(|it| (it["code"].clone(), it["line"].clone())).collect();
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(codes, [("unknown-type".into(), 8.into())]);
    assert!(stage.read("shop.loom").starts_with(MENDED));
    let ran = stage.run(&["check", "--fix"]);
    assert!(ran.code == 1 && ran.err == "1 error in 1 file\n", "{ran:?}");
}

#[test]
fn imported_files_are_never_touched() {
    let common = "package common\n\nrecord money { amount: decimal }\n";
    let shop = "package shop\n\nimport common.{money}\n\nrecord order { total: money }\n";
    let stage = Stage::new(&[("shop/shop.loom", shop), ("lib/common.loom", common)]);
    stage.run(&["check", "--fix", "shop", "-I", "lib"]);
    assert_eq!(stage.read("lib/common.loom"), common);
    assert_eq!(stage.read("shop/shop.loom"), shop.replace("record order", "record Order"));
    stage.run(&["check", "--fix"]);
    assert!(stage.read("lib/common.loom").contains("record Money"));
    assert!(stage.read("shop/shop.loom").contains("total: Money"), "both together are renamed together");
}

#[test]
fn a_name_that_has_shipped_keeps_its_identity() {
    let stage = Stage::new(&[("shop.loom", SHOP.replace("note", "orderNote").as_str())]);
    stage.run(&["lock"]);
    stage.run(&["check", "--fix"]);
    assert!(stage.read("shop.loom").contains("order_note: string? was orderNote\n"), "{}", stage.read("shop.loom"));
    stage.run(&["lock"]);
    assert!(stage.read("loom.lock").contains("\nOrder.order_note 2\n"), "{}", stage.read("loom.lock"));
}

#[test]
fn what_cannot_be_read_or_written_is_left_as_it_is() {
    let stage = Stage::new(&[("shop.loom", WRONG), ("other.loom", "")]);
    stage.write("other.loom", b"package shop\nrecord Other { a: decimall } // \xff\n");
    let ran = stage.run(&["check", "--fix"]);
    assert!(ran.code == 1 && ran.out.contains("not-utf8"), "{ran:?}");
    assert_eq!(
        std::fs::read(stage.path("other.loom")).unwrap(),
        b"package shop\nrecord Other { a: decimall } // \xff\n"
    );
    assert_eq!(stage.read("shop.loom"), MENDED);

    let stage = Stage::new(&[("shop/shop.loom", WRONG)]);
    let permissions =
        |mode| std::fs::set_permissions(stage.path("shop"), std::fs::Permissions::from_mode(mode)).unwrap();
    permissions(0o555);
    let ran = stage.run(&["check", "--fix"]);
    permissions(0o755);
    // Whoever may write everywhere is not kept from it.
    let is_root = stage.read("shop/shop.loom") == MENDED;
    assert!(is_root || ran.code == 1 && ran.out.contains("unwritable-file"), "{ran:?}");
}

#[test]
fn line_ends_and_links_stay() {
    let stage = Stage::new(&[("real/shop.loom", WRONG.replace('\n', "\r\n").as_str())]);
    std::fs::create_dir(stage.path("links")).unwrap();
    std::os::unix::fs::symlink("../real/shop.loom", stage.path("links/shop.loom")).unwrap();
    assert_eq!(stage.run(&["check", "--fix", "links"]).code, 0);
    assert!(stage.path("links/shop.loom").symlink_metadata().unwrap().is_symlink());
    assert_eq!(stage.read("real/shop.loom"), MENDED.replace('\n', "\r\n"));
}

#[test]
fn texts_in_braces_are_no_names() {
    let order = SHOP.replace("note: string?", "Note: string?, greeting: string = \"Hi {Note}\"");
    let stage = Stage::new(&[("shop.loom", order.as_str())]);
    stage.run(&["lock"]);
    stage.run(&["check", "--fix"]);
    let mended = stage.read("shop.loom");
    assert!(mended.contains("note: string? was Note") && mended.contains("\"Hi {Note}\""), "{mended}");
}

/// Without a lock nothing says whether a bound name is known outside.
#[test]
fn a_name_that_is_bound_without_a_lock_is_not_renamed() {
    let bound = SHOP.replace("note", "orderNote");
    let stage = Stage::new(&[("shop.loom", bound.as_str())]);
    let ran = stage.run(&["check", "--fix"]);
    assert!(ran.out.contains("naming"), "{ran:?}");
    assert_eq!(stage.read("shop.loom"), bound);
}

#[test]
fn a_fix_of_several_files_is_written_as_a_whole() {
    let line = "package shop\n\nrecord line { sku: string }\n";
    let order = "package shop\n\nrecord Order { lines: [line] }\n";
    let stage = Stage::new(&[("a.loom", order), ("b.loom", line)]);
    let permissions =
        |mode| std::fs::set_permissions(stage.path("b.loom"), std::fs::Permissions::from_mode(mode)).unwrap();
    permissions(0o444);
    let ran = stage.run(&["check", "--fix"]);
    assert!(ran.code == 1 && ran.out.contains("unwritable-file") && ran.out.contains("read-only"), "{ran:?}");
    assert_eq!((stage.read("a.loom").as_str(), stage.read("b.loom").as_str()), (order, line));
    let files = std::fs::read_dir(stage.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(files.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "nothing is left beside");
    permissions(0o644);
    assert_eq!(stage.run(&["check", "--fix"]).code, 0);
    assert!(stage.read("a.loom").contains("[Line]") && stage.read("b.loom").contains("record Line"));
}
