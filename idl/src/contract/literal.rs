//! Values in the contract: defaults, bounds, examples, annotation arguments.

/// A value in its canonical JSON form, checked against its type where it has one.
///
/// Numbers keep all their digits. Enum members and cases without payload are their name, durations are seconds
/// (`2s` is `Text("2s")`, `250ms` is `Text("0.25s")`), `i64`, `u64` and `decimal` are [`Literal::Number`] whatever way they were written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Decimal digits without `_`; with exponent where it was written.
    Number(String),
    /// Text, and everything whose JSON form is text.
    Text(String),
    /// In the order written.
    List(Vec<Literal>),
    /// In the order written.
    Object(Vec<(String, Literal)>),
}

impl Literal {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The digits, if it is a number.
    pub fn as_number(&self) -> Option<&str> {
        match self {
            Literal::Number(digits) => Some(digits),
            _ => None,
        }
    }
}
