//! Native RPC.

use std::io;
use std::net::SocketAddr;

use super::{Progress, Protocol};
use crate::calls::{Addresses, Call};

const HEAD_BYTES: usize = 16;

const HELLO: u8 = 1;
const REQUEST: u8 = 2;
const RESPONSE: u8 = 3;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What this peer takes: bytes of a message and of metadata, calls, items.
const TAKES: [u32; 4] = [1 << 24, 1 << 16, 200, 16];

/// Calls of one operation with one input.
#[derive(Clone, Debug)]
pub struct Native {
    operation: u16,
    input: Vec<u8>,
    answer: Vec<u8>,
    next_stream: u32,
}

impl Protocol for Native {
    fn calling(call: &Call) -> Native {
        Native { operation: call.number, input: call.input.clone(), answer: call.answer.clone(), next_stream: 1 }
    }

    fn address(of: Addresses) -> SocketAddr {
        of.native
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        self.next_stream = 1;
        let version = 1;
        put_head(4 * TAKES.len(), HELLO, u16::from_le_bytes(*b"LW"), 0, version, out);
        TAKES.iter().for_each(|limit| out.extend(limit.to_le_bytes()));
    }

    fn call(&mut self, out: &mut Vec<u8>) {
        put_head(self.input.len(), REQUEST, self.operation, self.next_stream, 0, out);
        out.extend(&self.input);
        self.next_stream += 2;
    }

    fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<Progress> {
        let mut progress = Progress::default();
        while let Some((head, rest)) = input[progress.bytes..].split_first_chunk::<HEAD_BYTES>() {
            let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let length = number(0) as usize;
            if rest.len() < length {
                break;
            }
            progress.bytes += HEAD_BYTES + length;
            match head[4] {
                HELLO => {}
                RESPONSE if rest[..length] == self.answer => progress.answers += 1,
                PING => put_head(0, PONG, 0, 0, number(12), out),
                kind => return Err(io::Error::other(format!("frame {kind} with {length} bytes"))),
            }
        }
        Ok(progress)
    }
}

fn put_head(length: usize, kind: u8, operation: u16, stream: u32, argument: u32, out: &mut Vec<u8>) {
    out.extend((length as u32).to_le_bytes());
    out.extend([kind, 0]);
    out.extend(operation.to_le_bytes());
    out.extend(stream.to_le_bytes());
    out.extend(argument.to_le_bytes());
}
