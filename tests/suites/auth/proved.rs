//! Tokens of a key, taken from who proves to have it, over the wires whose requests can.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;

use futures_util::StreamExt as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use wireloom::auth::{ClientCredentials, Dpop, JwtVerifier, Verification, Verifier};
use wireloom::transport::grpc::Grpc;
use wireloom::transport::rest::Rest;
use wireloom::{Channel, Code, Context, IdempotencyKey, Inbound, OperationFault, Scheme};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, client};
use crate::giver::{Answer, Giver};
use crate::tokens;
use crate::vault::{self, Served};

/// How the vault is called from outside.
const PUBLIC: &str = "https://vault.example";

/// A vault that takes proofs of requests to there.
async fn taking_proofs(dpop: Dpop) -> Served {
    vault::serve_with(|server| server.verifier(Scheme::Jwt, tokens::verifier().dpop(dpop))).await
}

/// Gives tokens of the key that a request proves to have.
async fn giver() -> Giver {
    Giver::answering(|_, asked| {
        let proof = header(asked, "dpop").expect("it proves to have a key");
        Answer::token(&tokens::token_of_key("billing", "vault:read vault:write", proof), "DPoP")
    })
    .await
}

fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Runs a test over both wires.
macro_rules! over_requests {
    ($($test:ident)*) => { $(
        mod $test {
            use super::*;

            #[tokio::test]
            async fn rest() {
                super::$test(|served: &Served, of: ClientCredentials| {
                    client(Channel::rest(&format!("http://{}", served.http)).unwrap(), Some(As::Service(of)))
                })
                .await;
            }

            #[tokio::test]
            async fn grpc() {
                super::$test(|served: &Served, of: ClientCredentials| {
                    client(Channel::grpc(&format!("http://{}", served.http)).unwrap(), Some(As::Service(of)))
                })
                .await;
            }
        }
    )* };
}

over_requests! {
    a_server_may_be_called_otherwise_than_its_endpoint_is
    a_nonce_that_a_server_wants_is_proved_at_once
    a_nonce_that_is_old_is_followed_by_the_next_one
}

/// Behind a proxy that changes the host, or found by its address: a proof is of the URL that the server knows of itself.
async fn a_server_may_be_called_otherwise_than_its_endpoint_is<C: Vault>(
    client: impl Fn(&Served, ClientCredentials) -> C,
) {
    let (served, giver, cx) = (taking_proofs(Dpop::at([PUBLIC]).unwrap()).await, giver().await, Context::new());
    let named = client(&served, giver.credentials().dpop_at(PUBLIC).unwrap());
    for _ in 0..2 {
        assert_eq!(named.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "billing");
    }
    assert_eq!(giver.asked(), 1);
    let elsewhere = ["https://orders.example", "http://vault.example", "https://vault.example/behind"];
    for credentials in elsewhere.map(|url| giver.credentials().dpop_at(url).unwrap()) {
        let fault = client(&served, credentials).whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!(fault.code(), Code::Unauthenticated);
    }
    // Told nothing, it proves what it knows: its endpoint, which here is not how the server is called.
    let unnamed = client(&served, giver.credentials().dpop());
    let fault = unnamed.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
    assert_eq!(fault.code(), Code::Unauthenticated);
    let both = taking_proofs(Dpop::at(["https://inside.example", PUBLIC]).unwrap()).await;
    for name in ["https://inside.example", PUBLIC] {
        let named = client(&both, giver.credentials().dpop_at(name).unwrap());
        assert_eq!(named.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "billing");
    }
}

/// Of the server of tokens as of the one that is called; whatever the operation's effect, for nothing was done.
async fn a_nonce_that_a_server_wants_is_proved_at_once<C: Vault>(client: impl Fn(&Served, ClientCredentials) -> C) {
    let served = taking_proofs(Dpop::at([PUBLIC]).unwrap().with_nonces(&[7; 32]).unwrap()).await;
    let giver = Giver::answering(|_, asked| {
        let proof = header(asked, "dpop").expect("it proves to have a key");
        match nonce(proof).as_deref() {
            Some("as-1") => Answer::token(&tokens::token_of_key("billing", "vault:read vault:write", proof), "DPoP"),
            _ => Answer::wants("as-1"),
        }
    })
    .await;
    let (client, cx) = (client(&served, giver.credentials().dpop_at(PUBLIC).unwrap()), Context::new());
    let write = WriteRequest::new(Secret::new("a", "b"), IdempotencyKey::random());
    assert_eq!(client.write(&cx, write).await.unwrap(), 1);
    assert_eq!(giver.asked(), 2, "the token is as good as it was");
    let mut opened = Box::pin(client.watch(&cx, WatchRequest::new()).await.unwrap());
    assert_eq!(opened.next().await.unwrap().unwrap(), Secret::new("a", "b"));
    assert_eq!(giver.asked(), 2);
}

/// What a server with that secret has given so many seconds ago.
fn nonce_of(secret: u8, seconds: u64) -> String {
    #[expect(clippy::disallowed_methods, reason = "nonces go by the wall clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs();
    let made = (now - seconds).to_string();
    let key = EncodingKey::from_secret(&[secret; 32]);
    let signature = jsonwebtoken::crypto::sign(made.as_bytes(), &key, Algorithm::HS256).expect("a secret signs");
    format!("{made}.{signature}")
}

/// With the good answer, so that nobody is refused every five minutes whose calls cannot be made again.
async fn a_nonce_that_is_old_is_followed_by_the_next_one<C: Vault>(client: impl Fn(&Served, ClientCredentials) -> C) {
    let served = taking_proofs(Dpop::at([PUBLIC]).unwrap().with_nonces(&[7; 32]).unwrap()).await;
    let (giver, cx, old) = (giver().await, Context::new(), nonce_of(7, 200));
    let (said, told) = (Arc::<Mutex<Vec<_>>>::default(), old.clone());
    let heard = Arc::clone(&said);
    // Another place of the same server, by which the client comes to know the old one.
    let other = Giver::answering(move |_, asked| {
        heard.lock().unwrap().push(nonce(header(asked, "dpop").expect("a proof")));
        Answer::challenge(&told)
    })
    .await;
    let credentials = giver.credentials().dpop_at(PUBLIC).unwrap();
    let channel = Channel::rest(&format!("http://{}", other.address())).unwrap();
    let telling = crate::callers::client(channel, Some(As::Service(credentials.clone())));
    telling.whoami(&cx, WhoamiRequest::new()).await.unwrap_err();
    assert_eq!(client(&served, credentials).whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "billing");
    let asked = other.asked();
    telling.whoami(&cx, WhoamiRequest::new()).await.unwrap_err();
    let said = said.lock().unwrap();
    assert_eq!(said[asked - 1].as_ref(), Some(&old), "it was known");
    assert!(said[asked].as_ref().is_some_and(|next| *next > old), "{said:?}");
}

fn secrets() -> Inbound<Secret> {
    Inbound::new(futures_util::stream::iter([Ok(Secret::new("a", "b"))]))
}

/// What a proof says of a nonce.
fn nonce(proof: &str) -> Option<String> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(proof).expect("a proof").claims;
    claims["nonce"].as_str().map(str::to_owned)
}

/// A verifier that is known once its server has an address, and how often it was asked.
#[derive(Clone, Default)]
struct Late(Arc<OnceLock<JwtVerifier>>, Arc<AtomicUsize>);

impl Verifier for Late {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.get().expect("it has an address").verify(cx)
    }

    fn takes_proofs(&self) -> bool {
        true
    }
}

/// Twenty calls to two vaults with these secrets, reached by their addresses.
async fn call_replicas<C: Vault>(
    secrets: [u8; 2],
    dpop_at: Option<&str>,
    client: impl Fn([String; 2], ClientCredentials) -> C,
) {
    const CALLS: usize = 20;
    let (verifiers, giver, cx) = ([0; 2].map(|_| Late::default()), giver().await, Context::new());
    let [a, b] = verifiers.clone().map(|late| vault::serve_with(|server| server.verifier(Scheme::Jwt, late)));
    let (a, b) = (a.await, b.await);
    let urls = [&a, &b].map(|served| format!("http://{}", served.http));
    for (late, secret) in verifiers.iter().zip(secrets) {
        let dpop = Dpop::at([urls[0].as_str(), urls[1].as_str(), PUBLIC]).unwrap().with_nonces(&[secret; 32]).unwrap();
        assert!(late.0.set(tokens::verifier().dpop(dpop)).is_ok());
    }
    let credentials = match dpop_at {
        None => giver.credentials().dpop(),
        Some(url) => giver.credentials().dpop_at(url).unwrap(),
    };
    let client = client(urls, credentials);
    for call in 0..CALLS {
        let caller = client.whoami(&cx, WhoamiRequest::new()).await;
        assert_eq!(caller.unwrap_or_else(|fault| panic!("call {call}: {fault}")).subject, "billing");
    }
    let asked = verifiers.map(|Late(_, asked)| asked.load(Ordering::SeqCst));
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
    let refused = asked.iter().sum::<usize>() - CALLS;
    // Replicas that share their secret know each other's nonces, so one refusal is enough for all.
    assert!(if secrets[0] == secrets[1] { refused == 1 } else { refused >= 2 }, "{refused}");
    assert_eq!(giver.asked(), 1);
}

/// Whichever replica takes a call, and whichever the one after it is refused.
async fn replicas<C: Vault>(client: impl Fn([String; 2], ClientCredentials) -> C) {
    call_replicas([7, 7], None, &client).await;
    call_replicas([7, 7], Some(PUBLIC), &client).await;
    call_replicas([7, 8], None, &client).await;
}

#[tokio::test]
async fn replicas_over_rest_are_proved_what_one_of_them_wants() {
    let channel = |urls| Channel::over(Rest::default()).endpoints(urls).unwrap().build();
    replicas(|urls: [String; 2], of| client(channel(urls), Some(As::Service(of)))).await;
}

#[tokio::test]
async fn replicas_over_grpc_are_proved_what_one_of_them_wants() {
    let channel = |urls| Channel::over(Grpc::default()).endpoints(urls).unwrap().build();
    replicas(|urls: [String; 2], of| client(channel(urls), Some(As::Service(of)))).await;
}

/// A stream in is gone once it is sent: the first one is refused, and what that server wants is known for the next.
#[tokio::test]
async fn a_stream_in_is_not_proved_again() {
    let served = taking_proofs(Dpop::at([PUBLIC]).unwrap().with_nonces(&[7; 32]).unwrap()).await;
    let (giver, cx) = (giver().await, Context::new());
    let channel = Channel::grpc(&format!("http://{}", served.http)).unwrap();
    let client = client(channel, Some(As::Service(giver.credentials().dpop_at(PUBLIC).unwrap())));
    assert_eq!(client.upload(&cx, secrets()).await.unwrap_err().to_fault().code(), Code::Unauthenticated);
    assert_eq!(client.upload(&cx, secrets()).await.unwrap(), 1);
    assert_eq!(giver.asked(), 1);
}

/// Whoever wants another nonce each time is asked three times a call, and keeps nobody from using the token elsewhere.
#[tokio::test]
async fn a_server_that_never_has_enough_is_asked_three_times() {
    let (giver, cx) = (giver().await, Context::new());
    let never = Giver::answering(|number, asked| {
        let said = nonce(header(asked, "dpop").expect("a proof"));
        assert_eq!(said, (number > 0).then(|| format!("n-{}", number - 1)), "what it wanted to see last");
        Answer::challenge(&format!("n-{number}"))
    })
    .await;
    let channel = Channel::rest(&format!("http://{}", never.address())).unwrap();
    let client = client(channel, Some(As::Service(giver.credentials().dpop())));
    for calls in 1..=3 {
        let fault = client.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!((fault.code(), never.asked()), (Code::Unauthenticated, 3 * calls));
    }
    assert_eq!(giver.asked(), 1, "its token was not dropped");
}

/// A server of tokens that is never content gives none, and is left alone.
#[tokio::test]
async fn a_server_of_tokens_that_never_has_enough_is_asked_twice() {
    let never = Giver::answering(|number, _| Answer::wants(&format!("n-{number}"))).await;
    let served = vault::serve().await;
    let channel = Channel::rest(&format!("http://{}", served.http)).unwrap();
    let client = client(channel, Some(As::Service(never.credentials().dpop())));
    for _ in 0..3 {
        let fault = client.whoami(&Context::new(), WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!((fault.code(), never.asked()), (Code::PermissionDenied, 2));
    }
}
