//! What may stand behind a text: asked of the grammar, for whoever completes what is being typed.

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::explain::Expected;
use super::grammar::{Loom, Rule};
use super::lexer;
use super::members::{self, Kind, Stretch};
use super::report::Report;
use super::split::{self, ITEM_WORDS, Piece};
use super::view::View;
use crate::source::FileId;

/// Behind the text, so that pest stops there and says what it would have liked instead.
const STOP: &str = "\n;";

/// What may stand behind a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Next {
    /// Words of the language.
    pub(crate) words: Vec<&'static str>,
    /// The things of which one may stand there.
    pub(crate) things: Vec<Thing>,
    /// The keyword of the item that the text ends in, if it ends in one.
    pub(crate) item: Option<String>,
    /// Where that keyword stands.
    pub(crate) item_at: usize,
}

/// What is more than a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Type,
    Value,
    /// A name that is declared somewhere, or to be declared.
    Name,
    Wire,
    FaultCode,
    Annotation,
    BindEntry,
    Clause,
    /// `name: value` in an object.
    Pair,
    /// A member of a service.
    ServiceMember,
    /// Another declaration.
    Item,
}

impl Next {
    pub(crate) fn has(&self, thing: Thing) -> bool {
        self.things.contains(&thing)
    }

    fn take(&mut self, rules: &[Rule]) {
        for word in Expected::new(rules).words() {
            if !self.words.contains(&word) {
                self.words.push(word);
            }
        }
        for thing in rules.iter().filter_map(|rule| thing(*rule)) {
            if !self.has(thing) {
                self.things.push(thing);
                // What a thing begins with is not told beside it.
                self.words.extend(words_of(thing));
            }
        }
    }
}

/// What may stand behind this text, which ends where something is being typed.
pub(crate) fn next(text: &str) -> Next {
    let tokens = lexer::lex(text);
    let view = View::new(FileId(0), text, &tokens);
    let pieces = split::pieces(&view, &mut Report::default());
    let mut next = Next::default();
    let begun = begun(&view);
    let last = begun.as_ref().or(pieces.last());
    let Some((piece, keyword)) = last.and_then(|piece| Some((piece, piece.keyword?))) else {
        next.things.push(Thing::Item);
        next.words = ITEM_WORDS.to_vec();
        return next;
    };
    let word = match view.str(keyword) {
        "closed" | "open" => view.str(keyword + 1),
        word => word,
    };
    next.item = Some(word.to_owned());
    next.item_at = view.span(keyword).start as usize;
    behind(&view, piece, word, &mut next);
    // Pest tells the one rule that these are made of.
    match (word, view.str(view.len() - 1)) {
        ("fault", ":") if next.has(Thing::Name) && !next.has(Thing::Type) => next.things = vec![Thing::FaultCode],
        ("bind", "to") if next.has(Thing::Name) => next.things = vec![Thing::Wire],
        // So broken that nothing of it is read.
        (_, ":") if next.things.is_empty() && next.words.is_empty() => next.take(&[Rule::type_expr]),
        _ => {}
    }
    next
}

/// An item of which only the keyword is there: without a name it could be a name itself.
fn begun(view: &View<'_>) -> Option<Piece> {
    let last = view.len().checked_sub(1)?;
    let is_begun = ITEM_WORDS.contains(&view.str(last)) && view.starts_line(last);
    let piece = Piece { first: last, end: last + 1, keyword: Some(last), missing: String::new(), hopeless: false };
    is_begun.then_some(piece)
}

/// Asks for the whole item; where something before the end is broken, for the part of it that the text ends in.
fn behind(view: &View<'_>, piece: &Piece, word: &str, next: &mut Next) {
    let mut stretch = Stretch { kind: Kind::Item, first: piece.first, end: view.len() };
    loop {
        let start = view.span(stretch.first).start as usize;
        if let Some(rules) = stopped(stretch.kind, &view.text[start..]) {
            next.take(&rules);
            return;
        }
        // A member goes on to the end of the text only if it is the last one.
        let Some(last) = members::within(view, stretch, word).pop() else { return };
        if last.end < view.len() || last.first <= stretch.first && last.kind == stretch.kind {
            return;
        }
        stretch = last;
    }
}

/// The rules that were tried at the end of the text; none where reading stops before.
fn stopped(kind: Kind, text: &str) -> Option<Vec<Rule>> {
    let end = text.len();
    let error = Loom::parse(kind.rule(), &format!("{text}{STOP}")).err()?;
    (place(&error) >= end).then_some(())?;
    match error.variant {
        ErrorVariant::ParsingError { positives, .. } => Some(positives),
        ErrorVariant::CustomError { .. } => None,
    }
}

fn place(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

fn words_of(thing: Thing) -> &'static [&'static str] {
    match thing {
        Thing::Type => &["stream", "draft", "patch"],
        Thing::ServiceMember => &["public", "auth", "scopes", "policy", "on"],
        Thing::Item => ITEM_WORDS,
        _ => &[],
    }
}

fn thing(rule: Rule) -> Option<Thing> {
    Some(match rule {
        Rule::type_expr | Rule::type_start | Rule::list | Rule::named_type => Thing::Type,
        Rule::value | Rule::object | Rule::array | Rule::bare_word | Rule::bound => Thing::Value,
        Rule::name | Rule::path | Rule::condition | Rule::conjunction | Rule::negation | Rule::comparison => {
            Thing::Name
        }
        Rule::annotation | Rule::annotation_name => Thing::Annotation,
        Rule::bind_entry => Thing::BindEntry,
        Rule::term | Rule::term_path => Thing::Clause,
        Rule::pair => Thing::Pair,
        Rule::service_member | Rule::operation | Rule::handler => Thing::ServiceMember,
        Rule::EOI => Thing::Item,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_tells_what_may_follow() {
        for (text, words, things) in [
            ("", vec!["package", "record"], vec![Thing::Item]),
            ("record A { b:", vec!["stream", "draft"], vec![Thing::Type]),
            ("record A { b: string", vec!["where", "readonly", "was", "or"], vec![]),
            ("record A { b: string where", vec!["length", "matches", "format"], vec![]),
            ("record A { b: string = ", vec![], vec![Thing::Value]),
            ("record A { b c, d: ", vec![], vec![Thing::Type]),
            ("fault A:", vec![], vec![Thing::FaultCode]),
            ("service S { a()", vec!["fails", "safe", "keyed", "emits"], vec![Thing::ServiceMember]),
            ("service S { a() fails", vec![], vec![Thing::Name]),
            ("service S {", vec!["public", "auth", "policy"], vec![]),
            ("service S { public policy {", vec![], vec![Thing::Name]),
            ("service S { public policy { retry ", vec![], vec![Thing::Clause]),
            ("bind A to", vec![], vec![Thing::Wire]),
            ("bind A to rest {", vec![], vec![Thing::BindEntry]),
            ("bind A to rest { a:", vec![], vec![Thing::Clause]),
            ("import p", vec!["as"], vec![Thing::Item]),
            ("example A.b \"c\" {", vec!["given", "gives", "fails"], vec![]),
            ("example A.b \"c\" { given {", vec![], vec![Thing::Pair]),
        ] {
            let next = next(text);
            for word in words {
                assert!(next.words.contains(&word), "{text}: no `{word}` in {next:?}");
            }
            for thing in things {
                assert!(next.has(thing), "{text}: no {thing:?} in {next:?}");
            }
        }
    }
}
