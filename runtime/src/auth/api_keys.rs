//! API keys: callers known by a key that they have been given, of which the server has a digest only.
//!
//! A key is `name.secret`: by its name it is found, and told of; the secret is long and random, so a fast digest keeps it.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Denial, InvalidKeys, Principal, Verification, Verifier};
use crate::context::Context;
use crate::facts::Scheme;
use crate::policy::rate::{self, Rate};
use crate::policy::{Clock, Invalid};

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
    rate: Option<rate::Config>,
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
        Ok(ApiKey { name, digest, scopes: Vec::new(), roles: Vec::new(), rate: None })
    }

    /// Makes a key for somebody of that name, without dots: its text, which is told once, and what a server keeps.
    pub fn generate(name: &str) -> (String, ApiKey) {
        let secret = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        let name = name.replace('.', "-");
        let text = format!("{name}.{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
        let (digest, scopes, roles) = (Sha256::digest(&text).into(), Vec::new(), Vec::new());
        (text, ApiKey { name, digest, scopes, roles, rate: None })
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

    /// Lets who has it call so often, all operations of this server together. Beyond that it is told `resource_exhausted`, and when it
    /// may call again.
    ///
    /// ```
    /// use wireloom::auth::ApiKey;
    /// use wireloom::policy::rate::Config;
    ///
    /// let (_, reports) = ApiKey::generate("reports");
    /// let reports = reports.with_rate(Config::per_second(20))?;
    /// # Ok::<(), wireloom::policy::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// When nothing would ever be let in.
    pub fn with_rate(mut self, rate: rate::Config) -> Result<ApiKey, Invalid> {
        rate.check()?;
        self.rate = Some(rate);
        Ok(self)
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
#[derive(Clone)]
pub struct ApiKeys {
    by_name: Arc<HashMap<String, Known>>,
    clock: Clock,
}

struct Known {
    digest: [u8; 32],
    principal: Principal,
    rate: Option<Rate>,
}

impl ApiKeys {
    /// Knows who has one of these keys.
    pub fn new(keys: impl IntoIterator<Item = ApiKey>) -> ApiKeys {
        let known = |key: ApiKey| {
            let principal = Principal::new(Scheme::ApiKey, ISSUER, &key.name)
                .with_scopes(key.scopes.iter().cloned())
                .with_roles(key.roles.iter().cloned());
            let rate = key.rate.map(|rate| Rate::new(&rate).expect("it was checked"));
            (key.name, Known { digest: key.digest, principal, rate })
        };
        let by_name = keys.into_iter().map(known).collect();
        ApiKeys { by_name: Arc::new(by_name), clock: Clock::starting_at(Instant::now()) }
    }

    fn judge(&self, text: &str) -> Result<Principal, Denial> {
        if text.len() > KEY_BYTES_MAX {
            return Err(Denial::refused("the key is too long"));
        }
        let found = text.split_once('.').and_then(|(name, _)| self.by_name.get(name));
        // An unknown name takes as long as a wrong secret.
        let expected = found.map_or([0; 32], |known| known.digest);
        let fits = bool::from(<[u8; 32]>::from(Sha256::digest(text)).ct_eq(&expected));
        match found.filter(|_| fits) {
            Some(known) => {
                let admitted = known.rate.as_ref().map_or(Ok(()), |rate| rate.admit(self.clock.now()));
                admitted.map_err(Denial::busy)?;
                Ok(known.principal.clone())
            }
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

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
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

    #[tokio::test(start_paused = true)]
    async fn a_key_has_a_rate_of_its_own() {
        let ((text, key), (other, free)) = (ApiKey::generate("reports"), ApiKey::generate("billing"));
        let per_minute = rate::Config { count: 60, period: std::time::Duration::from_secs(60), burst: 2 };
        let keys = ApiKeys::new([key.with_rate(per_minute).unwrap(), free]);
        assert!(keys.judge(&text).is_ok() && keys.clone().judge(&text).is_ok());
        let denial = keys.judge(&text).unwrap_err();
        assert!(denial.retry_after().unwrap() <= std::time::Duration::from_secs(1) && !denial.is_outage());
        for _ in 0..10 {
            assert!(keys.judge(&other).is_ok());
            // Who has not the key uses up none of its rate.
            assert!(keys.judge("reports.x").unwrap_err().retry_after().is_none());
        }
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert!(keys.judge(&text).is_ok() && keys.judge(&text).is_err());
        assert!(ApiKey::generate("a").1.with_rate(rate::Config { count: 0, ..per_minute }).is_err());
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
