//! Keys that an issuer publishes, and changes: fetched when a token names one that is not known, and from time to time.
//!
//! One fetch at a time, and none sooner than a while after the last, whatever tokens name. Keys that are gone are believed for
//! a while longer, for tokens that they signed are still about; while the issuer does not answer, those that are known stay.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::time::Instant;

use super::keys::{InvalidKeys, KeySet};
use crate::auth::Denial;
use crate::auth::fetch::{Place, Unanswered};
use crate::metrics::{KEYS, Looked};

/// How keys of an issuer are kept up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRotation {
    /// How old keys may be before they are fetched anew, while they are used. Ten minutes unless said otherwise.
    pub fresh_for: Duration,
    /// How soon after a fetch there may be another one, whatever tokens name. 30 seconds unless said otherwise.
    pub pause: Duration,
    /// How long a key is believed that the issuer no longer has. Ten minutes unless said otherwise.
    pub overlap: Duration,
    /// How long keys are believed while the issuer does not answer. A day unless said otherwise.
    pub stale_for: Duration,
}

impl Default for KeyRotation {
    fn default() -> KeyRotation {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        KeyRotation {
            fresh_for: minutes(10),
            pause: Duration::from_secs(30),
            overlap: minutes(10),
            stale_for: minutes(24 * 60),
        }
    }
}

/// Where keys come from.
pub(super) type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<KeySet, String>> + Send + Sync>;

/// Keys that change.
#[derive(Clone)]
pub(super) struct RemoteKeys {
    inner: Arc<Inner>,
}

struct Inner {
    fetch: Fetch,
    rotation: KeyRotation,
    state: Mutex<State>,
    /// Whoever fetches holds it.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// All that are believed.
    keys: Arc<KeySet>,
    /// Those among them that are gone, and until when they are believed.
    gone: Vec<(KeySet, Instant)>,
    /// Those that the issuer has.
    fetched: KeySet,
    fetched_at: Option<Instant>,
    tried_at: Option<Instant>,
}

impl RemoteKeys {
    pub(super) fn new(fetch: Fetch, rotation: KeyRotation) -> RemoteKeys {
        let (state, flight) = (Mutex::default(), tokio::sync::Mutex::default());
        RemoteKeys { inner: Arc::new(Inner { fetch, rotation, state, flight }) }
    }

    /// Keys from there.
    pub(super) fn of(source: Arc<Source>, rotation: KeyRotation) -> RemoteKeys {
        let fetch: Fetch = Box::new(move || {
            let source = Arc::clone(&source);
            Box::pin(async move { source.keys().await })
        });
        RemoteKeys::new(fetch, rotation)
    }

    /// The keys, where the one that a token names is among them. Has them fetched anew in the background where they are not
    /// fresh.
    pub(super) fn ready(&self, id: Option<&str>) -> Option<Arc<KeySet>> {
        let Inner { rotation, .. } = &*self.inner;
        let now = Instant::now();
        let mut state = self.lock();
        let age = now.saturating_duration_since(state.fetched_at?);
        if age >= rotation.stale_for {
            return None;
        }
        state.forget_gone(now);
        let keys = Arc::clone(&state.keys);
        let may_fetch = age >= rotation.fresh_for && state.may_try(now, rotation.pause);
        drop(state);
        if may_fetch && self.inner.flight.try_lock().is_ok() {
            let keys = self.clone();
            tokio::spawn(async move { keys.fetch_once().await });
        }
        let known = keys.has(id).then_some(keys);
        if known.is_some() {
            KEYS.add(Looked::Cached);
        }
        known
    }

    /// The keys with the one that a token names, which may have to be fetched.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Arc<KeySet>, Denial> {
        if let Some(keys) = self.ready(id) {
            return Ok(keys);
        }
        // In a task of its own: a caller that goes away takes no answer from those who come after it.
        let keys = self.clone();
        let answered = tokio::spawn(async move { keys.fetch_once().await }).await.unwrap_or(false);
        match (self.ready(id), answered) {
            (Some(keys), _) => Ok(keys),
            (None, true) => Err(Denial::refused("the issuer has no key of that name")),
            (None, false) => Err(Denial::unavailable("the issuer's keys cannot be fetched")),
        }
    }

    /// Fetches the keys, unless somebody just has. Whether what is known is what the issuer said last.
    async fn fetch_once(&self) -> bool {
        let Inner { fetch, rotation, flight, .. } = &*self.inner;
        let _flight = flight.lock().await;
        {
            let mut state = self.lock();
            let now = Instant::now();
            if !state.may_try(now, rotation.pause) {
                return state.fetched_at.is_some() && state.fetched_at == state.tried_at;
            }
            state.tried_at = Some(now);
        }
        let fetched = fetch().await;
        let mut state = self.lock();
        match fetched {
            Ok(keys) => {
                KEYS.add(Looked::Asked);
                state.replace(keys, rotation);
                true
            }
            Err(error) => {
                KEYS.add(Looked::Failed);
                tracing::warn!(error, known = ?state.keys, "the keys of an issuer cannot be fetched");
                false
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_try(&self, now: Instant, pause: Duration) -> bool {
        self.tried_at.is_none_or(|tried| now.saturating_duration_since(tried) >= pause)
    }

    /// Takes the issuer's keys; those that it no longer has stay for a while.
    fn replace(&mut self, keys: KeySet, rotation: &KeyRotation) {
        let now = Instant::now();
        let gone = std::mem::replace(&mut self.fetched, keys).without(&self.fetched);
        if !gone.is_empty() {
            self.gone.push((gone, now + rotation.overlap));
        }
        // The time of the attempt, so that both are one where it went well.
        self.fetched_at = self.tried_at;
        self.gone.retain(|(_, until)| now < *until);
        self.put_together();
    }

    /// Forgets those that are gone for long enough.
    fn forget_gone(&mut self, now: Instant) {
        if self.gone.iter().any(|(_, until)| *until <= now) {
            self.gone.retain(|(_, until)| now < *until);
            self.put_together();
        }
    }

    fn put_together(&mut self) {
        let all = self.gone.iter().fold(self.fetched.clone(), |all, (gone, _)| all.and(gone.clone()));
        self.keys = Arc::new(all);
    }
}

/// Where an issuer's keys are.
pub(super) enum Source {
    /// In a document at that place.
    Jwks(Place),
    /// Where the issuer's own document says (OpenID Connect Discovery).
    Issuer {
        /// As it must be called there.
        issuer: String,
        /// Where the document is.
        document: Place,
    },
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) fn issuer(issuer: &str) -> Result<Source, InvalidKeys> {
        let document = Place::new(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        Ok(Source::Issuer { issuer: issuer.to_owned(), document })
    }

    async fn keys(&self) -> Result<KeySet, String> {
        match self {
            Source::Jwks(place) => read(place).await,
            Source::Issuer { issuer, document } => {
                let found: Discovered = document.get().await.map_err(|error| error.to_string())?;
                // Whoever may speak for one issuer may not speak for all.
                if found.issuer != *issuer {
                    return Err(format!("{issuer} says to be {}", found.issuer));
                }
                let place = Place::new(&found.jwks_uri)
                    .map_err(|error| format!("{issuer} has its keys at a place that {error}"))?;
                // Whoever answers on this machine is not vouched for by somebody's certificate.
                if document.is_secure() && !place.is_secure() {
                    return Err(format!("{issuer} has its keys at {place}, which is not https"));
                }
                read(&place).await
            }
        }
    }
}

async fn read(place: &Place) -> Result<KeySet, String> {
    let set: Result<serde_json::Value, Unanswered> = place.get().await;
    let set = set.map_err(|error| error.to_string())?;
    KeySet::from_jwks(set.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;
    use crate::auth::fake::{Answer, Provider};

    /// Who may say something at an address may not speak for another issuer, nor send us to keys without TLS.
    #[tokio::test]
    async fn a_document_speaks_for_its_own_issuer() {
        let provider = Provider::answering(Answer::status(404, "")).await;
        let told = async |document: serde_json::Value| {
            provider.answers(Answer::json(&document));
            Source::issuer(&provider.url).unwrap().keys().await.unwrap_err()
        };
        let keys = provider.at("/jwks");
        for issuer in ["https://id.example", &provider.at("/"), ""] {
            let error = told(json!({ "issuer": issuer, "jwks_uri": keys })).await;
            assert!(error.contains("says to be"), "{error}");
        }
        for place in ["http://id.example/jwks", "file:///etc/jwks", "/jwks", ""] {
            let error = told(json!({ "issuer": provider.url, "jwks_uri": place })).await;
            assert!(error.contains("is no URL"), "{error}");
        }
        let asked = provider.asked();
        assert!(asked.iter().all(|asked| asked.path == "/.well-known/openid-configuration"), "{asked:?}");
        // Of the right issuer and place it is asked for, and is no key set.
        let error = told(json!({ "issuer": provider.url, "jwks_uri": keys })).await;
        assert!(error.contains("no JSON Web Key Set"), "{error}");
    }

    /// An issuer whose keys can be changed, and that can be away; counts how often it is asked.
    #[derive(Clone, Default)]
    struct Issuer {
        names: Arc<Mutex<Vec<&'static str>>>,
        asked: Arc<AtomicUsize>,
    }

    impl Issuer {
        fn with(names: &[&'static str]) -> Issuer {
            let issuer = Issuer::default();
            issuer.has(names);
            issuer
        }

        /// Has these keys; with none it does not answer.
        fn has(&self, names: &[&'static str]) {
            *self.names.lock().unwrap() = names.to_vec();
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        fn keys(&self) -> RemoteKeys {
            let issuer = self.clone();
            let fetch: Fetch = Box::new(move || {
                issuer.asked.fetch_add(1, Ordering::SeqCst);
                let names = issuer.names.lock().unwrap().clone();
                Box::pin(async move {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    let secret = |name: &&str| KeySet::from_secret(Some(name), &[7; 32]).unwrap();
                    let keys = names.iter().map(secret).reduce(KeySet::and);
                    keys.ok_or_else(|| "nobody answers".to_owned())
                })
            });
            RemoteKeys::new(fetch, KeyRotation::default())
        }
    }

    async fn later(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_cost_one_fetch() {
        let issuer = Issuer::with(&["a"]);
        let keys = issuer.keys();
        let found = futures_util::future::join_all((0..100).map(|_| keys.find(Some("a")))).await;
        assert!(found.iter().all(Result::is_ok));
        assert_eq!(issuer.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn names_at_random_cost_one_fetch_a_while() {
        let issuer = Issuer::with(&["a"]);
        let keys = issuer.keys();
        for count in 0..1000 {
            let denial = keys.find(Some(&format!("random-{count}"))).await.unwrap_err();
            assert!(!denial.is_outage(), "{denial}");
        }
        assert_eq!(issuer.asked(), 1);
        later(31).await;
        assert!(keys.find(Some("random")).await.is_err());
        assert_eq!(issuer.asked(), 2);
        assert!(keys.find(Some("a")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_goes_away_keeps_nobody_from_the_keys() {
        let issuer = Issuer::with(&["a"]);
        let keys = issuer.keys();
        let hasty = tokio::time::timeout(Duration::from_millis(1), keys.find(Some("a"))).await;
        assert!(hasty.is_err(), "it did not wait");
        assert!(keys.find(Some("a")).await.is_ok());
        assert_eq!(issuer.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_key_is_found_and_the_old_one_stays_for_a_while() {
        let issuer = Issuer::with(&["old"]);
        let keys = issuer.keys();
        keys.find(Some("old")).await.unwrap();
        issuer.has(&["new"]);
        later(31).await;
        keys.find(Some("new")).await.unwrap();
        assert_eq!(issuer.asked(), 2);
        later(9 * 60).await;
        assert!(keys.find(Some("old")).await.is_ok(), "tokens of the old key are still about");
        later(60).await;
        let denial = keys.find(Some("old")).await.unwrap_err();
        assert!(!denial.is_outage(), "{denial}");
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_issuer_is_away_its_keys_stay() {
        let issuer = Issuer::with(&["a"]);
        let keys = issuer.keys();
        keys.find(Some("a")).await.unwrap();
        issuer.has(&[]);
        later(60 * 60).await;
        assert!(keys.find(Some("a")).await.is_ok());
        later(1).await;
        assert_eq!(issuer.asked(), 2, "it was asked in the background");
        assert!(keys.find(Some("b")).await.unwrap_err().is_outage(), "nobody can tell whether there is such a key");
        later(23 * 60 * 60).await;
        assert!(keys.find(Some("a")).await.unwrap_err().is_outage(), "not for ever");
        issuer.has(&["a"]);
        later(31).await;
        assert!(keys.find(Some("a")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn keys_in_use_are_fetched_anew_in_the_background() {
        let issuer = Issuer::with(&["a"]);
        let keys = issuer.keys();
        keys.find(Some("a")).await.unwrap();
        later(11 * 60).await;
        assert!(keys.ready(Some("a")).is_some(), "nobody waits");
        later(1).await;
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_issuer_that_was_never_there_is_an_outage() {
        let issuer = Issuer::default();
        let keys = issuer.keys();
        for _ in 0..10 {
            assert!(keys.find(None).await.unwrap_err().is_outage());
        }
        assert_eq!(issuer.asked(), 1);
    }
}
