//! From tokens to their line: what stands around what, where blanks go, and what must not stand on one line.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, Group, Punct, TokenStream, TokenTree};

use super::flat::{Bracket, Flat, Kind, Part, Token};
use super::{docs, operators};

// What rustfmt keeps on a line.
pub(super) const CALL_WIDTH_MAX: usize = 60;
pub(super) const CHAIN_WIDTH_MAX: usize = 60;
const ARRAY_WIDTH_MAX: usize = 60;
const FIELDS_WIDTH_MAX: usize = 18;
const ATTRIBUTE_WIDTH_MAX: usize = 70;

/// The tokens' line.
pub(super) fn flatten(tokens: TokenStream) -> Flat {
    let mut flattener = Flattener { flat: Flat::default(), tight: true };
    flattener.level(tokens, &mut Level::default());
    flattener.flat
}

/// What is made of the tokens so far.
pub(super) struct Flattener {
    pub(super) flat: Flat,
    /// Whether the next token stands close to the last.
    pub(super) tight: bool,
}

/// What is known within one pair of brackets.
#[derive(Default)]
pub(super) struct Level {
    /// Whether the last token ended an operand, so that an operator is one between two.
    pub(super) operand: bool,
    /// What the statement or item began as.
    header: Header,
    /// Whether it is an attribute or within one.
    attribute: bool,
    commas: usize,
    /// Angle brackets that are open, and whether what stands before each takes no operand behind it.
    pub(super) angles: Vec<(usize, bool)>,
    /// The bar that opened a closure's parameters.
    pub(super) bars: Option<usize>,
    chain: Chain,
}

/// An operand with fields and methods behind it.
#[derive(Clone, Copy, Default)]
struct Chain {
    start: usize,
    links: usize,
    last_dot: usize,
}

/// The words before a block say what it is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Header {
    #[default]
    None,
    Item,
    Flow,
}

impl Level {
    /// Behind a statement, an item or an arrow all begins anew.
    pub(super) fn begin(&mut self) {
        self.operand = false;
        self.header = Header::None;
    }

    /// A comma ends what is no item; one between parameters of types or of a closure ends nothing.
    pub(super) fn comma(&mut self) {
        self.operand = false;
        if self.angles.is_empty() && self.bars.is_none() {
            self.commas += 1;
            self.header = if self.header == Header::Item { Header::Item } else { Header::None };
        }
    }

    fn word(&mut self, word: &str) {
        self.header = match word {
            "impl" | "trait" | "fn" | "struct" | "enum" | "mod" => Header::Item,
            "if" | "match" | "while" | "for" | "loop" | "else" if self.header == Header::None => Header::Flow,
            _ => self.header,
        };
        self.operand = !BEFORE_OPERAND.contains(&word);
    }
}

/// Keywords behind which an operand, a pattern or a type begins.
const BEFORE_OPERAND: &[&str] = &[
    "as", "async", "break", "const", "dyn", "else", "enum", "fn", "for", "if", "impl", "in", "let", "match", "mod",
    "move", "mut", "pub", "ref", "return", "static", "struct", "trait", "type", "unsafe", "use", "where", "while",
];

impl Flattener {
    fn level(&mut self, tokens: TokenStream, level: &mut Level) {
        let mut rest = tokens.into_iter().peekable();
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Group(group) => self.group(group, level),
                TokenTree::Ident(ident) => {
                    self.operand(level);
                    let at = self.written(Kind::Word, &ident);
                    level.word(self.flat.token(at));
                }
                TokenTree::Literal(literal) => {
                    self.operand(level);
                    self.written(Kind::Literal, &literal);
                    level.operand = true;
                    self.split_place(level);
                }
                TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                    let Some(TokenTree::Ident(name)) = rest.next() else { continue };
                    self.written(Kind::Word, &format_args!("'{name}"));
                    level.operand = false;
                }
                TokenTree::Punct(first) => {
                    let operator = joined(&first, !level.angles.is_empty(), &mut rest);
                    operators::push(self, level, operator);
                }
            }
        }
        self.end_chain(level);
    }

    fn group(&mut self, group: Group, level: &mut Level) {
        let Some((bracket, open, close)) = self.bracket(&group, level) else {
            return self.level(group.stream(), level);
        };
        let stream = group.stream();
        // The stream would be copied if it were still the group's as well.
        drop(group);
        let is_braced = matches!(bracket, Bracket::Fields | Bracket::Block);
        let follows = level.operand && !is_braced;
        let is_attribute = self.is_behind("#");
        self.operand(level);
        if bracket == Bracket::Block {
            self.end_chain(level);
        }
        let open = self.push(Kind::Open(bracket), open, follows || self.is_behind("pub"));
        let mut inner = Level { attribute: is_attribute || level.attribute, ..Level::default() };
        self.tight = !is_braced;
        self.level(stream, &mut inner);
        let is_tuple = bracket == Bracket::Round && !follows && inner.commas == 1;
        if !is_tuple {
            self.drop_comma(open);
        }
        let is_empty = self.flat.tokens.len() == open + 1;
        let close = self.push(Kind::Close(bracket), close, !is_braced || is_empty);
        self.join(open, close);
        let is_call = follows && level.header != Header::Item;
        if !is_empty && self.is_wide(open, bracket, is_call, &inner) {
            self.flat.break_before(close);
        }
        level.operand = !is_attribute && bracket != Bracket::Block;
        if bracket == Bracket::Block {
            level.begin();
        }
        if is_attribute {
            docs::line(&mut self.flat, open - 1);
        }
    }

    /// What the brackets are, and their signs; none where they are only in the tokens.
    fn bracket(&self, group: &Group, level: &Level) -> Option<(Bracket, &'static str, &'static str)> {
        let before = self.flat.tokens.last().map(|last| last.kind);
        let is_named = level.operand && matches!(before, Some(Kind::Word | Kind::Close(Bracket::Angle)));
        Some(match group.delimiter() {
            Delimiter::Parenthesis => (Bracket::Round, "(", ")"),
            Delimiter::Bracket => (Bracket::Square, "[", "]"),
            Delimiter::Brace if is_named && level.header == Header::None => (Bracket::Fields, "{", "}"),
            Delimiter::Brace => (Bracket::Block, "{", "}"),
            Delimiter::None => return None,
        })
    }

    /// Whether this is the last token.
    fn is_behind(&self, text: &str) -> bool {
        self.flat.tokens.last().is_some_and(|last| &self.flat.text[last.start..last.end] == text)
    }

    /// Whether what is within brackets is wider than what one line takes, however long the line may be.
    fn is_wide(&self, open: usize, bracket: Bracket, is_call: bool, inner: &Level) -> bool {
        let width = self.flat.width(self.flat.within(open));
        match bracket {
            Bracket::Block => true,
            Bracket::Fields => width > FIELDS_WIDTH_MAX,
            Bracket::Round if inner.attribute => {
                inner.commas > 0 && width > ATTRIBUTE_WIDTH_MAX && self.flat.token(open - 1) != "derive"
            }
            Bracket::Round => is_call && inner.commas > 0 && width > CALL_WIDTH_MAX,
            Bracket::Square => !inner.attribute && inner.commas > 0 && width > ARRAY_WIDTH_MAX,
            Bracket::Angle | Bracket::Bars => false,
        }
    }

    /// Behind the last of several, a comma says nothing.
    fn drop_comma(&mut self, open: usize) {
        let tokens = &mut self.flat.tokens;
        if tokens.len() > open + 1
            && self.flat.text.ends_with(',')
            && tokens.last().is_some_and(|it| it.kind == Kind::Mark)
        {
            tokens.pop();
            self.flat.text.truncate(tokens[tokens.len() - 1].end);
        }
    }

    /// Notes where an operand begins; what is behind a `.` or `::` goes on with one.
    pub(super) fn operand(&mut self, level: &mut Level) {
        let goes_on = level.operand
            || self.flat.tokens.last().is_some_and(|last| {
                last.kind == Kind::Mark && matches!(&self.flat.text[last.start..last.end], "." | "::")
            });
        if !goes_on {
            level.chain = Chain { start: self.flat.tokens.len(), links: 0, last_dot: 0 };
        }
    }

    /// Adds a `.`, behind which is a field or method of the operand.
    pub(super) fn link(&mut self, level: &mut Level) {
        let last_dot = self.push(Kind::Mark, ".", true);
        self.tight = true;
        level.operand = false;
        level.chain = Chain { links: level.chain.links + 1, last_dot, ..level.chain };
    }

    /// In `self.0.name`, `0.` comes as one literal.
    fn split_place(&mut self, level: &mut Level) {
        let [.., before, literal] = self.flat.tokens.as_mut_slice() else { return };
        let is_place = before.kind == Kind::Mark && self.flat.text[before.start..].starts_with('.');
        if is_place && self.flat.text.ends_with('.') {
            literal.end -= 1;
            self.flat.text.pop();
            self.link(level);
        }
    }

    /// Notes the operand's end: a long chain of methods stands on lines of its own.
    pub(super) fn end_chain(&mut self, level: &mut Level) {
        let Chain { start, links, last_dot } = std::mem::take(&mut level.chain);
        if links > 1 && self.flat.width(Part::new(start, self.flat.tokens.len())) > CHAIN_WIDTH_MAX {
            self.flat.break_before(last_dot);
        }
    }

    pub(super) fn join(&mut self, open: usize, close: usize) {
        self.flat.tokens[open].partner = close;
        self.flat.tokens[close].partner = open;
    }

    /// Adds a token, and says where it is.
    pub(super) fn push(&mut self, kind: Kind, text: &str, tight: bool) -> usize {
        self.tight |= tight;
        self.begin();
        let start = self.flat.text.len();
        self.flat.text.push_str(text);
        self.end(kind, start)
    }

    fn written(&mut self, kind: Kind, text: &impl std::fmt::Display) -> usize {
        self.begin();
        let start = self.flat.text.len();
        write!(self.flat.text, "{text}").expect("a string takes all");
        self.end(kind, start)
    }

    fn begin(&mut self) {
        if !std::mem::take(&mut self.tight) {
            self.flat.text.push(' ');
        }
    }

    fn end(&mut self, kind: Kind, start: usize) -> usize {
        let at = self.flat.tokens.len();
        let breaks = self.flat.tokens.last().map_or(0, |last| last.breaks);
        self.flat.tokens.push(Token { kind, partner: at, start, end: self.flat.text.len(), breaks });
        at
    }
}

/// The operator that begins with this sign. Within angle brackets, `>>` are two.
fn joined(
    first: &Punct,
    in_angles: bool,
    rest: &mut std::iter::Peekable<impl Iterator<Item = TokenTree>>,
) -> &'static str {
    let mut operator = operators::single(first.as_char());
    let mut last = first.clone();
    while last.spacing() == proc_macro2::Spacing::Joint {
        let Some(TokenTree::Punct(next)) = rest.peek() else { break };
        let Some(longer) = operators::longer(operator, next.as_char()) else { break };
        if in_angles && operator == ">" {
            break;
        }
        operator = longer;
        last = next.clone();
        rest.next();
    }
    operator
}
