//! A schema as it is written: its keywords in the order people read.

use serde::Serialize;
use serde_json::Value;

/// A schema of JSON Schema 2020-12: what is said of it, in the order people read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schema {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) ty: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_schema: Option<Box<Schema>>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(crate) constant: Option<Value>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub(crate) members: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) multiple_of: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unique_items: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) properties: Option<Properties>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_properties: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_properties: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not: Option<Box<Schema>>,
    #[serde(rename = "default", skip_serializing_if = "Option::is_none")]
    pub(crate) default_value: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) read_only: bool,
    #[serde(rename = "x-sensitive", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sensitive: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<Value>,
}

/// The other members of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    /// Whether there may be any.
    Allowed(bool),
    /// What they are.
    Of(Box<Schema>),
}

/// Named schemas in the order of the contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties(pub(crate) Vec<(String, Schema)>);

impl Serialize for Properties {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, schema)| (name, schema)))
    }
}

impl Schema {
    /// A schema of that type.
    pub(crate) fn of(ty: &str) -> Schema {
        Schema { ty: Some(Value::from(ty)), ..Schema::default() }
    }

    /// The schema at that place.
    pub(crate) fn at(reference: String) -> Schema {
        Schema { reference: Some(reference), ..Schema::default() }
    }

    /// Exactly this text.
    pub(crate) fn text(text: &str) -> Schema {
        Schema { ty: Some(Value::from("string")), constant: Some(Value::from(text)), ..Schema::default() }
    }

    /// This, or null.
    pub(crate) fn or_null(mut self) -> Schema {
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
