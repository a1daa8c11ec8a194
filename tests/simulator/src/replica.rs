//! A simulated server: workers, what queues before them, and what is wrong with it.

use std::collections::VecDeque;
use std::time::Duration;

use wireloom_policy::intake::{Arrived, Config, Intake, Next, Shed};
use wireloom_policy::queue::Priority;
use wireloom_policy::{Deadline, Moment, Rng};

/// What is wrong with a replica.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Calls take so many times as long.
    Slow(f64),
    /// That share of calls fails at once.
    Fails(f64),
    /// Calls are taken and never answered.
    Hangs,
    /// Nobody listens.
    Down,
}

/// How long a call takes a worker: half of the mean, and an exponential rest.
pub(crate) const MEAN: Duration = Duration::from_millis(10);
/// How long a failure at once takes.
const AT_ONCE: Duration = Duration::from_micros(300);

/// The number of a call at a replica.
pub(crate) type Job = u32;

pub(crate) struct Replica {
    workers: u32,
    busy: u32,
    /// Let in, and waiting for a worker.
    backlog: VecDeque<Job>,
    /// Lets calls in; without one, all of them.
    pub(crate) intake: Option<Intake<Job>>,
    pub(crate) fault: Option<Fault>,
    /// It goes away: what comes is sent back unseen.
    pub(crate) leaving: bool,
}

/// What happens to a call that has come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// A worker takes it, for so long.
    Works(Duration),
    /// It is let in and waits for a worker.
    IsIn,
    /// It waits at the door.
    Waits,
    /// It fails after that time.
    Fails(Duration),
    /// It is never heard of again.
    Lost,
    /// It is refused.
    Shed(Shed),
    /// It has not come at all.
    Unreached,
}

impl Replica {
    pub(crate) fn new(workers: u32, intake: Option<&Config>) -> Replica {
        let intake = intake.map(|config| Intake::new(config).expect("the scenario's configuration is right"));
        Replica { workers, busy: 0, backlog: VecDeque::new(), intake, fault: None, leaving: false }
    }

    /// Calls there.
    pub(crate) fn load(&self) -> u32 {
        self.busy + self.backlog.len() as u32 + self.intake.as_ref().map_or(0, |intake| intake.waiting() as u32)
    }

    /// How slow it is.
    pub(crate) fn slowness(&self) -> f64 {
        match self.fault {
            Some(Fault::Slow(times)) => times,
            _ => 1.0,
        }
    }

    /// A call comes. Whom it has cost a place comes beside its fate.
    pub(crate) fn arrive(&mut self, job: Job, deadline: Deadline, now: Moment, rng: &mut Rng) -> (Fate, Option<Job>) {
        match self.fault {
            Some(Fault::Down) => return (Fate::Unreached, None),
            Some(Fault::Hangs) => return (Fate::Lost, None),
            Some(Fault::Fails(share)) if rng.chance(share) => return (Fate::Fails(AT_ONCE), None),
            _ => {}
        }
        if self.leaving {
            return (Fate::Unreached, None);
        }
        let (arrived, shed) = match &mut self.intake {
            None => (Arrived::Runs, None),
            Some(intake) => intake.arrive(job, Some(deadline), Priority::Normal, now),
        };
        let fate = match arrived {
            Arrived::Runs => self.take(job, rng),
            Arrived::Waits => Fate::Waits,
            Arrived::Shed(why) => Fate::Shed(why),
        };
        (fate, shed)
    }

    /// A worker has done with a call. Returns the call that it takes next, of those who were let in, and for how long.
    pub(crate) fn done(&mut self, began: Moment, good: bool, now: Moment, rng: &mut Rng) -> Option<(Job, Duration)> {
        self.busy -= 1;
        if let Some(intake) = &mut self.intake {
            intake.finished(began, good, now);
        }
        let job = self.backlog.pop_front()?;
        self.busy += 1;
        Some((job, self.service(rng)))
    }

    /// The next of those who wait to be let in, and its fate.
    pub(crate) fn next(&mut self, now: Moment, rng: &mut Rng) -> Option<(Job, Fate)> {
        Some(match self.intake.as_mut()?.next(now)? {
            Next::Run(job) => (job, self.take(job, rng)),
            Next::Shed(job, why) => (job, Fate::Shed(why)),
        })
    }

    /// The caller is gone: what nobody works at yet is forgotten. What is let in keeps its place until a worker has looked.
    pub(crate) fn cancel(&mut self, job: Job, now: Moment) -> bool {
        match &mut self.intake {
            Some(intake) => intake.gone(|waiting| *waiting == job, now).is_some(),
            None => {
                let before = self.backlog.len();
                self.backlog.retain(|waiting| *waiting != job);
                self.backlog.len() < before
            }
        }
    }

    fn take(&mut self, job: Job, rng: &mut Rng) -> Fate {
        if self.busy < self.workers {
            self.busy += 1;
            return Fate::Works(self.service(rng));
        }
        self.backlog.push_back(job);
        Fate::IsIn
    }

    fn service(&self, rng: &mut Rng) -> Duration {
        let exponential = -(1.0 - rng.unit()).ln();
        MEAN.mul_f64(self.slowness() * (0.5 + 0.5 * exponential))
    }
}
