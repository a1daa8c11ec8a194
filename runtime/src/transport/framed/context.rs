//! What a call of a connection carries, beside its input: metadata and a deadline.

use std::time::Duration;

use crate::admission::Head;
use crate::context::{Carried, Context, PREVIOUS_ATTEMPTS};
use crate::metadata::Metadata;

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
    let carried = Carried::read(metadata.headers());
    Context::received(connection.connection_peer().clone(), carried, metadata.over(connection.metadata()))
}

/// The metadata that goes with an attempt; none, as most have, costs nothing.
pub(super) fn metadata(head: &Head<'_>) -> Metadata {
    let mut metadata = head.cx.outgoing().clone();
    head.cx.carry(metadata.headers_mut());
    if head.attempt > 0 {
        metadata.insert(PREVIOUS_ATTEMPTS.as_str(), &head.attempt.to_string());
    }
    metadata
}

/// The milliseconds left, rounded down so that a server never believes to have more time than there is.
pub(super) fn deadline_ms(cx: &Context) -> Option<u32> {
    cx.remaining().map(|left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX))
}
