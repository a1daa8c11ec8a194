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
}

impl UnknownCase {
    /// A case of that name; without a payload the content is null.
    pub fn new(name: impl Into<String>, content: serde_json::Value) -> UnknownCase {
        UnknownCase { name: name.into(), content }
    }

    /// The case's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it carried, in its JSON form; null where it carried nothing.
    pub fn content(&self) -> &serde_json::Value {
        &self.content
    }
}
