//! The end of streams whose caller is not known any more: a token that expires closes what it has opened.

use std::pin::Pin;
use std::task::Poll;

use futures_core::Stream as _;
use tokio::time::Instant;

use crate::auth;
use crate::context::Context;
use crate::fault::Fault;
use crate::inbound::Inbound;

/// When the caller is not known any more.
pub(super) fn of(cx: &Context) -> Option<Instant> {
    cx.principal()?.known_until()
}

/// The stream, which fails at that instant.
pub(super) fn ends<T, F>(messages: Inbound<T, F>, known_until: Option<Instant>) -> Inbound<T, F>
where
    T: Send + 'static,
    F: From<Fault> + Send + 'static,
{
    let Some(at) = known_until else { return messages };
    let mut time = Box::pin(tokio::time::sleep_until(at));
    let mut messages = Some(messages);
    Inbound::new(futures_util::stream::poll_fn(move |task| {
        let Some(open) = &mut messages else { return Poll::Ready(None) };
        // Time first: a stream that always has something ready ends as well.
        let message = match time.as_mut().poll(task) {
            Poll::Ready(()) => Some(Err(auth::expired().into())),
            Poll::Pending => std::task::ready!(Pin::new(open).poll_next(task)),
        };
        if !matches!(message, Some(Ok(_))) {
            messages = None;
        }
        Poll::Ready(message)
    }))
}
