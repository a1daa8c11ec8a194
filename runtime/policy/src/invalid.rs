//! What is wrong with a configuration.

use std::fmt;

/// A policy that cannot be: which of its words, and why. A policy is judged when it is made, never while calls run.
///
/// ```
/// use wireloom_policy::{Policy, budget};
///
/// let mut policy = Policy::default();
/// policy.deadline = std::time::Duration::ZERO;
/// assert_eq!(policy.check().unwrap_err().to_string(), "`deadline` is zero");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    place: String,
    reason: &'static str,
}

impl Invalid {
    /// Something is wrong at that place: `is zero`, `is above its ceiling`.
    pub fn new(place: &str, reason: &'static str) -> Invalid {
        Invalid { place: place.to_owned(), reason }
    }

    /// The same, seen from outside of that part: `retry.retries`.
    #[must_use]
    pub fn within(self, part: &str) -> Invalid {
        Invalid { place: format!("{part}.{}", self.place), reason: self.reason }
    }

    /// Where: `retry.retries`.
    ///
    /// ```
    /// use wireloom_policy::{Policy, retry};
    ///
    /// let retry = Some(retry::Config { retries: 9, ..Default::default() });
    /// assert_eq!(Policy { retry, ..Policy::default() }.check().unwrap_err().place(), "retry.retries");
    /// ```
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.place, self.reason)
    }
}

impl std::error::Error for Invalid {}

/// Refuses what does not hold.
pub(crate) fn demand(holds: bool, place: &str, reason: &'static str) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(place, reason)) }
}

/// Refuses a share that is not from 0 to 1; no number at all is refused as well.
pub(crate) fn demand_share(share: f64, place: &str) -> Result<(), Invalid> {
    demand((0.0..=1.0).contains(&share), place, "is no share from 0 to 1")
}
