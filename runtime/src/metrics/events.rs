//! What is counted of events: of those that are published, by topic, and of those that are handled, by handler.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::Duration;

use super::catalog;
use super::counts::{Counts, Word, words};
use super::histogram::Histogram;
use super::operations::signed;
use super::samples::Samples;
use crate::messaging::{BrokerErrorKind, HandlerFacts};

words! {
    /// What became of publishing an event.
    Sent {
        /// The broker has stored it.
        Confirmed = "confirmed",
        /// The broker did not say so in time. It may have been stored.
        Unconfirmed = "unconfirmed",
        /// The broker does not take it.
        Refused = "refused",
    }
}

impl From<BrokerErrorKind> for Sent {
    fn from(kind: BrokerErrorKind) -> Sent {
        match kind {
            BrokerErrorKind::Unavailable => Sent::Unconfirmed,
            BrokerErrorKind::Refused => Sent::Refused,
        }
    }
}

words! {
    /// How an attempt at handling an event ended.
    Handled {
        /// It is done with.
        Done = "done",
        /// The handler asks for another attempt.
        Retry = "retry",
        /// The handler says that no attempt would do.
        Rejected = "rejected",
        Panicked = "panicked",
        TimedOut = "timed_out",
    }
}

words! {
    /// What became of an event without a handler's doing.
    Passed {
        /// The handler's condition is false for it.
        Over = "passed_over",
        /// Its time was over.
        Expired = "expired",
        /// It went back to the broker.
        Back = "given_back",
        /// It went to the dead topic.
        Dead = "dead",
    }
}

/// Events that are published to a topic.
pub(crate) struct SentEvents {
    times: [Histogram; Sent::ALL.len()],
}

/// Events of a handler.
pub(crate) struct HandledEvents {
    times: [Histogram; Handled::ALL.len()],
    delays: Histogram,
    passed: Counts<Passed>,
}

/// A broker's system and a topic.
type Topic = (&'static str, &'static str);

/// A topic, a group of it and a handler's name: `shop.orders.Orders/settle`.
type Group = (Topic, &'static str, String);

static SENT: LazyLock<Kept<Topic, SentEvents>> = LazyLock::new(Kept::default);
static HANDLED: LazyLock<Kept<Group, HandledEvents>> = LazyLock::new(Kept::default);

impl SentEvents {
    /// Those of a topic of a contract.
    pub(crate) fn of(system: &'static str, topic: &'static str) -> &'static SentEvents {
        let new = || SentEvents { times: [const { Histogram::new() }; Sent::ALL.len()] };
        SENT.of((system, topic), new)
    }

    /// One took so long, with all tries at it.
    pub(crate) fn sent(&self, sent: Sent, took: Duration) {
        self.times[sent.place()].add(took);
    }
}

impl HandledEvents {
    /// Those of a handler, which looks them up once.
    pub(crate) fn of(system: &'static str, handler: &HandlerFacts) -> &'static HandledEvents {
        let new = || HandledEvents {
            times: [const { Histogram::new() }; Handled::ALL.len()],
            delays: Histogram::new(),
            passed: Counts::new(),
        };
        HANDLED.of(((system, handler.topic), handler.group, handler.op.to_string()), new)
    }

    /// An attempt took so long.
    pub(crate) fn handled(&self, handled: Handled, took: Duration) {
        self.times[handled.place()].add(took);
    }

    /// One came so long after it was published.
    pub(crate) fn delayed(&self, by: Duration) {
        self.delays.add(by);
    }

    /// One passed.
    pub(crate) fn passed(&self, passed: Passed) {
        self.passed.add(passed);
    }
}

pub(super) fn collect(samples: &mut Samples) {
    SENT.each(|(system, topic), it| {
        for sent in Sent::ALL {
            if let Some(times) = it.times[sent.place()].read() {
                samples.times(&catalog::SENT, &[system, topic, sent.as_str()], times);
            }
        }
    });
    HANDLED.each(|((system, topic), group, handler), it| {
        let of = [*system, *topic, *group, handler.as_str()];
        let with = |word: &'static str| [of[0], of[1], of[2], of[3], word];
        for handled in Handled::ALL {
            if let Some(times) = it.times[handled.place()].read() {
                samples.times(&catalog::HANDLED, &with(handled.as_str()), times);
            }
        }
        if let Some(delays) = it.delays.read() {
            samples.times(&catalog::DELAYS, &of, delays);
        }
        for (passed, count) in it.passed.each() {
            samples.add(&catalog::PASSED, &with(passed.as_str()), signed(count));
        }
    });
}

/// What is counted by a key, for ever: a program has so many topics and handlers.
struct Kept<K, V: 'static>(RwLock<HashMap<K, &'static V>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Kept<K, V> {
        Kept(RwLock::default())
    }
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn of(&self, key: K, new: impl FnOnce() -> V) -> &'static V {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.entry(key).or_insert_with(|| Box::leak(Box::new(new())))
    }

    fn each(&self, mut told: impl FnMut(&K, &V)) {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        #[expect(clippy::iter_over_hash_type, reason = "samples are sorted")]
        for (key, it) in kept.iter() {
            told(key, it);
        }
    }
}
