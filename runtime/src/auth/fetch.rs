//! Asks an identity provider: one request over HTTP, bounded in time and in bytes, without redirects.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::client::{Client, FORM};
use super::proof_key::{ProofKey, Server};
use super::{InvalidKeys, dpop};
use crate::endpoint::Endpoint;
use crate::net::{Connector, Protocol};

/// How long an answer may be.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long all of it may take.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Questions to one server at once.
const QUESTIONS_MAX: usize = 64;

/// Questions that wait for that; further ones are not asked.
const QUEUE_MAX: usize = 1_000;

/// Where an identity provider is asked: over TLS, or on this machine. Shown without its query, which may have a secret.
#[derive(Clone)]
pub(super) struct Place {
    uri: Uri,
    /// As it was said: servers compare what they are called to the letter.
    said: String,
}

/// Why it gives no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    why: String,
    /// Whether it does not like what it was asked: 400.
    pub(super) is_bad_question: bool,
}

/// What it answers with.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Why it gives no token, in its own words (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Answer {
    /// Whether it wants to see a nonce of its own in a proof (RFC 9449, 8).
    fn wants_nonce(&self) -> bool {
        let is_refusal = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED].contains(&self.status);
        is_refusal && serde_json::from_slice(&self.body).is_ok_and(|Refusal { error }| error == dpop::USE_NONCE)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.uri.to_string();
        f.write_str(text.split('?').next().unwrap_or_default())
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({self})")
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

impl Place {
    /// The place of a URL.
    pub(super) fn new(url: &str) -> Result<Place, InvalidKeys> {
        let uri: Uri = url.parse().map_err(|_| InvalidKeys::because("is no URL"))?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(InvalidKeys::because("names a user; as whom it is asked is said elsewhere"));
        }
        match uri.scheme_str() {
            Some("https") if !host.is_empty() => Ok(Place { uri, said: url.to_owned() }),
            Some("http") if is_here => Ok(Place { uri, said: url.to_owned() }),
            _ => Err(InvalidKeys::because("is no URL of https://, which only this machine may go without")),
        }
    }

    /// Whether it is asked over TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// The document there.
    pub(super) async fn get<T: DeserializeOwned>(&self) -> Result<T, Unanswered> {
        self.in_time(async { self.read(&self.ask(Method::GET, HeaderMap::new(), Bytes::new()).await?) }).await
    }

    /// What a form is answered with, sent by a client. Once more where the server wants to see a nonce in a proof.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        client: &Client,
        form: &[(&str, &str)],
        proof: Option<&ProofKey>,
    ) -> Result<T, Unanswered> {
        self.in_time(self.post_now(client, form, proof)).await
    }

    /// What is answered in the time that all of it has, be it asked once or twice.
    async fn in_time<T>(&self, answered: impl Future<Output = Result<T, Unanswered>>) -> Result<T, Unanswered> {
        let late = || Err(self.unanswered("it does not answer"));
        tokio::time::timeout(TIME_MAX, answered).await.unwrap_or_else(|_| late())
    }

    async fn post_now<T: DeserializeOwned>(
        &self,
        client: &Client,
        form: &[(&str, &str)],
        proof: Option<&ProofKey>,
    ) -> Result<T, Unanswered> {
        let mut is_again = false;
        loop {
            let answer = self.ask(Method::POST, self.heads(client, proof), self.form(client, form)).await?;
            let has_nonce = proof.is_some_and(|key| key.heard(Server::Named(&self.said), &answer.headers));
            if is_again || !has_nonce || !answer.wants_nonce() {
                return self.read(&answer);
            }
            is_again = true;
        }
    }

    /// A form, with what it says of who sends it.
    fn form(&self, client: &Client, form: &[(&str, &str)]) -> Bytes {
        let of_client = client.fields(&self.said);
        let all = form.iter().copied().chain(of_client.iter().map(|(name, value)| (*name, value.as_str())));
        let fields = all.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, FORM)));
        fields.collect::<Vec<_>>().join("&").into()
    }

    /// Who asks, and the proof that it has its key.
    fn heads(&self, client: &Client, proof: Option<&ProofKey>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.extend(client.authorization().map(|said| (header::AUTHORIZATION, said.clone())));
        if let Some(key) = proof {
            let nonce = key.nonce(Server::Named(&self.said));
            headers.insert(dpop::HEADER, key.proof(&Method::POST, &self.uri.to_string(), nonce, None));
        }
        headers
    }

    async fn ask(&self, method: Method, headers: HeaderMap, body: Bytes) -> Result<Answer, Unanswered> {
        self.ask_now(method, headers, body).await.map_err(|error| self.unanswered(error))
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Unanswered> {
        let Answer { status, body, .. } = answer;
        // Whoever redirects gives nothing; neither does whoever answers with a page.
        if !status.is_success() {
            let is_bad_question = *status == StatusCode::BAD_REQUEST;
            return Err(Unanswered { is_bad_question, ..self.unanswered(format!("it answers {status}")) });
        }
        serde_json::from_slice(body).map_err(|error| self.unanswered(format!("it is another document: {error}")))
    }

    async fn ask_now(&self, method: Method, headers: HeaderMap, body: Bytes) -> Result<Answer, Failed> {
        let uri = &self.uri;
        let socket = Connector::default().connect(&Endpoint::of_uri(uri), Protocol::Http1).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        request = request.header(header::ACCEPT, "application/json");
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let mut request = request.body(Full::new(body))?;
        request.headers_mut().extend(headers);
        let answer = async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX).collect().await?.to_bytes();
            Ok::<_, Failed>(Answer { status: head.status, headers: head.headers, body })
        };
        let mut answer = pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            // Whoever closes the connection behind its answer has answered.
            _ = connection => answer.await,
        }
    }

    /// Why it gives no answer that is any.
    pub(super) fn unanswered(&self, why: impl std::fmt::Display) -> Unanswered {
        Unanswered { why: format!("{self}: {why}"), is_bad_question: false }
    }
}

/// The questions to one server: so many at once, and so many that wait for them.
pub(super) struct Questions {
    at_once: Semaphore,
    all: Semaphore,
}

impl Default for Questions {
    fn default() -> Questions {
        Questions { at_once: Semaphore::new(QUESTIONS_MAX), all: Semaphore::new(QUESTIONS_MAX + QUEUE_MAX) }
    }
}

impl Questions {
    /// Waits until one more may be asked, for as long as that is kept, and no longer than an answer may take.
    pub(super) async fn begin(&self) -> Result<[SemaphorePermit<'_>; 2], Unanswered> {
        let unasked = |why: &str| Unanswered { why: why.to_owned(), is_bad_question: false };
        let place = self.all.try_acquire().map_err(|_| unasked("too many questions wait to be asked"))?;
        match tokio::time::timeout(TIME_MAX, self.at_once.acquire()).await {
            Ok(Ok(question)) => Ok([place, question]),
            _ => Err(unasked("those before it are not answered")),
        }
    }
}

#[cfg(test)]
impl Unanswered {
    pub(super) fn test(is_bad_question: bool) -> Unanswered {
        Unanswered { why: "a test".to_owned(), is_bad_question }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::fake::{Answer, Provider};

    async fn got(provider: &Provider) -> Result<Value, Unanswered> {
        Place::new(&provider.at("/jwks")).unwrap().get().await
    }

    /// Whoever could have a provider redirect would choose the keys, or be sent the secret.
    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = Provider::answering(Answer::json(&json!({ "keys": [] }))).await;
        for status in [301, 302, 303, 307, 308] {
            let provider =
                Provider::answering(Answer::status(status, "").header("location", &elsewhere.at("/jwks"))).await;
            assert!(got(&provider).await.is_err(), "{status}");
        }
        assert!(elsewhere.asked().is_empty());
    }

    #[tokio::test]
    async fn an_answer_is_bounded_in_bytes() {
        let long = json!({ "keys": "x".repeat(BODY_BYTES_MAX) });
        let provider = Provider::answering(Answer::json(&long)).await;
        assert!(got(&provider).await.is_err());
        provider.answers(Answer::json(&json!({ "keys": "x".repeat(BODY_BYTES_MAX / 2) })));
        assert!(got(&provider).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_bounded_in_time() {
        let provider = Provider::answering(Answer::json(&json!({})).after(TIME_MAX * 4)).await;
        let began = tokio::time::Instant::now();
        assert!(got(&provider).await.unwrap_err().to_string().contains("does not answer"));
        assert!(began.elapsed() < TIME_MAX * 2);
    }

    /// Also where it is asked twice.
    #[tokio::test(start_paused = true)]
    async fn a_nonce_that_a_server_wants_costs_no_further_time() {
        let wants = Answer::status(400, r#"{"error":"use_dpop_nonce"}"#).header("dpop-nonce", "n-1");
        let provider = Provider::answering(wants.after(TIME_MAX.mul_f64(0.9))).await;
        let (client, key) = (Client::new("billing", "its secret"), ProofKey::generate());
        let began = tokio::time::Instant::now();
        let posted = Place::new(&provider.at("/token")).unwrap().post::<Value>(&client, &[], Some(&key)).await;
        assert!(posted.unwrap_err().to_string().contains("does not answer"));
        assert!(began.elapsed() < TIME_MAX.mul_f64(1.5));
    }

    #[tokio::test]
    async fn only_a_document_is_an_answer() {
        for answer in [
            Answer::status(200, "<html>"),
            Answer::status(404, "{}"),
            Answer::status(500, "{}"),
            Answer::status(200, ""),
        ] {
            assert!(got(&Provider::answering(answer).await).await.is_err());
        }
    }

    #[test]
    fn a_place_is_shown_without_its_query() {
        let place = Place::new("https://id.example/token?key=hush").unwrap();
        assert_eq!(format!("{place:?}"), "Place(https://id.example/token)");
        assert_eq!(place.unanswered("it is late").to_string(), "https://id.example/token: it is late");
    }

    #[test]
    fn only_this_machine_may_go_without_tls() {
        for url in ["https://id.example/jwks", "http://127.0.0.1:1/a", "http://localhost/a", "http://[::1]:80/a"] {
            assert!(Place::new(url).is_ok(), "{url}");
        }
        for url in [
            "http://id.example/jwks",
            "http://127.0.0.1.evil.example/",
            "ftp://id.example",
            "https://user:password@id.example/jwks",
            "/jwks",
            "file:///etc/passwd",
            "",
        ] {
            assert!(Place::new(url).is_err(), "{url}");
        }
    }
}
