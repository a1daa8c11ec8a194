//! What can be folded away: blocks in brackets, documentation and comments of many lines, imports.

use super::names::Names;
use crate::source::{FileId, Span};
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::tree::Item;

/// A stretch that can be folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the line that stays to the last one that goes.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum FoldKind {
    Block,
    Comment,
    Imports,
}

impl Names<'_> {
    /// What can be folded in a file.
    pub fn folds(&self, file: FileId) -> Vec<Fold> {
        let Some(index) = self.index_of(file) else { return Vec::new() };
        let tree = self.trees[index].tree;
        let text = self.sources[file].text();
        let mut folds = blocks(file, text, &tree.tokens);
        folds.extend(comments(file, text, &tree.tokens));
        folds.extend(imports(&tree.items));
        folds.retain(|fold| self.text(fold.span).contains('\n'));
        folds.sort_by_key(|fold| fold.span);
        folds
    }
}

fn blocks(file: FileId, text: &str, tokens: &[Token]) -> Vec<Fold> {
    let mut open = Vec::new();
    let mut folds = Vec::new();
    for token in tokens {
        match token.kind {
            TokenKind::LeftBrace | TokenKind::LeftBracket | TokenKind::LeftParen => open.push(*token),
            TokenKind::RightBrace | TokenKind::RightBracket | TokenKind::RightParen => {
                let Some(start) = open.pop() else { continue };
                // The line of the closing bracket stays to be seen.
                let end = text[..token.start as usize].trim_end().len().max(start.start as usize);
                let span = Span::new(file, start.start as usize, end);
                folds.push(Fold { span, kind: FoldKind::Block });
            }
            _ => {}
        }
    }
    folds
}

/// Lines of `//` or `///` that follow one another.
fn comments(file: FileId, text: &str, tokens: &[Token]) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let mut before: Option<Token> = None;
    for token in tokens {
        match (token.kind, before) {
            (TokenKind::Blank, Some(_)) if !is_gap(&text[token.range()]) => continue,
            (TokenKind::Comment | TokenKind::Doc, Some(last)) if last.kind == token.kind => {
                if let Some(fold) = folds.last_mut() {
                    fold.span.end = token.end;
                }
                before = Some(*token);
            }
            (TokenKind::Comment | TokenKind::Doc, _) => {
                let span = Span { file, start: token.start, end: token.end };
                folds.push(Fold { span, kind: FoldKind::Comment });
                before = Some(*token);
            }
            _ => before = None,
        }
    }
    folds
}

/// Whether blanks hold an empty line.
fn is_gap(blanks: &str) -> bool {
    blanks.bytes().filter(|&byte| byte == b'\n').count() > 1
}

fn imports(items: &[Item]) -> Option<Fold> {
    let mut spans = items.iter().filter(|item| matches!(item, Item::Import(_))).map(Item::span);
    let first = spans.next()?;
    let last = spans.next_back()?;
    Some(Fold { span: first.to(last), kind: FoldKind::Imports })
}
