//! A stream of bytes as a pipe: reads into one growing buffer, writes what the multiplexer has put out.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;

use super::{Broken, Pipe, Written, refill};
use crate::mux::Encoding;
use crate::transport::framed::Link;

/// What a read begins with, and what an idle connection keeps.
const READ_BYTES_MIN: usize = 4 * 1024;

/// What a read grows to while the peer fills it.
const READ_BYTES_MAX: usize = 128 * 1024;

/// A socket with its buffers.
pub(crate) struct StreamPipe<S> {
    socket: S,
    input: BytesMut,
    read_bytes: usize,
    writing: BytesMut,
    written: usize,
    /// Bytes that the socket was given and may hold back, as one with TLS does.
    held: usize,
}

impl<S> StreamPipe<S> {
    pub(crate) fn new(socket: S) -> StreamPipe<S> {
        let (input, writing) = (BytesMut::new(), BytesMut::new());
        StreamPipe { socket, input, read_bytes: READ_BYTES_MIN, writing, written: 0, held: 0 }
    }
}

impl<S, E> Pipe<E> for StreamPipe<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
    E: Encoding,
{
    fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    fn poll_read(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<bool, Broken>> {
        self.input.reserve(self.read_bytes);
        let room = self.input.capacity() - self.input.len();
        let read = ready!(poll_read_buf(Pin::new(&mut self.socket), cx, &mut self.input))?;
        if read == room {
            self.read_bytes = (self.read_bytes * 2).min(READ_BYTES_MAX);
        } else if read < self.read_bytes / 4 {
            self.read_bytes = (self.read_bytes / 2).max(READ_BYTES_MIN);
        }
        Poll::Ready(Ok(read > 0))
    }

    fn write(&mut self, cx: &mut TaskContext<'_>, link: &Link<E>) -> io::Result<Written> {
        let mut bytes = 0;
        loop {
            if self.written == self.writing.len() {
                // What it holds back goes first, and counts once it has gone: that it was given says nothing of the peer.
                if self.held > 0 {
                    match Pin::new(&mut self.socket).poll_flush(cx) {
                        Poll::Ready(flushed) => flushed?,
                        Poll::Pending => return Ok(Written { bytes, blocked: true, giving: false }),
                    }
                    bytes += std::mem::take(&mut self.held);
                }
                self.written = 0;
                refill(&mut self.writing, link);
                if self.writing.is_empty() {
                    return Ok(Written { bytes, blocked: false, giving: false });
                }
            }
            match Pin::new(&mut self.socket).poll_write(cx, &self.writing[self.written..]) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(written)) => {
                    self.written += written;
                    self.held += written;
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    link.lock().mux.set_unsent(self.writing.len() - self.written);
                    bytes += std::mem::take(&mut self.held);
                    return Ok(Written { bytes, blocked: true, giving: false });
                }
            }
        }
    }

    async fn finish(mut self, link: &Link<E>) -> io::Result<()> {
        std::future::poll_fn(|cx| match self.write(cx, link) {
            Ok(Written { blocked: true, .. }) => Poll::Pending,
            Ok(Written { blocked: false, .. }) => Pin::new(&mut self.socket).poll_shutdown(cx),
            Err(error) => Poll::Ready(Err(error)),
        })
        .await?;
        loop {
            self.input.clear();
            self.input.reserve(READ_BYTES_MIN);
            if std::future::poll_fn(|cx| poll_read_buf(Pin::new(&mut self.socket), cx, &mut self.input)).await? == 0 {
                return Ok(());
            }
        }
    }
}
