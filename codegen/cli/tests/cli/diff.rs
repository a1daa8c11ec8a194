//! `wireloom diff`: what it says, where it takes the old state from, how it ends.

use std::process::Command;

use crate::stage::{Ran, SHOP, Stage, objects};

/// The shop without the field `note`.
fn without_note() -> String {
    SHOP.replace("    note: string?\n", "")
}

/// The shop with a field that callers must be sent.
fn with(field: &str) -> String {
    SHOP.replace("    note: string?\n", &format!("    note: string?\n    {field}\n"))
}

fn two(old: &str, new: &str) -> Stage {
    Stage::new(&[("old/shop.loom", old), ("new/shop.loom", new)])
}

fn diff(stage: &Stage, more: &[&str]) -> Ran {
    stage.run(&[&["diff", "old", "new"], more].concat())
}

#[test]
fn a_break_is_drawn_with_both_places() {
    let ran = diff(&two(&with("fax: string"), SHOP), &[]);
    assert_eq!(ran.code, 1);
    let drawn = "\
error[field-removed]: `Order.fax` is gone: breaks rust, json (output)
 --> new/shop.loom:3:8
  |
3 | record Order {
  |        ^^^^^
 ::: old/shop.loom:6:5
  |
6 |     fax: string
  |     --- before
help: make it optional first, or keep it; if this is its new name, say `was`
";
    assert!(ran.out.starts_with(drawn), "{}", ran.out);
    assert_eq!(ran.err, "1 break\n");
}

#[test]
fn types_are_told_as_contracts_write_them() {
    let of = |page: &str| {
        with(&format!("one: P<A>\n    other: P<B>\n    page: {page}"))
            + "\nrecord P<T> { it: T }\nrecord A { a: u32 }\nrecord B { a: u32 }\n"
    };
    let ran = diff(&two(&of("P<A>"), &of("P<B>")), &[]);
    assert!(ran.out.contains("`Order.page` is a `P<B>`, and was a `P<A>`: breaks rust"), "{}", ran.out);
}

#[test]
fn what_breaks_nothing_ends_well() {
    let same = diff(&two(SHOP, SHOP), &[]);
    assert_eq!((same.code, same.out.as_str(), same.err.as_str()), (0, "", "nothing changed\n"));
    let added = diff(&two(SHOP, &with("size: u32?")), &[]);
    assert_eq!((added.code, added.err.as_str()), (0, "1 other change\n"));
    assert!(added.out.starts_with("info[field-added]: `Order.size` is new\n"), "{}", added.out);
}

#[test]
fn machines_are_told_the_same() {
    let stage = two(SHOP, &without_note());
    let json = diff(&stage, &["--format", "json"]);
    let object = &objects(&json)[0];
    assert_eq!(object["code"], "optional-field-removed");
    assert_eq!(object["subject"], "shop.Order.note");
    assert_eq!(object["was"]["file"], "old/shop.loom");
    assert_eq!(object["was"]["line"], 5);
    assert_eq!(object["file"], "new/shop.loom");
    let verdicts = object["verdicts"].as_array().unwrap();
    let json_verdict = verdicts.iter().find(|it| it["facet"] == "json").unwrap();
    assert_eq!((&json_verdict["direction"], &json_verdict["verdict"]), (&"output".into(), &"warn".into()));
    let github = diff(&stage, &["--format", "github"]);
    assert!(
        github.out.starts_with(
            "::error file=new/shop.loom,line=3,endLine=3,col=8,endColumn=13,title=optional-field-removed::`Order.note` is gone"
        ),
        "{}",
        github.out
    );
    assert_eq!((json.code, github.code), (1, 1));
}

#[test]
fn only_the_facets_that_were_asked_for_count() {
    let stage = two(SHOP, &without_note());
    for (facets, code, said) in [("rust", 1, 1), ("json", 0, 1), ("proto,event", 0, 0)] {
        let ran = diff(&stage, &["--facet", facets, "--format", "json"]);
        assert_eq!((ran.code, objects(&ran).len()), (code, said), "{facets}: {ran:?}");
    }
    assert_eq!(diff(&stage, &["--facet", "jsn"]).code, 2);
}

#[test]
fn what_is_meant_is_allowed_with_a_reason() {
    let stage = two(SHOP, &without_note());
    stage.write("new/loom.allow", "# ours\noptional-field-removed shop.Order.note nobody reads notes\n");
    let ran = diff(&stage, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "1 allowed change\n"));
    assert!(ran.out.contains("help: allowed: nobody reads notes"), "{}", ran.out);
    stage.write("new/loom.allow", "");
    stage.write(
        "more",
        "optional-field-removed shop.Order.* all of it is new\nfield-removed shop.Order.fax was meant\n",
    );
    let ran = diff(&stage, &["--allow", "more"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "1 allowed change\n"));
    assert!(ran.out.contains("warning[allow-line-unused]") && ran.out.contains("more:2:1"), "{}", ran.out);
    for (line, help) in [
        ("optional-field-removed shop.Order.note", "an allowance says why"),
        ("field-remove shop.Order.note because", "did you mean `field-removed`?"),
        ("nonsense shop.Order.note because", "`wireloom diff` names the rule of each finding"),
    ] {
        stage.write("new/loom.allow", line);
        let ran = diff(&stage, &[]);
        assert!(ran.code == 1 && ran.out.contains("error[allow-line]") && ran.out.contains(help), "{ran:?}");
    }
    assert_eq!(diff(&stage, &["--allow", "nowhere"]).code, 2);
}

#[test]
fn each_line_that_allows_something_is_used() {
    let stage = two(SHOP, &without_note());
    let line =
        "optional-field-removed shop.Order.* nobody reads them\noptional-field-removed shop.Order.note nor this\n";
    stage.write("new/loom.allow", line);
    let ran = diff(&stage, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "1 allowed change\n"));
    assert!(!ran.out.contains("allow-line-unused"), "{}", ran.out);
    assert!(ran.out.contains("help: allowed: nobody reads them"), "{}", ran.out);
}

#[test]
fn lines_beyond_the_limit_are_told() {
    let stage = two(SHOP, &without_note());
    stage.write(
        "new/loom.allow",
        "# nothing\n".repeat(10_000) + "optional-field-removed shop.Order.note nobody reads it\n",
    );
    let ran = diff(&stage, &[]);
    assert!(ran.code == 1 && ran.out.contains("no more than 10000 are read"), "{}", ran.out);
}

#[test]
fn a_day_is_judged_by() {
    let old = SHOP.replace(
        "        safe\n",
        "        safe\n\n    find() -> [Order]\n        safe\n        deprecated until \"2026-01-01\"\n",
    );
    let stage = two(&old, SHOP);
    for (day, code) in [("2026-01-01", 1), ("2026-01-02", 0)] {
        assert_eq!(diff(&stage, &["--on", day]).code, code, "{day}");
    }
    for day in ["today", "2026-99-99", "2027-02-29"] {
        assert_eq!(diff(&stage, &["--on", day]).code, 2, "{day}");
    }
}

#[test]
fn contracts_with_errors_are_not_compared() {
    let wrong = SHOP.replace("string?", "sring?");
    for (old, new, which) in [(wrong.as_str(), SHOP, "old"), (SHOP, &wrong, "new")] {
        let ran = diff(&two(old, new), &[]);
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains("error[unknown-type]"), "{}", ran.out);
        assert!(ran.err.contains(&format!("the {which} contracts have errors")), "{}", ran.err);
    }
}

#[test]
fn a_command_line_that_says_too_little_is_misuse() {
    let stage = two(SHOP, SHOP);
    for (args, said) in [
        (&["diff"][..], "two states are compared"),
        (&["diff", "old"], "two states are compared"),
        (&["diff", "old", "nowhere"], "no such file or folder: `nowhere`"),
        (&["diff", "--against", "main", "new"], "name a revision of git"),
    ] {
        let ran = stage.run(args);
        assert!(ran.code == 2 && ran.err.contains(said), "{args:?}: {ran:?}");
    }
}

#[test]
fn the_old_state_comes_out_of_git() {
    let stage = committed(&[
        ("contracts/shop.loom", &SHOP.replace("to rest at \"/orders\"", "to grpc")),
        ("contracts/loom.lock", "# loom.lock 1\nOrder.id 1\nOrder.note 2\nOrders.get 1\nOrders.get.id 1\n"),
    ]);
    let against = |args: &[&str]| stage.run(&[&["diff", "--against"], args].concat());
    assert_eq!(against(&["git:HEAD"]).err, "nothing changed\n");
    // The lock of that revision counts: a line that is gone is missed.
    stage.write("contracts/loom.lock", "# loom.lock 1\nOrder.id 1\nOrders.get 1\nOrders.get.id 1\nOrder.fax 3\n");
    stage.write("contracts/shop.loom", stage.read("contracts/shop.loom").replace("note: string?", "fax: string?"));
    for args in [&["git:HEAD"][..], &["git:HEAD", "contracts"], &["git:HEAD", "contracts/shop.loom"]] {
        let ran = against(args);
        assert_eq!(ran.code, 1, "{args:?}: {ran:?}");
        assert!(ran.out.contains("error[lock-line-removed]"), "{args:?}: {}", ran.out);
        assert!(ran.out.contains("::: HEAD:contracts/shop.loom:5:5"), "{args:?}: {}", ran.out);
    }
    for (revision, said) in [
        ("git:nowhere", "git knows no revision `nowhere`"),
        ("git:--help", "git knows no revision"),
        ("git:", "git:main"),
    ] {
        let ran = against(&[revision]);
        assert!(ran.code == 2 && ran.err.contains(said), "{revision}: {ran:?}");
    }
    // What is new has no old state.
    stage.write("later/shop.loom", SHOP);
    let ran = against(&["git:HEAD", "later"]);
    assert!(ran.code == 0 && ran.err.contains("all of it is new"), "{ran:?}");
}

#[test]
fn errors_of_the_old_state_stand_in_its_revision() {
    let stage = committed(&[("contracts/shop.loom", &SHOP.replace("string?", "sring?"))]);
    stage.write("contracts/shop.loom", SHOP);
    let ran = stage.run(&["diff", "--against", "git:HEAD", "contracts"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains(" HEAD:contracts/shop.loom:5:"), "{}", ran.out);
}

#[test]
fn a_file_of_another_name_is_compared_with_what_its_package_was() {
    let stage = committed(&[("contracts/a.loom", &with("fax: string"))]);
    std::fs::rename(stage.path("contracts/a.loom"), stage.path("contracts/b.loom")).unwrap();
    stage.write("contracts/b.loom", SHOP);
    for path in ["contracts/a.loom", "contracts/b.loom", "contracts"] {
        let ran = stage.run(&["diff", "--against", "git:HEAD", path]);
        assert_eq!(ran.code, 1, "{path}: {ran:?}");
        assert!(ran.out.contains("`Order.fax` is gone: breaks rust, json (output)"), "{path}: {}", ran.out);
    }
}

#[test]
fn what_is_gone_is_told_as_removed() {
    let stage = committed(&[("contracts/inner/shop.loom", SHOP), ("other/other.loom", "package other\n")]);
    std::fs::remove_dir_all(stage.path("contracts")).unwrap();
    for path in ["contracts", "contracts/inner", "contracts/inner/shop.loom"] {
        let ran = stage.run(&["diff", "--against", "git:HEAD", path]);
        assert_eq!(ran.code, 1, "{path}: {ran:?}");
        assert!(ran.out.contains("error[package-removed]"), "{path}: {}", ran.out);
    }
    let ran = stage.run(&["diff", "--against", "git:HEAD", "nowhere"]);
    assert!(ran.code == 2 && ran.err.contains("no such file or folder: `nowhere`"), "{ran:?}");
}

#[test]
fn imports_of_the_old_state_come_out_of_git_as_well() {
    let common = "package common\n\nrecord Money { amount: decimal, currency: string }\n";
    let shop = SHOP.replace("record Order {", "import common.{Money}\n\nrecord Order {\n    total: Money");
    let stage = committed(&[("contracts/shop.loom", &shop), ("lib/common.loom", common)]);
    stage.write("lib/common.loom", common.replace(", currency: string", ""));
    let ran = stage.run(&["diff", "--against", "git:HEAD", "contracts", "-I", "lib"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("`Money.currency` is gone: breaks rust, json (output)"), "{}", ran.out);
    assert!(ran.out.contains("HEAD:lib/common.loom:3"), "{}", ran.out);
}

/// A folder under git, with these files in its one commit.
fn committed(files: &[(&str, &str)]) -> Stage {
    let stage = Stage::new(files);
    git(&stage, &["init", "--quiet"]);
    git(&stage, &["add", "."]);
    git(&stage, &["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "One"]);
    stage
}

fn git(stage: &Stage, args: &[&str]) {
    let ran = Command::new("git").arg("-C").arg(stage.path("")).args(args).output().unwrap();
    assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
