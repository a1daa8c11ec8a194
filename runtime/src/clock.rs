//! The wall clock: the one place that asks it. All that waits or ends goes by tokio's `Instant` instead.

use std::time::{Duration, SystemTime};

/// The time since 1970; zero where the clock stands before that.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
