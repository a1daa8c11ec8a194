//! Where a service is.

use crate::fault::{Code, Fault};

/// One address of a service: `http://127.0.0.1:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    uri: http::Uri,
}

impl Endpoint {
    /// The endpoint at that URI: scheme, host, and port where it is not the scheme's own.
    ///
    /// # Errors
    /// When the text is no URI with scheme and host, or has a query.
    ///
    /// ```
    /// use wireloom::Endpoint;
    ///
    /// assert!(Endpoint::new("http://127.0.0.1:8080").is_ok());
    /// assert_eq!(Endpoint::new("orders").unwrap_err().to_string(), "`orders` is no address such as http://127.0.0.1:8080");
    /// ```
    pub fn new(uri: &str) -> Result<Endpoint, InvalidEndpoint> {
        let invalid = || InvalidEndpoint::of(uri);
        let parsed: http::Uri = uri.parse().map_err(|_| invalid())?;
        let whole = parsed.scheme().is_some() && parsed.authority().is_some() && parsed.query().is_none();
        if whole { Ok(Endpoint { uri: parsed }) } else { Err(invalid()) }
    }

    /// The same, if its scheme is that one, or the one of the same with TLS.
    pub(crate) fn of_scheme(self, plain: &str, secured: &str) -> Result<Endpoint, InvalidEndpoint> {
        let scheme = self.uri.scheme_str();
        let is_secured = scheme == Some(secured);
        if is_secured && cfg!(not(feature = "tls")) {
            return Err(InvalidEndpoint { needs_tls: true, ..InvalidEndpoint::of(&self.uri.to_string()) });
        }
        if is_secured || scheme == Some(plain) { Ok(self) } else { Err(InvalidEndpoint::of(&self.uri.to_string())) }
    }

    /// The URI.
    pub fn uri(&self) -> &http::Uri {
        &self.uri
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.uri.fmt(f)
    }
}

/// A text that names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint {
    uri: String,
    needs_tls: bool,
}

impl InvalidEndpoint {
    pub(crate) fn of(uri: &str) -> InvalidEndpoint {
        InvalidEndpoint { uri: uri.to_owned(), needs_tls: false }
    }
}

impl std::fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.needs_tls {
            true => write!(f, "`{}` is reached over TLS, which needs the feature `tls`", self.uri),
            false => write!(f, "`{}` is no address such as http://127.0.0.1:8080", self.uri),
        }
    }
}

impl std::error::Error for InvalidEndpoint {}

/// Why a service could not be reached. Which address it has is for the log of the caller, not for the caller's own peers, who
/// get the fault if a handler passes it on.
#[derive(Debug)]
pub(crate) struct Unreached {
    endpoint: Endpoint,
    error: Box<dyn std::error::Error + Send + Sync>,
}

impl Unreached {
    /// The fault of a call that did not reach its service.
    pub(crate) fn fault(endpoint: &Endpoint, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        let unreached = Unreached { endpoint: endpoint.clone(), error: error.into() };
        Fault::new(Code::Unavailable, "the service cannot be reached").with_source(unreached)
    }
}

impl std::fmt::Display for Unreached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.endpoint, self.error)
    }
}

impl std::error::Error for Unreached {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
