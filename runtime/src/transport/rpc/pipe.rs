//! The socket with its two buffers: reads into one growing buffer, writes what the multiplexer has put out.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;

use super::link::Link;

/// What a read begins with, and what an idle connection keeps.
const READ_BYTES_MIN: usize = 4 * 1024;

/// What a read grows to while the peer fills it.
const READ_BYTES_MAX: usize = 128 * 1024;

/// An output buffer that grew beyond this for a large message is given back.
const WRITE_BYTES_KEPT: usize = 512 * 1024;

/// What a turn of writing did.
pub(super) struct Written {
    /// Bytes that the peer took.
    pub(super) bytes: usize,
    /// Whether there is more that it did not take; the task is woken when it does.
    pub(super) blocked: bool,
}

/// A socket with its buffers.
pub(super) struct Pipe<S> {
    socket: S,
    /// What was read and not taken as frames.
    pub(super) input: BytesMut,
    read_bytes: usize,
    writing: BytesMut,
    written: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pipe<S> {
    pub(super) fn new(socket: S) -> Pipe<S> {
        Pipe { socket, input: BytesMut::new(), read_bytes: READ_BYTES_MIN, writing: BytesMut::new(), written: 0 }
    }

    /// Reads what there is; the number of bytes, 0 at the end.
    pub(super) fn poll_read(&mut self, cx: &mut TaskContext<'_>) -> Poll<io::Result<usize>> {
        self.input.reserve(self.read_bytes);
        let room = self.input.capacity() - self.input.len();
        let read = ready!(poll_read_buf(Pin::new(&mut self.socket), cx, &mut self.input))?;
        if read == room {
            self.read_bytes = (self.read_bytes * 2).min(READ_BYTES_MAX);
        } else if read < self.read_bytes / 4 {
            self.read_bytes = (self.read_bytes / 2).max(READ_BYTES_MIN);
        }
        Poll::Ready(Ok(read))
    }

    /// Writes until nothing is left to write, or the peer takes no more.
    pub(super) fn write(&mut self, cx: &mut TaskContext<'_>, link: &Link) -> io::Result<Written> {
        let mut bytes = 0;
        loop {
            if self.written == self.writing.len() {
                self.refill(link);
                if self.writing.is_empty() {
                    return Ok(Written { bytes, blocked: false });
                }
            }
            match Pin::new(&mut self.socket).poll_write(cx, &self.writing[self.written..]) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(written)) => {
                    self.written += written;
                    bytes += written;
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    link.lock().mux.set_unsent(self.writing.len() - self.written);
                    return Ok(Written { bytes, blocked: true });
                }
            }
        }
    }

    fn refill(&mut self, link: &Link) {
        self.written = 0;
        self.writing.clear();
        if self.writing.capacity() > WRITE_BYTES_KEPT {
            self.writing = BytesMut::new();
        }
        link.lock().mux.take_output(&mut self.writing);
    }

    /// Writes what is left, ends the output, then reads and forgets until the peer ends as well. Closing at once would make
    /// the system throw away what the peer has not read yet.
    pub(super) async fn finish(mut self, link: &Link) -> io::Result<()> {
        std::future::poll_fn(|cx| match self.write(cx, link) {
            Ok(Written { blocked: true, .. }) => Poll::Pending,
            Ok(Written { blocked: false, .. }) => Pin::new(&mut self.socket).poll_shutdown(cx),
            Err(error) => Poll::Ready(Err(error)),
        })
        .await?;
        loop {
            self.input.clear();
            if std::future::poll_fn(|cx| self.poll_read(cx)).await? == 0 {
                return Ok(());
            }
        }
    }
}
