//! A service that asks who calls, and callers of each kind over every wire.
//!
//! ```text
//! cargo run -p secured                       # the tour: a server, and everybody who calls it
//! cargo run -p secured -- here [at ADDRESS]  # a server to try with curl, and tokens for it
//! cargo run -p secured -- serve ISSUER RESOURCE [INTROSPECTION ID SECRET] [at ADDRESS]
//! cargo run -p secured -- desk ISSUER OWN_RESOURCE TOKEN_URL ID SECRET RESOURCE HTTP_ADDRESS
//! cargo run -p secured -- prove TOKEN_URL ID SECRET RESOURCE HTTP_ADDRESS
//! cargo run -p secured -- call TOKEN_URL ID SECRET RESOURCE HTTP_ADDRESS NATIVE_ADDRESS
//! ```
//!
//! `serve` knows callers by the tokens of an identity provider that it finds at the issuer's URL, `call` gets itself a token there and
//! writes over REST, gRPC, native RPC and WebSocket; `prove` does so over REST and gRPC, with tokens that are bound to a key of its own. `desk` serves the same contract and calls a diary that is served, in the name of its own
//! callers: their tokens are for the desk, and it exchanges them for some that the diary takes. A SECRET may be `@` and a file with a private key, by which the
//! provider knows the client.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use secured::contract::secured::*;
use secured::issuer::Issuer;
use secured::tour::{self, Callers};
use secured::{Desk, Pages};
use wireloom::auth::{
    ApiKey, ApiKeyCredentials, ApiKeys, BearerToken, ClientCredentials, ClientKey, Dpop, Introspection, JwtVerifier,
    KeyRotation, TokenExchange,
};
use wireloom::transport::Transport;
use wireloom::{Channel, Context, Date, Scheme, Server, Uuid};

type Ended = Result<(), Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Ended {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (words, address) = match words.as_slice() {
        [words @ .., "at", address] => (words, Some(*address)),
        words => (words, None),
    };
    match words {
        [] => everybody().await,
        ["here"] => here(address.unwrap_or("127.0.0.1:8080")).await,
        ["serve", issuer, resource] => serve(issuer, resource, None, address).await,
        ["serve", issuer, resource, url, id, secret] => serve(issuer, resource, Some((url, id, secret)), address).await,
        ["prove", url, id, secret, resource, http] => {
            let credentials = client(url, id, secret)?.resource(resource);
            prove(&credentials.scopes(["diary:read", "diary:write"]).dpop(), http).await
        }
        ["desk", issuer, own, url, id, secret, resource, http] => {
            let exchange = match key(secret)? {
                None => TokenExchange::new(url, id, secret)?,
                Some(key) => TokenExchange::with_key(url, id, key)?,
            };
            let exchange = exchange.resource(resource).scopes(["diary:read", "diary:write"]);
            let diary = Channel::rest(&format!("http://{http}"))?.with_credentials(exchange);
            desk(issuer, own, DiaryClient::new(diary)).await
        }
        ["call", url, id, secret, resource, http, native] => {
            let credentials = client(url, id, secret)?.resource(resource);
            call(&credentials.scopes(["diary:read", "diary:write"]), http, native).await
        }
        _ => Err("see the head of examples/secured/src/main.rs for what it takes".into()),
    }
}

/// A server with an issuer of its own, and everybody who calls it.
async fn everybody() -> Ended {
    let issuer = Issuer::new("a secret that is shared with nobody else");
    let (text, reports) = ApiKey::generate("reports");
    let bound = Server::new()
        .serve(DiaryServer::new(Pages::default()))
        .verifier(Scheme::Jwt, issuer.verifier()?)
        .verifier(Scheme::Oauth2, issuer.verifier()?)
        .verifier(Scheme::ApiKey, ApiKeys::new([reports.with_scopes(["diary:read"])]))
        .native("127.0.0.1:0")
        .bind("127.0.0.1:0")
        .await?;
    let (http, native) = (bound.local_addr()?, bound.native_addr()?.to_string());
    tokio::spawn(bound.run_until(std::future::pending()));

    let minute = Duration::from_secs(60);
    let alice = issuer.token("alice", "diary:read diary:write", &[], minute)?;
    let root = issuer.token("root", "", &["admin"], minute)?;
    let who = Who { alice, root, reports: text };
    told("REST", &tour::run(&who.over(&Channel::rest(&format!("http://{http}"))?)).await?)?;
    told("gRPC", &tour::run(&who.over(&Channel::grpc(&format!("http://{http}"))?)).await?)?;
    told("native RPC", &tour::run(&who.over(&Channel::rpc(&native)?)).await?)?;
    told("WebSocket", &tour::run(&who.over(&Channel::ws(&format!("ws://{http}/ws/diary"))?)).await?)
}

/// A server with an issuer of its own, which says what callers may bring.
async fn here(address: &str) -> Ended {
    let issuer = Issuer::new(Uuid::new_v4().to_string());
    let (key, reports) = ApiKey::generate("reports");
    let bound = Server::new()
        .serve(DiaryServer::new(Pages::default()))
        .verifier(Scheme::Jwt, issuer.verifier()?)
        .verifier(Scheme::Oauth2, issuer.verifier()?)
        .verifier(Scheme::ApiKey, ApiKeys::new([reports.with_scopes(["diary:read"])]))
        .bind(address)
        .await?;
    let hour = Duration::from_secs(60 * 60);
    say(&format!("export DIARY=http://{}/v1/diary", bound.local_addr()?))?;
    say(&format!("export ALICE={}", issuer.token("alice", "diary:read diary:write", &[], hour)?))?;
    say(&format!("export ROOT={}", issuer.token("root", "", &["admin"], hour)?))?;
    say(&format!("export REPORTS={key}"))?;
    Ok(bound.run().await?)
}

/// What callers have.
struct Who {
    alice: String,
    root: String,
    reports: String,
}

impl Who {
    /// The callers over a channel: credentials are said of a clone, connections are shared.
    fn over<T: Transport>(&self, channel: &Channel<T>) -> Callers<DiaryClient<Channel<T>>> {
        let with_token = |token: &str| channel.clone().with_credentials(BearerToken::new(token));
        Callers {
            nobody: DiaryClient::new(channel.clone()),
            alice: DiaryClient::new(with_token(&self.alice)),
            reports: DiaryClient::new(channel.clone().with_credentials(ApiKeyCredentials::new(&self.reports))),
            root: DiaryClient::new(with_token(&self.root)),
        }
    }
}

/// Serves callers of an identity provider.
async fn serve(
    issuer: &str,
    resource: &str,
    introspection: Option<(&str, &str, &str)>,
    address: Option<&str>,
) -> Ended {
    // Looks for new keys sooner than one usually would, since whoever tries this does not wait.
    let rotation = KeyRotation { pause: Duration::from_secs(1), ..KeyRotation::default() };
    let mut tokens = JwtVerifier::discovered(issuer, resource)?.key_rotation(rotation);
    // Proofs name the URL that was asked, so a server that takes them knows its own. None is made for later: each has a nonce of this server.
    if let Some(address) = address {
        let secret = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        tokens = tokens.dpop(Dpop::at([format!("http://{address}").as_str()])?.with_nonces(&secret)?);
    }
    let address = address.unwrap_or("127.0.0.1:0");
    let server = Server::new().serve(DiaryServer::new(Pages::default())).verifier(Scheme::ApiKey, ApiKeys::new([]));
    let server = match introspection {
        None => server.verifier(Scheme::Oauth2, tokens.clone()),
        Some((url, id, secret)) => {
            let opaque = Introspection::new(url, issuer, resource)?;
            let opaque = match key(secret)? {
                None => opaque.client(id, secret),
                Some(key) => opaque.client_key(id, key),
            };
            server.verifier(Scheme::Oauth2, opaque.remembered_for(Duration::from_secs(1)))
        }
    };
    let bound = server.verifier(Scheme::Jwt, tokens).native("127.0.0.1:0").bind(address).await?;
    say(&format!("{} {}", bound.local_addr()?, bound.native_addr()?))?;
    Ok(bound.run().await?)
}

/// Serves callers of an identity provider what is somebody else's, in their name.
async fn desk(issuer: &str, own: &str, diary: impl Diary) -> Ended {
    let tokens = JwtVerifier::discovered(issuer, own)?;
    let bound = Server::new()
        .serve(DiaryServer::new(Desk::before(diary)))
        .verifier(Scheme::Jwt, tokens.clone())
        .verifier(Scheme::Oauth2, tokens)
        .verifier(Scheme::ApiKey, ApiKeys::new([]))
        .bind("127.0.0.1:0")
        .await?;
    say(&format!("{}", bound.local_addr()?))?;
    Ok(bound.run().await?)
}

/// The key in a file, where that is said in place of a secret: `@billing.pem`.
fn key(secret: &str) -> Result<Option<ClientKey>, Box<dyn Error + Send + Sync>> {
    match secret.strip_prefix('@') {
        None => Ok(None),
        Some(path) => Ok(Some(ClientKey::from_pem(&std::fs::read_to_string(path)?)?)),
    }
}

/// Who gets tokens for itself.
fn client(url: &str, id: &str, secret: &str) -> Result<ClientCredentials, Box<dyn Error + Send + Sync>> {
    Ok(match key(secret)? {
        None => ClientCredentials::new(url, id, secret)?,
        Some(key) => ClientCredentials::with_key(url, id, key)?,
    })
}

/// Writes and reads over every wire, with a token of its own.
async fn call(credentials: &ClientCredentials, http: &str, native: &str) -> Ended {
    let rest = Channel::rest(&format!("http://{http}"))?.with_credentials(credentials.clone());
    say(&format!("REST {}", write(&DiaryClient::new(rest)).await?))?;
    let grpc = Channel::grpc(&format!("http://{http}"))?.with_credentials(credentials.clone());
    say(&format!("gRPC {}", write(&DiaryClient::new(grpc)).await?))?;
    let rpc = Channel::rpc(native)?.with_credentials(credentials.clone());
    say(&format!("native {}", write(&DiaryClient::new(rpc)).await?))?;
    let ws = Channel::ws(&format!("ws://{http}/ws/diary"))?.with_credentials(credentials.clone());
    say(&format!("WebSocket {}", write(&DiaryClient::new(ws)).await?))
}

/// Writes and reads over the wires whose requests can prove something.
async fn prove(credentials: &ClientCredentials, http: &str) -> Ended {
    let rest = Channel::rest(&format!("http://{http}"))?.with_credentials(credentials.clone());
    say(&format!("REST {}", write(&DiaryClient::new(rest)).await?))?;
    let grpc = Channel::grpc(&format!("http://{http}"))?.with_credentials(credentials.clone());
    say(&format!("gRPC {}", write(&DiaryClient::new(grpc)).await?))
}

async fn write(diary: &impl Diary) -> Result<String, Box<dyn Error + Send + Sync>> {
    let (cx, day) = (Context::new(), Date::constant(2026, 1, 31));
    diary.write(&cx, WriteRequest::new(EntryDraft::new(day, "It rained."))).await?;
    Ok(diary.read(&cx, ReadRequest::new(day)).await?.by)
}

fn told(wire: &str, lines: &[String]) -> Ended {
    say(&format!("over {wire}"))?;
    lines.iter().try_for_each(|line| say(&format!("  {line}")))
}

fn say(line: &str) -> Ended {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(std::io::stdout().flush()?)
}
