//! Peers that break the protocol, or use it to take what they can: each gets its close code, and none gets much memory.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wireloom::Limits;

use crate::Native;
use crate::suite::{Running, add as add_note, start, start_with, until};

const HELLO: u8 = 1;
const REQUEST: u8 = 2;
const RESPONSE: u8 = 3;
const ITEM: u8 = 4;
const FAULT: u8 = 6;
const CREDIT: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const GO_AWAY: u8 = 11;

/// Numbers of the operations of `notes`.
const ADD: u16 = 0;
const SUM: u16 = 4;
const ECHO: u16 = 5;

fn header(length: u32, kind: u8, flags: u8, op: u16, stream: u32, arg: u32) -> Vec<u8> {
    let mut header = length.to_le_bytes().to_vec();
    header.extend([kind, flags]);
    header.extend(op.to_le_bytes());
    header.extend(stream.to_le_bytes());
    header.extend(arg.to_le_bytes());
    header
}

fn frame(kind: u8, op: u16, stream: u32, arg: u32, body: &[u8]) -> Vec<u8> {
    [header(body.len() as u32, kind, 0, op, stream, arg), body.to_vec()].concat()
}

fn hello() -> Vec<u8> {
    let takes = [1 << 24, 1 << 16, 200, 16_u32].map(u32::to_le_bytes).concat();
    frame(HELLO, u16::from_le_bytes(*b"LW"), 0, 1, &takes)
}

fn add(stream: u32, text: &str) -> Vec<u8> {
    // The contract of `add` has the text in field 1, as a scalar that travels alone has.
    frame(REQUEST, ADD, stream, 0, &wireloom::wire::encode_to_vec(&text.to_owned()))
}

/// Kind, stream, argument and body of each frame.
type Frames = Vec<(u8, u32, u32, Vec<u8>)>;

fn frames(mut bytes: &[u8]) -> Frames {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap());
    let mut frames = Vec::new();
    while bytes.len() >= 16 && bytes.len() >= 16 + number(bytes) as usize {
        let end = 16 + number(bytes) as usize;
        frames.push((bytes[4], number(&bytes[8..]), number(&bytes[12..]), bytes[16..end].to_vec()));
        bytes = &bytes[end..];
    }
    frames
}

impl Running {
    /// Sends bytes and reads until the server closes.
    async fn raw(&self, bytes: &[u8]) -> Frames {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
        read.expect("the server closes").unwrap();
        frames(&answer)
    }

    /// A connection that has said hello.
    async fn greeted(&self) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(&hello()).await.unwrap();
        socket
    }
}

#[tokio::test]
async fn who_breaks_the_protocol_is_told_why() {
    let server =
        start_with::<Native>(Limits { header_time_max: Duration::from_millis(300), ..Limits::default() }).await;
    let items =
        |count: u32| (0..count).flat_map(|_| frame(ITEM, 0, 1, 0, &wireloom::wire::encode_to_vec(&0xffff_fffe_u32)));
    let open = |op| frame(REQUEST, op, 1, 0, b"");
    let magic = u16::from_le_bytes(*b"LW");
    let behind_hello: Vec<(&str, Vec<u8>, u32)> = vec![
        ("a length of 4 GiB", header(u32::MAX, REQUEST, 0, ADD, 1, 0), 4413),
        ("a message beyond the limit", header(2 * 1024 * 1024 + 1, REQUEST, 0, ADD, 1, 0), 4413),
        ("a body where none is", frame(CREDIT, 0, 1, 1, b"x"), 4413),
        ("an even number", add(2, "x"), 4400),
        ("a number twice", [add(3, "never"), add(3, "x")].concat(), 4400),
        ("a number that goes back", [add(3, "x"), add(1, "x")].concat(), 4400),
        ("an unknown flag", header(0, REQUEST, 4, ADD, 1, 0), 4400),
        ("an unknown kind", header(0, 99, 0, 0, 0, 0), 4400),
        ("kind 0", header(0, 0, 0, 0, 0, 0), 4400),
        ("an answer to a server", frame(RESPONSE, 0, 1, 0, b""), 4400),
        ("a second hello", hello(), 4400),
        ("an item of no call", items(1).collect(), 4400),
        ("an item to a unary call", add(1, "never").into_iter().chain(items(1)).collect(), 4400),
        ("an input that is a stream and a message", frame(REQUEST, SUM, 1, 0, b"1234"), 4400),
        ("items without credit", open(SUM).into_iter().chain(items(3000)).collect(), 4409),
        (
            "credit without end",
            [open(ECHO), frame(CREDIT, 0, 1, i32::MAX as u32, b""), frame(CREDIT, 0, 1, i32::MAX as u32, b"")].concat(),
            4409,
        ),
        (
            "metadata beyond the frame",
            [header(4, REQUEST, 1, ADD, 1, 0), 100_u32.to_le_bytes().to_vec()].concat(),
            4400,
        ),
        ("no metadata at all", header(0, REQUEST, 1, ADD, 1, 0), 4400),
        (
            "metadata beyond the limit",
            [header(70_000, REQUEST, 1, ADD, 1, 0), 69_996_u32.to_le_bytes().to_vec(), vec![0; 69_996]].concat(),
            4413,
        ),
    ];
    let bare = vec![
        ("no hello", add(1, "x"), 4400),
        ("HTTP", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), 4400),
        ("another version", frame(HELLO, magic, 0, 2, &[0; 16]), 4406),
        ("another protocol", frame(HELLO, 1, 0, 1, &[0; 16]), 4400),
        ("a short hello", frame(HELLO, magic, 0, 1, &[0; 15]), 4400),
        ("a hello of 4 GiB", header(u32::MAX, HELLO, 0, magic, 0, 1), 4413),
        ("silence", Vec::new(), 4408),
        ("half a hello", hello()[..20].to_vec(), 4408),
    ];
    let behind_hello = behind_hello.into_iter().map(|(what, bytes, code)| (what, [hello(), bytes].concat(), code));
    for (what, bytes, code) in bare.into_iter().chain(behind_hello) {
        let frames = server.raw(&bytes).await;
        let (kind, _, arg, _) = frames.last().unwrap_or_else(|| panic!("{what}: nothing was said"));
        assert_eq!((*kind, *arg), (GO_AWAY, code), "{what}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_call_fails_that_call() {
    let server = start::<Native>().await;
    let mut socket = server.greeted().await;
    let calls =
        [frame(REQUEST, 99, 1, 0, b""), frame(REQUEST, SUM, 3, 0, b""), frame(ITEM, 0, 3, 0, b"12"), add(5, "milk")];
    socket.write_all(&calls.concat()).await.unwrap();
    socket.write_all(&frame(PING, 0, 0, 42, b"")).await.unwrap();
    let mut answer = vec![0; 16 * 1024];
    let mut length = 0;
    while !frames_seen(&answer[..length]).contains(&(PONG, 0, 42)) {
        length += socket.read(&mut answer[length..]).await.unwrap();
    }
    let seen = frames_seen(&answer[..length]);
    assert_eq!(seen[0].0, HELLO);
    assert!(seen.contains(&(FAULT, 1, 12)), "no such operation: {seen:?}");
    assert!(seen.contains(&(FAULT, 3, 3)), "an item that cannot be read: {seen:?}");
    assert!(seen.contains(&(RESPONSE, 5, 0)), "a good call: {seen:?}");
}

fn frames_seen(bytes: &[u8]) -> Vec<(u8, u32, u32)> {
    frames(bytes).into_iter().map(|(kind, stream, arg, _)| (kind, stream, arg)).collect()
}

#[tokio::test]
async fn of_ten_thousand_calls_some_run_and_the_rest_are_refused() {
    let server = start::<Native>().await;
    let (mut reader, mut writer) = server.greeted().await.into_split();
    let calls: Vec<u8> = (0..10_000).flat_map(|index| add(index * 2 + 1, "never")).collect();
    let writing = tokio::spawn(async move {
        writer.write_all(&calls).await.unwrap();
        writer
    });
    let (mut answer, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
    while frames_seen(&answer).iter().filter(|seen| (seen.0, seen.2) == (FAULT, 8)).count() < 9_800 {
        let read = reader.read(&mut chunk).await.unwrap();
        answer.extend(&chunk[..read]);
        assert!(read > 0, "the connection lives");
    }
    drop((writing.await.unwrap(), reader));
    until("all that ran are cancelled", || server.seen.cancelled.load(Ordering::SeqCst) == 200).await;
}

/// Writes until the server has taken nothing for a while; how many bytes it took.
async fn push(socket: &mut TcpStream, mut next: impl FnMut() -> Vec<u8>) -> usize {
    let mut taken = 0;
    loop {
        let bytes = next();
        if tokio::time::timeout(Duration::from_millis(500), socket.write_all(&bytes)).await.is_err() {
            return taken;
        }
        taken += bytes.len();
        assert!(taken < 1 << 30, "the server takes without end");
    }
}

fn memory_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn a_peer_that_never_reads_is_not_served_further() {
    let server = start::<Native>().await;
    let before = memory_bytes();
    let mut socket = server.greeted().await;
    let mut stream = 1;
    let requests = || {
        let burst = (0..100).flat_map(|_| {
            stream += 2;
            add(stream, "repeat 1000000")
        });
        burst.collect()
    };
    let taken = push(&mut socket, requests).await;
    let answered = server.seen.notes.load(Ordering::SeqCst);
    assert!(taken / 30 > answered as usize, "it stopped to read: {taken} bytes");
    assert!(answered < 50, "the answers fill sockets and one buffer, then it stopped: {answered}");
    assert!(memory_bytes().saturating_sub(before) < 256 << 20, "memory is bounded");
    drop(socket);
}

#[tokio::test]
async fn inputs_that_wait_are_bounded() {
    let server = start::<Native>().await;
    let before = memory_bytes();
    let mut socket = server.greeted().await;
    let mut stream = 1;
    let text = format!("never{}", "x".repeat(1_000_000));
    let taken = push(&mut socket, || {
        stream += 2;
        add(stream, &text)
    });
    let taken = taken.await;
    assert!((16 << 20..64 << 20).contains(&taken), "16 MiB and what sockets hold: {taken}");
    assert!(memory_bytes().saturating_sub(before) < 256 << 20, "memory is bounded");
    drop(socket);
    until("they are cancelled", || server.seen.cancelled.load(Ordering::SeqCst) >= 16).await;
}

#[tokio::test]
async fn a_server_that_breaks_off_fails_the_calls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = wireloom::Channel::rpc(&listener.local_addr().unwrap().to_string()).unwrap();
    let call = tokio::spawn(async move { add_note(&channel, "x").await });
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    // The client tries once more, as nothing was sent; nobody is there then.
    drop(listener);
    let fault = call.await.unwrap().unwrap_err();
    assert!(fault.to_string().starts_with("unavailable"), "{fault}");
}
