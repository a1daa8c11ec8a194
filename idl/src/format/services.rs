//! Services: operations with their clauses, handlers with their conditions.

use super::block::{After, Block};
use super::build::{Builder, Step};
use super::{bindings, items, members, values};
use crate::source::Span;
use crate::syntax::POLICY_WORDS;
use crate::syntax::tree::{
    Clause, ClauseKind, Comparison, Condition, ConditionKind, Handler, Operation, Path, PolicyEntry, Service,
    ServiceMember, Text,
};

pub(super) fn service(to: &mut Builder<'_>, it: &Service) {
    items::start(to, &it.marks, it.span, "service");
    items::head(to, &it.name, it.was.as_ref(), &[]);
    to.space();
    to.block(&Block::SERVICE, it.members.len(), |to, index| {
        match &it.members[index] {
            ServiceMember::Clause(it) => clause(to, it),
            ServiceMember::Operation(it) => operation(to, it),
            ServiceMember::Handler(it) => handler(to, it),
            ServiceMember::Broken(_) => unreachable!("only sound trees are formatted"),
        }
        After::Usual
    });
}

/// `name(inputs) -> Answer`, then the clauses: on the same line, or each on its own.
fn operation(to: &mut Builder<'_>, it: &Operation) {
    items::annotations(to, &it.marks);
    to.reach(it.name.span.start);
    to.push(Step::Begin { broken: clauses_are_broken(to, it) });
    items::head(to, &it.name, it.was.as_ref(), &[]);
    to.block(&Block::INPUTS, it.inputs.len(), |to, index| {
        members::field(to, &it.inputs[index]);
        After::Usual
    });
    if let Some(answer) = &it.answer {
        to.text(" -> ");
        members::type_expr(to, answer);
    }
    members::pin_and_was(to, it.pin.as_ref(), None);
    to.push(Step::Indent);
    for it in &it.clauses {
        to.push(Step::Line { blank: true, may_be_apart: false });
        clause(to, it);
    }
    to.push(Step::Dedent);
    to.push(Step::End);
}

fn clauses_are_broken(to: &Builder<'_>, it: &Operation) -> bool {
    let starts = it.clauses.iter().map(|clause| clause.span.start);
    starts.into_iter().any(|start| to.begins_line(start))
}

fn clause(to: &mut Builder<'_>, it: &Clause) {
    to.begin(it.span, word(&it.kind));
    match &it.kind {
        ClauseKind::Fails(list) | ClauseKind::Emits(list) => paths(to, list),
        ClauseKind::Keyed(input) => {
            to.text("(");
            to.token(input.span);
            to.text(")");
        }
        ClauseKind::Auth(schemes) => {
            if schemes.len() > 1 {
                to.text(" any of");
            }
            listed(to, schemes.iter().map(|name| name.span));
        }
        ClauseKind::Scopes(scopes) => {
            to.space();
            to.block(&Block::LIST, scopes.len(), |to, index| {
                to.token(scopes[index].span);
                After::Usual
            });
        }
        ClauseKind::Scope(scopes) => listed(to, scopes.iter().map(|text| text.span)),
        ClauseKind::Role(role) => listed(to, [role.span].into_iter()),
        ClauseKind::Policy(entries) => policy(to, entries),
        ClauseKind::Deprecated { note, until } => deprecated(to, note.as_ref(), until.as_ref()),
        _ => {}
    }
}

fn word(kind: &ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Fails(_) => "fails",
        ClauseKind::Safe => "safe",
        ClauseKind::Idempotent => "idempotent",
        ClauseKind::Keyed(_) => "keyed",
        ClauseKind::Once => "once",
        ClauseKind::Oneway => "oneway",
        ClauseKind::Emits(_) => "emits",
        ClauseKind::Public => "public",
        ClauseKind::Auth(_) => "auth",
        ClauseKind::Scopes(_) => "scopes",
        ClauseKind::Scope(_) => "scope",
        ClauseKind::Role(_) => "role",
        ClauseKind::Policy(_) => "policy",
        ClauseKind::Deprecated { .. } => "deprecated",
    }
}

fn paths(to: &mut Builder<'_>, paths: &[Path]) {
    listed(to, paths.iter().map(|path| path.span));
}

/// ` a, b`
fn listed(to: &mut Builder<'_>, places: impl Iterator<Item = Span>) {
    for (index, place) in places.enumerate() {
        to.text(if index == 0 { " " } else { ", " });
        to.token(place);
    }
}

fn deprecated(to: &mut Builder<'_>, note: Option<&Text>, until: Option<&Text>) {
    if let Some(note) = note {
        to.space();
        to.token(note.span);
    }
    if let Some(until) = until {
        to.text(" until ");
        to.token(until.span);
    }
}

fn policy(to: &mut Builder<'_>, entries: &[PolicyEntry]) {
    to.space();
    to.block(&Block::MEMBERS, entries.len(), |to, index| {
        let entry = &entries[index];
        to.token(entry.word.span);
        bindings::terms(to, &entry.terms);
        // A word that begins no policy would be read as more of this one.
        let next = entries.get(index + 1).map(|next| to.written(next.word.span));
        if next.is_some_and(|next| !POLICY_WORDS.contains(&next)) { After::Comma } else { After::Usual }
    });
}

fn handler(to: &mut Builder<'_>, it: &Handler) {
    items::annotations(to, &it.marks);
    to.begin(it.span, "on");
    to.space();
    to.token(it.event.span);
    to.text(" as ");
    to.token(it.name.span);
    if let Some(was) = &it.was {
        to.text(" was ");
        to.token(was.span);
    }
    if let Some(it) = &it.condition {
        to.text(" where ");
        condition(to, it, Strength::Or);
    }
}

/// How strongly a condition's parts hang together; a weaker one inside a stronger one needs parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Strength {
    Or,
    And,
    Not,
    /// Nothing but a path or what stands in parentheses.
    Whole,
}

fn condition(to: &mut Builder<'_>, it: &Condition, around: Strength) {
    to.reach(it.span.start);
    let (own, word) = match &it.kind {
        ConditionKind::Or(..) => (Strength::Or, " or "),
        ConditionKind::And(..) => (Strength::And, " and "),
        _ => (Strength::Not, ""),
    };
    let has_parentheses = own < around;
    if has_parentheses {
        to.text("(");
    }
    match &it.kind {
        ConditionKind::Or(left, right) | ConditionKind::And(left, right) => {
            condition(to, left, own);
            to.text(word);
            // `a and (b and c)` is another tree than `a and b and c`.
            condition(to, right, if own == Strength::Or { Strength::And } else { Strength::Not });
        }
        ConditionKind::Not(inner) => {
            to.text("not ");
            // Not needed, but `not a == b` reads as if `not` were about `a`.
            let compares = matches!(inner.kind, ConditionKind::Compare(..));
            condition(to, inner, if compares { Strength::Whole } else { Strength::Not });
        }
        ConditionKind::Holds(path) => to.token(path.span),
        ConditionKind::Compare(path, comparison, value) => {
            to.token(path.span);
            to.text(sign(*comparison));
            values::value(to, value);
        }
    }
    if has_parentheses {
        to.text(")");
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " == ",
        Comparison::NotEqual => " != ",
        Comparison::Less => " < ",
        Comparison::AtMost => " <= ",
        Comparison::Greater => " > ",
        Comparison::AtLeast => " >= ",
    }
}
