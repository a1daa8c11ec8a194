//! A lean HTTP/1.1 client: preformatted requests, one in flight on each connection, nothing allocated for one.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::cases::Case;

/// What an answer may be long at most.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Connections that send one request after the other until this is dropped.
#[derive(Debug)]
pub struct Load {
    connections: JoinSet<io::Result<()>>,
    answers: Arc<AtomicU64>,
}

impl Load {
    /// Opens connections and starts to send.
    ///
    /// # Errors
    /// When the server does not take them.
    pub async fn start(address: SocketAddr, case: &Case, connections: usize) -> io::Result<Load> {
        let mut load = Load { connections: JoinSet::new(), answers: Arc::default() };
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            load.connections.spawn(send_for_ever(stream, case.clone(), Arc::clone(&load.answers)));
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

async fn send_for_ever(mut stream: TcpStream, mut case: Case, answers: Arc<AtomicU64>) -> io::Result<()> {
    let mut buffer = vec![0; ANSWER_BYTES_MAX];
    loop {
        stream.write_all(case.request(next_number())).await?;
        let mut filled = 0;
        while answer(&buffer[..filled])?.is_none() {
            match stream.read(&mut buffer[filled..]).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number that no request of this process has had: no key of a keyed call comes twice.
fn next_number() -> u64 {
    static SENT: AtomicU64 = AtomicU64::new(0);
    SENT.fetch_add(1, Ordering::Relaxed)
}

/// Sends one request over a blocking connection and reads its answer; tells where in the buffer its body stands.
///
/// # Errors
/// When the connection breaks, or the answer is no success.
pub fn exchange(stream: &mut std::net::TcpStream, request: &[u8], buffer: &mut [u8]) -> io::Result<Range<usize>> {
    use std::io::{Read as _, Write as _};
    stream.write_all(request)?;
    let mut filled = 0;
    loop {
        if let Some(body) = answer(&buffer[..filled])? {
            return Ok(body);
        }
        match stream.read(&mut buffer[filled..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
}

/// A buffer for [`exchange`].
pub fn buffer() -> Vec<u8> {
    vec![0; ANSWER_BYTES_MAX]
}

/// Where the body of a whole answer stands; `None` while the answer is not whole.
fn answer(bytes: &[u8]) -> io::Result<Option<Range<usize>>> {
    let Some(head) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let (body, head) = (head + 4, String::from_utf8_lossy(&bytes[..head]));
    if !head.starts_with("HTTP/1.1 20") {
        return Err(io::Error::other(String::from_utf8_lossy(bytes).into_owned()));
    }
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let end = body + length.ok_or_else(|| io::Error::other("an answer without length"))?;
    Ok((bytes.len() >= end).then_some(body..end))
}
