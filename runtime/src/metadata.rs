//! Metadata: names and texts beside the input of a call; headers on HTTP.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Names (case does not matter) and texts. Its `Debug` shows names only, since values may be secrets.
///
/// ```
/// use wireloom::Context;
///
/// let cx = Context::new().with_metadata("x-tenant", "blue");
/// assert_eq!(cx.outgoing().get("X-Tenant"), Some("blue"));
/// ```
#[derive(Clone, Default)]
pub struct Metadata {
    headers: HeaderMap,
}

impl Metadata {
    /// The text of that name, if there is one and it is visible ASCII.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All names and those texts that are visible ASCII.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// Sets a text; a name or text that no header can carry is left out.
    pub fn insert(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
    }

    /// Adds a text as it came over a wire; `None` when it is none that a header can carry.
    pub(crate) fn append(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let (name, value) = (HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?);
        self.headers.try_append(name, value).ok().map(drop)
    }

    /// These, and those of `below` whose names are not among them.
    pub(crate) fn over(self, below: &Metadata) -> Metadata {
        if below.headers.is_empty() {
            return self;
        }
        let mut headers = below.headers.clone();
        headers.extend(self.headers);
        Metadata { headers }
    }

    /// As headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// As headers, to be written.
    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }
}

impl From<HeaderMap> for Metadata {
    fn from(headers: HeaderMap) -> Metadata {
        Metadata { headers }
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.headers.keys()).finish()
    }
}
