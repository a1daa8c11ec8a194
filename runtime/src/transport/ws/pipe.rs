//! A WebSocket as a pipe: each message is one frame, taken off the output and put to the input as a stream would have it.

use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_core::Stream as _;
use futures_util::Sink as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use tokio_util::io::poll_read_buf;

use super::counted::Counted;
use crate::mux::{Close, Encoding, HEADER_BYTES, JsonFrames, LENGTH_BYTES, MuxLimits, Native, text_bytes_max};
use crate::transport::framed::{Broken, Link, Pipe, Written, refill};

/// What a connection reads into, idle or not.
const READ_BYTES: usize = 4 * 1024;

/// What is collected before it is written.
const WRITE_BYTES: usize = 16 * 1024;

/// Pings at once whose answers the peer does not take.
const PINGS_MAX: usize = 64;

/// An encoding whose frames travel as messages of WebSocket.
pub trait Messages: Encoding {
    /// The subprotocol.
    const PROTOCOL: &'static str;

    /// Whether messages are text.
    const IS_TEXT: bool;

    /// How long a message may be under these limits.
    fn bytes_max(limits: &MuxLimits) -> usize;

    /// Takes the first frame off the output, as a message.
    fn split(out: &mut BytesMut) -> Bytes;

    /// Appends a message to the input, as a frame.
    ///
    /// # Errors
    /// When it is not exactly one frame.
    fn join(message: &[u8], input: &mut BytesMut) -> Result<(), Close>;
}

impl Messages for Native {
    const PROTOCOL: &'static str = "loom.v1.bin";
    const IS_TEXT: bool = false;

    fn bytes_max(limits: &MuxLimits) -> usize {
        let metadata_bytes_max = limits.metadata_bytes_max as usize + 4;
        HEADER_BYTES + limits.message_bytes_max as usize + metadata_bytes_max
    }

    fn split(out: &mut BytesMut) -> Bytes {
        let whole = out.first_chunk().map_or(0, |length| HEADER_BYTES + u32::from_le_bytes(*length) as usize);
        out.split_to(whole.min(out.len())).freeze()
    }

    fn join(message: &[u8], input: &mut BytesMut) -> Result<(), Close> {
        let whole = message.first_chunk().map(|length| HEADER_BYTES + u32::from_le_bytes(*length) as usize);
        if whole != Some(message.len()) {
            return Err(Close::Malformed);
        }
        input.extend_from_slice(message);
        Ok(())
    }
}

impl Messages for JsonFrames {
    const PROTOCOL: &'static str = "loom.v1.json";
    const IS_TEXT: bool = true;

    fn bytes_max(limits: &MuxLimits) -> usize {
        text_bytes_max(limits) as usize
    }

    fn split(out: &mut BytesMut) -> Bytes {
        let whole = out.first_chunk().map_or(0, |length| LENGTH_BYTES + u32::from_le_bytes(*length) as usize);
        let mut frame = out.split_to(whole.min(out.len())).freeze();
        frame.advance(LENGTH_BYTES.min(frame.len()));
        frame
    }

    fn join(message: &[u8], input: &mut BytesMut) -> Result<(), Close> {
        input.put_u32_le(u32::try_from(message.len()).map_err(|_| Close::TooBig)?);
        input.extend_from_slice(message);
        Ok(())
    }
}

/// How WebSockets are set up: small buffers, and no message longer than the limits allow.
pub(super) fn config<E: Messages>(limits: &MuxLimits) -> WebSocketConfig {
    let bytes_max = Some(E::bytes_max(limits));
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(bytes_max)
        .max_frame_size(bytes_max)
}

/// A WebSocket with its buffers.
pub(crate) struct MessagePipe<S, E> {
    socket: WebSocketStream<Counted<S>>,
    input: BytesMut,
    writing: BytesMut,
    /// Bytes of messages that were handed over and may not have left.
    unflushed: usize,
    /// Pings that were answered since all had left.
    pings: usize,
    encoding: PhantomData<fn() -> E>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin, E: Messages> MessagePipe<S, E> {
    /// The server's side of a socket that has been upgraded.
    pub(super) async fn server(socket: S, limits: &MuxLimits) -> MessagePipe<S, E> {
        let socket = Counted::new(socket);
        MessagePipe::over(WebSocketStream::from_raw_socket(socket, Role::Server, Some(config::<E>(limits))).await)
    }

    pub(super) fn over(socket: WebSocketStream<Counted<S>>) -> MessagePipe<S, E> {
        let (input, writing) = (BytesMut::new(), BytesMut::new());
        MessagePipe { socket, input, writing, unflushed: 0, pings: 0, encoding: PhantomData }
    }

    /// Hands over the messages of all frames there are.
    fn poll_feed(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Error>> {
        while !self.writing.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(cx))?;
            let message = E::split(&mut self.writing);
            self.unflushed += message.len();
            let kind = OpCode::Data(if E::IS_TEXT { Data::Text } else { Data::Binary });
            Pin::new(&mut self.socket).start_send(Message::Frame(Frame::message(message, kind, true)))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Takes a message to the input.
    fn arrived(&mut self, is_text: bool, message: &[u8]) -> Result<bool, Broken> {
        if is_text != E::IS_TEXT {
            return Err(Broken::Protocol(Close::Malformed));
        }
        E::join(message, &mut self.input).map_err(Broken::Protocol)?;
        Ok(true)
    }
}

impl<S, E> Pipe<E> for MessagePipe<S, E>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
    E: Messages,
{
    fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    fn poll_read(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<bool, Broken>> {
        loop {
            let message = match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                None => return Poll::Ready(Ok(false)),
                Some(message) => message.map_err(broken)?,
            };
            return Poll::Ready(match message {
                Message::Text(text) => self.arrived(true, text.as_bytes()),
                Message::Binary(bytes) => self.arrived(false, &bytes),
                Message::Ping(_) if self.pings == PINGS_MAX => Err(Broken::Protocol(Close::Malformed)),
                // The answer goes out with what is written next.
                Message::Ping(_) => {
                    self.pings += 1;
                    Ok(true)
                }
                Message::Pong(_) => Ok(true),
                // The answer to it goes out with the next read, which is the last.
                Message::Close(_) | Message::Frame(_) => continue,
            });
        }
    }

    fn write(&mut self, cx: &mut TaskContext<'_>, link: &Link<E>) -> io::Result<Written> {
        loop {
            if self.writing.is_empty() {
                refill(&mut self.writing, link);
            }
            if self.writing.is_empty() && self.unflushed == 0 && self.pings == 0 {
                return Ok(self.socket.get_mut().written(false));
            }
            let fed = self.poll_feed(cx);
            let written = match fed {
                Poll::Ready(Ok(())) => Pin::new(&mut self.socket).poll_flush(cx),
                unfed => unfed,
            };
            match written {
                Poll::Ready(Ok(())) => {
                    self.unflushed = 0;
                    self.pings = 0;
                }
                Poll::Ready(Err(error)) => return Err(io_error(error)),
                Poll::Pending => {
                    link.lock().mux.set_unsent(self.writing.len() + self.unflushed);
                    return Ok(self.socket.get_mut().written(true));
                }
            }
        }
    }

    async fn finish(mut self, link: &Link<E>) -> io::Result<()> {
        std::future::poll_fn(|cx| match self.write(cx, link) {
            Ok(Written { blocked: true, .. }) => Poll::Pending,
            Ok(Written { blocked: false, .. }) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        })
        .await?;
        let closed = link.lock().mux.closed().map(close_frame);
        // A peer that has closed by itself needs no word of ours.
        drop(self.socket.close(closed).await);
        let socket = self.socket.get_mut();
        std::future::poll_fn(|cx| Pin::new(&mut *socket).poll_shutdown(cx)).await?;
        loop {
            self.input.clear();
            self.input.reserve(READ_BYTES);
            if std::future::poll_fn(|cx| poll_read_buf(Pin::new(&mut *socket), cx, &mut self.input)).await? == 0 {
                return Ok(());
            }
        }
    }
}

fn close_frame(close: Close) -> CloseFrame {
    let code = u16::try_from(close.code()).unwrap_or(1000);
    CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(close.reason()) }
}

/// What an error of reading says of the peer.
fn broken(error: Error) -> Broken {
    match error {
        Error::Capacity(_) => Broken::Protocol(Close::TooBig),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Broken::Io(io::ErrorKind::UnexpectedEof.into()),
        Error::Protocol(_) | Error::Utf8(_) => Broken::Protocol(Close::Malformed),
        error => Broken::Io(io_error(error)),
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
