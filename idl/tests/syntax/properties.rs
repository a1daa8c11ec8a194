//! What holds for every text, and for every contract with comments anywhere.

use proptest::prelude::*;
use wireloom_idl::syntax::lexer::{TokenKind, lex};
use wireloom_idl::{SourceMap, diagnostic::render, syntax};

use crate::support::{WHOLE, comments, formatted, parse, shape};

const ORDERS: &str = include_str!("../../../examples/orders/contracts/shop/orders/orders.loom");

/// Words and signs of the language, and some that are none.
const PIECES: &[&str] = &[
    "record ",
    "enum ",
    "service ",
    "bind ",
    "example ",
    "fault ",
    "union ",
    "event ",
    "policy ",
    "A",
    "b",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    ",",
    ":",
    ".",
    "..",
    "...",
    "=",
    "->",
    "@",
    "@7",
    "@x",
    "?",
    "\"",
    "\"s\"",
    "matches ",
    "/",
    "/a/",
    "// c\n",
    "/// d\n",
    "\n",
    " ",
    "where ",
    "length in ",
    "1",
    "-1.5",
    "2s",
    "10%",
    "200/s",
    "was ",
    "readonly ",
    "`was`",
    "é",
    "\u{202e}",
    "\0",
    "\\",
    ";",
    "or ",
    "null ",
    "on ",
    "as ",
    "fails ",
    "keyed",
    "package a\n",
    "\r\n",
    "\t",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..80).prop_map(|pieces| pieces.concat())
}

/// A text nobody meant is read without panic, drawn, and if it is sound, formatted.
fn survives(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("a.loom", text);
    let (tree, diagnostics) = syntax::parse(file, sources[file].text());
    for diagnostic in &diagnostics {
        assert!(!render::human(diagnostic, &sources, true).is_empty());
        assert!(!render::json(diagnostic, &sources).is_empty());
    }
    assert_eq!(tree.is_sound, !diagnostics.has_errors());
    assert!(tree.items.iter().all(|item| item.span().end as usize <= sources[file].text().len()), "\n{text}");
    if tree.is_sound {
        keeps(sources[file].text());
    } else {
        assert_eq!(wireloom_idl::format::format(&tree, sources[file].text()), None);
    }
}

/// Formatting keeps tree and comments, and has nothing to do the second time.
fn keeps(text: &str) {
    let once = formatted(text);
    assert_eq!(comments(&once), comments(text), "\n{text}\n----\n{once}");
    assert_eq!(shape(&once), shape(text), "\n{text}\n----\n{once}");
    assert_eq!(formatted(&once), once, "\n{text}\n----\n{once}");
}

fn covers(text: &str) {
    let mut end = 0;
    for token in lex(text) {
        assert_eq!(token.start as usize, end);
        assert!(token.end > token.start && text.is_char_boundary(token.end as usize));
        end = token.end as usize;
    }
    assert_eq!(end, text.len());
}

/// The contract with other blanks, and with comments, between its tokens.
fn respaced(text: &str, choices: &[u8]) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut number = 0;
    let mut out = String::new();
    let mut glued = true;
    for token in lex(text) {
        let written = &text[token.range()];
        match token.kind {
            TokenKind::Blank | TokenKind::Comment => {
                if !glued || token.kind == TokenKind::Comment {
                    out.push(' ');
                }
                glued = false;
            }
            TokenKind::Doc => {
                out.push_str(&format!("\n{written}\n"));
                glued = false;
            }
            kind => {
                let joins = matches!(kind, TokenKind::Dots) && written == "."
                    || out.ends_with('.') && !out.ends_with("..")
                    || out.ends_with('@');
                if !joins && number > 0 {
                    match choices.next().unwrap_or(0) % 16 {
                        0 => out.push_str(&format!(" // {number}\n")),
                        1 => out.push_str(&format!("\n// {number}\n")),
                        2 => out.push('\n'),
                        3 => out.push_str("\n\n"),
                        4 => out.push_str(&format!("\n\n    // {number}\n//\n\n")),
                        5 => out.push(' '),
                        _ => {}
                    }
                }
                out.push_str(written);
                number += 1;
                glued = false;
            }
        }
    }
    out
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "was", "`or`", "readonly", "on", "map", "where", "record", "x_1", "null"][..])
        .prop_map(str::to_owned)
}

fn type_expr() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&["u32", "string", "Order", "pay.Settled", "draft Order", "patch Order"][..])
        .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| format!("[{ty}]")),
            inner.clone().prop_map(|ty| format!("{ty}?").replace("??", "?").replace("null?", "null")),
            (inner.clone(), inner.clone()).prop_map(|(key, value)| format!("map<{key}, {value}>")),
            inner.prop_map(|ty| format!("Paged<set<{ty}>>")),
        ]
    })
}

fn value() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(&["1", "-1.5", "2s", "null", "cash", "\"a // b\"", "true"][..]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 30, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|values| format!("[{}]", values.join(", "))),
            prop::collection::vec((name(), inner), 0..6).prop_map(|entries| {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{ {} }}", entries.join(", "))
            }),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    let tails = [" readonly", " @7", " was b", " where unique and one_of [1, 2]", " = { a: [1, 2] }"];
    let tail = prop::sample::subsequence(tails.to_vec(), 0..=5).prop_shuffle();
    (name(), type_expr(), tail).prop_map(|(name, ty, tail)| format!("{name}: {ty}{}", tail.concat()))
}

fn contract() -> impl Strategy<Value = String> {
    let record = prop::collection::vec(field(), 0..8).prop_map(|fields| format!("record R {{ {} }}", fields.join(" ")));
    let operation = (name(), prop::collection::vec(field(), 0..5), type_expr(), any::<u8>()).prop_map(
        |(name, inputs, answer, clauses)| {
            let all =
                [" fails A, B", " safe", " policy { retry 3, limit 5/s }", " keyed(a)", " emits E", " deprecated"];
            let clauses: String = (0..6).filter(|bit| clauses >> bit & 1 == 1).map(|bit| all[bit]).collect();
            format!("{name}({}) -> {answer}{clauses}", inputs.join(", "))
        },
    );
    let service =
        prop::collection::vec(operation, 0..5).prop_map(|all| format!("service S {{ public {} }}", all.join("\n")));
    let example = value().prop_map(|value| format!("example S.a \"x\" {{ given {{ a: {value} }} gives {value} }}"));
    let words = prop::collection::vec(name().prop_map(|name| name.replace("was", "`was`")), 1..6);
    let enumeration = words.prop_map(|names| format!("enum E {{ {} }}", names.join(", ")));
    prop::collection::vec(prop_oneof![record, service, example, enumeration], 0..5)
        .prop_map(|items| format!("package a\n{}", items.join("\n")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_cover_every_byte(text in any::<String>(), pieces in pieces()) {
        covers(&text);
        covers(&pieces);
    }

    #[test]
    fn no_text_panics(text in any::<String>(), pieces in pieces()) {
        survives(&text);
        survives(&pieces);
        survives(&format!("package a\nrecord A {{ {pieces} }}\nservice S {{ {pieces} }}"));
    }

    #[test]
    fn no_mutation_panics(at in any::<prop::sample::Index>(), length in 0usize..40, piece in pieces(), whole in any::<bool>()) {
        let text = if whole { WHOLE } else { ORDERS };
        let start = text.floor_char_boundary(at.index(text.len()));
        let end = text.ceil_char_boundary((start + length).min(text.len()));
        let piece = &piece[..piece.floor_char_boundary(12.min(piece.len()))];
        survives(&format!("{}{piece}{}", &text[..start], &text[end..]));
    }

    #[test]
    fn comments_survive_everywhere(choices in prop::collection::vec(any::<u8>(), 1..200), whole in any::<bool>()) {
        keeps(&respaced(if whole { WHOLE } else { ORDERS }, &choices));
    }

    #[test]
    fn generated_contracts_keep_their_tree(text in contract(), choices in prop::collection::vec(any::<u8>(), 1..100)) {
        prop_assert!(parse(&text).0.is_sound, "{:?}\n{text}", parse(&text).1);
        keeps(&text);
        keeps(&respaced(&text, &choices));
    }
}
