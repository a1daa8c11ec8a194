//! What a newer peer sends that this contract does not know.

/// A member of an open enum that this side's contract does not list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Unrecognized {
    /// From a wire that carries names.
    Text(String),
    /// From a wire that carries numbers.
    Number(i32),
}

impl Unrecognized {
    /// The number; 0 of a name, which protobuf calls unspecified.
    pub fn to_number(&self) -> i32 {
        match self {
            Unrecognized::Text(_) => 0,
            Unrecognized::Number(number) => *number,
        }
    }

    /// The name; of a number its digits.
    pub fn to_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Unrecognized::Text(text) => text.into(),
            Unrecognized::Number(number) => number.to_string().into(),
        }
    }
}

/// A case of an open union that this side's contract does not list, with what it carried.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownCase {
    name: String,
    content: serde_json::Value,
    /// From a wire that carries numbers: the field with its tag.
    field: Vec<u8>,
}

impl UnknownCase {
    /// A case of that name; without a payload the content is null.
    pub fn new(name: impl Into<String>, content: serde_json::Value) -> UnknownCase {
        UnknownCase { name: name.into(), content, field: Vec::new() }
    }

    /// A case of that number; its name is the number's digits, and only a wire that carries numbers sends on its content.
    pub(crate) fn numbered(number: u32, field: &[u8]) -> UnknownCase {
        UnknownCase { name: number.to_string(), content: serde_json::Value::Null, field: field.to_vec() }
    }

    /// The field with its tag, where it came from a wire that carries numbers.
    pub(crate) fn field(&self) -> &[u8] {
        &self.field
    }

    /// The case's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it carried, in its JSON form; null where it carried nothing or came as a number.
    pub fn content(&self) -> &serde_json::Value {
        &self.content
    }
}
