//! REST: operations as HTTP requests with JSON bodies, on axum in the server and hyper in the client.
//!
//! Where each input travels is decided by the compiler and written down once an operation, as its [`Binding`]; server and
//! client both go by it. Faults are problem documents (RFC 9457), streams out are server-sent events or lines of JSON.
//!
//! | header | what it carries |
//! |---|---|
//! | `Request-Timeout` | the time left, `300ms`, `2s` or plain seconds `1.5`; never an instant, for clocks differ |
//! | `X-Request-Id` | the request's name; given by the server where the caller gave none, and sent back |
//! | `traceparent`, `tracestate` | W3C trace context |
//! | `Idempotency-Key` | the key of a `keyed` operation |

mod answer;
mod client;
mod coding;
#[cfg(feature = "compression")]
mod gzip;
mod headers;
mod reader;
mod server;
mod stream;
mod tag;
mod writer;

pub use http::Method;

pub use crate::transport::problem::Problem;
pub(crate) use answer::Answers;
pub use client::{Rest, RestOptions};
#[cfg(feature = "compression")]
pub use gzip::Compression;
pub use reader::RequestReader;
pub use server::RestMount;
pub(crate) use server::{method_not_allowed, not_found};
pub use writer::RequestWriter;

use crate::json::{DeserializeAs, SerializeAs};
use crate::operation::Operation;

/// Where and how an operation is reached.
#[derive(Clone, Debug)]
pub struct Route {
    /// The verb.
    pub method: Method,
    /// The whole path, variables in braces: `/v1/orders/{id}`.
    pub path: &'static str,
    /// The status of an answer.
    pub status: u16,
    /// What the request's body is.
    pub body: Body,
    /// The form of a stream out.
    pub stream: StreamForm,
}

/// What a request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none; one that comes anyway is not read.
    None,
    /// JSON.
    Json,
    /// A JSON merge patch (RFC 7396); plain JSON is taken for one.
    MergePatch,
}

/// The form of a stream out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamForm {
    /// As the request's `Accept` asks: lines for `application/x-ndjson`, else events.
    ByAccept,
    /// Server-sent events, `text/event-stream`.
    Sse,
    /// A line of JSON an item, `application/x-ndjson`.
    Ndjson,
}

/// How one operation travels over REST: generated, and used by server and client alike.
pub trait Binding<O: Operation> {
    /// Where it is; `None` where the contract leaves it out of REST.
    const ROUTE: Option<Route>;

    /// The JSON form of the answer, or of one item of a stream.
    type Answer: SerializeAs<O::Output> + for<'de> DeserializeAs<'de, O::Output>;

    /// Puts an input into a request.
    fn put(input: &O::Input, to: &mut RequestWriter) {
        let _ = (input, to);
    }

    /// Takes an input out of a request; `None` when something was missing or wrong, which the reader has noted.
    fn take(from: &mut RequestReader<'_>) -> Option<O::Input> {
        let _ = from;
        None
    }

    /// The status of a fault, where it is not its code's.
    fn fault_status(fault: &O::Fault) -> Option<u16> {
        let _ = fault;
        None
    }
}
