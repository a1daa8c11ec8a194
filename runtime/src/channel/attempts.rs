//! The attempts of a call that are on their way: one, and perhaps another beside it.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::failed::Failed;
use crate::fault::Fault;
use crate::policy::End;

pin_project! {
    /// Attempts on their way, and how the last one ended.
    pub(super) struct Attempts<F, R> {
        // In place: nearly every call has only one at a time.
        #[pin]
        first: Option<F>,
        number: u8,
        second: Option<(u8, Pin<Box<F>>)>,
        ended: Option<Result<R, Fault>>,
    }
}

impl<F: Future<Output = Result<R, Failed>>, R> Attempts<F, R> {
    pub(super) fn none() -> Attempts<F, R> {
        Attempts { first: None, number: 0, second: None, ended: None }
    }

    /// Begins an attempt; it runs when it is polled.
    pub(super) fn start(self: Pin<&mut Self>, number: u8, attempt: F) {
        let mut this = self.project();
        if this.first.is_none() {
            this.first.set(Some(attempt));
            *this.number = number;
        } else {
            *this.second = Some((number, Box::pin(attempt)));
        }
    }

    /// Gives an attempt up: dropped, it is cancelled on its wire.
    pub(super) fn cancel(self: Pin<&mut Self>, number: u8) {
        let mut this = self.project();
        if *this.number == number {
            this.first.set(None);
        } else {
            *this.second = None;
        }
    }

    /// The next attempt that has ended, and how.
    pub(super) fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Option<(u8, End)> {
        let mut this = self.project();
        let (number, ended) = if let Some(Poll::Ready(ended)) = this.first.as_mut().as_pin_mut().map(|it| it.poll(task))
        {
            this.first.set(None);
            (*this.number, ended)
        } else if let Some((number, second)) = this.second
            && let Poll::Ready(ended) = second.as_mut().poll(task)
        {
            let number = *number;
            *this.second = None;
            (number, ended)
        } else {
            return None;
        };
        let (ended, end) = match ended {
            Ok(answer) => (Ok(answer), End::Answered),
            Err(Failed { fault, failure }) => (Err(fault), End::Failed(failure)),
        };
        *this.ended = Some(ended);
        Some((number, end))
    }

    /// How the last one that ended did: where a call takes an attempt's answer, it is that one.
    pub(super) fn take_ended(self: Pin<&mut Self>) -> Option<Result<R, Fault>> {
        self.project().ended.take()
    }
}
