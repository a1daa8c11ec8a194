//! The parts of an OpenAPI document that are written, as they stand in it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

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
    /// Empty, and said: nothing here asks for credentials.
    pub(super) security: Vec<Value>,
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
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
}

/// A schema of JSON Schema 2020-12: what is said of it, in the order people read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) ty: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_schema: Option<Box<Schema>>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) constant: Option<Value>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub(super) members: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) multiple_of: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique_items: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<Properties>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_properties: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_properties: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not: Option<Box<Schema>>,
    #[serde(rename = "default", skip_serializing_if = "Option::is_none")]
    pub(super) default_value: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) read_only: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deprecated: bool,
}

/// The other members of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Additional {
    /// Whether there may be any.
    Allowed(bool),
    /// What they are.
    Of(Box<Schema>),
}

/// Named schemas in the order of the contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Properties(pub(super) Vec<(String, Schema)>);

impl Serialize for Properties {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, schema)| (name, schema)))
    }
}

impl Schema {
    /// A schema of that type.
    pub(super) fn of(ty: &str) -> Schema {
        Schema { ty: Some(Value::from(ty)), ..Schema::default() }
    }

    /// The schema of that name among the components.
    pub(super) fn component(name: &str) -> Schema {
        Schema { reference: Some(format!("#/components/schemas/{name}")), ..Schema::default() }
    }

    /// Exactly this text.
    pub(super) fn text(text: &str) -> Schema {
        Schema { ty: Some(Value::from("string")), constant: Some(Value::from(text)), ..Schema::default() }
    }

    /// This, or null.
    pub(super) fn or_null(mut self) -> Schema {
        let plain =
            self.reference.is_none() && self.any_of.is_empty() && self.all_of.is_empty() && self.constant.is_none();
        match (self.ty.take(), plain && self.members.is_none()) {
            (Some(Value::String(ty)), true) => Schema { ty: Some(Value::from(vec![ty, "null".to_owned()])), ..self },
            (Some(Value::Array(mut types)), true) => {
                types.push(Value::from("null"));
                Schema { ty: Some(Value::Array(types)), ..self }
            }
            // Without a type it allows null already.
            (None, true) => self,
            (ty, _) => {
                self.ty = ty;
                Schema { any_of: vec![self, Schema::of("null")], ..Schema::default() }
            }
        }
    }
}
