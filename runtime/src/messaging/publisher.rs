//! Publishing events, typed: a service publishes what its contract says it emits, and nothing else.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::attempts;
use super::bus::Bus;
use super::envelope::{self, Sealing};
use super::error::{BrokerError, BrokerErrorKind};
use super::event::Event;
use super::handler::Retry;
use super::lanes::Lanes;
use super::message::Message;
use crate::context::Context;
use crate::fault::Fault;
use crate::metrics::{Sent, SentEvents};
use crate::spans::EventSpan;

/// How long publishing may take under a context without deadline.
const TIME_DEFAULT: Duration = Duration::from_secs(30);

/// The waits between tries at a broker that does not confirm.
const TRIES: Retry =
    Retry { times: u32::MAX, backoff_min: Duration::from_millis(50), backoff_max: Duration::from_secs(2) };

/// Events on their way at once in [`Publisher::publish_all`] unless said otherwise.
pub const WINDOW_DEFAULT: usize = 256;

/// Says that a service emits an event, and where it goes: generated, on the service's `OrdersEvents`.
#[diagnostic::on_unimplemented(message = "`{Self}` does not emit `{E}`: its contract says `emits` nowhere")]
pub trait Emits<E: Event>: Send + Sync + 'static {
    /// The topic.
    const TOPIC: &'static str;
    /// The CloudEvents source: `/shop.orders/Orders`.
    const SOURCE: &'static str;

    /// The key by which the events keep their order: the event's own, unless the binding names another (`key path`).
    fn key(event: &E) -> Option<Cow<'_, str>> {
        event.key()
    }
}

/// Publishes the events of one service. Cheap to clone.
///
/// A publish returns behind the broker's confirm; it tries again while the broker is away, until the context's deadline
/// (30 seconds without one), always under the same id. When it fails all the same, the event may have been stored: publish it
/// again under the same [`PublishOptions::id`].
pub struct Publisher<S> {
    bus: Bus,
    service: PhantomData<fn() -> S>,
}

/// What a single publish may say.
#[derive(Clone, Debug, Default)]
pub struct PublishOptions {
    /// The event's identity. Unless said otherwise a new one; under a context that does something once
    /// ([`Context::effect_id`]) the same each time: the first, the second of a key on a topic. A broker that knows ids stores it once. Of so
    /// many keys as 100,000 these are counted for one call or event; publishing more of them fails (`resource_exhausted`), unless the id is said.
    pub id: Option<String>,
    /// When the event happened; now unless said otherwise.
    pub time: Option<Timestamp>,
    /// How long, from its time on, the event is worth handling; for ever unless said otherwise. A group that comes to it later
    /// passes over it.
    pub expires_in: Option<Duration>,
}

impl<S> Publisher<S> {
    /// Publishes through this bus.
    pub fn new(bus: Bus) -> Publisher<S> {
        Publisher { bus, service: PhantomData }
    }

    /// Publishes an event; ready when the broker has stored it.
    ///
    /// # Errors
    /// When the broker does not confirm in time or refuses the event, or when the event breaks its contract.
    pub async fn publish<E: Event>(&self, cx: &Context, event: &E) -> Result<(), Fault>
    where
        S: Emits<E>,
    {
        self.publish_with(cx, event, PublishOptions::default()).await
    }

    /// Publishes an event with an id, time or expiry of its own.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub async fn publish_with<E: Event>(&self, cx: &Context, event: &E, options: PublishOptions) -> Result<(), Fault>
    where
        S: Emits<E>,
    {
        self.seal(cx, event, options)?.send(&self.bus, deadline(cx)).await.map_err(Fault::from)
    }

    /// Publishes many events, `window` of them on their way at once. Those of one key follow each other, each behind the
    /// confirm of the one before, so that their order holds even when the broker restarts in between.
    ///
    /// # Errors
    /// The first failure; events that were not on their way yet are not published then.
    pub async fn publish_all<E: Event>(
        &self,
        cx: &Context,
        events: impl IntoIterator<Item = E>,
        window: usize,
    ) -> Result<(), Fault>
    where
        S: Emits<E>,
    {
        let deadline = deadline(cx);
        let send = |sealed: Sealed| async move {
            let key = sealed.message.key.clone();
            (key, sealed.send(&self.bus, deadline).await)
        };
        let mut events = events.into_iter().fuse();
        let mut lanes = Lanes::new();
        let mut on_their_way = FuturesUnordered::new();
        let mut in_window = 0;
        loop {
            while in_window < window.max(1) {
                let Some(event) = events.next() else { break };
                let sealed = self.seal(cx, &event, PublishOptions::default())?;
                let key = sealed.message.key.clone();
                in_window += 1;
                on_their_way.extend(lanes.enter(key.as_deref(), sealed).map(send));
            }
            let Some((key, confirmed)) = on_their_way.next().await else { return Ok(()) };
            confirmed?;
            in_window -= 1;
            on_their_way.extend(lanes.leave(key.as_deref()).map(send));
        }
    }

    /// The message of an event, with the span of sending it.
    fn seal<E: Event>(&self, cx: &Context, event: &E, options: PublishOptions) -> Result<Sealed, Fault>
    where
        S: Emits<E>,
    {
        // What breaks its contract would only end in the dead topics of all its groups.
        event.validate().map_err(Fault::internal)?;
        let payload = serde_json::to_vec(event).map(Bytes::from).map_err(Fault::internal)?;
        let key = S::key(event);
        let id = match (options.id, cx.effect()) {
            (Some(id), _) => id,
            (None, Some(effect)) => effect.next_event(S::TOPIC, E::FACTS.kind, key.as_deref())?.to_string(),
            (None, None) => uuid::Uuid::now_v7().to_string(),
        };
        let sealing = Sealing {
            id,
            topic: S::TOPIC,
            source: S::SOURCE,
            event: E::FACTS,
            key,
            time: options.time.unwrap_or_else(Timestamp::now),
            expires_in: options.expires_in,
        };
        let system = self.bus.broker().system();
        let (span, cx) = EventSpan::publishing(system, S::TOPIC, &sealing.id, cx);
        let counted = SentEvents::of(system, S::TOPIC);
        Ok(Sealed { message: envelope::seal(sealing, &cx, payload), span, counted })
    }
}

/// A message to send, with the span of that: it begins where its id does, for that travels.
struct Sealed {
    message: Message,
    span: EventSpan,
    counted: &'static SentEvents,
}

impl Sealed {
    /// Publishes it; ready when the broker has stored it.
    async fn send(self, bus: &Bus, deadline: Instant) -> Result<(), BrokerError> {
        let Sealed { message, span, counted } = self;
        let began = Instant::now();
        let confirmed = deliver(bus, message, deadline).instrument(span.span().clone()).await;
        let sent = confirmed.as_ref().map_or_else(|error| Sent::from(error.kind()), |()| Sent::Confirmed);
        span.sent(sent);
        counted.sent(sent, began.elapsed());
        confirmed
    }
}

impl<S> Clone for Publisher<S> {
    fn clone(&self) -> Publisher<S> {
        Publisher::new(self.bus.clone())
    }
}

impl<S> std::fmt::Debug for Publisher<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Publisher").field(&self.bus).finish()
    }
}

fn deadline(cx: &Context) -> Instant {
    cx.deadline().unwrap_or_else(|| Instant::now() + TIME_DEFAULT)
}

/// Publishes a message until the broker has confirmed it or the time is over.
pub(super) async fn deliver(bus: &Bus, message: Message, deadline: Instant) -> Result<(), BrokerError> {
    for attempt in 1.. {
        let error = match tokio::time::timeout_at(deadline, confirmed(bus, message.clone())).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => BrokerError::unavailable("the broker did not confirm in time"),
        };
        let wait = attempts::backoff(attempt, &TRIES, attempts::random());
        if error.kind() == BrokerErrorKind::Refused || Instant::now() + wait >= deadline {
            return Err(error);
        }
        tracing::debug!(%error, topic = message.topic, id = message.id, attempt, "publishing again");
        tokio::time::sleep(wait).await;
    }
    Err(BrokerError::unavailable("tried too often"))
}

async fn confirmed(bus: &Bus, message: Message) -> Result<(), BrokerError> {
    bus.broker().publish(message).await?.await
}
