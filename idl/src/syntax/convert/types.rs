//! Types and constraints.

use pest::iterators::Pair;

use super::{Converter, Parts};
use crate::diagnostic::{Diagnostic, Edit, codes, fix};
use crate::source::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Bounds, BoundsForm, Constraint, ConstraintKind, Path, TypeExpr, TypeKind, Value};

impl Converter<'_, '_> {
    pub(super) fn type_expr(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        let mut prefixes = Vec::new();
        let mut ty: Option<TypeExpr> = None;
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::kw_stream | Rule::kw_draft | Rule::kw_patch => prefixes.push((part.as_rule(), span)),
                Rule::list => {
                    let inner = self.type_expr(Parts::of(part).the(Rule::type_expr));
                    ty = Some(self.modified(TypeExpr { kind: TypeKind::List(Box::new(inner)), span }, &mut prefixes));
                }
                Rule::named_type => {
                    let named = self.named_type(part);
                    ty = Some(self.modified(named, &mut prefixes));
                }
                Rule::question => ty = ty.map(|ty| wrap(TypeKind::Optional, ty, span)),
                Rule::kw_null => ty = ty.map(|ty| wrap(TypeKind::Nullable, ty, span)),
                _ => {}
            }
        }
        let ty = ty.expect("the grammar demands a list or a named type");
        match prefixes.pop() {
            Some((_, span)) => wrap(TypeKind::Stream, ty, span),
            None => ty,
        }
    }

    /// `draft` and `patch` bind closer than `?`, `stream` wider.
    fn modified(&self, ty: TypeExpr, prefixes: &mut Vec<(Rule, Span)>) -> TypeExpr {
        match prefixes.pop_if(|(rule, _)| *rule != Rule::kw_stream) {
            Some((Rule::kw_draft, span)) => wrap(TypeKind::Draft, ty, span),
            Some((_, span)) => wrap(TypeKind::Patch, ty, span),
            None => ty,
        }
    }

    pub(super) fn named_type(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let path = self.path(&parts.the(Rule::path));
        let mut arguments = Vec::new();
        while let Some(argument) = parts.find(Rule::type_expr) {
            arguments.push(self.type_expr(argument));
        }
        TypeExpr { kind: self.container(path, arguments, span), span }
    }

    /// `map` and `set` look like any generic type to the grammar.
    fn container(&mut self, path: Path, mut arguments: Vec<TypeExpr>, span: Span) -> TypeKind {
        let written = self.written(path.span).to_owned();
        match (written.as_str(), arguments.len()) {
            ("map", 2) => {
                let value = arguments.pop().expect("there are two");
                let key = arguments.pop().expect("there are two");
                TypeKind::Map(Box::new(key), Box::new(value))
            }
            ("set", 1) => TypeKind::Set(Box::new(arguments.pop().expect("there is one"))),
            ("map", _) => {
                let message = "a map has a key and a value: `map<string, T>`";
                let diagnostic = Diagnostic::new(&codes::WRONG_SHAPE, span, message);
                self.out.push(match arguments.as_slice() {
                    [value] => diagnostic.fix("insert `string` as its key", value.span.before(), "string, "),
                    _ => diagnostic,
                });
                TypeKind::Named { path, arguments }
            }
            ("set", _) => {
                self.out.push(Diagnostic::new(&codes::WRONG_SHAPE, span, "a set has one type: `set<T>`"));
                TypeKind::Named { path, arguments }
            }
            _ => TypeKind::Named { path, arguments },
        }
    }

    pub(super) fn constraints(&mut self, pair: Pair<'_, Rule>) -> Vec<Constraint> {
        let constraints = pair.into_inner().filter(|pair| pair.as_rule() == Rule::constraint);
        constraints.map(|pair| self.constraint(pair)).collect()
    }

    fn constraint(&mut self, pair: Pair<'_, Rule>) -> Constraint {
        let span = self.span(&pair);
        let pair = pair.into_inner().next().expect("the grammar demands one form");
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        let kind = match rule {
            Rule::bounded => self.bounded(&mut parts),
            Rule::matching => ConstraintKind::Matches(self.regex(&parts.the(Rule::regex))),
            Rule::one_of => ConstraintKind::OneOf(self.values(parts.the(Rule::array))),
            Rule::formatted => ConstraintKind::Format(self.name(&parts.the(Rule::name))),
            Rule::multiple => ConstraintKind::MultipleOf(self.number(&parts.the(Rule::number))),
            _ => ConstraintKind::Unique,
        };
        Constraint { kind, span }
    }

    fn bounded(&mut self, parts: &mut Parts<'_>) -> ConstraintKind {
        let word = parts.next().expect("the grammar demands a word");
        let word = self.name(&word);
        let bounds = match parts.next().expect("the grammar demands bounds") {
            sign if sign.as_rule() == Rule::at_most => {
                Bounds { form: BoundsForm::AtMost, min: None, max: Some(self.bound(parts.the(Rule::bound))) }
            }
            sign if sign.as_rule() == Rule::at_least => {
                Bounds { form: BoundsForm::AtLeast, min: Some(self.bound(parts.the(Rule::bound))), max: None }
            }
            _ => {
                let (min, max) = self.range(parts.the(Rule::range));
                Bounds { form: BoundsForm::In, min, max }
            }
        };
        ConstraintKind::Bounded(word, bounds)
    }

    fn range(&mut self, pair: Pair<'_, Rule>) -> (Option<Value>, Option<Value>) {
        let mut parts = Parts::of(pair);
        let min = parts.maybe(Rule::bound).map(|pair| self.bound(pair));
        let max = parts.find(Rule::bound).map(|pair| self.bound(pair));
        (min, max)
    }

    /// Something is said a second time that can be said once.
    pub(super) fn said_twice(&mut self, span: Span) {
        let out = Edit::remove(self.with_blanks(span));
        self.say_twice(span, "take the second one out", vec![out]);
    }

    /// Constraints behind a second `where`, with the last one behind the first.
    pub(super) fn constraints_twice(&mut self, span: Span, first: Span) {
        let more = self.written(span).trim_start_matches("where").trim_start().to_owned();
        let out = Edit::remove(self.with_blanks(span));
        self.say_twice(span, "join them by `and`", vec![Edit::insert(first.after(), format!(" and {more}")), out]);
    }

    fn say_twice(&mut self, span: Span, title: &str, edits: Vec<Edit>) {
        let word = self.written(span).split([' ', '\n']).next().unwrap_or_default();
        let message = format!("`{word}` is said twice of one member");
        self.out.push(Diagnostic::new(&codes::SAID_TWICE, span, message).help("say it once").fix_by(title, edits));
    }

    /// A place with the blanks before it.
    fn with_blanks(&self, span: Span) -> Span {
        let moved = |span: Span, by: i64| Span {
            start: (i64::from(span.start) + by) as u32,
            end: (i64::from(span.end) + by) as u32,
            ..span
        };
        let by = self.shift as i64;
        moved(fix::with_blanks(self.view.text, moved(span, -by)), by)
    }
}

fn wrap(form: fn(Box<TypeExpr>) -> TypeKind, inner: TypeExpr, with: Span) -> TypeExpr {
    let span = inner.span.to(with);
    TypeExpr { kind: form(Box::new(inner)), span }
}
