//! What is in no log and no span: the credentials of callers, and what the contract says is sensitive.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, Once};

use futures_util::StreamExt as _;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use wireloom::auth::{ClientCredentials, ClientKey, Dpop, Introspection, TokenExchange};
use wireloom::{Channel, Context, IdempotencyKey, Inbound, Scheme};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, client, over_every_wire};
use crate::giver::{Answer, Giver};
use crate::tokens;
use crate::vault::{self, Served};

/// How the vault is called from outside.
const PUBLIC: &str = "https://vault.example";

/// The secret.
const HUSH: &str = "hush-0f3a77c1";

over_every_wire! {
    nothing_secret_is_written_down
}

/// What is written down.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<u8>>>);

impl Journal {
    /// Writes down everything that is said in this thread, by every crate, with the fields of each span, until the guard is dropped.
    fn begun() -> (Journal, impl Sized) {
        wants_to_be_asked();
        let journal = Journal::default();
        let writer = journal.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || writer.clone())
            .finish();
        (journal, subscriber.set_default())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    /// The same of what authorization servers were told, and of the secrets that all is got with.
    fn tells_nothing_of(&self, told: &Told, words: &[&str]) {
        let told = told.0.lock().unwrap();
        assert!(told.len() > 5 && told.iter().all(|secret| secret.len() > 5), "{told:?}");
        let of_servers = told.iter().map(|secret| ("what a server was told", secret.as_str()));
        let own = [("a secret", HUSH), ("a key", CLIENT_KEY), ("a key", &CLIENT_KEY[22..])];
        self.tells(words, &own.into_iter().chain(of_servers).collect::<Vec<_>>());
    }

    /// Whether these calls were written down, and none of the secrets.
    fn tells(&self, told: &[&str], secrets: &[(&str, &str)]) {
        let text = self.text();
        for told in told {
            assert!(text.contains(told), "{told} was not written down: {text}");
        }
        let lines = |word: &str| text.lines().filter(|line| line.contains(word)).collect::<Vec<_>>().join("\n");
        for (what, word) in secrets {
            assert!(!text.contains(word), "{what} was written down:\n{}", lines(word));
        }
    }
}

impl io::Write for Journal {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has every place in the code ask, whenever it comes by, who wants to hear of it: otherwise one that is first come by while no test listens, just
/// as another begins to, is taken for one of which nobody ever does.
fn wants_to_be_asked() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nothing = tracing_subscriber::registry().with(dynamic_filter_fn(|_, _| false));
        nothing.try_init().expect("nobody else listens");
    });
}

async fn nothing_secret_is_written_down<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    let (journal, told) = Journal::begun();
    let (cx, token) = (Context::new().with_request_id("r-7"), tokens::token("alice", "vault:read vault:write", 60));
    {
        let _told = told;
        let alice = client(Some(As::Bearer(token.clone())));
        let write = WriteRequest::new(Secret::new("a", HUSH), IdempotencyKey::random());
        alice.write(&cx, write.clone()).await.unwrap();
        assert_eq!(alice.read(&cx, ReadRequest::new("a")).await.unwrap().text, HUSH);
        let mut watched = pin!(alice.watch(&cx, WatchRequest::new()).await.unwrap());
        watched.next().await.unwrap().unwrap();
        // Calls that fail say why.
        let other = WriteRequest::new(Secret::new("b", HUSH), write.token.clone());
        alice.write(&cx, other).await.expect_err("the key was used for another input");
        let long = WriteRequest::new(Secret::new("a".repeat(81), HUSH), IdempotencyKey::random());
        alice.write(&cx, long).await.expect_err("the name is too long");
        alice.upload(&cx, Inbound::of([Secret::new("c", HUSH)])).await.ok();
        for brings in
            [As::Key(served.key.clone()), As::Key(format!("{}x", served.key)), As::Bearer(format!("{token}x"))]
        {
            client(Some(brings))
                .write(&cx, WriteRequest::new(Secret::new("d", HUSH), IdempotencyKey::random()))
                .await
                .ok();
        }
    }
    journal.tells(&["vault.Vault/write", "r-7"], &[("a secret", HUSH), ("a token", &token), ("a key", &served.key)]);
}

/// The key of a client.
const CLIENT_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIKO8XRxPg/YqdzaHB6CrIG49hoLtDmZ9hCUrY5LvRFKS";

fn client_key() -> ClientKey {
    ClientKey::from_pem(&format!("-----BEGIN PRIVATE KEY-----\n{CLIENT_KEY}\n-----END PRIVATE KEY-----\n")).unwrap()
}

/// What authorization servers are told and tell that nobody else is to know.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn add(&self, secret: impl Into<String>) {
        self.0.lock().unwrap().push(secret.into());
    }

    /// A server that answers so, of whose questions the credentials are kept.
    async fn by(&self, answer: impl Fn(usize, &str) -> Answer + Send + 'static) -> Giver {
        let told = self.clone();
        Giver::answering(move |number, asked| {
            let heads = asked.lines().filter_map(|line| line.split_once(": "));
            let (_, form) = asked.split_once("\r\n\r\n").unwrap_or_default();
            let fields = form.split('&').filter_map(|field| field.split_once('='));
            for (name, value) in heads.chain(fields) {
                if ["authorization", "dpop", "client_assertion", "subject_token", "token"].contains(&name) {
                    told.add(value.trim_start_matches("Basic "));
                }
            }
            answer(number, asked)
        })
        .await
    }

    /// A URL of it that has a secret of its own.
    fn url(giver: SocketAddr, path: &str) -> String {
        format!("http://{giver}/{path}?key={HUSH}")
    }
}

/// What services get tokens with, and the tokens, where they are given and where they are not.
#[tokio::test]
async fn nothing_secret_of_a_service_is_written_down() {
    let (told, (journal, writing)) = (Told::default(), Journal::begun());
    let dpop = Dpop::at([PUBLIC]).unwrap().with_nonces(&[7; 32]).unwrap();
    let served = vault::serve_with(|server| server.verifier(Scheme::Jwt, tokens::verifier().dpop(dpop))).await;
    let given = told.clone();
    let giver = told
        .by(move |number, asked| match (number, asked.lines().find_map(|line| line.strip_prefix("dpop: "))) {
            (0, _) => Answer::wants("as-1"),
            (_, Some(proof)) => {
                let token = tokens::token_of_key("billing", "vault:read vault:write", proof);
                given.add(&token);
                Answer::token(&token, "DPoP")
            }
            (_, None) => Answer::token("of no key", "Bearer"),
        })
        .await;
    let refusing = told.by(|_, _| Answer::status(401, r#"{"error":"invalid_client"}"#)).await;
    let gone = told.by(|_, _| Answer::status(500, "")).await.address();
    for (giver, is_given) in [(giver.address(), true), (refusing.address(), false), (gone, false)] {
        let url = Told::url(giver, "token");
        let by_secret = ClientCredentials::new(&url, "billing", HUSH).unwrap();
        let by_key = ClientCredentials::with_key(&url, "billing", client_key()).unwrap();
        for credentials in [by_secret, by_key] {
            let credentials = credentials.dpop_at(PUBLIC).unwrap();
            let at = format!("http://{}", served.http);
            let rest = client(Channel::rest(&at).unwrap(), Some(As::Service(credentials.clone())));
            let grpc = client(Channel::grpc(&at).unwrap(), Some(As::Service(credentials.clone())));
            let native = Channel::rpc(&served.native.to_string()).unwrap();
            let native = client(native, Some(As::Service(credentials)));
            let cx = Context::new();
            assert_eq!(rest.whoami(&cx, WhoamiRequest::new()).await.is_ok(), is_given);
            assert_eq!(grpc.whoami(&cx, WhoamiRequest::new()).await.is_ok(), is_given);
            // Where nothing can be proved.
            native.whoami(&cx, WhoamiRequest::new()).await.unwrap_err();
        }
    }
    drop(writing);
    journal.tells_nothing_of(&told, &["vault.Vault/whoami", "there is no token to call with"]);
}

/// What a server asks about its callers, and what it makes of their tokens for calls of its own.
#[tokio::test]
async fn nothing_secret_of_a_caller_is_written_down_that_others_are_asked_about() {
    let (told, (journal, writing), cx) = (Told::default(), Journal::begun(), Context::new());
    let active = r#"{"active":true,"sub":"alice","aud":"vault","scope":"vault:read"}"#;
    let knowing = told.by(move |_, _| Answer::status(200, active)).await;
    let refusing = told.by(|_, _| Answer::status(403, "{}")).await;
    let exchanged = tokens::token("alice", "vault:read", 60);
    told.add(&exchanged);
    let exchanging = told.by(move |_, _| Answer::token(&exchanged, "Bearer")).await;
    let stock = vault::serve().await;
    let opaque = format!("opaque-{HUSH}");
    for (asked, is_known) in [(&knowing, true), (&refusing, false)] {
        let introspection =
            Introspection::new(&Told::url(asked.address(), "introspect"), "https://id.example", "vault").unwrap();
        for introspection in
            [introspection.clone().client("vault", HUSH), introspection.client_key("vault", client_key())]
        {
            let served = vault::serve_with(|server| server.verifier(Scheme::Jwt, introspection)).await;
            let channel = Channel::rest(&format!("http://{}", served.http)).unwrap();
            let alice = client(channel, Some(As::Bearer(opaque.clone())));
            assert_eq!(alice.whoami(&cx, WhoamiRequest::new()).await.is_ok(), is_known);
            let Some(handler) = served.called.lock().unwrap().take() else { continue };
            for (exchange, is_given) in [(&exchanging, true), (&refusing, false)] {
                let url = Told::url(exchange.address(), "token");
                let by_secret = TokenExchange::new(&url, "vault", HUSH).unwrap();
                for exchange in [by_secret, TokenExchange::with_key(&url, "vault", client_key()).unwrap()] {
                    let channel = Channel::rest(&format!("http://{}", stock.http)).unwrap();
                    let stock = VaultClient::new(channel.with_credentials(exchange));
                    assert_eq!(stock.whoami(&handler, WhoamiRequest::new()).await.is_ok(), is_given);
                }
            }
        }
    }
    drop(writing);
    journal.tells_nothing_of(&told, &["vault.Vault/whoami", "who calls cannot be found out"]);
}
