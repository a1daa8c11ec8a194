//! Peers that break the protocol, or use it to take what they can: each gets its close code, none gets much memory, and
//! others notice nothing.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use wireloom::{Cors, Limits, Server};

use crate::peer::{BINARY, JSON, Peer, binary, http, raw, text};
use crate::suite::{Running, add, start, start_server, start_with, until};
use crate::{Binary, Json};

const ADD: &str = "notes.Notes/add";

fn hello() -> Message {
    text(r#"{"t":"hello"}"#)
}

fn request(id: u32, method: &str, message: &str) -> Message {
    text(format!(r#"{{"t":"req","id":{id},"m":"{method}","d":{message}}}"#))
}

fn frame(kind: u8, op: u16, stream: u32, arg: u32, body: &[u8]) -> Vec<u8> {
    let mut frame = (body.len() as u32).to_le_bytes().to_vec();
    frame.extend([kind, 0]);
    frame.extend(op.to_le_bytes());
    frame.extend(stream.to_le_bytes());
    frame.extend(arg.to_le_bytes());
    frame.extend(body);
    frame
}

fn binary_hello() -> Vec<u8> {
    frame(1, u16::from_le_bytes(*b"LW"), 0, 1, &[1 << 24, 1 << 16, 200, 16_u32].map(u32::to_le_bytes).concat())
}

async fn hurried() -> Running {
    start_with::<Json>(Limits { header_time_max: Duration::from_millis(300), ..Limits::default() }).await
}

#[tokio::test]
async fn who_breaks_the_protocol_in_json_is_told_why() {
    let server = hurried().await;
    let items = |count: usize| (0..count).map(|_| text(r#"{"t":"item","id":1,"d":4294967294}"#));
    let long = "x".repeat(2 * 1024 * 1024 + 1);
    let bare: Vec<(&str, Vec<Message>, u16)> = vec![
        ("no hello", vec![request(1, ADD, "{}")], 4400),
        ("silence", vec![], 4408),
        ("another version", vec![text(r#"{"t":"hello","version":2}"#)], 4406),
        ("a hello of another kind", vec![text(r#"{"t":"hello","window":"much"}"#)], 4400),
        ("a negative window", vec![text(r#"{"t":"hello","window":-1}"#)], 4400),
        ("a binary message", vec![binary(binary_hello())], 4400),
        ("no JSON", vec![text("hello")], 4400),
        ("an array", vec![text("[]")], 4400),
        ("nothing", vec![text("")], 4400),
        ("two objects", vec![text(r#"{"t":"hello"}{"t":"hello"}"#)], 4400),
        ("half an object", vec![text(r#"{"t":"hello""#)], 4400),
        ("10,000 objects in each other", vec![text(r#"{"t":"#.repeat(10_000))], 4400),
    ];
    let behind_hello: Vec<(&str, Vec<Message>, u16)> = vec![
        ("a second hello", vec![hello()], 4400),
        ("an unknown kind", vec![text(r#"{"t":"subscribe"}"#)], 4400),
        ("no kind", vec![text(r#"{"id":1}"#)], 4400),
        ("a kind twice", vec![text(r#"{"t":"ping","t":"ping"}"#)], 4400),
        ("a number that is a text", vec![text(r#"{"t":"cancel","id":"1"}"#)], 4400),
        ("a number with a fraction", vec![text(r#"{"t":"cancel","id":1.5}"#)], 4400),
        ("a huge number", vec![text(r#"{"t":"cancel","id":1e400}"#)], 4400),
        ("a number beyond 32 bits", vec![request(1, ADD, "{}"), text(r#"{"t":"cancel","id":4294967297}"#)], 4400),
        ("no number", vec![text(r#"{"t":"req","m":"notes.Notes/add"}"#)], 4400),
        ("no operation", vec![text(r#"{"t":"req","id":1}"#)], 4400),
        ("an even number", vec![request(2, ADD, "{}")], 4400),
        ("a number twice", vec![request(1, ADD, "{}"), request(1, ADD, "{}")], 4400),
        ("a number that goes back", vec![request(3, ADD, "{}"), request(1, ADD, "{}")], 4400),
        ("an answer to a server", vec![text(r#"{"t":"res","id":1}"#)], 4400),
        ("an item of no call", items(1).collect(), 4400),
        ("credit of no size", vec![text(r#"{"t":"credit","id":1}"#)], 4400),
        ("metadata that is a list", vec![text(r#"{"t":"req","id":1,"m":0,"meta":["x"]}"#)], 4400),
        ("metadata in metadata", vec![text(r#"{"t":"req","id":1,"m":0,"meta":{"x":{}}}"#)], 4400),
        ("a name that no header has", vec![text(r#"{"t":"req","id":1,"m":0,"meta":{"x y":"z"}}"#)], 4400),
        (
            "101 entries of metadata",
            vec![text(format!(r#"{{"t":"req","id":1,"m":0,"meta":{{{}}}}}"#, entries(101)))],
            4413,
        ),
        (
            "70 KB of metadata",
            vec![text(format!(r#"{{"t":"req","id":1,"m":0,"meta":{{"x":"{}"}}}}"#, "y".repeat(70_000)))],
            4413,
        ),
        ("an input that is a stream and a message", vec![request(1, "notes.Notes/sum", "[1]")], 4400),
        (
            "items without credit",
            [request(1, "notes.Notes/sum", "null")].into_iter().chain(items(3000)).collect(),
            4409,
        ),
        (
            "credit without end",
            vec![
                request(1, "notes.Notes/echo", "null"),
                text(r#"{"t":"credit","id":1,"n":2147483647}"#),
                text(r#"{"t":"credit","id":1,"n":2147483647}"#),
            ],
            4409,
        ),
        ("a message beyond the limit", vec![request(1, ADD, &format!(r#"{{"text":"{long}"}}"#))], 4413),
        ("a frame beyond every limit", vec![text("x".repeat(8 * 1024 * 1024))], 4413),
    ];
    let behind_hello = behind_hello
        .into_iter()
        .map(|(what, messages, code)| (what, [hello()].into_iter().chain(messages).collect(), code));
    let other = server.channel::<Json>();
    for (what, messages, code) in bare.into_iter().chain(behind_hello) {
        let ended = Peer::connect(server.address, JSON).await.end(messages).await;
        assert_eq!(ended, (Some(u64::from(code)), Some(code)), "{what}");
        assert!(add(&other, "milk").await.is_ok(), "{what}: other connections live");
    }
}

fn entries(count: usize) -> String {
    let entries: Vec<_> = (0..count).map(|index| format!(r#""x-{index}":"y""#)).collect();
    entries.join(",")
}

#[tokio::test]
async fn who_breaks_the_protocol_in_binary_is_told_why() {
    let server = hurried().await;
    let magic = u16::from_le_bytes(*b"LW");
    let add_one = frame(2, 0, 1, 0, &wireloom::wire::encode_to_vec(&"never".to_owned()));
    let cases: Vec<(&str, Vec<Message>, u16)> = vec![
        ("silence", vec![], 4408),
        ("a text", vec![text(r#"{"t":"hello"}"#)], 4400),
        ("nothing", vec![binary(vec![])], 4400),
        ("half a frame", vec![binary(binary_hello()[..20].to_vec())], 4400),
        ("a header alone", vec![binary(binary_hello()[..16].to_vec())], 4400),
        ("two frames in a message", vec![binary([binary_hello(), add_one.clone()].concat())], 4400),
        ("another version", vec![binary(frame(1, magic, 0, 2, &[0; 16]))], 4406),
        ("no hello", vec![binary(add_one.clone())], 4400),
        ("a number twice", vec![binary(binary_hello()), binary(add_one.clone()), binary(add_one)], 4400),
        (
            "a message beyond the limit",
            vec![binary(binary_hello()), binary(frame(2, 0, 1, 0, &vec![0; 3 << 20]))],
            4413,
        ),
        (
            "items without credit",
            [binary(binary_hello()), binary(frame(2, 4, 1, 0, b""))]
                .into_iter()
                .chain((0..3000).map(|_| binary(frame(4, 0, 1, 0, &wireloom::wire::encode_to_vec(&0xffff_fffe_u32)))))
                .collect(),
            4409,
        ),
    ];
    let other = server.channel::<Binary>();
    for (what, messages, code) in cases {
        let ended = Peer::connect(server.address, BINARY).await.end(messages).await;
        assert_eq!(ended, (Some(u64::from(code)), Some(code)), "{what}");
        assert!(add(&other, "milk").await.is_ok(), "{what}: other connections live");
    }
}

#[tokio::test]
async fn who_breaks_websocket_itself_is_told_why() {
    let server = hurried().await;
    // Final text or ping frames: their first two bytes, the rest.
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("no mask", [&[0x81, 2][..], b"{}"].concat(), 4400),
        ("no UTF-8", vec![0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 4400),
        ("a reserved bit", vec![0xc1, 0x80, 0, 0, 0, 0], 4400),
        ("an unknown opcode", vec![0x83, 0x80, 0, 0, 0, 0], 4400),
        ("a fragment of nothing", vec![0x80, 0x80, 0, 0, 0, 0], 4400),
        ("a ping in fragments", vec![0x09, 0x80, 0, 0, 0, 0], 4400),
        ("a frame of 2^63 bytes", [&[0x81, 0xff, 0x7f][..], &[0xff; 7], &[0; 4]].concat(), 4413),
        ("half a frame", vec![0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0, b'{'], 4408),
    ];
    for (what, bytes, code) in cases {
        let mut socket = raw(server.address, JSON).await;
        socket.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await.unwrap().unwrap();
        // The close frame is the last: its code, then the reason.
        let close = answer.iter().rposition(|byte| *byte == 0x88).unwrap_or_else(|| panic!("{what}: {answer:?}"));
        assert_eq!(u16::from_be_bytes([answer[close + 2], answer[close + 3]]), code, "{what}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_call_fails_that_call() {
    let server = start::<Json>().await;
    let mut peer = Peer::greeted(server.address).await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let wrong = [
        (request(1, "notes.Notes/none", "{}"), "unimplemented", ""),
        (text(r#"{"t":"req","id":3,"m":65535}"#.to_owned()), "unimplemented", ""),
        (request(5, ADD, &deep), "invalid_argument", "is nested deeper than 64"),
        (request(7, ADD, "{}"), "invalid_argument", "missing"),
        (text(r#"{"t":"req","id":9,"m":"notes.Notes/add"}"#), "invalid_argument", "missing"),
        (
            request(11, ADD, r#"{"text":1e999999}"#),
            "invalid_argument",
            "malformed JSON at line 1, column 16: number out of range",
        ),
        (request(13, ADD, r#"{"text":"panic"}"#), "internal", ""),
        (text(r#"{"t":"req","id":15,"m":0,"ms":-5,"d":{"text":"late"}}"#), "deadline_exceeded", ""),
        (text(r#"{"t":"req","id":17,"m":0,"ms":0.5,"d":{"text":"late"}}"#), "deadline_exceeded", ""),
    ];
    for (message, code, violation) in wrong {
        peer.socket.send(message).await.unwrap();
        let told = peer.hear().await;
        assert_eq!((told["t"].as_str(), told["code"].as_str()), (Some("err"), Some(code)), "{told}");
        assert_eq!(told["violations"][0]["message"].as_str().unwrap_or_default(), violation, "{told}");
    }
    // What is not known is skipped, in any order.
    peer.say(
        r#"{"d":{"text":"milk","more":[1]},"later":{"t":[[]]},"m":"notes.Notes/add","id":99,"t":"\u0072eq","ms":1e12}"#,
    )
    .await;
    assert_eq!(peer.hear().await, serde_json::json!({"t": "res", "id": 99, "d": {"id": 1, "text": "milk"}}));
}

#[tokio::test]
async fn who_may_not_connect_is_told_why() {
    let server = start_server::<Json>(Server::new().allowed_origins(["https://shop.example"])).await;
    let upgrade = "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nconnection: upgrade\r\n";
    let json = "sec-websocket-protocol: loom.v1.json\r\n";
    for (what, headers, status, detail) in [
        ("no upgrade", String::new(), 426, "there are WebSockets of version 13 here"),
        ("an old version", upgrade.replace("13", "8") + json, 426, "there are WebSockets of version 13 here"),
        ("no key", upgrade.replace("-key", "-lock") + json, 400, "Sec-WebSocket-Key is missing"),
        ("no protocol", upgrade.to_owned(), 400, "names neither `loom.v1.json` nor `loom.v1.bin`"),
        ("another protocol", format!("{upgrade}sec-websocket-protocol: graphql-ws\r\n"), 400, "names neither"),
        ("another origin", format!("{upgrade}{json}origin: https://evil.example\r\n"), 403, "pages of this origin"),
        ("an opaque origin", format!("{upgrade}{json}origin: null\r\n"), 403, "pages of this origin"),
    ] {
        let answer = http(server.address, &headers).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains(detail), "{what}: {answer}");
    }
    for origin in ["https://shop.example".to_owned(), format!("http://{}", server.address)] {
        // The first protocol of the client's that is known is taken.
        let protocols = "sec-websocket-protocol: later.v2, loom.v1.bin, loom.v1.json\r\n";
        let mut peer = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let request = format!(
            "GET /ws/notes HTTP/1.1\r\nhost: {}\r\n{upgrade}{protocols}origin: {origin}\r\n\r\n",
            server.address
        );
        peer.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1024];
        let read = peer.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).to_ascii_lowercase();
        assert!(
            answer.starts_with("http/1.1 101") && answer.contains("sec-websocket-protocol: loom.v1.bin"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn pages_that_may_call_may_connect() {
    let upgrade = "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nconnection: upgrade\r\nsec-websocket-protocol: loom.v1.json\r\n";
    for (cors, status) in [(Cors::allow(["https://shop.example"]), "101"), (Cors::allow_any(), "403")] {
        let server = start_server::<Json>(Server::new().cors(cors)).await;
        let mut peer = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let request = format!("GET /ws/notes HTTP/1.1\r\nhost: x\r\n{upgrade}origin: https://shop.example\r\n\r\n");
        peer.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        peer.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {status}").as_bytes());
    }
}

#[tokio::test]
async fn of_ten_thousand_calls_some_run_and_the_rest_are_refused() {
    let server = start::<Json>().await;
    let (mut writer, mut reader) = Peer::greeted(server.address).await.socket.split();
    let writing = tokio::spawn(async move {
        for index in 0..10_000 {
            writer.feed(request(index * 2 + 1, ADD, r#"{"text":"never"}"#)).await.unwrap();
        }
        writer.flush().await.unwrap();
        writer
    });
    for _ in 0..9_800 {
        let told = reader.next().await.unwrap().unwrap();
        assert!(told.to_text().unwrap().contains("resource_exhausted"), "{told}");
    }
    drop((writing.await.unwrap(), reader));
    until("all that ran are cancelled", || server.seen.cancelled.load(Ordering::SeqCst) == 200).await;
}

/// Sends until the server has taken nothing for a while; how many bytes it took.
async fn push(peer: &mut Peer, mut next: impl FnMut() -> Message) -> usize {
    let mut taken = 0;
    loop {
        let message = next();
        let bytes = message.len();
        if tokio::time::timeout(Duration::from_millis(500), peer.socket.send(message)).await.is_err() {
            return taken;
        }
        taken += bytes;
        assert!(taken < 1 << 28, "the server takes without end");
    }
}

fn memory_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn a_peer_that_never_reads_is_not_served_further() {
    let server = start::<Json>().await;
    let before = memory_bytes();
    let mut peer = Peer::greeted(server.address).await;
    let mut id = 1;
    let padding = "x".repeat(1000);
    let requests = || {
        id += 2;
        request(id, ADD, &format!(r#"{{"text":"repeat 1000000","padding":"{padding}"}}"#))
    };
    let taken = push(&mut peer, requests).await;
    let answered = server.seen.notes.load(Ordering::SeqCst);
    assert!(taken / 1000 > answered as usize, "it stopped to read: {taken} bytes");
    assert!(answered < 50, "the answers fill sockets and one buffer, then it stopped: {answered}");
    assert!(memory_bytes().saturating_sub(before) < 256 << 20, "memory is bounded");
    assert!(add(&server.channel::<Json>(), "milk").await.is_ok(), "others are served");
}

#[tokio::test]
async fn what_stands_beside_a_message_is_not_kept_with_it() {
    let server = start_with::<Json>(Limits::default()).await;
    let mut peer = Peer::greeted(server.address).await;
    let padding = "x".repeat(2_000_000);
    let before = memory_bytes();
    for id in (1..100).step_by(2) {
        let text = format!(r#"{{"padding":"{padding}","t":"req","id":{id},"m":"{ADD}","d":{{"text":"never"}}}}"#);
        peer.say(&text).await;
    }
    peer.say(r#"{"t":"ping"}"#).await;
    assert_eq!(peer.hear().await["t"], "pong", "all have arrived");
    assert!(memory_bytes().saturating_sub(before) < 64 << 20, "100 MB were not kept");
    drop(peer);
    until("all ran", || server.seen.cancelled.load(Ordering::SeqCst) == 50).await;
}

#[tokio::test]
async fn a_peer_that_only_pings_costs_nothing() {
    let server = start::<Json>().await;
    let mut peer = Peer::greeted(server.address).await;
    for _ in 0..1000 {
        peer.socket.send(Message::Ping("life".into())).await.unwrap();
        let pong = tokio::time::timeout(Duration::from_secs(5), peer.socket.next()).await.unwrap();
        assert_eq!(pong.unwrap().unwrap(), Message::Pong("life".into()));
    }
    // Who takes no pongs is cut off at some time, and holds little until then.
    let before = memory_bytes();
    let mut socket = peer.socket.into_inner();
    let pings = [&[0x89, 0xfd, 0, 0, 0, 0][..], &[7; 125]].concat().repeat(1000);
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_millis(500), socket.write_all(&pings))
        .await
        .is_ok_and(|sent| sent.is_ok())
    {
        sent += pings.len();
        assert!(sent < 1 << 30, "the server takes without end");
    }
    assert!(memory_bytes().saturating_sub(before) < 64 << 20, "memory is bounded");
    assert!(add(&server.channel::<Json>(), "milk").await.is_ok(), "others are served");
}

#[tokio::test]
async fn sessions_have_places_among_the_connections() {
    let server = start_with::<Json>(Limits { connections_max: 2, ..Limits::default() }).await;
    let first = Peer::greeted(server.address).await;
    let _second = Peer::greeted(server.address).await;
    let third = tokio::spawn(Peer::greeted(server.address));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!third.is_finished(), "there is no place for a third");
    drop(first);
    tokio::time::timeout(Duration::from_secs(5), third).await.expect("the place is given on").unwrap();
}

#[tokio::test]
async fn sessions_end_with_the_server() {
    let mut server = start::<Json>().await;
    let mut peer = Peer::greeted(server.address).await;
    peer.say(r#"{"t":"req","id":1,"m":"notes.Notes/add","d":{"text":"slow"}}"#).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop();
    let told = peer.hear().await;
    assert_eq!((told["t"].as_str(), told["code"].as_u64()), (Some("goaway"), Some(1012)), "{told}");
    assert_eq!(peer.hear().await["t"], "res", "a call in flight ends well");
    assert_eq!(peer.end(vec![]).await, (Some(1000), Some(1000)));
    server.ended().await;
}

#[tokio::test]
async fn sessions_do_not_outlive_the_drain_time() {
    let mut server = start_server::<Json>(Server::new().drain_time(Duration::from_millis(700))).await;
    let mut peer = Peer::greeted(server.address).await;
    peer.say(r#"{"t":"req","id":1,"m":"notes.Notes/add","d":{"text":"never"}}"#).await;
    let seen = std::sync::Arc::clone(&server.seen);
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop();
    server.ended().await;
    until("the call is cut off", || seen.cancelled.load(Ordering::SeqCst) == 1).await;
    assert_eq!(peer.end(vec![]).await.1, None, "so is the connection");
}

#[tokio::test]
async fn headers_of_the_upgrade_go_with_every_call() {
    let server = start::<Json>().await;
    let mut peer = Peer::connect_with(server.address, JSON, &[("x-tenant", "blue")]).await;
    peer.say(r#"{"t":"hello"}"#).await;
    peer.hear().await;
    for (id, meta, tenant) in
        [(1, "{}", "blue"), (3, r#"{"x-request-id":"r-7"}"#, "blue"), (5, r#"{"X-Tenant":"green"}"#, "green")]
    {
        let text = format!(r#"{{"t":"req","id":{id},"m":"{ADD}","meta":{meta},"d":{{"text":"milk"}}}}"#);
        peer.say(&text).await;
        peer.hear().await;
        assert_eq!(server.seen.tenant.lock().unwrap().as_deref(), Some(tenant));
    }
}

/// What a browser cannot say in headers of the upgrade it says in its hello, above them and below what a call says.
#[tokio::test]
async fn metadata_of_the_hello_goes_with_every_call() {
    let server = start::<Json>().await;
    let mut peer = Peer::connect_with(server.address, JSON, &[("x-tenant", "blue")]).await;
    peer.say(r#"{"t":"hello","meta":{"x-tenant":"red"}}"#).await;
    peer.hear().await;
    for (id, meta, tenant) in [(1, "{}", "red"), (3, r#"{"X-Tenant":"green"}"#, "green"), (5, "{}", "red")] {
        let text = format!(r#"{{"t":"req","id":{id},"m":"{ADD}","meta":{meta},"d":{{"text":"milk"}}}}"#);
        peer.say(&text).await;
        peer.hear().await;
        assert_eq!(server.seen.tenant.lock().unwrap().as_deref(), Some(tenant));
    }
    let long = format!(r#"{{"t":"hello","meta":{{"x-tenant":"{}"}}}}"#, "x".repeat(200_000));
    let ended = Peer::connect(server.address, JSON).await.end(vec![text(long)]).await;
    assert_eq!(ended.0, Some(4413), "it has the bound of a call's");
}
