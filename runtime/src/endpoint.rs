//! Where a service is.

use crate::fault::{Code, Fault};

/// One address of a service: `http://127.0.0.1:8080`, or `unix:/run/orders.sock`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    uri: http::Uri,
}

/// The scheme of a Unix socket.
const UNIX: &str = "unix";

/// What the hosts end with that stand for Unix sockets: hyper's pool knows endpoints by scheme and host alone.
const UNIX_HOST: &str = ".unix-socket";

impl Endpoint {
    /// The endpoint at that URI: scheme, host, and port where it is not the scheme's own. Or at a Unix socket, by its whole path;
    /// where the service is below a path of HTTP, this stands behind another colon: `unix:/run/orders.sock:/v1/orders/live`.
    ///
    /// # Errors
    /// When the text is no URI with scheme and host, or has a query.
    ///
    /// ```
    /// use wireloom::Endpoint;
    ///
    /// assert!(Endpoint::new("http://127.0.0.1:8080").is_ok());
    /// assert_eq!(Endpoint::new("unix:/run/orders.sock").unwrap().to_string(), "unix:/run/orders.sock");
    /// assert_eq!(Endpoint::new("orders").unwrap_err().to_string(), "`orders` is no address such as http://127.0.0.1:8080");
    /// ```
    pub fn new(uri: &str) -> Result<Endpoint, InvalidEndpoint> {
        let invalid = || InvalidEndpoint::of(uri);
        let parsed: http::Uri = match uri.strip_prefix("unix:") {
            Some(place) => unix_uri(place).ok_or_else(invalid)?,
            None => uri.parse().ok().filter(|uri| unix_path(uri).is_none()).ok_or_else(invalid)?,
        };
        let whole = parsed.scheme().is_some() && parsed.authority().is_some() && parsed.query().is_none();
        if whole { Ok(Endpoint { uri: parsed }) } else { Err(invalid()) }
    }

    /// The endpoint that a URI, made of one, is of.
    pub(crate) fn of_uri(uri: &http::Uri) -> Endpoint {
        Endpoint { uri: uri.clone() }
    }

    /// The same, if its scheme is that one, or the one of the same with TLS; a Unix socket has none.
    pub(crate) fn of_scheme(self, plain: &str, secured: &str) -> Result<Endpoint, InvalidEndpoint> {
        let scheme = self.uri.scheme_str();
        let is_secured = scheme == Some(secured);
        if is_secured && cfg!(not(feature = "tls")) {
            return Err(InvalidEndpoint { needs_tls: true, ..InvalidEndpoint::of(&self.to_string()) });
        }
        let is_spoken = is_secured || scheme == Some(plain) || self.is_unix();
        if is_spoken { Ok(self) } else { Err(InvalidEndpoint::of(&self.to_string())) }
    }

    /// The URI. That of a Unix socket has the scheme `unix`, and a host that stands for the socket's path.
    pub fn uri(&self) -> &http::Uri {
        &self.uri
    }

    /// The scheme that HTTP is spoken under there.
    #[cfg(feature = "http")]
    pub(crate) fn http_scheme(&self) -> http::uri::Scheme {
        match self.uri.scheme() {
            Some(scheme) if *scheme == http::uri::Scheme::HTTPS => http::uri::Scheme::HTTPS,
            _ => http::uri::Scheme::HTTP,
        }
    }

    /// Whether it is a Unix socket.
    pub(crate) fn is_unix(&self) -> bool {
        self.uri.scheme_str() == Some(UNIX)
    }
}

/// The URI that stands for a socket, with what is behind it.
fn unix_uri(place: &str) -> Option<http::Uri> {
    let (socket, below) = match place.split_once(":/") {
        Some((socket, below)) => (socket, below),
        None => (place, ""),
    };
    // `unix:///run/orders.sock` means the same.
    let socket = format!("/{}", socket.strip_prefix('/')?.trim_start_matches('/'));
    let digits: String = socket.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{UNIX}://{digits}{UNIX_HOST}/{below}").parse().ok().filter(|_| socket.len() > 1)
}

/// The path of the socket that a URI stands for.
pub(crate) fn unix_path(uri: &http::Uri) -> Option<String> {
    let digits = uri.host()?.strip_suffix(UNIX_HOST)?.as_bytes().chunks(2);
    let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
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
        match unix_path(&self.uri) {
            None => self.uri.fmt(f),
            Some(path) if self.uri.path() == "/" => write!(f, "unix:{path}"),
            Some(path) => write!(f, "unix:{path}:{}", self.uri.path()),
        }
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({self})")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_sockets_are_known_by_their_paths() {
        for (text, path, shown) in [
            ("unix:/run/a.sock", "/run/a.sock", "unix:/run/a.sock"),
            ("unix:///run/a.sock", "/run/a.sock", "unix:/run/a.sock"),
            ("unix:/run/ä b.sock:/v1/live", "/run/ä b.sock", "unix:/run/ä b.sock:/v1/live"),
        ] {
            let endpoint = Endpoint::new(text).unwrap();
            assert!(endpoint.is_unix());
            assert_eq!(unix_path(endpoint.uri()).unwrap(), path);
            assert_eq!(endpoint.to_string(), shown);
        }
        for wrong in ["unix:", "unix:/", "unix:run/a.sock", "unix:/a:/b?c=d", "http://2f61.unix-socket/"] {
            assert!(Endpoint::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(unix_path(&http::Uri::from_static("http://a.example")), None);
    }
}
