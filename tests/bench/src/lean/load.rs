//! Many connections at once.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{ANSWERS_BYTES_MAX, Protocol};
use crate::calls::Call;

/// Connections that keep calls in flight until this is dropped.
#[derive(Debug)]
pub struct Load {
    connections: JoinSet<io::Result<()>>,
    answers: Arc<AtomicU64>,
}

impl Load {
    /// Opens connections with so many calls in flight on each.
    ///
    /// # Errors
    /// When the server does not take them.
    pub async fn start<P: Protocol>(
        address: SocketAddr,
        call: &Call,
        connections: usize,
        in_flight: u64,
    ) -> io::Result<Load> {
        let mut load = Load { connections: JoinSet::new(), answers: Arc::default() };
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            load.connections.spawn(call_for_ever(stream, P::calling(call), in_flight, Arc::clone(&load.answers)));
        }
        Ok(load)
    }

    /// Answers so far.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Gives the error that ended a connection, if one has.
    ///
    /// # Errors
    /// That error.
    pub fn check(&mut self) -> io::Result<()> {
        match self.connections.try_join_next() {
            None => Ok(()),
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(io::Error::other(error)),
        }
    }
}

/// What one read answered is called again with one write.
async fn call_for_ever<P: Protocol>(
    mut stream: TcpStream,
    mut protocol: P,
    in_flight: u64,
    answers: Arc<AtomicU64>,
) -> io::Result<()> {
    let (mut input, mut output, mut filled) = (vec![0; ANSWERS_BYTES_MAX], Vec::new(), 0);
    protocol.open(&mut output);
    (0..in_flight).for_each(|_| protocol.call(&mut output));
    loop {
        if !output.is_empty() {
            stream.write_all(&output).await?;
            output.clear();
        }
        match stream.read(&mut input[filled..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => filled += bytes,
        }
        let progress = protocol.read(&input[..filled], &mut output)?;
        input.copy_within(progress.bytes..filled, 0);
        filled -= progress.bytes;
        answers.fetch_add(progress.answers, Ordering::Relaxed);
        (0..progress.answers).for_each(|_| protocol.call(&mut output));
    }
}
