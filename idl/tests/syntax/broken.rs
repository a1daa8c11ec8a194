//! Broken contracts: every mistake in one run, each at its place and in words.

use insta::assert_snapshot;

use crate::support::{check, parse};

#[test]
fn all_mistakes_come_out_in_one_run() {
    let text = r#"package shop.orders version 1

import shop.common{Money}
recrd Order {
    id: uuid
}

record Line {
    sku Sku
    quantity: u32 wher value in 1..999
    price: Money redonly
    größe: u32
    note: string;
    c: string where lenght in 1..5
    d: string = "open
    e: u32 where value in
    f:
    g: map<string>
    h: u32 = 5x
    i: string = "a\qb"
    j: T = 1 = 2
    /// nothing
}

enum Status { a b, 3, c }

service Orders {
    public
    place(a: T b: U) -> Order
        fials OutOfStock
    find(a T, b: ) safe
    on pay.Settled settle
    nope
    get(), list()
    bad() policy { deadline "x" : 3 }
}

example Orders.place "x" { given { a: { b c } d: [1 2] } gives 5 }
scalar A
bind Orders rest
fault F { a: u32 }
"#;
    assert_snapshot!(check(text), @r#"
    3:19 unexpected-token: expected `.{`, `as` or the end of the import after `common`, found `{`
    4:1 unknown-keyword: no declaration begins with `recrd`
    9:9 unexpected-token: expected `:` after the field's name, found `Sku`
    10:19 unexpected-token: expected `where`, found `wher`
    11:18 unexpected-token: expected `readonly`, found `redonly`
    12:5 unexpected-token: `größe` is no name: names are ASCII
    13:17 unexpected-token: found `;`, which ends nothing here
    14:21 unexpected-token: expected `length`, found `lenght`
    15:17 unclosed-text: this string does not end on its line
    16:26 unexpected-token: expected a bound after `in`, the field ends here
    17:7 unexpected-token: expected a type after `:`, the field ends here
    18:8 wrong-shape: a map has a key and a value: `map<string, T>`
    19:15 unknown-unit: no unit is called `x`
    20:19 unknown-escape: `\q` is not an escape
    21:14 said-twice: `=` is said twice of one member
    22:5 doc-before-nothing: this documentation stands before nothing that it could describe
    25:20 unexpected-token: expected a member, found `3`
    29:16 unexpected-token: a comma is missing before `b`
    30:9 unexpected-token: expected `fails`, found `fials`
    31:12 unexpected-token: expected `:` after the input's name, found `T`
    31:17 unexpected-token: expected a type after `:`, the input ends here
    32:20 unexpected-token: expected `as` after `Settled`, found `settle`
    33:9 unexpected-token: expected `(` or `was` after the operation's name, the operation ends here
    34:10 unexpected-token: no comma stands between the members of a service
    35:33 unexpected-token: `:` cannot stand here after `"x"`
    38:43 unexpected-token: expected `:` after the entry's name, found `c`
    38:53 unexpected-token: expected `]` or `,` after `1`, found `2`
    39:9 unexpected-token: expected `:` after `A`, the scalar ends here
    40:13 unexpected-token: expected `to` after `Orders`, found `rest`
    41:9 unexpected-token: expected `:` after `F`, found `{`
    "#);
}

#[test]
fn a_broken_member_costs_that_member_only() {
    let (tree, _) = parse("package a\nrecord R {\n    a: u32\n    b u32\n    c: u32\n}\nenum E { x, 1, y }\n");
    let shape = format!("{:?}", tree.items);
    assert_eq!(shape.matches("Broken").count(), 1);
    assert!(shape.contains(r#"text: "c""#) && shape.contains(r#"text: "y""#), "{shape}");
}

#[test]
fn an_unclosed_brace_is_told_at_the_brace() {
    assert_snapshot!(check("package a\n\nrecord A {\n    x: u32\n\nrecord B {\n    y: u32\n}\n"), @"3:10 unclosed-bracket: this `{` is never closed");
    assert_snapshot!(check("package a\nservice S {\n    policy { deadline 2s\n    get()\n}\nrecord B { y: u32 }\n"), @"3:12 unclosed-bracket: this `{` is never closed");
    assert_snapshot!(check("package a\nservice S {\n    get(a: [T)\n    put(a: T\n    on E as e\n}\nenum X { a }\n"), @r#"
    3:12 unclosed-bracket: this `[` is never closed
    4:8 unclosed-bracket: this `(` is never closed
    "#);
    assert_snapshot!(check("package a\nrecord A {\n    x: u32\n}\n}\nrecord B { y u32 }\n"), @r#"
    5:1 unopened-bracket: this `}` closes nothing
    6:14 unexpected-token: expected `:` after the field's name, found `u32`
    "#);
    assert_snapshot!(check("package a\nrecord A { x: u32"), @"2:10 unclosed-bracket: this `{` is never closed");
}

#[test]
fn strays_are_told_once() {
    assert_snapshot!(check("hello\npackage a\nmessage Order {\n    int32 id = 1;\n}\n{ }\nrecord record\n"), @r#"
    1:1 unknown-keyword: no declaration begins with `hello`
    3:1 unknown-keyword: no declaration begins with `message`
    7:14 unexpected-token: expected `{`, `<` or `was` after `record`, the record ends here
    "#);
}

#[test]
fn single_tokens() {
    assert_snapshot!(check("package a\nrecord A {\n    x: string = \"a\u{202e}b\"\n    y: string where matches /abc\n    z: u32 = 1__0\n    w: u32 = 64kib\n}"), @r#"
    3:19 forbidden-character: U+202E stands here, which changes how the text is shown
    4:29 unclosed-text: this regex does not end on its line
    5:14 malformed-number: `1__0` is not a number: `_` stands between two digits
    6:16 unknown-unit: no unit is called `kib`
    "#);
    assert_snapshot!(check("package a\nrecord A { x: string = \"\\u{110000}\\u{41}\\x\" }"), @r#"
    2:25 unknown-escape: `\u{110000}` is not an escape
    2:41 unknown-escape: `\x` is not an escape
    "#);
}

#[test]
fn documentation_before_nothing() {
    assert_snapshot!(check("package a\nrecord A {\n    @x\n    /// late\n    a: u32\n    /// end\n}\n/// end of file\n"), @r#"
    4:5 doc-before-nothing: this documentation stands before nothing that it could describe
    6:5 doc-before-nothing: this documentation stands before nothing that it could describe
    8:1 doc-before-nothing: this documentation stands before nothing that it could describe
    "#);
}

/// What is added to close a forgotten bracket stands nowhere.
#[test]
fn what_was_left_open_ends_where_the_text_ends() {
    for text in ["package a\nexample S.a \"x\" {\n    given", "package a\nrecord A { b: [u32"] {
        let (tree, _) = parse(text);
        assert_eq!(tree.items[1].span().end as usize, text.len(), "{text}");
    }
}
