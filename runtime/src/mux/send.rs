//! What goes out for one call: opening it, answering it, its items, its end.

use bytes::BytesMut;

use super::encoding::{Encoding, can_be_said, metadata_bytes};
use super::frame::{Head, Kind};
use super::machine::{Mux, NotPut, Unwritten};
use super::stream::{Incoming, Stream, StreamId, Taken, streams_in, streams_out};
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::metadata::Metadata;

/// Why a call was not opened. Nothing of it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// This connection takes no new calls, or the server has no such operation.
    Elsewhere,
    /// The server has not said hello, too many calls are open, or too much waits to be written: later perhaps.
    Later,
    /// The server does not take an input of so many bytes.
    TooLong(usize),
    /// The input has no form on this wire.
    Unwritten,
    /// The server does not take so much metadata.
    MetadataTooLong,
}

/// Why an answer or item was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The stream has ended.
    Gone,
    /// There is no credit for it.
    NoCredit,
    /// The peer does not take a message of so many bytes.
    TooLong(usize),
    /// The message has no form on this wire.
    Unwritten,
}

impl From<NotPut> for NotOpened {
    fn from(not_put: NotPut) -> NotOpened {
        match not_put {
            NotPut::TooLong(bytes) => NotOpened::TooLong(bytes),
            NotPut::Unwritten => NotOpened::Unwritten,
        }
    }
}

impl From<NotPut> for NotSent {
    fn from(not_put: NotPut) -> NotSent {
        match not_put {
            NotPut::TooLong(bytes) => NotSent::TooLong(bytes),
            NotPut::Unwritten => NotSent::Unwritten,
        }
    }
}

/// Whether an item may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaySend {
    /// It may.
    Yes,
    /// There is no credit or no room: later perhaps.
    Wait,
    /// The stream has ended.
    Gone,
}

impl<T: Default, E: Encoding> Mux<T, E> {
    // The client

    /// Opens a call of an operation by its number. One whose answer is not awaited has no stream afterwards.
    ///
    /// # Errors
    /// When it cannot be opened here or now; nothing of it was sent.
    pub fn open(
        &mut self,
        op: u16,
        deadline_ms: Option<u32>,
        metadata: &Metadata,
        input: impl FnOnce(&mut BytesMut) -> Result<(), Unwritten>,
    ) -> Result<StreamId, NotOpened> {
        if !self.takes_calls() {
            return Err(NotOpened::Elsewhere);
        }
        let Some(peer) = self.peer else { return Err(NotOpened::Later) };
        let Some(shape) = self.table.get(op).map(|entry| entry.shape) else { return Err(NotOpened::Elsewhere) };
        if self.open >= peer.streams_max as usize || !self.has_room() {
            return Err(NotOpened::Later);
        }
        if !metadata.headers().is_empty()
            && (metadata_bytes(metadata) > peer.metadata_bytes_max as usize || !can_be_said(metadata))
        {
            return Err(NotOpened::MetadataTooLong);
        }
        let stream = if self.last_stream == 0 { 1 } else { self.last_stream + 2 };
        let (arg, has_deadline) = (deadline_ms.unwrap_or_default(), deadline_ms.is_some());
        let head = Head { kind: Kind::Request, op, stream, arg, has_deadline };
        self.put(head, metadata, input)?;
        self.last_stream = stream;
        if shape != Shape::Oneway {
            let (receives, sends) = (streams_out(shape), streams_in(shape));
            self.streams.insert(stream, Stream::new(shape, receives, sends, self.limits.window, peer.window));
            self.open += 1;
        }
        Ok(StreamId(stream))
    }

    /// Takes the answer, or the empty mark that the stream back is open.
    pub fn take_reply(&mut self, stream: StreamId) -> Taken {
        let Some(stream) = self.streams.get_mut(&stream.0) else { return Taken::Gone };
        match (stream.reply.take(), &stream.incoming) {
            (Some(reply), _) => Taken::Message(reply),
            (None, Incoming::Fault(fault)) => Taken::Fault(fault.clone()),
            (None, Incoming::Broken(failure)) => Taken::Broken(failure.clone()),
            (None, _) if stream.live => Taken::Wait,
            (None, _) => Taken::End,
        }
    }

    /// Is done with a call; one that has not ended is cancelled. Gives what was kept with it.
    pub fn release(&mut self, stream: StreamId) -> Option<T> {
        let gone = self.remove(stream)?;
        if gone.live {
            self.put_head(Head::new(Kind::Cancel, stream.0));
        }
        Some(gone.user)
    }

    /// Cancels a call whose input failed at this side; its caller is told this fault.
    pub fn abandon(&mut self, stream: StreamId, fault: Fault) {
        if self.streams.get(&stream.0).is_some_and(|open| open.live) {
            self.put_head(Head::new(Kind::Cancel, stream.0));
            self.end_with(stream, Incoming::Fault(fault));
        }
    }

    // The server

    /// Answers a call, which is its end; without a message where the answer is not awaited.
    ///
    /// # Errors
    /// When the stream has ended, the answer cannot be written, or the client does not take so long a one; the stream is
    /// still open then.
    pub fn respond(
        &mut self,
        stream: StreamId,
        answer: impl FnOnce(&mut BytesMut) -> Result<(), Unwritten>,
    ) -> Result<(), NotSent> {
        let Some(shape) = self.streams.get(&stream.0).map(|stream| stream.shape) else { return Err(NotSent::Gone) };
        if shape != Shape::Oneway {
            let head = Head::new(Kind::Response, stream.0);
            self.put(head, &Metadata::default(), answer)?;
        }
        self.remove(stream);
        Ok(())
    }

    /// Opens the stream back.
    ///
    /// # Errors
    /// When the stream has ended.
    pub fn respond_with_stream(&mut self, stream: StreamId) -> Result<(), NotSent> {
        let Some(open) = self.streams.get_mut(&stream.0) else { return Err(NotSent::Gone) };
        open.answered = true;
        self.put_head(Head::new(Kind::Response, stream.0));
        Ok(())
    }

    /// Fails a call, which is its end.
    pub fn fail(&mut self, stream: StreamId, fault: &Fault) {
        if self.remove(stream).is_some_and(|gone| gone.shape != Shape::Oneway) {
            self.put_fault(stream, fault);
        }
    }

    pub(super) fn put_fault(&mut self, stream: StreamId, fault: &Fault) {
        let head = Head::new(Kind::Fault, stream.0).with_arg(fault.code() as u32);
        let bytes_max = self.peer.map_or(0, |peer| peer.message_bytes_max as usize);
        let body = E::fault(fault, bytes_max);
        // The body was made to fit.
        let _ = self.put(head, &Metadata::default(), |out| {
            out.extend_from_slice(&body);
            Ok(())
        });
    }

    // Both

    /// Whether the next item may be sent.
    pub fn may_send(&self, stream: StreamId) -> MaySend {
        match self.streams.get(&stream.0) {
            Some(stream) if stream.live && stream.sending => {
                if stream.credit > 0 && self.has_room() {
                    MaySend::Yes
                } else {
                    MaySend::Wait
                }
            }
            _ => MaySend::Gone,
        }
    }

    /// Sends an item.
    ///
    /// # Errors
    /// When the stream has ended, there is no credit, the item cannot be written, or the peer does not take so long a one.
    pub fn item(
        &mut self,
        stream: StreamId,
        item: impl FnOnce(&mut BytesMut) -> Result<(), Unwritten>,
    ) -> Result<(), NotSent> {
        let Some(open) = self.streams.get(&stream.0).filter(|open| open.live && open.sending) else {
            return Err(NotSent::Gone);
        };
        if open.credit == 0 {
            return Err(NotSent::NoCredit);
        }
        self.put(Head::new(Kind::Item, stream.0), &Metadata::default(), item)?;
        if let Some(open) = self.streams.get_mut(&stream.0) {
            open.credit -= 1;
        }
        Ok(())
    }

    /// Sends no more items. A server's end is the end of the call.
    pub fn end(&mut self, stream: StreamId) {
        let Some(open) = self.streams.get_mut(&stream.0).filter(|open| open.live && open.sending) else { return };
        open.sending = false;
        self.put_head(Head::new(Kind::End, stream.0));
        if self.role == super::Role::Server {
            self.remove(stream);
        }
    }

    /// Takes the next item that came, and gives credit for further ones.
    pub fn take_item(&mut self, stream: StreamId) -> Taken {
        let Some(open) = self.streams.get_mut(&stream.0) else { return Taken::Gone };
        let Some(item) = open.inbox.pop_front() else {
            return match &open.incoming {
                Incoming::Open => Taken::Wait,
                Incoming::Ended => Taken::End,
                Incoming::Fault(fault) => Taken::Fault(fault.clone()),
                Incoming::Broken(failure) => Taken::Broken(failure.clone()),
            };
        };
        self.held_bytes -= item.len();
        if matches!(open.incoming, Incoming::Open) {
            let more = open.window.consumed(open.inbox.len());
            if more > 0 {
                self.put_head(Head::new(Kind::Credit, stream.0).with_arg(more));
            }
        }
        Taken::Message(item)
    }
}

/// The fault of a message that the peer does not take.
pub(crate) fn too_long(what: &str, bytes: usize) -> Fault {
    let message = format!("the {what} of {bytes} bytes is longer than the peer takes");
    Fault::new(Code::ResourceExhausted, message).with_retry_never()
}
