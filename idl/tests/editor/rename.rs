//! Renaming: what comes out, and what is refused.

use wireloom_idl::diagnostic::Edit;

use crate::door::{Case, Locked};

/// The files with the rename applied, or why it is refused.
fn rename(text: &str, new: &str, locked: Option<&[&str]>) -> Result<String, String> {
    let case = Case::new(text);
    let renamed = case.with(|names| names.rename(case.file, case.offset, new, &Locked(locked)));
    let edits = renamed.map_err(|it| it.to_string())?.edits;
    let mut out = String::new();
    for (id, file) in case.sources.files() {
        let mut text = file.text().to_owned();
        let here: Vec<&Edit> = edits.iter().filter(|edit| edit.span.file == id).collect();
        here.iter().rev().for_each(|edit| text.replace_range(edit.span.range(), &edit.text));
        if !here.is_empty() {
            out += &text;
        }
    }
    Ok(out)
}

fn renamed(text: &str, new: &str, locked: Option<&[&str]>) -> String {
    rename(text, new, locked).unwrap()
}

fn refused(text: &str, new: &str) -> String {
    rename(text, new, None).expect_err(text)
}

#[test]
fn a_locked_field_keeps_its_identity() {
    let text =
        "package a\nrecord Order { no$0te: string? where length <= 5, x: u32 }\nevent E { o: Order } key o.note\n";
    let listed: &[&str] = &["Order.note"];
    assert_eq!(
        renamed(text, "remark", Some(listed)),
        "package a\nrecord Order { remark: string? where length <= 5 was note, x: u32 }\nevent E { o: Order } key o.remark\n"
    );
    // Nobody knows it by a number yet, nor by anything else.
    assert!(!renamed(text, "remark", Some(&[])).contains("was"));
    assert!(!renamed(text, "remark", None).contains("was"));
    let bound = format!("{text}service S {{ public }}\nbind S to rest\n");
    assert!(renamed(&bound, "remark", None).contains("<= 5 was note,"));
}

#[test]
fn everything_with_an_identity_has_its_place_for_it() {
    let listed: &[&str] = &["R", "P", "E.a", "U.c", "S", "S.f", "S.f.x"];
    for (text, wanted) in [
        ("record $0R { a: R? }", "record N was R { a: N? }"),
        ("record $0P<T> { a: T }", "record N was P<T> { a: T }"),
        ("enum E { $0a @3, b }", "enum E { N @3 was a, b }"),
        ("union U { $0c: string, d }", "union U { N: string was c, d }"),
        ("service $0S { public f() }", "service N was S { public f() }"),
        ("service S { public $0f(x: u32) -> u32 safe }", "service S { public N was f(x: u32) -> u32 safe }"),
        ("service S { public f($0x: u32 = 5) keyed(x) }", "service S { public f(N: u32 = 5 was x) keyed(N) }"),
        ("scalar $0S: string", "scalar N: string"),
    ] {
        let out = renamed(&format!("package a\n{text}\n"), "N", Some(listed));
        assert_eq!(out, format!("package a\n{wanted}\n"));
    }
}

#[test]
fn a_former_name_stays_until_the_present_one_is_known() {
    let text = "package a\nrecord R { $0b: u32 was a }\n";
    assert_eq!(renamed(text, "c", Some(&["R.a"])), "package a\nrecord R { c: u32 was a }\n");
    assert_eq!(renamed(text, "c", Some(&["R.b"])), "package a\nrecord R { c: u32 was b }\n");
    assert_eq!(renamed(text, "a", Some(&["R.a"])), "package a\nrecord R { a: u32 }\n");
}

#[test]
fn all_files_and_all_forms_of_a_name_change() {
    let text = "\
// file a/a.loom
package a
enum Sta$0tus { placed }
// file b/b.loom
package b
import a.{Status}
record R { s: Status = placed }
// file c/c.loom
package c
import a as x
record R { s: [x.Status] }
";
    assert_eq!(
        renamed(text, "State", None),
        "package a\nenum State { placed }\npackage b\nimport a.{State}\nrecord R { s: State = placed }\n\
         package c\nimport a as x\nrecord R { s: [x.State] }\n"
    );
    let inputs = "package a\nservice S { public f(i$0d: uuid, b: string) }\nbind S to rest { f: POST \"/{id}\" body id }\n\
                  example S.f \"x\" { given { id: \"id\" } }\n";
    assert_eq!(
        renamed(inputs, "key", Some(&[])),
        "package a\nservice S { public f(key: uuid, b: string) }\nbind S to rest { f: POST \"/{key}\" body key }\n\
         example S.f \"x\" { given { key: \"id\" } }\n"
    );
    let alias = "package a\nimport b as $0x\nrecord R { s: x.B }\n// file b/b.loom\npackage b\nrecord B {}\n";
    assert_eq!(renamed(alias, "y", None), "package a\nimport b as y\nrecord R { s: y.B }\n");
}

#[test]
fn clashes_are_refused_with_their_reason() {
    for (text, new, reason) in [
        ("record $0A {} fault B: not_found", "B", "package `a` has a fault `B` already"),
        ("record $0A {} enum B { x }", "B", "package `a` has an enum `B` already"),
        ("record $0A {}", "uuid", "`uuid` is a built-in type"),
        ("record A { $0a: u32, b: u32 }", "b", "`A` has a field `b` already"),
        ("record A { $0a: u32 } record B { ...A, b: u32 }", "b", "`B` spreads it, and has a field `b` already"),
        ("record A { ...B, $0a: u32 } record B { b: u32 }", "b", "`A` has a field `b` already"),
        ("enum E { $0a, b }", "b", "`E` has an enum member `b` already"),
        ("service S { public $0f() g() }", "g", "`S` has an operation `g` already"),
        ("service S { public f($0x: u32, y: u32) }", "y", "`f` has an input `y` already"),
        ("record A { a: st$0ring }", "B", "`string` is built in"),
        ("rec$0ord A {}", "B", "`record` names nothing that is declared"),
        ("record A {} // he$0re", "B", "no name stands here"),
        ("record $0A {}", "a-b", "`a-b` is no name: a name is of letters, digits and `_`, and begins with no digit"),
        ("record $0A {}", "", "`` is no name: a name is of letters, digits and `_`, and begins with no digit"),
        ("record $0A {}", "1a", "`1a` is no name: a name is of letters, digits and `_`, and begins with no digit"),
        ("enum E { a $0b c }", "was", "`was` would mean something else at one of the places"),
        (
            "record $0R {} service S { public f() -> R g() }",
            "stream",
            "`stream` is a word of the language at one of the places",
        ),
        (
            "service S { public $0f() } bind S to rest { f: GET \"/\" }",
            "all",
            "`all` would mean something else at one of the places",
        ),
    ] {
        assert_eq!(refused(&format!("package a\n{text}\n"), new), reason, "{text}");
    }
    assert!(refused("package $0a\n", "b").starts_with("a package is renamed by hand"));
    let imported =
        "// file a/a.loom\npackage a\nrecord $0A {}\n// file b/b.loom\npackage b\nimport a.{A}\nrecord B { a: A }\n";
    assert_eq!(refused(imported, "B"), "`b/b.loom` has a `B` in scope already");
    let foreign = "package a\nimport b.{B}\nrecord A { b: $0B }\n// file imported/b.loom\npackage b\nrecord B {}\n";
    assert_eq!(refused(foreign, "C"), "`B` is declared in a file that is only imported from");
}

#[test]
fn a_name_that_is_a_word_elsewhere_is_fine() {
    let text = "package a\nrecord R { $0a: u32, b: u32 }\n";
    for word in ["record", "readonly", "was", "where", "public", "fails"] {
        assert_eq!(renamed(text, word, None), text.replace("$0a", word));
    }
}

#[test]
fn broken_files_are_renamed_as_far_as_they_are_understood() {
    let text = "package a\nrecord $0A { x: u32 }\nrecord B { a: A, b c }\nrecord C { a: A\n";
    assert_eq!(renamed(text, "N", None), "package a\nrecord N { x: u32 }\nrecord B { a: N, b c }\nrecord C { a: N\n");
}
