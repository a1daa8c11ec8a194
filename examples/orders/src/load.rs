//! Load: callers that keep calling, and what became of it.
//!
//! It is written against the trait, as the tour is. Each caller reads (`get`, `find`: `safe`) and places orders (`keyed`), one call
//! after the other. The key of an order is its note as well, so that whoever sees the order knows which call it is of.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use wireloom::{Context, Fault, IdempotencyKey, OperationFault, Uuid};

use crate::contract::shop::common::Page;
use crate::contract::shop::orders::*;
use crate::tour::draft;

/// Failures of a kind that are told in words, not only counted.
const TOLD_MAX: usize = 10;

/// How much is called.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How long.
    pub time: Duration,
    /// Calls at once.
    pub callers: usize,
    /// What each caller waits between two calls.
    pub pause: Duration,
    /// From when on a call is a slow one.
    pub slow: Duration,
}

impl Load {
    /// Calls until the time is over.
    pub async fn run(self, orders: &impl Orders) -> Report {
        let until = Instant::now() + self.time;
        let called = join_all((0..self.callers).map(|_| Caller::new(self).call_until(orders, until))).await;
        let mut report = Report::default();
        called.into_iter().for_each(|caller| report.add(caller));
        report.safe.sum_up();
        report.keyed.sum_up();
        report
    }
}

/// What became of the calls.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Of `get` and `find`.
    pub safe: Calls,
    /// Of `place`.
    pub keyed: Calls,
    /// The keys of orders that were placed.
    pub placed: Vec<String>,
    /// The keys of orders of which nobody knows: their calls failed.
    pub unknown: Vec<String>,
}

impl Report {
    fn add(&mut self, caller: Caller) {
        self.safe.add(caller.safe);
        self.keyed.add(caller.keyed);
        self.placed.extend(caller.placed);
        self.unknown.extend(caller.unknown);
    }
}

/// Calls of a kind.
#[derive(Debug, Default, Serialize)]
pub struct Calls {
    /// Those that were answered, also by a fault that says what is so: an order that is not there.
    pub answered: usize,
    /// Those that failed, by code.
    pub failed: BTreeMap<&'static str, usize>,
    /// The first that failed, in words.
    pub told: Vec<String>,
    /// Those that took as long as a slow call does.
    pub slow: usize,
    /// How long calls took, in milliseconds, by percentile.
    pub ms: BTreeMap<&'static str, f64>,
    #[serde(skip)]
    times: Vec<Duration>,
}

impl Calls {
    fn add(&mut self, other: Calls) {
        self.answered += other.answered;
        other.failed.into_iter().for_each(|(code, count)| *self.failed.entry(code).or_default() += count);
        self.told.extend(other.told);
        self.told.truncate(TOLD_MAX);
        self.slow += other.slow;
        self.times.extend(other.times);
    }

    /// Counts a call; gives whether it was answered.
    fn count(&mut self, began: Instant, slow: Duration, failure: Option<&Fault>) -> bool {
        let took = began.elapsed();
        self.times.push(took);
        self.slow += usize::from(took >= slow);
        let Some(failure) = failure else {
            self.answered += 1;
            return true;
        };
        *self.failed.entry(failure.code().as_str()).or_default() += 1;
        if self.told.len() < TOLD_MAX {
            let source = std::error::Error::source(failure).map(|source| format!("; {source}")).unwrap_or_default();
            self.told.push(format!("{failure}{source} (after {} ms)", took.as_millis()));
        }
        false
    }

    fn sum_up(&mut self) {
        self.times.sort_unstable();
        let Some(last) = self.times.len().checked_sub(1) else { return };
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)] {
            let micros = self.times[(last as f64 * share).round() as usize].as_micros();
            self.ms.insert(name, micros as f64 / 1e3);
        }
    }
}

/// One who calls.
struct Caller {
    load: Load,
    safe: Calls,
    keyed: Calls,
    placed: Vec<String>,
    unknown: Vec<String>,
    /// The order that was placed last.
    last: OrderId,
}

impl Caller {
    fn new(load: Load) -> Caller {
        let (safe, keyed, placed, unknown) = Default::default();
        Caller { load, safe, keyed, placed, unknown, last: OrderId::new(Uuid::nil()) }
    }

    async fn call_until(mut self, orders: &impl Orders, until: Instant) -> Caller {
        while Instant::now() < until {
            self.place(orders).await;
            self.get(orders).await;
            self.find(orders).await;
            self.get(orders).await;
        }
        self
    }

    async fn place(&mut self, orders: &impl Orders) {
        let key = IdempotencyKey::random();
        let name = key.to_string();
        let (cx, began) = (Context::new(), Instant::now());
        let placed = orders.place(&cx, PlaceRequest::new(draft("TEA-1").with_note(name.clone()), key)).await;
        let fault = placed.as_ref().err().map(OperationFault::to_fault);
        let answered = self.keyed.count(began, self.load.slow, fault.as_ref());
        if let Ok(order) = placed {
            self.last = order.id;
        }
        if answered { &mut self.placed } else { &mut self.unknown }.push(name);
        sleep(self.load.pause).await;
    }

    async fn get(&mut self, orders: &impl Orders) {
        let (cx, began) = (Context::new(), Instant::now());
        let fault = match orders.get(&cx, self.last.into()).await {
            // Each replica knows its own orders only.
            Ok(_) | Err(GetFault::NotFound(_)) => None,
            Err(fault) => Some(fault.to_fault()),
        };
        self.safe.count(began, self.load.slow, fault.as_ref());
        sleep(self.load.pause).await;
    }

    async fn find(&mut self, orders: &impl Orders) {
        let (cx, began) = (Context::new(), Instant::now());
        let found = orders.find(&cx, FindRequest::new(Page::new().with_size(5))).await;
        let fault = found.err().map(|fault| fault.to_fault());
        self.safe.count(began, self.load.slow, fault.as_ref());
        sleep(self.load.pause).await;
    }
}
