//! Opaque tokens: callers known by asking the authorization server what a token is (RFC 7662).

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Semaphore;

use super::cache::Cache;
use super::fetch::{Client, Place};
use super::{Denial, InvalidKeys, Principal, Verification, Verifier, bearer};
use crate::clock;
use crate::context::Context;
use crate::facts::Scheme;

/// Tokens that are remembered.
const REMEMBERED_MAX: usize = 10_000;

/// Questions at once; further callers wait.
const QUESTIONS_MAX: usize = 64;

/// How long a token is remembered that was not good.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// Knows callers by tokens that the authorization server says are active. Cheap to clone.
///
/// What it says is remembered for a while, so a token that was revoked is taken for as long at most.
///
/// ```
/// use wireloom::auth::Introspection;
/// use wireloom::{Scheme, Server};
///
/// # fn main() -> Result<(), wireloom::auth::InvalidKeys> {
/// let tokens = Introspection::new("https://id.shop.example/introspect", "https://id.shop.example", "orders")?
///     .client("orders-service", "its secret");
/// let server = Server::new().verifier(Scheme::Oauth2, tokens);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Introspection {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    client: Client,
    issuer: String,
    audience: String,
    remembered_for: Duration,
    known: Cache<Result<Principal, Denial>>,
    questions: Semaphore,
}

/// What a server says of a token.
#[derive(Deserialize)]
struct Said {
    active: bool,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    aud: Option<Words>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    roles: Option<Words>,
    #[serde(default)]
    exp: Option<u64>,
    #[serde(default)]
    nbf: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    fn all(self) -> Vec<String> {
        match self {
            Words::One(one) => vec![one],
            Words::Many(many) => many,
        }
    }
}

impl Introspection {
    /// Asks at that URL of tokens of that issuer for that audience.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn new(
        url: &str,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Introspection, InvalidKeys> {
        Ok(Introspection::of(Inner {
            place: Place::new(url)?,
            client: Client::new("", ""),
            issuer: issuer.into(),
            audience: audience.into(),
            remembered_for: Duration::from_secs(30),
            known: Cache::new(REMEMBERED_MAX),
            questions: Semaphore::new(QUESTIONS_MAX),
        }))
    }

    /// As whom it asks.
    #[must_use]
    pub fn client(self, id: &str, secret: &str) -> Introspection {
        self.with(|inner| inner.client = Client::new(id, secret))
    }

    /// How long an answer is remembered: how long a revoked token may still be taken. 30 seconds unless said otherwise; with none
    /// each call is a question.
    #[must_use]
    pub fn remembered_for(self, time: Duration) -> Introspection {
        self.with(|inner| inner.remembered_for = time)
    }

    fn of(inner: Inner) -> Introspection {
        Introspection { inner: Arc::new(inner) }
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Introspection {
        let Inner { place, client, issuer, audience, remembered_for, .. } = &*self.inner;
        let mut inner = Inner {
            place: place.clone(),
            client: client.clone(),
            issuer: issuer.clone(),
            audience: audience.clone(),
            remembered_for: *remembered_for,
            known: Cache::new(REMEMBERED_MAX),
            questions: Semaphore::new(QUESTIONS_MAX),
        };
        change(&mut inner);
        Introspection::of(inner)
    }
}

impl Inner {
    async fn ask(&self, token: &str) -> Result<Principal, Denial> {
        let _question = self.questions.acquire().await.map_err(|_| Denial::unavailable("nobody asks any more"))?;
        let form = [("token", token), ("token_type_hint", "access_token")];
        let said = match self.place.post::<Said>(&self.client, &form).await {
            Ok(said) => Ok(said),
            // Of a kind that it does not look at, or no token at all.
            Err(error) if error.is_bad_question => Err(Denial::refused("the server does not look at such tokens")),
            Err(error) => return Err(Denial::unavailable(error.to_string())),
        };
        let now = clock::since_epoch();
        let judged = said.and_then(|said| self.judge(said, now));
        let until = match &judged {
            Ok(principal) => principal.valid_until().map_or(Duration::MAX, |end| end).min(now + self.remembered_for),
            Err(_) => now + REFUSED_FOR.min(self.remembered_for),
        };
        self.known.put(token, judged.clone(), until);
        judged
    }

    fn judge(&self, said: Said, now: Duration) -> Result<Principal, Denial> {
        let seconds = Duration::from_secs;
        if !said.active {
            return Err(Denial::refused("the token is not active"));
        }
        if said.iss.is_some_and(|issuer| issuer != self.issuer) {
            return Err(Denial::refused("the token is of another issuer"));
        }
        let audiences = said.aud.map(Words::all).unwrap_or_default();
        if !audiences.contains(&self.audience) {
            return Err(Denial::refused("the token was made for another audience"));
        }
        if said.exp.is_some_and(|exp| seconds(exp) <= now) || said.nbf.is_some_and(|nbf| now < seconds(nbf)) {
            return Err(Denial::refused("the token is not valid now"));
        }
        let subject = said.sub.or(said.client_id).filter(|subject| !subject.is_empty());
        let subject = subject.ok_or_else(|| Denial::refused("the token names nobody"))?;
        let principal = Principal::new(Scheme::Oauth2, &self.issuer, subject)
            .with_audiences(audiences)
            .with_scopes(said.scope.iter().flat_map(|scope| scope.split_ascii_whitespace()))
            .with_roles(said.roles.map(Words::all).unwrap_or_default());
        Ok(match said.exp {
            Some(exp) => principal.with_valid_until(seconds(exp)),
            None => principal,
        })
    }
}

impl Verifier for Introspection {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        let token = match bearer::token(cx) {
            Ok(Some(token)) => token,
            Ok(None) => return Verification::Absent,
            Err(denial) => return Verification::Refused(denial),
        };
        match self.inner.known.get(token, clock::since_epoch()) {
            Some(known) => known.into(),
            None => Verification::Later(Box::pin(self.inner.ask(token))),
        }
    }
}

impl std::fmt::Debug for Introspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { place, issuer, audience, .. } = &*self.inner;
        f.debug_struct("Introspection")
            .field("place", place)
            .field("issuer", issuer)
            .field("audience", audience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_a_server_says_is_looked_at() {
        let verifier = Introspection::new("http://127.0.0.1:1/i", "https://id.example", "vault").unwrap();
        let judge = |said: Value| {
            let said: Said = serde_json::from_value(said).unwrap();
            verifier.inner.judge(said, Duration::from_secs(1000))
        };
        let good = json!({ "active": true, "sub": "alice", "aud": ["vault", "x"], "scope": "a b", "exp": 1001, "iss": "https://id.example" });
        let principal = judge(good.clone()).unwrap();
        assert_eq!((principal.subject(), principal.scopes().count()), ("alice", 2));
        for (name, value) in [
            ("active", json!(false)),
            ("aud", json!("other")),
            ("aud", Value::Null),
            ("exp", json!(1000)),
            ("nbf", json!(1001)),
            ("iss", json!("https://evil.example")),
            ("sub", json!("")),
        ] {
            let mut said = good.clone();
            said[name] = value;
            assert!(judge(said).is_err(), "{name}");
        }
    }
}
