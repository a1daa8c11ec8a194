//! What could be typed at a place.
//!
//! The grammar says which words and which things may stand there ([`crate::syntax::next`]); the tokens of the item being typed
//! say which of its kinds is meant ([`context`]); the names that are declared do the rest. Nothing of the item itself needs to
//! be sound: it is being typed.

mod context;
mod offers;

use super::names::{Names, SymbolId, SymbolKind};
use crate::source::{FileId, Span};
use crate::syntax::Thing;
use crate::syntax::lexer::TokenKind;
use context::Context;

/// What could be typed, and what it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// The word that is being typed; empty where none is.
    pub replace: Span,
    /// Each once, in no order that would mean anything.
    pub offers: Vec<Completion>,
}

/// One thing that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is typed.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What to show beside it: a type, a form, a kind.
    pub detail: String,
    /// Its documentation, in Markdown.
    pub docs: Option<String>,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A word of the language, a wire, or a word of a wire.
    Word,
    /// A type that the language has.
    BuiltIn,
    /// A value: `true`, a format, a fault code.
    Value,
    /// Something that is declared.
    Name(SymbolKind),
}

impl<'a> Names<'a> {
    /// What could be typed at a place.
    pub fn completions(&self, file: FileId, offset: u32) -> Completions {
        let Some(index) = self.index_of(file) else {
            return Completions { replace: Span { file, start: offset, end: offset }, offers: Vec::new() };
        };
        let text = self.sources[file].text();
        let offset = text.floor_char_boundary((offset as usize).min(text.len()));
        let at = Span::new(file, offset, offset);
        let mut completions = Completions { replace: at, offers: Vec::new() };
        let tokens = &self.trees[index].tree.tokens;
        let inside = tokens.partition_point(|token| (token.start as usize) < offset).checked_sub(1);
        let inside = inside.map(|it| tokens[it]).filter(|token| offset <= token.end as usize);
        let mut start = offset;
        match inside.map(|token| (token.kind, token)) {
            Some((TokenKind::Word | TokenKind::Quoted | TokenKind::Foreign, token)) => {
                (completions.replace, start) =
                    (Span { file, start: token.start, end: token.end }, token.start as usize);
            }
            Some((TokenKind::Comment | TokenKind::Doc | TokenKind::Regex | TokenKind::OpenRegex, token))
                if offset > token.start as usize =>
            {
                return completions;
            }
            Some((TokenKind::Number, _)) => return completions,
            Some((TokenKind::Text | TokenKind::OpenText, token)) if is_within(text, token, offset) => {
                let context = Context::new(&text[..token.start as usize]);
                completions.offers = self.variables(index, &context, &text[token.start as usize..offset]);
                completions.replace = Span { file, ..word_around(text, offset, token.end as usize) };
                return completions;
            }
            _ => {}
        }
        let context = Context::new(&text[..start]);
        completions.offers = self.offers(index, &context);
        completions.offers.sort_by(|one, other| one.label.cmp(&other.label));
        completions.offers.dedup_by(|one, other| one.label == other.label);
        completions
    }

    fn offers(&self, file: usize, context: &Context) -> Vec<Completion> {
        let next = &context.next;
        if context.previous().kind == Some(TokenKind::At) {
            return self.annotations();
        }
        if context.previous().text == "." {
            return self.behind_dot(file, context);
        }
        let mut offers: Vec<Completion> = match context.item() {
            "import" => return [self.imports(file, context), words(&next.words)].concat(),
            "bind" => self.in_bind(file, context),
            "example" => self.in_example(file, context),
            "service" => self.in_service(file, context),
            _ => Vec::new(),
        };
        if next.has(Thing::Type) {
            offers.extend(self.types(file, context));
        }
        if next.has(Thing::FaultCode) {
            offers.extend(offers::fault_codes());
        }
        if next.has(Thing::Value) && context.item() != "example" {
            offers.extend(self.default_values(file, context));
        }
        if context.previous().text == "format" {
            offers.extend(offers::formats());
        }
        if context.item() == "event" && context.previous().text == "key" {
            offers.extend(context.declared_members().map(|name| named(name, SymbolKind::Field)));
        }
        if context.previous().text == "..." && matches!(context.item(), "record" | "fault" | "event") {
            offers.extend(self.in_scope(file, |kind| kind == SymbolKind::Record));
        }
        offers.extend(words(&next.words).into_iter().filter(|it| context.admits(&it.label)));
        offers
    }

    /// All names in scope of a kind, and the packages through which others are reached.
    fn in_scope(&self, file: usize, wanted: impl Fn(SymbolKind) -> bool) -> Vec<Completion> {
        let scope = &self.scopes[file];
        let mut ids: Vec<SymbolId> = Vec::new();
        if let Some(package) = self.package_of(file) {
            ids.extend(package.names.values());
        }
        let mut aliases = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "sorted at the end")]
        for (name, brought) in &scope.imports {
            match brought {
                super::scope::Brought::Name(id) => ids.push(*id),
                super::scope::Brought::Package(package, _) => {
                    let has = self.packages[*package].names.values().any(|&id| wanted(self.symbol(id).kind));
                    aliases.extend(has.then(|| named(name, SymbolKind::Alias)));
                }
            }
        }
        let found = ids.into_iter().filter(|&id| wanted(self.symbol(id).kind));
        found.map(|id| self.offer(id)).chain(aliases).collect()
    }

    fn offer(&self, id: SymbolId) -> Completion {
        let symbol = self.symbol(id);
        let detail = symbol.ty.map_or(symbol.kind.as_str().to_owned(), |ty| self.text(ty.span).to_owned());
        Completion {
            label: symbol.name.to_owned(),
            kind: CompletionKind::Name(symbol.kind),
            detail,
            docs: symbol.docs().map(str::to_owned),
        }
    }

    fn annotations(&self) -> Vec<Completion> {
        let word = |it: super::clauses::Word| Completion {
            label: it.word,
            kind: CompletionKind::Word,
            detail: it.form,
            docs: None,
        };
        self.clauses.annotations().into_iter().map(word).collect()
    }
}

/// Whether a place is between the quotes.
fn is_within(text: &str, token: crate::syntax::lexer::Token, offset: usize) -> bool {
    let is_open = token.kind == TokenKind::OpenText;
    let end = if is_open || !text[token.range()].ends_with('"') { token.end } else { token.end - 1 };
    (token.start as usize) < offset && offset <= end as usize
}

/// The letters of an identifier around a place.
fn word_around(text: &str, offset: usize, end: usize) -> Span {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let before = text.as_bytes()[..offset].iter().rev().take_while(|byte| is_word(byte)).count();
    let behind = text.as_bytes()[offset..end].iter().take_while(|byte| is_word(byte)).count();
    Span::new(FileId(0), offset - before, offset + behind)
}

fn words(words: &[&str]) -> Vec<Completion> {
    words.iter().map(|word| plain(word, CompletionKind::Word, "")).collect()
}

fn plain(label: &str, kind: CompletionKind, detail: &str) -> Completion {
    Completion { label: label.to_owned(), kind, detail: detail.to_owned(), docs: None }
}

fn named(label: &str, kind: SymbolKind) -> Completion {
    plain(label, CompletionKind::Name(kind), kind.as_str())
}
