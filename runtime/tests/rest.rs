//! REST end to end over real sockets, with a service written as the generator would write it.

#![cfg(feature = "rest")]

#[path = "rest/answers.rs"]
mod answers;
#[path = "rest/cors.rs"]
mod cors;
#[path = "rest/keyed.rs"]
mod keyed;
#[path = "rest/notes.rs"]
mod notes;

use std::time::Duration;

use notes::{Add, AddFault, AddRequest, Follow, FollowRequest, Full, Notes, Tail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wireloom::policy::{Policies, Settings, Word};
use wireloom::rest::{Rest, RestOptions};
use wireloom::{
    Bound, Channel, Code, Context, IdempotencyKey, IdempotencyLimits, Inbound, Limits, Local, Server, ServerStream,
    Unary,
};

struct Running {
    address: std::net::SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

async fn start() -> Running {
    let limits = Limits { body_bytes_max: 1024, ..Limits::default() };
    run(Server::new().limits(limits).serve(Notes::default()).bind("127.0.0.1:0").await.unwrap())
}

fn run(bound: Bound) -> Running {
    let address = bound.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { address, stop: Some(stop), ended }
}

impl Running {
    /// Sends a request as it stands and reads the whole answer.
    async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ))
        .await
    }

    fn channel(&self) -> Channel<Rest> {
        Channel::rest(&format!("http://{}", self.address)).unwrap()
    }

    /// The same, under settings beside the contract.
    fn channel_under(&self, settings: Settings) -> Channel<Rest> {
        let policies = Policies::default();
        policies.set("", settings).unwrap();
        let address = [format!("http://{}", self.address)];
        Channel::over(Rest::default()).endpoints(address).unwrap().policies(&policies).build()
    }
}

fn add(text: &str) -> AddRequest {
    AddRequest { list: "home".into(), text: text.into(), urgent: None, token: IdempotencyKey::random() }
}

#[tokio::test]
async fn a_call_travels_and_answers() {
    let server = start().await;
    let answer =
        server.send("POST", "/lists/home/notes?urgent=true", "idempotency-key: k\r\n", r#"{"text":"milk"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/json\r\n"), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    assert!(answer.ends_with(r#"{"id":1,"text":"milk!"}"#), "{answer}");

    let note = Unary::<Add>::call(&server.channel(), &Context::new(), add("tea & cake/ä")).await.unwrap();
    assert_eq!(note.text, "tea & cake/ä");
}

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    let server = start().await;
    let answer = server.send("POST", "/lists/home/notes?urgent=maybe", "", r#"{"text":""}"#).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains(r#"{"path":"urgent","message":"must be true or false"}"#), "{answer}");
    assert!(answer.contains(r#"{"path":"token","message":"missing: the header `idempotency-key`"}"#), "{answer}");

    let answer = server.send("POST", "/lists/x/notes", "idempotency-key: a b\r\n", r#"{"text":""}"#).await;
    assert!(answer.contains(r#"{"path":"text","message":"length must be in 1..80, not 0"}"#), "{answer}");
    assert!(answer.contains(r#"{"path":"token","message":"must be 1 to 255 visible ASCII characters"}"#), "{answer}");
}

#[tokio::test]
async fn malformed_json_has_a_position() {
    let server = start().await;
    let answer = server.send("POST", "/lists/x/notes", "idempotency-key: a\r\n", "{\"text\": \"x\",\n  oops}").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("malformed JSON at line 2, column 3"), "{answer}");
}

#[tokio::test]
async fn a_long_mistake_is_told_shortly() {
    let server = start().await;
    let body = format!(r#"{{"text":{{"{}":1}}}}"#, "x".repeat(900));
    let answer = server.send("POST", "/lists/x/notes", "idempotency-key: a\r\n", &body).await;
    assert!(answer.contains("expected a string"), "{answer}");
    for body in [r#"{"text":"X"}"#, r#"{"text":"x"},"X""#, r#"{"id":1,"text":{"X":1}}"#] {
        let body = body.replace('X', &"x".repeat(5_000_000));
        let wrong = wireloom::json::decode::<std::collections::BTreeMap<String, u32>>(body.as_bytes(), 64).unwrap_err();
        assert!(wrong.to_string().len() < 500, "{} bytes", wrong.to_string().len());
    }
    let keyed = wireloom::json::decode::<std::collections::BTreeMap<String, u32>>(
        format!(r#"{{"{}":true}}"#, "ä".repeat(5_000_000)).as_bytes(),
        64,
    );
    assert!(keyed.unwrap_err().to_string().len() < 500);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_wrong_once() {
    let server = start().await;
    let answer = server.send("PUT", "/pair", "", "[1]").await;
    assert_eq!(answer.matches(r#"{"path":"#).count(), 1, "{answer}");
}

#[tokio::test]
async fn a_path_has_no_empty_segments_and_no_dots() {
    let server = start().await;
    for list in ["", ".", ".."] {
        let request = AddRequest { list: list.into(), ..add("x") };
        let fault = Unary::<Add>::call(&server.channel(), &Context::new(), request).await.unwrap_err();
        assert!(fault.to_string().starts_with("invalid_argument: "), "{fault}");
        assert!(fault.to_string().ends_with(&format!("list: `{list}` cannot stand in a path")), "{fault}");
    }
    let request = AddRequest { list: "...".into(), ..add("x") };
    Unary::<Add>::call(&server.channel(), &Context::new(), request).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_breaks_the_contract_is_none() {
    let server = start().await;
    let fault = Unary::<Add>::call(&server.channel(), &Context::new(), add("long")).await.unwrap_err();
    assert!(fault.to_string().contains("does not keep the contract: text: too long"), "{fault}");
}

#[tokio::test]
async fn free_json_is_never_taken_for_a_fault() {
    let server = start().await;
    let lines = server.send("GET", "/tail?count=1", "", "").await;
    assert!(lines.contains("\n {\"$fault\":true}\n{\"$fault\":{"), "half an item is taken back: {lines}");
    let opened = ServerStream::<Tail>::open(&server.channel(), &Context::new(), FollowRequest { count: 1 }).await;
    let mut items = Inbound::new(opened.unwrap());
    assert_eq!(items.next().await.unwrap().unwrap().0.to_string(), r#"{"$fault":true}"#);
    assert_eq!(items.next().await.unwrap().unwrap_err().code(), Code::Internal);
}

#[tokio::test]
async fn the_last_line_needs_no_end() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = Channel::rest(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 39\r\n\r\n";
        let body = "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":\"b\"}";
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let opened = ServerStream::<Follow>::open(&channel, &Context::new(), FollowRequest { count: 2 }).await;
    let mut notes = Inbound::new(opened.unwrap());
    for id in [1, 2] {
        assert_eq!(notes.next().await.unwrap().unwrap().id, id);
    }
    assert!(notes.next().await.is_none());
}

#[tokio::test]
async fn peers_do_not_learn_where_a_service_was() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let channel = Channel::rest(&format!("http://127.0.0.1:{port}")).unwrap();
    let AddFault::Other(fault) = Unary::<Add>::call(&channel, &Context::new(), add("x")).await.unwrap_err() else {
        panic!("no declared fault")
    };
    assert_eq!(fault.to_string(), "unavailable: the service cannot be reached");
    assert!(std::error::Error::source(&fault).unwrap().to_string().contains(&port.to_string()), "the log does");
}

#[tokio::test]
async fn http_says_what_http_knows() {
    let server = start().await;
    for (method, path, headers, body, status) in [
        ("GET", "/nowhere", "", "", "404 Not Found"),
        ("PUT", "/lists/home/notes", "", "", "405 Method Not Allowed"),
        ("POST", "/lists/home/notes", "content-type: text/xml\r\n", "<a/>", "415 Unsupported Media Type"),
        ("POST", "/lists/home/notes", "idempotency-key: k\r\n", &"x".repeat(2000), "413 Payload Too Large"),
        ("POST", "/lists/home/notes", "request-timeout: soon\r\n", "{}", "400 Bad Request"),
        ("POST", "/lists/home/notes", &"x: y\r\n".repeat(101), "", "431 Request"),
    ] {
        let answer = server.send(method, path, headers, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path} wants {status}: {answer}");
        assert!(status.starts_with("431") || answer.contains("application/problem+json"), "{answer}");
    }
    let answer = server.send("PUT", "/lists/home/notes", "", "").await;
    assert!(answer.to_lowercase().contains("allow: post"), "{answer}");
    let answer = server.send("GET", "/nowhere", "", "").await;
    assert!(answer.contains(r#""code":"unimplemented""#), "no declared fault is meant: {answer}");
}

#[tokio::test]
async fn a_declared_fault_arrives_with_its_fields() {
    let server = start().await;
    let fault = Unary::<Add>::call(&server.channel(), &Context::new(), add("full")).await.unwrap_err();
    assert!(matches!(&fault, AddFault::Full(Full { limit: 3, .. })), "{fault:?}");
    let local = Unary::<Add>::call(&Local::new(Notes::default()), &Context::new(), add("full")).await.unwrap_err();
    assert_eq!(local.to_string(), fault.to_string());
}

#[tokio::test]
async fn the_deadline_goes_with_the_call() {
    let server = start().await;
    let answer = server
        .send("POST", "/lists/x/notes", "request-timeout: 20ms\r\nidempotency-key: a\r\n", r#"{"text":"slow"}"#)
        .await;
    assert!(answer.starts_with("HTTP/1.1 504 Gateway Timeout"), "{answer}");
    let cx = Context::new().with_deadline_in(Duration::from_millis(20));
    let fault = Unary::<Add>::call(&server.channel(), &cx, add("slow")).await.unwrap_err();
    assert!(matches!(&fault, AddFault::Other(fault) if fault.code() == Code::DeadlineExceeded), "{fault:?}");
}

#[tokio::test]
async fn a_key_has_one_effect() {
    let server = start().await;
    let (channel, cx) = (server.channel(), Context::new());
    let request = add("slow");
    let (one, two) = tokio::join!(
        Unary::<Add>::call(&channel, &cx, request.clone()),
        Unary::<Add>::call(&channel, &cx, request.clone()),
    );
    assert_eq!(one.unwrap().id, two.unwrap().id, "the second waits for the first");
    let other = AddRequest { text: "else".into(), ..request };
    let fault = Unary::<Add>::call(&channel, &cx, other).await.unwrap_err();
    assert!(fault.to_string().contains("used before with another input"), "{fault}");

    // A failure that may pass is forgotten: the same key tries again.
    let request = add("flaky");
    let once = server.channel_under(Settings { retry: Word::Off, ..Settings::UNSAID });
    assert!(Unary::<Add>::call(&once, &cx, request.clone()).await.is_err());
    assert!(Unary::<Add>::call(&once, &cx, request).await.is_ok());
    assert!(Unary::<Add>::call(&channel, &cx, add("flaky")).await.is_ok(), "which is what a retry does");
}

#[tokio::test]
async fn streams_come_as_events_and_as_lines() {
    let server = start().await;
    let events = server.send("GET", "/notes?count=2", "accept: text/event-stream\r\n", "").await;
    assert!(events.contains("content-type: text/event-stream"), "{events}");
    assert!(events.contains("data: {\"id\":1,\"text\":\"note\"}\n\ndata: {\"id\":2"), "{events}");
    assert!(events.contains("event: end"), "{events}");
    let lines = server.send("GET", "/notes?count=2", "accept: application/x-ndjson\r\n", "").await;
    assert!(lines.contains("{\"id\":1,\"text\":\"note\"}\n{\"id\":2"), "{lines}");

    let opened = ServerStream::<Follow>::open(&server.channel(), &Context::new(), FollowRequest { count: 5000 }).await;
    let mut notes = Inbound::new(opened.unwrap());
    let mut count = 0;
    let fault = loop {
        match notes.next().await {
            Some(Ok(_)) => count += 1,
            Some(Err(fault)) => break Some(fault),
            None => break None,
        }
    };
    assert_eq!(count, 4999, "all before the fault");
    assert_eq!(fault.unwrap().to_string(), "aborted: enough");
}

#[tokio::test]
async fn draining_loses_no_call_in_flight() {
    let mut server = start().await;
    let channel = server.channel();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move { Unary::<Add>::call(&channel, &Context::new(), add("slow")).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(60)).await;
    server.stop.take().unwrap().send(()).unwrap();
    for call in calls {
        call.await.unwrap().expect("a call in flight ends well");
    }
    server.ended.await.unwrap();
    let fault = Unary::<Add>::call(&channel, &Context::new(), add("late")).await.unwrap_err();
    assert!(matches!(&fault, AddFault::Other(fault) if fault.code() == Code::Unavailable), "{fault:?}");
}

#[tokio::test]
async fn a_peer_that_says_nothing_loses_its_place() {
    let limits = Limits { header_time_max: Duration::from_millis(100), connections_max: 1, ..Limits::default() };
    let server = run(Server::new().limits(limits).serve(Notes::default()).bind("127.0.0.1:0").await.unwrap());
    for said in ["", "PRI * H", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /no"] {
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        silent.write_all(said.as_bytes()).await.unwrap();
        let closed = async { while silent.read_u8().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(2), closed)
            .await
            .unwrap_or_else(|_| panic!("{said:?} keeps its place"));
    }
    let answer = server.send("GET", "/nowhere", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[tokio::test]
async fn a_short_greeting_may_wait_long_for_its_answer() {
    let limits = Limits { header_time_max: Duration::from_millis(50), ..Limits::default() };
    let server = run(Server::new().limits(limits).serve(Notes::default()).bind("127.0.0.1:0").await.unwrap());
    let answer = server.send("POST", "/lists/x/notes", "idempotency-key: a\r\n", r#"{"text":"slow"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn a_panic_is_one_answer() {
    let server = start().await;
    let answer = server.send("POST", "/lists/x/notes", "idempotency-key: a\r\n", r#"{"text":"panic"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    let events = server.send("GET", "/notes?count=4000", "", "").await;
    assert!(events.contains("event: fault\ndata: "), "{events}");
    assert!(!events.contains("panic"), "peers do not learn it");
    let answer = server.send("GET", "/notes?count=0", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
}

#[tokio::test]
async fn a_keyed_call_that_nobody_awaits_ends_before_the_server() {
    let notes = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let service = Notes { count: std::sync::Arc::clone(&notes), ..Notes::default() };
    let mut server = run(Server::new().serve(service).bind("127.0.0.1:0").await.unwrap());
    let cx = Context::new().with_deadline_in(Duration::from_millis(50));
    Unary::<Add>::call(&server.channel(), &cx, add("slow")).await.unwrap_err();
    server.stop.take().unwrap().send(()).unwrap();
    server.ended.await.unwrap();
    assert_eq!(notes.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_table_of_keyed_calls_is_bounded() {
    let bounded = |limits| async move {
        run(Server::new().idempotency(limits).serve(Notes::default()).bind("127.0.0.1:0").await.unwrap())
    };
    let cx = Context::new();
    let few = IdempotencyLimits { entries_max: 1, ..IdempotencyLimits::default() };
    let little = IdempotencyLimits { bytes_max: 400, ..IdempotencyLimits::default() };
    for limits in [few, little] {
        let server = bounded(limits).await;
        let channel = server.channel();
        // Two run at once, and there is room for one.
        let long = AddRequest { list: "x".repeat(150), ..add("slow") };
        let other = AddRequest { token: IdempotencyKey::random(), ..long.clone() };
        let (one, two) =
            tokio::join!(Unary::<Add>::call(&channel, &cx, long.clone()), Unary::<Add>::call(&channel, &cx, other));
        let refused = [&one, &two].into_iter().filter_map(|answer| answer.as_ref().err()).collect::<Vec<_>>();
        assert!(
            matches!(refused[..], [AddFault::Other(fault)] if fault.code() == Code::ResourceExhausted),
            "{refused:?}"
        );
        // What has ended makes room: the oldest outcomes are forgotten.
        for _ in 0..10 {
            let next = AddRequest { list: long.list.clone(), ..add("quick") };
            Unary::<Add>::call(&channel, &cx, next).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_stop() {
    let mut server = start().await;
    let opened = ServerStream::<Follow>::open(&server.channel(), &Context::new(), FollowRequest { count: 7 }).await;
    let mut notes = Inbound::new(opened.unwrap());
    for _ in 0..7 {
        notes.next().await.unwrap().unwrap();
    }
    server.stop.take().unwrap().send(()).unwrap();
    let fault = notes.next().await.unwrap().unwrap_err();
    assert_eq!(fault.to_string(), "unavailable: the server is stopping");
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("it does not wait").unwrap();
}

#[tokio::test]
async fn connections_end_with_the_drain_time() {
    let server = Server::new().serve(Notes::default()).drain_time(Duration::from_millis(50));
    let mut server = run(server.bind("127.0.0.1:0").await.unwrap());
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"POST /lists/x/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.take().unwrap().send(()).unwrap();
    server.ended.await.unwrap();
    let closed = tokio::time::timeout(Duration::from_millis(500), stream.read_u8()).await.expect("it is closed");
    closed.unwrap_err();
}

#[tokio::test]
async fn a_client_lets_go_of_idle_connections() {
    let server = start().await;
    let options = RestOptions { idle_time_max: Duration::from_millis(50), ..RestOptions::default() };
    assert!(RestOptions::default().idle_time_max < Limits::default().header_time_max, "before the server does");
    let endpoint = wireloom::Endpoint::new(&format!("http://{}", server.address)).unwrap();
    let channel = Channel::new(Rest::new(options), endpoint);
    let peer = async || {
        let request = add("who");
        Unary::<Add>::call(&channel, &Context::new(), request).await.unwrap().text
    };
    let first = peer().await;
    assert_eq!(peer().await, first, "at once: the same connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_ne!(peer().await, first, "later: another");
}

#[tokio::test]
async fn metrics_are_served_as_prometheus_reads_them() {
    let server = run(Server::new().serve(Notes::default()).metrics("/metrics").bind("127.0.0.1:0").await.unwrap());
    server.send("POST", "/lists/home/notes", "idempotency-key: k\r\n", r#"{"text":"milk"}"#).await;
    let answer = server.send("GET", "/metrics", "", "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
    let counted = answer.lines().find(|line| {
        line.starts_with("rpc_server_call_duration_seconds_count{rpc_system_name=\"rest\",rpc_method=\"")
            && line.contains("/add\",rpc_response_status_code=\"OK\"}")
    });
    assert!(counted.is_some(), "{answer}");
}

#[cfg(feature = "tower")]
#[tokio::test]
async fn a_layer_stands_around_all_that_is_answered_over_http() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = std::sync::Arc::clone(&seen);
    let layer = tower::ServiceBuilder::new()
        .map_request(move |request: axum::extract::Request| {
            told.lock().unwrap().push(request.uri().path().to_owned());
            request
        })
        .map_response(|mut response: axum::response::Response| {
            response.headers_mut().insert("x-layer", "here".parse().unwrap());
            response
        });
    let server = run(Server::new().serve(Notes::default()).layer_http(layer).bind("127.0.0.1:0").await.unwrap());
    for (path, status) in [("/lists/home/notes", 201), ("/nowhere", 404)] {
        let answer = server.send("POST", path, "idempotency-key: k\r\n", r#"{"text":"milk"}"#).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains("x-layer: here"), "{answer}");
    }
    assert_eq!(*seen.lock().unwrap(), ["/lists/home/notes", "/nowhere"]);
}
