//! One stream: what has come, what may be sent, and how it ended.

use std::collections::VecDeque;

use bytes::Bytes;

use super::credit::Window;
use crate::facts::Shape;
use crate::fault::Fault;
use crate::transport::Failure;

/// The number of a call on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub(super) u32);

impl StreamId {
    /// As it stands in frames.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// What there is to take from a stream.
#[derive(Clone, Debug)]
pub enum Taken {
    /// A message.
    Message(Bytes),
    /// Nothing yet.
    Wait,
    /// Nothing any more.
    End,
    /// The server answered with a fault.
    Fault(Fault),
    /// The connection failed.
    Broken(Failure),
    /// The stream is gone: cancelled, or done with.
    Gone,
}

/// What follows the messages that have come.
#[derive(Debug)]
pub(super) enum Incoming {
    Open,
    Ended,
    Fault(Fault),
    Broken(Failure),
}

/// One call as this side sees it.
#[derive(Debug)]
pub(super) struct Stream<T> {
    /// What the driver keeps with it.
    pub(super) user: T,
    pub(super) shape: Shape,
    /// Whether frames may still come or go.
    pub(super) live: bool,
    /// At the client the answer, or the empty mark that the stream back is open.
    pub(super) reply: Option<Bytes>,
    /// At the client, whether a response came; at the server, whether one was sent.
    pub(super) answered: bool,
    pub(super) inbox: VecDeque<Bytes>,
    pub(super) incoming: Incoming,
    pub(super) window: Window,
    /// Whether this side may still send items.
    pub(super) sending: bool,
    /// Items that this side may send.
    pub(super) credit: u32,
    /// Bytes of the input, counted as long as the call runs.
    pub(super) input_bytes: usize,
}

impl<T: Default> Stream<T> {
    pub(super) fn new(shape: Shape, receives: bool, sends: bool, window: u32, credit: u32) -> Stream<T> {
        Stream {
            user: T::default(),
            shape,
            live: true,
            reply: None,
            answered: false,
            inbox: VecDeque::new(),
            incoming: if receives { Incoming::Open } else { Incoming::Ended },
            window: Window::new(window),
            sending: sends,
            credit,
            input_bytes: 0,
        }
    }

    /// Ends it on the wire; what has come stays to be taken.
    pub(super) fn end_with(&mut self, incoming: Incoming) {
        self.live = false;
        self.sending = false;
        self.incoming = incoming;
    }

    /// Bytes that it keeps in memory.
    pub(super) fn held_bytes(&self) -> usize {
        self.input_bytes + self.inbox.iter().map(Bytes::len).sum::<usize>()
    }
}

/// Whether the client sends items.
pub(super) fn streams_in(shape: Shape) -> bool {
    matches!(shape, Shape::ClientStream | Shape::Duplex)
}

/// Whether the server sends items.
pub(super) fn streams_out(shape: Shape) -> bool {
    matches!(shape, Shape::ServerStream | Shape::Duplex)
}
