//! Messages in and out of a body: tonic frames them, [`wire`] reads and writes what is in the frames.
//!
//! A frame is handed on as bytes and decoded by whoever takes it, so that nothing is decoded for a call that is refused, and
//! a message that does not keep the contract is told in our own words.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_core::Stream;
use http::HeaderMap;
use tonic::codec::{BufferSettings, DecodeBuf, Decoder, EncodeBody, EncodeBuf, Encoder, Streaming};
use tonic::{Code as TonicCode, Status};

use super::body::Whole;
use crate::fault::{Code, Fault};
use crate::wire::{self, Value};

/// The bytes before a message: whether it is compressed, and its length.
const HEADER_BYTES: usize = 5;

/// The room that the output of one message begins with.
const ONE_MESSAGE_BYTES: usize = 512;

/// The room that the output of a stream begins with.
const STREAM_BYTES: usize = 8 * 1024;

/// Messages are written together until so many bytes are ready: a write costs more than a message.
const COALESCE_BYTES: usize = 16 * 1024;

/// The body of a response with one message.
pub(super) fn body_of_one<T: Value>(message: T) -> EncodeBody<Messages<T>, One<T>> {
    let source = One { message: Some(message) };
    EncodeBody::new_server(Messages::with_room(ONE_MESSAGE_BYTES), source, None, Default::default(), None)
}

/// The body of a response with a stream; its fault stands in the trailers.
pub(super) fn body_of_stream<T: Value, M>(messages: M) -> EncodeBody<Messages<T>, M>
where
    M: Stream<Item = Result<T, Status>>,
{
    EncodeBody::new_server(Messages::with_room(STREAM_BYTES), messages, None, Default::default(), None)
}

/// The body of a request with a stream; a fault in it breaks the call off.
pub(super) fn body_of_request<T: Value, M>(messages: M) -> EncodeBody<Messages<T>, M>
where
    M: Stream<Item = Result<T, Status>>,
{
    EncodeBody::new_client(Messages::with_room(STREAM_BYTES), messages, None, None)
}

/// A message with its frame.
pub(super) fn framed<T: Value>(message: &T) -> Bytes {
    let mut out = BytesMut::with_capacity(ONE_MESSAGE_BYTES);
    out.put_bytes(0, HEADER_BYTES);
    wire::encode(message, &mut out);
    // The codec writes no message of more than 2 GiB.
    let length = (out.len() - HEADER_BYTES) as u32;
    out[1..HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
    out.freeze()
}

/// Writes messages.
pub(super) struct Messages<T> {
    room: usize,
    written: PhantomData<fn(T)>,
}

impl<T> Messages<T> {
    fn with_room(room: usize) -> Messages<T> {
        Messages { room, written: PhantomData }
    }
}

impl<T: Value> Encoder for Messages<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, message: T, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        wire::encode(&message, out);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(self.room, COALESCE_BYTES)
    }
}

/// A stream of one message, there at once.
pub(super) struct One<T> {
    message: Option<T>,
}

impl<T> Unpin for One<T> {}

impl<T> Stream for One<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.message.take().map(Ok))
    }
}

/// Takes each message out of the input as it is: one piece, not copied.
struct Frames;

impl Decoder for Frames {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        // No room ahead: it is made when it is known how much comes.
        BufferSettings::new(0, COALESCE_BYTES)
    }
}

/// The messages of a body, as bytes.
pub(super) struct Source {
    frames: Streaming<Bytes>,
    bytes_max: usize,
    broken: Code,
}

impl Source {
    /// Reads a body; a message may be so long at most. `broken` is the code of a body that breaks off.
    pub(super) fn new<B>(body: B, bytes_max: usize, broken: Code) -> Source
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // As a request also where it is a response: what is not a message, headers and trailers, we read ourselves. tonic
        // panics at a status that is not base64.
        Source { frames: Streaming::new_request(Frames, Whole::new(body), None, Some(bytes_max)), bytes_max, broken }
    }

    /// The next message; `None` at the end.
    pub(super) fn poll_next(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        let message = std::task::ready!(Pin::new(&mut self.frames).poll_next(cx));
        Poll::Ready(message.map(|message| message.map_err(|status| self.fault(status))))
    }

    /// The next message; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What came behind the last message.
    pub(super) async fn trailers(&mut self) -> Result<Option<HeaderMap>, Fault> {
        let trailers = self.frames.trailers().await.map_err(|status| self.fault(status))?;
        Ok(trailers.map(tonic::metadata::MetadataMap::into_headers))
    }

    /// What tonic cannot read, in our words.
    fn fault(&self, status: Status) -> Fault {
        match status.code() {
            TonicCode::OutOfRange => {
                let message = format!("a message must not be longer than {} bytes", self.bytes_max);
                Fault::new(Code::ResourceExhausted, message).with_retry_never()
            }
            // What breaks while it is read has no status of its own.
            TonicCode::Unknown => Fault::new(self.broken, "the call broke off").with_source(status),
            _ => Fault::new(Code::Internal, "the frames of gRPC are broken").with_source(status),
        }
    }
}
