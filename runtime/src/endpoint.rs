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

    /// The URI.
    pub fn uri(&self) -> &http::Uri {
        &self.uri
    }
}

/// By scheme, authority and path, as equality has them.
impl Ord for Endpoint {
    fn cmp(&self, other: &Endpoint) -> std::cmp::Ordering {
        let scheme = |uri: &http::Uri| uri.scheme_str().map(str::to_ascii_lowercase);
        let authority = |uri: &http::Uri| uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        let key = |uri: &http::Uri| (scheme(uri), authority(uri));
        key(&self.uri).cmp(&key(&other.uri)).then_with(|| self.uri.path().cmp(other.uri.path()))
    }
}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Endpoint) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
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
}

impl InvalidEndpoint {
    pub(crate) fn of(uri: &str) -> InvalidEndpoint {
        InvalidEndpoint { uri: uri.to_owned() }
    }
}

impl std::fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is no address such as http://127.0.0.1:8080", self.uri)
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
