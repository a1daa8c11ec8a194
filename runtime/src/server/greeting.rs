//! The first bytes of a connection, which must come in time.
//!
//! hyper bounds the time of a request's headers once it knows which HTTP the peer speaks. Until then it waits for as long
//! as the peer likes, so a peer that says nothing, or half of HTTP/2's preface, would hold its place for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a connection of HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket whose reads fail unless the peer has said in time which HTTP it speaks.
pub(super) struct Greeted<S> {
    socket: S,
    /// Gone once the peer has said it.
    waiting: Option<Waiting>,
}

struct Waiting {
    /// How much of the preface has come.
    matched: usize,
    time_over: Pin<Box<Sleep>>,
}

impl<S> Greeted<S> {
    pub(super) fn new(socket: S, until: Instant) -> Greeted<S> {
        let waiting = Waiting { matched: 0, time_over: Box::pin(tokio::time::sleep_until(until)) };
        Greeted { socket, waiting: Some(waiting) }
    }
}

impl Waiting {
    /// Whether these bytes say which HTTP it is: the whole preface, or anything else.
    fn told_by(&mut self, bytes: &[u8]) -> bool {
        let rest = &PREFACE[self.matched..];
        let is_preface = bytes.iter().zip(rest).all(|(byte, wanted)| byte == wanted);
        self.matched += bytes.len().min(rest.len());
        !is_preface || self.matched == PREFACE.len()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Greeted { socket, waiting } = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(socket).poll_read(task, buffer);
        let Some(greeting) = waiting else { return read };
        match read {
            Poll::Pending => {
                std::task::ready!(greeting.time_over.as_mut().poll(task));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer said nothing")))
            }
            Poll::Ready(read) => {
                if greeting.told_by(&buffer.filled()[before..]) {
                    *waiting = None;
                }
                Poll::Ready(read)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(task, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(task)
    }
}
