//! Messages that no type of the contract is: for containers where protobuf wants one value, and for what stands alone.

use wireloom_idl::contract::Type;

use super::binder::{Binder, present};
use super::{Field, Kind, Label};
use crate::names;

impl Binder<'_, '_> {
    /// The message that a container is in another one, in a map, a case or an optional field; one for all places of a package.
    pub(super) fn wrapper(&mut self, ty: &Type) -> String {
        if let Some(name) = self.wrappers.get(ty) {
            return self.full(name);
        }
        let name = self.free(&self.word(ty));
        self.wrappers.insert(ty.clone(), name.clone());
        let docs = match ty {
            Type::Nullable(_) => "A value that may be null, where protobuf wants one.",
            _ => "All of it as one value, where protobuf wants one.",
        };
        let content = self.content(ty);
        self.declare(name, docs.to_owned(), vec![content])
    }

    /// What stands alone, as an answer or item of a stream: a message as it is, any other value in one of this name.
    pub(super) fn alone(&mut self, ty: &Type, name: &str, docs: &str) -> String {
        if matches!(ty, Type::Scalar(_) | Type::Named(_))
            && let Kind::Message(whole) = self.kind(ty)
        {
            return whole;
        }
        let name = self.free(name);
        let content = self.content(ty);
        self.declare(name, docs.to_owned(), vec![content])
    }

    /// Field 1 of a message that has only this one.
    fn content(&mut self, ty: &Type) -> Field {
        let (name, label, of) = match ty {
            Type::List(item) | Type::Set(item) => ("items", Some(Label::Repeated), &**item),
            Type::Map(key, value) => return self.map("entries".to_owned(), None, 1, key, value),
            Type::Nullable(inner) => ("value", None, &**inner),
            Type::Scalar(_) | Type::Named(_) => ("value", None, ty),
        };
        let kind = self.kind(of);
        let label = label.unwrap_or_else(|| present(&kind));
        Field { name: name.to_owned(), docs: None, number: 1, label, kind }
    }

    /// How a type reads as part of a name.
    fn word(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => names::pascal(scalar.as_str()),
            Type::Named(id) => self.contract.type_def(*id).name.clone(),
            Type::List(item) => self.word(item) + "List",
            Type::Set(item) => self.word(item) + "Set",
            Type::Map(key, value) => format!("{}By{}", self.word(value), self.word(key)),
            Type::Nullable(inner) => format!("Optional{}", self.word(inner)),
        }
    }
}
