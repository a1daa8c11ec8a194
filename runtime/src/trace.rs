//! W3C Trace Context: which trace a call belongs to, and which span of it the call is.
//!
//! A [`Trace`] travels as `traceparent`, beside it what tracing systems say to each other, `tracestate`, on every wire and in
//! every message. Each call that is served is a span, and each attempt of a call that is made, so the parent of a served call is the
//! attempt that brought it. Where a request comes in without a trace, one starts; nobody records it unless a subscriber does.
//!
//! The recommendation is <https://www.w3.org/TR/trace-context/>, of whose flags `sampled` is the only one: others are neither
//! trusted nor passed on.

mod ids;
mod state;

use std::fmt;
use std::str::FromStr;

pub use ids::{SpanId, TraceId};
pub(crate) use state::TraceState;

/// The bytes of a `traceparent` of version 00.
const BYTES: usize = 55;

/// The one flag that there is.
const SAMPLED: u8 = 1;

/// A span of a trace: the call that is served, or the attempt of a call that is made.
///
/// ```
/// use wireloom::{Context, Trace};
///
/// let caller: Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// assert_eq!(caller.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!(caller.is_sampled());
///
/// // Calls made under this context are spans of that trace.
/// let cx = Context::new().with_trace(caller);
/// assert_eq!(cx.trace(), Some(caller));
/// # Ok::<(), wireloom::trace::InvalidTrace>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trace {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
}

impl Trace {
    /// A trace that starts here, which nobody has asked to record.
    pub fn start() -> Trace {
        Trace { trace_id: TraceId::random(), span_id: SpanId::random(), sampled: false }
    }

    /// A span of a trace; whether to record it was decided where the trace started.
    pub const fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Trace {
        Trace { trace_id, span_id, sampled }
    }

    /// The same, to be recorded by whoever has a tracing system.
    ///
    /// ```
    /// use wireloom::Trace;
    ///
    /// assert!(!Trace::start().is_sampled() && Trace::start().recorded().is_sampled());
    /// ```
    #[must_use]
    pub const fn recorded(self) -> Trace {
        Trace { sampled: true, ..self }
    }

    /// Another span of the same trace: a child of this one.
    #[must_use]
    pub fn child(self) -> Trace {
        Trace { span_id: SpanId::random(), ..self }
    }

    /// What all spans of the trace have in common.
    pub const fn trace_id(self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub const fn span_id(self) -> SpanId {
        self.span_id
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(self) -> bool {
        self.sampled
    }

    /// As it travels.
    pub(crate) fn written(self) -> [u8; BYTES] {
        let mut text = [b'-'; BYTES];
        text[..2].copy_from_slice(b"00");
        ids::write(self.trace_id.as_bytes(), &mut text[3..35]);
        ids::write(self.span_id.as_bytes(), &mut text[36..52]);
        text[53..].copy_from_slice(if self.sampled { b"01" } else { b"00" });
        text
    }

    /// Reads a `traceparent`. Of a version to come it is its beginning that counts.
    fn read(text: &[u8]) -> Option<Trace> {
        let (known, more) = text.split_at_checked(BYTES)?;
        let [version] = ids::read(&known[..2])?;
        let is_whole = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => more.first().is_none_or(|byte| *byte == b'-'),
        };
        if !is_whole || [2, 35, 52].iter().any(|at| known[*at] != b'-') {
            return None;
        }
        let trace_id = TraceId::from_bytes(ids::read(&known[3..35])?)?;
        let span_id = SpanId::from_bytes(ids::read(&known[36..52])?)?;
        let [flags] = ids::read(&known[53..])?;
        Some(Trace { trace_id, span_id, sampled: flags & SAMPLED != 0 })
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.written()).unwrap_or_default())
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Trace {
    type Err = InvalidTrace;

    fn from_str(text: &str) -> Result<Trace, InvalidTrace> {
        Trace::read(text.as_bytes()).ok_or(InvalidTrace)
    }
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTrace;

impl fmt::Display for InvalidTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no `traceparent`, such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    }
}

impl std::error::Error for InvalidTrace {}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "12345678901234567890123456789012";

    /// The cases of W3C's own test suite for `traceparent` (`test/test.py` of w3c/trace-context), and a few beside.
    #[test]
    fn what_is_a_traceparent() {
        let rest = "-12345678901234567890123456789012-1234567890123456-01";
        let cases = [
            (format!("00{rest}"), true),
            // Version 00 has no more than this; of another version more may follow a dash.
            (format!("00{rest}."), false),
            (format!("00{rest}-what-the-future-will-be-like"), false),
            (format!("cc{rest}"), true),
            (format!("cc{rest}-what-the-future-will-be-like"), true),
            (format!("cc{rest}.what-the-future-will-be-like"), false),
            (format!("cc{rest}-"), true),
            (format!("ff{rest}"), false),
            (format!(".0{rest}"), false),
            (format!("0.{rest}"), false),
            (format!("000{rest}"), false),
            (format!("0000{rest}"), false),
            (format!("0{rest}"), false),
            (format!("CC{rest}"), false),
            ("00-00000000000000000000000000000000-1234567890123456-01".into(), false),
            ("00-.2345678901234567890123456789012-1234567890123456-01".into(), false),
            ("00-1234567890123456789012345678901.-1234567890123456-01".into(), false),
            ("00-123456789012345678901234567890123-1234567890123456-01".into(), false),
            ("00-1234567890123456789012345678901-1234567890123456-01".into(), false),
            ("00-1234567890123456789012345678901A-1234567890123456-01".into(), false),
            ("00-12345678901234567890123456789012-0000000000000000-01".into(), false),
            ("00-12345678901234567890123456789012-.234567890123456-01".into(), false),
            ("00-12345678901234567890123456789012-123456789012345.-01".into(), false),
            ("00-12345678901234567890123456789012-12345678901234567-01".into(), false),
            ("00-12345678901234567890123456789012-123456789012345-01".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456-.0".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456-0.".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456-001".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456-1".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456_01".into(), false),
            ("00-12345678901234567890123456789012-1234567890123456-ö1".into(), false),
            (String::new(), false),
        ];
        for (text, is_valid) in cases {
            let read = text.parse::<Trace>();
            assert_eq!(read.is_ok(), is_valid, "{text}");
            assert!(read.is_err() || read.unwrap().trace_id().to_string() == TRACE, "{text}");
        }
    }

    #[test]
    fn only_the_known_flag_goes_on_and_always_as_version_00() {
        for (version, flags, goes_on) in
            [("00", "00", "00"), ("00", "01", "01"), ("00", "ff", "01"), ("00", "fe", "00"), ("cc", "03", "01")]
        {
            let trace: Trace = format!("{version}-{TRACE}-1234567890123456-{flags}").parse().unwrap();
            assert_eq!(trace.to_string(), format!("00-{TRACE}-1234567890123456-{goes_on}"));
        }
    }

    #[test]
    fn a_child_is_another_span_of_the_trace() {
        let parent = Trace::start();
        let child = parent.child();
        assert_eq!((child.trace_id(), child.is_sampled()), (parent.trace_id(), parent.is_sampled()));
        assert_ne!(child.span_id(), parent.span_id());
        assert_eq!(child.to_string().parse(), Ok(child));
    }
}
