//! Sound contracts: the corpus and the whole language.

use wireloom_idl::syntax::tree::{Item, ServiceMember};

use crate::support::{WHOLE, check, formatted, parse};

const CORPUS: &[&str] = &[
    include_str!("../../../examples/orders/contracts/shop/orders/orders.loom"),
    include_str!("../../../examples/orders/contracts/shop/common/common.loom"),
    include_str!("../../../examples/orders/contracts/payments/payments.loom"),
];

#[test]
fn the_corpus_is_sound_and_formatted() {
    for text in CORPUS {
        assert_eq!(check(text), "");
        assert_eq!(formatted(text), *text);
    }
}

#[test]
fn the_whole_language_is_understood() {
    assert_eq!(check(WHOLE), "");
    let (tree, _) = parse(WHOLE);
    assert_eq!(tree.items.len(), 29);
    let shaped =
        |it: &Item| matches!(it, Item::Extern(it) if it.members.as_ref().is_some_and(|fields| fields.len() == 2));
    assert!(tree.items.iter().any(shaped));
    assert!(tree.is_sound);
}

#[test]
fn words_are_names_where_a_name_is_due() {
    let text = "package a\nservice S {\n    public\n    safe(x: T) safe\n    keyed(token: T) keyed(token)\n    public()\n    on(@a x: T)\n    on E as on\n}";
    assert_eq!(check(text), "");
    let (tree, _) = parse(text);
    let Item::Service(service) = &tree.items[1] else { panic!("no service") };
    let operations: Vec<_> = service
        .members
        .iter()
        .filter_map(|member| match member {
            ServiceMember::Operation(operation) => Some((operation.name.text.as_str(), operation.clauses.len())),
            _ => None,
        })
        .collect();
    assert_eq!(operations, [("safe", 1), ("keyed", 1), ("public", 0), ("on", 0)]);
}

#[test]
fn newlines_do_not_matter() {
    let spread = WHOLE.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>();
    let flat = "package a import b record R { a: u32 b: u32 } enum E { x y } service S { public a() safe b() }";
    assert_eq!(check(flat), "");
    assert_eq!(parse(flat).0.items.len(), 5);
    assert_eq!(check(&spread.join("\r\n").replace("\r\n ", "\r\n\t")), "");
}

#[test]
fn documentation_goes_to_what_follows() {
    let text = "/// P.\npackage a\n/// R.\n// c\n/// S.\n@x\nrecord R {\n    /// F.\n    a: u32\n}\n";
    let (tree, _) = parse(text);
    let Item::Record(record) = &tree.items[1] else { panic!("no record") };
    assert_eq!(record.marks.docs.as_ref().map(|docs| docs.text.as_str()), Some("R.\nS."));
    assert_eq!(check(text), "");
}
