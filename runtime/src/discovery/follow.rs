//! Following a source: when it is asked again, and which of its lists is believed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::DiscoveryError;
use super::seam::Discovery;
use super::snapshot::{Instance, Snapshot};
use crate::endpoint::Endpoint;
use crate::metrics::{self, Observe, Samples};
use crate::policy::backoff::Backoff;
use crate::policy::roster::{self, Offered, Roster};
use crate::policy::{Clock, Invalid, Rng};

/// How a source is followed.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// When a list is doubted: where it lacks more than half of the instances, for 30 seconds at most, unless said otherwise.
    pub roster: roster::Config,
    /// How long a burst of lists is waited out; the first list of all is used at once. 100 milliseconds unless said otherwise.
    pub settle: Duration,
    /// The waits before a lost source is watched anew: anything up to 100 milliseconds, at last up to 10 seconds, unless said
    /// otherwise.
    pub backoff: Backoff,
}

impl Default for FollowOptions {
    fn default() -> FollowOptions {
        FollowOptions {
            roster: roster::Config::default(),
            settle: Duration::from_millis(100),
            backoff: super::BACKOFF_DEFAULT,
        }
    }
}

/// Follows a source in a task, which ends with the last clone of what is returned. One service is followed once: clones share
/// it.
///
/// # Errors
/// When the options cannot be.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn follow(source: Arc<dyn Discovery>, options: FollowOptions) -> Result<Followed, Invalid> {
    options.backoff.check().map_err(|wrong| wrong.within("backoff"))?;
    let roster = Roster::new(options.roster).map_err(|wrong| wrong.within("roster"))?;
    let (sets, known) = watch::channel(None);
    let shared = Arc::new(Shared {
        confirmed: Notify::new(),
        status: Mutex::default(),
        heard: Mutex::default(),
        instances: AtomicUsize::new(0),
        kind: source.kind(),
    });
    metrics::observe(&shared);
    let follower = Follower {
        sets,
        shared: Arc::clone(&shared),
        settle: options.settle,
        clock: Clock::starting_at(Instant::now()),
        roster,
        known: BTreeMap::new(),
        waiting: None,
        last: None,
    };
    tokio::spawn(follower.run(Told::new(source, options.backoff)));
    Ok(Followed { known, shared })
}

/// A source that is followed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Followed {
    known: watch::Receiver<Option<Arc<Snapshot>>>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    confirmed: Notify,
    status: Mutex<Status>,
    /// When it was heard last.
    heard: Mutex<Option<Instant>>,
    /// How many are in the set in force.
    instances: AtomicUsize,
    kind: &'static str,
}

impl Observe for Shared {
    fn observe(&self, samples: &mut Samples) {
        let instances = self.instances.load(Ordering::Relaxed);
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        samples.source(self.kind, instances, &self.status(), heard.map(|at| at.elapsed()));
    }
}

/// How the following goes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Status {
    /// Sets that were published.
    pub generation: u64,
    /// Times that the source failed, or told what cannot be.
    pub errors: u64,
    /// Why it failed last, also where it is heard again.
    pub last_error: Option<DiscoveryError>,
    /// Whether it fails still.
    pub is_failing: bool,
    /// Whether its last list lacks so much that it is doubted.
    pub is_held: bool,
}

impl Followed {
    /// The set in force; none before the source was heard for the first time.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.known.borrow().clone()
    }

    /// The set in force once it has an instance.
    ///
    /// # Errors
    /// When there is none by then, with what the source failed with last.
    pub async fn first(&self, deadline: Instant) -> Result<Arc<Snapshot>, DiscoveryError> {
        let mut known = self.known.clone();
        let any = known.wait_for(|set| set.as_ref().is_some_and(|set| !set.is_empty()));
        match timeout_at(deadline, any).await {
            Ok(Ok(set)) => Ok(set.clone().unwrap_or_default()),
            Ok(Err(_)) => Err(DiscoveryError::unavailable("the source is no longer followed")),
            Err(_) => Err(self.why_nobody()),
        }
    }

    fn why_nobody(&self) -> DiscoveryError {
        let Status { last_error, is_failing, .. } = self.status();
        match (last_error.filter(|_| is_failing), self.latest()) {
            (Some(error), _) => error,
            (None, None) => DiscoveryError::unavailable("the source has not answered yet"),
            (None, Some(_)) => DiscoveryError::unavailable("the source says that there is nobody"),
        }
    }

    /// Sees every set that is published, but for those that others soon replace.
    pub fn receiver(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.known.clone()
    }

    /// Believes a list that is held: somebody has looked.
    pub fn confirm(&self) {
        self.shared.confirmed.notify_one();
    }

    /// How it goes.
    pub fn status(&self) -> Status {
        self.shared.status().clone()
    }
}

impl Shared {
    fn status(&self) -> std::sync::MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a source tells, for ever: where its stream ends, it is watched anew after a while.
struct Told {
    source: Arc<dyn Discovery>,
    backoff: Backoff,
    rng: Rng,
    stream: Option<BoxStream<'static, Result<Snapshot, DiscoveryError>>>,
    /// Since when it is watched; before the first time, when it may be.
    since: Instant,
    /// Times in a row that it was lost.
    losses: u32,
    /// Whether the last that it told was an error.
    is_failing: bool,
}

impl Told {
    fn new(source: Arc<dyn Discovery>, backoff: Backoff) -> Told {
        let rng = Rng::seeded(super::seed());
        Told { source, backoff, rng, stream: None, since: Instant::now(), losses: 0, is_failing: false }
    }

    /// The next that it tells. May be dropped and asked again.
    async fn next(&mut self) -> Result<Snapshot, DiscoveryError> {
        loop {
            sleep_until(self.since).await;
            let stream = self.stream.get_or_insert_with(|| self.source.watch());
            if let Some(item) = stream.next().await {
                self.is_failing = item.is_err();
                return item;
            }
            self.lost();
            // One that has said why need not be told again.
            if !std::mem::take(&mut self.is_failing) {
                return Err(DiscoveryError::unavailable("the source has ended, it is watched anew"));
            }
        }
    }

    fn lost(&mut self) {
        self.stream = None;
        // What was heard for a while is not what fails again and again.
        let is_steady = self.since.elapsed() > self.backoff.max;
        self.losses = if is_steady { 1 } else { self.losses.saturating_add(1) };
        self.since = Instant::now() + self.backoff.wait(self.losses, &mut self.rng);
    }
}

/// The task that follows.
struct Follower {
    sets: watch::Sender<Option<Arc<Snapshot>>>,
    shared: Arc<Shared>,
    settle: Duration,
    clock: Clock,
    roster: Roster<Endpoint>,
    /// What is known of the endpoints that are believed in.
    known: BTreeMap<Endpoint, Instance>,
    /// A list that may be the first of a burst, and when it is looked at.
    waiting: Option<(Snapshot, Instant)>,
    /// The list that was offered last, while its source is heard.
    last: Option<Snapshot>,
}

impl Follower {
    async fn run(mut self, mut told: Told) {
        let (shared, sets) = (Arc::clone(&self.shared), self.sets.clone());
        loop {
            let settled = self.waiting.as_ref().map(|(_, until)| *until);
            let believed = self.last.as_ref().and(self.roster.wakes()).map(|moment| self.clock.instant(moment));
            tokio::select! {
                () = sets.closed() => return,
                item = told.next() => match item {
                    Ok(snapshot) => self.heard(snapshot),
                    Err(error) => self.failed(error),
                },
                () = at(settled) => self.waiting.take().into_iter().for_each(|(snapshot, _)| self.offer(snapshot)),
                () = at(believed) => self.last.take().into_iter().for_each(|snapshot| self.offer(snapshot)),
                () = shared.confirmed.notified() => self.confirm(),
            }
        }
    }

    fn heard(&mut self, snapshot: Snapshot) {
        self.shared.status().is_failing = false;
        *self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        // The one before is no longer what it says.
        self.last = None;
        match &mut self.waiting {
            // The burst is over at its time, however long it goes on.
            Some((waiting, _)) => *waiting = snapshot,
            None if self.sets.borrow().is_none() => self.offer(snapshot),
            None => self.waiting = Some((snapshot, Instant::now() + self.settle)),
        }
    }

    fn failed(&mut self, error: DiscoveryError) {
        // Nothing is taken away by time while nobody says that it is still so.
        self.last = None;
        let mut status = self.shared.status();
        status.errors += 1;
        let said = status.last_error.take().filter(|_| status.is_failing);
        let is_news = said.is_none_or(|before| before.to_string() != error.to_string());
        if is_news {
            tracing::warn!(%error, "discovery fails; the last set stays in force");
        } else {
            tracing::debug!(%error, "discovery fails still");
        }
        (status.last_error, status.is_failing) = (Some(error), true);
    }

    /// Shows a list to the roster, which says what of it is believed.
    fn offer(&mut self, snapshot: Snapshot) {
        let list = snapshot.instances();
        self.known.extend(list.iter().map(|instance| (instance.endpoint.clone(), instance.clone())));
        let endpoints = list.iter().map(|instance| instance.endpoint.clone());
        let offered = self.roster.offer(endpoints, self.clock.moment(Instant::now()));
        let is_held = offered == Offered::Held;
        if is_held && !self.shared.status().is_held {
            let (told, known) = (list.len(), self.known.len());
            tracing::warn!(told, known, "the list of endpoints lacks many; they are kept until it is sure");
        }
        self.shared.status().is_held = is_held;
        let version = snapshot.version().to_owned();
        self.last = Some(snapshot);
        self.publish(version);
    }

    fn confirm(&mut self) {
        self.roster.confirm();
        self.shared.status().is_held = false;
        let version = self.last.as_ref().map_or_else(String::new, |last| last.version().to_owned());
        self.publish(version);
    }

    /// Puts in force what the roster believes.
    fn publish(&mut self, version: String) {
        let believed: BTreeMap<Endpoint, Instance> =
            self.roster.endpoints().filter_map(|endpoint| self.known.remove_entry(endpoint)).collect();
        self.known = believed;
        self.shared.instances.store(self.known.len(), Ordering::Relaxed);
        let set = Snapshot::of(&self.known, version);
        let is_news = self.sets.borrow().as_ref().is_none_or(|before| before.instances() != set.instances());
        if is_news {
            self.shared.status().generation += 1;
            tracing::info!(instances = self.known.len(), version = set.version(), "the endpoints have changed");
            self.sets.send_replace(Some(Arc::new(set)));
        }
    }
}

/// Ready at that time; never where there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
