//! Names within values: members of enums, cases of unions, fields of records.

use super::names::{Names, SymbolId, SymbolKind};
use super::types::{Declared, Shape, Typed};
use crate::source::Span;
use crate::syntax::tree::{Constraint, ConstraintKind, Key, TypeKind, Value, ValueKind};

/// How deep values are looked into; the parser admits no more than 64 brackets.
const DEPTH_MAX: usize = 64;

impl<'a> Names<'a> {
    /// Notes the names in a value of a type.
    pub(super) fn mention_value(&mut self, file: usize, value: &'a Value, typed: &Typed<'a>) {
        self.value_within(file, value, typed, DEPTH_MAX);
    }

    /// The same where a stream's items are written as a list.
    pub(super) fn mention_streamed(&mut self, file: usize, value: &'a Value, typed: &Typed<'a>) {
        match (&typed.ty.kind, &value.kind) {
            (TypeKind::Stream(_), ValueKind::List(items)) => {
                items.iter().for_each(|item| self.mention_value(file, item, typed));
            }
            _ => self.mention_value(file, value, typed),
        }
    }

    /// The inputs of an example.
    pub(super) fn mention_given(&mut self, file: usize, operation: SymbolId, value: &'a Value) {
        let ValueKind::Object(entries) = &value.kind else { return };
        for (key, value) in entries {
            let Some(input) = self.member(operation, &key.text) else { continue };
            self.note(file, name_in(key.span, &key.text), input);
            if let Some(typed) = self.plain_type(input) {
                self.mention_streamed(file, value, &typed);
            }
        }
    }

    /// The values of a constraint that are of the field's type.
    pub(super) fn mention_constraints(&mut self, file: usize, constraints: &'a [Constraint], typed: &Typed<'a>) {
        for constraint in constraints {
            if let ConstraintKind::OneOf(values) = &constraint.kind {
                values.iter().for_each(|value| self.mention_value(file, value, typed));
            }
        }
    }

    /// The fields or cases of an object.
    pub(super) fn mention_members(&mut self, file: usize, value: &'a Value, of: &Declared<'a>) {
        self.members_within(file, value, of, DEPTH_MAX);
    }

    fn value_within(&mut self, file: usize, value: &'a Value, typed: &Typed<'a>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match (self.shape(typed), &value.kind) {
            (Some(Shape::Declared(of)), ValueKind::Word(word) | ValueKind::Text(word)) => {
                self.word(file, &of, word, value.span);
            }
            (Some(Shape::Declared(of)), ValueKind::Object(_)) => self.members_within(file, value, &of, depth),
            (Some(Shape::List(item)), ValueKind::List(values)) => {
                values.iter().for_each(|value| self.value_within(file, value, &item, depth));
            }
            (Some(Shape::Map(key_type, value_type)), ValueKind::Object(entries)) => {
                for (key, value) in entries {
                    if let Some(Shape::Declared(of)) = self.shape(&key_type) {
                        self.word(file, &of, &key.text, key.span);
                    }
                    self.value_within(file, value, &value_type, depth);
                }
            }
            _ => {}
        }
    }

    fn members_within(&mut self, file: usize, value: &'a Value, of: &Declared<'a>, depth: usize) {
        let (Some(depth), ValueKind::Object(entries)) = (depth.checked_sub(1), &value.kind) else { return };
        let of = self.flat_case(of, entries).unwrap_or_else(|| of.clone());
        for (key, value) in entries {
            let Some(member) = self.member_of(&of, &key.text) else { continue };
            self.note(file, name_in(key.span, &key.text), member);
            if let Some(typed) = self.type_of(&of, member) {
                self.value_within(file, value, &typed, depth);
            }
        }
    }

    /// The record of a tagged union's case, whose fields stand beside the tag.
    fn flat_case(&self, of: &Declared<'a>, entries: &[(Key, Value)]) -> Option<Declared<'a>> {
        if self.symbol(of.symbol).kind != SymbolKind::Union {
            return None;
        }
        // A case written as `{ card: {…} }` is the union's own member.
        if entries.iter().any(|(key, _)| self.member_of(of, &key.text).is_some()) {
            return None;
        }
        let tags = entries.iter().filter_map(|(_, value)| match &value.kind {
            ValueKind::Text(word) | ValueKind::Word(word) => Some(word),
            _ => None,
        });
        let case = tags.into_iter().find_map(|word| self.member_of(of, word))?;
        match self.shape(&self.type_of(of, case)?)? {
            Shape::Declared(record) => Some(record),
            _ => None,
        }
    }

    /// A bare word, or the same in quotes.
    fn word(&mut self, file: usize, of: &Declared<'a>, word: &str, at: Span) {
        let kind = self.symbol(of.symbol).kind;
        if !matches!(kind, SymbolKind::Enum | SymbolKind::Union) {
            return;
        }
        if let Some(member) = self.member_of(of, word) {
            self.note(file, name_in(at, word), member);
        }
    }
}

/// The name in a place that may hold its quotes.
fn name_in(at: Span, name: &str) -> Span {
    let length = (at.end - at.start) as usize;
    match length == name.len() + 2 {
        true => Span { start: at.start + 1, end: at.end - 1, ..at },
        false => at,
    }
}
