//! Contracts that would cost too much: each ends in diagnostics, soon.

use std::fmt::Write;

use wireloom_idl::SourceMap;
use wireloom_idl::lock::Lock;

use super::door::run;

// Nothing here is timed: what grows by its square would not end within anybody's patience.

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

#[test]
fn a_long_conflict_is_read_line_by_line() {
    let side = |name: &str| (0..60_000).map(|at| format!("{name}.f{at} {at}\n")).collect::<String>();
    let text = format!("# loom.lock 1\n<<<<<<< a\n{}=======\n{}>>>>>>> b\n", side("A"), side("B"));
    let mut sources = SourceMap::new();
    let file = sources.add("loom.lock", text);
    let (_, said) = Lock::parse(file, sources[file].text());
    assert_eq!(said.iter().map(|it| it.code.name).collect::<Vec<_>>(), ["lock-conflict"]);
}

#[test]
fn many_allowances_are_found() {
    let text = chain(5_000, |at, _| format!("@allow(\"naming\", \"as it is\") record r{at} {{}}"));
    let (_, contract, said) = run(&text);
    assert!(said.is_empty(), "{said:?}");
    let places: Vec<_> = contract.types.iter().map(|def| def.at).collect();
    for _ in 0..200 {
        assert!(places.iter().all(|&at| contract.allowances.hold("naming", at)));
    }
}

/// Those around an allowance are used as well, also where two mark one thing.
#[test]
fn allowances_lie_in_each_other() {
    let around = "@allow(\"naming\", \"as it is\")\n".repeat(2);
    let within = |name: &str| {
        let one = "@allow(\"naming\", \"too\")";
        format!("{around}package a\n{around}record R {{ {one} {name}: u32, B: u32 }}\n{around}record S {{ C: u32 }}")
    };
    assert_eq!(codes(&within("A")), Vec::<&str>::new());
    assert_eq!(codes(&within("a")), ["allow-unused"]);
}

#[test]
fn many_former_names_are_looked_up() {
    let members: String = (0..4_000).map(|at| format!("a{at} was b{at}\n")).collect();
    assert_eq!(codes(&format!("package a\nenum E {{\n{members}}}")), Vec::<&str>::new());
    assert_eq!(codes("package a\nenum E { a was c, b was c, d was a }"), ["former-name"]);
}
