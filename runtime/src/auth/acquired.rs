//! A token that an authorization server gives: kept while it is good, asked for once for many calls, dropped when it is not taken.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, Ready, ready};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::client::Client;
use super::fetch::{Place, Unanswered};
use super::proof_key::{ProofKey, Prover};
use super::question::{Answered, Question};
use super::{Applied, InvalidKeys, dpop};
use crate::context::Context;
use crate::fault::{Code, Fault};

/// How long a token is used whose server does not say how long it lives.
const LIFE_DEFAULT: Duration = Duration::from_secs(60);

/// How long nobody asks again after a server gave no answer.
const PAUSE: Duration = Duration::from_secs(1);

/// How long nobody asks again after a server has refused to give a token.
const PAUSE_REFUSED: Duration = Duration::from_secs(5);

/// Calls of one client that wait for tokens at once; what is called beyond that is told so.
const WAITING_MAX: usize = 10_000;

/// How soon after a token was dropped because it was not taken another one may be: where none is taken, new ones are of no use.
const PAUSE_DROPPED: Duration = Duration::from_secs(30);

/// What stands before a token that is bound to a key.
const DPOP: &str = "DPoP ";

/// Where tokens are asked for, as whom, and what all of its questions say.
#[derive(Clone)]
pub(super) struct TokenEndpoint {
    place: Place,
    client: Client,
    form: Vec<(&'static str, String)>,
    /// What its tokens are bound to.
    key: Option<Arc<ProofKey>>,
    /// How the server is called that takes them, where proofs go by that.
    public: Option<Arc<str>>,
}

/// What a server answers with.
#[derive(Deserialize)]
pub(super) struct Given {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl TokenEndpoint {
    pub(super) fn new(url: &str, client: Client, grant: &str) -> Result<TokenEndpoint, InvalidKeys> {
        let form = vec![("grant_type", grant.to_owned())];
        Ok(TokenEndpoint { place: Place::new(url)?, client, form, key: None, public: None })
    }

    /// The same, asking for something more.
    pub(super) fn with(&self, name: &'static str, value: &str) -> TokenEndpoint {
        let mut endpoint = self.clone();
        endpoint.form.push((name, value.to_owned()));
        endpoint
    }

    /// The same, asking for these scopes.
    pub(super) fn with_scopes<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> TokenEndpoint {
        self.with("scope", &scopes.into_iter().collect::<Vec<_>>().join(" "))
    }

    /// The same, asking for tokens that are bound to a key of its own.
    pub(super) fn with_key(&self) -> TokenEndpoint {
        TokenEndpoint { key: Some(Arc::new(ProofKey::generate())), ..self.clone() }
    }

    /// The same, whose requests prove that they are to that URL, wherever they go.
    pub(super) fn with_public(&self, url: &str) -> Result<TokenEndpoint, InvalidKeys> {
        Ok(TokenEndpoint { public: Some(dpop::base(url)?), ..self.clone() })
    }

    /// The context of a call that brings a token, so that its requests prove to have the key.
    pub(super) fn proving(&self, cx: Context) -> Context {
        let token = cx.outgoing().get("authorization").and_then(|value| value.strip_prefix(DPOP)).map(str::to_owned);
        match (token, &self.key) {
            (Some(token), Some(key)) => {
                cx.with_prover(Prover { key: Arc::clone(key), token, public: self.public.clone(), told: 0 })
            }
            _ => cx,
        }
    }

    /// Asks for a token, saying that besides.
    pub(super) async fn ask(&self, more: &[(&str, &str)]) -> Result<Given, Unanswered> {
        let said = self.form.iter().map(|(name, value)| (*name, value.as_str()));
        let form: Vec<(&str, &str)> = said.chain(more.iter().copied()).collect();
        let given: Given = self.place.post(&self.client, &form, self.key.as_deref()).await?;
        // One that is not bound as it was asked for is whoever's who has stolen it.
        match given.token_type.eq_ignore_ascii_case(if self.key.is_some() { "dpop" } else { "bearer" }) {
            true => Ok(given),
            false => Err(self.place.unanswered(format!("tokens are of the type {}", given.token_type))),
        }
    }
}

impl std::fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place.fmt(f)
    }
}

/// A token that is got when it is needed.
#[derive(Default)]
pub(super) struct Acquired {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The question for another one that is on its way.
    question: Option<Question<Brought>>,
    /// Why there is none, and until when nobody asks again.
    failed: Option<(Fault, Instant)>,
    dropped_at: Option<Instant>,
}

/// What becomes of a question: the token, as it stands in a header.
type Brought = Result<String, Fault>;

struct Token {
    /// As it stands in a header.
    value: String,
    renew_at: Instant,
    ends_at: Instant,
}

/// The calls of a client that wait for its tokens: so many, however long its server hangs.
pub(super) struct Waiting(Semaphore);

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting(Semaphore::new(WAITING_MAX))
    }
}

impl Acquired {
    /// Brings the token with a call. A new one is asked for once four fifths of its life are over, while calls still use it.
    pub(super) fn bring<'a, F>(
        self: &Arc<Self>,
        cx: Context,
        waiting: &'a Waiting,
        ask: impl FnOnce() -> F + Send + 'a,
    ) -> Applied<'a>
    where
        F: Future<Output = Result<Given, Unanswered>> + Send + 'static,
    {
        let known = self.lock().known(Instant::now());
        if let Some((token, is_old)) = known {
            if is_old {
                drop(self.question(ask));
            }
            return Applied::Now(cx.with_metadata("authorization", &token));
        }
        let acquired = Arc::clone(self);
        Applied::Later(Box::pin(async move {
            // Given back by a call that waits no longer.
            let _place = waiting.0.try_acquire().map_err(|_| too_many())?;
            let token = acquired.question(ask).await?;
            Ok(cx.with_metadata("authorization", &token))
        }))
    }

    /// Drops the token, if it is the one that was not taken. Whether there may be a better one.
    pub(super) fn refused(&self, brought: &str) -> bool {
        let (now, mut state) = (Instant::now(), self.lock());
        match &state.token {
            Some(token) if token.value == brought => {
                let is_again = state.dropped_at.is_some_and(|at| now.saturating_duration_since(at) < PAUSE_DROPPED);
                if !is_again {
                    state.token = None;
                    state.dropped_at = Some(now);
                }
                !is_again
            }
            // Another call was told before: there is a new one, or there will be.
            _ => true,
        }
    }

    /// Asks for a token, unless somebody has. In a task of its own: a call that cannot wait for the token leaves it to those after it.
    fn question<F>(self: &Arc<Self>, ask: impl FnOnce() -> F) -> Either<Ready<Brought>, Answered<Brought>>
    where
        F: Future<Output = Result<Given, Unanswered>> + Send + 'static,
    {
        let (asked_at, mut state) = (Instant::now(), self.lock());
        if let Some((token, false)) = state.known(asked_at) {
            return Either::Left(ready(Ok(token)));
        }
        if let Some(fault) = state.failed(asked_at) {
            return Either::Left(ready(Err(fault)));
        }
        // One that has ended without a word here is none: its task has died.
        if let Some(answer) = state.question.as_ref().and_then(Question::coming) {
            return Either::Right(answer);
        }
        let (acquired, asked) = (Arc::clone(self), ask());
        let answered = async move {
            let given = asked.await;
            acquired.answered(asked_at, given)
        };
        let question = state.question.insert(Question::asked(answered, || Err(none(Code::Unavailable))));
        Either::Right(question.answer())
    }

    /// What was asked for at that instant is there, or is not to be had now.
    fn answered(&self, asked_at: Instant, given: Result<Given, Unanswered>) -> Result<String, Fault> {
        let mut state = self.lock();
        state.question = None;
        match given {
            Ok(given) => {
                let token = Token::of(&given, asked_at);
                let value = token.value.clone();
                (state.token, state.failed) = (Some(token), None);
                Ok(value)
            }
            Err(error) => {
                let code = if error.is_bad_question { Code::PermissionDenied } else { Code::Unavailable };
                tracing::warn!(%error, "there is no token to call with");
                let pause = if code == Code::Unavailable { PAUSE } else { PAUSE_REFUSED };
                state.failed = Some((none(code), Instant::now() + pause));
                Err(none(code))
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A token that is still good at that instant, and whether it is time for a new one.
    fn known(&self, now: Instant) -> Option<(String, bool)> {
        let token = self.token.as_ref().filter(|token| now < token.ends_at)?;
        Some((token.value.clone(), token.renew_at <= now && self.failed(now).is_none()))
    }

    /// Why nobody asks at that instant.
    fn failed(&self, now: Instant) -> Option<Fault> {
        self.failed.as_ref().filter(|(_, until)| now < *until).map(|(fault, _)| fault.clone())
    }
}

impl Token {
    /// A token that was given, and asked for at that instant.
    fn of(given: &Given, asked_at: Instant) -> Token {
        let life = given.expires_in.map_or(LIFE_DEFAULT, Duration::from_secs);
        // Counted from before it was asked for: never longer than it lives.
        let ends_at = asked_at.checked_add(life).unwrap_or(asked_at + LIFE_DEFAULT);
        let renew_at = asked_at + (ends_at - asked_at).mul_f64(0.8);
        let scheme = if given.token_type.eq_ignore_ascii_case("dpop") { DPOP } else { "Bearer " };
        Token { value: format!("{scheme}{}", given.access_token), renew_at, ends_at }
    }
}

/// What a call is told that has no token.
fn none(code: Code) -> Fault {
    let fault = Fault::new(code, "there is no token to call with");
    if code == Code::Unavailable { fault.with_retry_after(PAUSE) } else { fault }
}

/// What a call is told that would be one too many to wait.
fn too_many() -> Fault {
    Fault::new(Code::Unavailable, "too many calls wait for a token").with_retry_after(PAUSE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Who gives tokens that live for a minute, `1`, `2` and so on, each after a while.
    #[derive(Clone, Default)]
    struct Giver(Arc<AtomicUsize>);

    impl Giver {
        fn asked(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }

        async fn give(self) -> Result<Given, Unanswered> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(Given { access_token: number.to_string(), token_type: "bearer".into(), expires_in: Some(60) })
        }
    }

    async fn brought(acquired: &Arc<Acquired>, giver: &Giver) -> Result<String, Fault> {
        waiting(acquired, giver, &Waiting::default()).await
    }

    async fn waiting(acquired: &Arc<Acquired>, giver: &Giver, waiting: &Waiting) -> Result<String, Fault> {
        let cx = match acquired.bring(Context::new(), waiting, || giver.clone().give()) {
            Applied::Now(cx) => cx,
            Applied::Later(applied) => applied.await?,
        };
        Ok(cx.outgoing().get("authorization").unwrap_or_default().to_owned())
    }

    async fn later(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_token_is_asked_for_once_four_fifths_of_its_life_are_over() {
        let (acquired, giver) = (Arc::default(), Giver::default());
        assert_eq!(brought(&acquired, &giver).await.unwrap(), "Bearer 1");
        later(47).await;
        assert_eq!(brought(&acquired, &giver).await.unwrap(), "Bearer 1");
        assert_eq!(giver.asked(), 1);
        later(2).await;
        let all = futures_util::future::join_all((0..50).map(|_| brought(&acquired, &giver))).await;
        assert!(all.into_iter().all(|token| token.unwrap() == "Bearer 1"), "nobody waits");
        later(1).await;
        assert_eq!((brought(&acquired, &giver).await.unwrap().as_str(), giver.asked()), ("Bearer 2", 2));
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_without_a_token_ask_once() {
        let (acquired, giver) = (Arc::default(), Giver::default());
        let all = futures_util::future::join_all((0..50).map(|_| brought(&acquired, &giver))).await;
        assert!(all.into_iter().all(|token| token.unwrap() == "Bearer 1"));
        let hasty: Arc<Acquired> = Arc::default();
        let gone = tokio::time::timeout(Duration::from_millis(1), brought(&hasty, &giver)).await;
        assert!(gone.is_err(), "it did not wait");
        assert_eq!(brought(&hasty, &giver).await.unwrap(), "Bearer 2");
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_calls_wait_for_a_token_and_no_more() {
        let (acquired, giver, places) = (Arc::default(), Giver::default(), Waiting(Semaphore::new(2)));
        let hasty = tokio::time::timeout(Duration::from_millis(1), waiting(&acquired, &giver, &places)).await;
        assert!(hasty.is_err(), "it did not wait, and left its place");
        let all = futures_util::future::join_all((0..5).map(|_| waiting(&acquired, &giver, &places))).await;
        let (good, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len(), giver.asked()), (2, 3, 1));
        let fault = bad.into_iter().next().unwrap().unwrap_err();
        assert_eq!((fault.code(), fault.retry_after()), (Code::Unavailable, Some(PAUSE)));
        assert!(fault.message().contains("too many"), "{fault}");
        // Who has it at once needs no place.
        let all = futures_util::future::join_all((0..5).map(|_| waiting(&acquired, &giver, &places))).await;
        assert!(all.iter().all(Result::is_ok));
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_dies_is_asked_again() {
        let (acquired, giver): (Arc<Acquired>, Giver) = Default::default();
        let places = Waiting::default();
        let dies = || async { panic!("a test") };
        let Applied::Later(applied) = acquired.bring(Context::new(), &places, dies) else { panic!("there is none") };
        assert_eq!(applied.await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(brought(&acquired, &giver).await.unwrap(), "Bearer 1");
    }

    /// Nobody waits for it: calls still have the old token.
    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_dies_is_asked_again() {
        let (acquired, giver): (Arc<Acquired>, Giver) = Default::default();
        brought(&acquired, &giver).await.unwrap();
        later(49).await;
        let places = Waiting::default();
        drop(acquired.bring(Context::new(), &places, || async { panic!("a test") }));
        later(1).await;
        assert_eq!(brought(&acquired, &giver).await.unwrap(), "Bearer 1");
        later(1).await;
        assert_eq!((brought(&acquired, &giver).await.unwrap().as_str(), giver.asked()), ("Bearer 2", 2));
    }

    /// Many are told at once that the token is not taken: it is dropped once.
    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_not_taken_is_dropped_once() {
        let (acquired, giver) = (Arc::default(), Giver::default());
        let first = brought(&acquired, &giver).await.unwrap();
        let tokens = futures_util::future::join_all((0..50).map(|_| async {
            assert!(acquired.refused(&first));
            brought(&acquired, &giver).await.unwrap()
        }));
        assert!(tokens.await.iter().all(|token| token == "Bearer 2"));
        assert_eq!(giver.asked(), 2);
        // The new one is not taken either: that it is not for long is of no use to anybody.
        assert!(!acquired.refused("Bearer 2"));
        assert_eq!(brought(&acquired, &giver).await.unwrap(), "Bearer 2");
        later(30).await;
        assert!(acquired.refused("Bearer 2"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_no_token_is_left_alone_for_a_while() {
        let (acquired, asked): (Arc<Acquired>, AtomicUsize) = Default::default();
        let ask = async |is_bad_question: bool| {
            let refuse = || {
                asked.fetch_add(1, Ordering::SeqCst);
                async move { Err(Unanswered::test(is_bad_question)) }
            };
            let waiting = Waiting::default();
            let Applied::Later(applied) = acquired.bring(Context::new(), &waiting, refuse) else {
                panic!("there is none")
            };
            applied.await.unwrap_err().code()
        };
        assert_eq!(ask(false).await, Code::Unavailable);
        assert_eq!(ask(true).await, Code::Unavailable, "it was not asked");
        later(1).await;
        assert_eq!(ask(true).await, Code::PermissionDenied);
        later(4).await;
        assert_eq!(ask(false).await, Code::PermissionDenied, "it was not asked");
    }
}
