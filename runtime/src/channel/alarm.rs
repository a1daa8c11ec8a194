//! The one timer of a call.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

pin_project! {
    /// A timer that is set to another time whenever it is asked for one. Nothing is set before.
    #[derive(Debug, Default)]
    pub(super) struct Alarm {
        #[pin]
        timer: Option<Sleep>,
    }
}

impl Alarm {
    /// Ready at that instant.
    pub(super) fn poll_at(self: Pin<&mut Self>, at: Instant, task: &mut TaskContext<'_>) -> Poll<()> {
        let mut this = self.project();
        match this.timer.as_mut().as_pin_mut() {
            Some(timer) if timer.deadline() == at => {}
            Some(timer) => timer.reset(at),
            None => this.timer.set(Some(sleep_until(at))),
        }
        this.timer.as_pin_mut().map_or(Poll::Pending, |timer| timer.poll(task))
    }
}
