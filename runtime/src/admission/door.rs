//! A door: so many calls of an operation run, few wait, by priority. [`Intake`] decides; this lets tasks wait for it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use tokio::time::Instant;

use super::{Admitting, Permit, Refusal};
use crate::metrics::{Refused, ServerCalls};
use crate::policy::intake::{Arrived, Concurrency, Config, Intake, Next, Shed};
use crate::policy::queue::Priority;
use crate::policy::{Clock, Deadline, Invalid};

/// So many at once, few that wait.
#[derive(Debug)]
pub(super) struct Door {
    state: Mutex<State>,
    clock: Clock,
    config: Config,
    calls: &'static ServerCalls,
}

#[derive(Debug)]
struct State {
    /// Those who wait are numbers.
    intake: Intake<u64>,
    waiting: HashMap<u64, Waiter>,
    last: u64,
}

#[derive(Debug)]
enum Waiter {
    Waits(Option<Waker>),
    /// Whether it may run. It must say that it has ended, also where nobody asks any more.
    Decided(Result<(), Shed>),
}

/// A place of a call that runs; settled or dropped, it is the next one's.
#[derive(Debug)]
pub(super) struct Place {
    door: Arc<Door>,
    since: Instant,
    ended: bool,
}

impl Door {
    pub(super) fn new(config: &Config, clock: Clock, calls: &'static ServerCalls) -> Result<Arc<Door>, Invalid> {
        let state = State { intake: Intake::new(config)?, waiting: HashMap::new(), last: 0 };
        Ok(Arc::new(Door { state: Mutex::new(state), clock, config: *config, calls }))
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// A call comes to the door.
    pub(super) fn arrive(self: &Arc<Door>, deadline: Option<Instant>, priority: Priority, now: Instant) -> Admitting {
        let until = deadline.map(|at| Deadline::at(self.clock.moment(at)));
        let mut state = self.lock();
        let number = state.last + 1;
        let (arrived, evicted) = state.intake.arrive(number, until, priority, self.clock.moment(now));
        if let Some(evicted) = evicted {
            let full = Shed::Full(state.intake.expected_wait(Priority::Background));
            state.decide(evicted, Err(full));
        }
        match arrived {
            Arrived::Runs => {
                drop(state);
                Admitting::Judged(Ok(Permit::at(now, Some(self.place(now)))))
            }
            Arrived::Shed(why) => Admitting::Judged(Err(self.refusal(why))),
            Arrived::Waits => {
                self.calls.queued.fetch_add(1, Ordering::Relaxed);
                state.last = number;
                state.waiting.insert(number, Waiter::Waits(None));
                Admitting::Waits(Box::pin(Turn { door: Arc::clone(self), number, deadline, taken: false }))
            }
        }
    }

    /// What is told of a refusal, which counts.
    fn refusal(&self, why: Shed) -> Refusal {
        self.calls.refused.add(match why {
            Shed::Expired => Refused::Expired,
            Shed::Draining => Refused::Stopping,
            _ => Refused::Full,
        });
        why.into()
    }

    /// Calls that may run at once now, those that run, and those that wait.
    pub(super) fn load(&self) -> [u64; 3] {
        let intake = &self.lock().intake;
        [intake.limit().into(), intake.running().into(), intake.waiting() as u64]
    }

    fn place(self: &Arc<Door>, since: Instant) -> Place {
        Place { door: Arc::clone(self), since, ended: false }
    }

    /// A call that ran has ended; others may have their turn.
    fn ended(&self, since: Instant, good: bool, now: Instant) {
        let (since, now) = (self.clock.moment(since), self.clock.moment(now));
        let mut state = self.lock();
        state.intake.finished(since, good, now);
        while let Some(next) = state.intake.next(now) {
            match next {
                Next::Run(number) => state.decide(number, Ok(())),
                Next::Shed(number, why) => state.decide(number, Err(why)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under it can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn decide(&mut self, number: u64, decided: Result<(), Shed>) {
        if let Some(Waiter::Waits(Some(waker))) = self.waiting.insert(number, Waiter::Decided(decided)) {
            waker.wake();
        }
    }
}

impl Place {
    /// Says that the call has ended; `good` where it was answered.
    pub(super) fn settle(mut self, good: bool, now: Instant) {
        self.ended = true;
        self.door.ended(self.since, good, now);
    }

    /// Its answer has begun. Where the door counts how long calls take, it is done: how long a stream lives says nothing of that.
    /// A fixed number is one of open streams as well, so the place is kept.
    pub(super) fn opened(self, now: Instant) -> Option<Place> {
        match self.door.config.concurrency {
            Concurrency::Fixed(_) => Some(self),
            Concurrency::Adaptive(_) => {
                self.settle(true, now);
                None
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.ended {
            self.door.ended(self.since, false, Instant::now());
        }
    }
}

/// The turn of a call that waits.
struct Turn {
    door: Arc<Door>,
    number: u64,
    deadline: Option<Instant>,
    taken: bool,
}

impl Future for Turn {
    type Output = Result<Permit, Refusal>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut state = self.door.lock();
        let decided = match state.waiting.get_mut(&self.number) {
            Some(Waiter::Waits(waker)) => {
                *waker = Some(task.waker().clone());
                return Poll::Pending;
            }
            Some(Waiter::Decided(decided)) => *decided,
            None => return Poll::Pending,
        };
        state.waiting.remove(&self.number);
        drop(state);
        self.taken = true;
        let now = Instant::now();
        Poll::Ready(decided.map(|()| Permit::at(now, Some(self.door.place(now)))).map_err(|why| self.door.refusal(why)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let (number, now) = (self.number, Instant::now());
        let mut state = self.door.lock();
        let waiter = state.waiting.remove(&number);
        let waited = state.intake.gone(|it| *it == number, self.door.clock.moment(now)).is_some();
        drop(state);
        if waited && self.deadline.is_some_and(|deadline| deadline <= now) {
            self.door.calls.refused.add(Refused::Expired);
        }
        // Its turn had come, and nobody was there to take it.
        if let Some(Waiter::Decided(Ok(()))) = waiter {
            self.door.ended(now, false, now);
        }
    }
}

impl From<Shed> for Refusal {
    fn from(shed: Shed) -> Refusal {
        match shed {
            Shed::Expired => Refusal::Expired,
            Shed::Full(retry_after) => Refusal::Busy { retry_after },
            Shed::Draining => Refusal::Stopping,
            _ => Refusal::Busy { retry_after: std::time::Duration::from_secs(1) },
        }
    }
}
