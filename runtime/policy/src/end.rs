//! How an attempt ended, in the few words that policies need.

use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer.
    Answered,
    /// Not so.
    Failed(Failure),
    /// Nobody wanted it any more: the caller went away, or another attempt was faster.
    Cancelled,
}

/// A failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: Kind,
    /// Whether the server can have seen the call.
    pub sent: Sent,
    /// What the server said about trying again.
    pub hint: Hint,
}

impl Failure {
    /// A failure of a call that the server may have seen, without a hint.
    pub const fn of(kind: Kind) -> Failure {
        Failure { kind, sent: Sent::Maybe, hint: Hint::None }
    }

    /// No connection came about, so that the server has seen nothing.
    pub const UNREACHED: Failure = Failure { kind: Kind::Unavailable, sent: Sent::No, hint: Hint::None };

    /// The same with a hint.
    #[must_use]
    pub const fn with_hint(self, hint: Hint) -> Failure {
        Failure { hint, ..self }
    }
}

/// What kind of failure, by what it says of the endpoint and of trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The service answered, with a fault that lies with the call: not found, invalid, not permitted. No failure of the endpoint.
    Rejected,
    /// The service gave up for a concurrent change. No failure of the endpoint either.
    Aborted,
    /// The endpoint does not take calls, or the connection broke.
    Unavailable,
    /// The endpoint is over a limit.
    Overloaded,
    /// No answer in the time of the attempt.
    TimedOut,
    /// The service broke: internal, unknown, data loss.
    Broken,
    /// One of our own policies said no: it says nothing of the endpoint and is not tried again.
    Declined,
}

/// Whether the server can have seen the call: decides whether an operation may be repeated that must not happen twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Surely not.
    No,
    /// It may have.
    Maybe,
}

/// What the server said about trying again: `Retry-After`, `google.rpc.RetryInfo`, `grpc-retry-pushback-ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    None,
    /// Not before that time.
    After(Duration),
    /// Not at all: somebody below has tried already.
    Never,
}

/// What an attempt's end says of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// It works.
    Good,
    /// It failed.
    Bad,
    /// It is busy: counts for the share of failures and fails a probe, but is no sign of a broken endpoint.
    Busy,
    /// Nothing.
    None,
}

impl End {
    /// What it says of the endpoint. An attempt that ended before its own time was up (`cut short` by the caller's deadline)
    /// says nothing of it: a caller in a hurry must not have endpoints ejected.
    ///
    /// ```
    /// use wireloom_policy::{Blame, End, Failure, Kind};
    ///
    /// assert_eq!(End::Failed(Failure::of(Kind::Rejected)).blame(false), Blame::Good, "it has answered");
    /// assert_eq!(End::Failed(Failure::of(Kind::Overloaded)).blame(false), Blame::Busy);
    /// assert_eq!(End::Failed(Failure::of(Kind::TimedOut)).blame(true), Blame::None, "the caller had no time");
    /// ```
    pub fn blame(&self, cut_short: bool) -> Blame {
        match self {
            End::Answered => Blame::Good,
            End::Cancelled => Blame::None,
            End::Failed(failure) => match failure.kind {
                Kind::Rejected | Kind::Aborted => Blame::Good,
                Kind::Unavailable | Kind::Broken => Blame::Bad,
                Kind::Overloaded => Blame::Busy,
                Kind::TimedOut if cut_short => Blame::None,
                Kind::TimedOut => Blame::Bad,
                Kind::Declined => Blame::None,
            },
        }
    }
}
