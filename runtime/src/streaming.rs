//! The bounds of a stream that is open, alike for whoever sends it and whoever takes it.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use tokio::time::Sleep;

use crate::fault::{Code, Fault};
use crate::policy::stream::{Bound, Bounds};
use crate::policy::{Clock, Moment};

/// Watches a stream: it is told of items, and says when one is late.
#[derive(Debug)]
pub(crate) struct Watched {
    bounds: Bounds,
    clock: Clock,
    opened: Moment,
    last_item: Option<Moment>,
    /// Made when it is needed: most streams have no bounds.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    /// A stream that was opened now.
    pub(crate) fn new(bounds: Bounds, clock: Clock) -> Watched {
        let opened = if bounds.are_none() { Moment::ZERO } else { clock.now() };
        Watched { bounds, clock, opened, last_item: None, timer: None }
    }

    /// An item came.
    pub(crate) fn item(&mut self) {
        if !self.bounds.are_none() {
            self.last_item = Some(self.clock.now());
        }
    }

    /// Ready with what the stream ends with, when it has waited too long.
    pub(crate) fn poll_late(&mut self, task: &mut TaskContext<'_>) -> Poll<Fault> {
        let Some((at, bound)) = self.bounds.ends(self.opened, self.last_item) else { return Poll::Pending };
        let at = self.clock.instant(at);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        ready!(timer.as_mut().poll(task));
        let what = match bound {
            Bound::First => "the first item did not come in time",
            Bound::Idle => "the next item did not come in time",
            Bound::Lifetime => "the stream has lived its time",
        };
        Poll::Ready(Fault::new(Code::DeadlineExceeded, what))
    }
}
