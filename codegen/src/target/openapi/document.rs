//! The parts of an OpenAPI document that are written, as they stand in it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Schema;
use crate::bind::http::Verb;

/// The whole.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Document {
    pub(super) openapi: &'static str,
    /// What generated files say of themselves: a document that no contract describes any more is known by it.
    #[serde(rename = "x-generated")]
    pub(super) generated: &'static str,
    pub(super) info: Info,
    pub(super) servers: Vec<Server>,
    /// Empty, and said: what asks for credentials says so itself.
    pub(super) security: Vec<Security>,
    pub(super) tags: Vec<Tag>,
    pub(super) paths: BTreeMap<String, PathItem>,
    pub(super) components: Components,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Server {
    pub(super) url: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) description: String,
}

/// The operations of one path, by verb.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct PathItem(BTreeMap<String, Operation>);

impl PathItem {
    pub(super) fn insert(&mut self, verb: Verb, operation: Operation) {
        self.0.insert(verb.as_str().to_lowercase(), operation);
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) operation_id: String,
    pub(super) tags: Vec<String>,
    pub(super) summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deprecated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) security: Vec<Security>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<String, Response>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) required: bool,
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) examples: BTreeMap<String, Example>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct RequestBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) required: bool,
    pub(super) content: BTreeMap<String, MediaType>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct MediaType {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<Schema>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) examples: BTreeMap<String, Example>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Example {
    pub(super) summary: String,
    pub(super) value: Value,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Response {
    pub(super) description: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, Header>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) content: BTreeMap<String, MediaType>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Header {
    pub(super) description: String,
    pub(super) schema: Schema,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) security_schemes: BTreeMap<&'static str, SecurityScheme>,
}

/// The schemes that a caller satisfies together, each with the scopes or roles that are wanted.
pub(super) type Security = BTreeMap<&'static str, Vec<String>>;

/// A way to say who one is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityScheme {
    #[serde(rename = "type")]
    pub(super) ty: &'static str,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheme: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bearer_format: Option<&'static str>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'static str>,
}
