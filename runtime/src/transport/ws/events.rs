//! Events pushed to subscribers: one subscription of the process, fanned out to all sessions.
//!
//! An event is decoded and validated once, and encoded once in each form that somebody wants, however many subscribers
//! there are. Each has a queue of its own; one that is full ends its subscription with a fault, so that nothing is lost
//! without a word and nobody waits for the slowest.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::sync::mpsc;

use super::{Binding, Ws};
use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::json;
use crate::messaging::{Event, EventFacts, Feed, Published};
use crate::mux::{JsonFrames, Native, Unwritten};
use crate::operation::{Operation, ServerStream};
use crate::transport::framed::{Carries, Form, Protobuf};
use crate::validate::Violations;
use crate::wire::{self, Value};

/// Events that may wait for one subscriber.
const QUEUE_MAX: usize = 256;

/// Takes the events of a topic and gives them to all who subscribed.
pub(super) struct Fan<E> {
    topic: &'static str,
    subscribers: Mutex<Vec<Subscriber<E>>>,
}

struct Subscriber<E> {
    queue: mpsc::Sender<Shared<E>>,
    /// Whether its queue was full.
    overrun: Arc<AtomicBool>,
}

impl<E: Event> Fan<E> {
    pub(super) fn new(topic: &'static str) -> Fan<E> {
        Fan { topic, subscribers: Mutex::default() }
    }

    /// Gives an event to all; those who are gone or too slow are forgotten.
    fn push(&self, event: E) {
        let shared = Shared(Arc::new(Encoded { event, json: OnceLock::new(), binary: OnceLock::new() }));
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| match subscriber.queue.try_send(shared.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                subscriber.overrun.store(true, Ordering::Release);
                false
            }
        });
    }

    /// The events from now on.
    fn subscribe(&self) -> impl Stream<Item = Result<Shared<E>, Fault>> + Send + 'static {
        let (queue, mut events) = mpsc::channel(QUEUE_MAX);
        let overrun = Arc::new(AtomicBool::new(false));
        let subscriber = Subscriber { queue, overrun: Arc::clone(&overrun) };
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nothing is published, nobody else notices who is gone.
        subscribers.retain(|subscriber| !subscriber.queue.is_closed());
        subscribers.push(subscriber);
        drop(subscribers);
        futures_util::stream::poll_fn(move |cx| {
            Poll::Ready(match ready!(events.poll_recv(cx)) {
                Some(event) => Some(Ok(event)),
                None if overrun.swap(false, Ordering::Acquire) => Some(Err(too_slow())),
                None => None,
            })
        })
    }
}

fn too_slow() -> Fault {
    let message = format!("the subscriber does not keep up: more than {QUEUE_MAX} events wait for it");
    Fault::new(Code::ResourceExhausted, message)
}

impl<E: Event> Feed for Fan<E> {
    fn topic(&self) -> &'static str {
        self.topic
    }

    fn event(&self) -> &'static EventFacts {
        E::FACTS
    }

    fn feed(&self, payload: &[u8], json_depth_max: usize) -> Result<(), Violations> {
        let event: E = json::decode(payload, json_depth_max)?;
        event.validate()?;
        self.push(event);
        Ok(())
    }
}

impl<E: Event> ServerStream<Pushed<E>> for Fan<E> {
    async fn open(
        &self,
        _: &Context,
        (): (),
    ) -> Result<impl Stream<Item = Result<Shared<E>, Fault>> + Send + 'static, Fault> {
        Ok(self.subscribe())
    }
}

/// An event that many share, with its encodings.
pub(super) struct Shared<E>(Arc<Encoded<E>>);

struct Encoded<E> {
    event: E,
    json: OnceLock<Option<Bytes>>,
    binary: OnceLock<Bytes>,
}

impl<E> Clone for Shared<E> {
    fn clone(&self) -> Shared<E> {
        Shared(Arc::clone(&self.0))
    }
}

/// The server's side of [`Published`]: the same events, shared.
pub(super) struct Pushed<E>(PhantomData<fn() -> E>);

impl<E: Event> Operation for Pushed<E> {
    type Input = ();
    type Output = Shared<E>;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = Published::<E>::FACTS;
}

/// protobuf's wire format, written once for all.
pub(super) enum OnceBinary {}

impl<E: Event + Value> Form<Shared<E>> for OnceBinary {
    fn put(message: &Shared<E>, out: &mut BytesMut) -> Result<(), Unwritten> {
        let Encoded { event, binary, .. } = &*message.0;
        out.extend_from_slice(binary.get_or_init(|| wire::encode_to_vec(event).into()));
        Ok(())
    }

    fn take(_: &Bytes, _: usize) -> Result<Shared<E>, Violations> {
        Err(Violations::of("is only ever sent"))
    }
}

/// JSON, written once for all.
pub(super) enum OnceJson {}

impl<E: Event> Form<Shared<E>> for OnceJson {
    fn put(message: &Shared<E>, out: &mut BytesMut) -> Result<(), Unwritten> {
        let Encoded { event, json, .. } = &*message.0;
        let json = json.get_or_init(|| serde_json::to_vec(event).ok().map(Bytes::from));
        out.extend_from_slice(json.as_ref().ok_or(Unwritten)?);
        Ok(())
    }

    fn take(_: &Bytes, _: usize) -> Result<Shared<E>, Violations> {
        Err(Violations::of("is only ever sent"))
    }
}

impl<E: Event + Value> Carries<Pushed<E>> for Native {
    type Input = Protobuf;
    type Output = OnceBinary;
}

impl<E: Event> Carries<Pushed<E>> for JsonFrames {
    type Input = crate::transport::framed::JsonAs<json::Same>;
    type Output = OnceJson;
}

/// An event is a record, and has its own JSON form.
impl<E: Event> Binding<Published<E>> for Ws {
    type Input = json::Same;
    type Output = json::Same;
}
