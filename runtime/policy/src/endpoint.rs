//! What a client knows of one endpoint: load, latency, health. All of it in atomics that pickers read without waiting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::accrual::Accrual;
use crate::ejection::{self, Places};
use crate::end::{Blame, End, Failure, Hint};
use crate::ewma::Ewma;
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, Mutex, Ordering, lock};
use crate::time::{Moment, nanos};

/// How fast a known latency fades: 10 s, Finagle's and linkerd's.
pub const DECAY_DEFAULT: Duration = Duration::from_secs(10);
/// What a failure counts as: 5 s, linkerd's.
pub const PENALTY_DEFAULT: Duration = Duration::from_secs(5);
/// The most that a hint of the server counts as: 300 s, linkerd's. A hint counts where it is longer than the penalty: else a
/// replica that refuses at once, "try again in a millisecond", would look like the fastest of all.
pub const HINT_MAX_DEFAULT: Duration = Duration::from_secs(300);

/// How what happens at an endpoint is weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighing {
    /// How fast a known latency fades, [`DECAY_DEFAULT`].
    pub decay: Duration,
    /// What a failure counts as, [`PENALTY_DEFAULT`].
    pub penalty: Duration,
    /// The most that `Retry-After` counts as, [`HINT_MAX_DEFAULT`].
    pub hint_max: Duration,
}

impl Default for Weighing {
    fn default() -> Weighing {
        Weighing { decay: DECAY_DEFAULT, penalty: PENALTY_DEFAULT, hint_max: HINT_MAX_DEFAULT }
    }
}

/// What the endpoints of a fleet share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) weighing: Weighing,
    pub(crate) ejection: ejection::Config,
    pub(crate) places: Places,
    /// Endpoints that are said to be down, and not ejected beside that. Changes under the lock of the endpoint's health.
    pub(crate) down: AtomicUsize,
    /// How often one was ejected.
    pub(crate) ejections: AtomicUsize,
}

/// The gate of an endpoint that takes calls. Any other number is the time until which it is ejected.
const OPEN: u64 = 0;
/// The gate while a probe is on its way.
const PROBING: u64 = u64::MAX;

/// One endpoint: what it is called (`K`, an address for instance) and what is known of it.
pub struct Endpoint<K> {
    key: K,
    hash: u64,
    weight: AtomicU32,
    pending: AtomicU32,
    latency: Ewma,
    /// When it was last picked.
    picked: AtomicU64,
    gate: AtomicU64,
    /// 1 where it is said to be down.
    down: AtomicU32,
    health: Mutex<Health>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Health {
    accrual: Accrual,
    ejections: u32,
    since: Moment,
    /// No longer in the fleet: takes no place among the ejected.
    retired: bool,
}

/// Whether an endpoint may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Open,
    /// By one call, which finds out whether it has recovered.
    Probe,
    /// No.
    Shut,
}

impl<K> Endpoint<K> {
    pub(crate) fn new(key: K, hash: u64, weight: u32, shared: Arc<Shared>, now: Moment) -> Endpoint<K> {
        let health = Health { accrual: Accrual::new(), ejections: 0, since: now, retired: false };
        Endpoint {
            key,
            hash,
            weight: AtomicU32::new(weight.max(1)),
            pending: AtomicU32::new(0),
            latency: Ewma::new(),
            picked: AtomicU64::new(now.as_nanos()),
            gate: AtomicU64::new(OPEN),
            down: AtomicU32::new(0),
            health: Mutex::new(health),
            shared,
        }
    }

    /// What it is called.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// A hash of its key, the same in every process of a build, so that clients agree.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Calls on their way.
    pub fn pending(&self) -> u32 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Its share of calls beside others; 1 where nobody said. [`P2c`](crate::balance::P2c) goes by it, by way of
    /// [`cost`](Endpoint::cost); [`RoundRobin`](crate::balance::RoundRobin) and [`Rendezvous`](crate::balance::Rendezvous) do not.
    pub fn weight(&self) -> u32 {
        self.weight.load(Ordering::Relaxed)
    }

    pub(crate) fn set_weight(&self, weight: u32) {
        self.weight.store(weight.max(1), Ordering::Relaxed);
    }

    /// When it was last picked.
    pub fn picked(&self) -> Moment {
        Moment::from_nanos(self.picked.load(Ordering::Relaxed))
    }

    /// What one more call is expected to cost: latency times the calls that it would be among, by weight. An endpoint that
    /// nobody has called costs nothing, until its first call is on its way: then it waits for the answer.
    pub fn cost(&self) -> f32 {
        let pending = self.pending();
        let known = self.latency.nanos();
        let latency = known.unwrap_or(if pending == 0 { 0.0 } else { nanos(self.shared.weighing.penalty) as f32 });
        latency * (pending + 1) as f32 / self.weight() as f32
    }

    /// Whether it may be called.
    pub fn access(&self, now: Moment) -> Access {
        match self.gate.load(Ordering::Acquire) {
            OPEN if self.down.load(Ordering::Relaxed) == 0 => Access::Open,
            OPEN | PROBING => Access::Shut,
            until if until <= now.as_nanos() => Access::Probe,
            _ => Access::Shut,
        }
    }

    /// Says whether it can be reached, as health checks or its connection know.
    pub fn set_up(&self, up: bool) {
        let health = lock(&self.health);
        self.count_down(&health, false);
        self.down.store(u32::from(!up), Ordering::Relaxed);
        self.count_down(&health, true);
    }

    /// Takes it into the count of those that are down, or out of it, if it is one of them as things are: before and after
    /// each change of that.
    fn count_down(&self, health: &Health, is_in: bool) {
        let is_down = self.down.load(Ordering::Relaxed) == 1;
        let is_open = self.gate.load(Ordering::Acquire) == OPEN;
        if is_down && is_open && !health.retired {
            let count = &self.shared.down;
            if is_in {
                count.fetch_add(1, Ordering::Relaxed)
            } else {
                count.fetch_sub(1, Ordering::Relaxed)
            };
        }
    }

    /// Its fleet has it no longer. Calls on their way end as usual.
    pub(crate) fn retire(&self) {
        let mut health = lock(&self.health);
        if health.retired {
            return;
        }
        self.count_down(&health, false);
        if self.gate.load(Ordering::Acquire) != OPEN {
            self.shared.places.free();
        }
        health.retired = true;
    }

    /// Until when it is ejected; for ever while it is probed.
    pub(crate) fn ejected_until(&self) -> Option<Moment> {
        let until = self.gate.load(Ordering::Acquire);
        (until != OPEN).then_some(Moment::from_nanos(until))
    }

    /// Brings it back before its time, as its fleet is too small for so many ejected ones.
    pub(crate) fn bring_back(&self, now: Moment) {
        let mut health = lock(&self.health);
        if self.gate.load(Ordering::Acquire) != OPEN {
            self.open(&mut health, now);
        }
    }

    /// Begins a call. `None` when another call probes it already.
    pub fn begin(self: &Arc<Endpoint<K>>, now: Moment) -> Option<Ticket<K>> {
        let probe = match self.gate.load(Ordering::Acquire) {
            until if until != OPEN && until != PROBING && until <= now.as_nanos() => {
                let mine = self.gate.compare_exchange(until, PROBING, Ordering::AcqRel, Ordering::Acquire);
                mine.ok()?;
                true
            }
            _ => false,
        };
        self.picked.store(now.as_nanos(), Ordering::Relaxed);
        self.pending.fetch_add(1, Ordering::Relaxed);
        Some(Ticket { endpoint: Arc::clone(self), began: now, probe, settled: false })
    }

    fn weigh(&self, end: End, blame: Blame, took: Duration, now: Moment) {
        let Weighing { decay, penalty, hint_max } = self.shared.weighing;
        match (blame, end) {
            (Blame::Good, _) => self.latency.answered(took, decay, now),
            (Blame::None, _) => self.latency.at_least(took, decay, now),
            (_, End::Failed(Failure { hint: Hint::After(wait), .. })) => {
                self.latency.failed(wait.min(hint_max).max(penalty).max(took), decay, now);
            }
            (_, _) => self.latency.failed(penalty.max(took), decay, now),
        }
    }

    /// Counts an end, ejects where it was one failure too many.
    fn judge(&self, blame: Blame, now: Moment) {
        if blame == Blame::None {
            return;
        }
        let Shared { ejection, places, .. } = &*self.shared;
        let mut health = lock(&self.health);
        let failed_enough = health.accrual.add(&ejection.accrual, blame, now);
        let open = self.gate.load(Ordering::Acquire) == OPEN;
        if failed_enough && open && !health.retired && places.take() {
            health.ejections = ejection.remembered(health.ejections, now - health.since);
            self.count_down(&health, false);
            self.shared.ejections.fetch_add(1, Ordering::Relaxed);
            self.eject(&mut health, now);
        }
    }

    /// What a probe has found out.
    fn judge_probe(&self, blame: Blame, took: Duration, now: Moment) {
        let mut health = lock(&self.health);
        if self.gate.load(Ordering::Acquire) == OPEN {
            // It was brought back meanwhile: this is a call like any other.
            drop(health);
            return self.judge(blame, now);
        }
        match blame {
            // As good as new: the failures of before neither count nor keep calls away.
            Blame::Good => {
                self.latency.restart(took, now);
                self.open(&mut health, now);
            }
            Blame::Bad | Blame::Busy => self.eject(&mut health, now),
            // Nothing found out: the next call probes.
            Blame::None => self.gate.store(now.as_nanos().max(1), Ordering::Release),
        }
    }

    /// It is ejected no longer.
    fn open(&self, health: &mut Health, now: Moment) {
        health.accrual.clear();
        health.since = now;
        self.gate.store(OPEN, Ordering::Release);
        if !health.retired {
            self.shared.places.free();
        }
        self.count_down(health, true);
    }

    fn eject(&self, health: &mut Health, now: Moment) {
        health.ejections = health.ejections.saturating_add(1);
        let until = now + self.shared.ejection.time(health.ejections);
        self.gate.store(until.as_nanos().clamp(1, PROBING - 1), Ordering::Release);
    }
}

impl<K: fmt::Debug> fmt::Debug for Endpoint<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("key", &self.key).field("pending", &self.pending()).finish_non_exhaustive()
    }
}

/// A call on its way to an endpoint. It holds a place in the endpoint's load until it is settled, or dropped.
#[must_use = "dropping it says that nothing is known of the call"]
pub struct Ticket<K> {
    endpoint: Arc<Endpoint<K>>,
    began: Moment,
    probe: bool,
    settled: bool,
}

impl<K> Ticket<K> {
    /// Where it goes.
    pub fn endpoint(&self) -> &Arc<Endpoint<K>> {
        &self.endpoint
    }

    /// When it began.
    pub fn began(&self) -> Moment {
        self.began
    }

    /// Whether it finds out if an ejected endpoint has recovered.
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// Says how it ended; `cut_short` where it had less than the time that an attempt is given. A cancelled call says how long
    /// it has waited: the endpoint takes that long at least.
    pub fn settle(mut self, end: End, cut_short: bool, now: Moment) {
        let (blame, took) = (end.blame(cut_short), now - self.began);
        self.settled = true;
        self.endpoint.pending.fetch_sub(1, Ordering::Relaxed);
        self.endpoint.weigh(end, blame, took, now);
        if self.probe {
            self.endpoint.judge_probe(blame, took, now);
        } else {
            self.endpoint.judge(blame, now);
        }
    }
}

impl<K> Drop for Ticket<K> {
    fn drop(&mut self) {
        if !self.settled {
            self.endpoint.pending.fetch_sub(1, Ordering::Relaxed);
            if self.probe {
                self.endpoint.judge_probe(Blame::None, Duration::ZERO, self.began);
            }
        }
    }
}

impl<K: fmt::Debug> fmt::Debug for Ticket<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("endpoint", &self.endpoint.key)
            .field("began", &self.began)
            .finish_non_exhaustive()
    }
}
