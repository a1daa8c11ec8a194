//! How frames are written and read. The state machine is generic over it; [`Native`] is the binary form.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::close::Close;
use super::fault;
use super::frame::{Frame, Head, Kind};
use super::hello::{Hello, Table};
use super::limits::MuxLimits;
use crate::fault::Fault;
use crate::metadata::Metadata;

/// Entries of one call's metadata at most.
pub(super) const METADATA_ENTRIES_MAX: usize = 100;

/// Writes and reads frames, one behind the other in a buffer of bytes. It keeps no state: what a frame says is the same
/// wherever it stands.
pub trait Encoding: std::fmt::Debug + Send + Sync + 'static {
    /// Appends a frame; `body` writes the message straight into the output. `table` is the server's, for a form that
    /// names operations.
    fn put(head: Head, metadata: &Metadata, table: &Table, out: &mut BytesMut, body: impl FnOnce(&mut BytesMut));

    /// Takes the next frame off the input, if it is there whole. An operation that `table` has not gets a number that it
    /// has not.
    ///
    /// # Errors
    /// When what is there is no frame, or a larger one than allowed; told as early as it can be known.
    fn take(input: &mut BytesMut, limits: &MuxLimits, table: &Table) -> Result<Option<Frame>, Close>;

    /// Writes the body of a hello.
    fn put_hello(hello: &Hello, out: &mut BytesMut);

    /// Reads the body of a hello, with its table where a server said it.
    ///
    /// # Errors
    /// When it is none.
    fn take_hello(body: Bytes, from_server: bool) -> Result<Hello, Close>;

    /// The body of a fault's frame, no longer than allowed: fields and violations are left out where they are too long,
    /// then all of it, since the code says the most.
    fn fault(fault: &Fault, bytes_max: usize) -> Vec<u8>;

    /// The fault that a frame tells; what cannot be read of it is left out.
    fn take_fault(code: u32, body: &Bytes) -> Fault;
}

/// The binary form: a header of 16 bytes, metadata, body.
#[derive(Clone, Copy, Debug)]
pub enum Native {}

/// What every frame of the binary form begins with.
pub(crate) const HEADER_BYTES: usize = 16;
const FLAG_METADATA: u8 = 1;
const FLAG_DEADLINE: u8 = 2;

impl Encoding for Native {
    fn put(head: Head, metadata: &Metadata, _: &Table, out: &mut BytesMut, body: impl FnOnce(&mut BytesMut)) {
        let start = out.len();
        let has_metadata = !metadata.headers().is_empty();
        let flags = if has_metadata { FLAG_METADATA } else { 0 } | if head.has_deadline { FLAG_DEADLINE } else { 0 };
        let mut header = [0; HEADER_BYTES];
        header[4] = head.kind as u8;
        header[5] = flags;
        header[6..8].copy_from_slice(&head.op.to_le_bytes());
        header[8..12].copy_from_slice(&head.stream.to_le_bytes());
        header[12..16].copy_from_slice(&head.arg.to_le_bytes());
        out.extend_from_slice(&header);
        if has_metadata {
            put_metadata(metadata, out);
        }
        body(out);
        // A length beyond 32 bits is beyond every peer's limit: whoever sends takes the frame back.
        let length = u32::try_from(out.len() - start - HEADER_BYTES).unwrap_or(u32::MAX);
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }

    fn take(input: &mut BytesMut, limits: &MuxLimits, _: &Table) -> Result<Option<Frame>, Close> {
        let Some(header) = input.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let mut fields = &header[..];
        let length = fields.get_u32_le();
        let kind = Kind::numbered(fields.get_u8()).ok_or(Close::Malformed)?;
        let flags = fields.get_u8();
        let (op, stream, arg) = (fields.get_u16_le(), fields.get_u32_le(), fields.get_u32_le());
        if flags & !(FLAG_METADATA | FLAG_DEADLINE) != 0 || (flags != 0 && kind != Kind::Request) {
            return Err(Close::Malformed);
        }
        let has_metadata = flags & FLAG_METADATA != 0;
        let metadata_bytes_max = if has_metadata { limits.metadata_bytes_max.saturating_add(4) } else { 0 };
        let bytes_max = if kind.has_body() { limits.message_bytes_max.saturating_add(metadata_bytes_max) } else { 0 };
        if length > bytes_max {
            return Err(Close::TooBig);
        }
        let whole = HEADER_BYTES + length as usize;
        if input.len() < whole {
            return Ok(None);
        }
        let head = Head { kind, op, stream, arg, has_deadline: flags & FLAG_DEADLINE != 0 };
        if length == 0 && !has_metadata {
            input.advance(whole);
            return Ok(Some(Frame { head, metadata: None, body: Bytes::new() }));
        }
        let mut body = input.split_to(whole).freeze();
        body.advance(HEADER_BYTES);
        let metadata = if has_metadata { Some(take_metadata(&mut body, limits)?) } else { None };
        if body.len() > limits.message_bytes_max as usize {
            return Err(Close::TooBig);
        }
        Ok(Some(Frame { head, metadata, body }))
    }

    fn put_hello(hello: &Hello, out: &mut BytesMut) {
        hello.put(out);
    }

    fn take_hello(body: Bytes, from_server: bool) -> Result<Hello, Close> {
        Hello::take(body, from_server)
    }

    fn fault(fault: &Fault, bytes_max: usize) -> Vec<u8> {
        fault::body(fault, bytes_max)
    }

    fn take_fault(code: u32, body: &Bytes) -> Fault {
        fault::read(code, body)
    }
}

fn put_metadata(metadata: &Metadata, out: &mut BytesMut) {
    let start = out.len();
    out.put_u32_le(0);
    for (name, value) in metadata.headers() {
        // What is too long to be said is also beyond every limit; the sender has refused it by then.
        let (Ok(name_bytes), Ok(value_bytes)) = (u8::try_from(name.as_str().len()), u16::try_from(value.len())) else {
            continue;
        };
        out.put_u8(name_bytes);
        out.extend_from_slice(name.as_str().as_bytes());
        out.put_u16_le(value_bytes);
        out.extend_from_slice(value.as_bytes());
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn take_metadata(body: &mut Bytes, limits: &MuxLimits) -> Result<Metadata, Close> {
    let length = body.try_get_u32_le().map_err(|_| Close::Malformed)?;
    if length > limits.metadata_bytes_max {
        return Err(Close::TooBig);
    }
    let mut entries = take_bytes(body, length as usize)?;
    let mut metadata = Metadata::default();
    for count in 0.. {
        if entries.is_empty() {
            break;
        }
        if count == METADATA_ENTRIES_MAX {
            return Err(Close::TooBig);
        }
        let name_bytes = entries.try_get_u8().map_err(|_| Close::Malformed)?;
        let name = take_bytes(&mut entries, usize::from(name_bytes))?;
        let value_bytes = entries.try_get_u16_le().map_err(|_| Close::Malformed)?;
        let value = take_bytes(&mut entries, usize::from(value_bytes))?;
        metadata.append(&name, &value).ok_or(Close::Malformed)?;
    }
    Ok(metadata)
}

fn take_bytes(from: &mut Bytes, count: usize) -> Result<Bytes, Close> {
    if from.len() < count { Err(Close::Malformed) } else { Ok(from.split_to(count)) }
}

/// Bytes that the metadata takes in a frame.
pub(super) fn metadata_bytes(metadata: &Metadata) -> usize {
    metadata.headers().iter().map(|(name, value)| 3 + name.as_str().len() + value.len()).sum()
}

/// Whether the metadata can be said at all: few enough entries, none too long.
pub(super) fn can_be_said(metadata: &Metadata) -> bool {
    let headers = metadata.headers();
    headers.len() <= METADATA_ENTRIES_MAX
        && headers.iter().all(|(name, value)| name.as_str().len() <= 255 && value.len() <= 65_535)
}
