//! One unit on the wire, however it is written there.

use bytes::Bytes;

use crate::metadata::Metadata;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first frame of each side.
    Hello = 1,
    /// Opens a stream.
    Request = 2,
    /// The answer, or the opening of a stream back.
    Response = 3,
    /// One item of a stream.
    Item = 4,
    /// No more items from this side.
    End = 5,
    /// The call failed.
    Fault = 6,
    /// The caller wants no answer any more.
    Cancel = 7,
    /// Leave to send items.
    Credit = 8,
    /// Asks for a pong.
    Ping = 9,
    /// Answers a ping.
    Pong = 10,
    /// No new calls, or the end of the connection.
    GoAway = 11,
}

impl Kind {
    /// The kind of that number.
    pub fn numbered(number: u8) -> Option<Kind> {
        use Kind::*;
        let all = [Hello, Request, Response, Item, End, Fault, Cancel, Credit, Ping, Pong, GoAway];
        all.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Whether frames of this kind may have a body.
    pub(super) fn has_body(self) -> bool {
        !matches!(self, Kind::End | Kind::Cancel | Kind::Credit | Kind::Ping | Kind::Pong)
    }
}

/// A frame without metadata and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is for.
    pub kind: Kind,
    /// The operation's number, in a request.
    pub op: u16,
    /// The call's number; 0 for the connection.
    pub stream: u32,
    /// By kind; in a request the milliseconds left, if `has_deadline`.
    pub arg: u32,
    /// Whether a request has a deadline.
    pub has_deadline: bool,
}

impl Head {
    /// A head of which only kind and stream matter.
    pub fn new(kind: Kind, stream: u32) -> Head {
        Head { kind, op: 0, stream, arg: 0, has_deadline: false }
    }

    /// The same with an argument.
    #[must_use]
    pub fn with_arg(self, arg: u32) -> Head {
        Head { arg, ..self }
    }
}

/// A frame as it came.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its head.
    pub head: Head,
    /// Metadata of a request.
    pub metadata: Option<Metadata>,
    /// The message, or what else the kind carries.
    pub body: Bytes,
}
