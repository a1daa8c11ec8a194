//! Where a service is.

#[cfg(feature = "http")]
use std::borrow::Cow;
use std::sync::Arc;

use http::uri::Authority;

use crate::fault::{Code, Fault};

/// One address of a service: `http://127.0.0.1:8080`, or `unix:/run/orders.sock`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    uri: http::Uri,
    name: Option<Arc<Name>>,
}

/// The name that an address goes by.
#[derive(PartialEq, Eq, Hash)]
struct Name {
    host: String,
    /// With the port behind it.
    authority: Authority,
}

/// The scheme of a Unix socket.
const UNIX: &str = "unix";

/// What stands before a name and the address that goes by it, where only a URI has room: in hyper's pool.
const NAME: &str = "name=";

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
        let is_named = parsed.authority().is_some_and(|authority| authority.as_str().starts_with(NAME));
        let whole = parsed.scheme().is_some() && parsed.authority().is_some() && parsed.query().is_none() && !is_named;
        if whole { Ok(Endpoint { uri: parsed, name: None }) } else { Err(invalid()) }
    }

    /// The same under the name that it goes by, where its host is a number: what its certificate must say over TLS, and what requests are addressed to
    /// over HTTP. Connections go to the number. [Discovery](crate::discovery) by DNS gives endpoints the name that was asked for.
    ///
    /// # Errors
    /// When the text is no name of a host.
    ///
    /// ```
    /// use wireloom::Endpoint;
    ///
    /// let endpoint = Endpoint::new("https://10.0.0.1:8443")?.named("orders.internal")?;
    /// assert_eq!(endpoint.to_string(), "https://10.0.0.1:8443/ (orders.internal)");
    /// # Ok::<(), wireloom::InvalidEndpoint>(())
    /// ```
    pub fn named(self, host: &str) -> Result<Endpoint, InvalidEndpoint> {
        let host = host.trim_end_matches('.');
        if !is_host_name(host) {
            return Err(InvalidEndpoint { why: Why::NoName, ..InvalidEndpoint::of(host) });
        }
        let authority = match self.uri.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let authority =
            authority.parse().map_err(|_| InvalidEndpoint { why: Why::NoName, ..InvalidEndpoint::of(host) })?;
        Ok(Endpoint { name: Some(Arc::new(Name { host: host.to_owned(), authority })), ..self })
    }

    /// Whether its host is an address of IP.
    pub(crate) fn is_number(&self) -> bool {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host.parse::<std::net::IpAddr>().is_ok()
    }

    /// The host that it goes by: what TLS expects.
    #[cfg(feature = "tls")]
    pub(crate) fn host(&self) -> &str {
        match &self.name {
            Some(name) => &name.host,
            None => self.uri.host().unwrap_or_default().trim_matches(['[', ']']),
        }
    }

    /// Host and port that requests are addressed to.
    #[cfg(feature = "http")]
    pub(crate) fn authority(&self) -> Option<&Authority> {
        match &self.name {
            Some(name) => Some(&name.authority),
            None => self.uri.authority(),
        }
    }

    /// The URI that requests are addressed to.
    #[cfg(feature = "http")]
    pub(crate) fn addressed(&self) -> Cow<'_, http::Uri> {
        match &self.name {
            Some(name) => Cow::Owned(with_authority(self.uri.clone(), name.authority.clone())),
            None => Cow::Borrowed(&self.uri),
        }
    }

    /// The endpoint that a URI is of, be it one of [`pooled`](Self::pooled).
    pub(crate) fn of_uri(uri: &http::Uri) -> Endpoint {
        let named = uri.authority().and_then(|authority| authority.as_str().strip_prefix(NAME)?.split_once('@'));
        let named = named.and_then(|(name, at)| {
            let uri = with_authority(uri.clone(), at.parse().ok()?);
            Endpoint { uri, name: None }.named(name).ok()
        });
        named.unwrap_or_else(|| Endpoint { uri: uri.clone(), name: None })
    }

    /// A URI that requests were addressed to, as hyper's pool is to know it: no two addresses of a name share connections.
    #[cfg(feature = "rest")]
    pub(crate) fn pooled(&self, addressed: http::Uri) -> http::Uri {
        match &self.name {
            None => addressed,
            Some(name) => {
                let address = self.uri.authority().map_or("", Authority::as_str);
                match format!("{NAME}{}@{address}", name.host).parse() {
                    Ok(authority) => with_authority(addressed, authority),
                    Err(_) => addressed,
                }
            }
        }
    }

    /// Whether it goes by a name that its URI does not say.
    #[cfg(feature = "http")]
    pub(crate) fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// The same, if its scheme is that one, or the one of the same with TLS; a Unix socket has none.
    pub(crate) fn of_scheme(self, plain: &str, secured: &str) -> Result<Endpoint, InvalidEndpoint> {
        let scheme = self.uri.scheme_str();
        let is_secured = scheme == Some(secured);
        if is_secured && cfg!(not(feature = "tls")) {
            return Err(InvalidEndpoint { why: Why::NeedsTls, ..InvalidEndpoint::of(&self.to_string()) });
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

/// The same URI of another host.
fn with_authority(uri: http::Uri, authority: Authority) -> http::Uri {
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(authority);
    http::Uri::from_parts(parts).unwrap_or(uri)
}

/// Whether a text is a name of a host, in the letters that names have on wires.
pub(crate) fn is_host_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=253).contains(&text.len()) && text.bytes().all(is_letter)
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

/// By scheme, authority, path and name, as equality has them.
impl Ord for Endpoint {
    fn cmp(&self, other: &Endpoint) -> std::cmp::Ordering {
        let scheme = |uri: &http::Uri| uri.scheme_str().map(str::to_ascii_lowercase);
        let authority = |uri: &http::Uri| uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        let key = |uri: &http::Uri| (scheme(uri), authority(uri));
        let by_place = key(&self.uri).cmp(&key(&other.uri)).then_with(|| self.uri.path().cmp(other.uri.path()));
        by_place
            .then_with(|| self.name.as_ref().map(|name| &name.host).cmp(&other.name.as_ref().map(|name| &name.host)))
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
        }?;
        match &self.name {
            Some(name) => write!(f, " ({})", name.host),
            None => Ok(()),
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
    text: String,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NoAddress,
    NoName,
    NeedsTls,
}

impl InvalidEndpoint {
    pub(crate) fn of(uri: &str) -> InvalidEndpoint {
        InvalidEndpoint { text: uri.to_owned(), why: Why::NoAddress }
    }
}

impl std::fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = &self.text;
        match self.why {
            Why::NeedsTls => write!(f, "`{text}` is reached over TLS, which needs the feature `tls`"),
            Why::NoName => write!(f, "`{text}` is no name of a host such as orders.internal"),
            Why::NoAddress => write!(f, "`{text}` is no address such as http://127.0.0.1:8080"),
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

    #[cfg(all(feature = "rest", feature = "tls"))]
    #[test]
    fn a_name_stands_beside_the_number_that_it_is_of() {
        let number = Endpoint::new("https://[::1]:8443/v1").unwrap();
        let named = number.clone().named("orders.internal.").unwrap();
        assert_ne!(number, named);
        assert_eq!((named.host(), named.authority().unwrap().as_str()), ("orders.internal", "orders.internal:8443"));
        assert_eq!(named.uri(), number.uri(), "connections go to the number");
        assert_eq!(named.addressed().to_string(), "https://orders.internal:8443/v1");
        // The pool's URI is of the same endpoint, and no two addresses share it.
        let pooled = named.pooled(named.addressed().into_owned());
        assert_eq!((pooled.host(), pooled.port_u16(), pooled.path()), (Some("[::1]"), Some(8443), "/v1"));
        assert_eq!(Endpoint::of_uri(&pooled), named);
        assert_eq!(Endpoint::of_uri(number.uri()), number);
        for wrong in ["", ".", "a b", "a@b", "a:1", "grüße", &"a".repeat(254)] {
            assert!(number.clone().named(wrong).is_err(), "{wrong}");
        }
        assert!(Endpoint::new("https://name=a@[::1]:8443").is_err(), "only the pool says it so");
    }
}
