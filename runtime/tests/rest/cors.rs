//! Pages of other origins: what a browser is told before a call and with its answer.

use wireloom::{Cors, Server};

use crate::notes::Notes;
use crate::{Running, run};

const SHOP: &str = "origin: https://shop.example\r\n";

async fn start(server: Server) -> Running {
    let health = axum::routing::get(|| async { "well" }).options(|| async { "an answer of its own" });
    let routes = axum::Router::new().route("/health", health);
    run(server.serve(Notes::default()).routes(routes).bind("127.0.0.1:0").await.unwrap())
}

fn head(answer: &str) -> &str {
    answer.split("\r\n\r\n").next().unwrap()
}

/// Every value of a header.
fn all<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    head(answer).lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

async fn preflight(server: &Running, path: &str, origin: &str) -> String {
    let asks = "access-control-request-method: POST\r\naccess-control-request-headers: idempotency-key, x-tenant\r\n";
    server.send("OPTIONS", path, &format!("{origin}{asks}"), "").await
}

#[tokio::test]
async fn a_page_that_is_named_may_call() {
    let server = start(Server::new().cors(Cors::allow(["https://shop.example"]).expose(["x-total"]))).await;
    let answer = preflight(&server, "/lists/home/notes", SHOP).await;
    assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n"), "{answer}");
    assert_eq!(all(&answer, "access-control-allow-origin"), ["https://shop.example"]);
    assert_eq!(all(&answer, "access-control-allow-methods"), ["POST"], "what the route has");
    assert_eq!(all(&answer, "access-control-allow-headers"), ["idempotency-key, x-tenant"]);
    assert_eq!(all(&answer, "access-control-max-age"), ["7200"]);
    assert!(all(&answer, "access-control-allow-credentials").is_empty());
    assert!(all(&answer, "vary").contains(&"origin"), "{answer}");
    let shown = preflight(&server, "/shown", SHOP).await;
    assert_eq!(all(&shown, "access-control-allow-methods"), ["GET,HEAD"]);

    let headers = format!("{SHOP}idempotency-key: k\r\n");
    let answer = server.send("POST", "/lists/home/notes", &headers, r#"{"text":"milk"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(all(&answer, "access-control-allow-origin"), ["https://shop.example"]);
    assert_eq!(
        all(&answer, "access-control-expose-headers"),
        ["dpop-nonce, etag, retry-after, www-authenticate, x-request-id, x-should-retry, x-total"]
    );
    assert_eq!(all(&answer, "vary"), ["origin"]);
    // A fault can be read as well.
    let answer = server.send("POST", "/lists/home/notes", SHOP, "{}").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(all(&answer, "access-control-allow-origin"), ["https://shop.example"]);
}

#[tokio::test]
async fn no_other_page_may() {
    let server = start(Server::new().cors(Cors::allow(["https://shop.example"]))).await;
    for origin in ["https://evil.example", "null", "https://shop.example.evil.example", "http://shop.example"] {
        let origin = format!("origin: {origin}\r\n");
        let answer = preflight(&server, "/lists/home/notes", &origin).await;
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        let got = server.send("GET", "/shown?count=1", &origin, "").await;
        for answer in [answer, got] {
            assert!(!answer.contains("access-control-allow"), "{answer}");
            assert_eq!(all(&answer, "vary"), ["origin"], "caches keep answers to pages apart");
        }
    }
    let answer = server.send("GET", "/shown?count=1", "", "").await;
    assert_eq!(all(&answer, "vary"), ["origin"], "also of who is no page");
}

#[tokio::test]
async fn what_is_no_preflight_or_has_no_place_is_answered_as_ever() {
    let server = start(Server::new().cors(Cors::allow(["https://shop.example"]))).await;
    let answer = server.send("OPTIONS", "/lists/home/notes", SHOP, "").await;
    assert!(answer.starts_with("HTTP/1.1 405") && answer.to_lowercase().contains("allow: post"), "{answer}");
    assert!(preflight(&server, "/nowhere", SHOP).await.starts_with("HTTP/1.1 404"));
    assert!(preflight(&server, "/health", SHOP).await.ends_with("an answer of its own"));
    let off = start(Server::new()).await;
    let answer = preflight(&off, "/lists/home/notes", SHOP).await;
    assert!(answer.starts_with("HTTP/1.1 405") && !answer.contains("access-control"), "{answer}");
}

#[tokio::test]
async fn credentials_are_for_pages_that_are_named() {
    let named = Cors::allow(["https://shop.example"]).with_credentials();
    let server = start(Server::new().cors(named)).await;
    for answer in [preflight(&server, "/shown", SHOP).await, server.send("GET", "/shown?count=1", SHOP, "").await] {
        assert_eq!(all(&answer, "access-control-allow-credentials"), ["true"]);
        assert_eq!(all(&answer, "access-control-allow-origin"), ["https://shop.example"]);
    }
    let any = start(Server::new().cors(Cors::allow_any())).await;
    for answer in [preflight(&any, "/shown", SHOP).await, any.send("GET", "/shown?count=1", SHOP, "").await] {
        assert_eq!(all(&answer, "access-control-allow-origin"), ["*"]);
        assert!(all(&answer, "access-control-allow-credentials").is_empty());
    }
    for wrong in [
        Cors::allow_any().with_credentials(),
        Cors::allow(["*"]),
        Cors::allow(["shop.example"]),
        Cors::allow(["https://shop.example/app"]),
        Cors::allow(["https://shop.example"]).expose(["a\nb"]),
    ] {
        let error = Server::new().cors(wrong).bind("127.0.0.1:0").await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    }
}
