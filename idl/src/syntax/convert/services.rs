//! Services: operations, clauses, handlers and their conditions.

use pest::iterators::Pair;

use super::items::Start;
use super::{Converter, Parts};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Clause, ClauseKind, Comparison, Condition, ConditionKind, Handler, Marks, Name, Operation, Path, PolicyEntry,
    Service, ServiceMember, Text,
};

/// How many comparisons a condition may hold.
const COMPARISONS_MAX: usize = 64;

impl Converter<'_, '_> {
    pub(super) fn service(&mut self, start: Start, mut parts: Parts<'_>) -> Service {
        let name = self.name(&parts.the(Rule::name));
        let was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let inside = self.span(&parts.the(Rule::lbrace)).after();
        let mut members = Vec::new();
        while let Some(pair) = parts.find(Rule::service_member) {
            members.push(self.service_member(pair));
        }
        Service { marks: start.marks, name, was, members, inside, span: start.span }
    }

    fn service_member(&mut self, pair: Pair<'_, Rule>) -> ServiceMember {
        let whole = self.span(&pair);
        let mut parts = Parts::of(pair);
        let is_clause = parts
            .0
            .peek()
            .is_some_and(|pair| !matches!(pair.as_rule(), Rule::annotation | Rule::handler | Rule::operation));
        let marks = if is_clause { Marks::default() } else { self.marks(whole, &mut parts) };
        let pair = parts.next().expect("the grammar demands one kind of member");
        match pair.as_rule() {
            Rule::handler => self.handler(marks, pair),
            Rule::operation => ServiceMember::Operation(self.operation(marks, pair)),
            _ => ServiceMember::Clause(self.clause(pair)),
        }
    }

    fn operation(&mut self, marks: Marks, pair: Pair<'_, Rule>) -> Operation {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.name(&parts.the(Rule::name));
        let was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let mut operation =
            Operation { marks, name, was, inputs: Vec::new(), answer: None, pin: None, clauses: Vec::new(), span };
        while let Some(pair) = parts.next() {
            match pair.as_rule() {
                Rule::lparen | Rule::rparen | Rule::comma | Rule::arrow => {}
                Rule::input => operation.inputs.push(self.input(pair)),
                Rule::type_expr => operation.answer = Some(self.type_expr(pair)),
                Rule::pin => operation.pin = Some(self.pin(&pair)),
                _ => operation.clauses.push(self.clause(pair)),
            }
        }
        operation
    }

    fn clause(&mut self, pair: Pair<'_, Rule>) -> Clause {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::kw_safe => ClauseKind::Safe,
            Rule::kw_idempotent => ClauseKind::Idempotent,
            Rule::kw_once => ClauseKind::Once,
            Rule::kw_oneway => ClauseKind::Oneway,
            Rule::kw_public => ClauseKind::Public,
            Rule::fails => ClauseKind::Fails(self.paths(pair)),
            Rule::emits => ClauseKind::Emits(self.paths(pair)),
            Rule::keyed => ClauseKind::Keyed(self.name(&Parts::of(pair).the(Rule::name))),
            Rule::auth => ClauseKind::Auth(self.names(pair)),
            Rule::scopes => ClauseKind::Scopes(self.texts(pair)),
            Rule::scope => ClauseKind::Scope(self.texts(pair)),
            Rule::role => ClauseKind::Role(self.text(&Parts::of(pair).the(Rule::text))),
            Rule::policy => ClauseKind::Policy(self.policy(pair)),
            Rule::deprecated => self.deprecated(pair),
            _ => unreachable!("the grammar knows no other clause"),
        };
        Clause { kind, span }
    }

    fn deprecated(&mut self, pair: Pair<'_, Rule>) -> ClauseKind {
        let mut parts = Parts::of(pair);
        parts.the(Rule::kw_deprecated);
        let note = parts.maybe(Rule::text).map(|pair| self.text(&pair));
        let until = parts.find(Rule::text).map(|pair| self.text(&pair));
        ClauseKind::Deprecated { note, until }
    }

    fn policy(&mut self, pair: Pair<'_, Rule>) -> Vec<PolicyEntry> {
        let entries = pair.into_inner().filter(|pair| pair.as_rule() == Rule::policy_entry);
        let entries = entries.map(|pair| {
            let span = self.span(&pair);
            let mut parts = Parts::of(pair);
            let word = self.name(&parts.the(Rule::name));
            PolicyEntry { word, terms: self.terms(parts), span }
        });
        entries.collect()
    }

    fn handler(&mut self, marks: Marks, pair: Pair<'_, Rule>) -> ServiceMember {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let event = self.path(&parts.the(Rule::path));
        let name = self.name(&parts.the(Rule::name));
        let was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let condition = match parts.find(Rule::condition) {
            Some(pair) if comparisons(&pair) > COMPARISONS_MAX => {
                let message = format!("a condition has at most {COMPARISONS_MAX} comparisons");
                self.out.push(Diagnostic::new(&codes::NESTING_TOO_DEEP, self.span(&pair), message));
                return ServiceMember::Broken(span);
            }
            pair => pair.map(|pair| self.condition(pair)),
        };
        ServiceMember::Handler(Handler { marks, event, name, was, condition, span })
    }

    fn condition(&mut self, pair: Pair<'_, Rule>) -> Condition {
        let parts = pair.into_inner().filter(|pair| pair.as_rule() == Rule::conjunction);
        let parts = parts.map(|pair| self.conjunction(pair)).collect();
        joined(parts, ConditionKind::Or)
    }

    fn conjunction(&mut self, pair: Pair<'_, Rule>) -> Condition {
        let parts = pair.into_inner().filter(|pair| pair.as_rule() == Rule::negation);
        let parts = parts.map(|pair| self.negation(pair)).collect();
        joined(parts, ConditionKind::And)
    }

    fn negation(&mut self, pair: Pair<'_, Rule>) -> Condition {
        let whole = self.span(&pair);
        let mut negated = Vec::new();
        let mut inner = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated.push(self.span(&part)),
                Rule::condition => inner = Some(Condition { span: whole, ..self.condition(part) }),
                Rule::comparison => inner = Some(self.comparison(part)),
                _ => {}
            }
        }
        let inner = inner.expect("the grammar demands a comparison or parentheses");
        negated.into_iter().rev().fold(inner, |inner, not| {
            let span = not.to(inner.span);
            Condition { kind: ConditionKind::Not(Box::new(inner)), span }
        })
    }

    fn comparison(&mut self, pair: Pair<'_, Rule>) -> Condition {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let path = self.path(&parts.the(Rule::path));
        let kind = match parts.maybe(Rule::operator) {
            Some(operator) => {
                let value = self.value(parts.the(Rule::value));
                ConditionKind::Compare(path, comparison_written(operator.as_str()), value)
            }
            None => ConditionKind::Holds(path),
        };
        Condition { kind, span }
    }

    fn names(&self, pair: Pair<'_, Rule>) -> Vec<Name> {
        pair.into_inner().filter(|pair| pair.as_rule() == Rule::name).map(|pair| self.name(&pair)).collect()
    }

    fn paths(&self, pair: Pair<'_, Rule>) -> Vec<Path> {
        pair.into_inner().filter(|pair| pair.as_rule() == Rule::path).map(|pair| self.path(&pair)).collect()
    }

    fn texts(&mut self, pair: Pair<'_, Rule>) -> Vec<Text> {
        pair.into_inner().filter(|pair| pair.as_rule() == Rule::text).map(|pair| self.text(&pair)).collect()
    }
}

/// Comparisons and negations: what the depth of the tree grows with.
fn comparisons(condition: &Pair<'_, Rule>) -> usize {
    let counted = |pair: &Pair<'_, Rule>| matches!(pair.as_rule(), Rule::comparison | Rule::kw_not);
    condition.clone().into_inner().flatten().filter(counted).count()
}

fn joined(parts: Vec<Condition>, form: fn(Box<Condition>, Box<Condition>) -> ConditionKind) -> Condition {
    let whole = |left: &Condition, right: &Condition| -> Span { left.span.to(right.span) };
    let joined = parts.into_iter().reduce(|left, right| {
        let span = whole(&left, &right);
        Condition { kind: form(Box::new(left), Box::new(right)), span }
    });
    joined.expect("the grammar demands at least one part")
}

fn comparison_written(sign: &str) -> Comparison {
    match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Greater,
        _ => Comparison::AtLeast,
    }
}
