//! One connection, many calls: the state machine under native RPC and WebSocket.
//!
//! Bytes and `now` go in; bytes, events and a point in time come out. It owns no socket, no clock and no task, so the same
//! code runs over TCP, over any other way of moving frames, and in tests over a pipe that cuts bytes where it likes. In
//! reading order: [`Frame`] is one unit on the wire, an [`Encoding`] writes and reads it ([`Native`] in binary, `JsonFrames` in
//! text, which `transport::ws` tells about), [`Table`] says what number an operation has, [`Mux`] holds streams, credits, times and limits.
//!
//! # Frames in binary
//!
//! Integers are little-endian. A frame is a header of 16 bytes and `length` bytes behind it:
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0–3 | `length` | bytes behind the header |
//! | 4 | `kind` | below |
//! | 5 | `flags` | 1: metadata stands before the body; 2: `arg` is a deadline. Others are refused |
//! | 6–7 | `op` | the operation's number in a request; `4C 57` (`LW`) in a hello; else 0 |
//! | 8–11 | `stream` | the call's number, odd and ever larger; 0 for the connection |
//! | 12–15 | `arg` | by kind |
//!
//! | kind | | `arg` | body | from |
//! |---|---|---|---|---|
//! | 1 | hello | version, 1 | what the sender takes; the server's names its operations | both |
//! | 2 | request | milliseconds left (flag 2) | the input; empty where the input is a stream | client |
//! | 3 | response | | the answer; empty where the answer is a stream, which it opens | server |
//! | 4 | item | | one item of a stream | both |
//! | 5 | end | | | both |
//! | 6 | fault | the code, 1–16 | a message of protobuf: `kind = 1`, `message = 2`, `fields = 3` (bytes: the declared fault), `violations = 4` (of `path = 1`, `message = 2`), `retry_after = 5` (Duration), `retry_never = 6` (bool) | server |
//! | 7 | cancel | | | client |
//! | 8 | credit | items more | | both |
//! | 9, 10 | ping, pong | echoed | | both |
//! | 11 | go away | close code | a reason for the log | both |
//!
//! With flag 1 the body begins with the metadata: `bytes u32`, then so many bytes of entries
//! `name_bytes u8 · name · value_bytes u16 · value`.
//!
//! A hello's body: `message_bytes_max u32 · metadata_bytes_max u32 · streams_max u32 · window u32`; the server's goes on
//! with `contract_hash u64 · count u16`, then for each operation, whose number is its place, `shape u8 · name_bytes u16 · name`
//! (shapes: 0 unary, 1 oneway, 2 server stream, 3 client stream, 4 duplex; a name is `shop.orders.Orders/place`). The hash
//! is FNV-1a (64 bits) over that list. What is behind a hello's known fields is skipped: a later version may say more.
//!
//! # The course of a connection
//!
//! The client says hello at once, the server answers with its own; only then come requests. The operation's shape, which
//! both know from the server's hello, decides what a stream consists of:
//!
//! | shape | client | server |
//! |---|---|---|
//! | unary | request | response |
//! | oneway | request | nothing, not even a fault; the call outlives the connection |
//! | server stream | request | response, items, end |
//! | client stream | request, items, end | response |
//! | duplex | request, items, end | response, items, end |
//!
//! A fault may stand wherever the server's next frame would, and is its last. A cancel ends the stream for both sides at once.
//! What arrives for a stream that has ended crossed its end and is skipped. Items need credit: each side begins with the
//! window of the other's hello, and is given more as items are consumed, so that a stream holds about 256 KiB however
//! large its items are. Answers and requests need none: calls beyond
//! `streams_max` get a fault, and while there are so many that nobody awaits, the server does not read on.
//!
//! "Go away" with 1012 asks for no new calls, and those in flight go on. With any other code it is the last frame, and its
//! `stream` is the last call that was looked at; calls behind it may safely be made elsewhere.
//!
//! | close code | |
//! |---|---|
//! | 1000 | all is done |
//! | 1012 | the server stops |
//! | 4000 | the peer is silent: two keep-alive times without a byte |
//! | 4400 | a frame that makes no sense |
//! | 4406 | a version that is not spoken |
//! | 4408 | no hello in time |
//! | 4409 | items without credit |
//! | 4413 | a frame larger than allowed |

mod close;
mod credit;
mod encoding;
mod fault;
mod frame;
mod hello;
mod json;
mod limits;
mod machine;
mod receive;
mod send;
mod stream;

pub use close::Close;
pub(crate) use encoding::HEADER_BYTES;
pub use encoding::{Encoding, Native};
pub use frame::{Frame, Head, Kind};
pub use hello::{Hello, PeerLimits, Table, TableEntry};
pub use json::JsonFrames;
pub(crate) use json::{LENGTH_BYTES, text_bytes_max};
pub use limits::MuxLimits;
pub use machine::{Mux, Role, Unwritten};
pub use receive::{Event, Request};
pub(crate) use send::too_long;
pub use send::{MaySend, NotOpened, NotSent};
pub use stream::{StreamId, Taken};
