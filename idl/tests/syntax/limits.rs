//! What a file controls is bounded: each limit ends in a diagnostic, at once.

use crate::support::{check, parse};

fn first(text: &str) -> String {
    check(text).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_large_file_is_refused() {
    assert_eq!(first(&"[".repeat(20 << 20)), "1:1 file-too-large: the file is larger than 8 MiB");
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("package a\nrecord A {{ x: {} }}", "[".repeat(100_000));
    assert_eq!(first(&text), "2:78 nesting-too-deep: brackets nest deeper than 64 levels");
    for deep in ["map<string, ", "A<", "a<[", "{ a: ", "or or null, x<"] {
        let text = format!("package a\nrecord A {{ x: {} }}", deep.repeat(50_000));
        let (_, diagnostics) = parse(&text);
        assert!(diagnostics.has_errors());
    }
    let text = format!("package a\nservice S {{ public on E as e where {} x }}", "not ".repeat(100_000));
    assert!(check(&text).contains("a condition has at most 64 comparisons"));
}

#[test]
fn comparisons_are_no_nesting() {
    let condition = vec!["a < b"; 64].join(" and ");
    let handlers: String = (0..40).map(|number| format!("    on E as e{number} where {condition}\n")).collect();
    assert_eq!(check(&format!("package a\nservice S {{\n    public\n{handlers}}}\n")), "");
}

#[test]
fn many_members_are_refused() {
    let members = |count: usize| (0..count).map(|number| format!("    m{number}: u32\n")).collect::<String>();
    assert_eq!(check(&format!("package a\nrecord A {{\n{}}}\n", members(10_000))), "");
    let text = format!("package a\nrecord A {{\n{}}}\n", members(10_001));
    assert_eq!(check(&text), "2:1 too-many-members: this declaration has more than 10000 members");
}

#[test]
fn many_mistakes_are_cut_short() {
    let text = format!("package a\n{}", "record A { x u32 }\n".repeat(5_000));
    let (_, diagnostics) = parse(&text);
    assert_eq!(diagnostics.len(), 201);
    for text in ["}".repeat(1 << 20), "\0a".repeat(1 << 19), "\"\n".repeat(1 << 19), "@a(".repeat(1 << 18)] {
        assert!(parse(&text).1.len() <= 201);
    }
}
