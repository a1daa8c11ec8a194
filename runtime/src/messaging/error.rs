//! Why a broker did not do what was asked.

use crate::fault::{Code, Fault};

/// A failure of a broker or of the way to it.
#[derive(Debug)]
pub struct BrokerError {
    kind: BrokerErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrokerErrorKind {
    /// The broker cannot be reached or did not confirm in time: trying again may help.
    Unavailable,
    /// The broker refuses this, and will again: too large, not allowed, not possible with this broker.
    Refused,
}

impl BrokerError {
    /// The broker cannot be reached or did not confirm.
    pub fn unavailable(message: impl Into<String>) -> BrokerError {
        BrokerError { kind: BrokerErrorKind::Unavailable, message: message.into(), source: None }
    }

    /// The broker refuses this.
    pub fn refused(message: impl Into<String>) -> BrokerError {
        BrokerError { kind: BrokerErrorKind::Refused, message: message.into(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BrokerError {
        self.source = Some(source.into());
        self
    }

    /// Whether trying again may help.
    pub fn kind(&self) -> BrokerErrorKind {
        self.kind
    }
}

impl std::fmt::Display for BrokerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BrokerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<BrokerError> for Fault {
    fn from(error: BrokerError) -> Fault {
        match error.kind {
            BrokerErrorKind::Unavailable => {
                Fault::new(Code::Unavailable, "the broker did not confirm the event").with_source(error)
            }
            BrokerErrorKind::Refused => {
                Fault::new(Code::FailedPrecondition, "the broker refused the event").with_source(error)
            }
        }
    }
}

impl From<BrokerError> for std::io::Error {
    fn from(error: BrokerError) -> std::io::Error {
        let kind = match error.kind {
            BrokerErrorKind::Unavailable => std::io::ErrorKind::NotConnected,
            BrokerErrorKind::Refused => std::io::ErrorKind::Unsupported,
        };
        std::io::Error::new(kind, error)
    }
}
