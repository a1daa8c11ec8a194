//! Ways through records: an event's key, the fields that a handler's condition looks at.

use super::Lowering;
use super::broken::{broken, is_broken};
use super::suggest;
use crate::contract::{Field, FieldPath, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::tree;

impl Lowering<'_> {
    /// What a path leads to from a type with fields. A broken way gives a placeholder, a wrong one nothing; it is reported.
    pub(super) fn field_path(&mut self, from: TypeId, path: &tree::Path) -> Option<(FieldPath, Presence)> {
        let (mut ty, mut presence) = (Type::Named(from), Presence::Required);
        for name in &path.segments {
            match self.step(&ty, name)? {
                Some(field) => (ty, presence) = (field.ty.clone(), field.presence),
                None => {
                    ty = broken();
                    break;
                }
            }
        }
        let segments = path.segments.iter().map(|name| name.text.clone()).collect();
        Some((FieldPath { segments, ty }, presence))
    }

    /// The field of that name: none where there is none, which is reported; `Some(None)` where it is not known.
    fn step(&mut self, ty: &Type, name: &tree::Name) -> Option<Option<&Field>> {
        if is_broken(ty) {
            return Some(None);
        }
        // A foreign type's fields may be private, whatever its shape.
        let has_fields = |def: &&TypeDef| def.fields().is_some() && !matches!(def.kind, TypeKind::Extern(_));
        let Some(id) = self.def(ty).filter(has_fields).map(|def| def.id.0 as usize) else {
            let message = format!("`{}` is looked for in something that has no fields", name.text);
            self.report(Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message));
            return None;
        };
        let fields = self.types[id].fields().unwrap_or_default();
        if let Some(position) = fields.iter().position(|field| field.name == name.text) {
            return Some(self.types[id].fields().and_then(|fields| fields.get(position)));
        }
        if self.sheets[id].broken || self.sheets[id].broken_words.contains(name.text.as_str()) {
            return Some(None);
        }
        let message = format!("`{}` has no field `{}`", self.types[id].name, name.text);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message);
        let diagnostic =
            suggest::mend(diagnostic, name.span, &name.text, fields.iter().map(|field| field.name.as_str()));
        self.report(diagnostic);
        None
    }

    /// The key of an event: something that events can be told apart by.
    pub(super) fn event_key(&mut self, event: TypeId, path: &tree::Path) -> Option<FieldPath> {
        let (key, _) = self.field_path(event, path)?;
        let fits = is_broken(&key.ty)
            || match &key.ty {
                Type::Scalar(scalar) => *scalar != ScalarType::Json,
                Type::Named(_) => {
                    self.def(&key.ty).is_some_and(|def| matches!(def.kind, TypeKind::Scalar(_) | TypeKind::Enum(_)))
                }
                _ => false,
            };
        if !fits {
            let message = format!("`{}` cannot be a key: a key is a scalar or an enum", path.text());
            let diagnostic = Diagnostic::new(&codes::EVENT_KEY, path.span, message)
                .help("go on to one of its fields: `key order.id`");
            let fields = self.def(&key.ty).and_then(|def| def.fields()).unwrap_or_default();
            let id = fields.iter().find(|field| field.name == "id" && self.scalar_of(&field.ty).is_some());
            self.report(match id {
                Some(_) => {
                    let right = format!("{}.id", path.text());
                    diagnostic.fix(format!("write `{right}`"), path.span, right)
                }
                None => diagnostic,
            });
        }
        fits.then_some(key)
    }
}
