//! Tokens of a service for itself: client credentials (RFC 6749, 4.4).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::fetch::{Client, Place};
use super::tokens::takes_tokens;
use super::{Applied, Credentials, InvalidKeys};
use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};

/// How long a token is used whose server does not say how long it lives.
const LIFE_DEFAULT: Duration = Duration::from_secs(60);

/// How long nobody asks again after a server gave no token.
const PAUSE: Duration = Duration::from_secs(1);

/// Brings tokens that a service gets for itself from an authorization server. One is used for many calls, and a new one asked for
/// once four fifths of its life are over, while calls still use it. Cheap to clone; clones share the token.
///
/// ```
/// use wireloom::Channel;
/// use wireloom::auth::ClientCredentials;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = ClientCredentials::new("https://id.shop.example/token", "billing", "its secret")?
///     .audience("orders")
///     .scopes(["orders:read"]);
/// # #[cfg(feature = "rest")]
/// let channel = Channel::rest("http://127.0.0.1:8080")?.with_credentials(credentials);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    client: Client,
    form: Vec<(&'static str, String)>,
    state: Mutex<State>,
    /// Whoever asks for a token holds it.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    failed_at: Option<Instant>,
}

#[derive(Clone)]
struct Token {
    value: String,
    renew_at: Instant,
    ends_at: Instant,
}

/// What a server answers with.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl ClientCredentials {
    /// Asks for tokens at that URL, as a client with a secret.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn new(url: &str, id: &str, secret: &str) -> Result<ClientCredentials, InvalidKeys> {
        let form = vec![("grant_type", "client_credentials".to_owned())];
        Ok(ClientCredentials::of(Place::new(url)?, Client::new(id, secret), form))
    }

    /// For whom its tokens are, by name.
    #[must_use]
    pub fn audience(self, name: &str) -> ClientCredentials {
        self.with(("audience", name.to_owned()))
    }

    /// For whom its tokens are, as a URI (RFC 8707).
    #[must_use]
    pub fn resource(self, uri: &str) -> ClientCredentials {
        self.with(("resource", uri.to_owned()))
    }

    /// What they are to let it do.
    #[must_use]
    pub fn scopes<'s>(self, scopes: impl IntoIterator<Item = &'s str>) -> ClientCredentials {
        let scopes: Vec<&str> = scopes.into_iter().collect();
        self.with(("scope", scopes.join(" ")))
    }

    fn of(place: Place, client: Client, form: Vec<(&'static str, String)>) -> ClientCredentials {
        let (state, flight) = (Mutex::default(), tokio::sync::Mutex::default());
        ClientCredentials { inner: Arc::new(Inner { place, client, form, state, flight }) }
    }

    /// The same, asking for something more; it has no token yet.
    fn with(self, field: (&'static str, String)) -> ClientCredentials {
        let Inner { place, client, form, .. } = &*self.inner;
        let form = form.iter().cloned().chain([field]).collect();
        ClientCredentials::of(place.clone(), client.clone(), form)
    }
}

impl Inner {
    /// A token that is still good, and whether it is time for a new one.
    fn known(&self) -> Option<(String, bool)> {
        let (now, state) = (Instant::now(), self.lock());
        let token = state.token.as_ref().filter(|token| now < token.ends_at)?;
        Some((token.value.clone(), token.renew_at <= now && state.may_ask(now)))
    }

    /// Asks for a token, unless somebody just has.
    async fn renew(&self) -> Result<String, Fault> {
        let _flight = self.flight.lock().await;
        if let Some((token, false)) = self.known() {
            return Ok(token);
        }
        if !self.lock().may_ask(Instant::now()) {
            return Err(none());
        }
        let asked_at = Instant::now();
        let form: Vec<(&str, &str)> = self.form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let given: Result<Given, _> = self.place.post(&self.client, &form).await;
        let mut state = self.lock();
        match given {
            Ok(given) if given.token_type.eq_ignore_ascii_case("bearer") => {
                let life = given.expires_in.map_or(LIFE_DEFAULT, Duration::from_secs);
                let value = format!("Bearer {}", given.access_token);
                // Counted from before it was asked for: never longer than it lives.
                let ends_at = asked_at.checked_add(life).unwrap_or(asked_at + LIFE_DEFAULT);
                let token =
                    Token { value: value.clone(), renew_at: asked_at + (ends_at - asked_at).mul_f64(0.8), ends_at };
                *state = State { token: Some(token), failed_at: None };
                Ok(value)
            }
            other => {
                let error = other.map(|given| format!("tokens are of the type {}", given.token_type));
                let error = error.unwrap_or_else(|error| error.to_string());
                tracing::warn!(error, "there is no token to call with");
                state.failed_at = Some(Instant::now());
                Err(none())
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_ask(&self, now: Instant) -> bool {
        self.failed_at.is_none_or(|failed| now.saturating_duration_since(failed) >= PAUSE)
    }
}

fn none() -> Fault {
    Fault::new(Code::Unavailable, "there is no token to call with").with_retry_after(PAUSE)
}

impl Credentials for ClientCredentials {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        if !takes_tokens(op) {
            return Applied::Now(cx);
        }
        match self.inner.known() {
            Some((token, is_old)) => {
                if is_old && self.inner.flight.try_lock().is_ok() {
                    let inner = Arc::clone(&self.inner);
                    tokio::spawn(async move { inner.renew().await.map(drop) });
                }
                Applied::Now(cx.with_metadata("authorization", &token))
            }
            None => Applied::Later(Box::pin(async move {
                // In a task of its own: a call that cannot wait for the token leaves it to those after it.
                let inner = Arc::clone(&self.inner);
                let renewed = tokio::spawn(async move { inner.renew().await }).await;
                let token = renewed.unwrap_or_else(|_| Err(none()))?;
                Ok(cx.with_metadata("authorization", &token))
            })),
        }
    }
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials").field("place", &self.inner.place).finish_non_exhaustive()
    }
}
