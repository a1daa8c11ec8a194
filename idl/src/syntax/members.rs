//! Where the members of an item begin, found from tokens alone.
//!
//! Only asked when pest could not read the item as a whole, so that guesses are allowed here: a wrong one costs a worse
//! message, never a sound contract.

use super::brackets::closer;
use super::grammar::Rule;
use super::habits::{BEFORE_FIELDS, BEFORE_OPERATIONS, FAILURES};
use super::lexer::TokenKind;
use super::view::View;

/// What a stretch of tokens is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Item,
    Field,
    EnumMember,
    Case,
    ServiceMember,
    Input,
    PolicyEntry,
    BindEntry,
    ExamplePart,
    Pair,
}

impl Kind {
    /// The rule that reads it alone.
    pub(super) fn rule(self) -> Rule {
        match self {
            Kind::Item => Rule::item,
            Kind::Field => Rule::only_field,
            Kind::EnumMember => Rule::only_member,
            Kind::Case => Rule::only_case,
            Kind::ServiceMember => Rule::only_service,
            Kind::Input => Rule::only_input,
            Kind::PolicyEntry => Rule::only_policy,
            Kind::BindEntry => Rule::only_entry,
            Kind::ExamplePart => Rule::only_example,
            Kind::Pair => Rule::only_pair,
        }
    }
}

/// A stretch of significant tokens, by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) kind: Kind,
    pub(super) first: usize,
    pub(super) end: usize,
}

/// Words that go on with what stands on the line before.
const CONTINUATIONS: &[&str] = &["where", "readonly", "was", "and", "or", "null", "in"];
/// Behind these something is still to come.
const CONNECTORS: &[&str] = &[":", "=", "->", ".", "<", "where", "and", "or", "was", "as", "fails", "emits", "auth"];
const CLAUSES: &[&str] = &[
    "fails",
    "safe",
    "idempotent",
    "keyed",
    "once",
    "oneway",
    "emits",
    "public",
    "scope",
    "role",
    "policy",
    "deprecated",
    "until",
    "was",
    "where",
    "and",
    "or",
];
/// The words that begin a clause of a service.
pub(super) const SERVICE_CLAUSES: &[&str] = &["public", "auth", "scopes", "emits", "policy"];
/// The words that begin an entry of a policy; the same as in `loom.pest`.
pub const POLICY_WORDS: &[&str] = &[
    "deadline",
    "first",
    "idle",
    "lifetime",
    "retry",
    "hedge",
    "limit",
    "concurrency",
    "queue",
    "breaker",
    "priority",
    "balance",
];

/// The members of an item, or the parts of a member that can be read alone.
pub(super) fn within(view: &View<'_>, outer: Stretch, keyword: &str) -> Vec<Stretch> {
    let mut found = Vec::new();
    match outer.kind {
        Kind::Item => {
            let kind = match keyword {
                "record" | "fault" | "event" | "extern" => Kind::Field,
                "enum" => Kind::EnumMember,
                "union" => Kind::Case,
                "service" => Kind::ServiceMember,
                "bind" => Kind::BindEntry,
                "example" => Kind::ExamplePart,
                _ => return found,
            };
            group(view, outer, TokenKind::LeftBrace, kind, &mut found);
        }
        Kind::ServiceMember => {
            group(view, outer, TokenKind::LeftParen, Kind::Input, &mut found);
            group(view, outer, TokenKind::LeftBrace, Kind::PolicyEntry, &mut found);
        }
        Kind::ExamplePart | Kind::Pair => group(view, outer, TokenKind::LeftBrace, Kind::Pair, &mut found),
        _ => {}
    }
    found
}

fn closes(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::RightBrace | TokenKind::RightBracket | TokenKind::RightParen)
}

/// Splits the first group in such brackets that stands outside of other brackets.
fn group(view: &View<'_>, outer: Stretch, bracket: TokenKind, kind: Kind, found: &mut Vec<Stretch>) {
    let mut depth = 0usize;
    let mut splitter: Option<Splitter<'_, '_>> = None;
    // Annotations before the member have parentheses of their own.
    let from = after_annotations(view, outer);
    for number in from..outer.end {
        let Some(now) = view.kind(number) else { break };
        if let Some(splitter) = &splitter
            && splitter.recovers(number, depth)
        {
            depth = 1;
        }
        if closes(now) {
            depth = depth.saturating_sub(1);
            if let Some(splitter) = splitter.take_if(|_| depth == 0) {
                return splitter.finish(number, found);
            }
        }
        if let Some(splitter) = &mut splitter {
            splitter.token(number, depth, found);
        }
        if closer(now).is_some() {
            if depth == 0 && now == bracket {
                splitter = Some(Splitter { view, kind, first: number + 1, marks_only: true, indent: None, angles: 0 });
            }
            depth += 1;
        }
    }
    if let Some(splitter) = splitter {
        splitter.finish(outer.end, found);
    }
}

/// The number of the first token behind the annotations that a stretch begins with.
pub(super) fn after_annotations(view: &View<'_>, stretch: Stretch) -> usize {
    let mut number = stretch.first;
    while view.kind(number) == Some(TokenKind::At)
        && view.kind(number + 1) == Some(TokenKind::Word)
        && number < stretch.end
    {
        number += 2;
        if view.kind(number) == Some(TokenKind::LeftParen) {
            let mut depth = 0usize;
            while number < stretch.end {
                match view.kind(number) {
                    Some(TokenKind::LeftParen) => depth += 1,
                    Some(TokenKind::RightParen) => depth -= 1,
                    _ => {}
                }
                number += 1;
                if depth == 0 {
                    break;
                }
            }
        }
    }
    number
}

struct Splitter<'v, 't> {
    view: &'v View<'t>,
    kind: Kind,
    /// The first token of the member that is open.
    first: usize,
    /// Whether it consists of annotations so far.
    marks_only: bool,
    /// How far the first member that starts a line is indented.
    indent: Option<u32>,
    /// How many `<` are open in the member: a comma among type arguments divides no members.
    angles: usize,
}

impl Splitter<'_, '_> {
    fn token(&mut self, number: usize, depth: usize, found: &mut Vec<Stretch>) {
        if depth != 1 {
            return;
        }
        if self.indent.is_none() && self.view.starts_line(number) {
            self.indent = Some(self.view.indent(number));
        }
        if number > self.first && self.begins(number) {
            self.cut(number, found);
        }
        let is_mark = self.view.kind(number) == Some(TokenKind::At)
            || self.view.kind(number - 1) == Some(TokenKind::At)
            || matches!(self.view.kind(number), Some(TokenKind::LeftParen | TokenKind::RightParen));
        self.marks_only &= is_mark;
        match self.view.kind(number) {
            Some(TokenKind::Less) => self.angles += 1,
            Some(TokenKind::Greater) => self.angles = self.angles.saturating_sub(1),
            _ => {}
        }
    }

    fn cut(&mut self, number: usize, found: &mut Vec<Stretch>) {
        if number > self.first {
            found.push(Stretch { kind: self.kind, first: self.first, end: number });
        }
        self.first = number;
        self.marks_only = true;
        self.angles = 0;
    }

    /// Whether a line inside of brackets begins as far left as members do: a bracket before it was forgotten.
    fn recovers(&self, number: usize, depth: usize) -> bool {
        let is_left = |indent| self.view.starts_line(number) && self.view.indent(number) <= indent;
        depth > 1 && self.view.is_name(number) && self.indent.is_some_and(is_left)
    }

    fn finish(mut self, end: usize, found: &mut Vec<Stretch>) {
        self.cut(end, found);
    }

    fn begins(&self, number: usize) -> bool {
        let view = self.view;
        let is_divided =
            view.kind(number - 1) == Some(TokenKind::Comma) && (self.angles == 0 || view.starts_line(number));
        if is_divided && !matches!(self.kind, Kind::ServiceMember) {
            return true;
        }
        if self.marks_only {
            return false;
        }
        // Nothing here ends with a semicolon; who writes one begins anew behind it.
        if view.str(number - 1) == ";" {
            return view.kind(number).is_none_or(|kind| !closes(kind));
        }
        if view.kind(number) == Some(TokenKind::At) && view.kind(number + 1) == Some(TokenKind::Word) {
            return self.kind != Kind::Input;
        }
        let is_joined = CONNECTORS.contains(&view.str(number - 1));
        let is_named = view.is_name(number) && view.kind(number + 1) == Some(TokenKind::Colon);
        let is_fresh_name = view.is_name(number) && view.starts_line(number) && !is_joined;
        match self.kind {
            Kind::Field if self.is_behind_prefix(number) => false,
            Kind::Field => {
                view.str(number) == "..."
                    || self.is_numbered(number)
                    || is_named && (!is_joined || view.starts_line(number))
                    || is_fresh_name && !CONTINUATIONS.contains(&view.str(number))
            }
            Kind::EnumMember => view.is_name(number) && view.str(number) != "was" && view.str(number - 1) != "was",
            Kind::Case => {
                is_named && !is_joined
                    || is_fresh_name && !CONTINUATIONS.contains(&view.str(number))
                    || self.is_bare_case(number)
            }
            Kind::ServiceMember => self.begins_operation(number, is_joined),
            Kind::PolicyEntry => POLICY_WORDS.contains(&view.str(number)),
            Kind::BindEntry => is_named || view.str(number) == "...",
            Kind::ExamplePart => matches!(view.str(number), "given" | "gives" | "fails") && !is_joined,
            Kind::Pair => {
                let is_key = view.is_name(number) || view.kind(number) == Some(TokenKind::Text);
                is_key && (view.kind(number + 1) == Some(TokenKind::Colon) || view.starts_line(number)) && !is_joined
            }
            Kind::Item | Kind::Input => false,
        }
    }

    /// `readonly name: string`, as others have it.
    fn is_behind_prefix(&self, number: usize) -> bool {
        let view = self.view;
        number == self.first + 1 && !view.starts_line(number) && BEFORE_FIELDS.contains(&view.str(self.first))
    }

    /// `1: string name`, as Thrift has it.
    fn is_numbered(&self, number: usize) -> bool {
        let view = self.view;
        let is_number = view.kind(number) == Some(TokenKind::Number) && view.kind(number + 1) == Some(TokenKind::Colon);
        is_number && view.starts_line(number)
    }

    /// A name behind a case without a type.
    fn is_bare_case(&self, number: usize) -> bool {
        let is_tail = |word: &str| matches!(word, "was");
        let view = self.view;
        number == self.first + 1 && view.is_name(number) && view.is_name(number - 1) && !is_tail(view.str(number))
    }

    fn begins_operation(&self, number: usize, is_joined: bool) -> bool {
        let view = self.view;
        if !view.is_name(number) || view.kind(number - 1) == Some(TokenKind::Comma) {
            return false;
        }
        // Words of other languages that belong to an operation.
        let before = self.first + 1 == number && !view.starts_line(number);
        if before && BEFORE_OPERATIONS.contains(&view.str(self.first))
            || view.str(number) == "returns"
            || FAILURES.contains(&view.str(number)) && !self.is_head(number)
        {
            return false;
        }
        if view.kind(number + 1) == Some(TokenKind::LeftParen) {
            // A clause, or a part of a handler's condition.
            let is_word = matches!(view.str(number), "keyed" | "where" | "and" | "or" | "not");
            return !is_word || self.is_head(number);
        }
        let is_clause = CLAUSES.contains(&view.str(number));
        let opens_with_clause = SERVICE_CLAUSES.contains(&view.str(self.first));
        if is_joined && view.str(number) != "on" {
            return false;
        }
        if opens_with_clause && view.kind(self.first + 1) != Some(TokenKind::LeftParen) {
            let word = view.str(number);
            return word == "on" || SERVICE_CLAUSES.contains(&word) || view.starts_line(number);
        }
        // What is further in than the member's first line goes on with the member.
        view.starts_line(number) && !is_clause && view.indent(number) <= self.indent()
    }

    fn indent(&self) -> u32 {
        if self.view.starts_line(self.first) { self.view.indent(self.first) } else { 0 }
    }

    /// Whether `(` and what follows it make the word before them an operation.
    fn is_head(&self, number: usize) -> bool {
        let view = self.view;
        matches!(view.kind(number + 2), Some(TokenKind::RightParen | TokenKind::At))
            || view.is_name(number + 2) && view.kind(number + 3) == Some(TokenKind::Colon)
    }
}
