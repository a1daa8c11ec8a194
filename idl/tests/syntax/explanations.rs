//! The explanations of the syntax codes show what they say.

use wireloom_idl::diagnostic::codes::{self, Code};

use crate::support::parse;

const SYNTAX: &[&Code] = &[
    &codes::DOC_BEFORE_NOTHING,
    &codes::FORBIDDEN_CHARACTER,
    &codes::MALFORMED_NUMBER,
    &codes::NESTING_TOO_DEEP,
    &codes::SAID_TWICE,
    &codes::UNCLOSED_BRACKET,
    &codes::UNCLOSED_TEXT,
    &codes::UNEXPECTED_TOKEN,
    &codes::UNKNOWN_ESCAPE,
    &codes::UNKNOWN_KEYWORD,
    &codes::UNKNOWN_UNIT,
    &codes::UNOPENED_BRACKET,
    &codes::WRONG_SHAPE,
];

/// The block behind a fence.
fn block<'e>(explanation: &'e str, fence: &str) -> &'e str {
    let (_, behind) = explanation.split_once(&format!("```loom {fence}\n")).expect("an explanation has both blocks");
    behind.split_once("```").expect("a block ends").0
}

#[test]
fn wrong_is_wrong_and_right_is_right() {
    for code in SYNTAX {
        let wrong = block(code.explanation, "wrong").replace("<U+202E>", "\u{202e}");
        let (_, found) = parse(&wrong);
        assert!(found.iter().any(|diagnostic| diagnostic.code == *code), "{}: {found:?}", code.name);
        let (_, found) = parse(block(code.explanation, "right"));
        assert!(found.is_empty(), "{}: {found:?}", code.name);
    }
}
