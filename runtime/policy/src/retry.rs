//! Retry: whether a failed attempt is followed by another, and when.
//!
//! Whether it *may* be is said by the operation's effect, the kind of failure and whether the server can have seen the call
//! ([`Config::allows`]); whether it *can* be, by attempts, budget and deadline ([`Call`](crate::Call)).
//!
//! **It hurts** when a service is overloaded: then each retry is one more call. Hence the [budget](crate::budget), and a server
//! that says [`Hint::Never`] where it is another's turn.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::end::{Failure, Hint, Kind, Sent};
use crate::invalid::{Invalid, demand};
use crate::rng::Rng;

/// Further attempts behind the first: 2, as AWS and gRPC examples have it.
pub const RETRIES_DEFAULT: u32 = 2;
/// gRPC's limit: five attempts in all.
pub const RETRIES_MAX: u32 = 4;
/// Attempts that never reached a server and are repeated at once, outside of count and budget: as many as there may be attempts.
pub const UNREACHED_MAX: u32 = 5;

/// What may be repeated: the operation's effect, as far as policies care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Retried, and two at once: safe and idempotent operations.
    Freely,
    /// Retried, since the server knows the call by its key; never two at once.
    Keyed,
    /// Only when the server surely has not seen it.
    Unseen,
    /// Not at all: its input is a stream, which is gone once it was sent.
    Never,
}

/// When there is another attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Further attempts behind the first, [`RETRIES_DEFAULT`].
    pub retries: u32,
    /// The wait before each.
    pub backoff: Backoff,
    /// Kinds of failures that are tried again, [`Kinds::TRANSIENT`].
    pub on: Kinds,
}

impl Default for Config {
    fn default() -> Config {
        Config { retries: RETRIES_DEFAULT, backoff: Backoff::default(), on: Kinds::TRANSIENT }
    }
}

/// A set of kinds of failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// None.
    pub const NONE: Kinds = Kinds(0);
    /// Those that another attempt may mend: unavailable, overloaded, timed out.
    pub const TRANSIENT: Kinds = Kinds::NONE.and(Kind::Unavailable).and(Kind::Overloaded).and(Kind::TimedOut);

    /// These and that.
    #[must_use]
    pub const fn and(self, kind: Kind) -> Kinds {
        Kinds(self.0 | 1 << kind as u8)
    }

    /// Whether that is among them.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

/// What the classification says of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Not again: it is the call's answer.
    No,
    /// At once and for nothing: the server has seen nothing.
    Unreached,
    /// After a wait, out of the budget.
    Paid,
}

impl Config {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// Names the first value that is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        demand(self.retries <= RETRIES_MAX, "retries", "is above 4")?;
        self.backoff.check().map_err(|wrong| wrong.within("backoff"))?;
        let pointless = self.on.has(Kind::Rejected) || self.on.has(Kind::Declined);
        demand(!pointless, "on", "has a kind that another attempt cannot mend")
    }

    /// Whether a failure may be followed by another attempt.
    ///
    /// ```
    /// use wireloom_policy::{Failure, Hint, Kind, retry::{Again, Config, Repeat}};
    ///
    /// let config = Config::default();
    /// let broken = Failure::of(Kind::Unavailable);
    /// assert_eq!(config.allows(Repeat::Freely, broken), Again::Paid);
    /// assert_eq!(config.allows(Repeat::Unseen, broken), Again::No, "it may have been seen");
    /// assert_eq!(config.allows(Repeat::Unseen, Failure::UNREACHED), Again::Unreached);
    /// assert_eq!(config.allows(Repeat::Freely, broken.with_hint(Hint::Never)), Again::No);
    /// ```
    pub fn allows(&self, repeat: Repeat, failure: Failure) -> Again {
        match (failure.kind, failure.hint, failure.sent) {
            _ if repeat == Repeat::Never => Again::No,
            (Kind::Declined | Kind::Rejected, _, _) | (_, Hint::Never, _) => Again::No,
            (Kind::Unavailable, Hint::None, Sent::No) => Again::Unreached,
            (kind, _, _) if !self.on.has(kind) => Again::No,
            (_, _, Sent::No) => Again::Paid,
            (_, _, Sent::Maybe) if repeat == Repeat::Unseen => Again::No,
            (_, _, Sent::Maybe) => Again::Paid,
        }
    }

    /// The wait before the retry with that number, from 1. A hint of the server is obeyed, with a tenth of jitter on top.
    pub fn wait(&self, number: u32, hint: Hint, rng: &mut Rng) -> Duration {
        match hint {
            Hint::After(wait) => wait.saturating_add(wait.mul_f64(0.1 * rng.unit()).min(Duration::from_secs(1))),
            _ => self.backoff.wait(number, rng),
        }
    }
}
