//! Lean clients of gRPC and native RPC: preformatted calls, many at once on a connection, next to nothing done for one.
//!
//! A server costs more per call when its client is the bottleneck, for it then reads less at once. So what a server costs is
//! measured with these, the same for all servers of a wire. They say what every peer of the wire would say, and hold the bytes
//! of each answer against those that there should be; headers and trailers are not read.

mod http2;
mod load;
mod native;

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

pub use http2::Http2;
pub use load::Load;
pub use native::Native;

use crate::calls::{Addresses, Call};

/// What answers may take in the buffer at once.
const ANSWERS_BYTES_MAX: usize = 256 * 1024;

/// The bytes that a peer sends, and what of the answers must be understood.
pub trait Protocol: Clone + Send + 'static {
    /// One that makes the same call again and again.
    fn calling(call: &Call) -> Self;

    /// Where a server of ours listens for it.
    fn address(of: Addresses) -> SocketAddr;

    /// Writes what a connection begins with.
    fn open(&mut self, out: &mut Vec<u8>);

    /// Writes one call.
    fn call(&mut self, out: &mut Vec<u8>);

    /// Reads what is whole of the input; what the wire wants said meanwhile goes to the output.
    ///
    /// # Errors
    /// When the server says that something went wrong.
    fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<Progress>;
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes that are done with.
    pub bytes: usize,
    /// Calls that ended.
    pub answers: u64,
}

/// A blocking connection with so many calls in flight; once it is warm, nothing is allocated.
#[derive(Debug)]
pub struct Connection<P> {
    protocol: P,
    stream: TcpStream,
    output: Vec<u8>,
    input: Vec<u8>,
    filled: usize,
}

impl<P: Protocol> Connection<P> {
    /// Connects.
    ///
    /// # Errors
    /// When the server does not take it.
    pub fn open(address: SocketAddr, call: &Call) -> io::Result<Connection<P>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let (mut protocol, mut output) = (P::calling(call), Vec::with_capacity(ANSWERS_BYTES_MAX));
        protocol.open(&mut output);
        Ok(Connection { protocol, stream, output, input: vec![0; ANSWERS_BYTES_MAX], filled: 0 })
    }

    /// Makes so many calls, one after the other in batches of `at_once`, and waits for their answers.
    ///
    /// # Errors
    /// When the connection breaks, or an answer is not as it should be.
    pub fn call(&mut self, times: u64, at_once: u64) -> io::Result<()> {
        let mut left = times;
        while left > 0 {
            let batch = left.min(at_once);
            (0..batch).for_each(|_| self.protocol.call(&mut self.output));
            let mut answers = 0;
            while answers < batch {
                self.stream.write_all(&self.output)?;
                self.output.clear();
                answers += self.read()?;
            }
            left -= batch;
        }
        Ok(())
    }

    /// Reads once; gives the number of answers that ended.
    fn read(&mut self) -> io::Result<u64> {
        match self.stream.read(&mut self.input[self.filled..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => self.filled += bytes,
        }
        let progress = self.protocol.read(&self.input[..self.filled], &mut self.output)?;
        self.input.copy_within(progress.bytes..self.filled, 0);
        self.filled -= progress.bytes;
        Ok(progress.answers)
    }
}
