//! What every server lets in: what has not expired, is within its rate, and finds a place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::door::Door;
use super::limiter::Limiter;
use super::{Admission, Admitting, End, Head, Permit, Refusal};
use crate::facts::OperationFacts;
use crate::metrics::{Observe, Refused, Samples, ServerCalls};
use crate::policy::{AtWork, ByOperation, Clock, DEADLINE_DEFAULT, Policies, Settings, Word, stream};

/// Lets in what is within the limits of its operation; counts what is in flight.
pub struct Gate {
    operations: ByOperation<Guarded>,
    clock: Clock,
    in_flight: Arc<AtomicUsize>,
}

impl Gate {
    /// Under these policies.
    pub fn new(policies: Policies) -> Gate {
        let clock = Clock::starting_at(Instant::now());
        Gate { operations: ByOperation::new(policies, clock), clock, in_flight: Arc::default() }
    }

    /// Calls that were let in and have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    fn judge(&self, head: &Head<'_>, now: Instant) -> Admitting {
        let guarded = self.operations.of(head.op);
        let calls = guarded.calls;
        let refused = |refusal, why| {
            calls.refused.add(why);
            Admitting::Judged(Err(refusal))
        };
        if head.cx.deadline().is_some_and(|deadline| deadline <= now) {
            return refused(Refusal::Expired, Refused::Expired);
        }
        if let Some(limiter) = &guarded.limiter
            && let Err(refusal) = limiter.admit(head, self.clock.moment(now))
        {
            return refused(refusal, Refused::RateLimited);
        }
        match &guarded.door {
            Some(door) => door.arrive(head.cx.deadline(), guarded.settings.priority.unwrap_or_default(), now),
            None => Admitting::Judged(Ok(Permit::new(now))),
        }
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::new(Policies::default())
    }
}

impl Admission for Gate {
    fn admit(&self, head: &Head<'_>, now: Instant) -> Admitting {
        match self.judge(head, now) {
            Admitting::Judged(judged) => {
                if judged.is_ok() {
                    self.in_flight.fetch_add(1, Ordering::AcqRel);
                }
                Admitting::Judged(judged)
            }
            Admitting::Waits(turn) => {
                let in_flight = Arc::clone(&self.in_flight);
                Admitting::Waits(Box::pin(async move {
                    let permit = turn.await?;
                    in_flight.fetch_add(1, Ordering::AcqRel);
                    Ok(permit)
                }))
            }
        }
    }

    fn admit_key(&self, op: &'static OperationFacts, key: u64, now: Instant) -> Result<(), Refusal> {
        let guarded = self.operations.of(op);
        let admitted =
            guarded.limiter.as_ref().map_or(Ok(()), |limiter| limiter.admit_key(key, self.clock.moment(now)));
        admitted.inspect_err(|_| guarded.calls.refused.add(Refused::RateLimited))
    }

    fn admit_principal(&self, op: &'static OperationFacts, principal: &str, now: Instant) -> Result<(), Refusal> {
        let guarded = self.operations.of(op);
        let moment = self.clock.moment(now);
        let admitted = guarded.limiter.as_ref().map_or(Ok(()), |limiter| limiter.admit_principal(principal, moment));
        admitted.inspect_err(|_| guarded.calls.refused.add(Refused::RateLimited))
    }

    fn settle(&self, permit: Permit, end: End, now: Instant) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
        if let Some(place) = permit.place {
            place.settle(end == End::Answered, now);
        }
    }

    fn deadline(&self, op: &'static OperationFacts) -> Duration {
        self.operations.of(op).settings.deadline.unwrap_or(DEADLINE_DEFAULT)
    }

    fn stream(&self, op: &'static OperationFacts) -> stream::Bounds {
        self.operations.of(op).settings.stream()
    }
}

impl Observe for Gate {
    fn observe(&self, samples: &mut Samples) {
        samples.generation("server", self.operations.generation());
        for guarded in self.operations.all() {
            if let Some(door) = &guarded.door {
                samples.door(guarded.op, door.load());
            }
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

/// What stands before an operation.
struct Guarded {
    op: &'static OperationFacts,
    settings: Settings,
    calls: &'static ServerCalls,
    limiter: Option<Arc<Limiter>>,
    door: Option<Arc<Door>>,
}

impl AtWork for Guarded {
    type Shared = Clock;

    fn new(op: &'static OperationFacts, settings: Settings, clock: &Clock) -> Guarded {
        let limiter = match settings.limit {
            Word::On(limit) => Some(Arc::new(Limiter::new(limit).expect("settings are checked before they hold"))),
            Word::Off | Word::Unsaid => None,
        };
        let door = settings.intake();
        let calls = ServerCalls::of(op);
        let door = door.map(|config| Door::new(&config, *clock, calls).expect("settings are checked before they hold"));
        Guarded { op, settings, calls, limiter, door }
    }

    fn renewed(&self, settings: Settings, clock: &Clock) -> Guarded {
        let mut next = Guarded::new(self.op, settings, clock);
        if let (Some(limiter), Word::On(limit)) = (&self.limiter, settings.limit)
            && *limiter.limit() == limit
        {
            next.limiter = Some(Arc::clone(limiter));
        }
        if let (Some(door), Some(config)) = (&self.door, settings.intake())
            && *door.config() == config
        {
            next.door = Some(Arc::clone(door));
        }
        next
    }

    fn op(&self) -> &'static OperationFacts {
        self.op
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }
}
