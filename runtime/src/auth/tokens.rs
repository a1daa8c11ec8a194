//! Credentials that do not change: a token, a key.

use super::api_keys::HEADER;
use super::{Applied, Credentials};
use crate::context::Context;
use crate::facts::{OperationFacts, Scheme};

/// Brings a token that somebody has made: `authorization: Bearer …`.
///
/// ```
/// use wireloom::{Channel, auth::BearerToken};
///
/// # #[cfg(feature = "rest")]
/// # fn main() -> Result<(), wireloom::InvalidEndpoint> {
/// let channel = Channel::rest("http://127.0.0.1:8080")?.with_credentials(BearerToken::new("eyJhbGciOi…"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "rest"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct BearerToken {
    value: String,
}

impl BearerToken {
    /// Brings that token.
    pub fn new(token: impl AsRef<str>) -> BearerToken {
        BearerToken { value: format!("Bearer {}", token.as_ref()) }
    }
}

impl Credentials for BearerToken {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        Applied::Now(if takes_tokens(op) { cx.with_metadata("authorization", &self.value) } else { cx })
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken")
    }
}

/// Whether an operation takes tokens; who lets an event be followed may do so.
pub(super) fn takes_tokens(op: &OperationFacts) -> bool {
    op.service.is_empty() || [Scheme::Jwt, Scheme::Oauth2].iter().any(|scheme| op.auth.schemes.contains(scheme))
}

/// Brings an API key: `x-api-key: …`.
#[derive(Clone)]
pub struct ApiKeyCredentials {
    key: String,
}

impl ApiKeyCredentials {
    /// Brings that key.
    pub fn new(key: impl Into<String>) -> ApiKeyCredentials {
        ApiKeyCredentials { key: key.into() }
    }
}

impl Credentials for ApiKeyCredentials {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        let is_taken = op.service.is_empty() || op.auth.schemes.contains(&Scheme::ApiKey);
        Applied::Now(if is_taken { cx.with_metadata(HEADER, &self.key) } else { cx })
    }
}

impl std::fmt::Debug for ApiKeyCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKeyCredentials")
    }
}
