//! Outlines, searches, folds and colours.

use wireloom_idl::editor::{HighlightKind, Outline};

use crate::door::Case;

const TEXT: &str = "\
package shop

import shop.common.{Money}
import pay

/// Docs
/// of many lines.
record Order {
    id: uuid
    lines: [
        Line
    ]
}

enum Status { placed }

service Orders {
    public
    get(id: uuid) -> Order
    on pay.Settled as settle
}

bind Orders to rest {
    get: GET \"/{id}\"
}
example Orders.get \"one\" { given { id: \"x\" } }
record Broken { a
";

fn drawn(outline: &[Outline], depth: usize, into: &mut String) {
    for it in outline {
        let kind = it.kind.map_or("", |kind| kind.as_str());
        *into += format!("{}{} {} {}", "  ".repeat(depth), kind, it.name, it.detail).trim_end();
        into.push('\n');
        drawn(&it.members, depth + 1, into);
    }
}

#[test]
fn a_file_is_outlined() {
    let case = Case::new(TEXT);
    let mut text = String::new();
    drawn(&case.with(|names| names.outline(case.file)), 0, &mut text);
    let wanted = "\
package shop
record Order
  field id uuid
  field lines [
        Line
    ]
enum Status
  enum member placed
service Orders
  operation get Order
  handler settle
 bind Orders rest
 example Orders.get one
record Broken
";
    assert_eq!(text, wanted);
}

#[test]
fn names_are_searched_in_all_files() {
    let case = Case::new(
        "package a\nrecord Order { order_id: uuid }\nscalar OrderId: uuid\n// file b/b.loom\npackage b\nenum Border { x }\n",
    );
    let search = |query: &str| case.with(|names| names.search(query));
    let names = |query: &str| {
        search(query).into_iter().map(|hit| format!("{} {}", hit.container, hit.name)).collect::<Vec<_>>()
    };
    assert_eq!(names("order"), ["a Order", "a OrderId", "a.Order order_id", "b Border"]);
    assert_eq!(names("oid"), ["a OrderId", "a.Order order_id"]);
    assert_eq!(names("zz"), [""; 0]);
    assert_eq!(names("").len(), 7);
}

#[test]
fn blocks_comments_and_imports_fold() {
    let case = Case::new(TEXT);
    let folds = case.with(|names| names.folds(case.file));
    let lines = |span| {
        let file = &case.sources[case.file];
        let span: wireloom_idl::Span = span;
        (file.line_of(span.start), file.line_of(span.end))
    };
    let found: Vec<_> = folds.iter().map(|fold| (lines(fold.span), format!("{:?}", fold.kind))).collect();
    let wanted = [
        ((3, 4), "Imports"),
        ((6, 7), "Comment"),
        ((8, 11), "Block"),
        ((10, 11), "Block"),
        ((17, 20), "Block"),
        ((23, 24), "Block"),
    ];
    let wanted: Vec<_> = wanted.iter().map(|(lines, kind)| (*lines, (*kind).to_owned())).collect();
    assert_eq!(found[..2], wanted[..2]);
    assert!(wanted.iter().filter(|it| it.1 == "Block" && it.0 != (8, 11)).all(|it| found.contains(it)), "{found:?}");
}

#[test]
fn words_are_coloured_by_what_they_mean() {
    let text = "package a\n/// d\n@sensitive record safe { record: string = \"x\" where matches /y/, n: u32 = 5 } // c\n\
                enum E { a, `was` }\nservice S { public f(safe: E) safe }\nrecord T { e: E = `was` }\n";
    let case = Case::new(text);
    let colours = case.with(|names| names.colours(case.file));
    let shown: Vec<String> = colours
        .iter()
        .map(|it| {
            let kind = match it.kind {
                HighlightKind::Name(kind) => format!("{kind:?}"),
                kind => format!("{kind:?}").to_uppercase(),
            };
            format!("{}={kind}{}", case.sources.text(it.span), if it.declares { "!" } else { "" })
        })
        .collect();
    for wanted in [
        "package=KEYWORD",
        "a=Package!",
        "/// d=DOCS",
        "sensitive=ANNOTATION",
        "record=KEYWORD",
        "safe=Record!",
        "record=Field!",
        "string=BUILTIN",
        "\"x\"=TEXT",
        "matches=KEYWORD",
        "/y/=REGEX",
        "5=NUMBER",
        "// c=COMMENT",
        "`was`=Member!",
        "safe=Input!",
        "safe=KEYWORD",
        "E=Enum",
        "`was`=Member",
    ] {
        assert!(shown.contains(&wanted.to_owned()), "no {wanted} in {shown:?}");
    }
    assert!(colours.windows(2).all(|two| two[0].span.end <= two[1].span.start), "in order, apart");
}
