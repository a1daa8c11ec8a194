//! A comment may stand wherever a blank may: at every gap of every contract that there is.

use std::path::{Path, PathBuf};

use wireloom_idl::format::format;
use wireloom_idl::syntax::lexer::{Token, TokenKind, lex};

use crate::support::{WHOLE, comments_of, parse, shape, shape_of};

/// How a comment is put between two tokens.
const FORMS: &[&str] = &[" // c\n", "\n// c\n", "\n\n    // c\n\n"];

#[test]
fn a_comment_in_any_gap_stays_where_the_formatter_reads_it_again() {
    let mut lost = Vec::new();
    let mut gaps = 0;
    for text in contracts() {
        for item in items(&text) {
            let plain = shape(&format!("package a\n{item}"));
            for (at, token) in lex(item).into_iter().enumerate().filter(|(at, token)| may_precede(item, *at, *token)) {
                gaps += 1;
                // Other contracts than the one with all of the language take turns.
                let forms = if text == WHOLE { FORMS } else { &FORMS[gaps % FORMS.len()..][..1] };
                lost.extend(forms.iter().filter_map(|form| {
                    let (before, after) = item.split_at(token.start as usize);
                    let text = format!("package a\n{before}{form}{after}");
                    trouble(&text, &plain).map(|trouble| format!("token {at}: {trouble}\n{text}"))
                }));
            }
        }
    }
    assert!(gaps > 4_000, "only {gaps} gaps were found");
    assert!(lost.is_empty(), "{} of {gaps} gaps\n{}", lost.len(), lost[..lost.len().min(5)].join("\n--------\n"));
}

/// What formatting a text spoils, if it spoils anything; `plain` is the shape of the text without the comment.
fn trouble(text: &str, plain: &str) -> Option<String> {
    let (tree, _) = parse(text);
    let Some(once) = format(&tree, text) else { return Some("it is no contract any more".to_owned()) };
    let (again, _) = parse(&once);
    match format(&again, &once) {
        _ if comments_of(&again, &once) != comments_of(&tree, text) => Some(format!("the comment is lost:\n{once}")),
        _ if shape_of(&again) != plain => Some(format!("the tree is changed:\n{once}")),
        Some(twice) if twice == once => None,
        twice => Some(format!("formatted again it differs:\n{once}\n----\n{}", twice.unwrap_or_default())),
    }
}

/// Whether a comment may stand before this token: between two parts of a path, or behind the `@` of a pin or an
/// annotation, no blank may stand either; and a comment before documentation is tried at the item's first token.
fn may_precede(text: &str, at: usize, token: Token) -> bool {
    let before = &text[..token.start as usize];
    let joins = |text: &str| text.ends_with('.') && !text.ends_with("..") || text.ends_with('@');
    let is_joint = &text[token.range()] == ".";
    at > 0 && token.is_significant() && !joins(before) && !is_joint
}

/// The items of a contract, each with the documentation and comments before it.
fn items(text: &str) -> Vec<&str> {
    let (tree, _) = parse(text);
    let ends: Vec<usize> = tree.items.iter().map(|item| item.span().end as usize).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let pieces = starts.zip(&ends).map(|(start, &end)| &text[start..end]);
    pieces.filter(|piece| !is_package(piece)).collect()
}

fn is_package(piece: &str) -> bool {
    lex(piece)
        .into_iter()
        .find(|token| token.kind == TokenKind::Word)
        .is_some_and(|token| &piece[token.range()] == "package")
}

/// Every sound contract: those of the tests, of the examples, and of the explanations of mistakes.
fn contracts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = vec![WHOLE.to_owned()];
    for folder in ["tests/contracts", "examples", "tests/bench/contracts", "idl/src/diagnostic/explain"] {
        files(&root.join(folder)).iter().for_each(|path| {
            let text = std::fs::read_to_string(path).expect("it is text");
            match path.extension().is_some_and(|it| it == "md") {
                true => texts
                    .extend(text.split("```loom\n").skip(1).filter_map(|it| it.split("```").next().map(str::to_owned))),
                false => texts.push(text),
            }
        });
    }
    texts.retain(|text| parse(text).0.is_sound);
    texts
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path());
    let mut all = Vec::new();
    for path in entries {
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|it| it == "loom" || it == "md") {
            all.push(path);
        }
    }
    all.sort();
    all
}
