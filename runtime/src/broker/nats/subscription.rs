//! One member of a group: a task that asks the server for messages, keeps them alive while they are in hand, and builds
//! itself anew whenever the server is silent, gone or has forgotten it.
//!
//! The task pulls by itself rather than through async-nats' stream, for three reasons: no more is asked for than may be in
//! hand; what is in hand is known here, and so kept alive; and the numbers of deliveries are seen, on which order rests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::{Client, Message as NatsMessage, StatusCode, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::reading::{Arrival, Reading};
use super::streams::{self, Found, PIN_GROUP};
use super::{ANSWER_TIME, Nats, headers};
use crate::messaging::{BoxFuture, BrokerError, Delivery, Interest, Message, Settle, Subscription};

/// The longest wait between tries to build a subscription anew.
const REBUILD_PAUSE_MAX: Duration = Duration::from_secs(2);

/// How often the server is asked what is out, while that must be known.
const QUESTION_PAUSE: Duration = Duration::from_millis(100);

/// The longest life of one request for messages; it is renewed.
const PULL_TIME_MAX: Duration = Duration::from_secs(5);

const ACK: &[u8] = b"+ACK";
const IN_PROGRESS: &[u8] = b"+WPI";

/// Joins a group; the first time must succeed, later ones are tried for as long as it takes.
pub(super) async fn subscribe(nats: Nats, interest: Interest) -> Result<Joined, BrokerError> {
    let state = Arc::new(State {
        client: nats.inner.jetstream.client(),
        reading: Mutex::new(Reading::new(interest.ordered)),
        settled: Notify::new(),
    });
    let found = streams::consumer(&nats, &interest, None).await?;
    let (bring, brought) = mpsc::channel(interest.prefetch.saturating_mul(2).max(16));
    let stop = CancellationToken::new();
    let member = Member {
        resume_at: found.first_open,
        stream_made: found.stream_made.clone(),
        pin: None,
        asked: 0,
        nats: nats.clone(),
        interest,
        state,
        bring,
        stop: stop.clone(),
    };
    let task = tokio::spawn(member.run(found));
    Ok(Joined { nats, brought, stop, task: Some(task) })
}

/// The side of a subscription that handles.
pub(super) struct Joined {
    nats: Nats,
    brought: mpsc::Receiver<Delivery>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Subscription for Joined {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(self.brought.recv())
    }

    fn stop(&mut self) {
        self.stop.cancel();
        self.brought.close();
        let task = self.task.take();
        let mut unused = Vec::new();
        while let Ok(delivery) = self.brought.try_recv() {
            unused.push(delivery);
        }
        let given_back = tokio::spawn(async move {
            // A subscription that broke has said so, and has nothing left to say to the server.
            if let Some(task) = task {
                drop(task.await);
            }
            for delivery in unused {
                // Unsettled it would come again as well, only later.
                drop(delivery.settle.again(Duration::ZERO).await);
            }
        });
        let mut ending = self.nats.inner.ending.lock().unwrap_or_else(PoisonError::into_inner);
        ending.retain(|task| !task.is_finished());
        ending.push(given_back);
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What the task and the messages in hand share.
struct State {
    client: Client,
    reading: Mutex<Reading<Parcel>>,
    /// A message has left the hand, so there is room.
    settled: Notify,
}

impl State {
    fn reading(&self) -> MutexGuard<'_, Reading<Parcel>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, stream: u64, done: bool) -> Option<String> {
        let reply = self.reading().leave(stream, done);
        self.settled.notify_one();
        reply
    }
}

/// A message, and how often it was brought. Only what is handed on can be settled.
type Parcel = (u64, Message, u32);

/// The task of one member.
struct Member {
    nats: Nats,
    interest: Interest,
    state: Arc<State>,
    bring: mpsc::Sender<Delivery>,
    stop: CancellationToken,
    /// Where the group goes on if the server forgets it before any message came.
    resume_at: u64,
    stream_made: String,
    /// What the server calls us while we are the one who reads.
    pin: Option<String>,
    /// Messages that were asked for and have not come.
    asked: usize,
}

/// Why reading ended.
enum Over {
    Stopped,
    Rebuild(&'static str),
}

#[derive(Serialize)]
struct Pull<'a> {
    batch: usize,
    /// Nanoseconds.
    expires: u128,
    idle_heartbeat: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl Member {
    async fn run(mut self, found: Found) {
        let mut found = Some(found);
        let mut pause = Duration::from_millis(50);
        loop {
            let began = Instant::now();
            let over = match self.attach(found.take()).await {
                Ok((consumer, inbox, messages)) => {
                    let over = self.read(&consumer, &inbox, messages).await;
                    if matches!(over, Over::Stopped) {
                        self.hand_over(&consumer).await;
                    }
                    over
                }
                Err(error) => {
                    tracing::warn!(%error, topic = self.interest.topic, group = self.interest.group, "cannot subscribe yet");
                    Over::Rebuild("not subscribed")
                }
            };
            let Over::Rebuild(reason) = over else { return };
            tracing::debug!(reason, topic = self.interest.topic, group = self.interest.group, "subscribing anew");
            pause = match began.elapsed() > ANSWER_TIME {
                true => Duration::from_millis(50),
                false => (pause * 2).min(REBUILD_PAUSE_MAX),
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Finds or makes the consumer, and a place where its messages come.
    async fn attach(&mut self, found: Option<Found>) -> Result<(PullConsumer, String, Subscriber), BrokerError> {
        let found = match found {
            Some(found) => found,
            None => {
                let resume_at = self.state.reading().resume_at().unwrap_or(self.resume_at);
                streams::consumer(&self.nats, &self.interest, Some(resume_at)).await?
            }
        };
        if found.stream_made != self.stream_made {
            tracing::warn!(topic = self.interest.topic, "the stream was made anew: what it held before is gone");
            self.state.reading().forget();
            self.stream_made = found.stream_made;
        }
        let inbox = self.state.client.new_inbox();
        let subscribed = self.state.client.subscribe(inbox.clone()).await;
        let messages = subscribed.map_err(|error| BrokerError::unavailable("cannot subscribe").with_source(error))?;
        self.state.reading().lose_track();
        (self.asked, self.pin) = (0, None);
        Ok((found.consumer, inbox, messages))
    }

    async fn read(&mut self, consumer: &PullConsumer, inbox: &str, mut messages: Subscriber) -> Over {
        let pull_time = (self.nats.inner.options.ack_wait / 4).min(PULL_TIME_MAX);
        let heartbeat = pull_time / 4;
        let mut connects = self.nats.inner.connects.clone();
        connects.mark_unchanged();
        let mut keep = ticks(self.nats.inner.options.ack_wait / 3);
        let mut question = ticks(QUESTION_PAUSE);
        let mut heard = Instant::now();
        loop {
            if let Err(error) = self.pull(consumer, inbox, pull_time, heartbeat).await {
                tracing::debug!(%error, "cannot ask for messages");
                return Over::Rebuild("cannot ask for messages");
            }
            tokio::select! {
                () = self.stop.cancelled() => {
                    // What is given back next must not be sent to us again.
                    if let Err(error) = messages.unsubscribe().await {
                        tracing::debug!(%error, "the server was not told to send no more");
                    }
                    return Over::Stopped;
                }
                message = messages.next() => {
                    let Some(message) = message else { return Over::Rebuild("the subscription ended") };
                    heard = Instant::now();
                    if let Some(over) = self.take(message).await {
                        return over;
                    }
                }
                () = self.state.settled.notified() => {}
                _ = keep.tick() => self.keep().await,
                _ = question.tick() => self.ask(consumer).await,
                changed = connects.changed() => return Over::Rebuild(match changed {
                    Ok(()) => "the connection was made anew",
                    Err(_) => "the connection is closed",
                }),
                // While something is asked for, the server says at least that there is nothing.
                () = tokio::time::sleep_until(heard + heartbeat * 4), if self.asked > 0 => {
                    return Over::Rebuild("the server is silent");
                }
            }
        }
    }

    /// Asks for as many messages as there is room for, once it is worth asking.
    async fn pull(
        &mut self,
        consumer: &PullConsumer,
        inbox: &str,
        time: Duration,
        heartbeat: Duration,
    ) -> Result<(), async_nats::client::PublishError> {
        // Where one member reads, the server itself stops at the prefetch, and a member that asks stays the one who reads.
        let in_hand = if self.interest.ordered { 0 } else { self.state.reading().in_hand() };
        let room = self.interest.prefetch.saturating_sub(in_hand + self.asked);
        // A request for each message that was settled would cost as much as the message.
        if room == 0 || (self.asked > 0 && room < self.interest.prefetch.div_ceil(4)) {
            return Ok(());
        }
        let pull = Pull {
            batch: room,
            expires: time.as_nanos(),
            idle_heartbeat: heartbeat.as_nanos(),
            group: self.interest.ordered.then_some(PIN_GROUP),
            id: self.pin.as_deref(),
        };
        let request = serde_json::to_vec(&pull).expect("numbers and texts are JSON");
        let info = consumer.cached_info();
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", info.stream_name, info.name);
        self.asked += room;
        self.state.client.publish_with_reply(subject, inbox.to_owned(), Bytes::from(request)).await
    }

    /// Takes what came: a message, or the server's word on what was asked for.
    async fn take(&mut self, message: NatsMessage) -> Option<Over> {
        match message.status {
            None | Some(StatusCode::OK) => {
                self.asked = self.asked.saturating_sub(1);
                self.arrived(message).await;
                None
            }
            Some(StatusCode::IDLE_HEARTBEAT) => None,
            Some(StatusCode::PIN_ID_MISMATCH) => Some(Over::Rebuild("another member reads")),
            Some(StatusCode::NO_RESPONDERS) => Some(Over::Rebuild("JetStream does not answer")),
            Some(status) => match pending(&message) {
                Some(pending) => {
                    self.asked = self.asked.saturating_sub(pending);
                    None
                }
                None => {
                    tracing::debug!(%status, description = message.description, "the server ended a request");
                    Some(Over::Rebuild("the server ended a request"))
                }
            },
        }
    }

    async fn arrived(&mut self, message: NatsMessage) {
        let Some(reply) = message.reply.clone() else { return };
        let message = async_nats::jetstream::Message { message, context: self.nats.inner.jetstream.clone() };
        let Ok(info) = message.info() else { return };
        let (stream, consumer, delivered) = (info.stream_sequence, info.consumer_sequence, info.delivered);
        if self.interest.ordered {
            let pin = message.headers.as_ref().and_then(|headers| headers.get_last(async_nats::header::NATS_PIN_ID));
            self.pin = pin.map(|pin| pin.as_str().to_owned());
        }
        let unnamed = format!("{}:{stream}", info.stream);
        let message = message.split().0;
        let (headers, id) = headers::read(message.headers.as_ref());
        let message = Message::received(&self.interest.topic, id.unwrap_or(unnamed), headers, message.payload);
        let parcel = (stream, message, u32::try_from(delivered).unwrap_or(u32::MAX));
        let arrival = self.state.reading().arrived(stream, consumer, &reply, parcel);
        match arrival {
            Arrival::HandOn(parcel) => self.hand_on(parcel).await,
            Arrival::Settled => self.say(reply.to_string(), ACK).await,
            Arrival::Parked | Arrival::Known => {}
        }
    }

    async fn hand_on(&self, (stream, message, delivered): Parcel) {
        let settle = Box::new(InHand { state: Arc::clone(&self.state), stream, left: false });
        let delivery = Delivery { message, delivered, settle };
        // Nobody takes it any more when the consumer was dropped; then it comes again, elsewhere.
        drop(self.bring.send(delivery).await);
    }

    /// Says of all that is in hand that it still is.
    async fn keep(&self) {
        let kept = self.state.reading().kept();
        for reply in kept {
            self.say(reply, IN_PROGRESS).await;
        }
    }

    /// Asks what is out, where that must be known, and hands on what was parked once it is all here.
    async fn ask(&self, consumer: &PullConsumer) {
        let Some(question) = self.state.reading().question() else { return };
        let Ok(info) = consumer.get_info().await else { return };
        let parked = self.state.reading().answer(&question, info.num_ack_pending);
        for parcel in parked {
            self.hand_on(parcel).await;
        }
    }

    async fn say(&self, reply: String, what: &'static [u8]) {
        if let Err(error) = self.state.client.publish(reply, Bytes::from_static(what)).await {
            tracing::debug!(%error, "the server was not told");
        }
    }

    /// Leaves in an orderly way: gives back what was not handed on, and lets the next member read. It waits for what is in
    /// hand here, so nothing overtakes.
    async fn hand_over(&self, consumer: &PullConsumer) {
        let parked = self.state.reading().leave_parked();
        for reply in parked {
            self.say(reply, b"-NAK").await;
        }
        if self.pin.is_some() {
            let info = consumer.cached_info();
            let subject = format!("CONSUMER.UNPIN.{}.{}", info.stream_name, info.name);
            let request = serde_json::json!({ "group": PIN_GROUP });
            let answer = self.nats.inner.jetstream.request::<_, _, serde_json::Value>(subject, &request).await;
            if let Err(error) = answer {
                tracing::debug!(%error, "the next member waits for the pin to lapse");
            }
        }
    }
}

/// How many of the messages that a request asked for will not come, where the server says so.
fn pending(message: &NatsMessage) -> Option<usize> {
    message.headers.as_ref()?.get("Nats-Pending-Messages")?.as_str().parse().ok()
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Settles one message. Dropped unsettled, it is no longer kept, and comes again when its time is over.
struct InHand {
    state: Arc<State>,
    stream: u64,
    left: bool,
}

impl Settle for InHand {
    fn done(mut self: Box<Self>, sure: bool) -> BoxFuture<'static, Result<(), BrokerError>> {
        self.left = true;
        Box::pin(async move {
            let Some(reply) = self.state.leave(self.stream, true) else { return Ok(()) };
            let client = &self.state.client;
            match sure {
                false => client.publish(reply, Bytes::from_static(ACK)).await.map_err(unsettled),
                true => client.request(reply, Bytes::from_static(ACK)).await.map(drop).map_err(unsettled),
            }
        })
    }

    fn again(mut self: Box<Self>, after: Duration) -> BoxFuture<'static, Result<(), BrokerError>> {
        self.left = true;
        Box::pin(async move {
            let Some(reply) = self.state.leave(self.stream, false) else { return Ok(()) };
            let nak = match after.is_zero() {
                true => "-NAK".to_owned(),
                false => format!("-NAK {{\"delay\": {}}}", after.as_nanos()),
            };
            self.state.client.publish(reply, Bytes::from(nak)).await.map_err(unsettled)
        })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if !self.left {
            self.state.leave(self.stream, false);
        }
    }
}

fn unsettled(error: impl std::error::Error + Send + Sync + 'static) -> BrokerError {
    BrokerError::unavailable("NATS was not told how an event ended").with_source(error)
}
