//! The context of a call: deadline, request id, trace, who calls, metadata.
//!
//! It is an argument everywhere, never a task-local. A handler passes the `cx` it was given to the calls it makes, and
//! deadline, request id and trace go on; metadata of the caller does not, for it may hold secrets.

mod carried;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use carried::{Carried, REQUEST_ID};

use crate::metadata::Metadata;
use crate::peer::{Peer, PeerIdentity};

/// What goes with a call beside its input. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use wireloom::Context;
///
/// let cx = Context::new().with_deadline_in(Duration::from_millis(300)).with_request_id("r-1");
/// assert_eq!(cx.request_id(), Some("r-1"));
/// assert!(cx.remaining().unwrap() <= Duration::from_millis(300));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    // Not in the shared part: each call has its own, while the rest goes on from call to call.
    deadline: Option<Instant>,
    inner: Arc<Inner>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    request_id: Option<String>,
    traceparent: Option<String>,
    peer: Peer,
    metadata: Metadata,
    outgoing: Metadata,
    #[cfg(feature = "broker")]
    event: Option<crate::messaging::EventInfo>,
}

impl Context {
    /// A context that says nothing: no deadline but the operation's own.
    pub fn new() -> Context {
        Context::default()
    }

    /// Ends the call so much time from now; an earlier deadline that it already has stays.
    #[must_use]
    pub fn with_deadline_in(self, time: Duration) -> Context {
        self.with_deadline_from(Instant::now(), time)
    }

    /// Ends the call so much time from `now`.
    pub(crate) fn with_deadline_from(self, now: Instant, time: Duration) -> Context {
        // A time beyond what the clock can hold is no deadline.
        match now.checked_add(time) {
            Some(deadline) => self.with_deadline(deadline),
            None => self,
        }
    }

    /// Ends the call at that instant; an earlier deadline that it already has stays.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Context {
        if self.deadline.is_none_or(|earlier| deadline < earlier) {
            self.deadline = Some(deadline);
        }
        self
    }

    /// Names the request, in logs and to the services it calls.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Context {
        self.inner_mut().request_id = Some(id.into());
        self
    }

    /// Continues a trace: a W3C `traceparent`.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: impl Into<String>) -> Context {
        self.inner_mut().traceparent = Some(traceparent.into());
        self
    }

    /// Sends metadata with the calls made under this context.
    #[must_use]
    pub fn with_metadata(mut self, name: &str, value: &str) -> Context {
        self.inner_mut().outgoing.insert(name, value);
        self
    }

    /// When the call ends.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time left; zero when it has run out, `None` without a deadline.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The request's name in logs: the caller's, or one that the server gave.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// The W3C `traceparent` that came with the call.
    pub fn traceparent(&self) -> Option<&str> {
        self.inner.traceparent.as_deref()
    }

    /// The address that the call came from.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.inner.peer.address
    }

    /// Who the caller has proved to be: the names in the certificate that it showed when it connected. `None` where it showed
    /// none, or none was asked for. It does not go on to the calls that a handler makes.
    pub fn peer_identity(&self) -> Option<&PeerIdentity> {
        self.inner.peer.identity.as_deref()
    }

    /// The connection's other end.
    pub(crate) fn connection_peer(&self) -> &Peer {
        &self.inner.peer
    }

    /// What came with the call: headers on HTTP.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// What goes with calls made under this context.
    pub fn outgoing(&self) -> &Metadata {
        &self.inner.outgoing
    }

    /// What is known of the event that is handled; `None` in a call.
    #[cfg(feature = "broker")]
    pub fn event(&self) -> Option<&crate::messaging::EventInfo> {
        self.inner.event.as_ref()
    }

    /// The context of handling that event.
    #[cfg(feature = "broker")]
    pub(crate) fn with_event(mut self, event: crate::messaging::EventInfo) -> Context {
        self.inner_mut().event = Some(event);
        self
    }

    /// The context of a call that came in over a wire.
    pub(crate) fn received(peer: Peer, carried: Carried, metadata: Metadata) -> Context {
        let Carried { request_id, traceparent } = carried;
        let inner = Inner { request_id, traceparent, peer, metadata, ..Inner::default() };
        Context { deadline: None, inner: Arc::new(inner) }
    }

    /// The context as it arrives in process: what the caller sends is what the handler sees, and does not go on from there.
    pub(crate) fn arrived(&self) -> Context {
        let inner = &self.inner;
        let (sends, has) = (!inner.outgoing.is_empty(), inner.peer.is_known() || !inner.metadata.is_empty());
        #[cfg(feature = "broker")]
        let has = has || inner.event.is_some();
        if !sends && !has {
            return self.clone();
        }
        let carried = Carried { request_id: inner.request_id.clone(), traceparent: inner.traceparent.clone() };
        let received = Context::received(Peer::default(), carried, inner.outgoing.clone());
        Context { deadline: self.deadline, ..received }
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_in_process_does_not_go_on() {
        let sent = Context::new()
            .with_request_id("r-1")
            .with_metadata("x-tenant", "blue")
            .with_deadline_in(Duration::from_secs(9));
        let first = sent.arrived();
        assert_eq!((first.metadata().get("x-tenant"), first.outgoing().get("x-tenant")), (Some("blue"), None));
        let second = first.arrived();
        assert_eq!((second.metadata().get("x-tenant"), second.request_id()), (None, Some("r-1")));
        assert_eq!(second.deadline(), sent.deadline());
    }
}
