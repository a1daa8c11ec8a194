//! Admission: whether a call is let in, judged by its head alone.
//!
//! Framing reads the head of a call, admission judges it, and only then is the body decoded: a refused call never costs a
//! decode. [`Gate`] is what every server has: it refuses what has expired and what is over its limits, and lets wait what may.
//! The policies are those of [`policy`](crate::policy), pure: time comes in.

mod door;
mod gate;
mod limiter;

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

pub use gate::Gate;

use crate::context::Context;
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::policy::stream;
use door::Place;

/// What a policy sees of a call: never its payload.
#[derive(Clone, Copy, Debug)]
pub struct Head<'c> {
    /// The operation.
    pub op: &'static OperationFacts,
    /// Deadline, caller, metadata.
    pub cx: &'c Context,
    /// Which attempt this is, from 0; at a server what its caller says.
    pub attempt: u8,
}

/// Lets calls in, and hears how they ended.
pub trait Admission: Send + Sync + 'static {
    /// Judges a call.
    fn admit(&self, head: &Head<'_>, now: Instant) -> Admitting;

    /// Judges a call by that of its input which a limit goes by, once it is decoded.
    ///
    /// # Errors
    /// When it is over the limit.
    fn admit_key(&self, op: &'static OperationFacts, key: u64, now: Instant) -> Result<(), Refusal> {
        let _ = (op, key, now);
        Ok(())
    }

    /// Judges a call by who calls, where a limit goes by that, once it is known.
    ///
    /// # Errors
    /// When it is over the limit.
    fn admit_principal(&self, op: &'static OperationFacts, principal: &str, now: Instant) -> Result<(), Refusal> {
        let _ = (op, principal, now);
        Ok(())
    }

    /// Hears that an admitted call has ended; called exactly once for each permit.
    fn settle(&self, permit: Permit, end: End, now: Instant);

    /// The time that a call of an operation has here.
    fn deadline(&self, op: &'static OperationFacts) -> Duration {
        op.deadline()
    }

    /// What bounds its streams once they are open.
    fn stream(&self, op: &'static OperationFacts) -> stream::Bounds {
        op.policy.stream()
    }
}

/// What becomes of a call.
pub enum Admitting {
    /// It is judged.
    Judged(Result<Permit, Refusal>),
    /// It waits for its turn; dropped, it does not any more.
    Waits(BoxFuture<'static, Result<Permit, Refusal>>),
}

impl std::fmt::Debug for Admitting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Admitting::Judged(judged) => f.debug_tuple("Judged").field(judged).finish(),
            Admitting::Waits(_) => f.write_str("Waits"),
        }
    }
}

/// Leave to run one call.
#[derive(Debug)]
pub struct Permit {
    since: Instant,
    place: Option<Place>,
}

impl Permit {
    /// Leave from this instant on.
    pub fn new(since: Instant) -> Permit {
        Permit { since, place: None }
    }

    /// The same, with a place among so many.
    fn at(since: Instant, place: Option<Place>) -> Permit {
        Permit { since, place }
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
        retry_after: Duration,
    },
    /// The server goes away.
    Stopping,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Expired => Fault::new(Code::DeadlineExceeded, "the deadline has passed"),
            Refusal::Stopping => Fault::new(Code::Unavailable, "the server is stopping"),
            Refusal::Busy { retry_after } => {
                Fault::new(Code::ResourceExhausted, "over a limit").with_retry_after(retry_after)
            }
        }
    }
}

/// An admitted call: settles exactly once, as cancelled when it is dropped before it ended.
pub(crate) struct Admitted<A: std::ops::Deref<Target: Admission>> {
    admission: A,
    permit: Option<Permit>,
}

impl<A: std::ops::Deref<Target: Admission>> Admitted<A> {
    /// Waits until the call, which came in at `now`, is let in or refused; no longer than it has time.
    pub(crate) async fn admit(admission: A, head: &Head<'_>, now: Instant) -> Result<Admitted<A>, Refusal> {
        let permit = match admission.admit(head, now) {
            Admitting::Judged(judged) => judged?,
            Admitting::Waits(turn) => match head.cx.deadline() {
                None => turn.await?,
                Some(deadline) => tokio::time::timeout_at(deadline, turn).await.unwrap_or(Err(Refusal::Expired))?,
            },
        };
        Ok(Admitted { admission, permit: Some(permit) })
    }

    /// Its answer has begun and goes on for as long as it likes: it says nothing any more of how long calls take.
    pub(crate) fn opened(&mut self) {
        if let Some(permit) = &mut self.permit {
            permit.place = permit.place.take().and_then(|place| place.opened(Instant::now()));
        }
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
