//! An etcd that answers what no etcd should.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wireloom::discovery::{Etcd, EtcdOptions, FollowOptions, Followed, Registrar as _, follow};
use wireloom::policy::backoff::Backoff;

use crate::{becomes, instance, now, until};

/// What is answered, by path: the last one again and again.
#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Mutex<HashMap<&'static str, Vec<Answer>>>>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

#[derive(Clone)]
enum Answer {
    /// 200, and this.
    Json(String),
    /// 200, and these lines; then nothing, and no end.
    Lines(Vec<String>),
    Status(u16),
    /// Bytes without end.
    Flood,
    /// Nothing at all.
    Silence,
}

const RANGE: &str = "/v3/kv/range";
const WATCH: &str = "/v3/watch";

impl Fake {
    fn answers(self, path: &'static str, answers: &[Answer]) -> Fake {
        self.answers.lock().unwrap().insert(path, answers.to_vec());
        self
    }

    fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = self.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // Whoever hangs up has seen enough.
                tokio::spawn(fake.clone().talk(socket).map(drop));
            }
        });
        address
    }

    fn next(&self, path: &str) -> Answer {
        *self.asked.lock().unwrap().entry(path.to_owned()).or_default() += 1;
        let mut answers = self.answers.lock().unwrap();
        let Some(answers) = answers.get_mut(path) else { return Answer::Status(404) };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }

    async fn talk(self, mut socket: TcpStream) -> std::io::Result<()> {
        loop {
            let path = request(&mut socket).await?;
            match self.next(&path) {
                Answer::Json(text) => {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
                    socket.write_all((head + &text).as_bytes()).await?;
                }
                Answer::Status(status) => {
                    let head = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
                    socket.write_all(head.as_bytes()).await?;
                }
                Answer::Lines(lines) => {
                    socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                    for line in lines {
                        socket.write_all(format!("{:x}\r\n{line}\n\r\n", line.len() + 1).as_bytes()).await?;
                    }
                    std::future::pending::<()>().await;
                }
                Answer::Flood => {
                    socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                    let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
                    loop {
                        socket.write_all(piece.as_bytes()).await?;
                    }
                }
                Answer::Silence => std::future::pending::<()>().await,
            }
        }
    }
}

/// Reads a request to its end; gives its path.
async fn request(socket: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
    socket.read_exact(&mut vec![0; length]).await?;
    Ok(head.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// A list of these ports, at a revision.
fn list(ports: &[u16], revision: u64) -> Answer {
    list_of(ports.iter().map(|port| (port.to_string(), format!(r#"{{"address":"127.0.0.1:{port}"}}"#))), revision)
}

/// A list of these keys and values.
fn list_of(values: impl Iterator<Item = (String, String)>, revision: u64) -> Answer {
    let values = values.map(|(key, value)| {
        let (key, value) = (base64(key.as_bytes()), base64(value.as_bytes()));
        format!(r#"{{"key":"{key}","value":"{value}","mod_revision":"{revision}"}}"#)
    });
    let values = values.collect::<Vec<_>>().join(",");
    Answer::Json(format!(r#"{{"header":{{"revision":"{revision}"}},"kvs":[{values}]}}"#))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        (0..4).map(move |place| match place <= three.len() {
            true => char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]),
            false => '=',
        })
    });
    letters.collect()
}

async fn followed(fakes: &[&Fake]) -> Followed {
    let mut members = Vec::new();
    for fake in fakes {
        members.push(fake.serve().await.to_string());
    }
    follow(Arc::new(etcd(&members)), options()).unwrap()
}

fn etcd(members: &[String]) -> Etcd {
    let answer_time_max = Duration::from_millis(200);
    let options = EtcdOptions { check: Duration::from_secs(5), answer_time_max, ..EtcdOptions::default() };
    Etcd::new(members.iter().map(String::as_str), "/services/orders", "http", options).unwrap()
}

fn options() -> FollowOptions {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(50) };
    FollowOptions { settle: Duration::from_millis(1), backoff, ..FollowOptions::default() }
}

/// Waits until that was told.
async fn tells(followed: &Followed, what: &str) {
    let told = || followed.status().last_error.is_some_and(|error| error.to_string().contains(what));
    until(what, told).await;
}

#[tokio::test]
async fn a_watch_that_breaks_in_any_way_is_told_and_the_list_asked_for_again() {
    for (line, told) in [
        (r#"{"result":{"canceled":true,"compact_revision":"40"}}"#, "what was before revision 40 is compacted away"),
        (r#"{"result":{"canceled":true,"cancel_reason":"no reason"}}"#, "etcd has cancelled the watch: no reason"),
        (r#"{"error":{"grpc_code":14,"message":"transport is closing"}}"#, "etcd: transport is closing"),
        ("what", "etcd's watch says what nobody would"),
        (r#"{"result":{"events":[{"type":"LATER","kv":{}}]}}"#, "etcd's watch says what nobody would"),
    ] {
        let watches = [Answer::Lines(vec![line.to_owned()]), Answer::Silence];
        let fake = Fake::default().answers(RANGE, &[list(&[1, 2], 7)]).answers(WATCH, &watches);
        let followed = followed(&[&fake]).await;
        becomes(&followed, "1 2").await;
        tells(&followed, told).await;
        until("it is listed again", || fake.asked(RANGE) >= 2).await;
        assert_eq!(now(&followed), "1 2");
    }
}

#[tokio::test]
async fn what_a_list_knew_already_is_no_news() {
    let old = format!(
        r#"{{"result":{{"events":[{{"type":"DELETE","kv":{{"key":"{}","mod_revision":"7"}}}}]}}}}"#,
        base64(b"1")
    );
    let new = old.replace(r#""7""#, r#""8""#);
    let fake = Fake::default()
        .answers(RANGE, &[list(&[1, 2, 3], 7)])
        .answers(WATCH, &[Answer::Lines(vec![old.clone(), new.replace(&base64(b"1"), &base64(b"2"))])]);
    let followed = followed(&[&fake]).await;
    becomes(&followed, "1 3").await;
    assert_eq!(followed.status().errors, 0);
}

#[tokio::test]
async fn nothing_that_it_says_is_without_end() {
    let watch = Fake::default().answers(RANGE, &[list(&[1], 7)]).answers(WATCH, &[Answer::Flood, Answer::Silence]);
    let watching = followed(&[&watch]).await;
    tells(&watching, "etcd says more than 16777216 bytes at once").await;
    assert_eq!(now(&watching), "1");
    let range = Fake::default().answers(RANGE, &[Answer::Flood, Answer::Status(404)]);
    let listing = followed(&[&range]).await;
    until("it is told", || listing.status().errors > 0).await;
    let many: Vec<u16> = (1..=10_001).collect();
    let fake = Fake::default().answers(RANGE, &[list(&many, 7)]).answers(WATCH, &[Answer::Silence]);
    tells(&followed(&[&fake]).await, "more than 10000 instances are told").await;
}

#[tokio::test]
async fn a_member_that_fails_leaves_it_to_the_next() {
    for bad in [Answer::Silence, Answer::Status(503)] {
        let bad = Fake::default().answers(RANGE, &[bad]);
        let good = Fake::default().answers(RANGE, &[list(&[1], 7)]).answers(WATCH, &[Answer::Silence]);
        // Whose turn is first is chance.
        for _ in 0..8 {
            becomes(&followed(&[&bad, &good]).await, "1").await;
        }
        assert!(bad.asked(RANGE) > 0);
    }
    let no = Fake::default().answers(RANGE, &[Answer::Status(403)]);
    let followed = followed(&[&no]).await;
    tells(&followed, ": 403 Forbidden").await;
}

#[tokio::test]
async fn no_lease_is_believed_to_live_longer_than_was_asked_for() {
    let fake = Fake::default()
        .answers("/v3/lease/grant", &[Answer::Json(r#"{"ID":"7","TTL":"9223372036854775807"}"#.to_owned())])
        .answers("/v3/kv/put", &[Answer::Json("{}".to_owned())])
        .answers("/v3/lease/keepalive", &[Answer::Json(r#"{"result":{"ID":"7"}}"#.to_owned())]);
    let etcd = etcd(&[fake.serve().await.to_string()]);
    let mut registration = etcd.register(&instance(1)).await.unwrap();
    let lost = tokio::time::timeout(Duration::from_secs(8), registration.lost()).await.unwrap();
    assert_eq!(lost.to_string(), "etcd no longer knows the lease");
}

#[tokio::test]
async fn the_value_that_the_book_shows_is_right() {
    let page = include_str!("../../../book/src/operating/discovery.md");
    let shown = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let values = [("7".to_owned(), shown.to_owned())].into_iter();
    let fake = Fake::default().answers(RANGE, &[list_of(values, 7)]).answers(WATCH, &[Answer::Silence]);
    let followed = followed(&[&fake]).await;
    becomes(&followed, "8080*3").await;
    assert_eq!(followed.latest().unwrap().instances()[0].zone.as_deref(), Some("eu-1a"));
}
