//! What comes in: frames become changes of state, and events for the driver.

use bytes::{Bytes, BytesMut};

use super::close::Close;
use super::encoding::Encoding;
use super::frame::{Frame, Head, Kind};
use super::hello::{MAGIC, VERSION};
use super::limits::MuxLimits;
use super::machine::{Mux, Role};
use super::stream::{Incoming, Stream, StreamId, streams_in, streams_out};
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::metadata::Metadata;
use crate::transport::Sent;

/// A hello of a client is far shorter; nothing longer is read before it.
const HELLO_BYTES_MAX: u32 = 1024;

/// Credit beyond this is an attempt to overflow.
const CREDIT_MAX: u32 = i32::MAX as u32;

/// What a driver should see to.
#[derive(Debug)]
pub enum Event<T> {
    /// The peer has said hello, and perhaps what goes with all of its calls.
    Greeted(Option<Metadata>),
    /// A call came in.
    Request(Request),
    /// A message, the end or a failure is there to be taken.
    Readable(StreamId),
    /// There is credit to send items.
    Writable(StreamId),
    /// The caller went away; its stream is gone.
    Cancelled(T),
    /// The peer wants no new calls.
    GoingAway,
    /// The peer has ended the connection, with this close code.
    PeerClosed(u32),
}

/// A call as it came in.
#[derive(Debug)]
pub struct Request {
    /// Its number on the connection.
    pub stream: StreamId,
    /// Its operation's number.
    pub op: u16,
    /// The time that it has.
    pub deadline_ms: Option<u32>,
    /// Its metadata, where it has some.
    pub metadata: Option<Metadata>,
    /// Its input, where that is one message.
    pub input: Bytes,
}

type Accepted<T> = Result<Option<Event<T>>, Close>;

impl<T: Default, E: Encoding> Mux<T, E> {
    /// Takes frames off the input until there is something for the driver; `None` when more input is wanted.
    ///
    /// # Errors
    /// When the peer breaks the protocol, and from then on: the connection has to be closed, behind the output that there is.
    pub fn receive(&mut self, input: &mut BytesMut) -> Accepted<T> {
        loop {
            if let Some(close) = self.closed {
                return Err(close);
            }
            let taken = match self.peer {
                None if self.role == Role::Server => {
                    E::take(input, &MuxLimits { message_bytes_max: HELLO_BYTES_MAX, ..self.limits }, &self.table)
                }
                _ => E::take(input, &self.limits, &self.table),
            };
            let accepted = taken.and_then(|frame| frame.map(|frame| self.accept(frame)).transpose());
            match accepted {
                Ok(None) => return Ok(None),
                Ok(Some(None)) => {}
                Ok(Some(Some(event))) => return Ok(Some(event)),
                Err(close) => {
                    self.close(close);
                    return Err(close);
                }
            }
        }
    }

    fn accept(&mut self, frame: Frame) -> Accepted<T> {
        let head = frame.head;
        match (head.kind, self.role) {
            (Kind::Hello, _) if self.peer.is_none() => self.accept_hello(frame),
            (Kind::GoAway, _) => Ok(Some(self.accept_go_away(head))),
            _ if self.peer.is_none() => Err(Close::Malformed),
            (Kind::Request, Role::Server) => self.accept_request(frame),
            (Kind::Response, Role::Client) => self.accept_response(head, frame.body),
            (Kind::Item, _) => self.accept_item(head, frame.body),
            (Kind::End, _) => self.accept_end(head),
            (Kind::Fault, Role::Client) => self.accept_fault(head, &frame.body),
            (Kind::Cancel, Role::Server) => self.accept_cancel(head),
            (Kind::Credit, _) => self.accept_credit(head),
            (Kind::Ping, _) => {
                // A server reads no more while there is no room. A client does, and must not pile up pongs.
                if self.has_room() {
                    self.put_head(Head::new(Kind::Pong, 0).with_arg(head.arg));
                }
                Ok(None)
            }
            (Kind::Pong, _) => Ok(None),
            (Kind::Hello | Kind::Request | Kind::Response | Kind::Fault | Kind::Cancel, _) => Err(Close::Malformed),
        }
    }

    fn accept_hello(&mut self, frame: Frame) -> Accepted<T> {
        let Frame { head, metadata, body } = frame;
        if head.op != MAGIC {
            return Err(Close::Malformed);
        }
        if head.arg != VERSION {
            return Err(Close::Version);
        }
        let hello = E::take_hello(body, self.role == Role::Client)?;
        self.peer = Some(hello.limits);
        match self.role {
            Role::Server => self.put_hello(),
            Role::Client => self.table = hello.table.unwrap_or_default(),
        }
        Ok(Some(Event::Greeted(metadata)))
    }

    fn accept_go_away(&mut self, head: Head) -> Event<T> {
        self.peer_going = true;
        if head.arg == Close::Restart.code() {
            // The server still takes what crosses this frame.
            return Event::GoingAway;
        }
        if self.role == Role::Client {
            self.fail_behind(head.stream, Sent::No);
        }
        Event::PeerClosed(head.arg)
    }

    fn accept_request(&mut self, frame: Frame) -> Accepted<T> {
        let head = frame.head;
        if head.stream.is_multiple_of(2) || head.stream <= self.last_stream {
            return Err(Close::Malformed);
        }
        self.last_stream = head.stream;
        let stream = StreamId(head.stream);
        let Some(shape) = self.table.get(head.op).map(|entry| entry.shape) else {
            self.put_fault(stream, &Fault::new(Code::Unimplemented, "no operation has that number or name"));
            return Ok(None);
        };
        if streams_in(shape) && !frame.body.is_empty() {
            return Err(Close::Malformed);
        }
        let awaited = shape != Shape::Oneway;
        if awaited && self.open - self.oneways >= self.limits.streams_max as usize {
            self.put_fault(stream, &Fault::new(Code::ResourceExhausted, "too many calls at once on this connection"));
            return Ok(None);
        }
        let credit = self.peer.map_or(0, |peer| peer.window);
        let mut opened = Stream::new(shape, streams_in(shape), streams_out(shape), self.limits.window, credit);
        opened.input_bytes = frame.body.len();
        self.held_bytes += opened.input_bytes;
        self.streams.insert(head.stream, opened);
        self.open += 1;
        self.oneways += usize::from(!awaited);
        Ok(Some(Event::Request(Request {
            stream,
            op: head.op,
            deadline_ms: head.has_deadline.then_some(head.arg),
            metadata: frame.metadata,
            input: frame.body,
        })))
    }

    fn accept_response(&mut self, head: Head, body: Bytes) -> Accepted<T> {
        let Some(stream) = self.live(head)? else { return Ok(None) };
        if std::mem::replace(&mut stream.answered, true) {
            return Err(Close::Malformed);
        }
        stream.reply = Some(body);
        if !streams_out(stream.shape) {
            self.end_with(StreamId(head.stream), Incoming::Ended);
        }
        Ok(Some(Event::Readable(StreamId(head.stream))))
    }

    fn accept_item(&mut self, head: Head, body: Bytes) -> Accepted<T> {
        let role = self.role;
        let Some(stream) = self.live(head)? else { return Ok(None) };
        let early = role == Role::Client && !stream.answered;
        if early || !matches!(stream.incoming, Incoming::Open) {
            return Err(Close::Malformed);
        }
        if !stream.window.arrived(body.len()) {
            return Err(Close::Flow);
        }
        let bytes = body.len();
        stream.inbox.push_back(body);
        self.held_bytes += bytes;
        Ok(Some(Event::Readable(StreamId(head.stream))))
    }

    fn accept_end(&mut self, head: Head) -> Accepted<T> {
        let role = self.role;
        let Some(stream) = self.live(head)? else { return Ok(None) };
        let early = role == Role::Client && !stream.answered;
        if early || !matches!(stream.incoming, Incoming::Open) {
            return Err(Close::Malformed);
        }
        match role {
            Role::Server => stream.incoming = Incoming::Ended,
            Role::Client => self.end_with(StreamId(head.stream), Incoming::Ended),
        }
        Ok(Some(Event::Readable(StreamId(head.stream))))
    }

    fn accept_fault(&mut self, head: Head, body: &Bytes) -> Accepted<T> {
        if self.live(head)?.is_none() {
            return Ok(None);
        }
        self.end_with(StreamId(head.stream), Incoming::Fault(E::take_fault(head.arg, body)));
        Ok(Some(Event::Readable(StreamId(head.stream))))
    }

    fn accept_cancel(&mut self, head: Head) -> Accepted<T> {
        if self.live(head)?.is_none() {
            return Ok(None);
        }
        Ok(self.remove(StreamId(head.stream)).map(|gone| Event::Cancelled(gone.user)))
    }

    fn accept_credit(&mut self, head: Head) -> Accepted<T> {
        let Some(stream) = self.live(head)? else { return Ok(None) };
        stream.credit = stream.credit.checked_add(head.arg).filter(|sum| *sum <= CREDIT_MAX).ok_or(Close::Flow)?;
        Ok(Some(Event::Writable(StreamId(head.stream))))
    }

    /// The stream of a frame, if it is live. One that has ended is none: the frame crossed its end.
    fn live(&mut self, head: Head) -> Result<Option<&mut Stream<T>>, Close> {
        if head.stream == 0 || head.stream > self.last_stream {
            return Err(Close::Malformed);
        }
        Ok(self.streams.get_mut(&head.stream).filter(|stream| stream.live))
    }
}
