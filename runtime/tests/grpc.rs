//! gRPC end to end over real sockets, with a service written as the generator would write it; tonic as a peer that others wrote,
//! and peers that break the rules.

mod notes;

#[path = "grpc/foreign.rs"]
mod foreign;

#[path = "grpc/hostile.rs"]
mod hostile;

#[path = "grpc/tools.rs"]
mod tools;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use notes::{Add, AddFault, AddRequest, Clear, Echo, Follow, Full, Missing, Note, Notes, Seen, Sum, Touch};
use wireloom::admission::Head;
use wireloom::grpc::{Grpc, GrpcOptions};
use wireloom::transport::{Exchange, Sent};
use wireloom::{
    Channel, ClientStream, Code, Context, Duplex, Endpoint, Fault, Inbound, Limits, Local, Operation, Server,
    ServerStream, Unary,
};

/// A server that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

pub(crate) async fn start() -> Running {
    start_with(Limits { body_bytes_max: 1024 * 1024, ..Limits::default() }).await
}

pub(crate) async fn start_with(limits: Limits) -> Running {
    start_at("127.0.0.1:0", limits).await
}

async fn start_at(address: &str, limits: Limits) -> Running {
    let notes = Notes::default();
    let seen = Arc::clone(&notes.seen);
    let bound = Server::new().limits(limits).serve(notes).bind(address).await.unwrap();
    let address = bound.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { address, seen, stop: Some(stop), ended }
}

impl Running {
    pub(crate) fn channel(&self) -> Channel<Grpc> {
        Channel::grpc(&format!("http://{}", self.address)).unwrap()
    }

    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    async fn ended(self) {
        tokio::time::timeout(Duration::from_secs(5), self.ended).await.expect("the server ends").unwrap();
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

pub(crate) async fn add(channel: &Channel<Grpc>, text: &str) -> Result<Note, AddFault> {
    Unary::<Add>::call(channel, &Context::new(), AddRequest { text: text.into() }).await
}

async fn all<T, F>(messages: impl futures_core::Stream<Item = Result<T, F>> + Send + 'static) -> (Vec<T>, Option<F>) {
    let (mut items, mut messages) = (Vec::new(), Inbound::new(messages));
    while let Some(message) = messages.next().await {
        match message {
            Ok(item) => items.push(item),
            Err(fault) => return (items, Some(fault)),
        }
    }
    (items, None)
}

#[tokio::test]
async fn every_shape_travels() {
    let server = start().await;
    let (channel, cx) = (server.channel(), Context::new());
    assert_eq!(add(&channel, "milk").await.unwrap(), Note { id: 1, text: "milk".into() });
    Unary::<Clear>::call(&channel, &cx, ()).await.unwrap();

    Unary::<Touch>::call(&channel, &cx, 7).await.expect("nobody waits for the answer, nor for its fault");
    until("the call without an answer arrived", || server.seen.touched.load(Ordering::SeqCst) == 7).await;

    let (notes, fault) = all(ServerStream::<Follow>::open(&channel, &cx, 3).await.unwrap()).await;
    assert_eq!((notes.len(), fault.is_none()), (3, true));

    let sum = ClientStream::<Sum>::call(&channel, &cx, Inbound::of(1..=10_000)).await.unwrap();
    assert_eq!(sum, 50_005_000);

    let words: Vec<String> = (0..3000).map(|index| format!("word {index}")).collect();
    let back = Duplex::<Echo>::open(&channel, &cx, Inbound::of(words.clone())).await.unwrap();
    assert_eq!(all(back).await.0, words);
}

#[tokio::test]
async fn a_duplex_answers_item_by_item() {
    let server = start().await;
    let (items, input) = tokio::sync::mpsc::channel(1);
    let input = futures_util::stream::unfold(input, |mut input| async { Some((input.recv().await?, input)) });
    let back = Duplex::<Echo>::open(&server.channel(), &Context::new(), Inbound::new(input)).await.unwrap();
    let mut back = Inbound::new(back);
    for word in ["one", "two", "three"] {
        items.send(Ok(word.to_owned())).await.unwrap();
        assert_eq!(back.next().await.unwrap().unwrap(), word);
    }
    items.send(Err(Fault::new(Code::DataLoss, "torn"))).await.unwrap();
    assert_eq!(back.next().await.unwrap().unwrap_err().to_string(), "data_loss: torn");
}

#[tokio::test]
async fn a_stream_fails_where_it_fails() {
    let server = start().await;
    let (channel, cx) = (server.channel(), Context::new());
    let (notes, fault) = all(ServerStream::<Follow>::open(&channel, &cx, 6000).await.unwrap()).await;
    assert_eq!((notes.len(), fault.unwrap().to_string().as_str()), (4999, "aborted: enough"));
    let fault = ServerStream::<Follow>::open(&channel, &cx, 0).await.err().unwrap();
    assert_eq!(fault.to_string(), "failed_precondition: nothing to follow");

    // The answer may come before the input has ended, and the input may fail.
    let sum =
        ClientStream::<Sum>::call(&channel, &cx, Inbound::of([1, 2, u32::MAX].into_iter().chain(3..100_000))).await;
    assert_eq!(sum.unwrap(), 3);
    let broken = Inbound::new(futures_util::stream::iter([Ok(1), Err(Fault::new(Code::DataLoss, "torn"))]));
    let fault = ClientStream::<Sum>::call(&channel, &cx, broken).await.unwrap_err();
    assert_eq!(fault.to_string(), "data_loss: torn");
    assert!(add(&channel, "the connection still lives").await.is_ok());
}

#[tokio::test]
async fn a_declared_fault_arrives_with_its_fields() {
    let server = start().await;
    let fault = add(&server.channel(), "full").await.unwrap_err();
    assert!(matches!(&fault, AddFault::Full(Full { limit: 3 })), "{fault:?}");
    let request = AddRequest { text: "full".into() };
    let local = Unary::<Add>::call(&Local::new(Notes::default()), &Context::new(), request).await.unwrap_err();
    assert_eq!(local.to_string(), fault.to_string());
}

#[tokio::test]
async fn everything_wrong_is_told() {
    let server = start().await;
    let AddFault::Other(fault) = add(&server.channel(), "").await.unwrap_err() else { panic!() };
    assert_eq!(fault.code(), Code::InvalidArgument);
    assert_eq!(fault.violations()[0].to_string(), "text: length must be in 1..4000000, not 0");
}

#[tokio::test]
async fn what_is_not_served_is_said() {
    let server = start().await;
    let fault = Unary::<Missing>::call(&server.channel(), &Context::new(), ()).await.unwrap_err();
    assert_eq!(fault.to_string(), "unimplemented: /notes.v1.Notes/missing is not served at this address");
}

#[tokio::test]
async fn a_panic_is_one_fault() {
    let server = start().await;
    let channel = server.channel();
    for text in ["panic", "late panic"] {
        let fault = add(&channel, text).await.unwrap_err();
        assert_eq!(fault.to_string(), "internal: internal error");
        assert!(add(&channel, "next").await.is_ok(), "the connection lives");
    }
}

#[tokio::test]
async fn messages_that_are_too_long_are_refused_one_by_one() {
    let server = start().await;
    let channel = server.channel();
    // A message is its text, the text's number and its length, which takes three bytes here.
    let longest = 1024 * 1024 - 4;
    let fault = add(&channel, &"x".repeat(longest + 1)).await.unwrap_err();
    assert_eq!(fault.to_string(), "resource_exhausted: a message must not be longer than 1048576 bytes");
    assert_eq!(add(&channel, &"x".repeat(longest)).await.unwrap().text.len(), longest);

    let fault = add(&channel, "repeat 17000000").await.unwrap_err();
    assert_eq!(fault.to_string(), "resource_exhausted: a message must not be longer than 16777216 bytes");
    assert!(add(&channel, "the connection still lives").await.is_ok());
}

#[tokio::test]
async fn deadline_and_metadata_go_with_the_call() {
    let server = start().await;
    let channel = server.channel();
    let cx = Context::new().with_deadline_in(Duration::from_millis(30));
    let fault = Unary::<Add>::call(&channel, &cx, AddRequest { text: "never".into() }).await.unwrap_err();
    assert!(fault.to_string().starts_with("deadline_exceeded"), "{fault}");
    until("the handler is dropped", || server.seen.cancelled.load(Ordering::SeqCst) == 1).await;

    let cx = Context::new().with_request_id("r-1").with_metadata("x-tenant", "blue");
    Unary::<Add>::call(&channel, &cx, AddRequest { text: "milk".into() }).await.unwrap();
    assert_eq!(server.seen.request_id.lock().unwrap().as_deref(), Some("r-1"));
    let cx = Context::new().with_metadata("x-much", &"m".repeat(70_000));
    assert!(Unary::<Add>::call(&channel, &cx, AddRequest { text: "milk".into() }).await.is_err());
    assert!(add(&channel, "the connection still lives").await.is_ok());
}

#[tokio::test]
async fn who_goes_away_cancels() {
    let server = start().await;
    let channel = server.channel();
    add(&channel, "connected").await.unwrap();
    let cx = Context::new();
    let call = Unary::<Add>::call(&channel, &cx, AddRequest { text: "never".into() });
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    until("a call that is dropped is cancelled", || server.seen.cancelled.load(Ordering::SeqCst) == 1).await;

    let mut lost = Vec::new();
    for _ in 0..20 {
        let channel = server.channel();
        lost.push(tokio::spawn(async move { add(&channel, "never").await }));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    lost.iter().for_each(tokio::task::JoinHandle::abort);
    until("so are those of a connection", || server.seen.cancelled.load(Ordering::SeqCst) == 21).await;
}

#[tokio::test]
async fn an_input_that_nobody_reads_is_not_sent_any_more() {
    let server = start().await;
    let channel = server.channel();
    let (items, input) = tokio::sync::mpsc::channel(1);
    let input = futures_util::stream::unfold(input, |mut input| async { Some((input.recv().await?, input)) });
    let back = Duplex::<Echo>::open(&channel, &Context::new(), Inbound::new(input)).await.unwrap();
    drop(back);
    tokio::time::timeout(Duration::from_secs(5), items.closed()).await.expect("the input is dropped");
    items.send(Ok("late".to_owned())).await.unwrap_err();
}

#[tokio::test]
async fn many_calls_share_a_connection_and_its_places() {
    let server = start_with(Limits { streams_max: 10, connections_max: 1, ..Limits::default() }).await;
    let channel = server.channel();
    let calls = (0..100).map(|index| {
        let channel = channel.clone();
        async move { add(&channel, if index % 2 == 0 { "slow" } else { "quick" }).await }
    });
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "those beyond wait for a place");
}

#[tokio::test]
async fn draining_loses_no_call_in_flight() {
    let mut server = start().await;
    let channel = server.channel();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move { add(&channel, "slow").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(60)).await;
    Unary::<Touch>::call(&channel, &Context::new(), 1_000_000).await.unwrap();
    server.stop();
    for call in calls {
        call.await.unwrap().expect("a call in flight ends well");
    }
    let seen = Arc::clone(&server.seen);
    server.ended().await;
    assert_eq!(seen.touched.load(Ordering::SeqCst), 1_000_000, "so does one that nobody awaits");
    let AddFault::Other(fault) = add(&channel, "late").await.unwrap_err() else { panic!() };
    assert_eq!(fault.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_stream_that_waits_is_told_of_the_stop() {
    let mut server = start().await;
    let waits = Inbound::new(futures_util::stream::pending());
    let mut back = Inbound::new(Duplex::<Echo>::open(&server.channel(), &Context::new(), waits).await.unwrap());
    server.stop();
    assert_eq!(back.next().await.unwrap().unwrap_err().to_string(), "unavailable: the server is stopping");
    drop(back);
    server.ended().await;
}

#[tokio::test]
async fn a_client_finds_a_server_that_was_away() {
    let mut server = start().await;
    let channel = server.channel();
    add(&channel, "milk").await.unwrap();
    let address = server.address.to_string();
    server.stop();
    server.ended().await;
    let AddFault::Other(fault) = add(&channel, "nobody").await.unwrap_err() else { panic!() };
    assert_eq!(fault.to_string(), "unavailable: the service cannot be reached");
    let _server = start_at(&address, Limits::default()).await;
    add(&channel, "tea").await.expect("the next call connects anew");
}

#[tokio::test]
async fn what_was_certainly_not_sent_is_known() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (endpoint, cx) = (Endpoint::new(&format!("http://{free}")).unwrap(), Context::new());
    let grpc = Grpc::new(GrpcOptions::default());
    let head = Head { op: Add::FACTS, cx: &cx, attempt: 0 };
    let input = AddRequest { text: "milk".into() };
    let failure = Exchange::<Add>::send(&grpc, &endpoint, &head, &input).await.unwrap_err();
    assert_eq!((failure.sent, failure.fault.code()), (Sent::No, Code::Unavailable));

    // One that closes before anything is said; those that hear the call, say this to it, and then close.
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let reset = |reason| [&settings[..], &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, reason]].concat();
    let going_after = |last| [&settings[..], &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, last, 0, 0, 0, 0]].concat();
    let (refused, internal_error) = (7, 2);
    for (hears, says, sent) in [
        (false, vec![], Sent::No),
        (true, vec![], Sent::Maybe),
        (true, reset(refused), Sent::No),
        (true, reset(internal_error), Sent::Maybe),
        (true, going_after(0), Sent::No),
        (true, going_after(1), Sent::Maybe),
    ] {
        let listener = tokio::net::TcpListener::bind(free).await.unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = [0; 1024];
            let silence = Duration::from_millis(200);
            while hears && tokio::time::timeout(silence, stream.read(&mut bytes)).await.is_ok() {}
            stream.write_all(&says).await.unwrap();
            while hears
                && tokio::time::timeout(silence, stream.read(&mut bytes))
                    .await
                    .is_ok_and(|read| read.is_ok_and(|n| n > 0))
            {}
        });
        let failure = Exchange::<Add>::send(&grpc, &endpoint, &head, &input).await.unwrap_err();
        assert_eq!((failure.sent, failure.fault.code()), (sent, Code::Unavailable));
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_nobody_awaits_outlives_its_caller() {
    let server = start().await;
    let started = tokio::time::Instant::now();
    Unary::<Touch>::call(&server.channel(), &Context::new(), 1_000_000).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "it is answered before it ends");
    until("it ends all the same", || server.seen.touched.load(Ordering::SeqCst) == 1_000_000).await;
}
