//! The state of a connection, and what does not belong to a single call: output, times, the end.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;

use super::close::Close;
use super::encoding::{Encoding, Native};
use super::frame::{Head, Kind};
use super::hello::{Hello, MAGIC, PeerLimits, Table, VERSION};
use super::limits::MuxLimits;
use super::stream::{Incoming, Stream, StreamId};
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::metadata::Metadata;
use crate::transport::{Failure, Sent};

/// Which side of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It calls.
    Client,
    /// It serves.
    Server,
}

/// A message that has no form on this wire; whoever writes it knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritten;

/// Why a frame was not put into the output.
pub(super) enum NotPut {
    Unwritten,
    TooLong(usize),
}

/// One side of a connection. `T` is what the driver keeps with each stream: wakers, for example.
#[derive(Debug)]
pub struct Mux<T, E = Native> {
    pub(super) role: Role,
    pub(super) limits: MuxLimits,
    /// What the peer takes; known once its hello has come.
    pub(super) peer: Option<PeerLimits>,
    /// The server's operations; the client has them from the hello.
    pub(super) table: Arc<Table>,
    pub(super) streams: HashMap<u32, Stream<T>, BuildHasherDefault<StreamHasher>>,
    /// Streams that are live.
    pub(super) open: usize,
    /// Those among them whose answer is not awaited. Only the server knows of them.
    pub(super) oneways: usize,
    /// Bytes of inputs and items that nobody has consumed.
    pub(super) held_bytes: usize,
    /// The last stream that the client opened, or that the server saw.
    pub(super) last_stream: u32,
    out: BytesMut,
    /// What of `out` is whole frames. More is there only if writing a message panicked.
    committed: usize,
    /// What the driver has taken and not written.
    unsent: usize,
    started: Instant,
    heard: Instant,
    pinged: Option<Instant>,
    /// Whether the peer wants no new calls.
    pub(super) peer_going: bool,
    pub(super) closed: Option<Close>,
    encoding: PhantomData<fn() -> E>,
}

impl<T: Default, E: Encoding> Mux<T, E> {
    /// The side that serves these operations.
    pub fn server(limits: MuxLimits, table: Arc<Table>, now: Instant) -> Mux<T, E> {
        Mux::new(Role::Server, limits, table, now)
    }

    /// The side that calls; it says hello at once.
    pub fn client(limits: MuxLimits, now: Instant) -> Mux<T, E> {
        let mut mux = Mux::new(Role::Client, limits, Arc::default(), now);
        mux.put_hello();
        mux
    }

    fn new(role: Role, limits: MuxLimits, table: Arc<Table>, now: Instant) -> Mux<T, E> {
        Mux {
            role,
            limits,
            peer: None,
            table,
            streams: HashMap::default(),
            open: 0,
            oneways: 0,
            held_bytes: 0,
            last_stream: 0,
            out: BytesMut::new(),
            committed: 0,
            unsent: 0,
            started: now,
            heard: now,
            pinged: None,
            peer_going: false,
            closed: None,
            encoding: PhantomData,
        }
    }

    /// The server's operations; empty at a client until the hello has come.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Whether the peer has said hello.
    pub fn is_greeted(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether calls may be opened, now or once there is room.
    pub fn takes_calls(&self) -> bool {
        self.closed.is_none() && !self.peer_going && self.last_stream < u32::MAX - 2
    }

    /// Calls that have not ended.
    pub fn calls_open(&self) -> usize {
        self.open
    }

    /// Bytes of inputs and items that nobody has consumed.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Why the connection has ended, if it has.
    pub fn closed(&self) -> Option<Close> {
        self.closed
    }

    /// What the driver keeps with a stream.
    pub fn user(&mut self, stream: StreamId) -> Option<&mut T> {
        self.streams.get_mut(&stream.0).map(|stream| &mut stream.user)
    }

    // Output

    /// Moves the frames to be written into `to`, which must be empty; its memory is used for the next ones.
    pub fn take_output(&mut self, to: &mut BytesMut) {
        self.out.truncate(self.committed);
        self.committed = 0;
        std::mem::swap(&mut self.out, to);
        self.unsent = to.len();
    }

    /// Hears how much of what was taken has not been written yet.
    pub fn set_unsent(&mut self, bytes: usize) {
        self.unsent = bytes;
    }

    /// Whether there are frames to be written.
    pub fn has_output(&self) -> bool {
        self.committed > 0
    }

    /// Bytes that wait to be written.
    pub fn out_bytes(&self) -> usize {
        self.committed + self.unsent
    }

    /// Whether more may be put into the output: answers, items, calls.
    pub fn has_room(&self) -> bool {
        self.out_bytes() < self.limits.out_bytes_max
    }

    /// Whether the driver should read. A server stops while the peer does not take its output or its handlers do not take
    /// their input. A client always reads, or the two could wait for one another for ever.
    pub fn wants_input(&self) -> bool {
        let full = self.role == Role::Server && (!self.has_room() || self.has_enough_to_do());
        self.closed.is_none() && !full
    }

    /// Whether a server has taken as much as it may before its handlers have done something about it. Calls that nobody
    /// awaits are not refused when there are too many, since nobody would learn of it: they wait in the pipe.
    fn has_enough_to_do(&self) -> bool {
        self.held_bytes >= self.limits.in_bytes_max || self.oneways >= self.limits.streams_max as usize
    }

    /// Appends a frame, unless its body cannot be written or is too long: then nothing is appended.
    pub(super) fn put(
        &mut self,
        head: Head,
        metadata: &Metadata,
        body: impl FnOnce(&mut BytesMut) -> Result<(), Unwritten>,
    ) -> Result<(), NotPut> {
        if self.closed.is_some() {
            return Ok(());
        }
        self.out.truncate(self.committed);
        let (mut written, mut body_bytes) = (Ok(()), 0);
        E::put(head, metadata, &self.table, &mut self.out, |out| {
            let start = out.len();
            written = body(out);
            body_bytes = out.len().saturating_sub(start);
        });
        let bytes_max = self.peer.map_or(usize::MAX, |peer| peer.message_bytes_max as usize);
        if written.is_ok() && body_bytes <= bytes_max {
            self.committed = self.out.len();
            return Ok(());
        }
        self.out.truncate(self.committed);
        Err(written.map_or(NotPut::Unwritten, |()| NotPut::TooLong(body_bytes)))
    }

    /// Appends a frame without a body.
    pub(super) fn put_head(&mut self, head: Head) {
        // A frame without a body is never too long.
        let _ = self.put(head, &Metadata::default(), |_| Ok(()));
    }

    pub(super) fn put_hello(&mut self) {
        let head = Head { op: MAGIC, arg: VERSION, ..Head::new(Kind::Hello, 0) };
        let table = (self.role == Role::Server).then(|| Arc::clone(&self.table));
        let hello = Hello { limits: PeerLimits::of(&self.limits), table };
        let put = self.put(head, &Metadata::default(), |out| {
            E::put_hello(&hello, out);
            Ok(())
        });
        if put.is_err() {
            self.close(Close::TooBig);
        }
    }

    // Time

    /// Hears that bytes came or went.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
    }

    /// When [`Mux::on_time`] wants to be called, at the latest.
    pub fn wake_at(&self) -> Instant {
        match self.peer {
            None => self.started + self.limits.hello_time_max,
            Some(_) => self.pinged.unwrap_or(self.heard) + self.limits.keep_alive,
        }
    }

    /// Does what time demands: asks a silent peer, and ends the connection of one that stays silent.
    pub fn on_time(&mut self, now: Instant) {
        if now < self.wake_at() || self.closed.is_some() {
            return;
        }
        let own_fault = self.role == Role::Server && self.has_enough_to_do();
        match self.peer {
            None => self.close(Close::Hello),
            // Nothing is heard of a peer that is not listened to.
            Some(_) if own_fault => self.heard(now),
            Some(_) if self.pinged.is_some() => self.close(Close::Silent),
            Some(_) => {
                // It has its time from here on, also where whoever asks is late.
                self.pinged = Some(now);
                self.put_head(Head::new(Kind::Ping, 0));
            }
        }
    }

    // The end

    /// Asks the peer for no new calls; those in flight go on.
    pub fn go_away(&mut self) {
        self.put_go_away(Close::Restart);
    }

    /// Ends the connection: the driver writes the output that there is, and closes.
    pub fn close(&mut self, close: Close) {
        if self.closed.is_none() {
            self.put_go_away(close);
            self.closed = Some(close);
        }
    }

    fn put_go_away(&mut self, close: Close) {
        let head = Head::new(Kind::GoAway, self.last_stream).with_arg(close.code());
        let reason = |out: &mut BytesMut| {
            out.extend_from_slice(close.reason().as_bytes());
            Ok(())
        };
        if self.put(head, &Metadata::default(), reason).is_err() {
            self.put_head(head);
        }
    }

    /// The connection is gone, and with it every live call that somebody awaits. Gives what is kept with these, to be woken.
    pub fn disconnected(&mut self) -> Vec<&mut T> {
        self.closed.get_or_insert(Close::Done);
        self.fail_behind(0, Sent::Maybe);
        let awaited = self.streams.values_mut().filter(|stream| stream.shape != Shape::Oneway);
        awaited.map(|stream| &mut stream.user).collect()
    }

    /// Fails the live calls behind a number.
    pub(super) fn fail_behind(&mut self, last: u32, sent: Sent) {
        let message = if sent == Sent::No { "the server takes no calls" } else { "the connection broke off" };
        let behind = self.streams.iter_mut().filter(|(id, stream)| **id > last && stream.live);
        self.open -= behind
            .map(|(_, stream)| {
                stream.end_with(Incoming::Broken(Failure { fault: Fault::new(Code::Unavailable, message), sent }));
            })
            .count();
    }

    /// Ends a stream on the wire; what has come stays to be taken.
    pub(super) fn end_with(&mut self, stream: StreamId, incoming: Incoming) {
        let Some(stream) = self.streams.get_mut(&stream.0) else { return };
        self.open -= usize::from(stream.live);
        stream.end_with(incoming);
    }

    /// Forgets a stream.
    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Stream<T>> {
        let gone = self.streams.remove(&stream.0)?;
        self.open -= usize::from(gone.live);
        self.oneways -= usize::from(gone.shape == Shape::Oneway);
        self.held_bytes -= gone.held_bytes();
        Some(gone)
    }
}

/// Spreads stream numbers over the table. A peer that chooses them badly slows down a table of `streams_max` entries.
#[derive(Debug, Default)]
pub(super) struct StreamHasher(u64);

impl Hasher for StreamHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
