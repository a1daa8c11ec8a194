//! A stream that comes in, up to its end: its endpoint learns how that was, and it takes no longer than it may.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::alarm::Alarm;
use crate::endpoint::Endpoint;
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::policy::stream::{Bound, Bounds};
use crate::policy::{Clock, End, Failure, Moment, Opened};

pin_project! {
    /// The items of an answer, and who is to be told of its end.
    pub(super) struct Followed<T, F> {
        // Gone once it has ended: what has failed is not polled again.
        items: Option<Inbound<T, F>>,
        end: Ending,
        bounds: Bounds,
        opened: Moment,
        last_item: Option<Moment>,
        #[pin]
        alarm: Alarm,
    }
}

/// Tells how a stream ended; dropped before, nobody wanted the rest.
struct Ending {
    opened: Option<Opened<Endpoint>>,
    clock: Clock,
}

impl Ending {
    fn settle(&mut self, end: End) {
        if let Some(opened) = self.opened.take() {
            // A stream's own times are its caller's: that they are up says nothing of the endpoint.
            opened.settle(end, true, self.clock.now());
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.settle(End::Cancelled);
    }
}

impl<T, F: OperationFault> Followed<T, F> {
    pub(super) fn new(
        items: Inbound<T, F>,
        opened: Option<Opened<Endpoint>>,
        clock: Clock,
        bounds: Bounds,
    ) -> Followed<T, F> {
        let end = Ending { opened, clock };
        Followed { items: Some(items), end, bounds, opened: clock.now(), last_item: None, alarm: Alarm::default() }
    }
}

impl<T, F: OperationFault> Stream for Followed<T, F> {
    type Item = Result<T, F>;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<Result<T, F>>> {
        let mut this = self.project();
        let Some(items) = this.items else { return Poll::Ready(None) };
        let next = match Pin::new(items).poll_next(task) {
            Poll::Ready(next) => next,
            Poll::Pending => {
                let Some((at, bound)) = this.bounds.ends(*this.opened, *this.last_item) else { return Poll::Pending };
                std::task::ready!(this.alarm.as_mut().poll_at(this.end.clock.instant(at), task));
                Some(Err(late(bound).into()))
            }
        };
        let end = match &next {
            Some(Ok(_)) => {
                if !this.bounds.are_none() {
                    *this.last_item = Some(this.end.clock.now());
                }
                return Poll::Ready(next);
            }
            Some(Err(fault)) => End::Failed(Failure::from(&fault.to_fault())),
            None => End::Answered,
        };
        *this.items = None;
        this.end.settle(end);
        Poll::Ready(next)
    }
}

/// What a stream that took too long ends with.
fn late(bound: Bound) -> Fault {
    let what = match bound {
        Bound::First => "the first item did not come in time",
        Bound::Idle => "the next item did not come in time",
        Bound::Lifetime => "the stream has lived its time",
    };
    Fault::new(Code::DeadlineExceeded, what)
}
