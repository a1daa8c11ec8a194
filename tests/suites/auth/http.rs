//! What HTTP itself says to who is not let in: 401 and 403, each with its challenge (RFC 6750).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{tokens, vault};

/// The head and the body of what a request is answered with.
async fn asked(http: SocketAddr, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(http).await.unwrap();
    let request = format!("{request}host: vault\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), body.to_owned())
}

fn challenge(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("www-authenticate: "))
}

#[tokio::test]
async fn a_401_says_how_to_be_known_and_a_403_what_is_lacking() {
    let served = vault::serve().await;
    let get = |path: &str, header: &str| format!("GET {path} HTTP/1.1\r\n{header}");
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");

    let (head, body) = asked(served.http, &get("/vault/whoami", "")).await;
    assert!(head.starts_with("http/1.1 401 "), "{head}");
    assert_eq!(challenge(&head), Some("bearer realm=\"vault.vault\", apikey realm=\"vault.vault\""));
    assert!(body.contains("\"code\":\"unauthenticated\""), "{body}");

    let expired = bearer(&tokens::token("alice", "vault:read", -9));
    let (head, body_of_expired) = asked(served.http, &get("/vault/whoami", &expired)).await;
    assert!(head.starts_with("http/1.1 401 "), "{head}");
    assert!(challenge(&head).unwrap().starts_with("bearer realm=\"vault.vault\", error=\"invalid_token\""), "{head}");
    let without_id = |body: &str| body.split("\"request_id\"").next().unwrap_or_default().to_owned();
    assert_eq!(without_id(&body_of_expired), without_id(&body), "the body is no oracle");

    let lacks = bearer(&tokens::token("alice", "vault:write", 60));
    let (head, body) = asked(served.http, &get("/vault/read?name=a", &lacks)).await;
    assert!(head.starts_with("http/1.1 403 "), "{head}");
    assert!(challenge(&head).unwrap().contains("error=\"insufficient_scope\", scope=\"vault:read\""), "{head}");
    assert!(!body.contains("vault:read"), "{body}");
}

/// Who is not known learns nothing of what an input should be: nothing of it is read.
#[tokio::test]
async fn nothing_is_decoded_for_who_is_not_known() {
    let served = vault::serve().await;
    let post = "POST /vault/write HTTP/1.1\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n";
    let (head, _) = asked(served.http, post).await;
    assert!(head.starts_with("http/1.1 401 "), "{head}");
    let known = format!("{post}authorization: Bearer {}\r\n", tokens::token("a", "vault:read vault:write", 60));
    let (head, _) = asked(served.http, &known).await;
    assert!(head.starts_with("http/1.1 415 ") || head.starts_with("http/1.1 400 "), "{head}");
}

/// Of two headers a proxy may have looked at the other one; in a URL a token is in every log.
#[tokio::test]
async fn a_token_stands_in_one_header_and_nowhere_else() {
    let served = vault::serve().await;
    let token = tokens::token("alice", "vault:read", 60);
    let twice =
        format!("GET /vault/whoami HTTP/1.1\r\nauthorization: Bearer {token}\r\nauthorization: Bearer {token}\r\n");
    let (head, _) = asked(served.http, &twice).await;
    assert!(head.starts_with("http/1.1 401 "), "{head}");
    for query in [format!("access_token={token}"), format!("x-api-key={}", served.key)] {
        let (head, _) = asked(served.http, &format!("GET /vault/whoami?{query} HTTP/1.1\r\n")).await;
        assert!(head.starts_with("http/1.1 401 "), "{head}");
    }
    let (head, _) = asked(served.http, &format!("GET /vault/whoami HTTP/1.1\r\nx-api-key: {}\r\n", served.key)).await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
}

/// The status that an upgrade to WebSocket is answered with, and its challenge.
async fn upgraded(http: SocketAddr, header: &str) -> (String, Option<String>) {
    let mut stream = TcpStream::connect(http).await.unwrap();
    let request = format!(
        "GET /ws/vault HTTP/1.1\r\nhost: vault\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: loom.v1.json\r\n{header}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.contains("\r\n\r\n") {
        let mut read = [0; 1024];
        let count = stream.read(&mut read).await.unwrap();
        assert!(count > 0, "{head}");
        head.push_str(&String::from_utf8_lossy(&read[..count]).to_ascii_lowercase());
    }
    (head[9..12].to_owned(), challenge(&head).map(str::to_owned))
}

/// What a connection brings is looked at before there is one; one that brings nothing may bring it with its hello, or with its calls.
#[tokio::test]
async fn a_websocket_is_not_opened_for_who_is_not_known() {
    let served = vault::serve().await;
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    let expired = bearer(&tokens::token("alice", "vault:read", -9));
    for wrong in [expired, bearer("opaque"), bearer(&tokens::for_another()), "x-api-key: nobody.x\r\n".to_owned()] {
        let (status, challenge) = upgraded(served.http, &wrong).await;
        assert_eq!(status, "401", "{wrong}");
        assert!(challenge.unwrap().starts_with("bearer realm=\"vault.vault\", error=\"invalid_token\""), "{wrong}");
    }
    for right in [bearer(&tokens::token("alice", "", 60)), format!("x-api-key: {}\r\n", served.key), String::new()] {
        assert_eq!(upgraded(served.http, &right).await, ("101".to_owned(), None), "{right}");
    }
}
