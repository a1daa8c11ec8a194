//! `wireloom check`: what is said, in which form, and how it ends.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::stage::{SHOP, Stage, objects};

const WRONG: &str = "package shop\n\nrecord Order {\n    note: sring\n    total: decimall\n}\n";

#[test]
fn a_sound_contract_is_silent() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    for args in [&["check"][..], &["check", "shop.loom"], &["check", "."], &["check", "shop.loom", "."]] {
        let ran = stage.run(args);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "no errors in 1 file\n"), "{args:?}");
    }
}

#[test]
fn every_mistake_is_drawn_and_counted() {
    let stage = Stage::new(&[("contracts/shop.loom", WRONG)]);
    let ran = stage.run(&["check", "./contracts/"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[unknown-type]: "), "{}", ran.out);
    assert!(ran.out.contains("--> contracts/shop.loom:4:11"), "{}", ran.out);
    assert!(ran.out.contains("--> contracts/shop.loom:5:12"), "{}", ran.out);
    assert_eq!(ran.err, "2 errors in 1 file\n");
}

#[test]
fn json_is_one_object_a_line_with_all_its_fields() {
    let stage = Stage::new(&[("shop.loom", WRONG)]);
    let ran = stage.run(&["check", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let objects = objects(&ran);
    assert_eq!(objects.len(), 2);
    let first = objects[0].as_object().unwrap();
    let fields: Vec<&str> = first.keys().map(String::as_str).collect();
    let expected = ["code", "column", "end_column", "end_line", "file", "fix", "help", "line", "message", "severity"];
    assert_eq!(
        {
            let mut sorted = fields;
            sorted.sort_unstable();
            sorted
        },
        expected
    );
    for (field, value) in [
        ("code", json!("unknown-type")),
        ("severity", json!("error")),
        ("file", json!("shop.loom")),
        ("line", json!(4)),
        ("column", json!(11)),
        ("end_line", json!(4)),
        ("end_column", json!(16)),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
}

#[test]
fn github_shows_it_beside_the_line() {
    let stage = Stage::new(&[("shop.loom", WRONG)]);
    let said = "::error file=shop.loom,line=4,endLine=4,col=11,endColumn=16,title=unknown-type::";
    for args in [&["check"][..], &["lock"], &["generate", "--out", "gen"]] {
        let ran = stage.run(&[args, &["--format", "github"]].concat());
        assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (1, "", 2), "{args:?}: {ran:?}");
        assert!(ran.out.starts_with(said) && ran.out.contains("%0Ahelp: did you mean `string`?\n"), "{}", ran.out);
    }
    let misuse = stage.run(&["check", "--format=github", "--nonsense"]);
    assert!(misuse.code == 2 && misuse.out.starts_with("::error title=misuse::"), "{misuse:?}");
}

#[test]
fn misuse_is_2_and_in_json_one_object_that_points_nowhere() {
    let stage = Stage::new(&[]);
    for args in
        [&["check", "nowhere.loom"][..], &["check", "-I", "nowhere", "."], &["check", "--frmat"], &["chekc"], &[]]
    {
        let ran = stage.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    for (args, code) in [
        (&["check", "nowhere.loom", "--format", "json"][..], "no-such-path"),
        (&["check", "--format=json", "--nonsense"], "misuse"),
    ] {
        let ran = stage.run(args);
        let [object] = &objects(&ran)[..] else { panic!("{args:?}: {ran:?}") };
        assert_eq!((ran.code, ran.err.as_str()), (2, ""), "{args:?}");
        assert_eq!(object["code"], code);
        for place in ["file", "line", "column", "end_line", "end_column"] {
            assert_eq!(object[place], Value::Null, "{place}");
        }
    }
}

#[test]
fn a_folder_is_read_below_but_for_what_is_no_source() {
    let broken = "package broken\nrecord {\n";
    let stage = Stage::new(&[
        ("a/shop.loom", SHOP),
        (".hidden/x.loom", broken),
        ("target/x.loom", broken),
        ("web/node_modules/x.loom", broken),
        ("a/notes.txt", broken),
    ]);
    assert_eq!(stage.run(&["check"]).err, "no errors in 1 file\n");
}

#[test]
fn an_empty_folder_is_most_likely_the_wrong_one() {
    let ran = Stage::new(&[]).run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error[no-contracts]: no contract below `.`"), "{}", ran.out);
}

const COMMON: &str = "package common\n\nrecord Money { amount: decimal }\n";
const IMPORTS: &str = "package shop\n\nimport common.{Money}\n\nrecord Order { total: Money }\n";

#[test]
fn imports_come_from_the_run_or_the_folders_named_for_them() {
    let stage = Stage::new(&[("shop/shop.loom", IMPORTS), ("lib/common/common.loom", COMMON)]);
    let alone = stage.run(&["check", "shop"]);
    assert_eq!(alone.code, 1);
    assert!(alone.out.contains("unknown-package") && alone.out.contains("-I"), "{}", alone.out);
    for args in [&["check", "shop", "lib"][..], &["check", "shop", "-I", "lib"], &["check", "shop", "-I", "."]] {
        let ran = stage.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{args:?}");
    }
    assert_eq!(stage.run(&["check", "shop", "-I", "lib"]).err, "no errors in 1 file\n");
}

#[test]
fn what_is_imported_is_not_reported_on_but_must_be_sound() {
    let unused = ("lib/other/other.loom", "package other\nrecord Broken { a: nonsense }\n");
    let warned = "package common\n\nrecord Money { Amount: decimal }\n";
    let stage = Stage::new(&[("shop/shop.loom", IMPORTS), ("lib/common/common.loom", warned), unused]);
    let ran = stage.run(&["check", "shop", "-I", "lib"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));

    for broken in
        ["package common\nrecord Money { amount: decimall }\n", "package common\nrecord Money { amount decimal }\n"]
    {
        stage.write("lib/common/common.loom", broken);
        let ran = stage.run(&["check", "shop", "-I", "lib", "--format", "json"]);
        let codes: Vec<_> = objects(&ran).iter().map(|it| (it["code"].clone(), it["file"].clone())).collect();
        assert_eq!(codes, [(json!("broken-import"), json!("shop/shop.loom"))], "{broken}");
        assert_eq!(ran.code, 1);
    }
}

#[test]
fn a_package_is_completed_from_its_folder() {
    let binding = "package shop\n\nbind Orders to rest at \"/orders\"\n";
    let declared = SHOP.replace("bind Orders to rest at \"/orders\"\n", "");
    let stage = Stage::new(&[("shop/shop.loom", &declared), ("shop/shop.bind.loom", binding)]);
    assert_eq!(stage.run(&["check", "shop/shop.bind.loom"]).code, 1, "reported on exactly this file");
    assert_eq!(stage.run(&["check", "shop/shop.bind.loom", "-I", "shop"]).code, 0);
}

#[test]
fn colour_is_for_terminals_and_whoever_asks() {
    let stage = Stage::new(&[("shop.loom", WRONG)]);
    for (args, colored) in [
        (&["check"][..], false),
        (&["check", "--color", "always"], true),
        (&["--color", "never", "check"], false),
        (&["check", "--format", "json", "--color", "always"], false),
    ] {
        assert_eq!(stage.run(args).out.contains('\u{1b}'), colored, "{args:?}");
    }
}

#[test]
fn a_reader_who_leaves_is_no_reason_to_panic() {
    let many: String = (0..2000).map(|index| format!("record R{index} {{ a: nonsense{index} }}\n")).collect();
    let stage = Stage::new(&[("shop.loom", &format!("package shop\n{many}"))]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_wireloom"))
        .arg("check")
        .current_dir(stage.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with(" in 1 file\n") && !said.contains("panicked"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
