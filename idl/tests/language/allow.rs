//! `@allow`: what it keeps quiet, where, and what is said of one that keeps nothing quiet.

use insta::assert_snapshot;

use super::door::{check, run};

/// Wherever an annotation may stand it allows what is inside of what it marks.
#[test]
fn it_reaches_what_it_marks() {
    const NAMING: &str = r#"@allow("naming", "printed on forms")"#;
    for text in [
        "@A record order { id: uuid }",
        "record Order { @A Id: uuid }",
        "@A record Order { Id: uuid, Other: uuid }",
        "enum Status { @A Placed, paid }",
        "@A enum Status { Placed, Paid }",
        "union Payment { @A Cash, card: string }",
        "@A scalar sku: string",
        "@A extern record geo = rust \"crate::Geo\"",
        "fault Gone: not_found { @A Id: uuid }",
        "event Placed { @A Id: uuid }",
        "service Orders { public @A Get() }",
        "service Orders { public get(@A Id: uuid) }",
        "@A service Orders { public Get(Id: uuid) }",
        "event Placed { id: uuid } service Orders { public @A on Placed as Settle } bind Orders to broker",
    ] {
        assert_eq!(check(&text.replace("@A", NAMING)), "", "{text}");
        assert!(check(&text.replace("@A", "")).contains(" naming: "), "{text}");
    }
    assert_eq!(check(&format!("{NAMING}\npackage a\nrecord order {{ Id: uuid }}")), "", "a file");
    assert_snapshot!(check(&format!("record Order {{ {NAMING} Id: uuid, Other: uuid }}")), @"1:63 naming: a field is named in snake_case: `other` (rename `Other` where it is used, too)");
}

#[test]
fn it_reaches_warnings_and_infos_of_every_kind() {
    assert_eq!(
        check(
            "package a\n@allow(\"unused-import\", \"used by the next release\")\nimport b\n// file b/b.loom\npackage b\n"
        ),
        ""
    );
    assert_eq!(
        check(
            "package a\n@allow(\"unused-import\", \"later\")\nimport b.{X, Y}\nrecord Z { y: Y }\n// file b/b.loom\npackage b\nrecord X {}\nrecord Y {}\n"
        ),
        ""
    );
    let heard = "event E { id: uuid }\nservice S { public @allow(\"handler-unbound\", \"in process\") on E as e }";
    assert_eq!(check(heard), "");
    let drafted =
        "record A { x: u32 } service S { public put(@allow(\"draft-without-readonly\", \"later\") a: draft A) }";
    assert_eq!(check(drafted), "");
}

#[test]
fn errors_are_never_allowed() {
    assert_snapshot!(check("record A { @allow(\"unknown-type\", \"later\") a: B }"), @"1:47 unknown-type: no type `B` is known here");
    assert_snapshot!(check("record A { @allow(\"unknown-type\", \"later\") a: u32 }"), @"1:12 allow-unused: `unknown-type` is an error, and none here is allowed");
}

#[test]
fn one_that_keeps_nothing_quiet_is_told() {
    assert_snapshot!(check("@allow(\"naming\", \"printed\")\nrecord A { a: u32 }\n@allow(\"namng\", \"x\") record B { @allow(\"nonsense-of-all\", \"x\") b: u32 }"), @r#"
    1:1 allow-unused: nothing here would be told as `naming`
    3:8 allow-unknown: no code is called `namng` (did you mean `naming`?)
    3:40 allow-unknown: no code is called `nonsense-of-all` (`wireloom explain --list` lists all codes)
    "#);
    // With errors not every phase has spoken.
    assert_snapshot!(check("@allow(\"naming\", \"printed\") record A { a: B }"), @"1:43 unknown-type: no type `B` is known here");
}

#[test]
fn what_is_only_imported_is_not_told() {
    let (_, _, said) = run(
        "package a\nimport b.{B}\nrecord A { b: B }\n// file imported/b/b.loom\npackage b\n@allow(\"naming\", \"no\") record B {}\n",
    );
    assert!(said.is_empty(), "{said:?}");
}
