//! What is said about a name.

use crate::door::Case;

fn hover(text: &str) -> String {
    let case = Case::new(text);
    let contract = case.contract();
    let Some(said) = case.with(|names| names.hover(case.file, case.offset, Some(&contract))) else {
        return "nothing".to_owned();
    };
    let docs = said.docs.map_or(String::new(), |docs| format!("\n  {docs}"));
    format!("{}{docs}\n  {}", said.declaration, said.facts.join("\n  "))
}

#[test]
fn a_field_shows_how_it_is_declared() {
    let text = "package shop\nrecord Order {\n  id: uuid\n  /// Said by the customer.\n  no$0te: string? where length <= 5 // x\n}\n";
    assert_eq!(
        hover(text),
        "note: string? where length <= 5\n  Said by the customer.\n  field of `shop.Order`\n  number 2 on binary wires"
    );
}

#[test]
fn a_type_shows_its_members() {
    let text = "package shop\n/// What is bought.\nrecord Order was Purchase {\n  // c\n  id: uuid, tags: [string]\n}\n\
                record Box { order: Ord$0er }\n";
    assert_eq!(
        hover(text),
        "record Order was Purchase {\n    id: uuid\n    tags: [string]\n}\n  What is bought.\n  record of package `shop`\n  formerly `Purchase`"
    );
}

#[test]
fn an_operation_shows_its_shape_and_effect() {
    let text = "package shop\nservice S {\n  public\n  /// Gets.\n  ge$0t(\n    id: uuid,\n    n: u32 = 5\n  ) -> stream string\n    safe\n}\n";
    assert_eq!(
        hover(text),
        "get(id: uuid, n: u32 = 5) -> stream string safe\n  Gets.\n  operation of `shop.S`\n  \
         one in, a stream out, safe: may be cached and retried\n  number 1 on binary wires"
    );
    let input = text.replace("ge$0t", "get").replace("n: u32", "$0n: u32");
    assert_eq!(hover(&input), "n: u32 = 5\n  input of `shop.S.get`\n  number 2 on binary wires");
}

#[test]
fn faults_and_members_have_facts() {
    let text = "package shop\nfault Go$0ne: not_found { id: uuid }\nenum E { a, b @9 }\nrecord R { e: E = b }\n";
    assert!(hover(text).ends_with("fault of package `shop`\n  status 404 on HTTP"), "{}", hover(text));
    let member = text.replace("$0", "").replace("E = b", "E = $0b");
    assert_eq!(hover(&member), "b @9\n  enum member of `shop.E`\n  number 9 on binary wires");
}

#[test]
fn built_in_types_are_explained_where_they_are_types() {
    assert!(hover("package a\nrecord R { a: du$0ration }\n").starts_with("duration\n  A length of time"));
    assert!(hover("package a\nrecord R { a: ma$0p<string, u32> }\n").starts_with("map\n"));
    assert!(hover("package a\nrecord R { $0date: string }\n").starts_with("date: string\n  field of"));
    assert_eq!(hover("package a\nrecord R { a: string } // du$0ration\n"), "nothing");
    assert_eq!(hover("package a\nrec$0ord R { a: string }\n"), "nothing");
}

#[test]
fn broken_text_is_answered_as_well() {
    let text = "package a\nrecord R { a: B, b c d }\nrecord B { x: }\nservice S { public f(b: $0B }\n";
    assert_eq!(
        hover(&text.replace("a: B", "a: $0B").replace("b: $0B", "b: B")),
        "record B\n  record of package `a`".replace("record B\n", "record B { x: }\n")
    );
}
