//! A socket that counts the bytes that move on it, for a peer is not silent while half a message is on its way.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::transport::framed::Written;

/// A socket with the bytes that moved on it, in and out.
#[derive(Debug)]
pub(super) struct Counted<S> {
    socket: S,
    read: usize,
    written: usize,
}

impl<S> Counted<S> {
    pub(super) fn new(socket: S) -> Counted<S> {
        Counted { socket, read: 0, written: 0 }
    }

    /// What moved since this was asked before.
    pub(super) fn written(&mut self, blocked: bool) -> Written {
        let giving = std::mem::take(&mut self.read) > 0;
        Written { bytes: std::mem::take(&mut self.written), blocked, giving }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let bytes = ready!(written)?;
        self.written += bytes;
        Poll::Ready(Ok(bytes))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        self.read += buf.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn what_moves_is_counted_once() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut counted = Counted::new(near);
        counted.write_all(b"half of").await.unwrap();
        far.write_all(b" it").await.unwrap();
        counted.read_exact(&mut [0; 3]).await.unwrap();
        let (first, second) = (counted.written(false), counted.written(false));
        assert_eq!((first.bytes, first.giving), (7, true));
        assert_eq!((second.bytes, second.giving), (0, false));
    }
}
