//! A stream that comes in, up to its end: its endpoint learns how that was, and it takes no longer than it may.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use futures_core::Stream;

use super::drive::Begun;
use crate::endpoint::Endpoint;
use crate::fault::OperationFault;
use crate::inbound::Inbound;
use crate::metrics::{Measured, Status};
use crate::policy::stream::Bounds;
use crate::policy::{Clock, End, Failure, Opened};
use crate::streaming::Watched;

/// The items of an answer, and who is to be told of its end.
pub(super) struct Followed<T, F> {
    /// Gone once it has ended: what has failed is not polled again.
    items: Option<Inbound<T, F>>,
    end: Ending,
    watched: Watched,
}

/// Tells how a stream ended; dropped before, nobody wanted the rest.
struct Ending {
    opened: Option<Opened<Endpoint>>,
    /// Dropped before the end, it counts as cancelled.
    measured: Option<Measured>,
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
    pub(super) fn new(begun: Begun<Inbound<T, F>>, clock: Clock, bounds: Bounds) -> Followed<T, F> {
        let Begun { answer, opened, measured } = begun;
        let end = Ending { opened, measured: Some(measured), clock };
        Followed { items: Some(answer), end, watched: Watched::new(bounds, clock) }
    }
}

impl<T, F: OperationFault> Stream for Followed<T, F> {
    type Item = Result<T, F>;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<Result<T, F>>> {
        let this = self.get_mut();
        let Some(items) = &mut this.items else { return Poll::Ready(None) };
        let next = match Pin::new(items).poll_next(task) {
            Poll::Ready(next) => next,
            Poll::Pending => Some(Err(std::task::ready!(this.watched.poll_late(task)).into())),
        };
        let (end, status) = match &next {
            Some(Ok(_)) => {
                this.watched.item();
                return Poll::Ready(next);
            }
            Some(Err(fault)) => {
                let fault = fault.to_fault();
                (End::Failed(Failure::from(&fault)), fault.code().into())
            }
            None => (End::Answered, Status::Ok),
        };
        this.items = None;
        this.end.settle(end);
        if let Some(measured) = this.end.measured.take() {
            measured.end(status);
        }
        Poll::Ready(next)
    }
}
