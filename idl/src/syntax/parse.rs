//! Items, one after the other: pest reads each at once, and where it cannot, member by member.
//!
//! A broken member is blanked in a copy of the item's text, which then is read again: whatever is sound keeps its meaning
//! and its place. Only what pest accepts is turned into tree.

use std::borrow::Cow;

use pest::Parser;
use pest::error::{Error, InputLocation};

use super::convert::Converter;
use super::docs::DocRuns;
use super::explain::{self, Failure};
use super::grammar::{Loom, Rule};
use super::lexer::{self, Token, TokenKind};
use super::members::{self, Kind, Stretch};
use super::reparse::{Before, Stand};
use super::report::Report;
use super::split::{self, Piece};
use super::tree::{BindEntry, Item, RecordMember, ServiceMember, SyntaxTree};
use super::view::View;
use super::{characters, conflicts, limits};
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};

/// Reads one file: always gives a tree, and all there is to say about the text.
///
/// What could not be understood is `Broken` in the tree and reported. A byte order mark is not expected here;
/// [`crate::SourceMap::add`] takes it off.
///
/// ```
/// use wireloom_idl::{SourceMap, syntax};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("a.loom", "package a\nrecord Order { id uuid, note: string }\n");
/// let (tree, diagnostics) = syntax::parse(file, sources[file].text());
/// assert_eq!(tree.items.len(), 2);
/// assert_eq!(diagnostics.iter().next().unwrap().message, "expected `:` after the field's name, found `uuid`");
/// ```
pub fn parse(file: FileId, text: &str) -> (SyntaxTree, Diagnostics) {
    read(file, text, Before::nothing())
}

/// Reads a file again after an edit: the same as [`parse`], but that items are taken over whose text did not change.
///
/// `before` is the tree of the text `old`.
///
/// ```
/// use wireloom_idl::{FileId, syntax};
///
/// let (old, new) = ("package a\nrecord A {}\n", "package a\nrecord Abc {}\n");
/// let (tree, _) = syntax::parse(FileId(0), old);
/// let (tree, diagnostics) = syntax::reparse(tree, old, new);
/// assert!(tree.is_sound && diagnostics.is_empty());
/// ```
pub fn reparse(before: SyntaxTree, old: &str, text: &str) -> (SyntaxTree, Diagnostics) {
    let file = before.file;
    // Marks of a merge elsewhere in the text decide what is read of an item that did not change.
    let is_undecided = |text: &str| !conflicts::find(text).is_empty();
    if is_undecided(old) || is_undecided(text) {
        return parse(file, text);
    }
    read(file, text, Before::new(before, old, text))
}

fn read(file: FileId, text: &str, before: Before) -> (SyntaxTree, Diagnostics) {
    let mut report = Report::default();
    if text.len() > limits::FILE_BYTES_MAX {
        report.push(limits::file_too_large(file));
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let tokens = vec![Token { kind: TokenKind::Unknown, start: 0, end }];
        return (SyntaxTree { file, tokens, items: Vec::new(), is_sound: false, stands: Vec::new() }, report.finish());
    }
    let conflicts = conflicts::find(text);
    conflicts.iter().for_each(|conflict| report.push(conflicts::diagnostic(file, conflict)));
    let text: &str = &match conflicts.as_slice() {
        [] => Cow::Borrowed(text),
        conflicts => Cow::Owned(conflicts::first_sides(text, conflicts)),
    };
    let tokens = lexer::lex(text);
    let mut stands = Vec::new();
    let items = {
        let view = View::new(file, text, &tokens);
        characters::check(&view, &mut report);
        let pieces = split::pieces(&view, &mut report);
        report.settle();
        let docs = DocRuns::new(&view);
        let mut reader = Reader { view: &view, docs, report, before };
        let mut items = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            let (item, stand) = reader.item_or_before(piece);
            items.push(item);
            stands.push(stand);
        }
        reader.docs.report_rest(&mut reader.report);
        report = reader.report;
        items
    };
    let diagnostics = report.finish();
    (SyntaxTree { file, tokens, items, is_sound: !diagnostics.has_errors(), stands }, diagnostics)
}

struct Reader<'v, 't> {
    view: &'v View<'t>,
    docs: DocRuns,
    report: Report,
    before: Before,
}

impl Reader<'_, '_> {
    /// The item of before, if it is the same; else it is read.
    fn item_or_before(&mut self, piece: &Piece) -> (Item, Stand) {
        let span = self.span(piece.first, piece.end);
        let from = self.docs.start_before(span.start).unwrap_or(span.start);
        if let Some(item) = self.before.take(piece, from, span.end) {
            self.docs.ignore(span);
            return (item, Stand { from, end: span.end, is_clean: true });
        }
        let said = self.report.said();
        let item = self.item(piece);
        let is_clean = self.report.said() == said && !matches!(item, Item::Broken(_)) && self.docs.is_taken(span);
        (item, Stand { from, end: span.end, is_clean })
    }

    fn item(&mut self, piece: &Piece) -> Item {
        let span = self.span(piece.first, piece.end);
        let read = match piece.keyword {
            None => {
                self.stray(piece, span);
                None
            }
            Some(_) if piece.hopeless => None,
            Some(keyword) if limits::has_too_many_tokens(piece) => {
                self.report.push(limits::too_many_members(self.view.span(keyword)));
                None
            }
            Some(keyword) => self.sound_item(piece, span).or_else(|| {
                // What would be found further is not shown.
                if self.report.is_full() { None } else { self.mended_item(piece, keyword, span) }
            }),
        };
        let Some(item) = read else {
            self.docs.ignore(Span { end: span.end.max(span.start + 1), ..span });
            return Item::Broken(span);
        };
        if limits::members(&item) > limits::MEMBERS_MAX {
            let keyword = piece.keyword.unwrap_or(piece.first);
            self.report.push(limits::too_many_members(self.view.span(keyword)));
            return Item::Broken(span);
        }
        item
    }

    /// The usual case: pest reads the whole item.
    fn sound_item(&mut self, piece: &Piece, span: Span) -> Option<Item> {
        if !piece.missing.is_empty() {
            return None;
        }
        let pair = Loom::parse(Rule::item, &self.view.text[span.range()]).ok()?.next()?;
        let view = self.view;
        let base = span.start as usize;
        let (docs, out, end) = (&mut self.docs, &mut self.report, span.end as usize);
        Some(Converter { view, docs, out, base, shift: 0, end }.item(pair))
    }

    /// Reports each broken member, and reads the item without them.
    fn mended_item(&mut self, piece: &Piece, keyword: usize, span: Span) -> Option<Item> {
        let word = match self.view.str(keyword) {
            "closed" | "open" => self.view.str(keyword + 1),
            word => word,
        };
        let whole = Stretch { kind: Kind::Item, first: piece.first, end: piece.end };
        let mut text = self.view.text[span.range()].to_owned();
        let mut broken = Vec::new();
        for member in members::within(self.view, whole, word) {
            if !self.check(member, word) {
                let member = self.span(member.first, member.end);
                blank(&mut text, span, member);
                self.docs.ignore(member);
                broken.push(member);
            }
        }
        text.push_str(&piece.missing);
        match Loom::parse(Rule::item, &text) {
            Ok(mut pairs) => {
                let tokens = lexer::lex(&text);
                let view = View::new(span.file, &text, &tokens);
                let (docs, out, shift, end) =
                    (&mut self.docs, &mut self.report, span.start as usize, span.end as usize);
                let mut converter = Converter { view: &view, docs, out, base: 0, shift, end };
                let item = converter.item(pairs.next()?);
                Some(with_broken(item, &broken))
            }
            Err(error) => {
                // With broken members taken out, what is wrong between members may be their fault.
                if broken.is_empty() && !self.report.has_settled(span) {
                    self.explain(whole, word, &error);
                }
                None
            }
        }
    }

    /// Whether a member is sound; reports what is wrong with it, part by part where it has parts.
    fn check(&mut self, member: Stretch, keyword: &str) -> bool {
        let span = self.span(member.first, member.end);
        let Err(mut error) = Loom::parse(member.kind.rule(), &self.view.text[span.range()]) else { return true };
        if self.report.is_full() || self.report.has_settled(span) {
            return false;
        }
        let mut text = String::new();
        for part in members::within(self.view, member, keyword) {
            if self.check(part, keyword) {
                continue;
            }
            if text.is_empty() {
                self.view.text[span.range()].clone_into(&mut text);
            }
            blank(&mut text, span, self.span(part.first, part.end));
        }
        if !text.is_empty() {
            // The parts are told; is something wrong beside them? Blanked parts leave their commas behind.
            match Loom::parse(member.kind.rule(), &text) {
                Err(other) if !is_near_blank(&text, &other) => error = other,
                _ => return false,
            }
        }
        self.explain(member, keyword, &error);
        false
    }

    fn explain(&mut self, stretch: Stretch, keyword: &str, error: &Error<Rule>) {
        let base = self.view.span(stretch.first).start as usize;
        let failure = Failure::new(self.view, stretch, keyword, base + position(error), &error.variant);
        self.report.push(explain::explain(&failure));
    }

    fn stray(&mut self, piece: &Piece, span: Span) {
        if !self.report.has_settled(span) {
            self.report.push(explain::stray(self.view, piece));
        }
    }

    /// From the start of a token to the end of the one before `end`.
    fn span(&self, first: usize, end: usize) -> Span {
        let start = self.view.span(first);
        if end > first { start.to(self.view.span(end - 1)) } else { start.before() }
    }
}

fn position(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// Puts blanks in the place of a member; lines and offsets stay what they are.
fn blank(text: &mut String, whole: Span, member: Span) {
    let range = (member.start - whole.start) as usize..(member.end - whole.start) as usize;
    let blanks = " ".repeat(range.len());
    text.replace_range(range, &blanks);
}

/// Whether pest stopped at a comma or bracket whose neighbour is blanked.
fn is_near_blank(text: &str, error: &Error<Rule>) -> bool {
    matches!(text.as_bytes().get(position(error)), Some(b',' | b')' | b'}' | b']'))
}

/// Puts the broken members in their places.
fn with_broken(mut item: Item, broken: &[Span]) -> Item {
    match &mut item {
        Item::Record(it) => insert(&mut it.members, broken, RecordMember::Broken, place_of_field),
        Item::Extern(it) => {
            if let Some(members) = &mut it.members {
                insert(members, broken, RecordMember::Broken, place_of_field);
            }
        }
        Item::Service(it) => insert(&mut it.members, broken, ServiceMember::Broken, |member| match member {
            ServiceMember::Clause(clause) => clause.span,
            ServiceMember::Operation(operation) => operation.span,
            ServiceMember::Handler(handler) => handler.span,
            ServiceMember::Broken(span) => *span,
        }),
        Item::Bind(bind) => {
            if let Some(entries) = &mut bind.entries {
                insert(entries, broken, BindEntry::Broken, |entry| match entry {
                    BindEntry::Named { span, .. } | BindEntry::Rest(span) => *span,
                    BindEntry::Without(_, span) | BindEntry::Broken(span) => *span,
                });
            }
        }
        // Without any member left, an enum would be reported as empty, which it is not.
        Item::Enum(it) if it.members.is_empty() && !broken.is_empty() => return Item::Broken(it.span),
        Item::Union(it) if it.cases.is_empty() && !broken.is_empty() => return Item::Broken(it.span),
        // Half an example would be reported as incomplete.
        Item::Example(it) if !broken.is_empty() => return Item::Broken(it.span),
        _ => {}
    }
    item
}

fn place_of_field(member: &RecordMember) -> Span {
    match member {
        RecordMember::Field(field) => field.span,
        RecordMember::Spread(ty) => ty.span,
        RecordMember::Broken(span) => *span,
    }
}

fn insert<M>(members: &mut Vec<M>, broken: &[Span], form: fn(Span) -> M, place: fn(&M) -> Span) {
    if !broken.is_empty() {
        members.extend(broken.iter().copied().map(form));
        members.sort_by_key(place);
    }
}
