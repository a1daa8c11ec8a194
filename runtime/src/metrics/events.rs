//! What is counted of events.

use super::counts::words;

words! {
    /// How an attempt at handling an event ended.
    Handled {
        /// It is done with.
        Done = "done",
        /// The handler asks for another attempt.
        Retry = "retry",
        /// The handler says that no attempt would do.
        Rejected = "rejected",
        Panicked = "panicked",
        TimedOut = "timed_out",
    }
}
