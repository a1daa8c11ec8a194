//! How the handling of an event ends.

use std::time::Duration;

/// What a handler answers. What becomes of it on a broker is the runtime's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event is handled; it will not come again.
    Done,
    /// Try again, after the binding's backoff; past its `retry` the event goes to the dead topic.
    RetryNow,
    /// Try again after this time; counts as a retry as well.
    RetryAfter(Duration),
    /// Trying again is of no use: to the dead topic with this reason.
    Reject(String),
}

/// A fault that may pass asks for a retry, after its `retry_after` where it says one; any other rejects the event.
///
/// ```
/// use wireloom::messaging::Outcome;
/// use wireloom::{Code, Fault};
///
/// assert_eq!(Outcome::from(Fault::new(Code::Unavailable, "not now")), Outcome::RetryNow);
/// assert_eq!(Outcome::from(Fault::new(Code::NotFound, "no such order")), Outcome::Reject("not_found: no such order".into()));
/// ```
impl From<crate::Fault> for Outcome {
    fn from(fault: crate::Fault) -> Outcome {
        use crate::Code::{Aborted, Cancelled, DeadlineExceeded, Internal, ResourceExhausted, Unavailable, Unknown};
        let may_pass = matches!(
            fault.code(),
            Aborted | Cancelled | DeadlineExceeded | Internal | ResourceExhausted | Unavailable | Unknown
        );
        match (may_pass, fault.retry_after()) {
            (true, Some(wait)) => Outcome::RetryAfter(wait),
            (true, None) => Outcome::RetryNow,
            (false, _) => Outcome::Reject(fault.to_string()),
        }
    }
}

impl<F: crate::OperationFault> From<Result<(), F>> for Outcome {
    fn from(ended: Result<(), F>) -> Outcome {
        match ended {
            Ok(()) => Outcome::Done,
            Err(fault) => fault.to_fault().into(),
        }
    }
}
