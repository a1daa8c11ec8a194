//! gRPC over HTTP/2.
//!
//! Header fields stand in HPACK's dynamic table after the first call, as with every client that lives longer than a call.

use std::io;
use std::net::SocketAddr;

use super::{Progress, Protocol};
use crate::calls::{Addresses, Call};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEAD_BYTES: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// What the server may send before it is given more; wide, so that it is seldom given.
const WINDOW_BYTES: u32 = 1 << 20;

/// The headers from the second call on: method and scheme of the static table, the others of the dynamic one, where what
/// came last has number 62.
const KNOWN_HEADERS: [u8; 7] = [0x83, 0x86, 0xc2, 0xc1, 0xc0, 0xbf, 0xbe];

/// Calls of one operation with one input.
#[derive(Clone, Debug)]
pub struct Http2 {
    first_headers: Vec<u8>,
    /// The input in its frame of gRPC.
    message: Vec<u8>,
    /// The answer in its frame.
    answer: Vec<u8>,
    next_stream: u32,
    /// Bytes of messages that came and have not been given back to the server's window.
    unreturned: u32,
}

impl Protocol for Http2 {
    fn calling(call: &Call) -> Http2 {
        let mut first_headers = vec![0x83, 0x86];
        // Each is added to the dynamic table; a name that the static table has is its number.
        for (name, value) in [(0x44, call.path), (0x41, "127.0.0.1:8080"), (0x5f, "application/grpc")] {
            first_headers.push(name);
            put_text(value, &mut first_headers);
        }
        first_headers.push(0x40);
        put_text("te", &mut first_headers);
        put_text("trailers", &mut first_headers);
        first_headers.push(0x7a);
        put_text("bench/1.0", &mut first_headers);
        let (message, answer) = (framed(&call.input), framed(&call.answer));
        Http2 { first_headers, message, answer, next_stream: 1, unreturned: 0 }
    }

    fn address(of: Addresses) -> SocketAddr {
        of.grpc
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        (self.next_stream, self.unreturned) = (1, 0);
        out.extend(PREFACE);
        put_head(6, SETTINGS, 0, 0, out);
        // INITIAL_WINDOW_SIZE
        out.extend([0, 4]);
        out.extend(WINDOW_BYTES.to_be_bytes());
        put_window(WINDOW_BYTES, out);
    }

    fn call(&mut self, out: &mut Vec<u8>) {
        let headers = if self.next_stream == 1 { &self.first_headers[..] } else { &KNOWN_HEADERS };
        put_head(headers.len(), HEADERS, END_HEADERS, self.next_stream, out);
        out.extend(headers);
        put_head(self.message.len(), DATA, END_STREAM, self.next_stream, out);
        out.extend(&self.message);
        self.next_stream += 2;
    }

    fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<Progress> {
        let mut progress = Progress::default();
        while let Some(frame) = Frame::of(&input[progress.bytes..]) {
            progress.bytes += FRAME_HEAD_BYTES + frame.body.len();
            match frame.kind {
                // The message may come with an empty frame behind it.
                DATA if frame.body.is_empty() || *frame.body == self.answer => {
                    self.unreturned += frame.body.len() as u32;
                }
                HEADERS if frame.flags & END_STREAM != 0 => progress.answers += 1,
                SETTINGS if frame.flags & ACK == 0 => put_head(0, SETTINGS, ACK, 0, out),
                PING if frame.flags & ACK == 0 => {
                    put_head(frame.body.len(), PING, ACK, 0, out);
                    out.extend(frame.body);
                }
                DATA | RST_STREAM | GO_AWAY => return Err(frame.refused()),
                _ => {}
            }
        }
        if self.unreturned > WINDOW_BYTES / 2 {
            put_window(self.unreturned, out);
            self.unreturned = 0;
        }
        Ok(progress)
    }
}

struct Frame<'b> {
    kind: u8,
    flags: u8,
    body: &'b [u8],
}

impl Frame<'_> {
    /// The frame that the bytes begin with, if it is whole.
    fn of(bytes: &[u8]) -> Option<Frame<'_>> {
        let (head, rest) = bytes.split_first_chunk::<FRAME_HEAD_BYTES>()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        Some(Frame { kind: head[3], flags: head[4], body: rest.get(..length)? })
    }

    fn refused(&self) -> io::Error {
        io::Error::other(format!("frame {} with {} bytes", self.kind, self.body.len()))
    }
}

/// A message as gRPC frames it: not compressed, so long.
fn framed(message: &[u8]) -> Vec<u8> {
    [&[0], &(message.len() as u32).to_be_bytes()[..], message].concat()
}

fn put_head(length: usize, kind: u8, flags: u8, stream: u32, out: &mut Vec<u8>) {
    out.extend(&(length as u32).to_be_bytes()[1..]);
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
}

fn put_window(bytes: u32, out: &mut Vec<u8>) {
    put_head(4, WINDOW_UPDATE, 0, 0, out);
    out.extend(bytes.to_be_bytes());
}

/// A text of HPACK, without Huffman's code.
fn put_text(text: &str, out: &mut Vec<u8>) {
    out.push(u8::try_from(text.len()).ok().filter(|&length| length < 127).expect("the texts here are short"));
    out.extend(text.as_bytes());
}
