//! `@proto(bytes)`: it stands on a uuid, and protobuf has no map whose keys are bytes.

use std::collections::HashSet;

use wireloom_idl::contract::{
    Annotations, Answer, At, Contract, Field, Inputs, ScalarType, Service, Type, TypeDef, TypeKind,
};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::is_bytes;
use crate::codes;

/// Checks the reported packages.
pub(in crate::bind) fn check(contract: &Contract, report: &mut Diagnostics) {
    let mut check = Check { contract, said: HashSet::new(), report };
    for (_, package) in contract.packages().filter(|(_, package)| !package.imported) {
        package.types.iter().for_each(|&id| check.type_def(contract.type_def(id)));
        package.services.iter().for_each(|service| check.service(service));
    }
}

struct Check<'c, 'r> {
    contract: &'c Contract,
    /// Where something was said.
    said: HashSet<At>,
    report: &'r mut Diagnostics,
}

impl Check<'_, '_> {
    fn type_def(&mut self, def: &TypeDef) {
        match &def.kind {
            TypeKind::Scalar(scalar) => self.uuid(&def.annotations, scalar.base == ScalarType::Uuid),
            TypeKind::Union(union) => {
                let payloads = union.cases.iter().filter_map(|case| Some((case.ty.as_ref()?, case.at)));
                payloads.for_each(|(ty, at)| self.keys(ty, at));
                self.uuid(&def.annotations, false);
            }
            _ => {
                self.uuid(&def.annotations, false);
                def.fields().unwrap_or_default().iter().for_each(|field| self.field(field));
            }
        }
    }

    fn service(&mut self, service: &Service) {
        for operation in &service.operations {
            match &operation.inputs {
                Inputs::Fields(fields) => fields.iter().for_each(|field| self.field(field)),
                Inputs::Stream(item) => {
                    self.uuid(&item.annotations, false);
                    self.keys(&item.ty, item.type_at);
                }
            }
            match &operation.answer {
                Answer::Nothing => {}
                Answer::One(ty) | Answer::Stream(ty) => self.keys(ty, operation.at),
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.uuid(&field.annotations, field.ty == Type::Scalar(ScalarType::Uuid));
        self.keys(&field.ty, field.type_at);
    }

    fn uuid(&mut self, annotations: &Annotations, is_uuid: bool) {
        let Some(annotation) = annotations.named("proto").filter(|_| !is_uuid) else { return };
        self.push_once(
            Diagnostic::new(&codes::PROTO_BYTES, annotation.at, "`@proto(bytes)` is about a `uuid`, and this is none")
                .help("it marks a field of the type `uuid`, or a scalar: `@proto(bytes) scalar Id: uuid`"),
        );
    }

    fn keys(&mut self, ty: &Type, at: At) {
        match ty {
            Type::Map(key, value) => {
                if let Type::Named(id) = &**key
                    && is_bytes(&self.contract.type_def(*id).annotations)
                {
                    let message =
                        format!("`{}` is bytes on protobuf, and no key of a map is", self.contract.type_def(*id).name);
                    let help = "take a scalar without `@proto(bytes)` as the key";
                    self.push_once(Diagnostic::new(&codes::PROTO_BYTES, at, message).help(help));
                }
                self.keys(value, at);
            }
            Type::List(item) | Type::Set(item) | Type::Nullable(item) => self.keys(item, at),
            Type::Scalar(_) | Type::Named(_) => {}
        }
    }

    /// A draft or patch repeats what its record says.
    fn push_once(&mut self, diagnostic: Diagnostic) {
        if diagnostic.span().is_none_or(|at| self.said.insert(at)) {
            self.report.push(diagnostic);
        }
    }
}
