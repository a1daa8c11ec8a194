//! The one door through which the tests of this binary go.

use wireloom_idl::syntax::lexer::TokenKind;
use wireloom_idl::{Diagnostics, FileId, SourceMap, SyntaxTree, format, syntax};

/// The contract that uses all of the language.
pub(crate) const WHOLE: &str = include_str!("whole.loom");

pub(crate) fn parse(text: &str) -> (SyntaxTree, Diagnostics) {
    syntax::parse(FileId(0), text)
}

/// All diagnostics of a text, a line each: `line:column code: message`.
pub(crate) fn check(text: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("a.loom", text);
    let (_, diagnostics) = syntax::parse(file, sources[file].text());
    let line = |diagnostic: &wireloom_idl::Diagnostic| {
        let at = sources[file].line_column(diagnostic.span().expect("syntax errors have a place").start);
        format!("{}:{} {}: {}", at.line, at.column, diagnostic.code.name, diagnostic.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The formatted text; panics if the text has syntax errors.
pub(crate) fn formatted(text: &str) -> String {
    let (tree, diagnostics) = parse(text);
    format::format(&tree, text).unwrap_or_else(|| panic!("not sound: {diagnostics:?}\n{text}"))
}

/// The tree as text, without any place.
pub(crate) fn shape(text: &str) -> String {
    shape_of(&parse(text).0)
}

pub(crate) fn shape_of(tree: &SyntaxTree) -> String {
    let tree = format!("{:#?}", tree.items);
    let is_place = |line: &str| {
        let value = line.trim().trim_end_matches(',').rsplit(' ').next().unwrap_or_default();
        value.contains("..")
            && value.contains(':')
            && value.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte))
    };
    tree.lines().filter(|line| !is_place(line)).collect::<Vec<_>>().join("\n")
}

/// All comments of a text, in order.
pub(crate) fn comments(text: &str) -> Vec<String> {
    comments_of(&parse(text).0, text)
}

pub(crate) fn comments_of(tree: &SyntaxTree, text: &str) -> Vec<String> {
    let comments = tree.tokens.iter().filter(|token| token.kind == TokenKind::Comment);
    comments.map(|token| text[token.range()].trim_end().to_owned()).collect()
}
