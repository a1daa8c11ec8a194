//! The door of WebSocket where there are two ways to be known: what a request brings is judged by all of them before there is a connection, and by
//! each call again.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::{Error, Message};
use wireloom::auth::{Denial, Verification, Verifier};
use wireloom::{Context, Scheme};

use crate::{tokens, vault};

/// What a request brings, by its headers.
type Brought<'a> = &'a [(&'static str, &'a str)];

/// A connection with that in its request, or what it is answered instead.
async fn opened(http: SocketAddr, brought: Brought<'_>) -> Result<Peer, Response<Option<Vec<u8>>>> {
    let mut request = format!("ws://{http}/ws/vault").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "loom.v1.json".parse().unwrap());
    for (name, value) in brought {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let socket = TcpStream::connect(http).await.unwrap();
    match tokio_tungstenite::client_async(request, socket).await {
        Ok((socket, _)) => Ok(Peer::greeted(socket).await),
        Err(Error::Http(answer)) => Err(*answer),
        Err(error) => panic!("{error}"),
    }
}

/// A connection that has said hello.
struct Peer {
    socket: WebSocketStream<TcpStream>,
    calls: u32,
}

impl Peer {
    async fn greeted(socket: WebSocketStream<TcpStream>) -> Peer {
        let mut peer = Peer { socket, calls: 0 };
        assert_eq!(peer.asked(&json!({ "t": "hello" })).await["t"], "ready");
        peer
    }

    async fn asked(&mut self, frame: &Value) -> Value {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
        let answer = self.socket.next().await.expect("it answers").unwrap();
        serde_json::from_str(answer.to_text().unwrap()).unwrap()
    }

    /// As whom a call is taken that brings that besides, or how it fails.
    async fn whoami(&mut self, meta: Value) -> String {
        // A client's are odd.
        let id = 2 * self.calls + 1;
        self.calls += 1;
        let call = json!({ "t": "req", "id": id, "m": "vault.Vault/whoami", "d": {}, "meta": meta });
        let answer = self.asked(&call).await;
        let said = if answer["t"] == "res" { &answer["d"]["subject"] } else { &answer["code"] };
        said.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

#[tokio::test]
async fn one_of_two_ways_to_be_known_opens_a_connection() {
    let served = vault::serve().await;
    let [good, bad] = [60, -9].map(|seconds| format!("Bearer {}", tokens::token("alice", "", seconds)));
    let wrong = format!("{}x", served.key);
    let (key, bearer, nobody) = (served.key.as_str(), "authorization", json!({}));
    for (brought, caller) in [
        (&[(bearer, good.as_str())] as Brought<'_>, "alice"),
        (&[("x-api-key", key)], "reader"),
        // Both: the contract names tokens first.
        (&[(bearer, &good), ("x-api-key", key)], "alice"),
        (&[("x-api-key", key), (bearer, &good)], "alice"),
        // What is wrong with the one takes nothing from the other.
        (&[(bearer, &bad), ("x-api-key", key)], "reader"),
        (&[(bearer, &good), ("x-api-key", &wrong)], "alice"),
        // What is none of either is as if it were not there.
        (&[(bearer, "Basic YTpi"), ("x-api-key", key)], "reader"),
        (&[], "unauthenticated"),
        (&[(bearer, "Basic YTpi")], "unauthenticated"),
    ] {
        let mut peer = opened(served.http, brought).await.unwrap_or_else(|answer| panic!("{brought:?}: {answer:?}"));
        assert_eq!(peer.whoami(nobody.clone()).await, caller, "{brought:?}");
    }
    for brought in [
        &[(bearer, bad.as_str())] as Brought<'_>,
        &[("x-api-key", &wrong)],
        &[(bearer, &bad), ("x-api-key", &wrong)],
        // Of two of a kind, each side of a proxy might believe another one.
        &[("x-api-key", key), ("x-api-key", key)],
        &[(bearer, &good), (bearer, &good)],
        &[("x-api-key", "")],
    ] {
        let answer = opened(served.http, brought).await.err().unwrap_or_else(|| panic!("{brought:?} opens one"));
        assert_eq!(answer.status(), 401, "{brought:?}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        let both = "Bearer realm=\"vault.Vault\", error=\"invalid_token\", ApiKey realm=\"vault.Vault\"";
        assert_eq!(challenge, both, "{brought:?}");
    }
}

/// What the connection brought is what a call brings that says nothing; each call may say something else.
#[tokio::test]
async fn each_call_is_known_by_one_of_two_ways() {
    let served = vault::serve().await;
    let bearer = |name: &str, seconds: i64| format!("Bearer {}", tokens::token(name, "", seconds));
    let mut peer = opened(served.http, &[("x-api-key", &served.key)]).await.unwrap();
    for (meta, caller) in [
        (json!({}), "reader"),
        (json!({ "authorization": bearer("alice", 60) }), "alice"),
        (json!({ "authorization": bearer("bob", 60), "x-api-key": "nobody.x" }), "bob"),
        // The connection's key is there as well.
        (json!({ "authorization": bearer("alice", -9) }), "reader"),
        (json!({ "authorization": bearer("alice", -9), "x-api-key": "nobody.x" }), "unauthenticated"),
        (json!({ "x-api-key": "nobody.x" }), "unauthenticated"),
        (json!({}), "reader"),
    ] {
        assert_eq!(peer.whoami(meta.clone()).await, caller, "{meta}");
    }
    // Nothing in the request: all of it in the calls.
    let mut peer = opened(served.http, &[]).await.unwrap();
    for (meta, caller) in [
        (json!({}), "unauthenticated"),
        (json!({ "x-api-key": served.key }), "reader"),
        (json!({ "authorization": bearer("alice", 60) }), "alice"),
        (json!({}), "unauthenticated"),
    ] {
        assert_eq!(peer.whoami(meta.clone()).await, caller, "{meta}");
    }
}

/// A key over its rate is told when to come back; who is known by a token as well is not held up by it.
#[tokio::test]
async fn a_key_over_its_rate_opens_no_connection() {
    let served = vault::serve().await;
    for _ in 0..2 {
        drop(opened(served.http, &[("x-api-key", &served.rare)]).await.unwrap());
    }
    let answer = opened(served.http, &[("x-api-key", &served.rare)]).await.err().unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    let good = format!("Bearer {}", tokens::token("alice", "", 60));
    let mut peer = opened(served.http, &[("authorization", &good), ("x-api-key", &served.rare)]).await.unwrap();
    assert_eq!(peer.whoami(json!({})).await, "alice");
}

/// Who can be told by the one way is let in while nobody answers for the other; who cannot is asked to come again, not to go away.
#[tokio::test]
async fn an_outage_of_one_way_keeps_out_who_is_not_known_by_the_other() {
    struct Away;
    impl Verifier for Away {
        fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
            match cx.metadata().get("authorization") {
                None => Verification::Absent,
                Some(_) => Verification::Later(Box::pin(async { Err(Denial::unavailable("nobody answers")) })),
            }
        }
    }
    let served = vault::serve_with(|server| server.verifier(Scheme::Jwt, Away)).await;
    let opaque = ("authorization", "Bearer opaque");
    assert_eq!(opened(served.http, &[opaque]).await.err().unwrap().status(), 503);
    assert_eq!(opened(served.http, &[opaque, ("x-api-key", "nobody.x")]).await.err().unwrap().status(), 503);
    let mut peer = opened(served.http, &[opaque, ("x-api-key", &served.key)]).await.unwrap();
    assert_eq!(peer.whoami(json!({})).await, "reader");
}
