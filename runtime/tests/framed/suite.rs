//! What is promised of calls on every wire that has many of them on one connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::notes::{Add, AddFault, AddRequest, Clear, Echo, Follow, Full, Missing, Note, Notes, Seen, Sum, Touch};
use wireloom::{
    Bound, ClientStream, Code, Context, Duplex, Fault, Inbound, Limits, Local, Server, ServerStream, Unary,
};

/// A wire to keep the promises on.
pub(crate) trait Wire: 'static {
    type Channel: Calls;
    /// Bytes of an `AddRequest` beside its text.
    const ADD_BYTES: usize;

    async fn bind(server: Server, address: &str) -> Bound;
    fn address(bound: &Bound) -> SocketAddr;
    fn channel(address: SocketAddr) -> Self::Channel;
}

/// A channel to all operations of `Notes`.
pub(crate) trait Calls:
    Clone
    + Unary<Add>
    + Unary<Clear>
    + Unary<Missing>
    + Unary<Touch>
    + ServerStream<Follow>
    + ClientStream<Sum>
    + Duplex<Echo>
{
}

impl<C> Calls for C where
    C: Clone
        + Unary<Add>
        + Unary<Clear>
        + Unary<Missing>
        + Unary<Touch>
        + ServerStream<Follow>
        + ClientStream<Sum>
        + Duplex<Echo>
{
}

/// Makes a test of every promise on a wire.
macro_rules! keeps_every_promise {
    ($wire:ty) => {
        crate::suite::keeps_every_promise! { $wire;
            every_shape_travels
            a_stream_fails_where_it_fails
            a_declared_fault_arrives_with_its_fields
            everything_wrong_is_told
            what_is_not_served_is_said
            a_panic_is_one_fault
            messages_that_are_too_long_are_refused_one_by_one
            deadline_and_metadata_go_with_the_call
            who_goes_away_cancels
            many_calls_share_a_connection_and_its_places
            draining_loses_no_call_in_flight
            a_client_finds_a_server_that_was_away
            calls_that_nobody_awaits_wait_their_turn
            a_call_that_nobody_awaits_outlives_its_caller
        }
    };
    ($wire:ty; $($promise:ident)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                crate::suite::$promise::<$wire>().await;
            }
        )*
    };
}

pub(crate) use keeps_every_promise;

/// A server that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

pub(crate) async fn start<W: Wire>() -> Running {
    start_with::<W>(Limits { body_bytes_max: 1024 * 1024, ..Limits::default() }).await
}

pub(crate) async fn start_with<W: Wire>(limits: Limits) -> Running {
    start_server::<W>(Server::new().limits(limits)).await
}

pub(crate) async fn start_server<W: Wire>(server: Server) -> Running {
    let notes = Notes::default();
    let seen = Arc::clone(&notes.seen);
    let bound = W::bind(server.serve(notes), "127.0.0.1:0").await;
    let address = W::address(&bound);
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { address, seen, stop: Some(stop), ended }
}

impl Running {
    pub(crate) fn channel<W: Wire>(&self) -> W::Channel {
        W::channel(self.address)
    }

    /// Tells it to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn ended(self) {
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

pub(crate) async fn add(channel: &impl Unary<Add>, text: &str) -> Result<Note, AddFault> {
    channel.call(&Context::new(), AddRequest { text: text.into() }).await
}

pub(crate) async fn all<T, F>(
    messages: impl futures_core::Stream<Item = Result<T, F>> + Send + 'static,
) -> (Vec<T>, Option<F>) {
    let (mut items, mut messages) = (Vec::new(), Inbound::new(messages));
    while let Some(message) = messages.next().await {
        match message {
            Ok(item) => items.push(item),
            Err(fault) => return (items, Some(fault)),
        }
    }
    (items, None)
}

pub(crate) async fn every_shape_travels<W: Wire>() {
    let server = start::<W>().await;
    let (channel, cx) = (server.channel::<W>(), Context::new());
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

pub(crate) async fn a_stream_fails_where_it_fails<W: Wire>() {
    let server = start::<W>().await;
    let (channel, cx) = (server.channel::<W>(), Context::new());
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

pub(crate) async fn a_declared_fault_arrives_with_its_fields<W: Wire>() {
    let server = start::<W>().await;
    let fault = add(&server.channel::<W>(), "full").await.unwrap_err();
    assert!(matches!(&fault, AddFault::Full(Full { limit: 3 })), "{fault:?}");
    let request = AddRequest { text: "full".into() };
    let local = Unary::<Add>::call(&Local::new(Notes::default()), &Context::new(), request).await.unwrap_err();
    assert_eq!(local.to_string(), fault.to_string());
}

pub(crate) async fn everything_wrong_is_told<W: Wire>() {
    let server = start::<W>().await;
    let AddFault::Other(fault) = add(&server.channel::<W>(), "").await.unwrap_err() else { panic!() };
    assert_eq!(fault.code(), Code::InvalidArgument);
    assert_eq!(fault.violations()[0].to_string(), "text: length must be in 1..4000000, not 0");
}

pub(crate) async fn what_is_not_served_is_said<W: Wire>() {
    let server = start::<W>().await;
    let fault = Unary::<Missing>::call(&server.channel::<W>(), &Context::new(), ()).await.unwrap_err();
    assert_eq!(fault.to_string(), "unimplemented: notes.Notes/missing is not served at this address");
}

pub(crate) async fn a_panic_is_one_fault<W: Wire>() {
    let server = start::<W>().await;
    let channel = server.channel::<W>();
    for text in ["panic", "late panic"] {
        let fault = add(&channel, text).await.unwrap_err();
        assert_eq!(fault.to_string(), "internal: internal error");
        assert!(add(&channel, "next").await.is_ok(), "the connection lives");
    }
}

pub(crate) async fn messages_that_are_too_long_are_refused_one_by_one<W: Wire>() {
    let server = start::<W>().await;
    let channel = server.channel::<W>();
    let longest = 1024 * 1024 - W::ADD_BYTES;
    let fault = add(&channel, &"x".repeat(longest + 1)).await.unwrap_err();
    assert!(fault.to_string().starts_with("resource_exhausted: the input of 1048577 bytes"), "{fault}");
    assert_eq!(add(&channel, &"x".repeat(longest)).await.unwrap().text.len(), longest);

    let fault = add(&channel, "repeat 17000000").await.unwrap_err();
    assert!(fault.to_string().starts_with("resource_exhausted: the answer of 170000"), "{fault}");
    assert!(add(&channel, "the connection still lives").await.is_ok());
}

pub(crate) async fn deadline_and_metadata_go_with_the_call<W: Wire>() {
    let server = start::<W>().await;
    let channel = server.channel::<W>();
    add(&channel, "connected").await.unwrap();
    let cx = Context::new().with_deadline_in(Duration::from_millis(30));
    let fault = Unary::<Add>::call(&channel, &cx, AddRequest { text: "never".into() }).await.unwrap_err();
    assert!(fault.to_string().starts_with("deadline_exceeded"), "{fault}");
    until("the handler is dropped", || server.seen.cancelled.load(Ordering::SeqCst) == 1).await;

    let cx = Context::new().with_request_id("r-1").with_metadata("x-tenant", "blue");
    Unary::<Add>::call(&channel, &cx, AddRequest { text: "milk".into() }).await.unwrap();
    assert_eq!(server.seen.request_id.lock().unwrap().as_deref(), Some("r-1"));
    assert_eq!(server.seen.tenant.lock().unwrap().as_deref(), Some("blue"));
    let cx = Context::new().with_metadata("x-much", &"m".repeat(70_000));
    let fault = Unary::<Add>::call(&channel, &cx, AddRequest { text: "milk".into() }).await.unwrap_err();
    assert!(fault.to_string().contains("the metadata is more than the server takes"), "{fault}");
}

pub(crate) async fn who_goes_away_cancels<W: Wire>() {
    let server = start::<W>().await;
    let channel = server.channel::<W>();
    add(&channel, "connected").await.unwrap();
    let cx = Context::new();
    let call = Unary::<Add>::call(&channel, &cx, AddRequest { text: "never".into() });
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    until("a call that is dropped is cancelled", || server.seen.cancelled.load(Ordering::SeqCst) == 1).await;

    let mut lost = Vec::new();
    for _ in 0..20 {
        let channel = server.channel::<W>();
        lost.push(tokio::spawn(async move { add(&channel, "never").await }));
    }
    until("they all wait", || server.seen.endless.load(Ordering::SeqCst) == 21).await;
    lost.iter().for_each(tokio::task::JoinHandle::abort);
    until("so are those of a connection", || server.seen.cancelled.load(Ordering::SeqCst) == 21).await;

    // A stream that nobody reads any more stops, however long it is.
    let mut notes = Inbound::new(ServerStream::<Follow>::open(&channel, &cx, 4000).await.unwrap());
    notes.next().await.unwrap().unwrap();
    drop(notes);
    add(&channel, "behind the cancel").await.unwrap();
    assert!(server.seen.notes.load(Ordering::SeqCst) < 4000);
}

pub(crate) async fn many_calls_share_a_connection_and_its_places<W: Wire>() {
    let server = start_with::<W>(Limits { streams_max: 10, ..Limits::default() }).await;
    let channel = server.channel::<W>();
    let calls = (0..100).map(|index| {
        let channel = channel.clone();
        async move { add(&channel, if index % 2 == 0 { "slow" } else { "quick" }).await }
    });
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "those beyond wait for a place");
}

pub(crate) async fn draining_loses_no_call_in_flight<W: Wire>() {
    let mut server = start::<W>().await;
    let channel = server.channel::<W>();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move { add(&channel, "slow").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(60)).await;
    server.stop();
    for call in calls {
        call.await.unwrap().expect("a call in flight ends well");
    }
    server.ended().await;
    let AddFault::Other(fault) = add(&channel, "late").await.unwrap_err() else { panic!() };
    assert_eq!(fault.code(), Code::Unavailable);
}

pub(crate) async fn a_client_finds_a_server_that_was_away<W: Wire>() {
    let mut server = start::<W>().await;
    let channel = server.channel::<W>();
    add(&channel, "milk").await.unwrap();
    let address = server.address;
    server.stop();
    server.ended().await;
    assert!(add(&channel, "nobody").await.is_err());
    let notes = Notes::default();
    let bound = W::bind(Server::new().serve(notes), &address.to_string()).await;
    tokio::spawn(bound.run_until(std::future::pending()));
    add(&channel, "tea").await.expect("the next call connects anew");
}

pub(crate) async fn calls_that_nobody_awaits_wait_their_turn<W: Wire>() {
    let server = start_with::<W>(Limits { streams_max: 4, ..Limits::default() }).await;
    let (channel, hurried) = (server.channel::<W>(), Context::new().with_deadline_in(Duration::from_millis(300)));
    // Five that never end hold the four places until their deadline; what is behind them is late, not lost.
    for (cx, by) in [(&hurried, 0); 5].into_iter().chain([(&Context::new(), 3)]) {
        Unary::<Touch>::call(&channel, cx, by).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.seen.touched.load(Ordering::SeqCst), 0);
    until("the last one is served", || server.seen.touched.load(Ordering::SeqCst) == 3).await;
}

pub(crate) async fn a_call_that_nobody_awaits_outlives_its_caller<W: Wire>() {
    let server = start::<W>().await;
    Unary::<Touch>::call(&server.channel::<W>(), &Context::new(), 100_000).await.unwrap();
    until("it ends all the same", || server.seen.touched.load(Ordering::SeqCst) == 100_000).await;
}
