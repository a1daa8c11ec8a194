//! A body that ends only when its peer has ended it.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use http_body::{Body, Frame, SizeHint};

/// A body whose early end is an error. hyper takes a reset with `NO_ERROR` for an end like any other, and half of a stream would
/// be taken for all of it.
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
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() && !self.ended && !self.body.is_end_stream() {
            self.ended = true;
            return Poll::Ready(Some(Err("the peer reset the stream".into())));
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    /// Ends early.
    struct Reset;

    impl Body for Reset {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut TaskContext<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Ready(None)
        }
    }

    #[tokio::test]
    async fn an_early_end_is_told_once() {
        let mut whole = Whole::new(Full::new(Bytes::from_static(b"all")));
        assert!(whole.frame().await.unwrap().is_ok());
        assert!(whole.frame().await.is_none());
        let mut reset = Whole::new(Reset);
        assert!(reset.frame().await.unwrap().is_err());
        assert!(reset.frame().await.is_none());
    }
}
