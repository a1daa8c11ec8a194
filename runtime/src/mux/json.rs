//! Frames as JSON: one object each, so that a client needs nothing but the platform's own JSON.
//!
//! In the buffers of a connection each object stands behind its length (`u32`, little-endian). Where the wire itself keeps
//! messages apart, as WebSocket does, only the object travels.
//!
//! Members stand in any order, and those that are not known are skipped. What is no object, has no known `t` or a member of
//! another type is malformed.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::close::Close;
use super::encoding::{Encoding, METADATA_ENTRIES_MAX, metadata_bytes};
use super::frame::{Frame, Head, Kind};
use super::hello::{Hello, MAGIC, PeerLimits, Table, TableEntry, VERSION};
use super::limits::MuxLimits;
use crate::facts::Shape;
use crate::fault::{Code, Fault};
use crate::metadata::Metadata;
use crate::validate::Violation;

/// What stands before each object in a buffer.
pub(crate) const LENGTH_BYTES: usize = 4;

/// What an object may have beside its message and its metadata.
const ENVELOPE_BYTES_MAX: u32 = 4 * 1024;

/// What may be kept alive beside a message, over its own length.
const BESIDE_BYTES_KEPT: usize = 128;

/// A number that no operation has: a table ends before it.
const NO_OPERATION: u16 = u16::MAX;

/// What a client takes that does not say it in its hello.
const TAKEN: PeerLimits =
    PeerLimits { message_bytes_max: 16 * 1024 * 1024, metadata_bytes_max: 64 * 1024, streams_max: 200, window: 16 };

/// The text form: a JSON object a frame.
#[derive(Clone, Copy, Debug)]
pub enum JsonFrames {}

/// How long the object of a frame may be. Names and texts of metadata stand in quotes, each of their bytes perhaps escaped.
pub(crate) fn text_bytes_max(limits: &MuxLimits) -> u32 {
    let metadata = limits.metadata_bytes_max.saturating_mul(2);
    limits.message_bytes_max.saturating_add(metadata).saturating_add(ENVELOPE_BYTES_MAX)
}

impl Encoding for JsonFrames {
    fn put(head: Head, metadata: &Metadata, table: &Table, out: &mut BytesMut, body: impl FnOnce(&mut BytesMut)) {
        let start = out.len();
        out.put_u32_le(0);
        put_before(head, metadata, table, out);
        let body_start = out.len();
        body(out);
        put_behind(head.kind, body_start, out);
        // A length beyond 32 bits is beyond every peer's limit: whoever sends takes the frame back.
        let length = u32::try_from(out.len() - start - LENGTH_BYTES).unwrap_or(u32::MAX);
        out[start..start + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    }

    fn take(input: &mut BytesMut, limits: &MuxLimits, table: &Table) -> Result<Option<Frame>, Close> {
        let Some(length) = input.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length);
        if length > text_bytes_max(limits) {
            return Err(Close::TooBig);
        }
        let whole = LENGTH_BYTES + length as usize;
        if input.len() < whole {
            return Ok(None);
        }
        let mut text = input.split_to(whole).freeze();
        text.advance(LENGTH_BYTES);
        let said: Said<'_> = serde_json::from_slice(&text).map_err(|_| Close::Malformed)?;
        said.into_frame(&text, limits, table).map(Some)
    }

    fn put_hello(hello: &Hello, out: &mut BytesMut) {
        let operations = hello.table.as_ref().map(|table| table.entries().iter().map(Named::of).collect());
        let greeting = Greeting {
            t: if hello.table.is_some() { "ready" } else { "hello" }.into(),
            version: VERSION,
            message_bytes_max: Some(hello.limits.message_bytes_max),
            metadata_bytes_max: Some(hello.limits.metadata_bytes_max),
            streams_max: Some(hello.limits.streams_max),
            window: Some(hello.limits.window),
            operations,
        };
        out.extend_from_slice(&members(&greeting)[1..]);
    }

    fn take_hello(body: Bytes, from_server: bool) -> Result<Hello, Close> {
        let greeting: Greeting<'_> = serde_json::from_slice(&body).map_err(|_| Close::Malformed)?;
        let limits = PeerLimits {
            message_bytes_max: greeting.message_bytes_max.unwrap_or(TAKEN.message_bytes_max),
            metadata_bytes_max: greeting.metadata_bytes_max.unwrap_or(TAKEN.metadata_bytes_max),
            streams_max: greeting.streams_max.unwrap_or(TAKEN.streams_max),
            window: greeting.window.unwrap_or(TAKEN.window),
        };
        let table = match (from_server, greeting.operations) {
            (false, _) => None,
            (true, None) => return Err(Close::Malformed),
            (true, Some(operations)) => {
                let entries: Option<Vec<_>> = operations.into_iter().map(Named::into_entry).collect();
                Some(Table::of_entries(entries.ok_or(Close::Malformed)?).into())
            }
        };
        Ok(Hello { limits, table })
    }

    fn fault(fault: &Fault, bytes_max: usize) -> Vec<u8> {
        let fields = fault.fields();
        let retry_after_ms = fault.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let written = fault.fitting(bytes_max, |told| {
            members(&Told {
                kind: fault.kind().into(),
                message: fault.message().into(),
                fields: fields.as_deref().filter(|_| told.fields).map(Cow::Borrowed),
                violations: told.violations.into(),
                retry_after_ms,
                retry_never: fault.retry_never(),
                challenge: fault.challenge_told().map(Cow::Borrowed),
            })
        });
        written.unwrap_or_default()
    }

    fn take_fault(code: u32, body: &Bytes) -> Fault {
        let code = code_numbered(code).unwrap_or(Code::Unknown);
        let told: Told<'_> = serde_json::from_slice(body).unwrap_or_default();
        let fault = Fault::received(code, told.kind.into_owned(), told.message.into_owned());
        let mut fault = fault
            .with_violations(told.violations.into_owned())
            .with_challenge_received(told.challenge.map(Cow::into_owned));
        if let Some(fields) = told.fields {
            fault = fault.with_fields(fields.into_owned());
        }
        if let Some(wait) = told.retry_after_ms {
            fault = fault.with_retry_after(Duration::from_millis(wait));
        }
        if told.retry_never { fault.with_retry_never() } else { fault }
    }
}

// Writing

/// Writes what stands before a body.
fn put_before(head: Head, metadata: &Metadata, table: &Table, out: &mut BytesMut) {
    let Head { kind, stream, arg, .. } = head;
    let written = match kind {
        // A hello's body is all of it.
        Kind::Hello => write!(out, "{{"),
        Kind::Request => {
            let opened = write!(out, "{{\"t\":\"req\",\"id\":{stream},\"m\":");
            match table.get(head.op) {
                Some(entry) => put_text(&entry.name, out),
                None => put_text("", out),
            }
            if head.has_deadline {
                put_member("ms", arg, out);
            }
            put_metadata(metadata, out);
            out.extend_from_slice(MESSAGE);
            opened
        }
        Kind::Response => write!(out, "{{\"t\":\"res\",\"id\":{stream},\"d\":"),
        Kind::Item => write!(out, "{{\"t\":\"item\",\"id\":{stream},\"d\":"),
        Kind::End => write!(out, "{{\"t\":\"end\",\"id\":{stream}"),
        Kind::Fault => {
            let code = code_numbered(arg).unwrap_or(Code::Unknown);
            write!(out, "{{\"t\":\"err\",\"id\":{stream},\"code\":\"{code}\"")
        }
        Kind::Cancel => write!(out, "{{\"t\":\"cancel\",\"id\":{stream}"),
        Kind::Credit => write!(out, "{{\"t\":\"credit\",\"id\":{stream},\"n\":{arg}"),
        Kind::Ping => write!(out, "{{\"t\":\"ping\",\"n\":{arg}"),
        Kind::Pong => write!(out, "{{\"t\":\"pong\",\"n\":{arg}"),
        Kind::GoAway => write!(out, "{{\"t\":\"goaway\",\"code\":{arg},\"last\":{stream},\"reason\":\""),
    };
    written.expect("a buffer takes every text");
}

/// What stands before a message.
const MESSAGE: &[u8] = b",\"d\":";

/// Writes what stands behind a body that began at `start`.
fn put_behind(kind: Kind, start: usize, out: &mut BytesMut) {
    match kind {
        Kind::Request | Kind::Response | Kind::Item if out.len() == start => out.truncate(start - MESSAGE.len()),
        // A reason is a text of ours, without anything to escape.
        Kind::GoAway => out.put_u8(b'"'),
        _ => {}
    }
    out.put_u8(b'}');
}

fn put_member(name: &str, value: u32, out: &mut BytesMut) {
    write!(out, ",\"{name}\":{value}").expect("a buffer takes every text");
}

fn put_metadata(metadata: &Metadata, out: &mut BytesMut) {
    let mut before: &[u8] = b",\"meta\":{";
    for (name, value) in metadata.headers() {
        // JSON has no place for what is no text.
        let Ok(value) = std::str::from_utf8(value.as_bytes()) else { continue };
        out.extend_from_slice(std::mem::replace(&mut before, b","));
        put_text(name.as_str(), out);
        out.put_u8(b':');
        put_text(value, out);
    }
    if before == b"," {
        out.put_u8(b'}');
    }
}

fn put_text(text: &str, out: &mut BytesMut) {
    serde_json::to_writer(out.writer(), text).expect("a buffer takes every text");
}

/// The members of a struct, a comma before each.
fn members<T: Serialize>(of: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec(of).expect("texts, numbers and JSON are JSON");
    text.pop();
    match text.len() {
        0 | 1 => text.clear(),
        _ => text[0] = b',',
    }
    text
}

// Reading

/// A frame as it stands in its text. Which members matter, `t` says.
#[derive(Deserialize)]
struct Said<'t> {
    #[serde(borrow)]
    t: Cow<'t, str>,
    #[serde(default)]
    id: u32,
    #[serde(borrow, default)]
    m: Option<Word<'t>>,
    #[serde(default)]
    ms: Option<f64>,
    #[serde(default)]
    meta: Option<Meta>,
    #[serde(borrow, default)]
    d: Option<&'t RawValue>,
    #[serde(default)]
    n: Option<u32>,
    #[serde(borrow, default)]
    code: Option<Word<'t>>,
    #[serde(default)]
    last: u32,
    #[serde(default)]
    version: Option<u32>,
}

/// A name or a number: of an operation, of a code. Anything else is refused before it is read, however long it is.
enum Word<'t> {
    Number(u32),
    Name(Cow<'t, str>),
}

impl<'de: 't, 't> Deserialize<'de> for Word<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word<'t>, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Word<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name or a number")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Word<'de>, E> {
                u32::try_from(number).map(Word::Number).map_err(E::custom)
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Word<'de>, E> {
                Ok(Word::Name(name.into()))
            }

            fn visit_str<E>(self, name: &str) -> Result<Word<'de>, E> {
                Ok(Word::Name(name.to_owned().into()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl Said<'_> {
    fn into_frame(self, text: &Bytes, limits: &MuxLimits, table: &Table) -> Result<Frame, Close> {
        let kind = kind_named(&self.t).ok_or(Close::Malformed)?;
        let mut head = Head { stream: self.id, ..Head::new(kind, 0) };
        let mut body = Bytes::new();
        match kind {
            Kind::Hello => {
                (head.op, head.arg) = (MAGIC, self.version.unwrap_or(VERSION));
                body = text.clone();
            }
            Kind::Request => {
                head.op = match self.m.ok_or(Close::Malformed)? {
                    Word::Number(number) => u16::try_from(number).map_err(|_| Close::Malformed)?,
                    Word::Name(name) => table.number(&name).unwrap_or(NO_OPERATION),
                };
                // Rounded down and kept in its bounds, for clocks of scripts have fractions.
                (head.arg, head.has_deadline) = (self.ms.unwrap_or_default() as u32, self.ms.is_some());
            }
            Kind::Fault => {
                let code = match &self.code {
                    Some(Word::Name(name)) => Code::named(name),
                    _ => None,
                };
                head.arg = code.unwrap_or(Code::Unknown) as u32;
                body = text.clone();
            }
            Kind::Credit => head.arg = self.n.ok_or(Close::Malformed)?,
            Kind::Ping | Kind::Pong => head.arg = self.n.unwrap_or_default(),
            Kind::GoAway => {
                head.stream = self.last;
                head.arg = match self.code {
                    Some(Word::Number(code)) => code,
                    _ => Close::Done.code(),
                };
            }
            Kind::Response | Kind::Item | Kind::End | Kind::Cancel => {}
        }
        if matches!(kind, Kind::Request | Kind::Response | Kind::Item)
            && let Some(message) = self.d
        {
            body = part_of(text, message.get().as_bytes());
            if body.len() > limits.message_bytes_max as usize {
                return Err(Close::TooBig);
            }
        }
        let metadata = match self.meta.filter(|_| matches!(kind, Kind::Hello | Kind::Request)) {
            Some(meta) => Some(meta.within(limits)?),
            None => None,
        };
        Ok(Frame { head, metadata, body })
    }
}

/// A message out of its frame. While it waits it is counted by its own length, so it must not keep a far longer text alive.
fn part_of(text: &Bytes, message: &[u8]) -> Bytes {
    let beside = text.len() - message.len();
    if beside > message.len() + BESIDE_BYTES_KEPT { Bytes::copy_from_slice(message) } else { text.slice_ref(message) }
}

/// Metadata as an object of texts.
struct Meta {
    metadata: Metadata,
    entries: usize,
}

impl Meta {
    fn within(self, limits: &MuxLimits) -> Result<Metadata, Close> {
        let bytes = metadata_bytes(&self.metadata);
        match self.entries > METADATA_ENTRIES_MAX || bytes > limits.metadata_bytes_max as usize {
            true => Err(Close::TooBig),
            false => Ok(self.metadata),
        }
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Meta, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Meta;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Meta, A::Error> {
                let mut meta = Meta { metadata: Metadata::default(), entries: 0 };
                while let Some((name, value)) = map.next_entry::<Cow<'de, str>, Cow<'de, str>>()? {
                    meta.entries += 1;
                    // Too many are refused once the frame is read; until then they take no place.
                    if meta.entries <= METADATA_ENTRIES_MAX {
                        let added = meta.metadata.append(name.as_bytes(), value.as_bytes());
                        added.ok_or_else(|| serde::de::Error::custom("is nothing that metadata can carry"))?;
                    }
                }
                Ok(meta)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A hello as it stands in its text.
#[derive(Serialize, Deserialize)]
struct Greeting<'t> {
    #[serde(borrow)]
    t: Cow<'t, str>,
    #[serde(default = "version")]
    version: u32,
    message_bytes_max: Option<u32>,
    metadata_bytes_max: Option<u32>,
    streams_max: Option<u32>,
    window: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    operations: Option<Vec<Named<'t>>>,
}

fn version() -> u32 {
    VERSION
}

/// An operation of a server; its number is its place.
#[derive(Serialize, Deserialize)]
struct Named<'t> {
    #[serde(borrow)]
    name: Cow<'t, str>,
    #[serde(borrow)]
    shape: Cow<'t, str>,
}

impl Named<'_> {
    fn of(entry: &TableEntry) -> Named<'_> {
        Named { name: entry.name.as_str().into(), shape: shape_name(entry.shape).into() }
    }

    fn into_entry(self) -> Option<TableEntry> {
        let shapes = [Shape::Unary, Shape::Oneway, Shape::ServerStream, Shape::ClientStream, Shape::Duplex];
        let shape = shapes.into_iter().find(|shape| shape_name(*shape) == self.shape)?;
        Some(TableEntry { name: self.name.into_owned(), shape })
    }
}

fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Unary => "unary",
        Shape::Oneway => "oneway",
        Shape::ServerStream => "server_stream",
        Shape::ClientStream => "client_stream",
        Shape::Duplex => "duplex",
    }
}

/// A fault as it stands in its text, beside its code.
#[derive(Default, Serialize, Deserialize)]
struct Told<'t> {
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    kind: Cow<'t, str>,
    #[serde(borrow, default)]
    message: Cow<'t, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<Cow<'t, serde_json::Value>>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    violations: Cow<'t, [Violation]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retry_never: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    challenge: Option<Cow<'t, str>>,
}

fn kind_named(name: &str) -> Option<Kind> {
    Some(match name {
        "hello" | "ready" => Kind::Hello,
        "req" => Kind::Request,
        "res" => Kind::Response,
        "item" => Kind::Item,
        "end" => Kind::End,
        "err" => Kind::Fault,
        "cancel" => Kind::Cancel,
        "credit" => Kind::Credit,
        "ping" => Kind::Ping,
        "pong" => Kind::Pong,
        "goaway" => Kind::GoAway,
        _ => return None,
    })
}

fn code_numbered(number: u32) -> Option<Code> {
    Code::ALL.into_iter().find(|code| *code as u32 == number)
}
