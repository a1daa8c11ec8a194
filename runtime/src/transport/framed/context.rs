//! What a call carries in metadata: request id and trace, beside what the caller sends.

use std::time::Duration;

use crate::context::Context;
use crate::metadata::Metadata;

const REQUEST_ID: &str = "x-request-id";
const TRACEPARENT: &str = "traceparent";

/// How long a request id of a caller may be; a longer one is not taken.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The bytes of a W3C `traceparent`.
const TRACEPARENT_BYTES: usize = 55;

/// The context of a call. One that brings nothing shares its connection's; one that brings metadata has its connection's
/// as well, where its own says nothing of that name.
pub(super) fn read(connection: &Context, metadata: Option<Metadata>, deadline_ms: Option<u32>) -> Context {
    let cx = match metadata {
        None => connection.clone(),
        Some(metadata) => with_metadata(connection, metadata),
    };
    match deadline_ms {
        None => cx,
        Some(left) => cx.with_deadline_in(Duration::from_millis(u64::from(left))),
    }
}

fn with_metadata(connection: &Context, metadata: Metadata) -> Context {
    let text = |name| metadata.get(name).map(str::to_owned);
    let request_id = text(REQUEST_ID).filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX);
    let traceparent = text(TRACEPARENT).filter(|value| value.len() == TRACEPARENT_BYTES);
    Context::received(connection.peer(), request_id, traceparent, metadata.over(connection.metadata()))
}

/// The metadata that goes with a call; none, as most have, costs nothing.
pub(super) fn metadata(cx: &Context) -> Metadata {
    let mut metadata = cx.outgoing().clone();
    for (name, value) in [(REQUEST_ID, cx.request_id()), (TRACEPARENT, cx.traceparent())] {
        if let Some(value) = value {
            metadata.insert(name, value);
        }
    }
    metadata
}

/// The milliseconds left, rounded down so that a server never believes to have more time than there is.
pub(super) fn deadline_ms(cx: &Context) -> Option<u32> {
    cx.remaining().map(|left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX))
}
