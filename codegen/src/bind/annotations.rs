//! Annotations against the schemas of their targets: which exist, what stands in their brackets, where they may stand.

use wireloom_idl::contract::{Annotation, Annotations, Contract, Field, Inputs, Literal, Service, TypeDef, TypeKind};
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

use crate::{codes, model};

/// What stands in the brackets of an annotation.
type Arguments = [(Option<String>, Literal)];

/// What an annotation may mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Type,
    /// A type that is written by hand elsewhere.
    Foreign,
    Field,
    Member,
    Service,
    Operation,
}

/// One annotation that exists.
struct Schema {
    name: &'static str,
    /// Where it may stand; empty for anywhere.
    marks: &'static [Mark],
    /// Whether the arguments are right.
    fits: fn(&Arguments) -> bool,
    /// How it is written.
    form: &'static str,
    /// Whether this version does something with it.
    generated: bool,
}

const SCHEMAS: &[Schema] = &[
    Schema {
        name: "json",
        marks: &[Mark::Field, Mark::Member],
        fits: one_text,
        form: "@json(\"name\")` or `@json(number)",
        generated: true,
    },
    Schema {
        name: "sensitive",
        marks: &[Mark::Field, Mark::Type],
        fits: <[_]>::is_empty,
        form: "@sensitive",
        generated: true,
    },
    Schema { name: "allow", marks: &[], fits: two_texts, form: "@allow(\"code\", \"why\")", generated: true },
    Schema { name: "proto", marks: &[Mark::Field, Mark::Type], fits: bytes, form: "@proto(bytes)", generated: true },
    Schema { name: "xml", marks: &[Mark::Field], fits: attribute, form: "@xml(attribute)", generated: false },
    Schema { name: "kafka", marks: &[], fits: settings, form: "@kafka(name: value)", generated: false },
    Schema { name: "nats", marks: &[], fits: settings, form: "@nats(name: value)", generated: false },
    Schema { name: "amqp", marks: &[], fits: settings, form: "@amqp(name: value)", generated: false },
];

/// The annotations there are, each with how it is written.
pub(super) fn forms() -> impl Iterator<Item = (&'static str, &'static str)> {
    // A form may say two ways, each between backticks.
    SCHEMAS.iter().map(|schema| (schema.name, schema.form.split('`').next().unwrap_or(schema.form)))
}

fn one_text(arguments: &Arguments) -> bool {
    matches!(arguments, [(None, Literal::Text(text))] if !text.is_empty())
}

fn two_texts(arguments: &Arguments) -> bool {
    matches!(arguments, [(None, Literal::Text(_)), (None, Literal::Text(_))])
}

fn bytes(arguments: &Arguments) -> bool {
    matches!(arguments, [(None, Literal::Text(word))] if word == "bytes")
}

fn attribute(arguments: &Arguments) -> bool {
    matches!(arguments, [(None, Literal::Text(word))] if word == "attribute")
}

fn settings(arguments: &Arguments) -> bool {
    !arguments.is_empty() && arguments.iter().all(|(name, _)| name.is_some())
}

/// Checks every annotation of the reported packages.
pub(super) fn check(contract: &Contract, report: &mut Diagnostics) {
    for (_, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for &id in &package.types {
            type_def(contract.type_def(id), report);
        }
        package.services.iter().for_each(|it| service(it, report));
    }
}

fn type_def(def: &TypeDef, report: &mut Diagnostics) {
    // A derived type repeats the annotations of the declared one, which is reported on itself.
    if is_derived(def) {
        return;
    }
    let mark = if matches!(def.kind, TypeKind::Extern(_)) { Mark::Foreign } else { Mark::Type };
    all(&def.annotations, mark, report);
    match &def.kind {
        TypeKind::Enum(it) => it.members.iter().for_each(|member| all(&member.annotations, Mark::Member, report)),
        TypeKind::Union(it) => it.cases.iter().for_each(|case| all(&case.annotations, Mark::Member, report)),
        _ => fields(def.fields().unwrap_or_default(), report),
    }
}

fn is_derived(def: &TypeDef) -> bool {
    use wireloom_idl::contract::Origin;
    let origin = match &def.kind {
        TypeKind::Record(record) => &record.origin,
        TypeKind::Union(union) => &union.origin,
        _ => return false,
    };
    matches!(origin, Origin::Draft(_) | Origin::Patch(_))
}

fn service(service: &Service, report: &mut Diagnostics) {
    all(&service.annotations, Mark::Service, report);
    for operation in &service.operations {
        all(&operation.annotations, Mark::Operation, report);
        match &operation.inputs {
            Inputs::Fields(inputs) => fields(inputs, report),
            Inputs::Stream(input) => fields(std::slice::from_ref(input), report),
        }
    }
    service.handlers.iter().for_each(|handler| all(&handler.annotations, Mark::Operation, report));
}

fn fields(fields: &[Field], report: &mut Diagnostics) {
    let mut names: Vec<(String, &Field)> = Vec::new();
    for field in fields {
        all(&field.annotations, Mark::Field, report);
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

fn all(annotations: &Annotations, mark: Mark, report: &mut Diagnostics) {
    annotations.0.iter().for_each(|annotation| one(annotation, mark, report));
}

fn one(annotation: &Annotation, mark: Mark, report: &mut Diagnostics) {
    let name = annotation.name.as_str();
    let Some(schema) = SCHEMAS.iter().find(|schema| schema.name == name) else {
        let names: Vec<&str> = SCHEMAS.iter().map(|schema| schema.name).collect();
        report.push(
            Diagnostic::new(&codes::UNKNOWN_ANNOTATION, annotation.at, format!("there is no annotation `@{name}`"))
                .help(super::suggestion(name, &names, "annotations")),
        );
        return;
    };
    if !schema.marks.is_empty() && !schema.marks.contains(&mark) {
        report.push(
            Diagnostic::new(
                &codes::ANNOTATION_PLACE,
                annotation.at,
                format!("`@{name}` says nothing about {}", plural(mark)),
            )
            .help(format!(
                "it marks {}",
                schema.marks.iter().map(|&mark| plural(mark)).collect::<Vec<_>>().join(" and ")
            )),
        );
    } else if !(schema.fits)(&annotation.arguments) {
        report.push(
            Diagnostic::new(&codes::ANNOTATION_ARGUMENTS, annotation.at, format!("`@{name}` is not written like this"))
                .help(format!("write `{}`", schema.form)),
        );
    } else if !schema.generated {
        let message = format!("`@{name}` changes nothing yet: its wire is not generated");
        report.push(Diagnostic {
            severity: Severity::Info,
            ..Diagnostic::new(&codes::NOT_GENERATED_YET, annotation.at, message)
        });
    }
}

fn plural(mark: Mark) -> &'static str {
    match mark {
        Mark::Type => "types",
        Mark::Foreign => "foreign types",
        Mark::Field => "fields",
        Mark::Member => "members and cases",
        Mark::Service => "services",
        Mark::Operation => "operations",
    }
}
