//! `nats://`: NATS JetStream.
//!
//! | here | in JetStream |
//! |---|---|
//! | topic `shop.orders.placed` | subject of that name, in the stream that takes it; where none does, the stream `shop_orders_placed` is made (file storage, events kept for 7 days, ids known for 2 minutes) |
//! | group `shipping` | durable pull consumer `shipping` (`shipping-shop_orders_placed` in a stream that takes other subjects too), explicit ack, starting with what is published after it was made |
//! | a group that is not to last | the same, but not durable: forgotten a minute after its member is gone |
//! | id | `Nats-Msg-Id` |
//! | headers | headers; `ce-…` as CloudEvents' NATS binding says |
//! | order by key | a pinned client (server 2.11): one member reads, the others stand by; see `reading` |
//!
//! A publish is confirmed by the stream's own ack. What is in hand is kept by `+WPI` for as long as its handling takes. A
//! subscription whose server is silent is built anew, as often as it takes.
//!
//! When the reading member dies, the next one begins once all that was in hand there has come again, that is after
//! [`NatsOptions::ack_wait`]. One that drains hands over at once.

mod headers;
mod names;
mod reading;
#[cfg(test)]
mod simulation;
mod streams;
mod subscription;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::context::{ContextBuilder, PublishErrorKind};
use async_nats::{ConnectOptions, Event};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::messaging::{BoxFuture, Broker, BrokerError, Confirm, Interest, Message, Subscription};

/// How long a connection may take when the program starts.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// How often an idle connection is tried; two pings without answer break it.
const PING_PAUSE: Duration = Duration::from_secs(10);

/// How long JetStream may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Publishes that wait for their ack at once; further ones wait to be sent.
const CONFIRMS_MAX: usize = 4096;

/// Settings of NATS.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// Stands before every topic: `staging.`. Empty unless said otherwise.
    pub prefix: String,
    /// How long the server waits to hear of an event in hand until it brings it again. 10 seconds unless said otherwise.
    pub ack_wait: Duration,
    /// How long streams that are made keep their events. 7 days unless said otherwise.
    pub stream_age_max: Duration,
    /// How many servers keep the streams and consumers that are made. 1 unless said otherwise.
    pub replicas: usize,
}

impl Default for NatsOptions {
    fn default() -> NatsOptions {
        NatsOptions {
            prefix: String::new(),
            ack_wait: Duration::from_secs(10),
            stream_age_max: Duration::from_secs(7 * 24 * 60 * 60),
            replicas: 1,
        }
    }
}

/// A connection to NATS JetStream.
#[derive(Clone)]
pub struct Nats {
    inner: Arc<Inner>,
}

struct Inner {
    options: NatsOptions,
    jetstream: jetstream::Context,
    /// Topics that a stream is known to take.
    taken: Mutex<HashSet<String>>,
    /// How often the connection was made.
    connects: watch::Receiver<u64>,
    /// Subscriptions that are ending.
    ending: Mutex<Vec<JoinHandle<()>>>,
}

impl Nats {
    /// Connects to a server.
    ///
    /// # Errors
    /// When the server cannot be reached within 10 seconds, or refuses.
    pub async fn connect(url: &str, options: NatsOptions) -> Result<Nats, BrokerError> {
        let (jetstream, connects) = connection(url).await?;
        let (taken, ending) = (Mutex::default(), Mutex::default());
        Ok(Nats { inner: Arc::new(Inner { options, jetstream, taken, connects, ending }) })
    }

    fn subject(&self, topic: &str) -> String {
        format!("{}{topic}", self.inner.options.prefix)
    }

    /// Makes sure that a stream takes the topic.
    async fn take(&self, topic: &str) -> Result<(), BrokerError> {
        let known = || self.inner.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(topic) {
            return Ok(());
        }
        streams::stream(self, &self.subject(topic)).await?;
        known().insert(topic.to_owned());
        Ok(())
    }

    async fn send(&self, message: Message) -> Result<Confirm, BrokerError> {
        self.take(&message.topic).await?;
        let publish = jetstream::message::PublishMessage::build()
            .payload(message.payload)
            .headers(headers::write(&message.headers))
            .message_id(&message.id);
        let ack =
            self.inner.jetstream.send_publish(self.subject(&message.topic), publish).await.map_err(publish_error)?;
        let (this, topic) = (self.clone(), message.topic);
        Ok(Box::pin(async move {
            let Err(error) = ack.await else { return Ok(()) };
            if error.kind() == PublishErrorKind::StreamNotFound {
                // Somebody deleted it, or JetStream is not up again; the next try looks.
                this.inner.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&topic);
            }
            Err(publish_error(error))
        }))
    }
}

/// Connects to a server, for as long as it takes from then on; counts how often the connection was made.
pub(crate) async fn connection(url: &str) -> Result<(jetstream::Context, watch::Receiver<u64>), BrokerError> {
    let (connected, connects) = watch::channel(0u64);
    let connecting = ConnectOptions::new()
        .name("wireloom")
        .max_reconnects(None)
        .ping_interval(PING_PAUSE)
        .reconnect_delay_callback(|attempt| {
            Duration::from_millis((50 << attempt.min(6)) as u64).min(Duration::from_secs(2))
        })
        .event_callback(move |event| {
            match &event {
                Event::Connected => connected.send_modify(|count| *count += 1),
                Event::Disconnected => tracing::warn!("the connection to NATS broke"),
                other => tracing::info!(event = %other, "NATS"),
            }
            std::future::ready(())
        })
        .connect(url);
    let client = match tokio::time::timeout(CONNECT_TIME, connecting).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return Err(BrokerError::unavailable("NATS cannot be reached").with_source(error)),
        Err(_) => return Err(BrokerError::unavailable("NATS cannot be reached: it does not answer")),
    };
    let jetstream = ContextBuilder::new()
        .timeout(ANSWER_TIME)
        .max_ack_inflight(CONFIRMS_MAX)
        .backpressure_on_inflight(true)
        .build(client);
    Ok((jetstream, connects))
}

fn publish_error(error: jetstream::context::PublishError) -> BrokerError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => {
            BrokerError::refused("the event is larger than NATS takes").with_source(error)
        }
        _ => BrokerError::unavailable("NATS did not confirm").with_source(error),
    }
}

impl Broker for Nats {
    fn system(&self) -> &'static str {
        "nats"
    }

    fn publish(&self, message: Message) -> BoxFuture<'_, Result<Confirm, BrokerError>> {
        Box::pin(self.send(message))
    }

    fn subscribe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<Box<dyn Subscription>, BrokerError>> {
        Box::pin(async move {
            let subscribed = subscription::subscribe(self.clone(), interest.clone()).await?;
            Ok(Box::new(subscribed) as Box<dyn Subscription>)
        })
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            let ending = std::mem::take(&mut *self.inner.ending.lock().unwrap_or_else(PoisonError::into_inner));
            let gone = async {
                for ended in ending {
                    // A subscription that broke has nothing left to say.
                    drop(ended.await);
                }
                self.inner.jetstream.client().flush().await
            };
            let unavailable = || BrokerError::unavailable("NATS does not answer");
            match tokio::time::timeout(ANSWER_TIME, gone).await {
                Ok(flushed) => flushed.map_err(|error| unavailable().with_source(error)),
                Err(_) => Err(unavailable()),
            }
        })
    }
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
