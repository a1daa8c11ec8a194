//! Tokens of a caller for another audience: token exchange (RFC 8693).

use std::sync::Arc;
use std::time::Duration;

use super::acquired::{Acquired, TokenEndpoint, Waiting};
use super::cache::Cache;
use super::client::Client;
use super::fetch::Questions;
use super::tokens::takes_tokens;
use super::{Applied, ClientKey, Credentials, InvalidKeys, bearer};
use crate::clock;
use crate::context::Context;
use crate::facts::{OperationFacts, Scheme};

/// Callers whose tokens are kept.
const CALLERS_MAX: usize = 10_000;

/// How long what was exchanged for a caller's token is kept that says of no end.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Calls in the name of the caller: brings a token that an authorization server makes of the caller's own, for another audience. What
/// the handler was called with goes to nobody but that server.
///
/// A handler passes the context that it was given, and that is all. A call of somebody without a token (who is known by an API key, or
/// is nobody's) goes without. What was exchanged for a token is used as long as it lives, a new one is asked for once four fifths of that
/// are over, and one that a server does not take is dropped, and the call tried once more. Cheap to clone; clones share the tokens.
///
/// A call waits for an exchange within its own deadline. 64 are made at once, and a thousand wait for 5 seconds at most; what is beyond
/// that, or is not answered in further 5 seconds, fails with `unavailable`.
///
/// ```
/// use wireloom::Channel;
/// use wireloom::auth::TokenExchange;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = TokenExchange::new("https://id.shop.example/token", "orders", "its secret")?
///     .audience("stock")
///     .scopes(["stock:reserve"]);
/// # #[cfg(feature = "rest")]
/// let stock = Channel::rest("http://127.0.0.1:8080")?.with_credentials(credentials);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenExchange {
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: TokenEndpoint,
    /// By the caller's own token: another one of the same caller may let it do less.
    tokens: Cache<Arc<Acquired>>,
    questions: Questions,
    waiting: Waiting,
}

impl TokenExchange {
    /// Exchanges tokens at that URL, as a client with a secret.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn new(url: &str, id: &str, secret: &str) -> Result<TokenExchange, InvalidKeys> {
        TokenExchange::new_as(url, Client::new(id, secret))
    }

    /// Exchanges tokens at that URL, as a client that the server knows by a key.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn with_key(url: &str, id: &str, key: ClientKey) -> Result<TokenExchange, InvalidKeys> {
        TokenExchange::new_as(url, Client::of_key(id, key))
    }

    fn new_as(url: &str, client: Client) -> Result<TokenExchange, InvalidKeys> {
        let endpoint = TokenEndpoint::new(url, client, GRANT)?;
        let endpoint = endpoint.with("subject_token_type", ACCESS_TOKEN).with("requested_token_type", ACCESS_TOKEN);
        Ok(TokenExchange::of(endpoint))
    }

    /// For whom its tokens are, by name.
    #[must_use]
    pub fn audience(self, name: &str) -> TokenExchange {
        TokenExchange::of(self.inner.endpoint.with("audience", name))
    }

    /// For whom its tokens are, as a URI (RFC 8707).
    #[must_use]
    pub fn resource(self, uri: &str) -> TokenExchange {
        TokenExchange::of(self.inner.endpoint.with("resource", uri))
    }

    /// What they are to let the caller do.
    #[must_use]
    pub fn scopes<'s>(self, scopes: impl IntoIterator<Item = &'s str>) -> TokenExchange {
        TokenExchange::of(self.inner.endpoint.with_scopes(scopes))
    }

    /// One that has no tokens yet.
    fn of(endpoint: TokenEndpoint) -> TokenExchange {
        let (questions, waiting) = (Questions::default(), Waiting::default());
        TokenExchange { inner: Arc::new(Inner { endpoint, tokens: Cache::new(CALLERS_MAX), questions, waiting }) }
    }
}

/// The token by which the caller is known.
fn callers(cx: &Context) -> Option<&str> {
    let principal = cx.principal()?;
    let has_token = matches!(principal.scheme(), Scheme::Jwt | Scheme::Oauth2);
    bearer::presented(cx, true).ok().flatten().filter(|_| has_token).map(|presented| presented.token)
}

impl Inner {
    /// What was exchanged for a token, or will be.
    fn exchanged(&self, token: &str, cx: &Context) -> Arc<Acquired> {
        let now = clock::since_epoch();
        let until = cx.principal().and_then(super::Principal::valid_until).unwrap_or(Duration::MAX);
        self.tokens.get_or_put(token, now, until.min(now + KEPT_FOR), Arc::default)
    }
}

impl Credentials for TokenExchange {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        let token = match callers(&cx) {
            Some(token) if takes_tokens(op) => token.to_owned(),
            _ => return Applied::Now(cx),
        };
        self.inner.exchanged(&token, &cx).bring(cx, &self.inner.waiting, move || {
            let inner = Arc::clone(&self.inner);
            async move {
                let _question = inner.questions.begin().await?;
                inner.endpoint.ask(&[("subject_token", &token)]).await
            }
        })
    }

    fn refused(&self, cx: &Context) -> bool {
        let (token, brought) = (callers(cx), cx.outgoing().get("authorization"));
        token.zip(brought).is_some_and(|(token, brought)| self.inner.exchanged(token, cx).refused(brought))
    }
}

impl std::fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenExchange").field("endpoint", &self.inner.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::Principal;
    use crate::auth::fake::{Answer, Provider};
    use crate::facts::{Auth, Effect, Shape};
    use crate::fault::{Code, Fault};
    use crate::policy::Settings;

    const RESERVE: OperationFacts = OperationFacts {
        package: "shop",
        service: "Stock",
        name: "reserve",
        shape: Shape::Unary,
        effect: Effect::Once,
        policy: Settings::UNSAID,
        auth: Auth::any_of(&[Scheme::Oauth2]),
    };
    const BY_KEY: OperationFacts = OperationFacts { auth: Auth::any_of(&[Scheme::ApiKey]), ..RESERVE };

    /// The context of a handler whose caller has that token.
    fn called(token: &str, scheme: Scheme) -> Context {
        let received = Context::new().with_metadata("authorization", &format!("Bearer {token}")).arrived();
        received.with_caller(Principal::new(scheme, "https://id.example", "alice"))
    }

    async fn brought(
        exchange: &TokenExchange,
        cx: Context,
        op: &'static OperationFacts,
    ) -> Result<Option<String>, Fault> {
        let cx = match exchange.apply(cx, op) {
            Applied::Now(cx) => cx,
            Applied::Later(applied) => applied.await?,
        };
        Ok(cx.outgoing().get("authorization").map(str::to_owned))
    }

    async fn exchanging(answer: Answer) -> (Provider, TokenExchange) {
        let provider = Provider::answering(answer).await;
        let exchange = TokenExchange::new(&provider.at("/token"), "orders", "its secret").unwrap();
        (provider, exchange.audience("stock").scopes(["stock:reserve", "stock:read"]))
    }

    fn given(token: &str) -> Answer {
        Answer::json(&json!({
            "access_token": token, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60,
        }))
    }

    #[tokio::test]
    async fn a_callers_token_becomes_one_for_another_audience() {
        let (provider, exchange) = exchanging(given("for-stock")).await;
        let all = (0..20).map(|_| brought(&exchange, called("alices", Scheme::Jwt), &RESERVE));
        let all = futures_util::future::join_all(all).await;
        assert!(all.into_iter().all(|token| token.unwrap().as_deref() == Some("Bearer for-stock")));
        let asked = provider.asked();
        assert_eq!(asked.len(), 1, "many calls of a caller are one exchange");
        assert_eq!(
            asked[0].body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
             &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
             &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
             &audience=stock&scope=stock%3Areserve%20stock%3Aread&subject_token=alices"
        );
    }

    /// What was made of one token is nobody else's, be it of the same caller: it may let her do less.
    #[tokio::test]
    async fn each_token_is_exchanged_by_itself() {
        let (provider, exchange) = exchanging(given("first")).await;
        assert_eq!(brought(&exchange, called("a", Scheme::Jwt), &RESERVE).await.unwrap().unwrap(), "Bearer first");
        provider.answers(given("second"));
        assert_eq!(brought(&exchange, called("b", Scheme::Oauth2), &RESERVE).await.unwrap().unwrap(), "Bearer second");
        assert_eq!(brought(&exchange, called("a", Scheme::Jwt), &RESERVE).await.unwrap().unwrap(), "Bearer first");
        // What is asked for is another token.
        let narrower = exchange.clone().scopes(["stock:read"]);
        assert_eq!(brought(&narrower, called("a", Scheme::Jwt), &RESERVE).await.unwrap().unwrap(), "Bearer second");
    }

    #[tokio::test]
    async fn nothing_goes_anywhere_for_who_has_no_token() {
        let (provider, exchange) = exchanging(given("x")).await;
        let unknown = Context::new().with_metadata("authorization", "Bearer a").arrived();
        for cx in [Context::new(), unknown, called("a", Scheme::ApiKey), called("a", Scheme::Mtls)] {
            assert_eq!(brought(&exchange, cx, &RESERVE).await.unwrap(), None);
        }
        assert_eq!(brought(&exchange, called("a", Scheme::Jwt), &BY_KEY).await.unwrap(), None);
        assert!(provider.asked().is_empty());
    }

    #[tokio::test]
    async fn a_token_that_is_not_taken_is_exchanged_anew() {
        let (provider, exchange) = exchanging(given("first")).await;
        let cx = called("a", Scheme::Jwt);
        let brought = async || match exchange.apply(cx.clone(), &RESERVE) {
            Applied::Now(cx) => cx,
            Applied::Later(applied) => applied.await.unwrap(),
        };
        let first = brought().await;
        provider.answers(given("second"));
        assert!(exchange.refused(&first));
        let second = brought().await;
        assert_eq!(second.outgoing().get("authorization"), Some("Bearer second"));
        assert!(!exchange.refused(&second), "once");
        assert!(!exchange.refused(&Context::new()));
    }

    #[tokio::test]
    async fn who_may_not_is_told_so_and_an_outage_is_one() {
        let (provider, exchange) = exchanging(Answer::status(400, r#"{"error":"invalid_target"}"#)).await;
        let code =
            async |token: &str| brought(&exchange, called(token, Scheme::Jwt), &RESERVE).await.unwrap_err().code();
        assert_eq!(code("a").await, Code::PermissionDenied);
        assert_eq!(code("a").await, Code::PermissionDenied);
        assert_eq!(provider.asked().len(), 1, "it is left alone for a while");
        for answer in [
            Answer::status(503, ""),
            Answer::status(401, r#"{"error":"invalid_client"}"#),
            Answer::json(&json!({ "access_token": "t", "issued_token_type": "x", "token_type": "N_A" })),
        ] {
            provider.answers(answer);
            let token = provider.asked().len().to_string();
            assert_eq!(code(&token).await, Code::Unavailable);
        }
    }

    /// However many callers there are: so many questions at once, so many that wait, and everybody is told in time.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_hangs_holds_nobody_up() {
        let (provider, exchange) = exchanging(given("late").after(Duration::from_secs(3600))).await;
        let began = tokio::time::Instant::now();
        let codes = (0..3000).map(async |caller| {
            let token = format!("{}", caller % 1500);
            let fault = brought(&exchange, called(&token, Scheme::Jwt), &RESERVE).await.unwrap_err();
            assert!(fault.retry_after().is_some(), "{fault}");
            (fault.code(), began.elapsed() < Duration::from_millis(10))
        });
        let all = futures_util::future::join_all(codes).await;
        assert!(all.iter().all(|(code, _)| *code == Code::Unavailable));
        assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
        let at_once = all.iter().filter(|(_, at_once)| *at_once).count();
        assert_eq!(at_once, 2 * (1500 - 64 - 1000), "what cannot wait is told at once");
        assert!(provider.asked().len() <= 2 * 64, "{}", provider.asked().len());
        provider.answers(given("there"));
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(brought(&exchange, called("1", Scheme::Jwt), &RESERVE).await.unwrap().unwrap(), "Bearer there");
    }
}
