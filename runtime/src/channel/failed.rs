//! How a call fails: an attempt that did, with what policies go by, and a call that its policies did not let go out.

use crate::fault::{Code, Fault, OperationFault};
use crate::policy::{Failure, Hint, Kind, Refused, Sent};
use crate::transport;

/// A failed attempt.
pub(super) struct Failed<F> {
    /// What its caller is told, if there is no other.
    pub(super) fault: F,
    /// What policies go by.
    pub(super) failure: Failure,
}

impl<F: From<Fault>> Failed<F> {
    /// It got no reply.
    pub(super) fn sending(failure: transport::Failure) -> Failed<F> {
        let of_policies = Failure::from(&failure);
        Failed { fault: failure.fault.into(), failure: of_policies }
    }

    /// It was never sent: that says nothing of the endpoint, and another attempt would fare no better.
    pub(super) fn declined(fault: Fault) -> Failed<F> {
        let failure = Failure { kind: Kind::Declined, sent: Sent::No, hint: Hint::None };
        Failed { fault: fault.into(), failure }
    }
}

impl<F: OperationFault> Failed<F> {
    /// The reply was a fault, or broke off, or does not keep the contract.
    pub(super) fn answered(fault: F) -> Failed<F> {
        let failure = Failure::from(&fault.to_fault());
        Failed { fault, failure }
    }
}

/// What the caller of a call is told that no attempt answered in its time.
pub(super) fn timed_out<F: From<Fault>>() -> F {
    Fault::new(Code::DeadlineExceeded, "no answer before the deadline").into()
}

/// What the caller of a call is told that its policies did not let go out. Each says which policy it was.
pub(super) fn refused<F: From<Fault>>(why: Refused) -> F {
    match why {
        Refused::Expired => Fault::new(Code::DeadlineExceeded, "the deadline has passed"),
        Refused::Throttled => {
            Fault::new(Code::Unavailable, "not sent: too many calls of the operation fail (throttle)")
        }
        Refused::BreakerOpen(wait) => {
            Fault::new(Code::Unavailable, "not sent: too many calls of the operation failed (breaker)")
                .with_retry_after(wait)
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
    .into()
}
