//! Answers that are named by entity tags, and that are compressed.

use wireloom::Server;

use crate::notes::Notes;
use crate::{Running, run};

async fn start(server: Server) -> Running {
    run(server.serve(Notes::default()).bind("127.0.0.1:0").await.unwrap())
}

/// The value of a header, which is there once at most.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let mut values = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let value = values.next();
    assert!(values.next().is_none(), "{name} is there twice: {head}");
    value
}

#[tokio::test]
async fn who_has_an_answer_need_not_get_it_again() {
    let server = start(Server::new().etags()).await;
    let first = server.send("GET", "/shown?count=2", "", "").await;
    let tag = header(&first, "etag").unwrap();
    assert_eq!(header(&first, "cache-control"), Some("private, no-cache"));
    let again = server.send("GET", "/shown?count=2", &format!("if-none-match: \"x\", {tag}\r\n"), "").await;
    assert!(again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n"), "{again}");
    assert_eq!(header(&again, "etag"), Some(tag));
    assert_eq!(header(&again, "content-type"), None);
    assert!(header(&again, "x-request-id").is_some());
    let other = server.send("GET", "/shown?count=3", &format!("if-none-match: {tag}\r\n"), "").await;
    assert!(other.starts_with("HTTP/1.1 200 OK\r\n") && header(&other, "etag") != Some(tag), "{other}");
    let head = server.send("HEAD", "/shown?count=2", "", "").await;
    assert_eq!(header(&head, "etag"), Some(tag), "HEAD says what GET would");

    // What is no answer, or not of a safe operation, or a stream, has none.
    for (method, path, headers, body) in [
        ("POST", "/lists/home/notes", "idempotency-key: k\r\nif-none-match: *\r\n", r#"{"text":"milk"}"#),
        ("GET", "/notes?count=1", "if-none-match: *\r\n", ""),
        ("GET", "/shown", "if-none-match: *\r\n", ""),
        ("PUT", "/pair", "if-none-match: *\r\n", r#"{"one":"","two":""}"#),
    ] {
        let answer = server.send(method, path, headers, body).await;
        assert!(header(&answer, "etag").is_none() && !answer.starts_with("HTTP/1.1 304"), "{answer}");
    }
    let off = start(Server::new()).await;
    let answer = off.send("GET", "/shown?count=2", "if-none-match: *\r\n", "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && header(&answer, "etag").is_none(), "{answer}");
}

#[cfg(not(feature = "compression"))]
#[tokio::test]
async fn a_body_that_is_compressed_is_not_taken() {
    let server = start(Server::new()).await;
    let headers = "idempotency-key: k\r\ncontent-encoding: gzip\r\n";
    let answer = server.send("POST", "/lists/home/notes", headers, "{}").await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    assert_eq!(header(&answer, "accept-encoding"), Some("identity"));
}

#[cfg(feature = "compression")]
mod compression {
    use std::io::{Read as _, Write as _};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use wireloom::rest::{Compression, Rest, RestOptions};
    use wireloom::{Channel, Context, Endpoint, Limits, Unary};

    use super::*;
    use crate::notes::{FollowRequest, Show};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(answer: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(answer).read_to_string(&mut text).unwrap();
        text
    }

    /// Sends a request and reads the answer: its head, and its body as it came.
    async fn send(server: &Running, head: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let length = body.len();
        let head = format!("{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n");
        // Behind the first line stand the headers that the caller gave.
        let (line, headers) = head.split_once(" HTTP/1.1\r\n").unwrap();
        let (line, more) = line.split_once('\n').unwrap_or((line, ""));
        stream.write_all(format!("{line} HTTP/1.1\r\n{headers}{more}\r\n").as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end + 2].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    fn compressing() -> Server {
        Server::new().etags().compression(Compression::default())
    }

    #[tokio::test]
    async fn an_answer_is_compressed_for_who_wants_it() {
        let server = start(compressing()).await;
        let (plain_head, plain) = send(&server, "GET /shown?count=100", b"").await;
        assert!(header(&plain_head, "content-encoding").is_none());
        assert_eq!(header(&plain_head, "vary"), Some("accept-encoding"), "it might have been");
        let (head, body) = send(&server, "GET /shown?count=100\naccept-encoding: br, gzip\r\n", b"").await;
        assert_eq!(header(&head, "content-encoding"), Some("gzip"));
        assert_eq!(header(&head, "vary"), Some("accept-encoding"));
        assert_eq!(header(&head, "content-length"), Some(body.len().to_string().as_str()));
        assert!(body.len() * 3 < plain.len());
        assert_eq!(inflated(&body).as_bytes(), plain);

        // Each form has a tag of its own, and both are known.
        let (tag, plain_tag) = (header(&head, "etag").unwrap(), header(&plain_head, "etag").unwrap());
        assert_eq!(tag, format!("{}-gzip\"", plain_tag.trim_end_matches('"')));
        for known in [tag, plain_tag] {
            let asked = format!("GET /shown?count=100\naccept-encoding: gzip\r\nif-none-match: {known}\r\n");
            let (head, body) = send(&server, &asked, b"").await;
            assert!(head.starts_with("HTTP/1.1 304") && body.is_empty(), "{head}");
            assert_eq!((header(&head, "etag"), header(&head, "vary")), (Some(known), Some("accept-encoding")));
        }
        let (head, _) = send(&server, "GET /shown?count=2\naccept-encoding: gzip\r\n", b"").await;
        assert!(header(&head, "content-encoding").is_none(), "it is too short");
    }

    #[tokio::test]
    async fn streams_go_out_as_they_are() {
        let server = start(compressing()).await;
        for form in ["text/event-stream", "application/x-ndjson"] {
            let asked = format!("GET /notes?count=500\naccept-encoding: gzip\r\naccept: {form}\r\n");
            let (head, _) = send(&server, &asked, b"").await;
            assert!(header(&head, "content-encoding").is_none() && head.contains(form), "{head}");
        }
    }

    #[tokio::test]
    async fn a_body_in_gzip_is_taken_within_the_limits() {
        let limits = Limits { body_bytes_max: 100_000, ..Limits::default() };
        let server = start(compressing().limits(limits)).await;
        let post = |coding: &str| format!("POST /lists/x/notes\nidempotency-key: k\r\ncontent-encoding: {coding}\r\n");
        let (head, body) = send(&server, &post("gzip"), &gzip(br#"{"text":"milk"}"#)).await;
        assert!(head.starts_with("HTTP/1.1 201"), "{head}{}", String::from_utf8_lossy(&body));
        let bomb = gzip(&vec![b' '; 3_000_000]);
        assert!(bomb.len() < 100_000);
        for (coding, body, status) in [
            ("gzip", &bomb[..], "413"),
            ("gzip", b"{}", "400"),
            ("gzip", &gzip(b"{}")[..15], "400"),
            ("br", b"{}", "415"),
            ("gzip, gzip", b"{}", "415"),
            ("identity", b"{}", "400"),
        ] {
            let (head, answer) = send(&server, &post(coding), body).await;
            let said = String::from_utf8_lossy(&answer);
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{coding} wants {status}: {head}{said}");
            assert_eq!(header(&head, "accept-encoding"), (status == "415").then_some("gzip, identity"));
        }
        let off = start(Server::new()).await;
        let (head, _) = send(&off, &post("gzip"), &gzip(b"{}")).await;
        assert!(head.starts_with("HTTP/1.1 415") && header(&head, "accept-encoding") == Some("identity"), "{head}");
    }

    #[tokio::test]
    async fn a_client_asks_for_gzip_and_bounds_what_it_inflates() {
        let server = start(compressing()).await;
        let call = async |channel: Channel<Rest>, count| {
            Unary::<Show>::call(&channel, &Context::new(), FollowRequest { count }).await
        };
        assert_eq!(call(server.channel(), 1000).await.unwrap().len(), 1000);

        // Servers of a bomb, and of what is no gzip. A call may try again, so they answer the same for ever.
        let bomb = gzip(&[&b"[]"[..], &vec![b' '; 2_000_000]].concat());
        for (body, told) in [
            (bomb, "resource_exhausted: the answer is too long"),
            (b"no gzip".to_vec(), "unavailable: the answer cannot be inflated"),
        ] {
            let to = answering(body).await;
            let options = RestOptions { answer_bytes_max: 1_000_000, ..RestOptions::default() };
            let fault = call(Channel::new(Rest::new(options), to), 1).await.unwrap_err();
            assert_eq!(fault.to_string(), told);
        }
    }

    /// A server that answers whoever asks for gzip with that body, and says that it is.
    async fn answering(body: Vec<u8>) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = Endpoint::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                assert!(String::from_utf8_lossy(&request[..read]).contains("accept-encoding: gzip\r\n"));
                let coded = "content-type: application/json\r\ncontent-encoding: gzip";
                let length = body.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{coded}\r\ncontent-length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&body).await.unwrap();
            }
        });
        to
    }
}
