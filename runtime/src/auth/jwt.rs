//! JSON Web Tokens: callers known by a token that an issuer has signed.
//!
//! Signatures and keys are `jsonwebtoken`'s; what is believed of a token is decided here. In the order in which it is looked at:
//! its length, its head ([`token`]), a key of ours that it names and that alone says the algorithm ([`keys`]), the signature,
//! its claims ([`claims`]).

mod claims;
mod keys;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;
use std::time::Duration;

pub use keys::{InvalidKeys, KeySet};

use self::claims::Expected;
use self::token::Token;
use super::bearer;
use super::cache::Cache;
use super::{Denial, Principal, Verification, Verifier};
use crate::clock;
use crate::context::Context;

/// How far clocks may be apart, at most.
const LEEWAY_MAX: Duration = Duration::from_secs(60);

/// How long a token that was found good is believed without being looked at anew.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// Tokens that are remembered.
const REMEMBERED_MAX: usize = 10_000;

/// Knows callers by JSON Web Tokens of one issuer, made for one audience. Cheap to clone.
///
/// ```
/// use wireloom::auth::{JwtVerifier, KeySet};
/// use wireloom::{Scheme, Server};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeySet::from_jwks(br#"{ "keys": [{
///     "kty": "OKP", "crv": "Ed25519", "kid": "k1", "alg": "EdDSA",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
/// }] }"#)?;
/// let jwt = JwtVerifier::new("https://id.shop.example", "orders", keys);
/// let server = Server::new().verifier(Scheme::Jwt, jwt);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JwtVerifier {
    inner: Arc<Inner>,
}

struct Inner {
    expected: Expected,
    keys: KeySet,
    known: Cache<Principal>,
}

impl JwtVerifier {
    /// Believes tokens of that issuer (`iss`) for that audience (`aud`) that one of these keys has signed.
    ///
    /// A token has `iss`, `sub`, `aud` and `exp`; its `nbf` is looked at as well. Scopes stand in `scope` or `scp`, roles in
    /// `roles`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, keys: KeySet) -> JwtVerifier {
        keys::install();
        let expected = Expected::new(issuer.into(), audience.into());
        JwtVerifier { inner: Arc::new(Inner { expected, keys, known: Cache::new(REMEMBERED_MAX) }) }
    }

    /// How far the issuer's clock may be from ours: 30 seconds unless said otherwise, a minute at most.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> JwtVerifier {
        self.expecting(|expected| expected.leeway = leeway.min(LEEWAY_MAX))
    }

    /// The claim that has the roles, with dots where it stands in another one: `realm_access.roles`.
    #[must_use]
    pub fn roles_claim(self, path: impl Into<String>) -> JwtVerifier {
        let path = path.into();
        self.expecting(|expected| expected.roles = path)
    }

    /// Takes tokens only that say to be access tokens (`typ: at+jwt`, RFC 9068). Else those that say to be a `JWT`, or nothing,
    /// are taken as well; those that say to be something else never are.
    #[must_use]
    pub fn access_tokens_only(self) -> JwtVerifier {
        self.expecting(|expected| expected.access_tokens_only = true)
    }

    /// This verifier, expecting something else; it remembers nothing.
    fn expecting(self, change: impl FnOnce(&mut Expected)) -> JwtVerifier {
        let mut expected = self.inner.expected.clone();
        change(&mut expected);
        let keys = self.inner.keys.clone();
        JwtVerifier { inner: Arc::new(Inner { expected, keys, known: Cache::new(REMEMBERED_MAX) }) }
    }
}

impl Inner {
    /// Looks at a token, whatever is remembered of it.
    fn judge(&self, text: &str, keys: &KeySet, now: Duration) -> Result<Principal, Denial> {
        let token = Token::read(text)?;
        if self.expected.access_tokens_only && !token.head.is_access_token() {
            return Err(Denial::refused("the token does not say to be an access token"));
        }
        keys.verify(&token)?;
        self.expected.principal(token.payload, now)
    }

    fn remember(&self, text: &str, principal: &Principal, now: Duration) {
        let until = principal.valid_until().map_or(now + BELIEVED_FOR, |until| until.min(now + BELIEVED_FOR));
        self.known.put(text, principal.clone(), until);
    }
}

impl Verifier for JwtVerifier {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        let inner = &*self.inner;
        let text = match bearer::token(cx) {
            Ok(Some(text)) => text,
            Ok(None) => return Verification::Absent,
            Err(denial) => return Verification::Refused(denial),
        };
        let now = clock::since_epoch();
        if let Some(principal) = inner.known.get(text, now) {
            return Verification::Known(principal);
        }
        let judged = inner.judge(text, &inner.keys, now);
        if let Ok(principal) = &judged {
            inner.remember(text, principal, now);
        }
        judged.into()
    }
}

impl std::fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.expected.fmt(f)
    }
}
