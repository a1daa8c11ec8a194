//! How a call fails: an attempt that did, with what policies go by, and a call that its policies did not let go out.

use crate::fault::{Code, Fault};
use crate::policy::{Failure, Hint, Kind, Refused, Sent};
use crate::transport;

/// A failed attempt.
pub(super) struct Failed {
    /// What its caller is told, if there is no other.
    pub(super) fault: Fault,
    /// What policies go by.
    pub(super) failure: Failure,
}

impl Failed {
    /// It got no reply.
    pub(super) fn sending(failure: transport::Failure) -> Failed {
        let of_policies = Failure::from(&failure);
        Failed { fault: failure.fault, failure: of_policies }
    }

    /// It was never sent: that says nothing of the endpoint, and another attempt would fare no better.
    pub(super) fn declined(fault: Fault) -> Failed {
        let failure = Failure { kind: Kind::Declined, sent: Sent::No, hint: Hint::None };
        Failed { fault, failure }
    }

    /// The reply was a fault, or broke off, or does not keep the contract.
    pub(super) fn answered(fault: Fault) -> Failed {
        let failure = Failure::from(&fault);
        Failed { fault, failure }
    }
}

/// What the caller of a call is told that no attempt answered in its time.
pub(super) fn timed_out() -> Fault {
    Fault::new(Code::DeadlineExceeded, "no answer before the deadline")
}

/// What the caller of a call is told that its policies did not let go out. Each says which policy it was. One that goes by calls that
/// failed also says that trying again is of no use, to tiers above as well.
pub(super) fn refused(why: Refused) -> Fault {
    match why {
        Refused::Expired => Fault::new(Code::DeadlineExceeded, "the deadline has passed"),
        Refused::Throttled => {
            Fault::new(Code::Unavailable, "not sent: too many calls of the operation fail (throttle)")
                .with_retry_never()
        }
        Refused::BreakerOpen(wait) => {
            Fault::new(Code::Unavailable, "not sent: too many calls of the operation failed (breaker)")
                .with_retry_after(wait)
                .with_retry_never()
        }
        Refused::RateLimited(wait) => {
            Fault::new(Code::ResourceExhausted, "not sent: over the rate of this client").with_retry_after(wait)
        }
        Refused::BulkheadFull => {
            Fault::new(Code::ResourceExhausted, "not sent: too many calls of the operation at once")
        }
        Refused::NoEndpoint { known: 0, .. } => Fault::new(Code::Unavailable, "not sent: no endpoint is known"),
        Refused::NoEndpoint { known, ejected } => Fault::new(
            Code::Unavailable,
            format!("not sent: none of {known} endpoints takes calls, {ejected} of them are left alone after failures"),
        ),
        why => Fault::new(Code::Unavailable, format!("not sent: {why:?}")),
    }
}
