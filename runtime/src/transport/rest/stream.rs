//! Streams out over REST: server-sent events and lines of JSON.
//!
//! | | server-sent events (`text/event-stream`, WHATWG HTML) | lines (`application/x-ndjson`) |
//! |---|---|---|
//! | an item | `data: {…}` | `{…}` |
//! | a fault, the last thing | `event: fault`, `data:` a problem document | `{"$fault": problem document}` |
//! | the end | `event: end` | the end of the body |
//! | while nothing happens | a comment line every 15 seconds | an empty line every 15 seconds |
//!
//! The document of a fault says when to try again, which the headers of other answers do.
//!
//! An item that begins as a line with a fault does, which free JSON may, is written behind a space, so that the one is never
//! taken for the other.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::response::Response;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, HeaderValue, header};
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, Sleep};

use super::{Binding, Problem, Rest, StreamForm};
use crate::fault::{Code, Fault, OperationFault};
use crate::inbound::Inbound;
use crate::json::{SerializeAs, decode_checked};
use crate::operation::Operation;

/// Items are written together until so many bytes are ready: a write costs more than an item.
const COALESCE_BYTES: usize = 16 * 1024;

/// How long a stream may be silent before it says that it still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a line with a fault begins with.
const FAULT_LINE: &[u8] = b"{\"$fault\":";

/// How a stream is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Sse,
    Ndjson,
}

impl Form {
    /// The form that route and request agree on.
    pub(super) fn of(route: StreamForm, headers: &HeaderMap) -> Form {
        match route {
            StreamForm::Sse => Form::Sse,
            StreamForm::Ndjson => Form::Ndjson,
            StreamForm::ByAccept => {
                let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
                if accept.contains(Form::Ndjson.media_type()) { Form::Ndjson } else { Form::Sse }
            }
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Form::Sse => "text/event-stream",
            Form::Ndjson => "application/x-ndjson",
        }
    }

    fn of_reply(headers: &HeaderMap) -> Option<Form> {
        let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        [Form::Sse, Form::Ndjson].into_iter().find(|form| value.starts_with(form.media_type()))
    }

    fn keep_alive(self) -> &'static [u8] {
        match self {
            Form::Sse => b": still here\n\n",
            Form::Ndjson => b"\n",
        }
    }

    fn put_item<O: Operation>(self, item: &O::Output, out: &mut Vec<u8>) -> Result<(), serde_json::Error>
    where
        Rest: Binding<O>,
    {
        let start = out.len();
        if self == Form::Sse {
            out.extend_from_slice(b"data: ");
        }
        let written = <Rest as Binding<O>>::Answer::serialize_as(item, &mut serde_json::Serializer::new(&mut *out));
        if let Err(error) = written {
            // Half an item would run into the fault that follows.
            out.truncate(start);
            return Err(error);
        }
        if self == Form::Ndjson && out[start..].starts_with(FAULT_LINE) {
            out.insert(start, b' ');
        }
        out.extend_from_slice(if self == Form::Sse { b"\n\n" } else { b"\n" });
        Ok(())
    }

    fn put_fault(self, fault: &Fault, out: &mut Vec<u8>) {
        let document = Problem::in_stream(fault);
        // A document of texts and JSON values cannot fail to be written.
        let document = serde_json::to_string(&document).unwrap_or_default();
        let text = match self {
            Form::Sse => format!("event: fault\ndata: {document}\n\n"),
            Form::Ndjson => format!("{{\"$fault\":{document}}}\n"),
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn put_end(self, out: &mut Vec<u8>) {
        if self == Form::Sse {
            out.extend_from_slice(b"event: end\ndata: \n\n");
        }
    }
}

/// The response that writes a stream.
pub(super) fn respond<O: Operation>(messages: Inbound<O::Output, O::Fault>, form: Form) -> Response
where
    Rest: Binding<O>,
{
    let writer = Writer::<O> { messages: Some(messages), form, keep_alive: Box::pin(tokio::time::sleep(KEEP_ALIVE)) };
    let mut response = Response::new(axum::body::Body::new(writer));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Writes a stream's items as they come, all that are ready in one piece.
struct Writer<O: Operation> {
    /// Gone once the end is written.
    messages: Option<Inbound<O::Output, O::Fault>>,
    form: Form,
    keep_alive: Pin<Box<Sleep>>,
}

impl<O: Operation> http_body::Body for Writer<O>
where
    Rest: Binding<O>,
{
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut out = Vec::new();
        while let Some(messages) = &mut self.messages
            && out.len() < COALESCE_BYTES
        {
            let written = match Pin::new(messages).poll_next(task) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(item))) => self.form.put_item::<O>(&item, &mut out).map_err(Fault::internal),
                Poll::Ready(Some(Err(fault))) => Err(fault.to_fault()),
                Poll::Ready(None) => {
                    self.form.put_end(&mut out);
                    self.messages = None;
                    break;
                }
            };
            if let Err(fault) = written {
                self.form.put_fault(&fault, &mut out);
                self.messages = None;
            }
        }
        if out.is_empty() && self.messages.is_none() {
            return Poll::Ready(None);
        }
        if out.is_empty() {
            std::task::ready!(self.keep_alive.as_mut().poll(task));
            out.extend_from_slice(self.form.keep_alive());
        }
        self.keep_alive.as_mut().reset(Instant::now() + KEEP_ALIVE);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(out)))))
    }
}

/// Reads the stream in a reply.
pub(super) fn read<O, B>(
    headers: &HeaderMap,
    body: B,
    item_bytes_max: usize,
    depth_max: usize,
) -> Result<Inbound<O::Output, O::Fault>, Fault>
where
    O: Operation,
    Rest: Binding<O>,
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let Some(form) = Form::of_reply(headers) else {
        return Err(Fault::new(Code::Internal, "the server did not answer with a stream"));
    };
    let lines = Lines { body, buffer: BytesMut::new(), searched: 0, line_bytes_max: item_bytes_max };
    let reading = Reading { lines, form, event: String::new(), data: Vec::new(), done: false };
    Ok(Inbound::new(futures_util::stream::unfold(reading, move |mut reading| async move {
        let message = reading.next::<O>(depth_max).await?;
        Some((message, reading))
    })))
}

/// A stream being read.
struct Reading<B> {
    lines: Lines<B>,
    form: Form,
    /// The event's name and data, as far as they have come.
    event: String,
    data: Vec<u8>,
    done: bool,
}

impl<B> Reading<B>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    async fn next<O: Operation>(&mut self, depth_max: usize) -> Option<Result<O::Output, O::Fault>>
    where
        Rest: Binding<O>,
    {
        let next = if self.done { None } else { self.payload().await.transpose() };
        let item = match next? {
            Ok(payload) => decode_checked::<O::Output, <Rest as Binding<O>>::Answer>(&payload, depth_max, "")
                .map_err(|wrong| Fault::new(Code::Internal, format!("the server sent a broken item: {wrong}"))),
            Err(fault) => Err(fault),
        };
        self.done = item.is_err();
        Some(item.map_err(O::Fault::from_fault))
    }

    /// The JSON of the next item; `None` at the end.
    async fn payload(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        match self.form {
            Form::Sse => self.event_payload().await,
            Form::Ndjson => self.line_payload().await,
        }
    }

    async fn line_payload(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        while let Some(line) = self.lines.next().await? {
            if let Some(document) = line.strip_prefix(FAULT_LINE).and_then(|rest| rest.strip_suffix(b"}")) {
                return Err(read_problem(document));
            }
            if !line.is_empty() {
                return Ok(Some(line.to_vec()));
            }
        }
        Ok(None)
    }

    async fn event_payload(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        while let Some(line) = self.lines.next().await? {
            if let Some(name) = line.strip_prefix(b"event:") {
                self.event = String::from_utf8_lossy(name.trim_ascii()).into_owned();
            } else if let Some(data) = line.strip_prefix(b"data:") {
                self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
                if self.data.len() > self.lines.line_bytes_max {
                    return Err(too_long());
                }
            } else if line.is_empty() && !(self.event.is_empty() && self.data.is_empty()) {
                let (event, data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
                match event.as_str() {
                    "" | "message" => return Ok(Some(data)),
                    "fault" => return Err(read_problem(&data)),
                    "end" => return Ok(None),
                    _ => {}
                }
            }
        }
        // Without `event: end` the stream was cut.
        Err(Fault::new(Code::Unavailable, "the stream broke off"))
    }
}

fn read_problem(document: &[u8]) -> Fault {
    match serde_json::from_slice::<Problem>(document) {
        Ok(problem) => problem.into_fault(),
        Err(_) => Fault::new(Code::Unknown, "the stream failed"),
    }
}

fn too_long() -> Fault {
    Fault::new(Code::ResourceExhausted, "an item of the stream is too long").with_retry_never()
}

/// The lines of a body.
struct Lines<B> {
    body: B,
    buffer: BytesMut,
    /// How much of the buffer is known to have no line break.
    searched: usize,
    line_bytes_max: usize,
}

impl<B> Lines<B>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    /// The next line without its break, which the last may lack; `None` at the end of the body.
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            if let Some(at) = self.buffer[self.searched..].iter().position(|&byte| byte == b'\n') {
                let line = self.buffer.split_to(self.searched + at).freeze();
                self.buffer.advance(1);
                self.searched = 0;
                return Ok(Some(line.strip_suffix(b"\r").map_or(line.clone(), |text| line.slice_ref(text))));
            }
            self.searched = self.buffer.len();
            if self.searched > self.line_bytes_max {
                return Err(too_long());
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffer.extend(frame.into_data()),
                Some(Err(error)) => {
                    return Err(Fault::new(Code::Unavailable, "the stream broke off").with_source(error));
                }
                None if self.buffer.is_empty() => return Ok(None),
                None => {
                    self.searched = 0;
                    return Ok(Some(self.buffer.split().freeze()));
                }
            }
        }
    }
}
