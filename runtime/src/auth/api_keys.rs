//! API keys: callers known by a key that they have been given, of which the server has a digest only.
//!
//! A key is `name.secret`: by its name it is found, and told of; the secret is long and random, so a fast digest keeps it.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{Denial, InvalidKeys, Principal, Verification, Verifier};
use crate::context::Context;
use crate::facts::Scheme;

/// Where a key stands: in a header alone, for the rest of a request is written to logs.
pub(super) const HEADER: &str = "x-api-key";

/// Who says that a caller is who it is: we do.
const ISSUER: &str = "api_key";

/// How long a key may be.
const KEY_BYTES_MAX: usize = 512;

/// A key as a server knows it.
///
/// ```
/// use wireloom::auth::ApiKey;
///
/// let (text, key) = ApiKey::generate("reports");
/// assert!(text.starts_with("reports."));
/// // The digest is for the configuration; the text is for the caller, and is nowhere else.
/// assert_eq!(ApiKey::new("reports", &key.digest()), Ok(key));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    name: String,
    digest: [u8; 32],
    scopes: Vec<String>,
    roles: Vec<String>,
}

impl ApiKey {
    /// The key of that name whose digest is known: SHA-256 of the whole key, in hexadecimal.
    ///
    /// # Errors
    /// When the name is empty or has a dot, or the digest is none.
    pub fn new(name: impl Into<String>, digest: &str) -> Result<ApiKey, InvalidKeys> {
        let name = name.into();
        if name.is_empty() || name.contains('.') {
            return Err(InvalidKeys::because("the name of a key is not empty and has no dot"));
        }
        let digest = parse(digest).ok_or(InvalidKeys::because("is no SHA-256 in hexadecimal"))?;
        Ok(ApiKey { name, digest, scopes: Vec::new(), roles: Vec::new() })
    }

    /// Makes a key for somebody of that name, without dots: its text, which is told once, and what a server keeps.
    pub fn generate(name: &str) -> (String, ApiKey) {
        let secret = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        let name = name.replace('.', "-");
        let text = format!("{name}.{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
        let key = ApiKey { name, digest: Sha256::digest(&text).into(), scopes: Vec::new(), roles: Vec::new() };
        (text, key)
    }

    /// Gives who has it scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> ApiKey {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Gives who has it roles.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> ApiKey {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// What is kept of it, in hexadecimal.
    pub fn digest(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Knows callers by their API keys, in the header `x-api-key`. Their subject is the key's name.
///
/// ```
/// use wireloom::auth::{ApiKey, ApiKeys};
/// use wireloom::{Scheme, Server};
///
/// # fn main() -> Result<(), wireloom::auth::InvalidKeys> {
/// let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/// let reports = ApiKey::new("reports", digest)?.with_scopes(["orders:read"]);
/// let server = Server::new().verifier(Scheme::ApiKey, ApiKeys::new([reports]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ApiKeys {
    by_name: Arc<HashMap<String, (ApiKey, Principal)>>,
}

impl ApiKeys {
    /// Knows who has one of these keys.
    pub fn new(keys: impl IntoIterator<Item = ApiKey>) -> ApiKeys {
        let known = |key: ApiKey| {
            let principal = Principal::new(Scheme::ApiKey, ISSUER, &key.name)
                .with_scopes(key.scopes.iter().cloned())
                .with_roles(key.roles.iter().cloned());
            (key.name.clone(), (key, principal))
        };
        ApiKeys { by_name: Arc::new(keys.into_iter().map(known).collect()) }
    }

    fn judge(&self, text: &str) -> Result<Principal, Denial> {
        if text.len() > KEY_BYTES_MAX {
            return Err(Denial::refused("the key is too long"));
        }
        let found = text.split_once('.').and_then(|(name, _)| self.by_name.get(name));
        // An unknown name takes as long as a wrong secret.
        let expected = found.map_or([0; 32], |(key, _)| key.digest);
        let fits = bool::from(<[u8; 32]>::from(Sha256::digest(text)).ct_eq(&expected));
        match found.filter(|_| fits) {
            Some((_, principal)) => Ok(principal.clone()),
            None => Err(Denial::refused("the key is not known")),
        }
    }
}

impl Verifier for ApiKeys {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        let mut said = cx.metadata().headers().get_all(HEADER).iter();
        match (said.next(), said.next()) {
            (None, _) => Verification::Absent,
            (Some(value), None) => match value.to_str() {
                Ok(text) => self.judge(text).into(),
                Err(_) => Verification::Refused(Denial::refused("the key is no visible ASCII")),
            },
            (Some(_), Some(_)) => Verification::Refused(Denial::refused("there are several keys")),
        }
    }
}

fn parse(digest: &str) -> Option<[u8; 32]> {
    if digest.len() != 64 || !digest.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digest[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_whole_or_not_at_all() {
        let (text, key) = ApiKey::generate("reports.daily");
        let (other, _) = ApiKey::generate("reports-daily");
        let keys = ApiKeys::new([key.with_scopes(["read"]).with_roles(["clerk"])]);
        let principal = keys.judge(&text).unwrap();
        assert_eq!((principal.subject(), principal.scheme()), ("reports-daily", Scheme::ApiKey));
        assert!(principal.has_scope("read") && principal.has_role("clerk") && principal.valid_until().is_none());
        let changed = format!("{text}A");
        let long = format!("reports-daily.{}", "a".repeat(KEY_BYTES_MAX));
        for wrong in ["", ".", "reports-daily", "reports-daily.", &text[..text.len() - 1], &changed, &other, &long] {
            assert!(keys.judge(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_stands_in_its_header_once() {
        let (text, key) = ApiKey::generate("reports");
        let keys = ApiKeys::new([key]);
        let said = |cx: Context| match keys.verify(&cx.arrived()) {
            Verification::Known(_) => "known",
            Verification::Absent => "absent",
            _ => "refused",
        };
        assert_eq!(said(Context::new().with_metadata("X-API-Key", &text)), "known");
        assert_eq!(said(Context::new().with_metadata("authorization", &text)), "absent");
        assert_eq!(said(Context::new().with_metadata(HEADER, "")), "refused");
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let good = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert!(ApiKey::new("a", good).is_ok());
        for (name, digest) in [("", good), ("a.b", good), ("a", ""), ("a", &good[1..]), ("a", &good.replace('9', "g"))]
        {
            assert!(ApiKey::new(name, digest).is_err(), "{name} {digest}");
        }
        assert!(!format!("{:?}", ApiKey::generate("a")).contains("digest"));
    }
}
