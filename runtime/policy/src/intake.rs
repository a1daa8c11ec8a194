//! What a server lets in: expired work is dropped, so many calls run at once, few wait, the rest is refused at once.
//!
//! A client's budget *bounds* a storm of retries; this is what *ends* it: a refusal costs nearly nothing, and no work is begun
//! whose caller will be gone before it is done. Whether a call *would* expire is judged by how long calls take here.
//!
//! **It hurts** where few calls take very long and many none: the expected time is of all of them.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::gradient::{self, Gradient};
use crate::invalid::{Invalid, demand};
use crate::queue::{Priority, Queue, Waiting};
use crate::time::Moment;

/// Calls that may wait for each that may run: 4. With the rule for standing queues that is for bursts.
pub const QUEUE_DEFAULT: u32 = 4;
/// The most that a caller is told to wait.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// How many calls run and wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// How many run at once.
    pub concurrency: Concurrency,
    /// How many may wait.
    pub queue: Room,
}

/// How many calls may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// So many for each that may run, [`QUEUE_DEFAULT`].
    Each(u32),
    /// So many.
    Calls(u32),
}

impl Default for Room {
    fn default() -> Room {
        Room::Each(QUEUE_DEFAULT)
    }
}

impl Room {
    /// The calls that may wait while so many may run.
    pub fn calls(self, limit: u32) -> usize {
        match self {
            Room::Each(factor) => limit as usize * factor as usize,
            Room::Calls(calls) => calls as usize,
        }
    }
}

/// How many run at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Concurrency {
    /// So many.
    Fixed(u32),
    /// As many as the server bears.
    Adaptive(gradient::Config),
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.concurrency {
            Concurrency::Fixed(limit) => demand(limit >= 1, "concurrency", "is 0: nothing would ever be let in"),
            Concurrency::Adaptive(config) => config.check().map_err(|wrong| wrong.within("concurrency")),
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config { concurrency: Concurrency::Adaptive(gradient::Config::default()), queue: Room::default() }
    }
}

/// Lets calls in. `T` is who waits: a task to wake, or a number.
///
/// ```
/// use std::time::Duration;
/// use wireloom_policy::{Deadline, Moment, intake::{Arrived, Concurrency, Config, Intake, Room, Shed}, queue::Priority};
///
/// let mut intake = Intake::new(&Config { concurrency: Concurrency::Fixed(1), queue: Room::Calls(1) })?;
/// let mut arrive = |item, deadline| intake.arrive(item, deadline, Priority::Normal, Moment::ZERO).0;
/// assert_eq!(arrive("first", None), Arrived::Runs);
/// assert_eq!(arrive("second", None), Arrived::Waits);
/// let late = Deadline::at(Moment::ZERO);
/// assert_eq!(arrive("third", Some(late)), Arrived::Shed(Shed::Expired));
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Intake<T> {
    limit: Limit,
    queue: Queue<T>,
    room: Room,
    running: u32,
    /// Seconds that a call takes from its start, averaged; 0 while nothing is known.
    service: f64,
    draining: bool,
}

#[derive(Debug)]
enum Limit {
    Fixed(u32),
    Adaptive(Gradient),
}

/// What becomes of a call that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// It runs; [`Intake::finished`] must follow.
    Runs,
    /// It waits; [`Intake::next`] gives it back.
    Waits,
    /// It is refused.
    Shed(Shed),
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shed {
    /// Its deadline has passed, or would before it could be answered.
    Expired,
    /// Too many wait; there may be room after that time.
    Full(Duration),
    /// The server goes away.
    Draining,
}

/// One that has waited.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// It runs; [`Intake::finished`] must follow.
    Run(T),
    /// It is refused.
    Shed(T, Shed),
}

impl<T> Intake<T> {
    /// Nobody has come yet.
    ///
    /// # Errors
    /// When the configuration cannot be.
    pub fn new(config: &Config) -> Result<Intake<T>, Invalid> {
        config.check()?;
        let limit = match config.concurrency {
            Concurrency::Fixed(limit) => Limit::Fixed(limit),
            Concurrency::Adaptive(config) => Limit::Adaptive(Gradient::new(config)?),
        };
        Ok(Intake { limit, queue: Queue::new(), room: config.queue, running: 0, service: 0.0, draining: false })
    }

    /// A call came. Beside what becomes of it: whom it has cost a place in the queue.
    pub fn arrive(
        &mut self,
        item: T,
        deadline: Option<Deadline>,
        priority: Priority,
        now: Moment,
    ) -> (Arrived, Option<T>) {
        if self.draining {
            return (Arrived::Shed(Shed::Draining), None);
        }
        if self.is_late(deadline, Duration::ZERO, now) {
            return (Arrived::Shed(Shed::Expired), None);
        }
        if self.running < self.limit() && self.queue.is_empty() {
            self.running += 1;
            return (Arrived::Runs, None);
        }
        let wait = self.expected_wait(priority);
        if self.is_late(deadline, wait, now) {
            return (Arrived::Shed(Shed::Expired), None);
        }
        let mut room = self.room.calls(self.limit());
        if self.queue.is_standing(now) && wait > self.expected_service() / 2 {
            // One that comes costs another its place, the last of the least important: mostly that is itself.
            room = room.min(self.queue.len());
        }
        match self.queue.push(Waiting { item, since: now, deadline, priority }, room) {
            None => (Arrived::Waits, None),
            // The last of its own priority is the one that came.
            Some(shed) if shed.priority == priority => (Arrived::Shed(self.full()), None),
            Some(shed) => (Arrived::Waits, Some(shed.item)),
        }
    }

    /// A call that ran has ended; `good` where it was answered, rather than failed or cancelled. [`next`](Intake::next) is to be
    /// asked until it gives nothing.
    pub fn finished(&mut self, began: Moment, good: bool, now: Moment) {
        let (took, at_once) = (now - began, self.running);
        self.running -= 1;
        if !good {
            return;
        }
        let took_secs = took.as_secs_f64();
        self.service = if self.service == 0.0 { took_secs } else { self.service * 0.9 + took_secs * 0.1 };
        if let Limit::Adaptive(gradient) = &mut self.limit {
            gradient.finished(began, took, at_once, now);
        }
    }

    /// The next of those who wait, if it may run or is to be refused.
    pub fn next(&mut self, now: Moment) -> Option<Next<T>> {
        if self.running >= self.limit() {
            return None;
        }
        let standing = self.queue.is_standing(now);
        let waiting = self.queue.pop(now)?;
        if self.is_late(waiting.deadline, Duration::ZERO, now) {
            return Some(Next::Shed(waiting.item, Shed::Expired));
        }
        if standing && now - waiting.since > self.expected_service() {
            return Some(Next::Shed(waiting.item, self.full()));
        }
        self.running += 1;
        Some(Next::Run(waiting.item))
    }

    /// One that waited has gone away.
    pub fn gone(&mut self, is_it: impl Fn(&T) -> bool, now: Moment) -> Option<T> {
        self.queue.remove(is_it, now).map(|waiting| waiting.item)
    }

    /// Nobody is let in any more; those who wait still run.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Calls that may run at once.
    pub fn limit(&self) -> u32 {
        match &self.limit {
            Limit::Fixed(limit) => *limit,
            Limit::Adaptive(gradient) => gradient.limit(),
        }
    }

    /// Calls that run.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// Calls that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What a call takes once it runs.
    pub fn expected_service(&self) -> Duration {
        Duration::from_secs_f64(self.service)
    }

    /// What one of that priority would wait for now.
    pub fn expected_wait(&self, priority: Priority) -> Duration {
        let ahead = self.queue.ahead_of(priority) as f64 + 1.0;
        Duration::from_secs_f64(self.service * ahead / f64::from(self.limit()))
    }

    /// Whether a call would be answered too late. While nothing runs, only what has expired is: a wrong idea of how long calls
    /// take must not refuse the very calls that would mend it.
    fn is_late(&self, deadline: Option<Deadline>, wait: Duration, now: Moment) -> bool {
        let takes = if self.running == 0 { Duration::ZERO } else { wait + self.expected_service() };
        deadline.is_some_and(|deadline| deadline.would_pass(takes, now))
    }

    fn full(&self) -> Shed {
        let wait = self.expected_wait(Priority::Background).min(RETRY_AFTER_MAX);
        Shed::Full(wait.max(Duration::from_millis(1)))
    }
}
