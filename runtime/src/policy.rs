//! Policies: how calls are bounded, repeated and spread. Everything of the crate `wireloom-policy`, and what the runtime's own words
//! mean to it.
//!
//! A contract says what holds ([`Settings`]), [`Policies`] what is said beside it.

mod by_operation;
#[cfg(feature = "file")]
mod file;
mod fit;
#[cfg(feature = "file")]
mod followed;
mod known;
mod layer;
mod names;
mod place;
mod policies;
#[cfg(feature = "file")]
mod source;
mod under;

use tokio::time::Instant;

pub(crate) use by_operation::{Address, AtWork, ByOperation};
pub(crate) use known::call as note_called;
pub use place::Place;
#[cfg(feature = "file")]
pub use policies::PoliciesError;
pub use policies::{InvalidPolicy, Policies};
pub(crate) use under::Stay;
pub use wireloom_policy::*;

use crate::facts::Effect;
use crate::fault::{Code, Fault};
use crate::transport;

/// A number that equal values have in common, also in other processes: what policies go by where they go by a value.
///
/// ```
/// use wireloom::policy::key;
///
/// assert_eq!(key(&"o-1"), key(&String::from("o-1")));
/// assert_ne!(key(&"o-1"), key(&"o-2"));
/// ```
pub fn key(value: &impl std::hash::Hash) -> u64 {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

/// Tells policies the time: moments are counted from where the clock was started.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use tokio::time::Instant;
/// use wireloom::policy::Clock;
///
/// let clock = Clock::starting_at(Instant::now());
/// let later = Instant::now();
/// assert_eq!(clock.instant(clock.moment(later)), later);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Moments are counted from that instant.
    pub fn starting_at(start: Instant) -> Clock {
        Clock { start }
    }

    /// Now.
    #[inline]
    pub fn now(&self) -> Moment {
        self.moment(Instant::now())
    }

    /// The moment of an instant; instants before the start are the start.
    #[inline]
    pub fn moment(&self, instant: Instant) -> Moment {
        Moment::ZERO + instant.saturating_duration_since(self.start)
    }

    /// The instant of a moment.
    #[inline]
    pub fn instant(&self, moment: Moment) -> Instant {
        self.start + (moment - Moment::ZERO)
    }
}

/// What a code says of the endpoint, and of trying again.
impl From<Code> for Kind {
    fn from(code: Code) -> Kind {
        match code {
            Code::Unavailable => Kind::Unavailable,
            Code::ResourceExhausted => Kind::Overloaded,
            Code::DeadlineExceeded => Kind::TimedOut,
            Code::Unknown | Code::Internal | Code::DataLoss => Kind::Broken,
            Code::Aborted => Kind::Aborted,
            Code::Cancelled
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => Kind::Rejected,
        }
    }
}

impl From<Effect> for retry::Repeat {
    fn from(effect: Effect) -> retry::Repeat {
        match effect {
            Effect::Safe | Effect::Idempotent => retry::Repeat::Freely,
            Effect::Keyed => retry::Repeat::Keyed,
            Effect::Once => retry::Repeat::Unseen,
        }
    }
}

impl From<&transport::Failure> for Failure {
    fn from(failure: &transport::Failure) -> Failure {
        let sent = match failure.sent {
            transport::Sent::No => Sent::No,
            transport::Sent::Maybe => Sent::Maybe,
        };
        Failure { sent, ..Failure::from(&failure.fault) }
    }
}

/// Of an attempt that the server may have seen.
impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Failure {
        let hint = match fault.retry_never() {
            true => Hint::Never,
            false => fault.retry_after().map_or(Hint::None, Hint::After),
        };
        Failure::of(fault.code().into()).with_hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_the_call_are_no_failures_of_the_endpoint() {
        for code in Code::ALL {
            let blame = End::Failed(Failure::of(code.into())).blame(false);
            let is_bad = matches!(
                code,
                Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Internal | Code::DataLoss
            );
            assert_eq!(blame == Blame::Bad, is_bad, "{code}");
            assert_eq!(blame == Blame::Busy, code == Code::ResourceExhausted, "{code}");
        }
    }

    #[test]
    fn a_failure_keeps_whether_it_was_sent_and_what_the_server_said() {
        let wait = std::time::Duration::from_secs(2);
        let fault = Fault::new(Code::Unavailable, "later").with_retry_after(wait);
        let failure = Failure::from(&transport::Failure { fault, sent: transport::Sent::No });
        assert_eq!(failure, Failure { kind: Kind::Unavailable, sent: Sent::No, hint: Hint::After(wait) });
    }
}
