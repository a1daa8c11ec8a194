//! `memory://`: a bus within the process, with a bounded queue for each group.
//!
//! A publish is stored when every group of the topic has it; while one of the queues is full, it waits, and takes a place in
//! all queues at once or in none. Nothing is dropped for want of room. A topic without a group keeps nothing: there is
//! nobody to keep it for. Messages live as long as the process; a lasting group keeps its queue when its members go.
//!
//! Where order matters one member of a group reads at a time. The next one begins when all that the one before had in hand
//! is settled or given back.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::messaging::{BoxFuture, Broker, BrokerError, Confirm, Delivery, Interest, Message, Settle, Subscription};

/// Messages that a group's queue holds unless said otherwise.
pub const QUEUE_MAX_DEFAULT: usize = 1024;

/// A bus within the process.
#[derive(Debug)]
pub struct MemoryBroker {
    queue_max: usize,
    topics: Arc<Topics>,
}

/// The groups of each topic.
#[derive(Debug, Default)]
struct Topics {
    groups: Mutex<HashMap<String, BTreeMap<String, Arc<Queue>>>>,
}

impl Default for MemoryBroker {
    fn default() -> MemoryBroker {
        MemoryBroker::new(QUEUE_MAX_DEFAULT)
    }
}

impl MemoryBroker {
    /// A bus whose queues hold so many messages, those in hand included.
    pub fn new(queue_max: usize) -> MemoryBroker {
        MemoryBroker { queue_max: queue_max.clamp(1, Semaphore::MAX_PERMITS), topics: Arc::default() }
    }

    fn queues(&self, topic: &str) -> Vec<Arc<Queue>> {
        let topics = self.topics.groups.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(topic).map(|groups| groups.values().cloned().collect()).unwrap_or_default()
    }

    fn queue(&self, topic: &str, group: &str) -> Arc<Queue> {
        let mut topics = self.topics.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let groups = topics.entry(topic.to_owned()).or_default();
        Arc::clone(groups.entry(group.to_owned()).or_insert_with(|| Arc::new(Queue::new(self.queue_max))))
    }
}

impl Broker for MemoryBroker {
    fn system(&self) -> &'static str {
        "memory"
    }

    fn publish(&self, message: Message) -> BoxFuture<'_, Result<Confirm, BrokerError>> {
        Box::pin(async move {
            let queues = self.queues(&message.topic);
            if queues.is_empty() {
                tracing::debug!(topic = message.topic, id = message.id, "no group takes this event");
            }
            // Always in the order of the groups' names, so that two who publish cannot wait for each other.
            let mut places = Vec::with_capacity(queues.len());
            for queue in &queues {
                let place = Arc::clone(&queue.places).acquire_owned().await;
                places.push(place.map_err(|_| BrokerError::unavailable("the bus is closed"))?);
            }
            for (queue, place) in queues.iter().zip(places) {
                queue.push(message.clone(), place);
            }
            Ok(Box::pin(std::future::ready(Ok(()))) as Confirm)
        })
    }

    fn subscribe<'a>(&'a self, interest: &'a Interest) -> BoxFuture<'a, Result<Box<dyn Subscription>, BrokerError>> {
        let queue = self.queue(&interest.topic, &interest.group);
        let passing = (!interest.lasting).then(|| Passing {
            topics: Arc::clone(&self.topics),
            topic: interest.topic.clone(),
            group: interest.group.clone(),
        });
        let reader = Reader { queue, ordered: interest.ordered, turn: None, stopped: false, passing };
        Box::pin(std::future::ready(Ok(Box::new(reader) as Box<dyn Subscription>)))
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The messages of one group.
#[derive(Debug)]
struct Queue {
    /// A permit for each message that still finds room.
    places: Arc<Semaphore>,
    /// Whose turn it is to read, where order matters.
    turn: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    entries: VecDeque<Entry>,
    /// Whether nobody will read any more.
    gone: bool,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    message: Message,
    /// How often it was brought.
    delivered: u32,
    /// Held until it is settled.
    _place: OwnedSemaphorePermit,
}

impl Queue {
    fn new(queue_max: usize) -> Queue {
        Queue {
            places: Arc::new(Semaphore::new(queue_max)),
            turn: Arc::new(Semaphore::new(1)),
            waiting: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, message: Message, place: OwnedSemaphorePermit) {
        let mut waiting = self.waiting();
        if waiting.gone {
            return;
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.entries.push_back(Entry { number, message, delivered: 0, _place: place });
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Puts a message back where it was.
    fn put_back(&self, entry: Entry) {
        let mut waiting = self.waiting();
        if waiting.gone {
            return;
        }
        let place = waiting.entries.partition_point(|other| other.number < entry.number);
        waiting.entries.insert(place, entry);
        drop(waiting);
        self.arrived.notify_one();
    }

    fn pop(&self) -> Option<Entry> {
        let mut waiting = self.waiting();
        let entry = waiting.entries.pop_front();
        if !waiting.entries.is_empty() {
            // One notice may stand for many arrivals; pass it on to the next member.
            self.arrived.notify_one();
        }
        entry
    }
}

/// A member of a group.
struct Reader {
    queue: Arc<Queue>,
    ordered: bool,
    turn: Option<Arc<OwnedSemaphorePermit>>,
    stopped: bool,
    /// Ends the group with this member, where it is not kept.
    passing: Option<Passing>,
}

/// A group that ends with its member.
struct Passing {
    topics: Arc<Topics>,
    topic: String,
    group: String,
}

impl Drop for Passing {
    fn drop(&mut self) {
        let mut topics = self.topics.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(groups) = topics.get_mut(&self.topic) else { return };
        let Some(queue) = groups.remove(&self.group) else { return };
        // Whoever waits for a place in the queue gets one, and what it puts there is forgotten.
        let mut waiting = queue.waiting();
        waiting.gone = true;
        waiting.entries.clear();
    }
}

impl Reader {
    async fn take(&mut self) -> Option<Delivery> {
        if self.ordered && self.turn.is_none() {
            let turn = Arc::clone(&self.queue.turn).acquire_owned().await.ok()?;
            self.turn = Some(Arc::new(turn));
        }
        let mut entry = loop {
            if self.stopped {
                return None;
            }
            match self.queue.pop() {
                Some(entry) => break entry,
                None => self.queue.arrived.notified().await,
            }
        };
        entry.delivered += 1;
        let (message, delivered) = (entry.message.clone(), entry.delivered);
        let held = Held { queue: Arc::clone(&self.queue), entry: Some(entry), _turn: self.turn.clone() };
        Some(Delivery { message, delivered, settle: Box::new(held) })
    }
}

impl Subscription for Reader {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(self.take())
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.turn = None;
        self.passing = None;
        // The notice that woke this member, if one did, belongs to another.
        self.queue.arrived.notify_one();
    }
}

/// A message in hand; goes back to its place when it is dropped.
struct Held {
    queue: Arc<Queue>,
    entry: Option<Entry>,
    /// Where order matters, nobody else reads while this is in hand.
    _turn: Option<Arc<OwnedSemaphorePermit>>,
}

impl Settle for Held {
    fn done(mut self: Box<Self>, _: bool) -> BoxFuture<'static, Result<(), BrokerError>> {
        self.entry = None;
        Box::pin(std::future::ready(Ok(())))
    }

    fn again(self: Box<Self>, after: Duration) -> BoxFuture<'static, Result<(), BrokerError>> {
        if after.is_zero() {
            drop(self);
        } else {
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                drop(self);
            });
        }
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.queue.put_back(entry);
        }
    }
}
