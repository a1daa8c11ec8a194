//! An attempt within its span, which learns how it ended.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use pin_project_lite::pin_project;

use super::failed::Failed;
use crate::metrics::Status;
use crate::spans::CallSpan;

pin_project! {
    /// An attempt with its span. Dropped before it has ended, it was given up.
    pub(super) struct Traced<F> {
        #[pin]
        attempt: F,
        ending: Ending,
    }
}

/// Tells a span of its end, once. In a box, for most attempts have none to tell.
struct Ending(Option<Box<CallSpan>>);

impl Ending {
    fn with(&mut self, status: impl FnOnce() -> Status) {
        if let Some(span) = self.0.take() {
            span.ended(status());
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.with(|| Status::Cancelled);
    }
}

impl<F> Traced<F> {
    pub(super) fn new(attempt: F, span: Option<Box<CallSpan>>) -> Traced<F> {
        Traced { attempt, ending: Ending(span) }
    }
}

impl<F: Future<Output = Result<R, Failed>>, R> Future for Traced<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let entered = this.ending.0.as_ref().map(|span| span.enter());
        let ended = ready!(this.attempt.poll(task));
        drop(entered);
        this.ending.with(|| match &ended {
            Ok(_) => Status::Ok,
            Err(failed) => failed.fault.code().into(),
        });
        Poll::Ready(ended)
    }
}
