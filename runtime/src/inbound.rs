//! A stream of messages that come in: from the caller in a handler, from the server in a client.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use futures_core::Stream;

use crate::fault::Fault;

/// Messages that come in over some wire. Dropping it cancels the call.
///
/// ```
/// use wireloom::{Fault, Inbound};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut lines = Inbound::of(["one", "two"]);
/// assert_eq!(lines.next().await.transpose()?, Some("one"));
/// # Ok::<(), Fault>(())
/// # }).unwrap();
/// ```
pub struct Inbound<T, F = Fault> {
    messages: Pin<Box<dyn Stream<Item = Result<T, F>> + Send + 'static>>,
}

impl<T, F> Inbound<T, F> {
    /// The messages of any stream.
    pub fn new(messages: impl Stream<Item = Result<T, F>> + Send + 'static) -> Inbound<T, F> {
        Inbound { messages: Box::pin(messages) }
    }

    /// The next message; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, F>> {
        std::future::poll_fn(|cx| self.messages.as_mut().poll_next(cx)).await
    }
}

impl<T: Send + 'static> Inbound<T> {
    /// These messages, at once.
    pub fn of<I>(messages: I) -> Inbound<T>
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        Inbound::new(futures_util::stream::iter(messages.into_iter().map(Ok)))
    }
}

impl<T, F> Stream for Inbound<T, F> {
    type Item = Result<T, F>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        self.messages.as_mut().poll_next(cx)
    }
}

impl<T, F> std::fmt::Debug for Inbound<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inbound")
    }
}
