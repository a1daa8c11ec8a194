//! The formatter: one layout, no options.
//!
//! A tree and its text go in, the text in its one layout comes out; a file with syntax errors is left alone. The tree says
//! where lines may break, the tokens say which comments stand between, and [`layout`] decides by width. Every comment
//! survives, in its order; what it says of the language is that formatting twice changes nothing and that the tree stays
//! the same.

mod bindings;
mod block;
mod build;
mod items;
mod layout;
mod members;
mod services;
mod values;

use crate::syntax::SyntaxTree;
use build::{Builder, Trivia};
use layout::layout;

/// How many columns a line has, where it can be broken.
const COLUMNS: usize = 100;

/// The text in its one layout, or `None` if it has syntax errors.
///
/// ```
/// use wireloom_idl::{SourceMap, format::format, syntax};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("a.loom", "package a\nenum  Status{placed paid}");
/// let (tree, _) = syntax::parse(file, sources[file].text());
/// let text = format(&tree, sources[file].text()).unwrap();
/// assert_eq!(text, "package a\nenum Status { placed, paid }\n");
/// ```
pub fn format(tree: &SyntaxTree, text: &str) -> Option<String> {
    if !tree.is_sound {
        return None;
    }
    let mut builder = Builder::new(text, &tree.tokens);
    let mut file = File { text: String::new(), last: None };
    for item in &tree.items {
        let before = builder.trivia_before(item.span().start);
        items::item(&mut builder, item);
        let body = layout(&builder.take());
        file.add(&before, &body, keyword(&body));
    }
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    file.add_comments(&builder.trivia_before(end), false);
    file.finish()
}

/// The file as far as it is written.
struct File {
    text: String,
    /// Of the last item: its keyword, and whether it is on one line.
    last: Option<(String, bool)>,
}

impl File {
    /// Items stand an empty line apart. Two may touch, where they were written so, if both take one line, or one does and
    /// both are of a kind.
    fn add(&mut self, before: &[Trivia<'_>], body: &layout::Laid, keyword: &str) {
        let is_line = !body.text.contains('\n');
        let is_documented = before.iter().any(|trivia| trivia.is_doc);
        let may_touch = match &self.last {
            Some(_) if is_documented => false,
            Some((last, last_is_line)) if last == keyword => is_line || *last_is_line,
            Some((_, last_is_line)) => is_line && *last_is_line,
            None => true,
        };
        let is_first = before.iter().all(|trivia| trivia.is_trailing);
        self.add_comments(before, !may_touch);
        let after_doc = before.last().is_some_and(|trivia| trivia.is_doc);
        let is_apart = if is_first { !may_touch || body.is_apart } else { body.is_apart && !after_doc };
        self.line(is_apart);
        self.text.push_str(&body.text);
        self.last = Some((keyword.to_owned(), is_line));
    }

    fn add_comments(&mut self, comments: &[Trivia<'_>], mut must_be_apart: bool) {
        for comment in comments {
            if comment.is_trailing && !self.text.is_empty() {
                self.text.push(' ');
            } else {
                self.line(comment.is_apart || must_be_apart);
                must_be_apart = false;
            }
            self.text.push_str(&comment.text());
        }
    }

    /// Begins a line, behind an empty one if it stands apart.
    fn line(&mut self, is_apart: bool) {
        if !self.text.is_empty() {
            self.text.push_str(if is_apart { "\n\n" } else { "\n" });
        }
    }

    fn finish(mut self) -> Option<String> {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        Some(self.text)
    }
}

/// The word that an item begins with, behind its annotations' lines.
fn keyword(body: &layout::Laid) -> &str {
    let line = body.text.lines().find(|line| !line.starts_with('@')).unwrap_or_default();
    line.split(' ').next().unwrap_or_default()
}
