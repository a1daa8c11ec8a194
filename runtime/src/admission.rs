//! Admission: whether a call is let in, judged by its head alone.
//!
//! Framing reads the head of a call, admission judges it, and only then is the body decoded: a refused call never costs a
//! decode. Policies are pure, `now` comes in. [`Gate`] is the least that every server has: it refuses what has expired and
//! counts what is in flight. Servers have no other policy yet: [`Admission`] is the seam between wires and policies, and there
//! is no way to install one of your own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll};

use tokio::time::Instant;

use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};

/// What a policy sees of a call: never its payload.
#[derive(Clone, Copy, Debug)]
pub struct Head<'c> {
    /// The operation.
    pub op: &'static OperationFacts,
    /// Deadline, caller, metadata.
    pub cx: &'c Context,
    /// Which attempt this is, from 0; a server does not know and says 0.
    pub attempt: u8,
}

/// Lets calls in, and hears how they ended.
pub trait Admission: Send + Sync + 'static {
    /// Judges a call. Usually ready at once.
    fn poll_admit(&self, head: &Head<'_>, now: Instant, cx: &mut TaskContext<'_>) -> Poll<Result<Permit, Refusal>>;

    /// Hears that an admitted call has ended; called exactly once for each permit.
    fn settle(&self, permit: Permit, end: End, now: Instant);
}

/// Leave to run one call.
#[derive(Debug)]
pub struct Permit {
    since: Instant,
}

impl Permit {
    /// Leave from this instant on.
    pub fn new(since: Instant) -> Permit {
        Permit { since }
    }

    /// When the call was let in.
    pub fn since(&self) -> Instant {
        self.since
    }
}

/// How an admitted call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It answered.
    Answered,
    /// It failed with this code.
    Failed(Code),
    /// The caller went away.
    Cancelled,
}

/// Why a call is not let in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// Its deadline has passed already.
    Expired,
    /// Over a limit; worth trying again after that time. An event waits for it, a caller is told.
    Busy {
        /// The time after which it may be let in.
        retry_after: std::time::Duration,
    },
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Expired => Fault::new(Code::DeadlineExceeded, "the deadline has passed"),
            Refusal::Busy { retry_after } => {
                Fault::new(Code::ResourceExhausted, "over a limit").with_retry_after(retry_after)
            }
        }
    }
}

/// Refuses what has expired; counts what is in flight.
#[derive(Debug, Default)]
pub struct Gate {
    in_flight: AtomicUsize,
}

impl Gate {
    /// Calls that were let in and have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }
}

impl Admission for Gate {
    fn poll_admit(&self, head: &Head<'_>, now: Instant, _: &mut TaskContext<'_>) -> Poll<Result<Permit, Refusal>> {
        if head.cx.deadline().is_some_and(|deadline| deadline <= now) {
            return Poll::Ready(Err(Refusal::Expired));
        }
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        Poll::Ready(Ok(Permit::new(now)))
    }

    fn settle(&self, _: Permit, _: End, _: Instant) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An admitted call: settles exactly once, as cancelled when it is dropped before it ended.
pub(crate) struct Admitted<A: std::ops::Deref<Target: Admission>> {
    admission: A,
    permit: Option<Permit>,
}

impl<A: std::ops::Deref<Target: Admission>> Admitted<A> {
    /// Waits until the call, which came in at `now`, is let in or refused.
    pub(crate) async fn admit(admission: A, head: &Head<'_>, now: Instant) -> Result<Admitted<A>, Refusal> {
        // The clock is asked again only by a call that had to wait.
        let mut now = Some(now);
        let judged = std::future::poll_fn(|cx| admission.poll_admit(head, now.take().unwrap_or_else(Instant::now), cx));
        let permit = judged.await?;
        Ok(Admitted { admission, permit: Some(permit) })
    }

    /// Says how the call ended.
    pub(crate) fn settle(mut self, end: End) {
        self.settle_once(end);
    }

    fn settle_once(&mut self, end: End) {
        if let Some(permit) = self.permit.take() {
            self.admission.settle(permit, end, Instant::now());
        }
    }
}

impl<A: std::ops::Deref<Target: Admission>> Drop for Admitted<A> {
    fn drop(&mut self) {
        self.settle_once(End::Cancelled);
    }
}
