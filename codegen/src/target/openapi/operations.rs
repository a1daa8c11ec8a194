//! Operations: parameters, body, responses and examples, as the HTTP view has them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wireloom_idl::contract::{
    Answer, Contract, Example as Shown, Field, Literal, Operation, Origin, Outcome, Presence, ScalarType, Service,
    Type, TypeKind,
};

use super::document::{self, Example, MediaType, Parameter, RequestBody, Response};
use super::{Schema, Schemas, access, problems, values};
use crate::bind::http::{HttpOperation, HttpService, Segment, StreamForm, Travel};
use crate::target::Input;
use crate::{model, said};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// One operation of the document.
pub(super) fn operation(
    input: &Input<'_>,
    service: &HttpService,
    http: &HttpOperation,
    operation: &Operation,
    schemas: &mut Schemas<'_>,
) -> document::Operation {
    let of = service.service(input.contract);
    let name = &of.name;
    let examples = examples(input.contract, service, http);
    let writer = Writer { contract: input.contract, http, operation, examples };
    let parameters = writer.parameters(schemas);
    let request_body = writer.request_body(schemas);
    let mut responses = problems::responses(input.contract, http, access::refusals(of, operation), schemas);
    responses.insert(http.status.to_string(), writer.answer(schemas));
    document::Operation {
        operation_id: format!("{name}.{}", operation.name),
        tags: vec![name.clone()],
        summary: summary(operation),
        description: description(of, operation),
        deprecated: operation.deprecated.is_some(),
        security: access::security(of, operation),
        parameters,
        request_body,
        responses,
    }
}

/// The first line of the documentation, else the name in words.
fn summary(operation: &Operation) -> String {
    let first = operation.docs.as_deref().and_then(|docs| docs.lines().find(|line| !line.trim().is_empty()));
    match first {
        Some(line) => line.trim().trim_end_matches('.').to_owned(),
        None => crate::rust::fields::capitalized(&crate::names::snake(&operation.name).replace('_', " ")),
    }
}

fn description(service: &Service, operation: &Operation) -> Option<String> {
    let deprecated = operation.deprecated.as_ref().map(said::deprecation);
    let access = access::in_words(service, operation);
    let parts: Vec<String> = operation.docs.clone().into_iter().chain(deprecated).chain(access).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The contract's examples of an operation, each with a name of its own.
fn examples<'c>(contract: &'c Contract, service: &HttpService, http: &HttpOperation) -> Vec<(String, &'c Shown)> {
    let all = service.package(contract).examples.iter();
    let ours = all.filter(|shown| shown.service == service.service && shown.operation == http.operation);
    ours.enumerate().map(|(index, shown)| (format!("{}-{}", index + 1, slug(&shown.title)), shown)).collect()
}

fn slug(title: &str) -> String {
    let words = title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

struct Writer<'a> {
    contract: &'a Contract,
    http: &'a HttpOperation,
    operation: &'a Operation,
    examples: Vec<(String, &'a Shown)>,
}

impl Writer<'_> {
    fn inputs(&self) -> impl Iterator<Item = (&Field, &Travel)> {
        self.operation.inputs.fields().iter().zip(&self.http.inputs)
    }

    fn parameters(&self, schemas: &mut Schemas<'_>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for (field, travel) in self.inputs() {
            let said = |shown: &Shown| self.given(shown, field);
            match travel {
                Travel::Path => {
                    let name = self.variable(field);
                    parameters.push(self.parameter(field, &name, "path", schemas, &said));
                }
                Travel::Header(name) => parameters.push(self.parameter(field, name, "header", schemas, &said)),
                Travel::Query(name) => parameters.push(self.parameter(field, name, "query", schemas, &said)),
                Travel::QueryFields(parts) => {
                    let Type::Named(id) = field.ty else { continue };
                    let fields = self.contract.type_def(id).fields().unwrap_or_default();
                    for part in parts {
                        let inner = &fields[part.field];
                        let said = |shown: &Shown| self.given_inside(shown, field, inner);
                        parameters.push(self.parameter(inner, &part.name, "query", schemas, &said));
                    }
                }
                Travel::Body | Travel::Member(_) => {}
            }
        }
        parameters
    }

    /// The name that an input has in the path.
    fn variable(&self, field: &Field) -> String {
        let inputs = self.operation.inputs.fields();
        let name = self.http.path.iter().find_map(|segment| match segment {
            Segment::Variable { input, name } if std::ptr::eq(&inputs[*input], field) => Some(name.clone()),
            _ => None,
        });
        name.unwrap_or_else(|| field.name.clone())
    }

    fn parameter(
        &self,
        field: &Field,
        name: &str,
        place: &'static str,
        schemas: &mut Schemas<'_>,
        given: &dyn Fn(&Shown) -> Option<Value>,
    ) -> Parameter {
        let schema = self.in_text(field, place, schemas.value(field));
        let default_value = field.default.as_ref().map(|value| values::of_field(self.contract, field, value));
        let required = model::must_be_there(field) && model::repeated_text(self.contract, &field.ty).is_none();
        let examples = self.examples.iter().filter_map(|(key, shown)| {
            Some((key.clone(), Example { summary: shown.title.clone(), value: given(shown)? }))
        });
        Parameter {
            name: name.to_owned(),
            place,
            description: schemas.description(field),
            required: required || place == "path",
            schema: Schema { default_value, sensitive: model::sensitive(&field.annotations), ..schema },
            examples: examples.collect(),
        }
    }

    /// What a place demands of a text beyond its type: a segment of a path is not empty, a header is visible ASCII.
    fn in_text(&self, field: &Field, place: &str, schema: Schema) -> Schema {
        let is_string = model::scalar_of(self.contract, &field.ty) == Some(ScalarType::String);
        let is_enum = model::scalar_of(self.contract, &field.ty).is_none();
        let more = match place {
            "path" if is_string || is_enum => Schema { min_length: Some(1), ..Schema::of("string") },
            "header" if is_string || is_enum => {
                let pattern = Some(r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$".to_owned());
                Schema { pattern, ..Schema::of("string") }
            }
            _ => return schema,
        };
        Schema { all_of: vec![schema, more], ..Schema::default() }
    }

    fn given(&self, shown: &Shown, field: &Field) -> Option<Value> {
        let (_, value) = shown.given.iter().find(|(name, _)| *name == field.name)?;
        (*value != Literal::Null).then(|| values::of_field(self.contract, field, value))
    }

    fn given_inside(&self, shown: &Shown, field: &Field, inner: &Field) -> Option<Value> {
        let (_, value) = shown.given.iter().find(|(name, _)| *name == field.name)?;
        let Literal::Object(entries) = value else { return None };
        let (_, value) = entries.iter().find(|(name, _)| *name == inner.name)?;
        (*value != Literal::Null).then(|| values::of_field(self.contract, inner, value))
    }

    fn request_body(&self, schemas: &mut Schemas<'_>) -> Option<RequestBody> {
        let whole = self.inputs().find(|(_, travel)| **travel == Travel::Body).map(|(field, _)| field);
        match whole {
            Some(field) => Some(self.whole_body(field, schemas)),
            None if self.http.has_body() => Some(self.body_of_members(schemas)),
            None => None,
        }
    }

    fn whole_body(&self, field: &Field, schemas: &mut Schemas<'_>) -> RequestBody {
        let schema = schemas.value(field);
        let nullable = matches!(field.presence, Presence::Nullable | Presence::OptionalNullable);
        let schema = if nullable { schema.or_null() } else { schema };
        let schema = Schema { sensitive: model::sensitive(&field.annotations), ..schema };
        let examples = self.shown(|shown| self.given(shown, field));
        let media = MediaType { schema: Some(schema), examples };
        let mut content = BTreeMap::from([(JSON.to_owned(), media.clone())]);
        if self.is_patch(field) {
            content.insert(MERGE_PATCH.to_owned(), media);
        }
        RequestBody { description: schemas.description(field), required: model::must_be_there(field), content }
    }

    fn is_patch(&self, field: &Field) -> bool {
        let Type::Named(id) = field.ty else { return false };
        matches!(&self.contract.type_def(id).kind, TypeKind::Record(record) if matches!(record.origin, Origin::Patch(_)))
    }

    fn body_of_members(&self, schemas: &mut Schemas<'_>) -> RequestBody {
        let members = self.inputs().filter(|(_, travel)| matches!(travel, Travel::Member(_)));
        // A member is read by its name of today alone.
        let members: Vec<Field> = members.map(|(field, _)| Field { was: None, ..field.clone() }).collect();
        let examples = self.shown(|shown| {
            let entries = members.iter().filter_map(|field| Some((model::json_name(field), self.given(shown, field)?)));
            Some(entries.collect::<Map<_, _>>().into())
        });
        let required = members.iter().any(model::must_be_there);
        let media = MediaType { schema: Some(schemas.object(&members, false)), examples };
        RequestBody { description: None, required, content: BTreeMap::from([(JSON.to_owned(), media)]) }
    }

    fn shown(&self, value: impl Fn(&Shown) -> Option<Value>) -> BTreeMap<String, Example> {
        let all = self.examples.iter();
        all.filter_map(|(key, shown)| {
            Some((key.clone(), Example { summary: shown.title.clone(), value: value(shown)? }))
        })
        .collect()
    }

    fn answer(&self, schemas: &mut Schemas<'_>) -> Response {
        let (description, content) = match &self.operation.answer {
            Answer::Nothing => ("Done.", BTreeMap::new()),
            Answer::One(ty) => {
                let examples = self.shown(|shown| match &shown.outcome {
                    Outcome::Gives(value) if values::is_complete(self.contract, ty, value) => {
                        Some(values::typed(self.contract, ty, value))
                    }
                    _ => None,
                });
                let media = MediaType { schema: Some(schemas.ty(ty, false)), examples };
                ("The answer.", BTreeMap::from([(JSON.to_owned(), media)]))
            }
            Answer::Stream(ty) => ("The stream, an item at a time.", self.stream(ty, schemas)),
        };
        Response { description: description.to_owned(), headers: BTreeMap::new(), content }
    }

    /// OpenAPI 3.1 has no schema for the items of a stream; what one is stands as the content of the text.
    fn stream(&self, ty: &Type, schemas: &mut Schemas<'_>) -> BTreeMap<String, MediaType> {
        let item = schemas.ty(ty, false);
        let media = |how: &str| {
            let name = item.reference.as_deref().and_then(|reference| reference.rsplit('/').next());
            let what = name.map_or_else(|| "the item's JSON".to_owned(), |name| format!("the JSON of a `{name}`"));
            let schema = Schema {
                description: Some(format!("{how} {what}.")),
                content_media_type: Some(JSON),
                content_schema: Some(Box::new(item.clone())),
                ..Schema::of("string")
            };
            MediaType { schema: Some(schema), examples: BTreeMap::new() }
        };
        let sse = || ("text/event-stream".to_owned(), media("Server-sent events; the data of each is"));
        let ndjson = || ("application/x-ndjson".to_owned(), media("Lines; each is"));
        match self.http.stream {
            Some(StreamForm::Sse) => BTreeMap::from([sse()]),
            Some(StreamForm::Ndjson) => BTreeMap::from([ndjson()]),
            _ => BTreeMap::from([sse(), ndjson()]),
        }
    }
}
