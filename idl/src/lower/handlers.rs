//! Handlers: the event each waits for, and the condition an event must satisfy to reach it.

use super::Lowering;
use super::annotations::docs;
use super::broken::is_broken;
use super::scope::{FileIndex, Kind};
use crate::contract::{
    Comparison, Condition, FieldPath, Handler, Literal, Presence, ScalarType, Type, TypeId, TypeKind,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{self, ConditionKind, ValueKind};

impl<'a> Lowering<'a> {
    /// Lowers one handler; none where its event is not known, which is reported.
    pub(super) fn handler(&mut self, file: FileIndex, source: &'a tree::Handler) -> Option<Handler> {
        let wanted = |kind| matches!(kind, Kind::Event(_));
        let event = self.of_kind(file, &source.event, &codes::UNKNOWN_EVENT, "event", wanted)?;
        Some(Handler {
            name: source.name.text.clone(),
            was: source.was.as_ref().map(|name| name.text.clone()),
            docs: docs(&source.marks),
            annotations: self.annotations(&source.marks),
            event,
            condition: source.condition.as_ref().and_then(|condition| self.condition(event, condition)),
            at: source.name.span,
        })
    }

    fn condition(&mut self, event: TypeId, source: &'a tree::Condition) -> Option<Condition> {
        match &source.kind {
            ConditionKind::And(left, right) => {
                let (left, right) = (self.condition(event, left), self.condition(event, right));
                Some(Condition::And(Box::new(left?), Box::new(right?)))
            }
            ConditionKind::Or(left, right) => {
                let (left, right) = (self.condition(event, left), self.condition(event, right));
                Some(Condition::Or(Box::new(left?), Box::new(right?)))
            }
            ConditionKind::Not(inner) => self.condition(event, inner).map(|inner| Condition::Not(Box::new(inner))),
            ConditionKind::Holds(path) => self.holds(event, path),
            ConditionKind::Compare(path, comparison, value) => self.compare(event, path, *comparison, value),
        }
    }

    fn holds(&mut self, event: TypeId, source: &tree::Path) -> Option<Condition> {
        let (path, _) = self.field_path(event, source)?;
        let fits = is_broken(&path.ty) || self.scalar_of(&path.ty) == Some(ScalarType::Bool);
        if !fits {
            let message = format!("`{}` is not a `bool`", source.text());
            let help = "compare it: `order.total.amount > 100`";
            self.report(Diagnostic::new(&codes::CONDITION, source.span, message).help(help));
        }
        fits.then_some(Condition::Holds(path))
    }

    fn compare(
        &mut self,
        event: TypeId,
        source: &tree::Path,
        comparison: Comparison,
        value: &'a tree::Value,
    ) -> Option<Condition> {
        let (path, presence) = self.field_path(event, source)?;
        if is_broken(&path.ty) {
            return None;
        }
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if matches!(value.kind, ValueKind::Null) && !ordered && presence != Presence::Required {
            return Some(Condition::Compare(path, comparison, Literal::Null));
        }
        self.comparable(&path, source.span, ordered)?;
        let ty = path.ty.clone();
        // What a field must satisfy says nothing of what it may be compared with: a scalar is read by its base.
        let ty = self.scalar_of(&ty).map_or(ty, Type::Scalar);
        let literal = self.values().read(value, &ty)?;
        Some(Condition::Compare(path, comparison, literal))
    }

    fn comparable(&mut self, path: &FieldPath, place: Span, ordered: bool) -> Option<()> {
        use ScalarType::{Bool, Bytes, IdempotencyKey, Json, String, Url, Uuid};
        let scalar = self.scalar_of(&path.ty);
        let is_enum = self.def(&path.ty).is_some_and(|def| matches!(def.kind, TypeKind::Enum(_)));
        let name = path.segments.join(".");
        let message = match scalar {
            None if is_enum && !ordered => return Some(()),
            None if is_enum => format!("members of an enum have no order: `{name}` is compared by `==` and `!=`"),
            None => format!("`{name}` cannot be compared: go on to one of its fields"),
            Some(Json | Bytes) => format!("`{name}` cannot be compared"),
            Some(Bool | String | Url | Uuid | IdempotencyKey) if ordered => {
                format!("`{name}` has no order: it is compared by `==` and `!=`")
            }
            Some(_) => return Some(()),
        };
        self.report(Diagnostic::new(&codes::CONDITION, place, message));
        None
    }

    /// The built-in type that a type is made of, if it is a scalar.
    pub(super) fn scalar_of(&self, ty: &Type) -> Option<ScalarType> {
        match (ty, self.def(ty).map(|def| &def.kind)) {
            (Type::Scalar(scalar), _) => Some(*scalar),
            (_, Some(TypeKind::Scalar(scalar))) => Some(scalar.base),
            _ => None,
        }
    }
}
