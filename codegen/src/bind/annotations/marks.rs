//! Everything that annotations can stand before, each visited once.

use wireloom_idl::contract::{
    Annotations, Binding, Contract, Field, Inputs, Origin, Package, Service, Subject, Type, TypeDef, TypeKind,
};
use wireloom_idl::{Diagnostic, Diagnostics};

use super::schemas;
use crate::{codes, model};

/// What an annotation may mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A record, enum, union, fault or event.
    Type,
    /// A named scalar.
    Scalar,
    /// A type that is written by hand elsewhere.
    Foreign,
    /// A field of a record, fault or event, or an input.
    Field,
    /// A member of an enum.
    Member,
    /// A case of a union.
    Case,
    /// A service.
    Service,
    /// An operation.
    Operation,
    /// A handler.
    Handler,
    /// A binding, or one of its entries.
    Binding,
    /// A `package` line, an import or an example.
    Loose,
}

impl Mark {
    /// In words, of several.
    pub fn plural(self) -> &'static str {
        match self {
            Mark::Type => "types",
            Mark::Scalar => "scalars",
            Mark::Foreign => "foreign types",
            Mark::Field => "fields",
            Mark::Member => "members",
            Mark::Case => "cases",
            Mark::Service => "services",
            Mark::Operation => "operations",
            Mark::Handler => "handlers",
            Mark::Binding => "bindings",
            Mark::Loose => "`package` lines, imports and examples",
        }
    }
}

/// What an annotation stands before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marked<'c> {
    pub(super) mark: Mark,
    /// The type of a field, of a case, or of what a scalar is made of.
    pub(super) ty: Option<&'c Type>,
    /// The binding, or that of the entry.
    pub(super) binding: Option<&'c Binding>,
    /// What the entry is about.
    pub(super) subject: Option<Subject>,
}

impl<'c> Marked<'c> {
    fn plain(mark: Mark) -> Marked<'c> {
        Marked { mark, ty: None, binding: None, subject: None }
    }

    fn typed(mark: Mark, ty: Option<&'c Type>) -> Marked<'c> {
        Marked { ty, ..Marked::plain(mark) }
    }
}

type Visit<'v> = &'v mut dyn FnMut(&Annotations, Marked<'_>, &mut Diagnostics);

/// Visits the annotations of the reported packages; fields with one name on JSON are told on the way.
pub(super) fn each(contract: &Contract, report: &mut Diagnostics, visit: Visit<'_>) {
    for (_, package) in contract.packages().filter(|(_, package)| !package.imported) {
        visit(&package.annotations, Marked::plain(Mark::Loose), report);
        for &id in &package.types {
            type_def(contract.type_def(id), report, visit);
        }
        package.services.iter().for_each(|it| service(it, report, visit));
        bindings(package, report, visit);
    }
}

fn type_def(def: &TypeDef, report: &mut Diagnostics, visit: Visit<'_>) {
    // A derived type repeats the annotations of the declared one, which is reported on itself.
    if is_derived(def) {
        return;
    }
    let base = schemas::base(&def.kind);
    visit(&def.annotations, Marked::typed(Mark::of(&def.kind), base.as_ref()), report);
    match &def.kind {
        TypeKind::Enum(it) => {
            it.members.iter().for_each(|member| visit(&member.annotations, Marked::plain(Mark::Member), report));
        }
        TypeKind::Union(it) => {
            let cases = it.cases.iter();
            cases.for_each(|case| visit(&case.annotations, Marked::typed(Mark::Case, case.ty.as_ref()), report));
        }
        _ => fields(def.fields().unwrap_or_default(), report, visit),
    }
}

fn is_derived(def: &TypeDef) -> bool {
    let origin = match &def.kind {
        TypeKind::Record(record) => &record.origin,
        TypeKind::Union(union) => &union.origin,
        _ => return false,
    };
    matches!(origin, Origin::Draft(_) | Origin::Patch(_))
}

fn service(service: &Service, report: &mut Diagnostics, visit: Visit<'_>) {
    visit(&service.annotations, Marked::plain(Mark::Service), report);
    for operation in &service.operations {
        visit(&operation.annotations, Marked::plain(Mark::Operation), report);
        match &operation.inputs {
            Inputs::Fields(inputs) => fields(inputs, report, visit),
            Inputs::Stream(input) => fields(std::slice::from_ref(input), report, visit),
        }
    }
    service.handlers.iter().for_each(|it| visit(&it.annotations, Marked::plain(Mark::Handler), report));
}

fn bindings(package: &Package, report: &mut Diagnostics, visit: Visit<'_>) {
    for binding in &package.bindings {
        let marked = Marked { binding: Some(binding), ..Marked::plain(Mark::Binding) };
        visit(&binding.annotations, marked, report);
        for entry in &binding.entries {
            visit(&entry.annotations, Marked { subject: Some(entry.subject), ..marked }, report);
        }
    }
}

fn fields(fields: &[Field], report: &mut Diagnostics, visit: Visit<'_>) {
    let mut names: Vec<(String, &Field)> = Vec::new();
    for field in fields {
        visit(&field.annotations, Marked::typed(Mark::Field, Some(&field.ty)), report);
        let name = model::json_name(field);
        if let Some((_, first)) = names.iter().find(|(other, _)| *other == name) {
            report.push(
                Diagnostic::new(&codes::JSON_NAME_TWICE, field.at, format!("two fields have the JSON name `{name}`"))
                    .also(first.at, "the other one")
                    .help("give one of them another `@json(\"…\")`"),
            );
        }
        names.push((name, field));
    }
}
