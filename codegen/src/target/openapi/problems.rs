//! Problem documents (RFC 9457): what every failure looks like, and the responses that have it.

use std::collections::BTreeMap;

use serde_json::Value;
use wireloom_idl::contract::{Contract, TypeDef, TypeKind};

use super::document::{Header, MediaType, Response};
use super::{Properties, Schema, Schemas};
use crate::bind::http::HttpOperation;

/// The component that every problem document fits.
pub(super) const COMPONENT: &str = "Problem";

const MEDIA_TYPE: &str = "application/problem+json";

/// The responses of failures: one a status, the declared faults in those that are theirs.
pub(super) fn responses(
    contract: &Contract,
    http: &HttpOperation,
    refusals: &[u16],
    schemas: &mut Schemas<'_>,
) -> BTreeMap<String, Response> {
    schemas.add(COMPONENT, problem());
    let mut by_status: BTreeMap<u16, Vec<&TypeDef>> = BTreeMap::new();
    by_status.insert(400, Vec::new());
    by_status.insert(405, Vec::new());
    by_status.insert(404, Vec::new());
    by_status.insert(504, Vec::new());
    by_status.extend(refusals.iter().map(|status| (*status, Vec::new())));
    if http.has_body() {
        by_status.insert(413, Vec::new());
        by_status.insert(415, Vec::new());
    }
    for (id, status) in &http.faults {
        by_status.entry(*status).or_default().push(contract.type_def(*id));
    }
    let mut responses: BTreeMap<String, Response> = by_status
        .into_iter()
        .map(|(status, faults)| (status.to_string(), response(contract, status, &faults, schemas)))
        .collect();
    responses.insert("default".to_owned(), plain("Any other failure.", schemas.at(COMPONENT)));
    responses
}

fn response(contract: &Contract, status: u16, faults: &[&TypeDef], schemas: &mut Schemas<'_>) -> Response {
    if faults.is_empty() {
        return plain(meaning(status), schemas.at(COMPONENT));
    }
    let described = faults.iter().map(|def| match &def.docs {
        Some(docs) => format!("`{}`: {docs}", def.name),
        None => format!("`{}`", def.name),
    });
    let description = described.collect::<Vec<_>>().join("\n\n");
    let mut any_of: Vec<Schema> = faults.iter().map(|def| fault(contract, def, schemas)).collect();
    // Others than the declared may have this status too.
    any_of.push(schemas.at(COMPONENT));
    let mut response = plain(&description, Schema { any_of, ..Schema::default() });
    if faults.iter().any(|def| has_wait(def)) {
        let schema = Schema { minimum: Some(0.into()), ..Schema::of("integer") };
        let header = Header { description: "Seconds after which trying again may help.".to_owned(), schema };
        response.headers.insert("Retry-After".to_owned(), header);
    }
    response
}

fn has_wait(def: &TypeDef) -> bool {
    def.fields().unwrap_or_default().iter().any(|field| field.name == "retry_after")
}

/// The problem document of a declared fault, as a component.
fn fault(contract: &Contract, def: &TypeDef, schemas: &mut Schemas<'_>) -> Schema {
    let TypeKind::Fault(fault) = &def.kind else { return schemas.at(COMPONENT) };
    let name = schemas.name(def.id);
    let fields = schemas.object(&fault.fields, false);
    let kind = format!("urn:wireloom:{}", contract.full_name(def.id));
    let own = Schema {
        properties: Some(Properties(vec![
            ("type".to_owned(), Schema::text(&kind)),
            ("code".to_owned(), Schema::text(fault.code.as_str())),
            ("fields".to_owned(), fields),
        ])),
        required: vec!["type".to_owned(), "code".to_owned(), "fields".to_owned()],
        ..Schema::of("object")
    };
    let schema =
        Schema { description: def.docs.clone(), all_of: vec![schemas.at(COMPONENT), own], ..Schema::default() };
    schemas.add(&name, schema);
    schemas.at(&name)
}

fn plain(description: &str, schema: Schema) -> Response {
    let media = MediaType { schema: Some(schema), examples: BTreeMap::new() };
    Response {
        description: description.to_owned(),
        headers: BTreeMap::new(),
        content: BTreeMap::from([(MEDIA_TYPE.to_owned(), media)]),
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request breaks the contract; `violations` says where.",
        401 => "The caller is not known.",
        403 => "The caller lacks what the operation wants.",
        404 => "There is nothing at this path.",
        405 => "The path does not have this method; the header `Allow` says which it has.",
        413 => "The body is too long.",
        415 => "The body is no JSON.",
        504 => "The deadline has passed.",
        _ => "A failure.",
    }
}

/// What runtime's problem documents are.
fn problem() -> Schema {
    let text = |description: &str| Schema { description: Some(description.to_owned()), ..Schema::of("string") };
    let violation = Schema {
        properties: Some(Properties(vec![
            ("path".to_owned(), text("Where in the request: `draft.lines[3].sku`.")),
            ("message".to_owned(), text("What is wrong there.")),
        ])),
        required: vec!["path".to_owned(), "message".to_owned()],
        ..Schema::of("object")
    };
    let status = Schema {
        description: Some("The HTTP status.".to_owned()),
        minimum: Some(Value::from(100)),
        maximum: Some(Value::from(599)),
        ..Schema::of("integer")
    };
    let fields = Schema { description: Some("The fields of a declared fault.".to_owned()), ..Schema::default() };
    let violations = Schema {
        description: Some("What is wrong with the request.".to_owned()),
        items: Some(Box::new(violation)),
        ..Schema::of("array")
    };
    let retry_after_ms = Schema {
        description: Some(
            "In a stream: when trying again may help, in milliseconds. Elsewhere `Retry-After` says it.".to_owned(),
        ),
        minimum: Some(Value::from(0)),
        ..Schema::of("integer")
    };
    let retry_never = Schema {
        description: Some(
            "In a stream: whether trying again is of no use. Elsewhere `X-Should-Retry` says it.".to_owned(),
        ),
        ..Schema::of("boolean")
    };
    let properties = vec![
        ("type".to_owned(), text("`urn:wireloom:` and the declared fault's name, else `about:blank`.")),
        ("title".to_owned(), text("The kind of failure in words.")),
        ("status".to_owned(), status),
        ("detail".to_owned(), text("What happened this time.")),
        ("code".to_owned(), text("The canonical code: `not_found`.")),
        ("fields".to_owned(), fields),
        ("violations".to_owned(), violations),
        ("request_id".to_owned(), text("The request's name in the server's log.")),
        ("retry_after_ms".to_owned(), retry_after_ms),
        ("retry_never".to_owned(), retry_never),
    ];
    Schema {
        description: Some("A problem document (RFC 9457).".to_owned()),
        properties: Some(Properties(properties)),
        required: ["type", "title", "status", "detail", "code"].map(str::to_owned).to_vec(),
        ..Schema::of("object")
    }
}
