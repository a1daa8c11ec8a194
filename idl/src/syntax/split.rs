//! Where items begin and end, and which bracket is to blame where they do not.
//!
//! Tokens go in, [`Piece`]s come out: each is an item with its annotations, or a stretch that no item begins. A keyword
//! begins an item only outside of brackets; inside, it must stand first on its line and be followed by what no member
//! could be followed by, and then the brackets around it were forgotten.

use super::brackets::{Brackets, NESTING_MAX, Open, Step};
use super::habits;
use super::lexer::TokenKind;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// A stretch of significant tokens.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The number of its first token.
    pub(super) first: usize,
    /// The number behind its last token.
    pub(super) end: usize,
    /// The number of its keyword; none if it is no item.
    pub(super) keyword: Option<usize>,
    /// The brackets that were forgotten at its end, as text.
    pub(super) missing: String,
    /// Nothing can be understood of it, and that is reported.
    pub(super) hopeless: bool,
}

/// The words that begin an item.
pub(super) const ITEM_WORDS: &[&str] = &[
    "package", "import", "scalar", "record", "enum", "union", "fault", "event", "service", "bind", "example", "extern",
    "closed", "open",
];

/// Behind these a keyword is a name or a type.
const CONNECTORS: &[&str] =
    &[".", ":", "=", "as", "to", "key", "was", ",", "<", "where", "and", "format", "by", "bind", "example", "@"];

/// Words that continue an item outside of its braces.
const CONTINUATIONS: &[&str] =
    &["version", "as", "where", "and", "or", "in", "to", "at", "key", "was", "tagged", "by", "matches", "null"];

/// Cuts a file into pieces, and reports brackets.
pub(super) fn pieces(view: &View<'_>, out: &mut Report) -> Vec<Piece> {
    let mut splitter = Splitter {
        view,
        out,
        pieces: Vec::new(),
        brackets: Brackets::default(),
        marks: None,
        indent: 0,
        suspect: None,
    };
    for number in 0..view.len() {
        splitter.token(number);
    }
    splitter.end_piece(view.len());
    splitter.pieces
}

struct Splitter<'v, 't> {
    view: &'v View<'t>,
    out: &'v mut Report,
    pieces: Vec<Piece>,
    brackets: Brackets,
    /// Where annotations begin that an item may follow.
    marks: Option<usize>,
    /// The indentation of the line.
    indent: u32,
    /// A bracket that was closed by one that stands further left.
    suspect: Option<Open>,
}

impl Splitter<'_, '_> {
    fn token(&mut self, number: usize) {
        let fresh = self.view.starts_line(number);
        if fresh {
            self.indent = self.view.indent(number);
        }
        if self.brackets.depth() == 0 {
            self.outside(number, fresh);
        } else if fresh && self.surely_item(number) {
            self.end_piece(number);
            self.begin(number, Some(number));
        }
        self.bracket(number, fresh);
    }

    fn outside(&mut self, number: usize, fresh: bool) {
        if self.starts_item(number, fresh) {
            let first = self.marks.take().unwrap_or(number);
            self.end_piece(first);
            return self.begin(first, Some(number));
        }
        if !self.continues_marks(number) {
            self.marks = None;
        }
        if self.marks.is_none() && self.starts_stray(number, fresh) {
            self.end_piece(number);
            self.begin(number, None);
        }
    }

    fn begin(&mut self, first: usize, keyword: Option<usize>) {
        self.pieces.push(Piece { first, end: first, keyword, missing: String::new(), hopeless: false });
    }

    /// Whether annotations that may belong to an item begin here or go on.
    fn continues_marks(&mut self, number: usize) -> bool {
        let begins =
            self.view.kind(number) == Some(TokenKind::At) && self.view.kind(number + 1) == Some(TokenKind::Word);
        if begins {
            self.marks.get_or_insert(number);
            return true;
        }
        let is_name = number > 0 && self.view.kind(number - 1) == Some(TokenKind::At);
        self.marks.is_some() && (is_name || self.view.kind(number) == Some(TokenKind::LeftParen))
    }

    fn starts_item(&self, number: usize, fresh: bool) -> bool {
        let word = self.view.str(number);
        if !ITEM_WORDS.contains(&word) || !self.view.is_name(number + 1) || !is_followed_well(self.view, number) {
            return false;
        }
        let Some(previous) = number.checked_sub(1) else { return true };
        let Some(piece) = self.pieces.last() else { return true };
        if piece.keyword == Some(previous) && matches!(self.view.str(previous), "extern" | "closed" | "open") {
            return false;
        }
        let joined = piece.keyword == Some(previous) || CONNECTORS.contains(&self.view.str(previous));
        let is_annotated = self.marks.is_some() && self.view.str(previous) != "@";
        // A line that looks like an item is one, whatever the line before it lacks.
        let next_is_type = self.view.str(number + 1).starts_with(|letter: char| letter.is_ascii_uppercase());
        !joined || is_annotated || fresh && (next_is_type || matches!(word, "package" | "import"))
    }

    fn starts_stray(&self, number: usize, fresh: bool) -> bool {
        let Some(piece) = self.pieces.last() else { return true };
        let Some(previous) = number.checked_sub(1) else { return true };
        if piece.keyword.is_none() {
            // Declarations of another language, one after the other.
            return fresh && self.view.is_name(number + 1) && habits::is_keyword(self.view.str(number));
        }
        if self.view.kind(previous) == Some(TokenKind::RightBrace) && piece.first < previous {
            return !(self.view.str(number) == "key" && self.keyword() == "event");
        }
        let is_line_of_words = fresh && self.view.is_name(number) && self.view.is_name(number + 1);
        is_line_of_words
            && !CONTINUATIONS.contains(&self.view.str(number))
            && !CONNECTORS.contains(&self.view.str(previous))
            && piece.keyword != Some(previous)
    }

    fn bracket(&mut self, number: usize, fresh: bool) {
        let Some(token) = self.view.token(number) else { return };
        if self.is_no_type(number) {
            self.brackets.no_type_here();
        }
        match self.brackets.step(token.kind, number, self.indent) {
            Step::None | Step::Opened => {}
            Step::Closed(open, left_open) => {
                for open in &left_open {
                    let end = self.view.span(number - 1).after();
                    self.unclosed(*open, Some((end, closing_text(open.kind).to_owned())));
                }
                let is_askew = fresh && self.indent < open.indent;
                let is_outer = |outer: &Open| outer.indent == self.indent;
                if is_askew && self.suspect.is_none() && self.brackets.open().iter().any(is_outer) {
                    self.suspect = Some(open);
                }
            }
            Step::Unopened => {
                let message = format!("this `{}` closes nothing", self.view.str(number));
                let span = self.view.span(number);
                self.out.push(Diagnostic::new(&codes::UNOPENED_BRACKET, span, message).fix("remove it", span, ""));
            }
            Step::TooDeep => {
                let message = format!("brackets nest deeper than {NESTING_MAX} levels");
                self.out.push(Diagnostic::new(&codes::NESTING_TOO_DEEP, self.view.span(number), message));
                if let Some(piece) = self.pieces.last_mut() {
                    piece.hopeless = true;
                }
            }
        }
    }

    /// Two words in a row which no type has: a `<` before them compares.
    fn is_no_type(&self, number: usize) -> bool {
        let is_word = |number| self.view.kind(number) == Some(TokenKind::Word);
        let Some(previous) = number.checked_sub(1).filter(|&previous| is_word(previous) && is_word(number)) else {
            return false;
        };
        match (self.view.str(previous), self.view.str(number)) {
            ("draft" | "patch" | "stream", _) => false,
            ("or", word) => !matches!(word, "null" | "or"),
            (_, word) => word != "or",
        }
    }

    /// Reports a bracket; `missing` is what would close it, and where, if that is known.
    fn unclosed(&mut self, open: Open, missing: Option<(Span, String)>) {
        let span = self.view.span(open.token);
        let message = format!("this `{}` is never closed", self.view.str(open.token));
        let diagnostic = Diagnostic::new(&codes::UNCLOSED_BRACKET, span, message);
        self.out.push(match missing {
            Some((at, text)) => diagnostic.fix(format!("insert `{}`", text.replace('\n', "")), at, text),
            None => diagnostic,
        });
    }

    /// Ends the piece before token `end`, with whatever is still open in it.
    fn end_piece(&mut self, end: usize) {
        let suspect = self.suspect.take();
        let brackets = std::mem::take(&mut self.brackets);
        let Some(piece) = self.pieces.last_mut() else { return };
        piece.end = end;
        let Some(innermost) = brackets.open().last().copied() else { return };
        if suspect.is_some() || piece.hopeless {
            piece.hopeless = true;
        } else {
            piece.missing = brackets.open().iter().rev().map(|open| closing_text(open.kind)).collect();
        }
        let missing = (!piece.hopeless).then(|| {
            let closing = piece.missing.chars().map(|bracket| match bracket {
                '}' => "\n}".to_owned(),
                other => other.to_string(),
            });
            (self.view.span(end.saturating_sub(1)).after(), closing.collect())
        });
        if !piece.hopeless || suspect.is_some() {
            self.unclosed(suspect.unwrap_or(innermost), missing);
        }
    }

    /// The word that says which item the last piece is.
    fn keyword(&self) -> &str {
        let keyword = self.pieces.last().and_then(|piece| piece.keyword);
        keyword.map_or("", |number| self.view.str(number))
    }

    /// Whether an item begins at this token inside of brackets: no member could go on like this.
    fn surely_item(&self, number: usize) -> bool {
        let view = self.view;
        let word = view.str(number);
        if !ITEM_WORDS.contains(&word) || !view.is_name(number + 1) {
            return false;
        }
        // Here a word may be a member, and several may stand side by side.
        let has_bare_members = matches!(self.keyword(), "enum" | "union" | "closed" | "open" | "bind");
        let third = view.str(number + 2);
        let place = |at: usize| matches!(view.str(at), "at" | "as") && view.kind(at + 1) == Some(TokenKind::Text);
        match word {
            "package" | "import" => third == "." || !has_bare_members,
            "scalar" => third == ":" && !has_bare_members,
            "fault" => third == ":" && (!has_bare_members || view.str(number + 4) == "{"),
            "bind" => third == "to" && (!has_bare_members || view.str(number + 4) == "{" || place(number + 4)),
            "example" => third == "." && view.kind(number + 4) == Some(TokenKind::Text),
            "extern" => view.str(number + 1) == "record" && view.str(number + 3) == "=",
            "closed" | "open" => {
                matches!(view.str(number + 1), "enum" | "union") && view.is_name(number + 2) && opens(view, number + 3)
            }
            _ => opens(view, number + 2),
        }
    }
}

/// Whether `extern` and `closed` are followed by what they stand before.
fn is_followed_well(view: &View<'_>, number: usize) -> bool {
    match view.str(number) {
        "extern" => view.str(number + 1) == "record",
        "closed" | "open" => matches!(view.str(number + 1), "enum" | "union"),
        _ => true,
    }
}

/// Whether the body of a type or service begins here.
fn opens(view: &View<'_>, number: usize) -> bool {
    match view.str(number) {
        "{" | "<" => true,
        "was" => matches!(view.str(number + 2), "{" | "<"),
        "tagged" => view.str(number + 1) == "by" && view.kind(number + 2) == Some(TokenKind::Text),
        _ => false,
    }
}

fn closing_text(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::LeftBrace => "}",
        TokenKind::LeftBracket => "]",
        _ => ")",
    }
}
