//! Opaque tokens: callers known by asking the authorization server what a token is (RFC 7662).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, Ready, ready};
use serde::Deserialize;
use serde_json::Value;

use super::binding::{Binding, Bound};
use super::cache::{self, Cache, Digest};
use super::client::Client;
use super::dpop::Dpop;
use super::fetch::{Place, Questions};
use super::question::{Answered, Question};
use super::{ClientKey, Denial, InvalidKeys, Principal, Verification, Verifier, bearer};
use crate::clock;
use crate::context::Context;
use crate::facts::Scheme;
use crate::metrics::{INTROSPECTION, Looked};

/// Tokens that are remembered.
const REMEMBERED_MAX: usize = 10_000;

/// How long a token is remembered that was not good.
const REFUSED_FOR: Duration = Duration::from_secs(5);

/// Knows callers by tokens that the authorization server says are active. Cheap to clone.
///
/// What it says is remembered for a while, so a token that was revoked is taken for as long at most. What many calls bring at once is one question; 64 are asked at
/// once, and a thousand wait for 5 seconds at most. Who is not answered in that, or in its own deadline, is told `unavailable`, or that the deadline has passed.
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
    known: Cache<Known>,
    dpop: Option<Dpop>,
    /// The questions on their way, so that what many bring at once is one.
    asking: Mutex<HashMap<Digest, Question<Known>>>,
    questions: Questions,
}

/// What is known of a token.
type Known = Result<Bound, Denial>;

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
    token_type: Option<String>,
    #[serde(default)]
    cnf: Option<Value>,
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
            asking: Mutex::default(),
            questions: Questions::default(),
            dpop: None,
        }))
    }

    /// As whom it asks.
    #[must_use]
    pub fn client(self, id: &str, secret: &str) -> Introspection {
        self.with(|inner| inner.client = Client::new(id, secret))
    }

    /// As whom it asks, where the server knows that by a key.
    #[must_use]
    pub fn client_key(self, id: &str, key: ClientKey) -> Introspection {
        self.with(|inner| inner.client = Client::of_key(id, key.or_audience(&inner.issuer)))
    }

    /// How long an answer is remembered: how long a revoked token may still be taken. 30 seconds unless said otherwise; with none
    /// each call is a question.
    #[must_use]
    pub fn remembered_for(self, time: Duration) -> Introspection {
        self.with(|inner| inner.remembered_for = time)
    }

    /// Takes tokens that are bound to a key as well, from who proves to have it. Without this they are refused.
    #[must_use]
    pub fn dpop(self, dpop: Dpop) -> Introspection {
        self.with(|inner| inner.dpop = Some(dpop))
    }

    fn of(inner: Inner) -> Introspection {
        Introspection { inner: Arc::new(inner) }
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Introspection {
        let Inner { place, client, issuer, audience, remembered_for, dpop, .. } = &*self.inner;
        let mut inner = Inner {
            place: place.clone(),
            client: client.clone(),
            issuer: issuer.clone(),
            audience: audience.clone(),
            remembered_for: *remembered_for,
            known: Cache::new(REMEMBERED_MAX),
            asking: Mutex::default(),
            questions: Questions::default(),
            dpop: dpop.clone(),
        };
        change(&mut inner);
        Introspection::of(inner)
    }
}

impl Inner {
    /// Asks what a token is, unless somebody has. In a task of its own: a call that goes away, or whose task is held up by another call of its
    /// connection, keeps nobody from the answer.
    fn question(self: &Arc<Self>, token: &str) -> Either<Ready<Known>, Answered<Known>> {
        let (digest, mut asking) = (cache::digest(token), self.asking());
        if let Some(known) = self.known.get(token, clock::since_epoch()) {
            INTROSPECTION.add(Looked::Cached);
            return Either::Left(ready(known));
        }
        // One that has ended and stands here still has died.
        if let Some(answer) = asking.get(&digest).and_then(Question::coming) {
            return Either::Right(answer);
        }
        let (inner, token) = (Arc::clone(self), token.to_owned());
        let answered = async move {
            let answer = inner.ask(&token).await;
            inner.asking().remove(&digest);
            answer
        };
        let question = Question::asked(answered, || Err(Denial::unavailable("a question has died")));
        let answer = question.answer();
        asking.insert(digest, question);
        Either::Right(answer)
    }

    async fn ask(&self, token: &str) -> Result<Bound, Denial> {
        let form = [("token", token), ("token_type_hint", "access_token")];
        let said = async {
            let _question = self.questions.begin().await?;
            self.place.post::<Said>(&self.client, &form, None).await
        };
        let said = match said.await {
            Ok(said) => Ok(said),
            // Of a kind that it does not look at, or no token at all.
            Err(error) if error.is_bad_question => Err(Denial::refused("the server does not look at such tokens")),
            Err(error) => {
                INTROSPECTION.add(Looked::Failed);
                return Err(Denial::unavailable(error.to_string()));
            }
        };
        INTROSPECTION.add(Looked::Asked);
        let now = clock::since_epoch();
        let judged = said.and_then(|said| self.judge(said, now));
        let until = match &judged {
            Ok(bound) => bound.principal.valid_until().map_or(Duration::MAX, |end| end).min(now + self.remembered_for),
            Err(_) => now + REFUSED_FOR.min(self.remembered_for),
        };
        self.known.put(token, judged.clone(), until);
        judged
    }

    fn asking(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Question<Known>>> {
        // No code that can panic runs under the lock.
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, said: Said, now: Duration) -> Result<Bound, Denial> {
        let seconds = Duration::from_secs;
        if !said.active {
            return Err(Denial::refused("the token is not active"));
        }
        // One that gets tokens (a refresh token) is none to call with.
        let is_access = |kind: &String| ["bearer", "dpop"].iter().any(|known| kind.eq_ignore_ascii_case(known));
        if !said.token_type.as_ref().is_none_or(is_access) {
            return Err(Denial::refused("the token is none to call with"));
        }
        if said.iss.is_some_and(|issuer| issuer != self.issuer) {
            return Err(Denial::refused("the token is of another issuer"));
        }
        let binding = Binding::of(said.cnf.as_ref())?;
        let is_of_key = said.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("dpop"));
        // One that is of a key which nobody names would be whoever's.
        if is_of_key && !matches!(binding, Binding::Key(_)) {
            return Err(Denial::refused("the token is of a key, and the server does not say of which"));
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
        let principal = match said.exp {
            Some(exp) => principal.with_valid_until(seconds(exp)),
            None => principal,
        };
        Ok(Bound { principal, binding })
    }
}

impl Verifier for Introspection {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        let presented = match bearer::presented(cx, self.inner.dpop.is_some()) {
            Ok(Some(presented)) => presented,
            Ok(None) => return Verification::Absent,
            Err(denial) => return Verification::Refused(denial),
        };
        let (token, dpop) = (presented.token, self.inner.dpop.as_ref());
        let brought = move |known: Result<Bound, Denial>| known?.brought_by(cx, presented, dpop);
        match self.inner.known.get(token, clock::since_epoch()) {
            Some(known) => {
                INTROSPECTION.add(Looked::Cached);
                brought(known).into()
            }
            None => Verification::Later(Box::pin(async move { brought(self.inner.question(token).await) })),
        }
    }

    fn takes_proofs(&self) -> bool {
        self.inner.dpop.is_some()
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
    use crate::auth::fake::{Answer, Provider};

    fn good() -> Value {
        json!({ "active": true, "sub": "alice", "aud": "vault" })
    }

    async fn verified(verifier: &Introspection, token: &str) -> Result<Principal, Denial> {
        let cx = Context::new().with_metadata("authorization", &format!("Bearer {token}")).arrived();
        match verifier.verify(&cx) {
            Verification::Known(principal) => Ok(principal),
            Verification::Refused(denial) => Err(denial),
            Verification::Later(verified) => verified.await,
            Verification::Absent => panic!("there is a token"),
        }
    }

    async fn asking(answer: Answer) -> (Provider, Introspection) {
        let provider = Provider::answering(answer).await;
        let verifier = Introspection::new(&provider.at("/introspect"), "https://id.example", "vault").unwrap();
        (provider, verifier.client("orders", "its secret"))
    }

    #[tokio::test]
    async fn many_calls_of_a_token_are_one_question() {
        let (provider, verifier) = asking(Answer::json(&good()).after(Duration::from_millis(100))).await;
        let all = futures_util::future::join_all((0..100).map(|_| verified(&verifier, "t"))).await;
        assert!(all.iter().all(Result::is_ok));
        let asked = provider.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(
            (asked[0].path.as_str(), asked[0].body.as_str()),
            ("/introspect", "token=t&token_type_hint=access_token")
        );
        assert!(asked[0].head.contains("authorization: Basic b3JkZXJzOml0cyUyMHNlY3JldA=="), "{}", asked[0].head);
    }

    /// Calls of a connection share a task: where a handler blocks it, those before it wait, and nobody else.
    #[tokio::test]
    async fn who_is_held_up_keeps_nobody_from_the_answer() {
        let (provider, verifier) = asking(Answer::json(&good()).after(Duration::from_millis(50))).await;
        let mut held_up = Box::pin(verified(&verifier, "t"));
        assert!(futures_util::FutureExt::now_or_never(&mut held_up).is_none());
        let gone = tokio::time::timeout(Duration::from_millis(1), verified(&verifier, "t")).await;
        assert!(gone.is_err(), "it did not wait");
        let other = tokio::time::timeout(Duration::from_secs(4), verified(&verifier, "t")).await;
        assert!(other.expect("it is answered").is_ok());
        assert!(held_up.await.is_ok());
        assert_eq!(provider.asked().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_hangs_is_asked_so_much_and_no_more() {
        let (provider, verifier) = asking(Answer::json(&good()).after(Duration::from_secs(3600))).await;
        let began = tokio::time::Instant::now();
        let all = (0..1500).map(async |number: u32| verified(&verifier, &number.to_string()).await.unwrap_err());
        let all = futures_util::future::join_all(all).await;
        assert!(all.iter().all(Denial::is_outage));
        assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
        assert_eq!(all.iter().filter(|denial| denial.to_string().contains("too many")).count(), 1500 - 64 - 1000);
        assert!(provider.asked().len() <= 2 * 64);
        assert!(verifier.inner.asking().is_empty());
    }

    /// A refusal is remembered for a shorter time than what is good, and neither for longer than was said.
    #[tokio::test]
    async fn a_revoked_token_is_taken_for_as_long_as_was_said_and_a_refused_one_is_asked_of_again() {
        let (provider, verifier) = asking(Answer::json(&good())).await;
        let verifier = verifier.remembered_for(Duration::from_millis(300));
        assert!(verified(&verifier, "t").await.is_ok());
        provider.answers(Answer::json(&json!({ "active": false })));
        assert!(verified(&verifier, "t").await.is_ok(), "it is remembered");
        tokio::time::sleep(Duration::from_millis(350)).await;
        assert!(verified(&verifier, "t").await.is_err());
        provider.answers(Answer::json(&good()));
        assert!(verified(&verifier, "t").await.is_err(), "it is remembered");
        assert_eq!(provider.asked().len(), 2);
        tokio::time::sleep(Duration::from_millis(350)).await;
        assert!(verified(&verifier, "t").await.is_ok());
        assert!(REFUSED_FOR < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn without_a_memory_each_call_is_a_question() {
        let (provider, verifier) = asking(Answer::json(&good())).await;
        let verifier = verifier.remembered_for(Duration::ZERO);
        for _ in 0..3 {
            assert!(verified(&verifier, "t").await.is_ok());
        }
        assert_eq!(provider.asked().len(), 3);
    }

    /// What is no answer is remembered of no token.
    #[tokio::test]
    async fn who_does_not_answer_has_refused_nobody() {
        let (provider, verifier) = asking(Answer::status(503, "")).await;
        for answer in [
            Answer::status(503, ""),
            // We are not known there, which is no fault of the caller's.
            Answer::status(401, r#"{"error":"invalid_client"}"#),
            Answer::status(302, "").header("location", "/x"),
            Answer::status(200, "<html>"),
            Answer::json(&json!({ "active": "true", "sub": "alice", "aud": "vault" })),
            Answer::json(&json!({ "active": true, "sub": "alice", "aud": "vault", "exp": "never" })),
            Answer::json(&json!({})),
        ] {
            provider.answers(answer);
            assert!(verified(&verifier, "t").await.unwrap_err().is_outage());
        }
        provider.answers(Answer::json(&good()));
        assert!(verified(&verifier, "t").await.is_ok());
    }

    #[test]
    fn what_a_server_says_is_looked_at() {
        let verifier = Introspection::new("http://127.0.0.1:1/i", "https://id.example", "vault").unwrap();
        let judge = |said: Value| {
            let said: Said = serde_json::from_value(said).unwrap();
            verifier.inner.judge(said, Duration::from_secs(1000))
        };
        let good = json!({ "active": true, "sub": "alice", "aud": ["vault", "x"], "scope": "a b", "exp": 1001, "iss": "https://id.example" });
        let principal = judge(good.clone()).unwrap().principal;
        assert_eq!((principal.subject(), principal.scopes().count()), ("alice", 2));
        for (name, value) in [
            ("active", json!(false)),
            ("aud", json!("other")),
            ("aud", Value::Null),
            ("exp", json!(1000)),
            ("nbf", json!(1001)),
            ("iss", json!("https://evil.example")),
            ("sub", json!("")),
            ("token_type", json!("refresh_token")),
            ("cnf", json!({ "kid": "a key that nobody looks at" })),
            ("cnf", json!({ "jkt": null })),
            ("cnf", json!({})),
            // Said to be of a key, without one.
            ("token_type", json!("DPoP")),
        ] {
            let mut said = good.clone();
            said[name] = value;
            assert!(judge(said).is_err(), "{name}");
        }
    }

    /// `null` is nothing (as of every other member), but no way around what a token is bound to.
    #[test]
    fn a_binding_that_is_null_is_none_but_of_a_token_of_a_key() {
        let verifier = Introspection::new("http://127.0.0.1:1/i", "https://id.example", "vault").unwrap();
        let judge = |cnf: Value, token_type: Value| {
            let mut said = good();
            (said["cnf"], said["token_type"]) = (cnf, token_type);
            verifier.inner.judge(serde_json::from_value(said).unwrap(), Duration::ZERO).map(|bound| bound.binding)
        };
        assert_eq!(judge(Value::Null, Value::Null), Ok(Binding::Bearer));
        assert_eq!(judge(Value::Null, json!("Bearer")), Ok(Binding::Bearer));
        let key = Ok(Binding::Key("k".to_owned()));
        assert_eq!(
            (judge(json!({ "jkt": "k" }), json!("DPoP")), judge(json!({ "jkt": "k" }), Value::Null)),
            (key.clone(), key)
        );
        for kind in ["DPoP", "dpop"] {
            let digest = "A".repeat(43);
            for cnf in [Value::Null, json!({ "x5t#S256": digest }), json!({ "jkt": null })] {
                assert!(judge(cnf.clone(), json!(kind)).is_err(), "{cnf}");
            }
        }
    }
}
