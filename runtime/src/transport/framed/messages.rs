//! Streams of typed messages, in and out of a call.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures_core::Stream as _;

use super::form::Form;
use super::link::Link;
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::mux::{Encoding, StreamId, Taken};

/// A call's stream, for reading.
pub(super) struct Source<E> {
    pub(super) link: Arc<Link<E>>,
    pub(super) stream: StreamId,
    pub(super) depth_max: usize,
}

impl<E: Encoding> Source<E> {
    /// The messages of the stream, each read by `take`. `hold` is dropped at their end.
    pub(super) fn messages<T, F, H>(self, hold: H, take: fn(&Bytes, usize) -> Result<T, Fault>) -> Inbound<T, F>
    where
        T: Send + 'static,
        F: OperationFault,
        H: Send + 'static,
    {
        let mut hold = Some(hold);
        Inbound::new(futures_util::stream::poll_fn(move |cx| {
            if hold.is_none() {
                return Poll::Ready(None);
            }
            let message = match ready!(self.link.poll_item(self.stream, cx)) {
                Taken::Message(bytes) => take(&bytes, self.depth_max),
                Taken::Fault(fault) => Err(fault),
                Taken::Broken(failure) => Err(failure.fault),
                Taken::Gone => Err(Fault::new(Code::Cancelled, "the call has ended")),
                Taken::End | Taken::Wait => {
                    hold = None;
                    return Poll::Ready(None);
                }
            };
            if message.is_err() {
                hold = None;
            }
            Poll::Ready(Some(message.map_err(F::from_fault)))
        }))
    }
}

/// Sends a stream's items as they come and the peer wants them, until it ends, fails, or nobody is there to take them.
/// All that are ready go out together.
pub(super) async fn send_items<M, T, F, E>(
    link: &Link<E>,
    stream: StreamId,
    mut items: Inbound<T, F>,
) -> Result<(), Fault>
where
    M: Form<T>,
    F: OperationFault,
    E: Encoding,
{
    std::future::poll_fn(|cx| {
        loop {
            if !ready!(link.poll_may_send(stream, cx)) {
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut items).poll_next(cx)) {
                Some(Ok(item)) => {
                    if let Err(fault) = link.item::<M, T>(stream, &item) {
                        return Poll::Ready(Err(fault));
                    }
                }
                Some(Err(fault)) => return Poll::Ready(Err(fault.to_fault())),
                None => {
                    link.end(stream);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    })
    .await
}
