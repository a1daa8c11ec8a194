//! A connection, however its bytes travel.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::own::Stream;

/// A connection that is open. Which kind it is, are predictable branches; nothing is allocated for it but by TLS and by who makes
/// connections of one's own.
#[derive(Debug)]
pub(crate) enum Socket {
    Plain(Plain),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::TlsStream<Plain>>),
}

/// A connection as its bytes travel.
pub(crate) enum Plain {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    Own(Box<dyn Stream>),
}

impl Plain {
    /// Whether it goes through a file.
    #[cfg(feature = "tls")]
    pub(super) fn is_unix(&self) -> bool {
        #[cfg(unix)]
        return matches!(self, Plain::Unix(_));
        #[cfg(not(unix))]
        false
    }
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Plain::Tcp(stream) => stream.fmt(f),
            #[cfg(unix)]
            Plain::Unix(stream) => stream.fmt(f),
            Plain::Own(_) => f.write_str("Own"),
        }
    }
}

/// Moves bytes through whatever it is: each kind does the same.
macro_rules! moves_bytes {
    ($outer:ident: $($(#[$if:meta])? $kind:ident),+) => {
        impl AsyncRead for $outer {
            fn poll_read(self: Pin<&mut Self>, task: &mut TaskContext<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $($(#[$if])? $outer::$kind(inner) => Pin::new(inner).poll_read(task, buffer),)+
                }
            }
        }

        impl AsyncWrite for $outer {
            fn poll_write(self: Pin<&mut Self>, task: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    $($(#[$if])? $outer::$kind(inner) => Pin::new(inner).poll_write(task, bytes),)+
                }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                task: &mut TaskContext<'_>,
                pieces: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    $($(#[$if])? $outer::$kind(inner) => Pin::new(inner).poll_write_vectored(task, pieces),)+
                }
            }

            fn is_write_vectored(&self) -> bool {
                match self {
                    $($(#[$if])? $outer::$kind(inner) => inner.is_write_vectored(),)+
                }
            }

            fn poll_flush(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $($(#[$if])? $outer::$kind(inner) => Pin::new(inner).poll_flush(task),)+
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $($(#[$if])? $outer::$kind(inner) => Pin::new(inner).poll_shutdown(task),)+
                }
            }
        }
    };
}

moves_bytes!(Socket: Plain, #[cfg(feature = "tls")] Tls);
moves_bytes!(Plain: Tcp, #[cfg(unix)] Unix, Own);

impl Socket {
    /// What its bytes travel by.
    #[cfg(feature = "http")]
    fn plain(&self) -> &Plain {
        match self {
            Socket::Plain(plain) => plain,
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Whether the peer has closed it, as far as that can be told without taking what has come.
    #[cfg(feature = "http")]
    pub(super) fn is_closed(&self) -> bool {
        let Plain::Tcp(stream) = self.plain() else { return false };
        let mut byte = [0];
        let peeked = stream.poll_peek(&mut TaskContext::from_waker(Waker::noop()), &mut ReadBuf::new(&mut byte));
        matches!(peeked, Poll::Ready(Ok(0) | Err(_)))
    }

    /// Whether both have agreed on HTTP/2.
    #[cfg(feature = "http")]
    pub(crate) fn is_http2(&self) -> bool {
        match self {
            Socket::Plain(_) => false,
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}
