//! A connection, however its bytes travel.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection that is open. Which kind it is, is one predictable branch; nothing is allocated for it but by TLS.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::TlsStream<TcpStream>>),
}

/// Does the same with whatever the socket is.
macro_rules! with {
    ($socket:expr, $inner:ident => $does:expr) => {
        match $socket.get_mut() {
            Socket::Tcp($inner) => $does,
            #[cfg(unix)]
            Socket::Unix($inner) => $does,
            #[cfg(feature = "tls")]
            Socket::Tls($inner) => $does,
        }
    };
}

impl Socket {
    /// Whether both have agreed on HTTP/2.
    #[cfg(feature = "http")]
    pub(crate) fn is_http2(&self) -> bool {
        match self {
            Socket::Tcp(_) => false,
            #[cfg(unix)]
            Socket::Unix(_) => false,
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, task: &mut TaskContext<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        with!(self, inner => Pin::new(inner).poll_read(task, buffer))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, task: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        with!(self, inner => Pin::new(inner).poll_write(task, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        with!(self, inner => Pin::new(inner).poll_write_vectored(task, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Socket::Tcp(inner) => inner.is_write_vectored(),
            #[cfg(unix)]
            Socket::Unix(inner) => inner.is_write_vectored(),
            #[cfg(feature = "tls")]
            Socket::Tls(inner) => inner.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        with!(self, inner => Pin::new(inner).poll_flush(task))
    }

    fn poll_shutdown(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        with!(self, inner => Pin::new(inner).poll_shutdown(task))
    }
}
