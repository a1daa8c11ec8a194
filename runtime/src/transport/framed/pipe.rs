//! What moves the bytes of frames: the socket with its two buffers.

use std::io;
use std::task::{Context as TaskContext, Poll};

use bytes::BytesMut;

use super::link::Link;
use crate::mux::{Close, Encoding};

mod stream;

pub(crate) use stream::StreamPipe;

/// An output buffer that grew beyond this for a large message is given back.
const WRITE_BYTES_KEPT: usize = 512 * 1024;

/// What a turn of writing did.
pub(crate) struct Written {
    /// Bytes that the peer took.
    pub(crate) bytes: usize,
    /// Whether there is more that it did not take; the task is woken when it does.
    pub(crate) blocked: bool,
    /// Whether the peer gave bytes meanwhile that are no whole message yet.
    pub(crate) giving: bool,
}

impl Written {
    /// Whether the peer is at work on something long, of ours or its own. What is written at once says nothing of it: it may
    /// stand in the system's buffers for ever.
    pub(crate) fn is_sign_of_life(&self) -> bool {
        self.giving || (self.blocked && self.bytes > 0)
    }
}

/// Why nothing more can be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection is gone.
    Io(io::Error),
    /// What came is not what the wire carries. The peer can still be told so.
    Protocol(Close),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Io(error)
    }
}

/// Moves frames between a socket and buffers of whole bytes.
pub(crate) trait Pipe<E: Encoding>: Send + Unpin + Sized {
    /// What was read and not taken as frames.
    fn input(&mut self) -> &mut BytesMut;

    /// Reads what there is: ready when something came, `false` at the end.
    fn poll_read(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<bool, Broken>>;

    /// Writes until nothing is left to write, or the peer takes no more.
    fn write(&mut self, cx: &mut TaskContext<'_>, link: &Link<E>) -> io::Result<Written>;

    /// Writes what is left, ends the output, then reads and forgets until the peer ends as well. Closing at once would make
    /// the system throw away what the peer has not read yet.
    fn finish(self, link: &Link<E>) -> impl Future<Output = io::Result<()>> + Send;
}

/// Moves what the multiplexer has put out into `writing`, which must be written to its end.
pub(crate) fn refill<E: Encoding>(writing: &mut BytesMut, link: &Link<E>) {
    writing.clear();
    if writing.capacity() > WRITE_BYTES_KEPT {
        *writing = BytesMut::new();
    }
    link.lock().mux.take_output(writing);
}
