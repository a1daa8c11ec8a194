//! JSON Web Tokens: callers known by a token that an issuer has signed.
//!
//! Signatures and keys are `jsonwebtoken`'s; what is believed of a token is decided here. In the order in which it is looked at:
//! its length, its head ([`token`]), a key of ours that it names and that alone says the algorithm ([`keys`]), the signature,
//! its claims ([`claims`]).

mod claims;
mod keys;
pub(super) mod proof;
mod remote;
#[cfg(test)]
pub(super) mod tests;
mod token;

use std::sync::Arc;
use std::time::Duration;

pub(super) use keys::install;
pub use keys::{InvalidKeys, KeySet};
pub use remote::KeyRotation;

use self::claims::Expected;
use self::remote::{RemoteKeys, Source};
use self::token::Token;
use super::bearer::{self, Presented};
use super::binding::Bound;
use super::cache::Cache;
use super::dpop::Dpop;
use super::fetch::Place;
use super::{Denial, Verification, Verifier};
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
    keys: Keys,
    known: Cache<Bound>,
    dpop: Option<Dpop>,
}

/// Where the keys are from.
#[derive(Clone)]
enum Keys {
    /// They are those.
    Fixed(KeySet),
    /// The issuer publishes them.
    Remote(Arc<Source>, RemoteKeys),
}

impl JwtVerifier {
    /// Believes tokens of that issuer (`iss`) for that audience (`aud`) that one of these keys has signed.
    ///
    /// A token has `iss`, `sub`, `aud` and `exp`; its `nbf` is looked at as well. Scopes stand in `scope` or `scp`, roles in
    /// `roles`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, keys: KeySet) -> JwtVerifier {
        JwtVerifier::of(Expected::new(issuer.into(), audience.into()), Keys::Fixed(keys), None)
    }

    /// Believes tokens of an issuer that publishes its keys where OpenID Connect Discovery looks for them:
    /// `<issuer>/.well-known/openid-configuration`. They are fetched when they are first needed, and again as
    /// [`KeyRotation`] says.
    ///
    /// # Errors
    /// When the issuer is no URL of `https://`, which only this machine may go without.
    ///
    /// ```
    /// use wireloom::auth::JwtVerifier;
    /// use wireloom::{Scheme, Server};
    ///
    /// # fn main() -> Result<(), wireloom::auth::InvalidKeys> {
    /// let server = Server::new().verifier(Scheme::Jwt, JwtVerifier::discovered("https://id.shop.example", "orders")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn discovered(issuer: impl Into<String>, audience: impl Into<String>) -> Result<JwtVerifier, InvalidKeys> {
        let issuer = issuer.into();
        let source = Source::issuer(&issuer)?;
        Ok(JwtVerifier::remote(issuer, audience.into(), source))
    }

    /// Believes tokens of an issuer that publishes its keys at that URL, as a JSON Web Key Set.
    ///
    /// # Errors
    /// When it is no URL of `https://`, which only this machine may go without.
    pub fn with_keys_at(
        url: &str,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<JwtVerifier, InvalidKeys> {
        Ok(JwtVerifier::remote(issuer.into(), audience.into(), Source::Jwks(Place::new(url)?)))
    }

    /// How keys that an issuer publishes are kept up to date.
    #[must_use]
    pub fn key_rotation(self, rotation: KeyRotation) -> JwtVerifier {
        let keys = match &self.inner.keys {
            Keys::Remote(source, _) => Keys::fetched(Arc::clone(source), rotation),
            fixed => fixed.clone(),
        };
        JwtVerifier::of(self.inner.expected.clone(), keys, self.inner.dpop.clone())
    }

    fn remote(issuer: String, audience: String, source: Source) -> JwtVerifier {
        let keys = Keys::fetched(Arc::new(source), KeyRotation::default());
        JwtVerifier::of(Expected::new(issuer, audience), keys, None)
    }

    fn of(expected: Expected, keys: Keys, dpop: Option<Dpop>) -> JwtVerifier {
        keys::install();
        JwtVerifier { inner: Arc::new(Inner { expected, keys, known: Cache::new(REMEMBERED_MAX), dpop }) }
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

    /// Takes tokens that are bound to a key as well, from who proves to have it: `authorization: DPoP …` with a proof beside it. Without this they
    /// are refused.
    #[must_use]
    pub fn dpop(self, dpop: Dpop) -> JwtVerifier {
        JwtVerifier::of(self.inner.expected.clone(), self.inner.keys.clone(), Some(dpop))
    }

    /// This verifier, expecting something else; it remembers nothing.
    fn expecting(self, change: impl FnOnce(&mut Expected)) -> JwtVerifier {
        let mut expected = self.inner.expected.clone();
        change(&mut expected);
        JwtVerifier::of(expected, self.inner.keys.clone(), self.inner.dpop.clone())
    }
}

impl Keys {
    fn fetched(source: Arc<Source>, rotation: KeyRotation) -> Keys {
        Keys::Remote(Arc::clone(&source), RemoteKeys::of(source, rotation))
    }
}

impl Inner {
    /// Looks at a token whose head is read, whatever is remembered of it.
    fn judge(&self, token: &Token<'_>, keys: &KeySet, now: Duration) -> Result<Bound, Denial> {
        if self.expected.access_tokens_only && !token.head.is_access_token() {
            return Err(Denial::refused("the token does not say to be an access token"));
        }
        keys.verify(token)?;
        self.expected.principal(token.payload, now)
    }

    /// The same, and remembers one that is good.
    fn judge_once(&self, text: &str, token: &Token<'_>, keys: &KeySet, now: Duration) -> Result<Bound, Denial> {
        let bound = self.judge(token, keys, now)?;
        let until = bound.principal.valid_until().map_or(Duration::MAX, |until| until).min(now + BELIEVED_FOR);
        self.known.put(text, bound.clone(), until);
        Ok(bound)
    }

    /// Looks at a call's token; where its key has to be fetched, later.
    fn look<'a>(&'a self, cx: &'a Context, presented: Presented<'a>) -> Result<Verification<'a>, Denial> {
        let (now, text) = (clock::since_epoch(), presented.token);
        let brought =
            move |bound: Bound| Ok(Verification::Known(bound.brought_by(cx, presented, self.dpop.as_ref())?));
        if let Some(bound) = self.known.get(text, now) {
            return brought(bound);
        }
        let token = Token::read(text)?;
        let keys = match &self.keys {
            Keys::Fixed(keys) => return brought(self.judge_once(text, &token, keys, now)?),
            Keys::Remote(_, keys) => keys,
        };
        if let Some(keys) = keys.ready(token.head.kid.as_deref()) {
            return brought(self.judge_once(text, &token, &keys, now)?);
        }
        Ok(Verification::Later(Box::pin(async move {
            let keys = keys.find(token.head.kid.as_deref()).await?;
            let bound = self.judge_once(text, &token, &keys, clock::since_epoch())?;
            bound.brought_by(cx, presented, self.dpop.as_ref())
        })))
    }
}

impl Verifier for JwtVerifier {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        match bearer::presented(cx, self.inner.dpop.is_some()) {
            Ok(Some(presented)) => self.inner.look(cx, presented).unwrap_or_else(Verification::Refused),
            Ok(None) => Verification::Absent,
            Err(denial) => Verification::Refused(denial),
        }
    }

    fn takes_proofs(&self) -> bool {
        self.inner.dpop.is_some()
    }
}

impl std::fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.expected.fmt(f)
    }
}
