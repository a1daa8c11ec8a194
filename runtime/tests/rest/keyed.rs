//! Keyed calls over replicas that share a store: in memory, and in NATS where `WIRELOOM_NATS` names a server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio::time::Instant;
use wireloom::idempotency::{IdempotencyStore, Revision, StoreError, Stored};
use wireloom::rest::{Binding, RequestReader, RequestWriter, Rest, Route};
use wireloom::{
    At, Channel, Code, Context, IdempotencyLimits, Keyed, Mount, Operation, OperationFacts, OperationFault as _,
    Served, Server, ServiceFacts, Unary, Validate, Violations,
};

use crate::notes::{Add, AddFault, AddRequest, Note, Notes};
use crate::{Running, add, run};

/// As short as leases are in whole seconds.
const LEASE: Duration = Duration::from_secs(1);

/// Registers in memory, which may be out of order.
#[derive(Clone, Debug, Default)]
struct Registers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    registers: Mutex<Registered>,
    written: AtomicU32,
    /// Nothing is done, and nothing answered.
    is_down: AtomicBool,
    /// What is done is not answered.
    is_mute: AtomicBool,
}

type Registered = HashMap<String, (Stored, Instant)>;

fn now(registers: &Registered, key: &str) -> Option<Stored> {
    registers.get(key).filter(|(_, until)| *until > Instant::now()).map(|(stored, _)| stored.clone())
}

impl Shared {
    fn answer<T>(&self, act: impl FnOnce() -> T) -> Result<T, StoreError> {
        if self.is_down.load(SeqCst) {
            return Err(StoreError::new("the store is down"));
        }
        let done = act();
        if self.is_mute.load(SeqCst) { Err(StoreError::new("the store is mute")) } else { Ok(done) }
    }

    fn write(&self, key: &str, seen: Option<Revision>, value: Bytes, kept_for: Duration) -> Option<Revision> {
        let mut registers = self.registers.lock().unwrap();
        if now(&registers, key).map(|stored| stored.revision) != seen {
            return None;
        }
        let revision = Revision(u64::from(self.written.fetch_add(1, SeqCst)) + 1);
        let stored = Stored { revision, value };
        registers.insert(key.to_owned(), (stored, Instant::now() + kept_for));
        Some(revision)
    }

    fn remove(&self, key: &str, seen: Revision) {
        let mut registers = self.registers.lock().unwrap();
        if now(&registers, key).is_some_and(|stored| stored.revision == seen) {
            registers.remove(key);
        }
    }
}

impl IdempotencyStore for Registers {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        Box::pin(async move { self.shared.answer(|| now(&self.shared.registers.lock().unwrap(), key)) })
    }

    fn write<'a>(
        &'a self,
        key: &'a str,
        seen: Option<Revision>,
        value: Bytes,
        kept_for: Duration,
    ) -> BoxFuture<'a, Result<Option<Revision>, StoreError>> {
        Box::pin(async move { self.shared.answer(|| self.shared.write(key, seen, value, kept_for)) })
    }

    fn remove<'a>(&'a self, key: &'a str, seen: Revision) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.shared.answer(|| self.shared.remove(key, seen)) })
    }

    fn value_bytes_max(&self) -> usize {
        300
    }
}

/// Two replicas of a service, and what they have done together.
struct Replicas {
    one: Running,
    other: Running,
    effects: Arc<AtomicU32>,
}

impl Replicas {
    fn over(store: impl IdempotencyStore + Clone) -> Replicas {
        let effects = Arc::new(AtomicU32::new(0));
        Replicas { one: replica(store.clone(), &effects), other: replica(store, &effects), effects }
    }

    fn channels(&self) -> [Channel<Rest>; 2] {
        [self.one.channel(), self.other.channel()]
    }

    fn effects(&self) -> u32 {
        self.effects.load(SeqCst)
    }
}

fn replica(store: impl IdempotencyStore, effects: &Arc<AtomicU32>) -> Running {
    let limits = IdempotencyLimits { lease: LEASE, ..IdempotencyLimits::default() };
    let service = Notes { count: Arc::clone(effects), ..Notes::default() };
    let server = Server::new().idempotency(limits).idempotency_store(store).serve(service);
    run(futures_util::FutureExt::now_or_never(server.bind("127.0.0.1:0")).unwrap().unwrap())
}

/// The same service after an update: notes have a colour, which nobody says yet.
struct LaterNotes(Notes);

#[derive(Clone, Debug, PartialEq, Serialize)]
struct LaterRequest {
    note: AddRequest,
    colour: &'static str,
}

struct LaterAdd;

impl Operation for LaterAdd {
    type Input = LaterRequest;
    type Output = Note;
    type Fault = AddFault;
    const FACTS: &'static OperationFacts = Add::FACTS;

    fn keyed() -> Option<Keyed<LaterAdd>> {
        Some(Keyed::<LaterAdd>::by(|input| Some(input.note.token.as_str())).of_shape(2))
    }
}

impl Validate for LaterRequest {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Binding<LaterAdd> for Rest {
    const ROUTE: Option<Route> = <Rest as Binding<Add>>::ROUTE;
    type Answer = <Rest as Binding<Add>>::Answer;

    fn put(input: &LaterRequest, to: &mut RequestWriter) {
        <Rest as Binding<Add>>::put(&input.note, to);
    }

    fn take(from: &mut RequestReader<'_>) -> Option<LaterRequest> {
        Some(LaterRequest { note: <Rest as Binding<Add>>::take(from)?, colour: "yellow" })
    }
}

impl Unary<LaterAdd> for LaterNotes {
    async fn call(&self, cx: &Context, input: LaterRequest) -> Result<Note, AddFault> {
        Unary::<Add>::call(&self.0, cx, input.note).await
    }
}

impl Served for LaterNotes {
    const FACTS: &'static ServiceFacts = Notes::FACTS;

    fn mount(mount: &mut Mount<LaterNotes>) {
        mount.rest().unary::<LaterAdd>();
    }
}

#[tokio::test]
async fn a_call_from_before_an_update_of_its_input_has_its_outcome() {
    let store = Registers::default();
    let before = Replicas::over(store.clone());
    let service = LaterNotes(Notes { count: Arc::clone(&before.effects), ..Notes::default() });
    let server = Server::new().idempotency_store(store).serve(service);
    let after = run(server.bind("127.0.0.1:0").await.unwrap());
    let [old, _] = before.channels();
    let new = after.channel();
    let input = add("milk");
    let note = call(&old, &input).await.unwrap();
    assert_eq!(call(&new, &input).await.unwrap(), note);
    // While it runs it is waited for, and the other way round.
    let input = add("slow");
    let (one, other) = tokio::join!(call(&old, &input), call(&new, &input));
    assert_eq!(one.unwrap(), other.unwrap());
    let input = add("tea");
    assert_eq!(call(&new, &input).await.unwrap(), call(&old, &input).await.unwrap());
    assert_eq!(before.effects(), 3);
    // Among those that have the update, another input is refused as ever.
    let another = AddRequest { text: "coffee".into(), ..input.clone() };
    assert_eq!(code(call(&new, &another).await), Code::AlreadyExists);
}

async fn call(channel: &Channel<Rest>, input: &AddRequest) -> Result<Note, AddFault> {
    Unary::<Add>::call(channel, &Context::new(), input.clone()).await
}

fn code(outcome: Result<Note, AddFault>) -> Code {
    outcome.unwrap_err().to_fault().code()
}

/// What replicas promise over any store; `$stores` gives one.
macro_rules! keeps_every_promise {
    ($stores:path $(, #[$attribute:meta])?) => {
        #[tokio::test]
        $(#[$attribute])?
        async fn one_effect_whoever_is_asked() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let input = add("milk");
            let note = call(&one, &input).await.unwrap();
            assert_eq!(call(&other, &input).await.unwrap(), note);
            assert_eq!(call(&one, &input).await.unwrap(), note);
            assert_eq!(replicas.effects(), 1);
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn one_effect_at_once() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let input = add("slow");
            let calls = [&one, &other, &one, &other].map(|channel| call(channel, &input));
            let notes = futures_util::future::join_all(calls).await;
            assert!(notes.iter().all(|note| *note.as_ref().unwrap() == *notes[0].as_ref().unwrap()), "{notes:?}");
            assert_eq!(replicas.effects(), 1);
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn another_input_is_refused_everywhere() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let input = add("milk");
            call(&one, &input).await.unwrap();
            let another = AddRequest { text: "bread".into(), ..input.clone() };
            assert_eq!(code(call(&other, &another).await), Code::AlreadyExists);
            // Which is no outcome of the key.
            call(&other, &input).await.unwrap();
            assert_eq!(replicas.effects(), 1);
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn what_may_pass_is_tried_again_elsewhere() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let (input, began) = (add("panic"), Instant::now());
            assert_eq!(code(call(&one, &input).await), Code::Internal);
            assert_eq!(code(call(&other, &input).await), Code::Internal);
            let input = add("full");
            assert!(matches!(call(&one, &input).await, Err(AddFault::Full(_))));
            assert!(matches!(call(&other, &input).await, Err(AddFault::Full(_))));
            assert!(began.elapsed() < LEASE, "nobody waits for a lease");
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn a_failure_that_stays_is_told_again() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let input = add("refused");
            let told = call(&one, &input).await.unwrap_err().to_string();
            assert_eq!(call(&other, &input).await.unwrap_err().to_string(), told);
            assert_eq!(replicas.effects(), 1);
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn a_call_longer_than_its_lease_is_nobody_elses() {
            let store = $stores().await;
            let replicas = Replicas::over(store);
            let [one, other] = replicas.channels();
            let input = add("slower");
            let (one, other) = tokio::join!(call(&one, &input), call(&other, &input));
            assert_eq!(one.unwrap(), other.unwrap());
            assert_eq!(replicas.effects(), 1);
        }

        #[tokio::test]
        $(#[$attribute])?
        async fn a_call_of_a_dead_process_is_performed_after_its_lease() {
            let store = $stores().await;
            let effects = Arc::new(AtomicU32::new(0));
            let input = add("slow");
            let dying = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let (its_store, its_effects, its_input) = (store.clone(), Arc::clone(&effects), input.clone());
            dying.spawn(async move {
                let replica = replica(its_store, &its_effects);
                drop(call(&replica.channel(), &its_input).await);
            });
            tokio::time::sleep(Duration::from_millis(100)).await;
            dying.shutdown_background();
            let replica = replica(store, &effects);
            let began = Instant::now();
            let note = call(&replica.channel(), &input).await;
            assert!(began.elapsed() > LEASE / 2, "{:?}", began.elapsed());
            assert_eq!((note.unwrap().id, effects.load(SeqCst)), (1, 1));
        }
    };
}

async fn registers() -> Registers {
    Registers::default()
}

keeps_every_promise!(registers);

/// Another thread renews its lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_that_blocks_its_thread_is_nobody_elses() {
    let replicas = Replicas::over(Registers::default());
    let [one, other] = replicas.channels();
    let input = add("blocks");
    let (one, other) = tokio::join!(call(&one, &input), call(&other, &input));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(replicas.effects(), 1);
}

#[tokio::test]
async fn what_is_done_once_has_the_same_name_each_time() {
    // Replicas that know nothing of each other.
    let replicas = [Registers::default(), Registers::default()].map(Replicas::over);
    let input = add("effect");
    let another = add("effect");
    let names = [(&replicas[0], &input), (&replicas[1], &input), (&replicas[0], &another)];
    let names = names.map(|(replicas, input)| async move { call(&replicas.one.channel(), input).await.unwrap().text });
    let [one, again, other] = futures_util::future::join_all(names).await.try_into().unwrap();
    assert!(one.starts_with("Some("), "{one}");
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[tokio::test]
async fn without_the_store_nothing_is_performed() {
    let store = Registers::default();
    let replicas = Replicas::over(store.clone());
    let [one, _] = replicas.channels();
    let input = add("milk");
    store.shared.is_down.store(true, SeqCst);
    assert_eq!(code(call(&one, &input).await), Code::Unavailable);
    assert_eq!(replicas.effects(), 0);
    store.shared.is_down.store(false, SeqCst);
    call(&one, &input).await.unwrap();
}

#[tokio::test]
async fn a_claim_that_was_not_confirmed_is_known_again() {
    let store = Registers::default();
    let replicas = Replicas::over(store.clone());
    let [one, other] = replicas.channels();
    let input = add("milk");
    store.shared.is_mute.store(true, SeqCst);
    assert_eq!(code(call(&one, &input).await), Code::Unavailable);
    store.shared.is_mute.store(false, SeqCst);
    let note = call(&one, &input).await.unwrap();
    assert_eq!(call(&other, &input).await.unwrap(), note);
    assert_eq!(replicas.effects(), 1);
}

#[tokio::test]
async fn an_outcome_is_stored_as_soon_as_the_store_is_there_again() {
    let store = Registers::default();
    let replicas = Replicas::over(store.clone());
    let [one, other] = replicas.channels();
    let input = add("slow");
    for out_of_order in [&store.shared.is_down, &store.shared.is_mute] {
        let input = AddRequest { token: wireloom::IdempotencyKey::random(), ..input.clone() };
        let before = replicas.effects();
        let breaking = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            out_of_order.store(true, SeqCst);
            tokio::time::sleep(Duration::from_millis(300)).await;
            out_of_order.store(false, SeqCst);
        };
        let (note, ()) = tokio::join!(call(&one, &input), breaking);
        assert_eq!(call(&other, &input).await.unwrap(), note.unwrap());
        assert_eq!(replicas.effects(), before + 1);
    }
}

#[tokio::test]
async fn an_outage_longer_than_a_lease_costs_no_outcome() {
    let store = Registers::default();
    let replicas = Replicas::over(store.clone());
    let [one, other] = replicas.channels();
    let input = add("slower");
    let breaking = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        store.shared.is_down.store(true, SeqCst);
        tokio::time::sleep(LEASE + Duration::from_millis(200)).await;
        store.shared.is_down.store(false, SeqCst);
    };
    let (note, ()) = tokio::join!(call(&one, &input), breaking);
    assert_eq!(call(&other, &input).await.unwrap(), note.unwrap());
    assert_eq!(replicas.effects(), 1);
}

#[tokio::test]
async fn another_input_is_another_effect() {
    let replicas = [Registers::default(), Registers::default()].map(Replicas::over);
    let input = add("effect");
    let another = AddRequest { urgent: Some(true), ..input.clone() };
    let first = call(&replicas[0].one.channel(), &input).await.unwrap();
    let second = call(&replicas[1].one.channel(), &another).await.unwrap();
    assert_ne!(first.text, second.text);
}

#[tokio::test]
async fn what_cannot_be_told_again_is_not_performed_again() {
    let replicas = Replicas::over(Registers::default());
    let [one, other] = replicas.channels();
    // The answer is longer than the store takes; that of `long` is none of the contract.
    let input = add(&"x".repeat(80));
    let too_long = AddRequest { urgent: Some(true), ..input };
    let wrong = add("long");
    for input in [too_long, wrong] {
        call(&one, &input).await.ok();
        let effects = replicas.effects();
        assert_eq!(code(call(&other, &input).await), Code::DataLoss);
        assert_eq!(replicas.effects(), effects);
    }
}

#[cfg(feature = "nats")]
mod nats {
    use wireloom::idempotency::{NatsStore, NatsStoreOptions};

    use super::*;

    /// A bucket of its own in the server that `WIRELOOM_NATS` names.
    async fn bucket() -> NatsStore {
        let options = NatsStoreOptions {
            bucket: format!("keyed-{}", wireloom::Uuid::new_v4().simple()),
            ..NatsStoreOptions::default()
        };
        NatsStore::connect(&url(), options).await.unwrap()
    }

    fn url() -> String {
        std::env::var("WIRELOOM_NATS").expect("it names a server")
    }

    keeps_every_promise!(bucket, #[ignore = "wants a server, WIRELOOM_NATS"]);

    #[tokio::test]
    #[ignore = "wants a server, WIRELOOM_NATS"]
    async fn a_register_is_written_where_it_is_as_it_was_seen() {
        let store = bucket().await;
        let day = Duration::from_secs(24 * 60 * 60);
        let write = |seen, text: &'static str| store.write("a.b", seen, Bytes::from_static(text.as_bytes()), day);
        assert_eq!(store.read("a.b").await.unwrap(), None);
        let first = write(None, "1").await.unwrap();
        assert!(first.is_some() && write(None, "2").await.unwrap().is_none());
        let second = write(first, "3").await.unwrap();
        assert!(second.is_some() && second != first && write(first, "4").await.unwrap().is_none());
        let stored = Stored { revision: second.unwrap(), value: Bytes::from_static(b"3") };
        assert_eq!(store.read("a.b").await.unwrap(), Some(stored));
        store.remove("a.b", first.unwrap()).await.unwrap();
        assert!(store.read("a.b").await.unwrap().is_some(), "what was replaced is not removed");
        store.remove("a.b", second.unwrap()).await.unwrap();
        assert_eq!(store.read("a.b").await.unwrap(), None);
        assert!(write(second, "5").await.unwrap().is_none());
        assert!(write(None, "6").await.unwrap().is_some());
    }

    /// The server, as somebody else sees it.
    async fn outside() -> async_nats::jetstream::Context {
        async_nats::jetstream::new(async_nats::connect(url()).await.unwrap())
    }

    #[tokio::test]
    #[ignore = "wants a server, WIRELOOM_NATS"]
    async fn a_key_that_an_operator_deletes_is_free() {
        let store = bucket().await;
        let bucket = format!("{store:?}").split('"').nth(1).unwrap().to_owned();
        let day = Duration::from_secs(24 * 60 * 60);
        let first = store.write("k", None, Bytes::from_static(b"1"), day).await.unwrap();
        // As `nats kv del` does.
        let headers = async_nats::HeaderMap::from_iter([(
            async_nats::HeaderName::from_static("KV-Operation"),
            async_nats::HeaderValue::from("DEL"),
        )]);
        let outside = outside().await;
        let deleted = outside.publish_with_headers(format!("$KV.{bucket}.k"), headers, Bytes::new()).await;
        deleted.unwrap().await.unwrap();
        assert_eq!(store.read("k").await.unwrap(), None);
        assert!(store.write("k", first, Bytes::from_static(b"2"), day).await.unwrap().is_none());
        assert!(store.write("k", None, Bytes::from_static(b"3"), day).await.unwrap().is_some());
    }

    #[tokio::test]
    #[ignore = "wants a server, WIRELOOM_NATS"]
    async fn a_bucket_of_others_is_not_taken() {
        let bucket = format!("others-{}", wireloom::Uuid::new_v4().simple());
        let config = async_nats::jetstream::stream::Config {
            name: format!("KV_{bucket}"),
            subjects: vec![format!("$KV.{bucket}.>")],
            max_messages_per_subject: 1,
            ..Default::default()
        };
        outside().await.create_stream(config).await.unwrap();
        let refused = NatsStore::connect(&url(), NatsStoreOptions { bucket, ..NatsStoreOptions::default() }).await;
        assert!(refused.unwrap_err().to_string().contains("is of somebody else"));
    }
}
