//! Moving what stands in a tree, when text before it came or went.

use super::*;

/// Moves every place in a piece of tree.
pub(in crate::syntax) trait Shift {
    fn shift(&mut self, by: i64);
}

/// Structs: each field that holds places, then those that hold none. A field that is in neither list does not compile.
macro_rules! shift {
    ($($name:ident { $($field:ident),* $(; $($placeless:ident),*)? })*) => {
        $(impl Shift for $name {
            fn shift(&mut self, by: i64) {
                let $name { $($field,)* $($($placeless: _,)*)? } = self;
                $($field.shift(by);)*
            }
        })*
    };
}

shift! {
    Name { span; text }
    Path { segments, span }
    Text { span; value }
    Marks { docs, annotations }
    Docs { span; text }
    Annotation { name, arguments, span }
    Package { marks, path, version, span }
    Import { marks, path, what, span }
    Scalar { marks, name, was, base, constraints, span }
    Record { marks, kind, name, was, parameters, members, span }
    Field { marks, name, ty, default, constraints, readonly, pin, was, span }
    Pin { span; number }
    Enum { marks, closed, name, was, members, span }
    EnumMember { marks, name, pin, was, span }
    Union { marks, closed, name, was, parameters, tag, cases, span }
    UnionCase { marks, name, ty, pin, was, span }
    Extern { marks, name, language, target, members, span }
    TypeExpr { kind, span }
    Constraint { kind, span }
    Bounds { min, max; form }
    Value { kind, span }
    Key { span; text, quoted }
    Service { marks, name, was, members, inside, span }
    Operation { marks, name, was, inputs, answer, pin, clauses, span }
    Clause { kind, span }
    PolicyEntry { word, terms, span }
    Term { kind, span }
    Handler { marks, event, name, was, condition, span }
    Condition { kind, span }
    Bind { marks, service, wire, place, alias, entries, span }
    Example { marks, operation, title, given, outcome, span }
}

impl Shift for Span {
    fn shift(&mut self, by: i64) {
        let moved = |offset: u32| u32::try_from(i64::from(offset) + by).unwrap_or_default();
        (self.start, self.end) = (moved(self.start), moved(self.end));
    }
}

impl<T: Shift> Shift for Vec<T> {
    fn shift(&mut self, by: i64) {
        self.iter_mut().for_each(|it| it.shift(by));
    }
}

impl<T: Shift> Shift for Option<T> {
    fn shift(&mut self, by: i64) {
        if let Some(it) = self {
            it.shift(by);
        }
    }
}

impl<T: Shift> Shift for Box<T> {
    fn shift(&mut self, by: i64) {
        self.as_mut().shift(by);
    }
}

impl<A: Shift, B: Shift> Shift for (A, B) {
    fn shift(&mut self, by: i64) {
        self.0.shift(by);
        self.1.shift(by);
    }
}

impl Shift for Item {
    fn shift(&mut self, by: i64) {
        match self {
            Item::Package(it) => it.shift(by),
            Item::Import(it) => it.shift(by),
            Item::Scalar(it) => it.shift(by),
            Item::Record(it) => it.shift(by),
            Item::Enum(it) => it.shift(by),
            Item::Union(it) => it.shift(by),
            Item::Extern(it) => it.shift(by),
            Item::Service(it) => it.shift(by),
            Item::Bind(it) => it.shift(by),
            Item::Example(it) => it.shift(by),
            Item::Broken(span) => span.shift(by),
        }
    }
}

impl Shift for Imported {
    fn shift(&mut self, by: i64) {
        match self {
            Imported::Package(alias) => alias.shift(by),
            Imported::Names(names) => names.shift(by),
        }
    }
}

impl Shift for RecordKind {
    fn shift(&mut self, by: i64) {
        match self {
            RecordKind::Record => {}
            RecordKind::Fault(code) => code.shift(by),
            RecordKind::Event(key) => key.shift(by),
        }
    }
}

impl Shift for RecordMember {
    fn shift(&mut self, by: i64) {
        match self {
            RecordMember::Field(it) => it.shift(by),
            RecordMember::Spread(it) => it.shift(by),
            RecordMember::Broken(span) => span.shift(by),
        }
    }
}

impl Shift for TypeKind {
    fn shift(&mut self, by: i64) {
        match self {
            TypeKind::Named { path, arguments } => {
                path.shift(by);
                arguments.shift(by);
            }
            TypeKind::Map(key, value) => {
                key.shift(by);
                value.shift(by);
            }
            TypeKind::List(of)
            | TypeKind::Set(of)
            | TypeKind::Optional(of)
            | TypeKind::Nullable(of)
            | TypeKind::Draft(of)
            | TypeKind::Patch(of)
            | TypeKind::Stream(of) => of.shift(by),
        }
    }
}

impl Shift for ConstraintKind {
    fn shift(&mut self, by: i64) {
        match self {
            ConstraintKind::Bounded(word, bounds) => {
                word.shift(by);
                bounds.shift(by);
            }
            ConstraintKind::Matches(text) => text.shift(by),
            ConstraintKind::OneOf(values) => values.shift(by),
            ConstraintKind::Format(name) => name.shift(by),
            ConstraintKind::MultipleOf(value) => value.shift(by),
            ConstraintKind::Unique => {}
        }
    }
}

impl Shift for ValueKind {
    fn shift(&mut self, by: i64) {
        match self {
            ValueKind::List(values) => values.shift(by),
            ValueKind::Object(entries) => entries.shift(by),
            ValueKind::Null
            | ValueKind::Bool(_)
            | ValueKind::Number(_)
            | ValueKind::Text(_)
            | ValueKind::Quantity(..)
            | ValueKind::Word(_) => {}
        }
    }
}

impl Shift for ServiceMember {
    fn shift(&mut self, by: i64) {
        match self {
            ServiceMember::Clause(it) => it.shift(by),
            ServiceMember::Operation(it) => it.shift(by),
            ServiceMember::Handler(it) => it.shift(by),
            ServiceMember::Broken(span) => span.shift(by),
        }
    }
}

impl Shift for ClauseKind {
    fn shift(&mut self, by: i64) {
        match self {
            ClauseKind::Fails(paths) | ClauseKind::Emits(paths) => paths.shift(by),
            ClauseKind::Keyed(name) => name.shift(by),
            ClauseKind::Auth(names) => names.shift(by),
            ClauseKind::Scopes(texts) | ClauseKind::Scope(texts) => texts.shift(by),
            ClauseKind::Role(text) => text.shift(by),
            ClauseKind::Policy(entries) => entries.shift(by),
            ClauseKind::Deprecated { note, until } => {
                note.shift(by);
                until.shift(by);
            }
            ClauseKind::Safe | ClauseKind::Idempotent | ClauseKind::Once | ClauseKind::Oneway | ClauseKind::Public => {}
        }
    }
}

impl Shift for TermKind {
    fn shift(&mut self, by: i64) {
        match self {
            TermKind::Path(path) => path.shift(by),
            TermKind::Value(value) => value.shift(by),
            TermKind::Range(from, to) => {
                from.shift(by);
                to.shift(by);
            }
            TermKind::Call(name, path) => {
                name.shift(by);
                path.shift(by);
            }
            TermKind::List(terms) => terms.shift(by),
            TermKind::Arrow | TermKind::Equals => {}
        }
    }
}

impl Shift for ConditionKind {
    fn shift(&mut self, by: i64) {
        match self {
            ConditionKind::And(one, other) | ConditionKind::Or(one, other) => {
                one.shift(by);
                other.shift(by);
            }
            ConditionKind::Not(of) => of.shift(by),
            ConditionKind::Holds(path) => path.shift(by),
            ConditionKind::Compare(path, _, value) => {
                path.shift(by);
                value.shift(by);
            }
        }
    }
}

impl Shift for BindEntry {
    fn shift(&mut self, by: i64) {
        match self {
            BindEntry::Named { marks, name, terms, span } => {
                marks.shift(by);
                name.shift(by);
                terms.shift(by);
                span.shift(by);
            }
            BindEntry::Rest(span) | BindEntry::Broken(span) => span.shift(by),
            BindEntry::Without(names, span) => {
                names.shift(by);
                span.shift(by);
            }
        }
    }
}

impl Shift for ExampleOutcome {
    fn shift(&mut self, by: i64) {
        match self {
            ExampleOutcome::Gives(value) => value.shift(by),
            ExampleOutcome::Fails(path, value) => {
                path.shift(by);
                value.shift(by);
            }
        }
    }
}
