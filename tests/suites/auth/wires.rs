//! The same callers over every wire: who is let in, who is not, and what each is told.

use std::time::Duration;

use wireloom::auth::{Applied, BearerToken, Credentials};
use wireloom::{Channel, Code, Context, IdempotencyKey, Inbound, OperationFacts, OperationFault, Server};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, over_every_wire};
use crate::tokens;
use crate::vault::{self, Served};

over_every_wire! {
    the_known_are_let_in
    the_unknown_are_told_nothing
    who_lacks_a_scope_is_told_so
    a_key_over_its_rate_is_told_when_to_come_back
    a_stream_ends_with_its_token
    each_call_of_a_connection_has_a_caller_of_its_own
    a_key_of_idempotency_is_its_callers_own
}

async fn the_known_are_let_in<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    let cx = Context::new();
    let alice = client(Some(As::Bearer(tokens::token("alice", "vault:read vault:write", 60))));
    let caller = alice.whoami(&cx, WhoamiRequest::new()).await.unwrap();
    assert_eq!(caller, Caller::new("alice", "jwt", vec!["vault:read".to_owned(), "vault:write".to_owned()]));
    let write = WriteRequest::new(Secret::new("a", "b"), IdempotencyKey::random());
    assert_eq!(alice.write(&cx, write).await.unwrap(), 1);

    let reader = client(Some(As::Key(served.key.clone())));
    assert_eq!(reader.whoami(&cx, WhoamiRequest::new()).await.unwrap().scheme, "api_key");
    assert_eq!(reader.read(&cx, ReadRequest::new("a")).await.unwrap().text, "b");

    let admin = client(Some(As::Bearer(tokens::of_role("root", "admin"))));
    admin.purge(&cx, PurgeRequest::new()).await.unwrap();
    assert!(matches!(reader.read(&cx, ReadRequest::new("a")).await, Err(ReadFault::Missing(_))));
    assert_eq!(client(None).ping(&cx, PingRequest::new()).await.unwrap(), "nobody");
}

async fn the_unknown_are_told_nothing<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    let good = tokens::token("alice", "vault:read", 60);
    let wrong = [
        None,
        Some(As::Bearer("opaque".to_owned())),
        Some(As::Bearer(tokens::token("alice", "vault:read", -1))),
        Some(As::Bearer(tokens::for_another())),
        Some(As::Bearer(good[..good.len() - 8].to_owned())),
        Some(As::Key(format!("{}x", served.key))),
        Some(As::Key("nobody.at-all".to_owned())),
    ];
    for credentials in wrong {
        let is_wrong = credentials.is_some();
        let client = client(credentials);
        let fault = client.read(&Context::new(), ReadRequest::new("a")).await.unwrap_err().to_fault();
        assert_eq!((fault.code(), fault.message()), (Code::Unauthenticated, "the caller is not known"));
        let challenge = fault.challenge().expect("it says how to be known");
        assert!(challenge.contains("Bearer realm=\"vault.Vault\""), "{challenge}");
        assert_eq!(challenge.contains("error=\"invalid_token\""), is_wrong, "{challenge}");
        let opened = client.watch(&Context::new(), WatchRequest::new()).await.map(drop);
        assert_eq!(opened.unwrap_err().to_fault().code(), Code::Unauthenticated);
    }
}

async fn who_lacks_a_scope_is_told_so<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    let lacking =
        |code: Code, message: &str| assert_eq!((code, message), (Code::PermissionDenied, "the caller may not do this"));
    let write = || WriteRequest::new(Secret::new("a", "b"), IdempotencyKey::random());
    for credentials in [As::Bearer(tokens::token("alice", "vault:write", 60)), As::Key(served.key.clone())] {
        let fault = client(Some(credentials)).write(&Context::new(), write()).await.unwrap_err().to_fault();
        lacking(fault.code(), fault.message());
        let challenge = fault.challenge().expect("it says what is lacking");
        assert!(challenge.contains("error=\"insufficient_scope\", scope=\"vault:read vault:write\""), "{challenge}");
    }
    let clerk = client(Some(As::Bearer(tokens::of_role("clerk", "clerk"))));
    let fault = clerk.purge(&Context::new(), PurgeRequest::new()).await.unwrap_err().to_fault();
    lacking(fault.code(), fault.message());
    assert_eq!(fault.challenge(), None, "which role it is nobody needs to know");
}

/// However it calls; nobody else's key is slower for it.
async fn a_key_over_its_rate_is_told_when_to_come_back<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    let (cx, visitor) = (Context::new(), client(Some(As::Key(served.rare.clone()))));
    for _ in 0..2 {
        assert_eq!(visitor.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "visitor");
    }
    let fault = visitor.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
    assert_eq!((fault.code(), fault.challenge()), (Code::ResourceExhausted, None));
    let wait = fault.retry_after().expect("it says when to come back");
    assert!(wait > Duration::from_secs(3500) && wait <= Duration::from_secs(3600), "{wait:?}");
    let opened = visitor.watch(&cx, WatchRequest::new()).await.map(drop).unwrap_err().to_fault();
    assert_eq!(opened.code(), Code::ResourceExhausted, "all of its operations together");
    let reader = client(Some(As::Key(served.key.clone())));
    assert_eq!(reader.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "reader");
    let limited = wireloom::metrics::render();
    let limited = limited.lines().find(|line| line.contains("vault.Vault/whoami") && line.contains("\"limited\""));
    assert!(limited.is_some_and(|line| !line.ends_with(" 0")), "{limited:?}");
}

async fn a_stream_ends_with_its_token<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    use futures_util::StreamExt as _;
    let client = client(Some(As::Bearer(tokens::token("alice", "vault:read", 2))));
    let opened = client.watch(&Context::new(), WatchRequest::new()).await.unwrap();
    let mut opened = Box::pin(opened);
    assert_eq!(opened.next().await.unwrap().unwrap(), Secret::new("a", "b"));
    let next = tokio::time::timeout(Duration::from_secs(20), opened.next()).await.expect("it ends");
    assert_eq!(next.unwrap().unwrap_err().to_fault().code(), Code::Unauthenticated);
    let fault = client.whoami(&Context::new(), WhoamiRequest::new()).await.unwrap_err().to_fault();
    assert_eq!(fault.code(), Code::Unauthenticated, "the next call on the same connection");
}

/// A connection outlives tokens: each call brings its own, so one that has expired is followed by a new one on the same connection, and what one
/// call was let in for lets in no other.
async fn each_call_of_a_connection_has_a_caller_of_its_own<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    let token = |name: &str, seconds: i64| tokens::token(name, "vault:read", seconds);
    let client =
        client(Some(As::Each(vec![token("alice", 60), token("bob", 60), token("alice", -9), token("eve", 60)])));
    let mut callers = Vec::new();
    for _ in 0..4 {
        let caller = client.whoami(&Context::new(), WhoamiRequest::new()).await;
        callers.push(caller.map_or_else(|fault| fault.to_fault().code().to_string(), |caller| caller.subject));
    }
    assert_eq!(callers, ["alice", "bob", "unauthenticated", "eve"]);
}

async fn a_key_of_idempotency_is_its_callers_own<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    let write = |token: &IdempotencyKey| WriteRequest::new(Secret::new("a", "b"), token.clone());
    let [alice, bob] =
        ["alice", "bob"].map(|name| client(Some(As::Bearer(tokens::token(name, "vault:read vault:write", 60)))));
    let (cx, token) = (Context::new(), IdempotencyKey::random());
    assert_eq!(alice.write(&cx, write(&token)).await.unwrap(), 1);
    assert_eq!(alice.write(&cx, write(&token)).await.unwrap(), 1);
    assert_eq!(bob.write(&cx, write(&token)).await.unwrap(), 2, "what alice was answered is not bob's");
}

/// A stream in ends with its token as well, and so does the call.
#[tokio::test]
async fn a_stream_in_ends_with_its_token() {
    let served = vault::serve().await;
    let channel = Channel::rpc(&served.native.to_string()).unwrap();
    let credentials = BearerToken::new(tokens::token("alice", "vault:write", 2));
    let client = VaultClient::new(channel.with_credentials(credentials));
    let never = Inbound::new(futures_util::stream::pending());
    let uploaded = tokio::time::timeout(Duration::from_secs(20), client.upload(&Context::new(), never)).await;
    assert_eq!(uploaded.expect("it ends").unwrap_err().to_fault().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_server_that_could_not_know_its_callers_does_not_start() {
    let server = || Server::new().serve(VaultServer::new(vault::keeper().0));
    let told = server().bind("127.0.0.1:0").await.unwrap_err().to_string();
    assert!(told.starts_with("vault.Vault/whoami wants `auth jwt`"), "{told}");
    let server = server().verifier(wireloom::Scheme::Jwt, tokens::verifier());
    let told = server.bind("127.0.0.1:0").await.unwrap_err().to_string();
    assert!(told.contains("`auth api_key`") && told.contains("verifier(Scheme::ApiKey, …)"), "{told}");
}

/// What is in process is trusted to say who calls, and asked for what it wants all the same.
#[tokio::test]
async fn in_process_a_caller_says_who_it_is() {
    use wireloom::{Scheme, auth::Principal};
    let client = VaultClient::local(vault::keeper().0);
    let unknown = client.whoami(&Context::new(), WhoamiRequest::new()).await.unwrap_err().to_fault();
    assert_eq!(unknown.code(), Code::Unauthenticated);
    let alice = Principal::new(Scheme::Jwt, "test", "alice").with_scopes(["vault:read"]);
    let cx = Context::new().with_principal(alice);
    assert_eq!(client.whoami(&cx, WhoamiRequest::new()).await.unwrap().subject, "alice");
    assert_eq!(client.purge(&cx, PurgeRequest::new()).await.unwrap_err().to_fault().code(), Code::PermissionDenied);
}

/// Credentials are not for what is public, where nobody asks for them.
#[tokio::test]
async fn what_is_public_is_told_no_secrets() {
    struct Never;
    impl Credentials for Never {
        fn apply<'a>(&'a self, _: Context, op: &'static OperationFacts) -> Applied<'a> {
            panic!("{op} asks for credentials")
        }
    }
    let served = vault::serve().await;
    let channel = Channel::rest(&format!("http://{}", served.http)).unwrap().with_credentials(Never);
    assert_eq!(VaultClient::new(channel).ping(&Context::new(), PingRequest::new()).await.unwrap(), "nobody");
}
