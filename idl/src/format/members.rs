//! Members of types: fields, cases, types and constraints.

use super::block::After;
use super::build::Builder;
use super::{items, values};
use crate::syntax::tree::{
    Bounds, BoundsForm, Constraint, ConstraintKind, Field, Marks, Name, Pin, RecordMember, TypeExpr, TypeKind,
};

pub(super) fn record_member(to: &mut Builder<'_>, member: &RecordMember) {
    match member {
        RecordMember::Field(it) => field(to, it),
        RecordMember::Spread(ty) => {
            to.begin(to.token_before(ty.span), "...");
            type_expr(to, ty);
        }
        RecordMember::Broken(_) => unreachable!("only sound trees are formatted"),
    }
}

/// `name: Type = default where … readonly @7 was old`
pub(super) fn field(to: &mut Builder<'_>, it: &Field) {
    items::annotations(to, &it.marks);
    to.token(it.name.span);
    to.text(": ");
    type_expr(to, &it.ty);
    if is_in_order(it) {
        tail(to, it);
    } else {
        to.reordered(|to| tail(to, it));
    }
}

fn is_in_order(it: &Field) -> bool {
    let default = it.default.as_ref().map(|value| value.span.start);
    let constraints = it.constraints.first().map(|constraint| constraint.span.start);
    let readonly = it.readonly.map(|span| span.start);
    let pin = it.pin.as_ref().map(|pin| pin.span.start);
    let was = it.was.as_ref().map(|name| name.span.start);
    [default, constraints, readonly, pin, was].into_iter().flatten().is_sorted()
}

fn tail(to: &mut Builder<'_>, it: &Field) {
    if let Some(default) = &it.default {
        to.text(" = ");
        values::value(to, default);
    }
    constraints(to, &it.constraints);
    if let Some(readonly) = it.readonly {
        to.space();
        to.token(readonly);
    }
    pin_and_was(to, it.pin.as_ref(), it.was.as_ref());
}

pub(super) fn pin_and_was(to: &mut Builder<'_>, pin: Option<&Pin>, was: Option<&Name>) {
    if let Some(pin) = pin {
        to.space();
        to.token(pin.span);
    }
    if let Some(was) = was {
        to.text(" was ");
        to.token(was.span);
    }
}

/// A case of a union or a member of an enum.
pub(super) fn case(
    to: &mut Builder<'_>,
    marks: &Marks,
    name: &Name,
    ty: Option<&TypeExpr>,
    pin: Option<&Pin>,
    was: Option<&Name>,
) -> After {
    items::annotations(to, marks);
    let written = to.written(name.span);
    match ty {
        // Behind another member these words would be part of it.
        None if matches!(written, "was" | "or" | "where" | "readonly") => {
            to.token_as(name.span, &format!("`{written}`"))
        }
        _ => to.token(name.span),
    }
    if let Some(ty) = ty {
        to.text(": ");
        type_expr(to, ty);
    }
    match (pin, was) {
        (Some(pin), Some(was)) if was.span < pin.span => {
            to.reordered(|to| pin_and_was(to, Some(pin), Some(was)));
        }
        _ => pin_and_was(to, pin, was),
    }
    // A type of that name would swallow the next case.
    let ends_openly = ty.is_some_and(|ty| matches!(to.written(ty.span), "draft" | "patch" | "stream"));
    if ends_openly { After::Comma } else { After::Usual }
}

pub(super) fn type_expr(to: &mut Builder<'_>, ty: &TypeExpr) {
    to.reach(ty.span.start);
    match &ty.kind {
        TypeKind::Named { path, arguments } => {
            to.token(path.span);
            type_arguments(to, arguments.iter());
        }
        TypeKind::List(inner) => {
            to.text("[");
            type_expr(to, inner);
            to.text("]");
        }
        TypeKind::Set(inner) => {
            to.text("set");
            type_arguments(to, [&**inner].into_iter());
        }
        TypeKind::Map(key, value) => {
            to.text("map");
            type_arguments(to, [&**key, &**value].into_iter());
        }
        TypeKind::Optional(inner) => {
            type_expr(to, inner);
            to.text("?");
        }
        TypeKind::Nullable(inner) => {
            type_expr(to, inner);
            to.text(" or null");
        }
        TypeKind::Draft(inner) => prefixed(to, "draft ", inner),
        TypeKind::Patch(inner) => prefixed(to, "patch ", inner),
        TypeKind::Stream(inner) => prefixed(to, "stream ", inner),
    }
}

fn prefixed(to: &mut Builder<'_>, word: &str, inner: &TypeExpr) {
    to.text(word);
    type_expr(to, inner);
}

fn type_arguments<'a>(to: &mut Builder<'_>, arguments: impl Iterator<Item = &'a TypeExpr>) {
    let mut is_any = false;
    for argument in arguments {
        to.text(if is_any { ", " } else { "<" });
        type_expr(to, argument);
        is_any = true;
    }
    if is_any {
        to.text(">");
    }
}

/// ` where a and b`
pub(super) fn constraints(to: &mut Builder<'_>, constraints: &[Constraint]) {
    for (index, it) in constraints.iter().enumerate() {
        to.text(if index == 0 { " where " } else { " and " });
        constraint(to, it);
    }
}

fn constraint(to: &mut Builder<'_>, it: &Constraint) {
    to.reach(it.span.start);
    match &it.kind {
        ConstraintKind::Bounded(word, it) => {
            to.token(word.span);
            bounds(to, it);
        }
        ConstraintKind::Matches(regex) => {
            to.text("matches ");
            to.token(regex.span);
        }
        ConstraintKind::OneOf(values) => {
            to.text("one_of ");
            values::list(to, it.span, values);
        }
        ConstraintKind::Format(name) => {
            to.text("format ");
            to.token(name.span);
        }
        ConstraintKind::MultipleOf(value) => {
            to.text("multiple_of ");
            to.token(value.span);
        }
        ConstraintKind::Unique => to.text("unique"),
    }
}

fn bounds(to: &mut Builder<'_>, it: &Bounds) {
    to.text(match it.form {
        BoundsForm::In => " in ",
        BoundsForm::AtMost => " <= ",
        BoundsForm::AtLeast => " >= ",
    });
    if let Some(min) = &it.min {
        to.token(min.span);
    }
    if it.form == BoundsForm::In {
        to.text("..");
    }
    if let Some(max) = &it.max {
        to.token(max.span);
    }
}
