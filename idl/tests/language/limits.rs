//! Contracts that would cost too much: each ends in diagnostics, soon.

use std::fmt::Write;

use super::door::run;

fn codes(text: &str) -> Vec<&'static str> {
    let (_, _, diagnostics) = run(text);
    let mut codes: Vec<_> = diagnostics.iter().map(|it| it.code.name).collect();
    codes.dedup();
    codes
}

/// `count` declarations, each made from its number and the next one's.
fn chain(count: usize, one: impl Fn(usize, usize) -> String) -> String {
    let lines = (0..count).map(|at| one(at, at + 1));
    lines.fold(String::from("package a\n"), |text, line| text + &line + "\n")
}

#[test]
fn spreads_nest_so_deep_and_no_deeper() {
    let text = chain(5_000, |at, next| format!("record R{at} {{ ...R{next} }}")) + "record R5000 { x: u32 }";
    assert!(codes(&text).contains(&"spread-cycle"));
    let shallow = chain(40, |at, next| format!("record R{at} {{ ...R{next} }}")) + "record R40 { x: u32 }";
    assert_eq!(codes(&shallow), Vec::<&str>::new());
}

#[test]
fn scalars_nest_so_deep_and_no_deeper() {
    let text = chain(5_000, |at, next| format!("scalar S{at}: S{next}")) + "scalar S5000: u32";
    assert!(codes(&text).contains(&"spread-cycle"));
}

#[test]
fn a_long_chain_of_records_is_walked_without_depth() {
    let records = chain(5_000, |at, next| format!("record R{at} {{ next: R{next} }}"));
    let text =
        records + "record R5000 { x: u32 readonly }\nservice S {\n    public\n    put(r: draft R0, p: patch R0)\n}";
    assert_eq!(codes(&text), Vec::<&str>::new());
}

#[test]
fn a_long_cycle_of_records_is_said_once() {
    let text = chain(3_000, |at, next| format!("record R{at} {{ next: R{} }}", next % 3_000));
    assert_eq!(codes(&text), ["infinite-type"]);
}

#[test]
fn a_long_cycle_of_packages_is_said_once() {
    let text = (0..500).fold(String::new(), |mut text, at| {
        let next = (at + 1) % 500;
        let _ = write!(text, "// file p{at}/p.loom\npackage p{at}\nimport p{next}\nrecord R {{ r: p{next}.R? }}\n");
        text
    });
    assert_eq!(codes(&text), ["import-cycle"]);
}

#[test]
fn nothing_but_unknown_names_is_reported_in_bounds() {
    let text = chain(3_000, |at, _| format!("record R{at} {{ x: Unknwn{at} }}"));
    let (_, _, diagnostics) = run(&text);
    assert_eq!(diagnostics.len(), 3_000);
}
