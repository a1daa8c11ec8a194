//! Fields: of records, faults and events, and the inputs of operations.
//!
//! A field is lowered in two steps: first its shape (type and presence), later what it demands (constraints) and what
//! stands for an absent one (default), since those need the shapes of all types.

use super::Lowering;
use super::annotations::docs;
use super::resolve::{Derive, Scope};
use super::sheets::Form;
use super::values::Values;
use crate::contract::{Constraint, Field, Literal, Pin, Presence, Type, TypeId, TypeKind};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::numbers;
use crate::source::Span;
use crate::syntax::tree::{self, TypeExpr};

impl<'a> Lowering<'a> {
    /// A field without its constraints and default.
    pub(super) fn shape_field(&mut self, scope: &Scope<'a>, source: &'a tree::Field, derive: Derive) -> Field {
        let (expr, presence) = presence(&source.ty);
        let (ty, presence) = match self.resolve(scope, expr, derive) {
            // A parameter may stand for `T or null`.
            Type::Nullable(inner) => (*inner, or_null(presence)),
            ty => (ty, presence),
        };
        Field {
            name: source.name.text.clone(),
            was: source.was.as_ref().map(|name| name.text.clone()),
            docs: docs(&source.marks),
            annotations: self.annotations(&source.marks),
            ty,
            presence,
            default: None,
            constraints: Vec::new(),
            readonly: source.readonly.is_some(),
            pin: self.pin(source.pin.as_ref()),
            at: source.name.span,
            type_at: source.ty.span,
        }
    }

    /// A number given by hand; none where it cannot be one, which is reported.
    pub(super) fn pin(&mut self, pin: Option<&tree::Pin>) -> Option<Pin> {
        let pin = pin?;
        let number = numbers::parse(&pin.number);
        if number.is_none() {
            let out = vec![self.without(pin.span)];
            self.report(numbers::invalid(&pin.number, pin.span).fix_by("take it out", out));
        }
        number.map(|number| Pin { number, at: pin.span })
    }

    /// Says what the fields of a shaped type demand, and finds an event's key.
    pub(super) fn condition_type(&mut self, id: TypeId) {
        let index = id.0 as usize;
        for position in 0..self.sheets[index].fields.len() {
            let source = self.sheets[index].fields[position];
            let field = self.types[index].fields().and_then(|fields| fields.get(position));
            let Some((ty, presence)) = field.map(|field| (field.ty.clone(), field.presence)) else { continue };
            let before = self.report.len();
            let (constraints, default) = self.demands(&ty, presence, source);
            if self.sheets[index].instance_of.is_some() {
                self.report_once(before);
            }
            if let Some(field) = fields_mut(&mut self.types[index].kind).and_then(|fields| fields.get_mut(position)) {
                (field.constraints, field.default) = (constraints, default);
            }
        }
        if let Form::Record(tree::Record { kind: tree::RecordKind::Event(Some(path)), .. }) = self.sheets[index].form {
            let key = self.event_key(id, path);
            if let TypeKind::Event(event) = &mut self.types[index].kind {
                event.key = key;
            }
        }
    }

    /// Says what one field demands that belongs to no type: an input.
    pub(super) fn condition_field(&mut self, field: &mut Field, source: &'a tree::Field) {
        (field.constraints, field.default) = self.demands(&field.ty, field.presence, source);
    }

    fn demands(
        &mut self,
        ty: &Type,
        presence: Presence,
        source: &'a tree::Field,
    ) -> (Vec<Constraint>, Option<Literal>) {
        let constraints = self.constraints(ty, &source.constraints);
        let Some(value) = &source.default else { return (constraints, None) };
        if matches!(presence, Presence::Optional | Presence::OptionalNullable) {
            let message = format!("`{}` is optional and has a default", source.name.text);
            let help = "with a default it is never absent: take the `?` away, or the default";
            let diagnostic = Diagnostic::new(&codes::OPTIONAL_DEFAULT, value.span, message).help(help);
            let fix = self.present_or_absent(source, value);
            self.report(match fix {
                Some((title, edit)) => diagnostic.fix_by(title, vec![edit]),
                None => diagnostic,
            });
            return (constraints, None);
        }
        let default = self.values().of_field(value, ty, presence, &constraints);
        (constraints, default)
    }

    /// A default of null says what `?` says; any other says that the field is never absent.
    fn present_or_absent(&self, source: &tree::Field, value: &tree::Value) -> Option<(&'static str, Edit)> {
        if matches!(value.kind, tree::ValueKind::Null) {
            return Some(("take the default away", self.without_default(value)?));
        }
        let tree::TypeKind::Optional(inner) = &source.ty.kind else { return None };
        Some(("take the `?` away", Edit::remove(Span { end: source.ty.span.end, ..inner.span.after() })))
    }

    /// Reads values by their types.
    pub(super) fn values(&mut self) -> Values<'_, 'a> {
        Values { types: &self.types, sheets: &self.sheets, report: &mut self.report, subset: false }
    }
}

fn fields_mut(kind: &mut TypeKind) -> Option<&mut Vec<Field>> {
    match kind {
        TypeKind::Record(record) => Some(&mut record.fields),
        TypeKind::Fault(fault) => Some(&mut fault.fields),
        TypeKind::Event(event) => Some(&mut event.fields),
        TypeKind::Extern(foreign) => foreign.fields.as_mut(),
        _ => None,
    }
}

/// Takes `?` and `or null` off a type, in either order.
pub(super) fn presence(expr: &TypeExpr) -> (&TypeExpr, Presence) {
    match &expr.kind {
        tree::TypeKind::Optional(inner) => match &inner.kind {
            tree::TypeKind::Nullable(inner) => (inner, Presence::OptionalNullable),
            _ => (inner, Presence::Optional),
        },
        tree::TypeKind::Nullable(inner) => match &inner.kind {
            tree::TypeKind::Optional(inner) => (inner, Presence::OptionalNullable),
            _ => (inner, Presence::Nullable),
        },
        _ => (expr, Presence::Required),
    }
}

fn or_null(presence: Presence) -> Presence {
    match presence {
        Presence::Required | Presence::Nullable => Presence::Nullable,
        Presence::Optional | Presence::OptionalNullable => Presence::OptionalNullable,
    }
}
