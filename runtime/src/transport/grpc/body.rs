//! A body that ends only when its peer has ended it.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use tonic::Status;

/// A body whose early end is an error, for half of a stream must not be taken for all of it. hyper takes a reset with `NO_ERROR` for
/// an end like any other, and so does tonic, in builds with its servers, with a reset that cancels: it is told no more than that the
/// body broke.
pub(super) struct Whole<B> {
    body: B,
    ended: bool,
}

impl<B> Whole<B> {
    pub(super) fn new(body: B) -> Whole<B> {
        Whole { body, ended: false }
    }
}

impl<B> Body for Whole<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Result<Frame<B::Data>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() && !self.ended && !self.body.is_end_stream() {
            self.ended = true;
            return Poll::Ready(Some(Err(Status::unknown("the peer reset the stream"))));
        }
        Poll::Ready(frame.map(|frame| frame.map_err(|error| broken(error.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> Status {
    let mut status = Status::unknown("the body broke");
    status.set_source(error.into());
    status
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};

    use super::*;
    use crate::fault::Code;

    /// Ends early, perhaps with an error.
    struct Reset(Option<Status>);

    impl Body for Reset {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Ready(self.0.take().map(Err))
        }
    }

    #[tokio::test]
    async fn an_early_end_is_told_once() {
        let mut whole = Whole::new(Full::new(Bytes::from_static(b"all")));
        assert!(whole.frame().await.unwrap().is_ok());
        assert!(whole.frame().await.is_none());
        let mut reset = Whole::new(Reset(None));
        assert!(reset.frame().await.unwrap().is_err());
        assert!(reset.frame().await.is_none());
    }

    #[tokio::test]
    async fn a_cancelled_input_is_not_one_that_has_ended() {
        let mut source =
            super::super::messages::Source::new(Reset(Some(Status::cancelled("reset"))), 100, Code::Cancelled);
        let fault = source.next().await.unwrap().unwrap_err();
        assert_eq!(fault.to_string(), "cancelled: the call broke off");
    }
}
