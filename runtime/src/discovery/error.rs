//! Why endpoints are not known.

use crate::fault::{Code, Fault};

/// A failure of a source of endpoints, or of a registry.
#[derive(Clone, Debug)]
pub struct DiscoveryError {
    kind: DiscoveryErrorKind,
    message: String,
    source: Option<std::sync::Arc<dyn std::error::Error + Send + Sync>>,
}

/// Whether asking again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryErrorKind {
    /// The source cannot be reached, or does not know: asking again may help.
    Unavailable,
    /// What was found there, or what it was asked, is wrong: somebody has to mend it.
    Invalid,
}

impl DiscoveryError {
    /// The source cannot be reached, or does not know.
    pub fn unavailable(message: impl Into<String>) -> DiscoveryError {
        DiscoveryError { kind: DiscoveryErrorKind::Unavailable, message: message.into(), source: None }
    }

    /// What was found, or asked, is wrong.
    pub fn invalid(message: impl Into<String>) -> DiscoveryError {
        DiscoveryError { kind: DiscoveryErrorKind::Invalid, message: message.into(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> DiscoveryError {
        self.source = Some(std::sync::Arc::new(source));
        self
    }

    /// Whether asking again may help.
    pub fn kind(&self) -> DiscoveryErrorKind {
        self.kind
    }
}

impl std::fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DiscoveryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// Where endpoints are looked for is for the log of the caller, not for its own peers.
impl From<DiscoveryError> for Fault {
    fn from(error: DiscoveryError) -> Fault {
        Fault::new(Code::Unavailable, "no endpoint of the service is known").with_source(error)
    }
}
