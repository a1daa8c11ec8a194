//! Peers that break the rules, on both sides.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::notes::AddFault;
use crate::{add, start};
use wireloom::Channel;

/// Sends a request as it is.
async fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Bytes> {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let mut request =
        Request::post(format!("http://{address}{path}")).body(Full::<Bytes>::new(body.to_vec().into())).unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let (mut head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap();
    head.headers.extend(body.trailers().cloned().unwrap_or_default());
    Response::from_parts(head, body.to_bytes())
}

/// Calls `add` with these bytes for a body; gives status and message.
async fn call(address: SocketAddr, headers: &[(&str, &str)], body: &[u8]) -> (String, String) {
    let headers: Vec<_> = [("content-type", "application/grpc")].iter().chain(headers).copied().collect();
    let response = post(address, "/notes.v1.Notes/add", &headers, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().contains_key("x-request-id"));
    let text = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    (text("grpc-status"), text("grpc-message"))
}

const MILK: &[u8] = b"\0\0\0\0\x06\x0a\x04milk";

#[tokio::test]
async fn what_is_no_call_is_refused() {
    let server = start().await;
    let path = "/notes.v1.Notes/add";
    for media_type in ["application/json", "application/grpc+json", "application/grpcx", ""] {
        let response = post(server.address, path, &[("content-type", media_type)], MILK).await;
        assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
    }
    for media_type in ["application/grpc", "application/grpc+proto", "application/grpc; charset=utf-8"] {
        let response = post(server.address, path, &[("content-type", media_type)], MILK).await;
        assert_eq!(response.headers()["grpc-status"], "0", "{media_type}");
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let old = Request::post(format!("http://{}{path}", server.address))
        .header("content-type", "application/grpc")
        .body(Full::new(Bytes::from_static(MILK)));
    assert_eq!(client.request(old.unwrap()).await.unwrap().status(), StatusCode::HTTP_VERSION_NOT_SUPPORTED);
    // What is not served is told in the form that the caller speaks.
    let response = post(server.address, "/other", &[("content-type", "application/grpc")], MILK).await;
    assert_eq!((response.status(), &response.headers()["grpc-status"]), (StatusCode::OK, &"12".parse().unwrap()));
    let response = post(server.address, "/other", &[], MILK).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.seen.notes.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn broken_messages_are_told() {
    let server = start().await;
    let twice = [MILK, MILK].concat();
    for (headers, body, status, message) in [
        (&[][..], &b""[..], "12", "the%20operation%20takes%20one%20message,%20not%20none"),
        (&[], &twice, "12", "the%20operation%20takes%20one%20message,%20not%20several"),
        (&[], &MILK[..9], "13", "the%20frames%20of%20gRPC%20are%20broken"),
        (&[], b"\x01\0\0\0\0", "13", "the%20frames%20of%20gRPC%20are%20broken"),
        (&[], b"\x07\0\0\0\0", "13", "the%20frames%20of%20gRPC%20are%20broken"),
        (&[], b"\0\xff\xff\xff\xff", "8", "a%20message%20must%20not%20be%20longer%20than%201048576%20bytes"),
        (&[], b"\0\0\0\0\x02\x0a\x04", "3", "the%20input%20breaks%20the%20contract"),
        (&[("grpc-timeout", "soon")], MILK, "3", "the%20input%20breaks%20the%20contract"),
        (&[("grpc-timeout", "0m")], MILK, "4", "the%20deadline%20has%20passed"),
        (&[("grpc-encoding", "gzip")], MILK, "12", "messages%20that%20are%20compressed%20are%20not%20taken"),
        (&[("grpc-encoding", "identity")], MILK, "0", ""),
    ] {
        assert_eq!(call(server.address, headers, body).await, (status.to_owned(), message.to_owned()), "{body:?}");
    }
    let gzip = [("content-type", "application/grpc"), ("grpc-encoding", "gzip")];
    let response = post(server.address, "/notes.v1.Notes/add", &gzip, MILK).await;
    assert_eq!(response.headers()["grpc-accept-encoding"], "identity");
}

#[tokio::test]
async fn the_deadline_of_a_caller_ends_the_handler() {
    let server = start().await;
    let started = tokio::time::Instant::now();
    let (status, _) = call(server.address, &[("grpc-timeout", "50m")], b"\0\0\0\0\x07\x0a\x05never").await;
    assert_eq!((status.as_str(), server.seen.cancelled.load(Ordering::SeqCst)), ("4", 1));
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "not the operation's own");
}

#[tokio::test]
async fn an_input_that_never_ends_has_the_time_of_its_call() {
    let server = start().await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    for path in ["/notes.v1.Notes/add", "/notes.v1.Notes/touch"] {
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post(format!("http://{}{path}", server.address))
            .header("content-type", "application/grpc")
            .header("grpc-timeout", "50m")
            .body(Body::from_stream(endless))
            .unwrap();
        let response = tokio::time::timeout(std::time::Duration::from_secs(4), client.request(request)).await;
        assert_eq!(response.expect("it is answered").unwrap().headers()["grpc-status"], "4", "{path}");
    }
}

/// Whatever a server may say.
type Answering = fn() -> Response<Body>;

/// A server that says it.
async fn answering(answer: Answering) -> Channel<wireloom::grpc::Grpc> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = Channel::grpc(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = axum::Router::new().fallback(move || async move { answer() });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    channel
}

fn grpc(
    headers: &[(&'static str, &'static str)],
    body: &'static [u8],
    trailers: Option<&'static str>,
) -> Response<Body> {
    let trailers = trailers.map(|status| {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", status.parse().unwrap());
        Ok(trailers)
    });
    let body = Full::new(Bytes::from_static(body)).with_trailers(std::future::ready(trailers));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn answers_that_break_the_rules_are_faults() {
    const NOTE: &[u8] = b"\0\0\0\0\x02\x08\x01";
    let not_found = || Response::builder().status(404).body(Body::from("<html>")).unwrap();
    let away = || Response::builder().status(503).body(Body::empty()).unwrap();
    let html = || Response::new(Body::from("<html>"));
    let answers: [(Answering, &str); 12] = [
        (not_found, "unimplemented: the answer is none of gRPC: HTTP status 404 Not Found"),
        (away, "unavailable: the answer is none of gRPC: HTTP status 503 Service Unavailable"),
        (html, "unknown: the answer is none of gRPC: HTTP status 200 OK"),
        (|| grpc(&[], NOTE, None), "unavailable: the answer broke off"),
        (|| grpc(&[], NOTE, Some("17")), "unknown: "),
        (|| grpc(&[], NOTE, Some("5")), "not_found: "),
        (|| grpc(&[], b"", Some("0")), "internal: the answer does not keep the contract: it is not one message"),
        (
            || grpc(&[("grpc-status", "0")], b"", None),
            "internal: the answer does not keep the contract: it is not one message",
        ),
        (|| grpc(&[("grpc-status", "nine")], b"", None), "unknown: "),
        (|| grpc(&[("grpc-status", "9"), ("grpc-status-details-bin", "!")], b"", None), "failed_precondition: "),
        (
            || grpc(&[], b"\0\xff\xff\xff\xff", Some("0")),
            "resource_exhausted: a message must not be longer than 16777216 bytes",
        ),
        (
            || grpc(&[], b"\0\0\0\0\x01\x08", Some("0")),
            "internal: the answer does not keep the contract: malformed protobuf: field 1 ends early",
        ),
    ];
    for (answer, wanted) in answers {
        let AddFault::Other(fault) = add(&answering(answer).await, "milk").await.unwrap_err() else { panic!() };
        assert_eq!(fault.to_string(), wanted);
    }
    assert!(add(&answering(|| grpc(&[], NOTE, Some("0"))).await, "milk").await.is_ok());
}
