//! What is formatted is sound, has the same comments, and is not changed by formatting it again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wireloom_idl::syntax::lexer::TokenKind;
use wireloom_idl::{FileId, format::format, syntax};

fuzz_target!(|text: &str| {
    let text = text.trim_start_matches('\u{feff}');
    let (tree, _) = syntax::parse(FileId(0), text);
    let Some(once) = format(&tree, text) else { return };
    let (again, diagnostics) = syntax::parse(FileId(0), &once);
    assert!(again.is_sound, "{diagnostics:?}\n{once}");
    let comments = |tree: &syntax::SyntaxTree, text: &str| -> Vec<String> {
        let comments = tree.tokens.iter().filter(|token| token.kind == TokenKind::Comment);
        comments.map(|token| text[token.range()].trim_end().to_owned()).collect()
    };
    assert_eq!(comments(&tree, text), comments(&again, &once));
    assert_eq!(format(&again, &once).as_deref(), Some(once.as_str()));
});
