//! Where something is said.

use std::fmt;
use std::sync::Arc;

/// Where a word stands that is said of policies: `policies.toml:3:1`, of a text that is no file `3:1`. Lines and columns from 1,
/// columns in characters.
#[derive(Clone)]
pub struct Place {
    pub(super) text: Arc<Text>,
    /// In bytes.
    pub(super) at: usize,
}

/// A text, and where it is from.
pub(super) struct Text {
    /// A file, or a variable of the environment.
    pub(super) source: Option<String>,
    pub(super) text: String,
}

impl Place {
    /// The file or the variable, where it has a name.
    pub fn source(&self) -> Option<&str> {
        self.text.source.as_deref()
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// The column, from 1, in characters.
    pub fn column(&self) -> usize {
        let line = self.before().rsplit('\n').next().unwrap_or_default();
        line.chars().count() + 1
    }

    fn before(&self) -> &str {
        self.text.text.get(..self.at).unwrap_or(&self.text.text)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = self.source() {
            write!(f, "{source}:")?;
        }
        write!(f, "{}:{}", self.line(), self.column())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        (self.source(), self.at) == (other.source(), other.at)
    }
}

impl Eq for Place {}
