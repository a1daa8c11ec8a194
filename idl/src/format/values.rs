//! Values and annotations.

use super::block::{After, Block};
use super::build::Builder;
use crate::source::Span;
use crate::syntax::tree::{Annotation, Value, ValueKind};

pub(super) fn value(to: &mut Builder<'_>, value: &Value) {
    match &value.kind {
        ValueKind::List(values) => {
            to.reach(value.span.start);
            list(to, value.span, values);
        }
        ValueKind::Object(entries) => {
            to.reach(value.span.start);
            to.block_in(value.span, &Block::MEMBERS, entries.len(), |to, index| {
                let (key, value) = &entries[index];
                to.token(key.span);
                to.text(": ");
                self::value(to, value);
                After::Usual
            });
        }
        _ => to.token(value.span),
    }
}

/// The list that stands somewhere in a place.
pub(super) fn list(to: &mut Builder<'_>, place: Span, values: &[Value]) {
    to.block_in(place, &Block::LIST, values.len(), |to, index| {
        value(to, &values[index]);
        After::Usual
    });
}

pub(super) fn annotation(to: &mut Builder<'_>, it: &Annotation) {
    to.begin(it.span, "@");
    to.token(it.name.span);
    if !it.arguments.is_empty() {
        to.block(&Block::INPUTS, it.arguments.len(), |to, index| {
            let (name, argument) = &it.arguments[index];
            if let Some(name) = name {
                to.token(name.span);
                to.text(": ");
            }
            value(to, argument);
            After::Usual
        });
    }
}
