//! Who calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;
use crate::facts::{Auth, Scheme};

/// A caller that is known: what a [`Verifier`](super::Verifier) has found out. Cheap to clone.
///
/// ```
/// use wireloom::{Auth, Scheme, auth::Principal};
///
/// let alice = Principal::new(Scheme::Jwt, "https://id.shop.example", "alice").with_scopes(["orders:read"]);
/// assert_eq!((alice.subject(), alice.has_scope("orders:read")), ("alice", true));
///
/// const READ: Auth = Auth::any_of(&[Scheme::Jwt]).with_scopes(&["orders:read"]);
/// assert!(alice.may(&READ) && !alice.may(&READ.with_role("admin")));
/// ```
#[derive(Clone)]
pub struct Principal {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    scheme: Scheme,
    issuer: String,
    subject: String,
    key: Arc<str>,
    audiences: Vec<String>,
    scopes: BTreeSet<String>,
    roles: BTreeSet<String>,
    claims: serde_json::Map<String, serde_json::Value>,
    /// Since 1970.
    valid_until: Option<Duration>,
}

impl Principal {
    /// Somebody, by the word of somebody.
    pub fn new(scheme: Scheme, issuer: impl Into<String>, subject: impl Into<String>) -> Principal {
        let (issuer, subject) = (issuer.into(), subject.into());
        let key = format!("{}|{subject}", issuer.replace('\\', r"\\").replace('|', r"\|")).into();
        Principal {
            inner: Arc::new(Inner {
                scheme,
                issuer,
                subject,
                key,
                audiences: Vec::new(),
                scopes: BTreeSet::new(),
                roles: BTreeSet::new(),
                claims: serde_json::Map::new(),
                valid_until: None,
            }),
        }
    }

    /// Says for whom its token was made.
    #[must_use]
    pub fn with_audiences(mut self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Principal {
        self.inner_mut().audiences.extend(audiences.into_iter().map(Into::into));
        self
    }

    /// Gives it scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Principal {
        self.inner_mut().scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Gives it roles.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Principal {
        self.inner_mut().roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Says what else is claimed of it.
    #[must_use]
    pub fn with_claims(mut self, claims: serde_json::Map<String, serde_json::Value>) -> Principal {
        self.inner_mut().claims = claims;
        self
    }

    /// Lets it be known until then, as a time since 1970.
    #[must_use]
    pub fn with_valid_until(mut self, since_epoch: Duration) -> Principal {
        self.inner_mut().valid_until = Some(since_epoch);
        self
    }

    /// How it is known.
    pub fn scheme(&self) -> Scheme {
        self.inner.scheme
    }

    /// Who says that it is who it is.
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// Its name with its issuer.
    pub fn subject(&self) -> &str {
        &self.inner.subject
    }

    /// Issuer and subject in one text, which no two principals share: to count and to keep by.
    pub fn key(&self) -> &Arc<str> {
        &self.inner.key
    }

    /// For whom its token was made.
    pub fn audiences(&self) -> &[String] {
        &self.inner.audiences
    }

    /// Its scopes.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.inner.scopes.iter().map(String::as_str)
    }

    /// Its roles.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.inner.roles.iter().map(String::as_str)
    }

    /// Whether it has a scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.inner.scopes.contains(scope)
    }

    /// Whether it has a role.
    pub fn has_role(&self, role: &str) -> bool {
        self.inner.roles.contains(role)
    }

    /// What else its token claims: all of a JSON Web Token, as it was signed.
    pub fn claims(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.inner.claims
    }

    /// Until when it is known, as a time since 1970; for ever where nothing says.
    pub fn valid_until(&self) -> Option<Duration> {
        self.inner.valid_until
    }

    /// Whether it has all that is wanted beyond being known.
    pub fn may(&self, auth: &Auth) -> bool {
        auth.scopes.iter().all(|scope| self.has_scope(scope)) && auth.role.is_none_or(|role| self.has_role(role))
    }

    /// When it is not known any more, by the clock that waits.
    pub(crate) fn known_until(&self) -> Option<Instant> {
        let left = self.inner.valid_until?.saturating_sub(clock::since_epoch());
        Instant::now().checked_add(left)
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

impl PartialEq for Principal {
    /// The same issuer and the same subject.
    fn eq(&self, other: &Principal) -> bool {
        self.key() == other.key()
    }
}

impl std::fmt::Debug for Principal {
    /// Without its claims, which may be anything.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { scheme, issuer, subject, scopes, roles, .. } = &*self.inner;
        f.debug_struct("Principal")
            .field("scheme", scheme)
            .field("issuer", issuer)
            .field("subject", subject)
            .field("scopes", scopes)
            .field("roles", roles)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_principals_share_a_key() {
        let key = |issuer: &str, subject: &str| Principal::new(Scheme::Jwt, issuer, subject).key().clone();
        assert_ne!(key("a|b", "c"), key("a", "b|c"));
        assert_ne!(key(r"a\", "|c"), key(r"a\|", "c"));
        assert_eq!(key("a", "c"), Principal::new(Scheme::Oauth2, "a", "c").key().clone());
    }

    #[test]
    fn debug_shows_no_claims() {
        let claims = serde_json::Map::from_iter([("secret".to_owned(), "tea".into())]);
        let shown = format!("{:?}", Principal::new(Scheme::Jwt, "a", "c").with_claims(claims));
        assert!(!shown.contains("tea"), "{shown}");
    }
}
